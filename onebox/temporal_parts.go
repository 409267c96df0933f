package onebox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// temporalVersion is used where Casepath runs away from its source tree, whose
// tools/temporal/go.mod has the last word. A test keeps them equal.
const temporalVersion = "1.32.1"

// Names of the programs, as `go build` calls them.
const (
	serverName  = "server"
	sqlToolName = "sql"
)

func findOrBuildTemporal(ctx context.Context, say func(string, ...any)) (server, sqlTool string, err error) {
	if dir := os.Getenv("CASEPATH_TEMPORAL_BIN"); dir != "" {
		if server, sqlTool, ok := temporalIn(dir); ok {
			return server, sqlTool, nil
		}
		return "", "", fmt.Errorf("CASEPATH_TEMPORAL_BIN names %s, which does not hold two programs called %s and %s: build them there, or unset the variable",
			dir, serverName, sqlToolName)
	}
	source, version := temporalSource()
	cache, err := cacheDir()
	if err != nil {
		return "", "", err
	}
	dir := filepath.Join(cache, "temporal-"+version)
	if server, sqlTool, ok := temporalIn(dir); ok {
		return server, sqlTool, nil
	}
	if source == "" {
		return "", "", fmt.Errorf("the Temporal server is not in %s and Casepath's source tree, from which it is built, was not found: start Casepath inside the source tree once, or set CASEPATH_TEMPORAL_BIN to a directory with the programs %s and %s",
			dir, serverName, sqlToolName)
	}
	if err := buildTemporalOnce(ctx, source, dir, version, say); err != nil {
		return "", "", err
	}
	server, sqlTool, _ = temporalIn(dir)
	return server, sqlTool, nil
}

func temporalIn(dir string) (server, sqlTool string, ok bool) {
	server, sqlTool = filepath.Join(dir, serverName), filepath.Join(dir, sqlToolName)
	_, err1 := exec.LookPath(server)
	_, err2 := exec.LookPath(sqlTool)
	return server, sqlTool, err1 == nil && err2 == nil
}

var (
	casepathModule = regexp.MustCompile(`(?m)^module github\.com/casepath/casepath\s*$`)
	serverModule   = regexp.MustCompile(`(?m)^\s*(?:require )?go\.temporal\.io/server v(\S+)`)
)

// temporalSource returns tools/temporal of the source tree around the working
// directory or around this program, and the version it pins; no directory and
// the version this program was written for if there is no source tree.
func temporalSource() (dir, version string) {
	var starts []string
	if wd, err := os.Getwd(); err == nil {
		starts = append(starts, wd)
	}
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	for _, start := range starts {
		for at := start; ; at = filepath.Dir(at) {
			mod, _ := os.ReadFile(filepath.Join(at, "go.mod"))
			tools := filepath.Join(at, "tools", "temporal")
			if pin, err := os.ReadFile(filepath.Join(tools, "go.mod")); err == nil && casepathModule.Match(mod) {
				if m := serverModule.FindSubmatch(pin); m != nil {
					return tools, string(m[1])
				}
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return "", temporalVersion
}

// cacheDir returns the directory for what can be built again. Where the user
// has no home it is one of their own among the temporary files.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err == nil {
		dir = filepath.Join(dir, "casepath")
		if err = os.MkdirAll(dir, 0o755); err == nil {
			return dir, nil
		}
	}
	dir = filepath.Join(os.TempDir(), fmt.Sprintf("casepath-cache-%d", os.Geteuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return "", fmt.Errorf("there is no place to keep built programs (%w): set HOME or XDG_CACHE_HOME to a directory you may write to", err)
	}
	// Programs run from here, so it must be nobody else's.
	var info syscall.Stat_t
	if err := syscall.Lstat(dir, &info); err != nil || info.Mode&syscall.S_IFMT != syscall.S_IFDIR ||
		int(info.Uid) != os.Geteuid() || info.Mode&0o022 != 0 {
		return "", fmt.Errorf("%s does not belong to this user alone: remove it, or set HOME to a directory you may write to", dir)
	}
	return dir, nil
}

// buildTemporalOnce builds the programs into dir, or waits for another process
// that does.
func buildTemporalOnce(ctx context.Context, source, dir, version string, say func(string, ...any)) error {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("the Temporal server has to be built once and the Go tool is not on PATH: install Go (https://go.dev/dl), or set CASEPATH_TEMPORAL_BIN to a directory with the programs %s and %s", serverName, sqlToolName)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the directory for Temporal's programs can't be made (%w): check who owns %s", err, filepath.Dir(dir))
	}
	var lock *os.File
	told := false
	waited := poll(ctx, 200*time.Millisecond, func() bool {
		lock, err = lockFile(filepath.Join(dir, "build.lock"))
		if lock == nil && err == nil && !told {
			told = true
			say("waiting for another process that is building Temporal server %s", version)
		}
		return lock != nil || err != nil
	})
	if err != nil {
		return err
	}
	if waited != nil {
		return fmt.Errorf("gave up waiting for another process that builds the Temporal server (%w): start Casepath again when it is done", waited)
	}
	defer func() { _ = lock.Close() }()
	if _, _, ok := temporalIn(dir); ok {
		return nil // built while we waited
	}
	say("building Temporal server %s from source, about 4 minutes the first time", version)
	return buildTemporal(ctx, goTool, source, dir)
}

func buildTemporal(ctx context.Context, goTool, source, dir string) error {
	interrupted, _ := filepath.Glob(filepath.Join(dir, "unfinished-*"))
	for _, d := range interrupted {
		_ = os.RemoveAll(d)
	}
	tmp, err := os.MkdirTemp(dir, "unfinished-*")
	if err != nil {
		return fmt.Errorf("the Temporal server can't be built (%w): check who owns %s and the disk", err, dir)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	cmd := exec.CommandContext(ctx, goTool, "build", "-mod=readonly", "-o", tmp+"/",
		"go.temporal.io/server/cmd/server", "go.temporal.io/server/cmd/tools/sql")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	if _, err := os.UserHomeDir(); err != nil {
		cmd.Env = append(cmd.Env, "HOME="+filepath.Dir(dir))
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("the Temporal server can't be built (%w, %q): run `cd %s && go build -o %s/ go.temporal.io/server/cmd/server go.temporal.io/server/cmd/tools/sql` to see everything",
			err, lines[len(lines)-1], source, dir)
	}
	// The server last: with it in place the pair is complete.
	for _, name := range []string{sqlToolName, serverName} {
		if err := os.Rename(filepath.Join(tmp, name), filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("the Temporal server can't be moved into place (%w): check who owns %s", err, dir)
		}
	}
	return nil
}
