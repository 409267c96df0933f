package main

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var buildLine = regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 .*go build .*) -o /out/casepath (\./cmd/casepath)$`)

var (
	imageOnce   sync.Once
	imageBinary string
	errImage    string
)

// image is the program as the Dockerfile builds it, by its own line.
func image(t *testing.T) string {
	t.Helper()
	line := buildLine.FindStringSubmatch(read(t, "Dockerfile"))
	if line == nil {
		t.Fatal("the Dockerfile has no line that builds the program")
	}
	imageOnce.Do(func() {
		dir, err := os.MkdirTemp("", "casepath-image-*") //nolint:usetesting // it serves several tests
		if err != nil {
			errImage = err.Error()
			return
		}
		imageBinary = filepath.Join(dir, "casepath")
		build := exec.Command("/bin/sh", "-c", line[1]+" -o "+imageBinary+" "+line[2])
		build.Dir = "../.."
		if out, err := build.CombinedOutput(); err != nil {
			errImage = err.Error() + "\n" + string(out)
		}
	})
	if errImage != "" {
		t.Fatalf("%s: %s", line[0], errImage)
	}
	return imageBinary
}

// The image holds nothing but the program: it must do without a loader, a
// library, a shell and a home.
func TestTheImagesProgramIsStatic(t *testing.T) {
	program, err := elf.Open(image(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = program.Close() }()
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program has a %v: it wants a loader", p.Type)
		}
	}
	help := exec.CommandContext(t.Context(), image(t), "--help")
	help.Dir, help.Env = t.TempDir(), []string{}
	out, err := help.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "healthcheck") || !strings.Contains(string(out), "migrate") {
		t.Errorf("--help: %v\n%s", err, out)
	}
}

// What the Dockerfile promises about its bases, its user and its health check.
func TestDockerfile(t *testing.T) {
	text := read(t, "Dockerfile")
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	if version == nil || !strings.Contains(text, "\nFROM golang:"+version[1]+"-bookworm AS build\n") {
		t.Errorf("the build stage is not pinned to go.mod's Go %v", version)
	}
	_, final, found := strings.Cut(text, "\nFROM scratch\n")
	if !found || strings.Count(text, "\nFROM ") != 2 {
		t.Fatal("the last stage is not empty, or there are others")
	}
	for _, want := range []string{
		"\nUSER 1000:1000\n", `CMD ["/casepath", "healthcheck"]`, "\nENTRYPOINT [\"/casepath\"]\n", "ca-certificates.crt", "CASEPATH_LISTEN=0.0.0.0:8080",
	} {
		if !strings.Contains(final, want) {
			t.Errorf("the last stage lacks %q", want)
		}
	}
	if strings.Contains(final, "\nRUN ") {
		t.Error("the last stage has no shell to run anything with")
	}
	for _, ignored := range []string{".git", "secrets"} {
		if !strings.Contains("\n"+read(t, ".dockerignore"), "\n"+ignored+"\n") {
			t.Errorf("%s would be sent to the builder", ignored)
		}
	}
}
