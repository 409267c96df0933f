package onebox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Need returns the path of a program on PATH. Where it is missing, this process
// is root and the system is Debian, the package that holds it is installed with
// apt-get, telling the reader through say; else the error names the package.
// Several processes may need the same program at once: it is installed once.
func Need(ctx context.Context, say func(format string, a ...any), program, debianPackage string) (string, error) {
	return findOrInstall(ctx, say, program, func() string {
		path, err := exec.LookPath(program)
		if err != nil {
			return ""
		}
		return path
	}, debianPackage)
}

// findOrInstall returns what find finds, "" meaning nothing, before or after
// one of the packages has been installed: the first that can be.
func findOrInstall(ctx context.Context, say func(string, ...any), what string, find func() string, packages ...string) (string, error) {
	if found := find(); found != "" {
		return found, nil
	}
	aptGet, err := exec.LookPath("apt-get")
	switch {
	case err != nil:
		return "", fmt.Errorf("%s is not on this machine: install it and put its directory on PATH", what)
	case os.Geteuid() != 0:
		return "", fmt.Errorf("%s is not on this machine: install it with `sudo apt-get install %s`, or start Casepath as root once", what, packages[len(packages)-1])
	}
	lock, err := aptLock(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }()
	if found := find(); found != "" {
		return found, nil // installed while we waited
	}
	say("%s is not on this machine: installing Debian's package with apt-get", what)
	if err := install(ctx, aptGet, packages); err != nil {
		return "", fmt.Errorf("%s can't be installed: %w: check the network and the package sources, or install it yourself", what, err)
	}
	if found := find(); found != "" {
		return found, nil
	}
	return "", fmt.Errorf("%s is not there after `apt-get install %s`: look for it in the package and put its directory on PATH", what, packages[len(packages)-1])
}

// aptLock waits for another Casepath that is installing: apt-get itself gives
// up when its lists are in use.
func aptLock(ctx context.Context) (*os.File, error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, err
	}
	var lock *os.File
	waited := poll(ctx, 200*time.Millisecond, func() bool {
		lock, err = lockFile(filepath.Join(cache, "apt.lock"))
		return lock != nil || err != nil
	})
	if err == nil && lock == nil {
		err = fmt.Errorf("gave up waiting for another process that installs packages (%w): start Casepath again when it is done", waited)
	}
	return lock, err
}

func install(ctx context.Context, aptGet string, packages []string) error {
	run := func(args ...string) error {
		cmd := exec.CommandContext(ctx, aptGet, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
		if out, err := cmd.CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			return fmt.Errorf("`apt-get %s` failed (%w, %q)", strings.Join(args, " "), err, lines[len(lines)-1])
		}
		return nil
	}
	if err := run("update"); err != nil {
		return err
	}
	err := errors.New("no package")
	for _, p := range packages {
		if err = run("install", "-y", "--no-install-recommends", p); err == nil {
			return nil
		}
	}
	return err
}
