package onebox

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// build unpacks the base backup, checks it against its manifest, and fetches
// the log that belongs to it.
func (r *recovery) build(ctx context.Context) error {
	if err := os.Mkdir(r.aside, 0o700); err != nil {
		return fmt.Errorf("the directory for the restored data can't be made: %w", err)
	}
	if err := r.who.take(r.aside); err != nil {
		return err
	}
	if err := r.unpack(ctx, filepath.Join(r.base.Dir, "base.tar.gz"), r.aside); err != nil {
		return err
	}
	if err := r.unpack(ctx, filepath.Join(r.base.Dir, "pg_wal.tar.gz"), filepath.Join(r.aside, "pg_wal")); err != nil {
		return err
	}
	manifest := filepath.Join(r.aside, "backup_manifest")
	if err := copyFile(filepath.Join(r.base.Dir, "backup_manifest"), manifest); err != nil {
		return err
	}
	if err := r.who.take(manifest); err != nil {
		return err
	}
	if err := r.verify(ctx); err != nil {
		return err
	}
	signal := filepath.Join(r.aside, "recovery.signal")
	if err := writeFile(signal, nil, 0o600); err != nil {
		return err
	}
	return errors.Join(r.who.take(signal), r.fetchLog())
}

// unpack writes a compressed archive below a directory, for PostgreSQL's user.
func (r *recovery) unpack(ctx context.Context, archive, to string) error {
	broken := func(err error) error {
		return fmt.Errorf("the backup's %s can't be unpacked (%w): check the disk, or take another backup", archive, err)
	}
	f, err := os.Open(archive)
	if err != nil {
		return broken(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return broken(err)
	}
	for in := tar.NewReader(z); ctx.Err() == nil; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = r.unpackOne(in, h, to)
		}
		if err != nil {
			return broken(err)
		}
	}
	return ctx.Err()
}

func (r *recovery) unpackOne(in io.Reader, h *tar.Header, dir string) error {
	if !filepath.IsLocal(h.Name) {
		return fmt.Errorf("%q lies outside it", h.Name)
	}
	path := filepath.Join(dir, h.Name) //nolint:gosec // local, as just seen
	switch h.Typeflag {
	case tar.TypeDir:
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
	case tar.TypeReg:
		out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, in)
		if err := errors.Join(err, out.Close()); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%q is neither file nor directory: only one data directory can be restored", h.Name)
	}
	return r.who.take(path)
}

// verify compares every file with the checksum in the manifest.
func (r *recovery) verify(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, filepath.Join(r.o.Postgres.Bin, "pg_verifybackup"), "--no-parse-wal", "--quiet", r.aside)
	cmd.Dir = r.aside
	cmd.Env = cleanEnv()
	cmd.SysProcAttr = r.who.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("the backup of %s is damaged (%w, %q): take another one", r.base.Ended, err, first)
	}
	return nil
}

// fetchLog completes this machine's log with what the backup holds.
func (r *recovery) fetchLog() error {
	from, to := filepath.Join(r.o.Dir, keptWALDir), r.o.Postgres.WAL
	if err := os.Mkdir(to, 0o700); err != nil && !os.IsExist(err) {
		return fmt.Errorf("the directory for PostgreSQL's log can't be made: %w", err)
	}
	if err := r.who.take(to); err != nil {
		return err
	}
	names, err := walFiles(from)
	if err != nil {
		return err
	}
	for _, name := range names {
		if olderWAL(name, r.base.FirstWAL) {
			continue
		}
		path := filepath.Join(to, name)
		if err := errors.Join(copyFile(filepath.Join(from, name), path), r.who.take(path)); err != nil {
			return err
		}
	}
	return nil
}
