package onebox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A directory of backups holds, for one installation:
//
//	base/<instant>/  a base backup each: base.tar.gz, pg_wal.tar.gz, backup_manifest, about.json
//	wal/             the log from the first of them on
//
// A base backup with the log after it gives every instant from its own on.
const (
	basesDir   = "base"
	keptWALDir = "wal"
	aboutFile  = "about.json"
	unfinished = ".unfinished-"
)

// base is what is known of a base backup.
type base struct {
	Dir      string    `json:"-"`
	System   uint64    `json:",string"` // identity of the database cluster
	Postgres int       // major version
	Ended    time.Time // every instant from here on can be reached
	FirstWAL string    // the oldest log file it needs
}

// readBases lists the finished base backups, oldest first.
func readBases(dir string) ([]base, error) {
	entries, err := os.ReadDir(filepath.Join(dir, basesDir))
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("the backups in %s can't be listed (%w): check who owns it", dir, err)
	}
	var bases []base
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), unfinished) {
			continue
		}
		b := base{Dir: filepath.Join(dir, basesDir, e.Name())}
		text, err := os.ReadFile(filepath.Join(b.Dir, aboutFile))
		if err == nil {
			err = json.Unmarshal(text, &b)
		}
		if err != nil {
			return nil, fmt.Errorf("%s is not a backup of Casepath (%w): remove it", b.Dir, err)
		}
		bases = append(bases, b)
	}
	slices.SortFunc(bases, func(a, b base) int { return a.Ended.Compare(b.Ended) })
	return bases, nil
}

func (b base) write() error {
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(b.Dir, aboutFile), append(text, '\n'), 0o600)
}

// firstWAL names the oldest log file a base backup needs, from the manifest
// PostgreSQL has written for it.
func firstWAL(dir string, segment uint64) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "backup_manifest"))
	if err != nil {
		return "", fmt.Errorf("the backup has no manifest: %w", err)
	}
	var manifest struct {
		Ranges []struct {
			Timeline int
			Start    string `json:"Start-LSN"`
		} `json:"WAL-Ranges"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil || len(manifest.Ranges) == 0 {
		return "", fmt.Errorf("the backup's manifest does not tell what log it needs (%v)", err) //nolint:errorlint // nil when it only says nothing
	}
	var high, low uint64
	first := manifest.Ranges[0]
	if _, err := fmt.Sscanf(first.Start, "%X/%X", &high, &low); err != nil {
		return "", fmt.Errorf("the backup's manifest names the position %q: %w", first.Start, err)
	}
	number, each := (high<<32|low)/segment, uint64(1)<<32/segment
	return fmt.Sprintf("%08X%08X%08X", first.Timeline, number/each, number%each), nil
}

// reach returns the base backup from which an instant is reached: the newest
// that lies before it on the timeline on which that instant was lived, or on
// what that timeline goes on from. nil when there is none.
func reach(bases []base, restores []restored, at time.Time) *base {
	last := lived(restores, at)
	for _, b := range slices.Backward(bases) {
		if !b.Ended.After(at) && (last == nil || !b.Ended.Before(last.Began)) {
			return &b
		}
	}
	if last == nil {
		return nil
	}
	return reach(bases, restores, last.To)
}
