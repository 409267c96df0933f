package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// Copy adds every kept file that to does not have yet, each whole or not at
// all, and answers how many. What is kept under an id never changes, so a copy
// is made once. Files that are put meanwhile may be left out.
func (d Directory) Copy(ctx context.Context, to Directory) (copied int, err error) {
	paths, err := fs.Glob(os.DirFS(d.Root), "*/*")
	if err != nil {
		return 0, fmt.Errorf("list files: %w", err)
	}
	for _, path := range paths {
		folder, name := filepath.Split(path)
		vendor, err1 := uuid.Parse(filepath.Clean(folder))
		id, err2 := uuid.Parse(name)
		if err1 != nil || err2 != nil {
			continue // an upload under way, or somebody else's
		}
		if _, err := to.Size(vendor, id); err == nil {
			continue
		}
		if err := d.copyOne(ctx, to, vendor, id); err != nil {
			return copied, fmt.Errorf("copy %s: %w", path, err)
		}
		copied++
	}
	return copied, nil
}

func (d Directory) copyOne(ctx context.Context, to Directory, vendor, id uuid.UUID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	content, err := d.Open(ctx, vendor, id)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	return to.Put(ctx, vendor, id, content)
}

// Size is how many bytes are kept under an id. NotFound when none are.
func (d Directory) Size(vendor, id uuid.UUID) (int64, error) {
	info, err := os.Stat(d.path(vendor, id))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, problem.Missing()
	}
	if err != nil {
		return 0, fmt.Errorf("look at file %s: %w", id, err)
	}
	return info.Size(), nil
}
