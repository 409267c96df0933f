package onebox

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The write-ahead log is kept as one compressed file for each of PostgreSQL's
// log files, under the same name. A file appears whole or not at all.
const walSuffix = ".gz"

// pgQuote quotes a path for the shell in one of PostgreSQL's command settings.
func pgQuote(path string) string {
	return strings.ReplaceAll("'"+strings.ReplaceAll(path, "'", `'\''`)+"'", "%", "%%")
}

// archiveCommand keeps one log file. Before the first backup there is no
// directory and nothing is kept: without a backup a log is of no use. The same
// file may come twice after a crash; another one under its name is refused.
func archiveCommand(dir string) string {
	return strings.ReplaceAll(`test ! -d DIR || if test -f DIR/%f.gz; then gzip -dc DIR/%f.gz | cmp -s - "%p"; `+
		`else gzip -1c "%p" > DIR/.%f.new && sync DIR/.%f.new && mv DIR/.%f.new DIR/%f.gz && sync DIR; fi`, "DIR", pgQuote(dir))
}

// restoreCommand fetches one log file: a kept one, else the one in the log
// folder of a server that ended before it was kept. No folder: "".
func restoreCommand(dir, folder string) string {
	command := `gzip -dc < ` + pgQuote(dir) + `/%f.gz > "%p"`
	if folder != "" {
		command += ` || cp ` + pgQuote(folder) + `/%f "%p"`
	}
	return command
}

var walName = regexp.MustCompile(`^([0-9A-F]{8})([0-9A-F]{16})$`)

// walFiles lists what is kept in a directory, by name: log files, histories of
// timelines and records of restores. A directory that is not there holds
// nothing.
func walFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("the kept log in %s can't be listed (%w): check who owns it", dir, err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// olderWAL says whether a kept file is a log file that comes before another,
// on whatever timeline.
func olderWAL(name, first string) bool {
	m := walName.FindStringSubmatch(strings.TrimSuffix(name, walSuffix))
	return m != nil && len(first) == 24 && m[2] < first[8:]
}

// walSystem returns the identity of the database cluster that wrote what is
// kept in dir; 0 when nothing is.
func walSystem(dir string) (uint64, error) {
	names, err := walFiles(dir)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		if walName.MatchString(strings.TrimSuffix(name, walSuffix)) {
			return readWALSystem(filepath.Join(dir, name))
		}
	}
	return 0, nil
}

// readWALSystem reads the identity in a log file's first page header
// (XLogLongPageHeaderData: 24 bytes, then the identity).
func readWALSystem(path string) (uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("the kept log can't be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return 0, fmt.Errorf("%s is not a kept log file (%w): remove it", path, err)
	}
	var head [32]byte
	if _, err := io.ReadFull(z, head[:]); err != nil {
		return 0, fmt.Errorf("%s is not a kept log file (%w): remove it", path, err)
	}
	return binary.LittleEndian.Uint64(head[24:]), nil
}

// restored is the record of one restore, kept beside the log: from Began on
// life went on, on a new timeline, from what had been at To.
type restored struct {
	Timeline  int
	Began, To time.Time
}

const restoredSuffix = ".restored"

func (r restored) write(dir string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, fmt.Sprintf("%08X%s", r.Timeline, restoredSuffix)), append(text, '\n'), 0o644)
}

// readRestored reads the records in these directories, oldest first, each once.
func readRestored(dirs ...string) ([]restored, error) {
	records := map[int]restored{}
	for _, dir := range dirs {
		names, err := walFiles(dir)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if !strings.HasSuffix(name, restoredSuffix) {
				continue
			}
			var r restored
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err == nil {
				err = json.Unmarshal(text, &r)
			}
			if err != nil {
				return nil, fmt.Errorf("the record of a restore %s can't be read (%w): fetch it from another backup", filepath.Join(dir, name), err)
			}
			records[r.Timeline] = r
		}
	}
	list := make([]restored, 0, len(records))
	for _, r := range records {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b restored) int { return a.Began.Compare(b.Began) })
	return list, nil
}

// lived returns the last of these restores that had happened at an instant:
// its timeline is the one on which that instant was lived. nil: the first.
func lived(restores []restored, at time.Time) *restored {
	for _, r := range slices.Backward(restores) {
		if !r.Began.After(at) {
			return &r
		}
	}
	return nil
}
