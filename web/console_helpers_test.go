package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// link is where the page's first link that says this leads.
func (v *view) link(t testing.TB, says string) string {
	t.Helper()
	for _, n := range v.all("a") {
		if squeeze(texts(n)) == says {
			return attribute(n, "href")
		}
	}
	t.Fatalf("%s has no link %q:\n%s", v.path, says, v.text())
	return ""
}

// formWith is the page's form whose action holds this.
func (v *view) formWith(t testing.TB, part string) *form {
	t.Helper()
	for _, n := range v.all("form") {
		if at := attribute(n, "action"); strings.Contains(at, part) {
			return formOf(n, at)
		}
	}
	t.Fatalf("%s has no form to …%s…:\n%s", v.path, part, v.text())
	return nil
}

// positions are where texts begin in a page, -1 for those that are not there.
func positions(page string, texts ...string) (at []int) {
	for _, s := range texts {
		at = append(at, strings.Index(page, s))
	}
	return at
}

// execute changes the database as its administrator.
func execute(t testing.TB, h *stack.House, query string, args ...any) {
	t.Helper()
	if _, err := h.Admin.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// count is a number read as the database's administrator.
func count(t testing.TB, h *stack.House, query string, args ...any) (n int) {
	t.Helper()
	if err := h.Admin.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// ticketID is the uuid of the ticket a page of staff is about.
func (v *view) ticketID(t testing.TB) string {
	t.Helper()
	for _, n := range v.all("form") {
		if id, _, drafts := strings.Cut(attribute(n, "data-draft"), "/"); drafts {
			return id
		}
	}
	t.Fatalf("%s keeps no drafts", v.path)
	return ""
}

// me is the reader's uuid, as a choice of colleagues marks it.
func (v *view) me(t testing.TB) string {
	t.Helper()
	for _, n := range v.all("option") {
		if strings.HasSuffix(squeeze(texts(n)), "(me)") {
			return attribute(n, "value")
		}
	}
	t.Fatalf("%s does not offer me", v.path)
	return ""
}

// others are the values of a choice that is not made.
func (v *view) others(t testing.TB, name string) (list []string) {
	t.Helper()
	for _, n := range v.all("select") {
		if attribute(n, "name") != name {
			continue
		}
		for _, o := range within(n, "option") {
			if !has(o, "selected") {
				list = append(list, attribute(o, "value"))
			}
		}
		return list
	}
	t.Fatalf("%s has no choice %s", v.path, name)
	return nil
}
