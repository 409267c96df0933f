// Package filestore keeps the bytes of uploaded files. What they are called,
// whose they are and who may read them is the database's business.
package filestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// Store keeps bytes under (vendor, id).
type Store interface {
	// Put keeps all of r, or nothing. Unavailable when there is no room.
	Put(ctx context.Context, vendor, id uuid.UUID, r io.Reader) error
	// Open reads what was kept. NotFound when it is not there.
	Open(ctx context.Context, vendor, id uuid.UUID) (io.ReadCloser, error)
}

// Directory keeps files below a directory of this machine, one folder a
// vendor, under names of our own making, never executable.
type Directory struct{ Root string }

// Put writes beside, syncs and renames, so that a file is there whole or not
// at all, also after a power cut.
func (d Directory) Put(_ context.Context, vendor, id uuid.UUID, r io.Reader) (err error) {
	folder := filepath.Join(d.Root, vendor.String())
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return noRoom(err)
	}
	temporary, err := os.CreateTemp(folder, ".upload-*")
	if err != nil {
		return noRoom(err)
	}
	defer func() {
		if err != nil {
			_ = temporary.Close()
			_ = os.Remove(temporary.Name())
		}
	}()
	if _, err := io.Copy(temporary, r); err != nil {
		return noRoom(err)
	}
	if err := temporary.Sync(); err != nil {
		return noRoom(err)
	}
	if err := temporary.Close(); err != nil {
		return noRoom(err)
	}
	if err := os.Rename(temporary.Name(), d.path(vendor, id)); err != nil {
		return noRoom(err)
	}
	return syncFolder(folder)
}

// syncFolder makes a new name last through a power cut.
func syncFolder(folder string) error {
	f, err := os.Open(folder) //nolint:gosec // our own
	if err != nil {
		return noRoom(err)
	}
	err = f.Sync()
	if err := errors.Join(err, f.Close()); err != nil {
		return noRoom(err)
	}
	return nil
}

// Open opens a kept file.
func (d Directory) Open(_ context.Context, vendor, id uuid.UUID) (io.ReadCloser, error) {
	f, err := os.Open(d.path(vendor, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.Missing()
	}
	if err != nil {
		return nil, fmt.Errorf("open file %s: %w", id, err)
	}
	return f, nil
}

func (d Directory) path(vendor, id uuid.UUID) string {
	return filepath.Join(d.Root, vendor.String(), id.String())
}

func noRoom(cause error) error {
	e := problem.New(problem.Unavailable, "files_unavailable", nil)
	e.Cause = cause
	return e
}
