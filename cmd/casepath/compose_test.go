package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/casepath/casepath/onebox"
)

// composeFile is docker-compose.yml as docker-compose itself understands it.
type composeFile struct {
	Services map[string]composeService `yaml:"services"`
	Networks map[string]struct {
		Internal bool `yaml:"internal"`
	} `yaml:"networks"`
	Secrets map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
	Volumes map[string]any `yaml:"volumes"`
}

type composeService struct {
	Image       string            `yaml:"image"`
	Build       any               `yaml:"build"`
	User        string            `yaml:"user"`
	Restart     string            `yaml:"restart"`
	NetworkMode string            `yaml:"network_mode"`
	Entrypoint  []string          `yaml:"entrypoint"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Ports       []string          `yaml:"ports"`
	Volumes     []string          `yaml:"volumes"`
	Networks    map[string]any    `yaml:"networks"`
	ReadOnly    bool              `yaml:"read_only"`
	Healthcheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
	Secrets []struct {
		Source string `yaml:"source"`
	} `yaml:"secrets"`
	DependsOn map[string]struct {
		Condition string `yaml:"condition"`
	} `yaml:"depends_on"`
}

// once says whether a service runs once and ends.
func (s composeService) once() bool { return s.Restart == "no" }

// ours says whether a service is Casepath.
func (s composeService) ours() bool { return s.Build != nil }

func (s composeService) may(secret string) bool {
	for _, given := range s.Secrets {
		if given.Source == secret {
			return true
		}
	}
	return false
}

// compose lets Debian's docker-compose check and resolve docker-compose.yml.
func compose(t *testing.T) (file composeFile) {
	t.Helper()
	program, err := onebox.Need(t.Context(), t.Logf, "docker-compose", "docker-compose")
	if err != nil {
		t.Fatal(err)
	}
	config := exec.CommandContext(t.Context(), program, "--file", "docker-compose.yml", "--profile", "setup", "config")
	config.Dir = "../.."
	config.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()} // no variable of ours fills anything in
	var complaint strings.Builder
	config.Stderr = &complaint
	raw, err := config.Output()
	if err != nil || complaint.Len() > 0 {
		t.Fatalf("docker-compose config: %v %s", err, complaint.String())
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postgres", "temporal", "temporal-ui", "mail", "migrate", "api", "worker"} {
		if _, there := file.Services[name]; !there {
			t.Fatalf("no service %s", name)
		}
	}
	return file
}

// Every image is pinned, every service is watched or ends, and what waits for
// another waits for something that comes.
func TestComposeIsPinnedAndWatched(t *testing.T) {
	file := compose(t)
	pinned := regexp.MustCompile(`^[a-z0-9/-]+:v?\d+\.\d+[\w.-]*$`)
	temporal := regexp.MustCompile(`go\.temporal\.io/server v(\S+)`).FindStringSubmatch(read(t, "tools/temporal/go.mod"))[1]
	for name, s := range file.Services {
		if !pinned.MatchString(s.Image) && (!s.ours() || s.Image != "casepath:local") {
			t.Errorf("%s: image %q is not pinned", name, s.Image)
		}
		if strings.HasPrefix(s.Image, "temporalio/server") || strings.HasPrefix(s.Image, "temporalio/admin-tools") {
			if !strings.HasSuffix(s.Image, ":"+temporal) {
				t.Errorf("%s: image %s, the one box runs Temporal %s", name, s.Image, temporal)
			}
		}
		if len(s.Healthcheck.Test) == 0 && !s.once() {
			t.Errorf("%s: runs without end and nobody asks how it is", name)
		}
		if s.ours() && len(s.Healthcheck.Test) > 0 && !slices.Equal(s.Healthcheck.Test[:3], []string{"CMD", "/casepath", "healthcheck"}) {
			t.Errorf("%s: the image has no program for %v", name, s.Healthcheck.Test)
		}
		for other, wait := range s.DependsOn {
			waited := file.Services[other]
			healthy := wait.Condition == "service_healthy" && len(waited.Healthcheck.Test) > 0
			done := wait.Condition == "service_completed_successfully" && waited.once()
			if !healthy && !done {
				t.Errorf("%s waits for %s to be %q, which never comes", name, other, wait.Condition)
			}
		}
	}
}

// Nobody but this machine reaches anything, and nobody but the services on the
// inner network reaches engine and database.
func TestComposePublishesOnLoopbackAlone(t *testing.T) {
	file := compose(t)
	if !file.Networks["inside"].Internal {
		t.Error("the inner network leads outside")
	}
	for name, s := range file.Services {
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s publishes %s", name, port)
			}
		}
		switch name {
		case "postgres", "temporal", "migrate", "temporal-schema", "temporal-namespace":
			if _, inside := s.Networks["inside"]; !inside || len(s.Networks) != 1 || len(s.Ports) > 0 {
				t.Errorf("%s is on %v and publishes %v", name, slices.Collect(maps.Keys(s.Networks)), s.Ports)
			}
		case "secrets":
			if s.NetworkMode != "none" {
				t.Error("what writes the secrets has a network")
			}
			continue // alone it runs as root
		}
		if strings.HasPrefix(s.User, "0") || s.ours() && !s.ReadOnly {
			t.Errorf("%s runs as %q, its root is read-only: %v", name, s.User, s.ReadOnly)
		}
	}
}

// The file holds no secret: services are told where to read theirs, they may
// read no others, and `casepath admin secrets` writes all of them.
func TestComposeHoldsNoSecret(t *testing.T) {
	file := compose(t)
	secretive := regexp.MustCompile(`PASSWORD|PWD|SECRET|TOKEN|_KEY|DATABASE_URL`)
	read := map[string]bool{}
	for name, s := range file.Services {
		script := strings.Join(s.Command, " ")
		for variable, value := range s.Environment {
			plain, isFile := strings.CutSuffix(variable, "_FILE")
			if secretive.MatchString(variable) && !isFile || strings.Contains(value, "@") {
				t.Errorf("%s: %s is in the file", name, variable)
			}
			if isFile {
				script += " " + value
			}
			if s.ours() && !ours(plain) {
				t.Errorf("%s: nothing reads %s", name, variable)
			}
		}
		for _, m := range regexp.MustCompile(`/run/secrets/(\w+)`).FindAllStringSubmatch(script, -1) {
			if !s.may(m[1]) {
				t.Errorf("%s reads the secret %s without being given it", name, m[1])
			}
		}
		for _, given := range s.Secrets {
			read[given.Source] = true
			if !strings.Contains(script, "/run/secrets/"+given.Source) {
				t.Errorf("%s is given the secret %s and doesn't read it", name, given.Source)
			}
		}
	}
	dir := filepath.Join(t.TempDir(), "secrets")
	if err := (secretsCommand{Dir: dir, Database: "postgres:5432"}).Run(); err != nil {
		t.Fatal(err)
	}
	for name, secret := range file.Secrets {
		if !read[name] || filepath.Base(filepath.Dir(secret.File)) != "secrets" || filepath.Base(secret.File) != name {
			t.Errorf("secret %s is in %s, read by a service: %v", name, secret.File, read[name])
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("secret %s is not written, or for all to read: %v", name, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != len(file.Secrets) {
		t.Errorf("%d secrets are written, %d are named, %v", len(entries), len(file.Secrets), err)
	}
	if err := (secretsCommand{Dir: dir}).Run(); err == nil || !strings.Contains(err.Error(), "holds secrets already") {
		t.Errorf("secrets are written over: %v", err)
	}
}
