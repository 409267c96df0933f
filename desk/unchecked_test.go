package desk_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNobodySwitchesChecksOff: Desk.Unchecked is for a test, and set nowhere
// else.
func TestNobodySwitchesChecksOff(t *testing.T) {
	t.Parallel()
	read, set := 0, regexp.MustCompile(`\b[Uu]nchecked\s*(=|:[ \t])`)
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		read++
		source, err := os.ReadFile(path)
		if set.MatchString(strings.ReplaceAll(string(source), "{unchecked: d.Unchecked}", "")) { // Authenticate hands it to callers
			t.Errorf("%s switches checks off", path)
		}
		return err
	})
	if err != nil || read < 100 {
		t.Fatalf("%d files read, %v", read, err)
	}
}
