package filestore

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// listed is every file below a directory.
func listed(t *testing.T, root string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestKeepsAndGivesBack(t *testing.T) {
	d := Directory{Root: filepath.Join(t.TempDir(), "made", "when", "needed")}
	ours, theirs, id := uuid.New(), uuid.New(), uuid.New()
	for _, content := range []string{"first", "", "another content under the same id"} {
		if err := d.Put(t.Context(), ours, id, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		f, err := d.Open(t.Context(), ours, id)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || string(got) != content || f.Close() != nil {
			t.Errorf("%q, %v; want %q", got, err, content)
		}
	}
	paths := listed(t, d.Root)
	if len(paths) != 1 || paths[0] != filepath.Join(d.Root, ours.String(), id.String()) {
		t.Fatalf("kept: %v", paths)
	}
	info, err := os.Stat(paths[0])
	if err != nil || info.Mode().Perm()&0o177 != 0 {
		t.Errorf("mode %v, %v: others may read it, or it can be run", info.Mode(), err)
	}
	for name, open := range map[string][2]uuid.UUID{"another vendor's": {theirs, id}, "never kept": {ours, uuid.New()}} {
		if f, err := d.Open(t.Context(), open[0], open[1]); problem.CodeOf(err) != problem.NotFound || f != nil {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

// cutOff gives some bytes and then fails.
type cutOff struct {
	left int
	err  error
}

func (c *cutOff) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, c.err
	}
	n := min(len(p), c.left)
	c.left -= n
	return n, nil
}

// A file that can't be kept whole leaves nothing, and what was there before
// stands.
func TestAllOrNothing(t *testing.T) {
	for name, cause := range map[string]error{"full": syscall.ENOSPC, "cut off": io.ErrUnexpectedEOF, "broken disk": syscall.EIO} {
		d := Directory{Root: t.TempDir()}
		vendor, id := uuid.New(), uuid.New()
		err := d.Put(t.Context(), vendor, id, &cutOff{100_000, cause})
		if problem.CodeOf(err) != problem.Unavailable || !errors.Is(err, cause) {
			t.Errorf("%s: %v", name, err)
		}
		if left := listed(t, d.Root); len(left) != 0 {
			t.Errorf("%s leaves %v", name, left)
		}
		if err := d.Put(t.Context(), vendor, id, strings.NewReader("whole")); err != nil {
			t.Fatal(err)
		}
		if err := d.Put(t.Context(), vendor, id, &cutOff{10, cause}); err == nil {
			t.Errorf("%s: no error", name)
		}
		if got, err := os.ReadFile(filepath.Join(d.Root, vendor.String(), id.String())); err != nil || string(got) != "whole" {
			t.Errorf("%s: what was there is now %q, %v", name, got, err)
		}
	}
}

// On a disk that is really full (as root on Linux a small one is mounted; else
// in a place that is no directory) nothing is kept, and there is room again
// once something goes.
func TestNoRoom(t *testing.T) {
	root := t.TempDir()
	if err := syscall.Mount("tmpfs", root, "tmpfs", 0, "size=256k"); err != nil {
		t.Logf("no small disk (%v): a file stands where the directory should", err)
		file := filepath.Join(root, "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (Directory{Root: file}).Put(t.Context(), uuid.New(), uuid.New(), strings.NewReader("x")); problem.CodeOf(err) != problem.Unavailable {
			t.Errorf("no directory: %v", err)
		}
		return
	}
	t.Cleanup(func() { _ = syscall.Unmount(root, 0) })
	d, vendor, small, large := Directory{Root: root}, uuid.New(), uuid.New(), uuid.New()
	if err := d.Put(t.Context(), vendor, small, strings.NewReader("small")); err != nil {
		t.Fatal(err)
	}
	err := d.Put(t.Context(), vendor, large, bytes.NewReader(make([]byte, 1<<20)))
	if problem.CodeOf(err) != problem.Unavailable || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("1 MiB on a disk of 256 KiB: %v", err)
	}
	if left := listed(t, root); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	if err := d.Put(t.Context(), vendor, large, bytes.NewReader(make([]byte, 100<<10))); err != nil {
		t.Errorf("100 KiB after the failure: %v", err)
	}
}

// Many at once on one id: one of them whole.
func TestAtOnce(t *testing.T) {
	d, vendor, id := Directory{Root: t.TempDir()}, uuid.New(), uuid.New()
	contents := map[string]bool{}
	var wg sync.WaitGroup
	for range 10 {
		content := make([]byte, 200_000)
		_, _ = rand.Read(content)
		contents[string(content)] = true
		wg.Go(func() {
			if err := d.Put(t.Context(), vendor, id, bytes.NewReader(content)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := os.ReadFile(filepath.Join(d.Root, vendor.String(), id.String()))
	if err != nil || !contents[string(got)] || len(listed(t, d.Root)) != 1 {
		t.Errorf("%d bytes of none of them, %v; %v", len(got), err, listed(t, d.Root))
	}
}

// TestCopyAddsWhatIsMissing: whole files that are not there, and nothing else.
func TestCopyAddsWhatIsMissing(t *testing.T) {
	from, to := Directory{Root: t.TempDir()}, Directory{Root: filepath.Join(t.TempDir(), "made")}
	vendor, both, missing := uuid.New(), uuid.New(), uuid.New()
	put := func(d Directory, id uuid.UUID, content string) {
		if err := d.Put(t.Context(), vendor, id, strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	put(from, both, "the same")
	put(from, missing, "missing")
	put(to, both, "the same")
	for _, name := range []string{".upload-1", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(from.Root, vendor.String(), name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{1, 0} {
		if n, err := from.Copy(t.Context(), to); err != nil || n != want {
			t.Errorf("copied %d, %v; want %d", n, err, want)
		}
	}
	if paths := listed(t, to.Root); len(paths) != 2 {
		t.Errorf("copied: %v", paths)
	}
	if n, err := to.Size(vendor, missing); err != nil || n != int64(len("missing")) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if _, err := to.Size(uuid.New(), missing); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("another vendor's: %v", err)
	}
	if n, err := (Directory{Root: filepath.Join(t.TempDir(), "none")}).Copy(t.Context(), to); n != 0 || err != nil {
		t.Errorf("from nowhere: %d, %v", n, err)
	}
}
