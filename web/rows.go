package web

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Some forms have rows: the lines of a quote or an estimate, the sessions of a
// training. Their fields are called as the desk names them when they are wrong.

// rowField is the name of a field of the n-th row of a list, counted from 0.
func rowField(list string, n int, what string) string { return fmt.Sprintf("%s/%d/%s", list, n, what) }

// RowField is that for templates.
func (p *page) RowField(list string, n int, what string) string { return rowField(list, n, what) }

// filled is how many of a list's rows have something in their typed fields.
// Those become the first, with what goes along of them, so that what is wrong
// with the n-th row sent is shown at the n-th row of the form.
func (q *request) filled(list string, rows int, typed []string, along ...string) (n int) {
	form := q.Request().PostForm
	for i := range rows {
		text := ""
		for _, what := range typed {
			text += q.text(rowField(list, i, what))
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		if n < i {
			for _, what := range append(along, typed...) {
				from, to := rowField(list, i, what), rowField(list, n, what)
				form[from], form[to] = form[to], form[from]
			}
		}
		n++
	}
	return n
}

// What the rows of a list are called, and their fields.
var (
	inRow     = regexp.MustCompile(`^(lines|sessions)/([0-9]+)/([a-z_]+)$`)
	rowWords  = map[string]string{"lines": "quote_line", "sessions": "session_nth"}
	cellWords = map[string]string{
		"text": "quote_what", "quantity": "quote_quantity", "unit": "quote_unit", "phase": "effort_phase", "role": "effort_role", "minutes": "field_name_hours",
		"start": "session_start", "end": "session_finish", "place": "session_place",
	}
)

// cell is a field of a row.
type cell struct {
	ID, Name, Label, Typed, Wrong string
}

// Cell is a field of the n-th row of a list, in the form of that name.
func (p *page) Cell(form, list string, n int, what string) cell {
	name := rowField(list, n, what)
	c := cell{ID: form + "-" + strings.ReplaceAll(name, "/", "-"), Name: name, Label: p.T(cellWords[what]), Typed: p.Field(form, name)}
	if p.Refused(form) {
		c.Wrong = p.Wrong(name)
	}
	return c
}

// rowCalled is what a field of a row is called, with its row; "" for one of no
// row.
func (p *page) rowCalled(path string) string {
	parts := inRow.FindStringSubmatch(path)
	if parts == nil || cellWords[parts[3]] == "" {
		return ""
	}
	n, _ := strconv.Atoi(parts[2]) // digits; one too large is no row of a form
	return p.T(rowWords[parts[1]], "n", n+1) + ", " + p.T(cellWords[parts[3]])
}
