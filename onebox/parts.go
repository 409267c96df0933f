package onebox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// PostgreSQL major versions Casepath works with.
const (
	oldestPostgres = 15
	newestPostgres = 18
)

// Parts are the programs the one box is made of.
type Parts struct {
	PostgresBin     string // directory with initdb and postgres
	TemporalServer  string // path of the Temporal server
	TemporalSQLTool string // path of the tool that sets up its database schema
}

// FindParts finds PostgreSQL and Temporal on this machine and gets what is
// missing, telling the reader through say what takes time: as root on a Debian
// system PostgreSQL is installed with apt-get, and Temporal is built from
// Casepath's source tree (about 4 minutes, once). Several callers may do this at
// the same time; Temporal is built once.
//
// PostgreSQL (15 to 18) is looked for on PATH, then in /usr/lib/postgresql,
// newest first. Temporal is looked for in the directory that
// CASEPATH_TEMPORAL_BIN names, if it is set, else in the user's cache.
func FindParts(ctx context.Context, say func(format string, a ...any)) (Parts, error) {
	bin, err := findOrInstallPostgres(ctx, say)
	if err != nil {
		return Parts{}, err
	}
	server, sqlTool, err := findOrBuildTemporal(ctx, say)
	if err != nil {
		return Parts{}, err
	}
	return Parts{PostgresBin: bin, TemporalServer: server, TemporalSQLTool: sqlTool}, nil
}

const debianPostgres = "/usr/lib/postgresql"

func findOrInstallPostgres(ctx context.Context, say func(string, ...any)) (string, error) {
	if bin := findPostgres(ctx, os.Getenv("PATH"), debianPostgres); bin != "" {
		return bin, nil
	}
	const need = "PostgreSQL 15 to 18 is not on this machine"
	aptGet, err := exec.LookPath("apt-get")
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: install it and put the directory with initdb and postgres on PATH", need)
	case os.Geteuid() != 0:
		return "", fmt.Errorf("%s: install it with `sudo apt-get install postgresql`, or start Casepath as root once", need)
	}
	say("%s: installing Debian's package with apt-get", need)
	if err := installPostgres(ctx, aptGet, "/etc/postgresql-common/createcluster.conf"); err != nil {
		return "", err
	}
	if bin := findPostgres(ctx, os.Getenv("PATH"), debianPostgres); bin != "" {
		return bin, nil
	}
	return "", fmt.Errorf("%s, and what apt-get installed is another version: install postgresql-15 from apt.postgresql.org", need)
}

// findPostgres returns the directory of the first usable PostgreSQL, "" if
// there is none.
func findPostgres(ctx context.Context, path, debian string) string {
	dirs := filepath.SplitList(path)
	versions, _ := filepath.Glob(filepath.Join(debian, "*", "bin"))
	major := func(bin string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
		return n
	}
	slices.SortFunc(versions, func(a, b string) int { return major(b) - major(a) })
	for _, dir := range append(dirs, versions...) {
		// A directory on PATH may hold links to the real one.
		postgres, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
		if err != nil {
			continue
		}
		bin := filepath.Dir(postgres)
		if _, err := exec.LookPath(filepath.Join(bin, "initdb")); err != nil {
			continue
		}
		if v, err := postgresMajor(ctx, bin); err == nil && v >= oldestPostgres && v <= newestPostgres {
			return bin
		}
	}
	return ""
}

var versionNumber = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// postgresMajor returns the major version of the server in a directory.
func postgresMajor(ctx context.Context, bin string) (int, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version")
	cmd.Env = cleanEnv()
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	m := versionNumber.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("%s/postgres does not tell its version: install PostgreSQL again", bin)
	}
	return strconv.Atoi(string(m[1]))
}

// installPostgres installs Debian's package without letting it start a server
// of its own: that would occupy port 5432 for nothing.
func installPostgres(ctx context.Context, aptGet, clusterConf string) error {
	if _, err := os.Stat(clusterConf); os.IsNotExist(err) {
		if err := os.MkdirAll(filepath.Dir(clusterConf), 0o755); err != nil {
			return fmt.Errorf("the settings of PostgreSQL's package can't be written (%w): install postgresql yourself", err)
		}
		if err := writeFile(clusterConf, []byte("create_main_cluster = false\n"), 0o644); err != nil {
			return err
		}
	}
	run := func(args ...string) error {
		cmd := exec.CommandContext(ctx, aptGet, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
		if out, err := cmd.CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			return fmt.Errorf("PostgreSQL can't be installed: `apt-get %s` failed (%w, %q): check the network and the package sources, or install postgresql yourself",
				strings.Join(args, " "), err, lines[len(lines)-1])
		}
		return nil
	}
	if err := run("update"); err != nil {
		return err
	}
	if run("install", "-y", "--no-install-recommends", "postgresql-15") == nil {
		return nil
	}
	return run("install", "-y", "--no-install-recommends", "postgresql")
}
