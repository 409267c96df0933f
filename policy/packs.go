package policy

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed packs/*.yaml
var packFiles embed.FS

// BuiltIn is the text of a pack that comes with the program; an error names
// the ones there are.
func BuiltIn(name string) ([]byte, error) {
	text, err := packFiles.ReadFile(path.Join("packs", name+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("there is no built-in pack %q; there are %s", name, strings.Join(BuiltIns(), ", "))
	}
	return text, nil
}

// BuiltIns names the packs that come with the program.
func BuiltIns() []string { return namesIn(packFiles, "packs") }
