package web_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
)

// registered registers a request by the API and answers its number.
func registered(t testing.TB, h *stack.House, vendor, local, title string, more ...any) string {
	t.Helper()
	body := map[string]any{"type": "bug", "severity": "medium", "title": title, "body": "x"}
	if vendor == "posimente" {
		body["type"] = "technical"
	}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1] //nolint:forcetypeassert // names
	}
	a := h.Ask(t, h.Token(t, vendor, local), "POST", "/v1/tickets", body, "Idempotency-Key", uuid.NewString())
	if a.Status != 201 {
		t.Fatalf("register %q: %s", title, a.Raw)
	}
	return a.Text("number")
}

// numbers are the tickets a list shows, in order.
func (v *view) numbers() (list []string) {
	for _, row := range v.all("tr") {
		for _, cell := range within(row, "td") {
			if attribute(cell, "data-l") == "Number" || attribute(cell, "data-l") == "Numéro" {
				list = append(list, squeeze(texts(cell)))
			}
		}
	}
	return list
}

// linkTo is where the page's first link leads whose words begin so.
func (v *view) linkTo(t testing.TB, says string) string {
	t.Helper()
	for _, a := range v.all("a") {
		if strings.HasPrefix(squeeze(texts(a)), says) {
			return attribute(a, "href")
		}
	}
	t.Fatalf("%s has no link %q:\n%s", v.path, says, v.text())
	return ""
}

// TestList: the filters are addresses, each shows what its number says, and
// what is out of sight is in none of them.
func TestList(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	states := []string{"waiting_for_customer", "answered", "answered", "registered", "triaged", "closed", "withdrawn"}
	mine := map[string]string{}
	for i, state := range states {
		who := []string{"jeanne", "super"}[i%2]
		n := registered(t, h, "interfacing", who, fmt.Sprintf("Request %d: %s", i, state))
		mine[n] = who
		execute(t, h, `update tickets set state = $1, resume = case $1 when 'waiting_for_customer' then 'triaged' else '' end where number = $2`, state, n)
	}
	other := registered(t, h, "interfacing", "partner", "Not of this organization")
	super := signedIn(t, h, "interfacing", "super")
	super.header.Set("Accept-Language", "en")
	page := super.get(t, "/tickets")
	for says, want := range map[string]int{"Ouvertes": 5, "Nous vous attendons": 1, "Résolue": 2, "Nous y travaillons": 2, "Terminées": 2, "Toutes": 7} {
		to := page.linkTo(t, says)
		v := super.open(t, to)
		got := v.numbers()
		if len(got) != want {
			t.Errorf("%s shows %v, want %d", says, got, want)
		}
		if says != "Terminées" && says != "Toutes" && !strings.Contains(page.text(), fmt.Sprintf("(%d)", want)) {
			t.Errorf("%s does not count %d:\n%s", says, want, page.text())
		}
		if strings.Contains(v.raw, other) {
			t.Errorf("%s shows what is out of sight", says)
		}
		if again := super.open(t, to); fmt.Sprint(again.numbers()) != fmt.Sprint(got) { // Back
			t.Errorf("%s is not what its address says", says)
		}
	}
	super.open(t, "/interfacing/tickets?status=you&status=check").says(t, 200, "3 demandes")
	for _, n := range super.get(t, "/tickets?whose=mine&status=all").numbers() {
		if mine[n] != "super" {
			t.Errorf("mine holds %s of %s", n, mine[n])
		}
	}
	jeanne := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "GET", "/v1/me", nil).Text("id")
	if got := super.get(t, "/tickets?status=all&person="+jeanne).numbers(); len(got) != 4 {
		t.Errorf("by person: %v", got)
	}
	own := signedIn(t, h, "interfacing", "jeanne").get(t, "/tickets?status=all")
	own.says(t, 200, "You see the requests that you made")
	for _, n := range own.numbers() {
		if mine[n] != "jeanne" {
			t.Errorf("jeanne sees %s of %s", n, mine[n])
		}
	}
	if strings.Contains(own.raw, `name="person"`) {
		t.Error("who sees only their own is offered persons")
	}
}

