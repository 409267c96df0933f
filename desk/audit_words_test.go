package desk

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/words"
)

// TestEveryAuditedActIsSaid: whatever may come to stand in the audit has its
// sentence in every language. What the desk audits is read from its source, so a
// new act can't be forgotten.
func TestEveryAuditedActIsSaid(t *testing.T) {
	t.Parallel()
	s := readDesk(t)
	acts := s.audited()
	for _, a := range ticket.HumanActions {
		acts = append(acts, string(a))
	}
	for _, a := range service.HumanActions {
		acts = append(acts, "service_"+string(a))
	}
	for _, a := range qa.HumanActions {
		acts = append(acts, string(a))
	}
	for _, a := range devticket.HumanActions {
		acts = append(acts, string(a))
	}
	acts = append(acts, "register", "upload", "restored", "workflow_poked", "workflow_restarted") // of the store and the reconciler
	slices.Sort(acts)
	for _, act := range slices.Compact(acts) {
		if slices.Contains(store.AuditedBeside, act) {
			continue // its entry says it; the command is no line
		}
		for _, locale := range words.Locales {
			if key := "audit_" + act; words.Say(locale, key, nil) == key {
				t.Errorf("%s is not said in %s", key, locale)
			}
		}
	}
	if len(acts) < 150 {
		t.Errorf("only %d acts were found", len(acts))
	}
}

// source is the desk's code, as far as it names acts.
type source struct {
	t         *testing.T
	functions []*ast.FuncDecl
	values    map[string]ast.Expr // of constants and variables of the package
}

func readDesk(t *testing.T) (s source) {
	t.Helper()
	s = source{t: t, values: map[string]ast.Expr{}}
	names, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range file.Decls {
			switch d := one.(type) {
			case *ast.FuncDecl:
				s.functions = append(s.functions, d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && len(v.Values) == len(v.Names) {
						for i, n := range v.Names {
							s.values[n.Name] = v.Values[i]
						}
					}
				}
			}
		}
	}
	return s
}

// audited are the acts of d.audit, and of the writes done to a ticket.
func (s source) audited() (acts []string) {
	for _, f := range s.functions {
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CallExpr:
				if called(x) == "audit" {
					acts = append(acts, s.texts(f, x.Args[3])...)
				}
			case *ast.CompositeLit:
				fields := map[string]ast.Expr{}
				for _, e := range x.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						if name, ok := kv.Key.(*ast.Ident); ok {
							fields[name.Name] = kv.Value
						}
					}
				}
				if name, ok := x.Type.(*ast.Ident); ok && name.Name == "write" && fields["ticket"] != nil {
					acts = append(acts, s.texts(f, fields["action"])...)
				}
			}
			return true
		})
	}
	return acts
}

func called(x *ast.CallExpr) string {
	switch f := x.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// texts are the strings an expression of a function may be.
func (s source) texts(f *ast.FuncDecl, e ast.Expr) (list []string) {
	switch x := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(x.Value); err == nil {
			return []string{text}
		}
	case *ast.CallExpr:
		if called(x) == "string" {
			return s.texts(f, x.Args[0])
		}
	case *ast.IndexExpr: // of a map of the package
		if name, ok := x.X.(*ast.Ident); ok {
			if all, ok := s.values[name.Name].(*ast.CompositeLit); ok {
				for _, one := range all.Elts {
					if kv, ok := one.(*ast.KeyValueExpr); ok {
						list = append(list, s.texts(f, kv.Value)...)
					}
				}
			}
		}
	case *ast.BinaryExpr:
		for _, a := range s.texts(f, x.X) {
			for _, b := range s.texts(f, x.Y) {
				list = append(list, a+b)
			}
		}
	case *ast.SelectorExpr:
		if x.Sel.Name == "Kind" { // of what somebody signs in with
			return []string{"session", "token", "half"}
		}
	case *ast.Ident:
		list = s.named(f, x.Name)
	}
	if len(list) == 0 {
		s.t.Errorf("%s audits something whose name is not found", f.Name.Name)
	}
	return list
}

// named is what a constant, a parameter or a variable of a function may be.
func (s source) named(f *ast.FuncDecl, name string) (list []string) {
	if value, there := s.values[name]; there {
		return s.texts(f, value)
	}
	at := 0
	for _, field := range f.Type.Params.List {
		for _, n := range field.Names {
			if n.Name == name {
				for _, other := range s.functions {
					ast.Inspect(other, func(n ast.Node) bool {
						if call, ok := n.(*ast.CallExpr); ok && called(call) == f.Name.Name && len(call.Args) == f.Type.Params.NumFields() {
							list = append(list, s.texts(other, call.Args[at])...)
						}
						return true
					})
				}
			}
			at++
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if set, ok := n.(*ast.AssignStmt); ok && len(set.Lhs) == len(set.Rhs) {
			for i, left := range set.Lhs {
				if to, ok := left.(*ast.Ident); ok && to.Name == name {
					list = append(list, s.texts(f, set.Rhs[i])...)
				}
			}
		}
		return true
	})
	return list
}
