package words

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func raw(t *testing.T, locale string) (catalog map[string]string) {
	t.Helper()
	file, err := catalogs.ReadFile(locale + ".json")
	if err == nil {
		err = json.Unmarshal(file, &catalog)
	}
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

// said is one place of the code that gives a key; values is nil where the code
// computes them.
type said struct {
	at, key string
	values  []string
	known   bool // values are known
}

// TestCodeAndCatalogsAgree: every key the code gives has its sentence, every
// value a sentence names is given with it, and no sentence is left over.
func TestCodeAndCatalogsAgree(t *testing.T) {
	english := raw(t, "en")
	places, literals := scan(t)
	if len(places) < 80 {
		t.Errorf("found only %d places", len(places))
	}
	for _, p := range places {
		sentence, there := english[p.key]
		if !there {
			t.Errorf("%s gives %q, which has no sentence", p.at, p.key)
			continue
		}
		for _, name := range placeholders(sentence) {
			if p.known && !slices.Contains(p.values, name) {
				t.Errorf("%s gives %q without {{.%s}}", p.at, p.key, name)
			}
		}
	}
	for key := range english {
		used := slices.ContainsFunc(literals, func(l string) bool {
			return l == key || strings.HasSuffix(l, "_") && len(l) > 5 && strings.HasPrefix(key, l)
		})
		if !used {
			t.Errorf("nothing gives %q", key)
		}
	}
}

// scan reads the product's code: the places that give a key, and every string.
func scan(t *testing.T) (places []said, literals []string) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && slices.Contains([]string{"tools", "testdata", ".git", "bin", "client"}, d.Name()) {
				return filepath.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".gen.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if l, ok := text(n); ok {
				literals = append(literals, l)
			}
			places = append(places, gives(files, n)...)
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return places, literals
}

// text is a string literal's value.
func text(n ast.Node) (string, bool) {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// gives: problem.New(code, "key", args), wrong.Add("field", "key", args),
// Error{Key: "key"}, e.Key = "key" and the rules of the contract.
func gives(files *token.FileSet, n ast.Node) (list []said) {
	add := func(key ast.Node, args ast.Node) {
		k, ok := text(key)
		if !ok || k == "" {
			return
		}
		s := said{at: files.Position(key.Pos()).String(), key: k}
		s.values, s.known = values(args)
		list = append(list, s)
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 3 && (f.Sel.Name == "Add" || f.Sel.Name == "New" && name(f.X) == "problem") {
			add(n.Args[1], n.Args[2])
		}
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "audit" && len(n.Args) == 7 { // of package desk: each entry is said in words
			if k, ok := text(n.Args[3]); ok {
				list = append(list, said{at: files.Position(n.Pos()).String(), key: "audit_" + k, values: []string{"actor", "object"}, known: true})
			}
		}
		if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "New" && len(n.Args) == 3 { // inside package problem
			add(n.Args[1], n.Args[2])
		}
	case *ast.KeyValueExpr:
		if name(n.Key) == "Key" {
			add(n.Value, nil)
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if f, ok := left.(*ast.SelectorExpr); ok && f.Sel.Name == "Key" && len(n.Rhs) == len(n.Lhs) {
				add(n.Rhs[i], nil)
			}
		}
	case *ast.ValueSpec:
		if len(n.Names) == 1 && n.Names[0].Name == "keys" && len(n.Values) == 1 {
			if rules, ok := n.Values[0].(*ast.CompositeLit); ok {
				for _, e := range rules.Elts {
					if pair, ok := e.(*ast.KeyValueExpr); ok {
						add(pair.Value, nil)
					}
				}
			}
		}
	}
	return list
}

func name(n ast.Node) string {
	if i, ok := n.(*ast.Ident); ok {
		return i.Name
	}
	return ""
}

// values are the names of an Args literal; nil is one without any.
func values(n ast.Node) (names []string, known bool) {
	if name(n) == "nil" {
		return nil, true
	}
	args, ok := n.(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	for _, e := range args.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if k, ok := text(pair.Key); ok {
				names = append(names, k)
			}
		}
	}
	return names, true
}
