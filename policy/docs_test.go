package policy_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/casepath/casepath/policy"
)

// TestDocumentation: the page about packs names every key there is, and its
// smallest pack is whole.
func TestDocumentation(t *testing.T) {
	raw, err := os.ReadFile("../docs/policy-packs.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	_, example, _ := strings.Cut(page, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	if _, err := policy.ParsePack([]byte(example)); err != nil {
		t.Errorf("the smallest pack:\n%v", err)
	}
	for key := range keys(reflect.TypeFor[policy.Pack](), map[string]bool{}) {
		if !strings.Contains(page, "`"+key+"`") && !strings.Contains(page, "`"+key+":") && !strings.Contains(page, "{"+key) && !strings.Contains(page, ", "+key+": […]") {
			t.Errorf("the key %s is not explained", key)
		}
	}
}

// keys are the keys of a type and of what it holds.
func keys(t reflect.Type, found map[string]bool) map[string]bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		keys(t.Elem(), found)
	case reflect.Struct:
		for f := range t.Fields() {
			key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if key != "" && key != "-" {
				found[key] = true
				keys(f.Type, found)
			}
		}
	default:
	}
	return found
}