// TestSearch: a number finds its ticket whatever its state, words find titles,
// signs of the pattern language stand for themselves, and neither finds what is
// out of sight (abuse case B10).
func TestSearch(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	a := registered(t, h, "interfacing", "jeanne", "Export stops at 50% of the rows")
	b := registered(t, h, "interfacing", "jeanne", "Import of under_scores fails")
	hidden := registered(t, h, "interfacing", "super", "Export is secret")
	execute(t, h, `update tickets set state = 'closed' where number = $1`, a)
	jeanne := signedIn(t, h, "interfacing", "jeanne")
	for q, want := range map[string]string{
		a: a, strings.ToLower(a): a, "export": a, "ROWS export": a, "50%": a, "%": a, "_": b, "under_sc": b, "import export": "",
		hidden: "", "secret": "", `\`: "", "zzz": "",
	} {
		v := jeanne.get(t, "/tickets?q="+url.QueryEscape(q))
		if got := strings.Join(v.numbers(), " "); v.status != 200 || got != want {
			t.Errorf("%q finds %q (%d), want %q", q, got, v.status, want)
		}
	}
	for _, q := range []string{strings.Repeat("a ", 5000), "\x00\xff", "'; drop table tickets; --"} {
		if v := jeanne.get(t, "/tickets?q="+url.QueryEscape(q)); v.status != 200 {
			t.Errorf("%.20q: %d", q, v.status)
		}
	}
	f := jeanne.get(t, "/tickets?status=closed").form(t, "/tickets")
	if v := jeanne.submit(t, f, "q", "export"); len(v.numbers()) != 1 || v.form(t, "/tickets").values.Get("q") != "export" {
		t.Errorf("searching loses the filter or the words: %s", v.path)
	}
}

// TestListPages: every request is on exactly one page, newest first, and a
// place in another's list shows nothing of it.
func TestListPages(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	for i := range 60 {
		registered(t, h, "interfacing", "jeanne", fmt.Sprintf("Request number %d", i))
	}
	jeanne := signedIn(t, h, "interfacing", "jeanne")
	seen := map[string]bool{}
	last, pages := "~", 0
	next := "/interfacing/tickets"
	var second string
	for next != "" {
		v := jeanne.open(t, next)
		for _, n := range v.numbers() {
			if seen[n] || n >= last {
				t.Errorf("%s after %s", n, last)
			}
			seen[n], last = true, n
		}
		next = ""
		if strings.Contains(v.raw, `rel="next"`) {
			next = v.linkTo(t, "Show older")
			if second == "" {
				second = next
			}
		}
		pages++
	}
	if len(seen) != 60 || pages != 3 {
		t.Errorf("%d requests on %d pages", len(seen), pages)
	}
	partner := signedIn(t, h, "interfacing", "partner")
	if got := partner.open(t, second).numbers(); len(got) != 0 {
		t.Errorf("another's place shows %v", got)
	}
	if v := jeanne.get(t, "/tickets?after=nonsense"); v.status != 422 {
		t.Errorf("a place that is none: %d", v.status)
	}
}

// TestExport: the file holds the same requests as the list, with the reader's
// rights, and computes nothing.
func TestExport(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	evil := []string{`=HYPERLINK("http://evil.example","x")`, "+1+1 and more", "-2+3 and more", "@SUM(1+1)", "＝1+1 full", `a";=1+1;"`, " =1+1 led"}
	for _, title := range evil {
		registered(t, h, "interfacing", "jeanne", title)
	}
	hidden := registered(t, h, "interfacing", "super", "Not hers to see")
	b := signedIn(t, h, "interfacing", "jeanne")
	page := b.get(t, "/tickets")
	file := b.open(t, page.linkTo(t, "Export"))
	if file.status != 200 || file.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment;") {
		t.Fatalf("%d %v", file.status, file.header)
	}
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix([]byte(file.raw), []byte("\uFEFF")))).ReadAll()
	if err != nil || len(lines) != len(evil)+1 {
		t.Fatalf("%d lines, %v:\n%s", len(lines), err, file.raw)
	}
	for _, line := range lines {
		for _, cell := range line {
			if cell != "" && strings.ContainsAny(strings.TrimSpace(cell)[:1], "=+-@\t\r") {
				t.Errorf("computes %q", cell)
			}
		}
	}
	if strings.Contains(file.raw, hidden) {
		t.Error("exports what is out of sight")
	}
	if none := b.get(t, "/tickets.csv?status=closed"); strings.Count(none.raw, "\n") != 1 {
		t.Errorf("the filter is not the list's: %s", none.raw)
	}
}
