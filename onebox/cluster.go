package onebox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func passwordFile(dataDir string) string { return dataDir + ".password" }

// lockDataDir makes sure that nobody else uses the data directory. A server
// whose Casepath was killed is on its way out: it is waited for.
func lockDataDir(ctx context.Context, dataDir string) (*os.File, error) {
	inUse := fmt.Errorf("the data directory %s is in use by another running Casepath: stop that one or choose another directory", dataDir)
	lock, err := lockFile(dataDir + ".lock")
	if err != nil {
		return nil, err
	}
	if lock == nil {
		return nil, inUse
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	pid := 0
	if poll(ctx, 20*time.Millisecond, func() bool { pid = postmaster(dataDir); return pid == 0 }) != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("the data directory %s is in use by a PostgreSQL server that Casepath did not start (process %d): stop it or choose another directory", dataDir, pid)
	}
	return lock, nil
}

// postmaster returns the process id of the server running on a data directory,
// 0 if there is none.
func postmaster(dataDir string) int {
	text, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid"))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return 0
	}
	// A server works in its data directory; a process that doesn't has only
	// inherited the number.
	cwd, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return 0
	}
	if dir, err := os.Stat(dataDir); err != nil || !os.SameFile(cwd, dir) {
		return 0
	}
	return pid
}

// postmasterInfo is how a running server is reached by its superuser.
type postmasterInfo struct {
	port     int
	password string
}

func (i postmasterInfo) url(database string) string { return adminURL(i.port, i.password, database) }

// RunningPostgres returns how the superuser reaches a database of the server
// that another process has started with StartPostgres on a data directory. The
// URLs hold the password: don't print them.
func RunningPostgres(dataDir string) (admin func(database string) string, err error) {
	server, err := running(dataDir)
	return server.url, err
}

// running finds the server that StartPostgres started on a data directory.
func running(dataDir string) (i postmasterInfo, err error) {
	if dataDir, err = filepath.Abs(dataDir); err != nil {
		return i, err
	}
	text, err := os.ReadFile(filepath.Join(dataDir, "postmaster.pid"))
	lines := strings.Split(string(text), "\n") // process, directory, start, port, …
	if err != nil || postmaster(dataDir) == 0 || len(lines) < 4 {
		return i, fmt.Errorf("no Casepath is running on %s: start it, a backup is made while it runs", dataDir)
	}
	if i.port, err = strconv.Atoi(lines[3]); err != nil {
		return i, fmt.Errorf("the server on %s does not tell its port (%w): try again when it has started", dataDir, err)
	}
	if _, err := os.Stat(passwordFile(dataDir)); err != nil {
		return i, fmt.Errorf("the password of the database superuser can't be read: %w", err)
	}
	i.password, err = secret(passwordFile(dataDir))
	return i, err
}

// prepareCluster returns the superuser's password, after initdb if the data
// directory has no database cluster yet.
func prepareCluster(ctx context.Context, o PostgresOptions, who owner) (string, error) {
	marker := filepath.Join(o.DataDir, "PG_VERSION")
	text, err := os.ReadFile(marker)
	switch {
	case os.IsNotExist(err):
		return initialize(ctx, o, who)
	case err != nil:
		return "", fmt.Errorf("the data directory %s can't be read (%w): check who owns it", o.DataDir, err)
	}
	made := strings.TrimSpace(string(text))
	if major, _ := postgresMajor(ctx, o.Bin); strconv.Itoa(major) != made {
		return "", fmt.Errorf("the data in %s was made by PostgreSQL %s, but %s holds version %d: put the directory of PostgreSQL %s (package postgresql-%s) first on PATH, or convert the data with pg_upgrade",
			o.DataDir, made, o.Bin, major, made, made)
	}
	if _, err := os.Stat(passwordFile(o.DataDir)); err != nil {
		return "", fmt.Errorf("the password of the database superuser can't be read (%w): restore the file that belongs to %s", err, o.DataDir)
	}
	return secret(passwordFile(o.DataDir))
}

// initialize runs initdb beside the final place and renames, so that an
// interrupted one is never taken for a database.
func initialize(ctx context.Context, o PostgresOptions, who owner) (string, error) {
	if entries, err := os.ReadDir(o.DataDir); err == nil && len(entries) > 0 {
		return "", fmt.Errorf("%s holds files but no PostgreSQL data: choose an empty directory or one that does not exist yet", o.DataDir)
	}
	if beside, _ := filepath.Glob(o.DataDir + asideSuffix + "*"); len(beside) > 0 {
		return "", fmt.Errorf("%s is not there, but %s is, which a restore has left: restore again, or give it its name back", o.DataDir, beside[len(beside)-1])
	}
	unfinished := o.DataDir + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return "", fmt.Errorf("what an interrupted start left in %s can't be removed (%w): remove it", unfinished, err)
	}
	if err := os.Mkdir(unfinished, 0o700); err != nil {
		return "", fmt.Errorf("the directory for PostgreSQL's data can't be made (%w): choose one you may write to", err)
	}
	if err := who.take(unfinished); err != nil {
		return "", err
	}
	password, err := secret(passwordFile(o.DataDir))
	if err != nil {
		return "", err
	}
	if err := runInitdb(ctx, o, who, unfinished, password); err != nil {
		return "", err
	}
	if err := os.Remove(o.DataDir); err != nil && !os.IsNotExist(err) { // an empty one
		return "", fmt.Errorf("the empty directory %s can't be replaced (%w): remove it", o.DataDir, err)
	}
	if err := os.Rename(unfinished, o.DataDir); err != nil {
		return "", fmt.Errorf("PostgreSQL's new data can't be moved into place (%w): check who owns %s", err, filepath.Dir(o.DataDir))
	}
	return password, nil
}

func runInitdb(ctx context.Context, o PostgresOptions, who owner, dir, password string) error {
	// initdb reads the password as its own user, who can't read our file.
	handover := dir + ".password"
	if err := writeFile(handover, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(handover) }()
	if err := who.take(handover); err != nil {
		return err
	}
	var out []byte
	var err error
	for _, locale := range []string{"C.UTF-8", "C"} { // not every system has the first
		args := []string{"-D", dir, "-U", "postgres", "-E", "UTF8", "--locale=" + locale, "--auth=scram-sha-256", "--pwfile=" + handover}
		if !o.Durable {
			args = append(args, "--no-sync")
		}
		cmd := exec.CommandContext(ctx, filepath.Join(o.Bin, "initdb"), args...)
		cmd.Dir = dir
		cmd.Env = cleanEnv()
		cmd.SysProcAttr = who.attributes()
		if out, err = cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "invalid locale") {
			break
		}
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("PostgreSQL could not create its data in %s (%w, %q): check the disk and the directory's owner", o.DataDir, err, lines[len(lines)-1])
	}
	return nil
}

// socketDir makes a directory for the Unix socket that only PostgreSQL's user
// may enter. A path that is too long for a socket means no socket: TCP serves.
func socketDir(o PostgresOptions, who owner) (string, error) {
	dir := o.DataDir + ".sock"
	if len(dir)+len("/.s.PGSQL.65535") > 107 {
		return "", nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return "", fmt.Errorf("the directory for PostgreSQL's socket can't be made (%w): check who owns %s", err, filepath.Dir(dir))
	}
	return dir, who.take(dir)
}

// cleanEnv is our environment without what would change a server's behaviour.
func cleanEnv() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}
