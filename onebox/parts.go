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
	bin, err := FindPostgres(ctx, say)
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

// FindPostgres is FindParts for the directory with PostgreSQL's programs alone.
func FindPostgres(ctx context.Context, say func(format string, a ...any)) (string, error) {
	find := func() string { return findPostgres(ctx, os.Getenv("PATH"), debianPostgres) }
	if bin := find(); bin != "" {
		return bin, nil
	}
	if _, err := exec.LookPath("apt-get"); err == nil && os.Geteuid() == 0 {
		if err := noMainCluster("/etc/postgresql-common/createcluster.conf"); err != nil {
			return "", err
		}
	}
	return findOrInstall(ctx, say, "PostgreSQL 15 to 18", find, "postgresql-15", "postgresql")
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

// noMainCluster keeps Debian's package from starting a server of its own, which
// would occupy port 5432 for nothing.
func noMainCluster(conf string) error {
	if _, err := os.Stat(conf); !os.IsNotExist(err) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(conf), 0o755); err != nil {
		return fmt.Errorf("the settings of PostgreSQL's package can't be written (%w): install postgresql yourself", err)
	}
	return writeFile(conf, []byte("create_main_cluster = false\n"), 0o644)
}
