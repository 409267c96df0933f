package policy_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/casepath/casepath/policy"
)

// TestKeptPacks: what was published under an earlier release is read by this
// one, and is the same version: tickets are pinned to it. A release that changes
// the schema adds a folder of its own and leaves these as they are.
func TestKeptPacks(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/kept/*/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d kept packs (%v)", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var kept struct {
			Version string              `json:"version"`
			Regions map[string][]string `json:"regions"`
			Text    string              `json:"text"`
		}
		if err := json.Unmarshal(raw, &kept); err != nil {
			t.Fatal(err)
		}
		p, err := policy.ParseKept([]byte(kept.Text), kept.Regions)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if p.Version != kept.Version {
			t.Errorf("%s is version %s now, and was %s", file, p.Version, kept.Version)
		}
	}
}
