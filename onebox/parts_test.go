package onebox

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePinnedTemporalIsTheOneWeName(t *testing.T) {
	dir, version := temporalSource()
	if !strings.HasSuffix(dir, "/tools/temporal") || version != temporalVersion {
		t.Errorf("tools/temporal pins %s, temporalVersion is %s: make them equal", version, temporalVersion)
	}
}

func TestPostgresIsFoundThroughLinksOnPath(t *testing.T) {
	bin := parts(t).PostgresBin
	links := t.TempDir()
	if err := os.Symlink(filepath.Join(bin, "postgres"), filepath.Join(links, "postgres")); err != nil {
		t.Fatal(err)
	}
	want, err := filepath.EvalSymlinks(bin)
	if err != nil {
		t.Fatal(err)
	}
	if got := findPostgres(soon(t), t.TempDir()+":"+links, t.TempDir()); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	if got := findPostgres(soon(t), "", t.TempDir()); got != "" {
		t.Errorf("found %q where there is none", got)
	}
}

func TestNewestAcceptedPostgresIsFoundFirst(t *testing.T) {
	debian := t.TempDir()
	for dir, version := range map[string]string{"9": "9.6", "15": "15.4", "17": "17.1", "19": "19beta1"} {
		bin := filepath.Join(debian, dir, "bin")
		if err := os.MkdirAll(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"postgres", "initdb"} {
			script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + " (Debian)'\n"
			if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := findPostgres(soon(t), "", debian); got != filepath.Join(debian, "17", "bin") {
		t.Errorf("found %q", got)
	}
}

func TestTheCacheDoesWithoutAHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("TMPDIR", t.TempDir())
	dir, err := cacheDir()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(dir, os.TempDir()) {
		t.Errorf("the cache is in %s", dir)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	_, err = cacheDir()
	mention(t, err, dir, "remove it")
}

func TestTemporalBinMustHoldBothPrograms(t *testing.T) {
	found := parts(t)
	dir := t.TempDir()
	t.Setenv("CASEPATH_TEMPORAL_BIN", dir)
	_, err := FindParts(soon(t), t.Logf)
	mention(t, err, "CASEPATH_TEMPORAL_BIN", dir)
	linkPrograms(t, found, dir)
	got, err := FindParts(soon(t), t.Logf)
	if err != nil || got.TemporalServer != filepath.Join(dir, "server") {
		t.Errorf("%+v, %v", got, err)
	}
}

func linkPrograms(t *testing.T, found Parts, dir string) {
	t.Helper()
	for name, path := range map[string]string{serverName: found.TemporalServer, sqlToolName: found.TemporalSQLTool} {
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTwoCallersBuildTemporalOnce(t *testing.T) {
	found := parts(t)
	dir := t.TempDir()
	first, err := lockFile(filepath.Join(dir, "build.lock")) // the first caller, at work
	if err != nil || first == nil {
		t.Fatal(err)
	}
	said := make(chan string, 10)
	done := make(chan error)
	go func() {
		done <- buildTemporalOnce(context.Background(), "/no/source", dir, "1.2.3", func(f string, _ ...any) { said <- f })
	}()
	if s := <-said; !strings.Contains(s, "waiting for another process") {
		t.Errorf("the second caller said %q", s)
	}
	linkPrograms(t, found, dir)
	_ = first.Close()
	if err := <-done; err != nil { // a build would fail: there is no source
		t.Error(err)
	}
}

func TestABuildThatCantBeSaysHowToSeeMore(t *testing.T) {
	dir := t.TempDir()
	err := buildTemporalOnce(soon(t), t.TempDir(), dir, "1.2.3", t.Logf)
	mention(t, err, "can't be built", "go build")
	if left, _ := filepath.Glob(filepath.Join(dir, "unfinished-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
