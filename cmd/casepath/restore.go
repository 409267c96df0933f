package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/casepath/casepath/filestore"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/store"
)

type restoreCommand struct {
	Dir         string    `arg:"" type:"existingdir" help:"Directory that casepath admin backup was given."`
	At          time.Time `help:"The instant to go back to, as 2026-11-25T14:30:00Z; missing: as late as possible." placeholder:"INSTANT"`
	Data        string    `help:"Data directory of casepath up." env:"CASEPATH_DATA" placeholder:"DIR"`
	SkipNumbers int64     `default:"1000" help:"Ticket numbers to leave out when the replaced database can't tell which were given."`
}

// restoring is one restore under way.
type restoring struct {
	restoreCommand
	given   map[string]int64 // ticket numbers the replaced database has given; nil: nobody knows
	ended   store.Ended
	missing []store.KeptFile // files without their bytes
}

// Run puts the stopped box back to an instant.
func (r restoreCommand) Run(ctx context.Context) error {
	if r.Data == "" {
		r.Data = defaultData()
	}
	bin, err := onebox.FindPostgres(ctx, say)
	if err != nil {
		return err
	}
	started, now := time.Now(), restoring{restoreCommand: r}
	done, err := onebox.Recover(ctx, onebox.RecoverOptions{
		Postgres: postgresIn(r.Data, bin, 5433), Dir: r.Dir, At: r.At, Before: now.before, After: now.after,
	})
	if err != nil {
		return err
	}
	now.report(done, time.Since(started))
	return nil
}

// before asks the replaced database what numbers it has given. One that can't
// tell is no reason not to restore.
func (r *restoring) before(ctx context.Context, admin func(string) string) error {
	s, err := store.Open(ctx, admin("casepath"), 2)
	if err != nil {
		say("The replaced database does not tell what ticket numbers it has given: %v", err)
		return ctx.Err()
	}
	r.given, err = s.TicketNumbers(ctx)
	return errors.Join(err, s.Close())
}

// after makes the restored database safe to run.
func (r *restoring) after(ctx context.Context, admin func(string) string) error {
	owner, err := store.As(admin("casepath"), "casepath", store.RoleOwner, "")
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx, owner); err != nil {
		return err
	}
	to := r.At
	if to.IsZero() {
		to = time.Now()
	}
	s, err := store.Open(ctx, owner, 2)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if r.ended, err = s.AfterRestore(ctx, to); err != nil {
		return err
	}
	if err := s.KeepNumbers(ctx, r.given, r.SkipNumbers); err != nil {
		return err
	}
	here := filesIn(r.Data)
	if _, err := filesIn(r.Dir).Copy(ctx, here); err != nil {
		return err
	}
	r.missing, err = withoutBytes(ctx, s, here)
	return err
}

// withoutBytes lists the files whose bytes are not kept.
func withoutBytes(ctx context.Context, s *store.Store, kept filestore.Directory) (missing []store.KeptFile, err error) {
	return missing, s.EachFile(ctx, func(f store.KeptFile) error {
		if size, err := kept.Size(f.VendorID, f.ID); err != nil || size != f.Size {
			missing = append(missing, f)
		}
		return nil
	})
}

// report says what an administrator has to know before starting.
func (r *restoring) report(done onebox.Recovered, took time.Duration) {
	fmt.Printf("Restored in %.1f s from the backup of %s. The last transaction that is there is of %s.\n", took.Seconds(), instant(done.Base), instant(done.Last))
	if done.Aside != "" {
		fmt.Printf("The data that were replaced are in %s: remove it when you are content.\n", done.Aside)
	}
	numbers := "Ticket numbers go on after the last one that was given: none is given twice."
	if r.given == nil {
		numbers = fmt.Sprintf("Nobody knows what ticket numbers were given after the restored instant: %d are left out.", r.SkipNumbers)
	}
	fmt.Println(numbers)
	afterRestore(r.ended)
	if _, err := os.Stat(filepath.Join(r.Data, "secrets.json")); err != nil {
		fmt.Printf("%s is not there: bring it from the machine that is lost, or second factors and companies' sign-on have to be set up again.\n", filepath.Join(r.Data, "secrets.json"))
	}
	if len(r.missing) > 0 {
		fmt.Printf("%d files have no bytes, in %s or in the backup:\n", len(r.missing), filepath.Join(r.Data, "files"))
		for _, f := range r.missing {
			fmt.Printf("  %s\t%s\n", f.ID, f.Name)
		}
	}
}

func afterRestore(ended store.Ended) {
	fmt.Printf("%d sessions and tokens and %d one-time links have ended: everybody signs in again, programs need new tokens, invitations are sent again.\n",
		ended.Bearers, ended.Links)
	fmt.Println("People, roles, passwords and second factors are as they were at that instant: whoever was removed since must be removed again.")
	fmt.Println("No mail leaves before `casepath admin release-mail`.")
}

type afterRestoreCommand struct {
	At          time.Time `required:"" help:"The instant the server was put back to, as 2026-11-25T14:30:00Z." placeholder:"INSTANT"`
	SkipNumbers int64     `default:"1000" help:"Ticket numbers to leave out, since nobody knows which were given."`
}

// Run does for a database server of one's own what restore does for the box's:
// after it was put back, before anything is started.
func (a afterRestoreCommand) Run(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_OWNER_DATABASE_URL": c.OwnerDatabase}); err != nil {
		return err
	}
	if err := store.Migrate(ctx, c.OwnerDatabase); err != nil {
		return err
	}
	s, err := store.Open(ctx, c.OwnerDatabase, 2)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	ended, err := s.AfterRestore(ctx, a.At)
	if err != nil {
		return err
	}
	if err := s.KeepNumbers(ctx, nil, a.SkipNumbers); err != nil {
		return err
	}
	missing, err := withoutBytes(ctx, s, filestore.Directory{Root: c.Files})
	if err != nil {
		return err
	}
	afterRestore(ended)
	for _, f := range missing {
		fmt.Printf("file without bytes in %s: %s\t%s\n", c.Files, f.ID, f.Name)
	}
	return nil
}

type releaseMailCommand struct {
	DropOld bool `help:"Don't send what was waiting at the restored instant: it may have left before the restore. It can be tried again with casepath admin dead."`
}

// Run lets mail leave again after a restore. It needs the relay's database
// address.
func (r releaseMailCommand) Run(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_RELAY_DATABASE_URL": c.RelayDatabase}); err != nil {
		return err
	}
	s, err := store.Open(ctx, c.RelayDatabase, 2)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	released, err := s.ReleaseMail(ctx, r.DropOld)
	if err != nil {
		return err
	}
	fmt.Printf("%d mails leave now; %d of them were waiting at the restored instant already and may arrive a second time. %d were dropped.\n",
		released.Mails, released.Old, released.Dropped)
	return nil
}
