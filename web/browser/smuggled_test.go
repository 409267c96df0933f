package browser_test

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// contraband is what attackers put into fields so that it runs, loads, posts or
// hides in somebody else's browser: one a line, %0A for a line end. It calls
// canary() or loads from elsewhere.example.
//
//go:embed testdata/contraband.txt
var contrabandText string

func contraband() (list []string) {
	for line := range strings.Lines(contrabandText) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "# ") {
			list = append(list, strings.ReplaceAll(line, "%0A", "\n"))
		}
	}
	return list
}

// smuggle puts contraband into every text that people write: titles, bodies,
// components, comments, names of files, people and organizations, and drafts.
func (w *world) smuggle(t *testing.T) {
	t.Helper()
	list := contraband()
	for i, c := range list {
		name := fmt.Sprintf("contraband %d", i)
		number := w.register(t, vendor+"/jeanne", name, name, strings.Join(list, "\n\n"))
		file, err := w.Desk.Upload(w.as(t, vendor+"/jeanne"), uuid.NewString(), strings.ReplaceAll(c, "\n", " "), bytes.NewReader([]byte(c)))
		if err != nil {
			t.Fatal(err)
		}
		files := []uuid.UUID{file.ID}
		if _, err := w.Desk.Comment(w.as(t, vendor+"/jeanne"), uuid.NewString(), number, c, files); err != nil {
			t.Fatal(err)
		}
		for _, waiting := range []string{"{waiting}", "{progress}"} {
			if _, err := w.Desk.Note(w.as(t, vendor+"/agent"), uuid.NewString(), w.at(waiting), c, nil); err != nil {
				t.Fatal(err)
			}
		}
		line := strings.ReplaceAll(c, "\n", " ")
		w.exec(t, `update tickets set title = $2 where number = $1`, number, line)
		w.exec(t, `alter table requests disable trigger registered_requests`) // what is registered never changes but here
		w.exec(t, `update requests set title = $2, component = $2 where id = (select id from tickets where number = $1)`, number, line)
		w.exec(t, `alter table requests enable trigger registered_requests`)
	}
	for _, table := range []string{"people", "organizations"} { // one after the other, as far as the list goes
		w.exec(t, `with numbered as (select id, row_number() over (order by id) n from `+table+`)
			update `+table+` x set name = left(($1::text[])[1 + n % $2] || ' ' || n, 200) from numbered where numbered.id = x.id`, textArray(list), len(list))
	}
	w.exec(t, `update comments set body = ($1::text[])[1 + abs(hashtext(id::text)) % $2] where kind <> 'comment'`, textArray(list), len(list))
	for _, who := range []string{"jeanne", "agent", "long", "many"} {
		for _, kind := range desk.DraftKinds {
			fields := map[string]string{}
			for _, f := range []string{"text", "title", "body", "component"} {
				fields[f] = strings.Join(list, "\n")
			}
			about := w.at("{waiting}")
			if kind == "register" {
				about = desk.DraftNew
			}
			_ = w.Desk.KeepDraft(w.as(t, vendor+"/"+who), about, kind, fields) // some are not theirs to keep
		}
	}
}

// textArray is a list as PostgreSQL takes it.
func textArray(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}

// nothingSmuggledRuns opens every page of the table, and the tickets made of
// contraband, in a world full of it: no script runs, nothing foreign is asked
// for, no form posts away, the content security policy has nothing to report
// (abuse case B24, statement 16).
func nothingSmuggledRuns(t *testing.T, w *world) {
	t.Helper()
	visits := slices.Clone(pages)
	for i, c := range contraband() {
		name, odd := fmt.Sprintf("contraband %d", i), url.QueryEscape(c)
		visits = append(visits,
			pageCase{name: name, who: "interfacing/jeanne", path: "/interfacing/tickets/{" + name + "}"},
			pageCase{name: name + " in the address", path: "/interfacing/sign-in?next=" + odd + "&done=" + odd + "&lang=" + odd},
		)
	}
	b := w.tab(t, "", "en")
	b.size(1280, heights[1280])
	slices.SortStableFunc(visits, func(a, b pageCase) int { return strings.Compare(a.who, b.who) })
	for i, p := range visits {
		if i == 0 || p.who != visits[i-1].who {
			w.seat(b, p.who, "en")
		}
		b.open(w.at(p.path))
		if p.then != nil {
			p.then(w, b)
		}
		b.checks()
		eval[int](b, "checks.unfold()")
		for _, wrong := range eval[[]string](b, "checks.smuggled()") {
			t.Errorf("abuse case B24: %s: %s", p.name, wrong)
		}
		eval[bool](b, "checks.touch()")
		b.nothingWrong("abuse case B24: " + p.name)
	}
}
