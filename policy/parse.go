package policy

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Fault is something wrong in a pack.
type Fault struct {
	Line int    // 0: the file as a whole
	Text string // in plain words
}

// Faults are everything wrong in a pack, in the order of its lines.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Text
		if fault.Line > 0 {
			lines[i] = fmt.Sprintf("line %d: %s", fault.Line, fault.Text)
		}
	}
	return strings.Join(lines, "\n")
}

// packMax bounds a pack's text, in bytes.
const packMax = 1 << 20

// ParsePack reads and checks a pack. The error is Faults: unknown keys, keys
// written twice, values of the wrong kind, and what contradicts itself, each
// with its line.
func ParsePack(text []byte) (*Pack, error) { return parsePack(text, nil) }

// ParseKept is ParsePack for a pack that was kept with the public holidays of
// the regions it names: these count, whatever the program knows by now.
func ParseKept(text []byte, regions map[string][]string) (*Pack, error) {
	if regions == nil {
		regions = map[string][]string{}
	}
	return parsePack(text, regions)
}

func parsePack(text []byte, regions map[string][]string) (*Pack, error) {
	if len(text) > packMax {
		return nil, Faults{{Text: "a pack is at most 1 MiB of text"}}
	}
	var root yaml.Node
	if err := yaml.Load(text, &root); err != nil {
		return nil, faultsOf(err)
	}
	if len(root.Content) == 0 || root.Content[0].Kind != yaml.MappingNode {
		return nil, Faults{{Text: "a pack is a list of keys and values such as pack: posimente"}}
	}
	p := &Pack{Text: string(text), Regions: regions}
	top := root.Content[0]
	p.strip(top, "")
	slices.Sort(p.Assumed)
	err := root.Load(p, yaml.WithKnownFields())
	if err != nil {
		return nil, faultsOf(err)
	}
	if faults := p.check(top); len(faults) > 0 {
		return nil, faults
	}
	if p.Regions == nil {
		if err := p.readRegions(); err != nil {
			return nil, err
		}
	}
	p.Version = versionOf(text, p.Regions)
	return p, nil
}

// strip takes the marks of what is assumed out of the tree, and notes where
// they stood. A single value is marked as {value: x, assumed: true}.
func (p *Pack) strip(n *yaml.Node, path string) {
	switch n.Kind {
	case yaml.SequenceNode:
		for i, item := range n.Content {
			p.strip(item, join(path, nameOf(item, i)))
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "assumed" && n.Content[i+1].Value == "true" {
				n.Content = slices.Delete(n.Content, i, i+2)
				p.Assumed = append(p.Assumed, path)
				break
			}
		}
		if len(n.Content) == 2 && n.Content[0].Value == "value" && p.IsAssumed(path) {
			*n = *n.Content[1]
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			p.strip(n.Content[i+1], join(path, n.Content[i].Value))
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// nameOf is how a path names an item of a list: by its code, else its place.
func nameOf(n *yaml.Node, i int) string {
	if n.Kind == yaml.MappingNode {
		for j := 0; j+1 < len(n.Content); j += 2 {
			if k := n.Content[j].Value; k == "code" || k == "kind" {
				return n.Content[j+1].Value
			}
		}
	}
	return fmt.Sprint(i + 1)
}

// find is the node at a path and the line it is named on; the nearest above it
// when there is none.
func find(n *yaml.Node, path string) (*yaml.Node, int) {
	line := n.Line
	for name := range strings.SplitSeq(path, ".") {
		next, at := step(n, name)
		if next == nil {
			return n, line
		}
		n, line = next, at
	}
	return n, line
}

func step(n *yaml.Node, name string) (*yaml.Node, int) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i+1], n.Content[i].Line
			}
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			if nameOf(item, i) == name {
				return item, item.Line
			}
		}
	}
	return nil, 0
}

var (
	unknownKey = regexp.MustCompile(`field (\S+) not found in type .*`)
	twiceKey   = regexp.MustCompile(`mapping key "([^"]*)" already defined at line (\d+)`)
	wrongKind  = regexp.MustCompile("cannot construct !!(\\S+) (`.*` )?into (\\S+)")
	lineOf     = regexp.MustCompile(`^(?:line (\d+)|.*at L(\d+)\.C\d+[^:]*): (.*)$`)
)

// faultsOf says a reader's errors in plain words.
func faultsOf(err error) Faults {
	var several *yaml.LoadErrors
	var texts []string
	if errors.As(err, &several) {
		for _, e := range several.Errors {
			texts = append(texts, e.Error())
		}
	} else {
		texts = []string{err.Error()}
	}
	var faults Faults
	for _, text := range texts {
		faults = append(faults, faultOf(text))
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return faults
}

func faultOf(text string) Fault {
	f := Fault{Text: text}
	text = strings.ReplaceAll(text, "\n", " ")
	if m := lineOf.FindStringSubmatch(text); m != nil {
		fmt.Sscan(m[1]+m[2], &f.Line) //nolint:errcheck,gosec // digits
		f.Text = m[3]
	}
	switch {
	case unknownKey.MatchString(f.Text):
		f.Text = fmt.Sprintf("%q is no key here", unknownKey.FindStringSubmatch(f.Text)[1])
	case twiceKey.MatchString(f.Text):
		m := twiceKey.FindStringSubmatch(f.Text)
		f.Text = fmt.Sprintf("the key %q stands here and on line %s", m[1], m[2])
	case wrongKind.MatchString(f.Text):
		m := wrongKind.FindStringSubmatch(f.Text)
		f.Text = fmt.Sprintf("%sis no %s", m[2], kindNamed(m[3]))
	}
	return f
}

// kindNamed is a Go type as an author of packs knows it.
func kindNamed(goType string) string {
	switch {
	case goType == "int", goType == "float64":
		return "number"
	case goType == "bool":
		return "true or false"
	case goType == "string":
		return "text"
	case strings.HasPrefix(goType, "[]"):
		return "list"
	}
	return "block of keys and values"
}
