package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/casepath/casepath/filestore"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/store"
)

// postgresIn is the one box's own PostgreSQL, as `casepath up`, backup and
// restore agree on it.
func postgresIn(data, bin string, port int) onebox.PostgresOptions {
	return onebox.PostgresOptions{
		Bin: bin, DataDir: filepath.Join(data, "postgres"), Port: port, Durable: true,
		Log: filepath.Join(data, "postgres.log"), WAL: filepath.Join(data, "wal"),
	}
}

// filesIn is where uploads are, in the one box and in a directory of backups.
func filesIn(dir string) filestore.Directory {
	return filestore.Directory{Root: filepath.Join(dir, "files")}
}

type backupCommand struct {
	Dir  string        `arg:"" help:"Directory of this installation's backups; made if missing. Best on another disk."`
	Data string        `help:"Data directory of casepath up." env:"CASEPATH_DATA" placeholder:"DIR"`
	Keep time.Duration `default:"168h" help:"Instants younger than this stay reachable; what only older ones need is removed."`
}

// Run adds a backup of the running box: tickets, workflows and files.
func (b backupCommand) Run(ctx context.Context) error {
	if b.Data == "" {
		b.Data = defaultData()
	}
	bin, err := onebox.FindPostgres(ctx, say)
	if err != nil {
		return err
	}
	started, files := time.Now(), 0
	p := postgresIn(b.Data, bin, 0)
	if _, err := os.Stat(p.DataDir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not there: casepath up has no PostgreSQL of its own here. A server of yours is backed up by its own means (see docs/operations.md)", p.DataDir)
	}
	reach, err := onebox.Backup(ctx, onebox.BackupOptions{
		Bin: bin, DataDir: p.DataDir, WAL: p.WAL, Dir: b.Dir, Keep: b.Keep,
		Others: func(ctx context.Context) (err error) {
			files, err = filesIn(b.Data).Copy(ctx, filesIn(b.Dir))
			return err
		},
	})
	if err != nil {
		return err
	}
	if err := noteBackup(ctx, p.DataDir, reach.To, b.Dir); err != nil {
		say("The backup is finished, but casepath admin stuck does not learn of it: %v", err)
	}
	fmt.Printf("Backed up in %.1f s, %d new files. A restore from %s reaches every instant\n  from %s\n  to   %s\n",
		time.Since(started).Seconds(), files, b.Dir, instant(reach.From), instant(reach.To))
	fmt.Printf("and on this machine, as long as %s is there, every later one.\n", p.WAL)
	fmt.Printf("%s is not in it, since it opens what the database keeps sealed: keep a copy elsewhere.\n", filepath.Join(b.Data, "secrets.json"))
	return nil
}

// noteBackup tells those who watch over backups.
func noteBackup(ctx context.Context, dataDir string, at time.Time, place string) error {
	admin, err := onebox.RunningPostgres(dataDir)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, admin("casepath"), 2)
	if err != nil {
		return err
	}
	return errors.Join(s.NoteBackup(ctx, at, place), s.Close())
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
