package importer

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
)

// realFile is the file of real questions, kept outside the repository.
func realFile(t *testing.T) string {
	t.Helper()
	cases := os.Getenv("CASEPATH_CASES")
	if cases == "" {
		t.Skip("CASEPATH_CASES is not set: the real questions are not here")
	}
	return filepath.Join(cases, "data", "support-questions.csv")
}

func TestRealQuestionsAreRegisteredOnce(t *testing.T) {
	path := realFile(t)
	o := newOffice(t)
	options := posimente()
	options.Rejected = filepath.Join(t.TempDir(), "rejected.csv")
	r := o.run(path, options, 1200, 0, 0)
	t.Logf("1,200 questions in %s", r.Took)
	r = o.run(path, options, 0, 1200, 0)
	t.Logf("again in %s", r.Took)
	for _, what := range []string{
		`requests where channel = 'import' and original_at between '2023-01-01' and '2024-01-01'`,
		`tickets where state = 'registered' and registered_at > now() - interval '1 hour'`,
		`outbox where kind = 'start'`,
		`outbox where kind = 'mail'`,
	} {
		if n := o.count(`select count(*) from ` + what); n != 1200 {
			t.Errorf("%d %s; want 1200", n, what)
		}
	}
	var bodies []string
	rows, err := o.db.QueryContext(t.Context(), `select body from requests`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var b string
		if err := rows.Scan(&b); err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, b)
	}
	if rows.Err() != nil || len(bodies) != 1200 {
		t.Fatalf("%d bodies, %v", len(bodies), rows.Err())
	}
	seen := map[string]bool{}
	for _, b := range bodies {
		seen[b] = true
	}
	for _, source := range realBodies(t, path) {
		if !seen[strings.TrimSpace(textOf(source))] {
			t.Errorf("no ticket says %q", source)
		}
	}
}

// Every word of a real question is in its text, in its order, and no tag: a <
// is there as often as the question says one.
func TestRealBodiesLoseTheirTagsAndNoWord(t *testing.T) {
	for _, source := range realBodies(t, realFile(t)) {
		text := textOf(source)
		visible := shown(t, source)
		if said := strings.Count(string(visible), "<"); strings.Count(text, "<") != said {
			t.Errorf("%d times < in %q, the question %q says it %d times", strings.Count(text, "<"), text, source, said)
		}
		rest := []rune(text)
		for _, c := range visible {
			for len(rest) > 0 && rest[0] != c {
				rest = rest[1:]
			}
			if len(rest) == 0 {
				t.Errorf("lost %q of %q in %q", c, source, text)
				break
			}
			rest = rest[1:]
		}
	}
}

func realBodies(t *testing.T, path string) (bodies []string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
	if err != nil || len(rows) != 1201 || rows[0][3] != "body_html" {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows[1:] {
		bodies = append(bodies, r[3])
	}
	return bodies
}

// shown is every character but blanks that a browser shows of HTML, read by
// the library's full parser.
func shown(t *testing.T, source string) (characters []rune) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.TextNode {
			continue
		}
		for _, c := range n.Data {
			if !unicode.IsSpace(c) {
				characters = append(characters, c)
			}
		}
	}
	return characters
}
