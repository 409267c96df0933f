package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The columns the file of rejected rows adds at the end.
const (
	columnLine   = "line"
	columnReason = "reason"
)

// rejectedPath is where the rejected rows of a file go: questions.csv →
// questions.rejected.csv.
func rejectedPath(path string) string {
	ext := filepath.Ext(path)
	if ext == "" {
		return path + ".rejected.csv"
	}
	return strings.TrimSuffix(path, ext) + ".rejected" + ext
}

// rejects is the file of rejected rows: the columns as they were, the line
// they began on and the reason, in UTF-8, so that it can be corrected and
// imported itself.
type rejects struct {
	path  string
	file  *os.File
	csv   *csv.Writer
	width int  // columns of the original
	notes bool // it is a file of rejected rows itself, whose notes are replaced
	count int
}

// openRejects begins the file anew; the file being imported is never touched.
func openRejects(path string, from *source) (*rejects, error) {
	own, err := from.file.Stat()
	if err != nil {
		return nil, err
	}
	there, err := os.Stat(path)
	switch {
	case err == nil && os.SameFile(own, there):
		return nil, fmt.Errorf("--rejected %s is the file to be imported", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	r := &rejects{path: path, width: len(from.header)}
	if n := r.width; n >= 2 && isOurs(from.header[n-1], n-1, from.header) {
		r.width, r.notes = n-2, true
	}
	if r.file, err = os.Create(path); err != nil { //nolint:gosec // the administrator names it
		return nil, fmt.Errorf("rejected rows can't be kept there (name another file with --rejected): %w", err)
	}
	r.csv = csv.NewWriter(r.file)
	r.csv.Comma = from.comma
	return r, r.write(from.header, columnLine, columnReason)
}

// add keeps one row.
func (r *rejects) add(row record, reason string) error {
	r.count++
	return r.write(row.cells, strconv.Itoa(row.line), reason)
}

func (r *rejects) write(cells []string, line, reason string) error {
	if r.notes && len(cells) == r.width+2 {
		cells = cells[:r.width]
	}
	row := slices.Clone(cells)
	for len(row) < r.width {
		row = append(row, "")
	}
	if err := r.csv.Write(append(row, line, reason)); err != nil {
		return fmt.Errorf("keep a rejected row: %w", err)
	}
	r.csv.Flush()
	if err := r.csv.Error(); err != nil {
		return fmt.Errorf("keep a rejected row: %w", err)
	}
	return nil
}

// close ends the file; without rejected rows there is none.
func (r *rejects) close() error {
	if err := r.file.Close(); err != nil {
		return fmt.Errorf("keep rejected rows: %w", err)
	}
	if r.count == 0 {
		return os.Remove(r.path)
	}
	return nil
}
