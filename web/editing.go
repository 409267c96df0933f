package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// What pages share whose forms change a row: the form shows the row as it is,
// carries its version, and when somebody else was faster says what each field
// is now while it keeps what was typed.

// asIs is what the fields of a page's forms hold as things are, by form.
type asIs map[string]formValues

func (a asIs) now(form string) formValues { return a[form] }

func (p *page) now(form string) formValues {
	if v, ok := p.Data.(interface{ now(form string) formValues }); ok {
		return v.now(form)
	}
	return nil
}

// Field is what was typed into a field of the form of that name, else what it
// holds as things are.
func (p *page) Field(form, name string) string { return p.ValueIn(form, name, p.Now(form, name)) }

// Now is what a field holds as things are.
func (p *page) Now(form, name string) string { return p.now(form).Get(name) }

// Ticked is Field for one of several choices.
func (p *page) Ticked(form, name, value string) bool {
	if p.Refused(form) {
		return p.Values.Has(name, value)
	}
	return p.now(form).Has(name, value)
}

// WrongIn is what is wrong with a field of the form of that name, or with one
// of its choices; "" for nothing.
func (p *page) WrongIn(form, name string) string {
	if !p.Refused(form) {
		return ""
	}
	for _, f := range p.Problem.Fields {
		if whole, _, _ := strings.Cut(f.Path, "/"); whole == name {
			return p.fieldSentence(f)
		}
	}
	return ""
}

// Stale says whether the form of that name was written on a row that has
// changed meanwhile.
func (p *page) Stale(form string) bool { return p.Refused(form) && p.Problem.Key == staleKey }

const staleKey = "changed_meanwhile"

// Differs says whether a stale form would set a field otherwise than it is now.
func (p *page) Differs(form, name string) bool {
	return p.Stale(form) && !sameField(p.Values[name], p.now(form)[name])
}

// Version is the row's that the form of that name carries: the one it was
// written on, until its writer has seen the newer one.
func (p *page) Version(form string, now int64) string {
	if p.Refused(form) && !p.Stale(form) {
		return p.Values.Get("version")
	}
	return strconv.FormatInt(now, 10)
}

// Join puts a list on one line.
func (p *page) Join(list []string) string { return strings.Join(list, ", ") }

// sameField says whether two lists of values mean the same field. A field that
// is not there is an empty one.
func sameField(a, b []string) bool { return slices.Equal(fieldOf(a), fieldOf(b)) }

func fieldOf(list []string) (values []string) {
	for _, v := range list {
		if v = strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "\n")); v != "" {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	return values
}

// already says whether a form was refused as stale though all it says is so
// already: it was sent twice.
func (q *request) already(wrong error, now formValues) bool {
	e, ok := problem.As(wrong)
	if !ok || e.Key != staleKey {
		return false
	}
	for name, values := range now {
		if !sameField(values, q.Request().PostForm[name]) {
			return false
		}
	}
	return true
}

// refusedForm shows the page whose form of that name was refused. What is out
// of sight or not the reader's to do has no form to come back to.
func (q *request) refusedForm(wrong error, form, name, titleKey string, data any, pairs ...any) error {
	if code := problem.CodeOf(wrong); code == problem.NotFound || code == problem.Forbidden {
		return wrong
	}
	q.Request().PostForm.Set("form", form)
	return q.showForm(wrong, name, titleKey, data, pairs...)
}

// idIn is the id a parameter of the path holds.
func (q *request) idIn(parameter string) (uuid.UUID, error) {
	id, err := uuid.Parse(q.Param(parameter))
	if err != nil {
		return id, problem.Missing()
	}
	return id, nil
}

// idTyped is the id a field holds: nil when it is empty, and for nonsense one
// that nothing has, so that the desk names the field.
func (q *request) idTyped(field string) *uuid.UUID {
	if q.text(field) == "" {
		return nil
	}
	id, _ := uuid.Parse(q.text(field))
	return &id
}

// idText is an id as a field holds it; "" for none.
func idText(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

// NowAll is Now for a field of several choices.
func (p *page) NowAll(form, name string) []string { return p.now(form)[name] }

// NowHas says whether a choice is made as things are.
func (p *page) NowHas(form, name, value string) bool { return p.now(form).Has(name, value) }
