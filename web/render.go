package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/words"
)

//go:embed templates words
var files embed.FS

// said are the sentences of the pages.
var said = mustWords()

func mustWords() *words.Catalog {
	sub, err := fs.Sub(files, "words")
	if err == nil {
		var c *words.Catalog
		if c, err = words.Load(sub); err == nil {
			return c
		}
	}
	panic(err) // embedded beside this file, and tested
}

// templates are the pages by language and name: each file is the layout, the
// parts and one page together.
type templates map[string]map[string]*template.Template

// pageTemplates are read once a process, however many sites it mounts: they
// hold nothing of a site's.
var pageTemplates = sync.OnceValues(loadTemplates)

func loadTemplates() (templates, error) {
	all := templates{}
	for _, locale := range words.Locales {
		pages, err := templatesIn(locale)
		if err != nil {
			return nil, err
		}
		all[locale] = pages
	}
	return all, nil
}

func templatesIn(locale string) (map[string]*template.Template, error) {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	base, pages := template.New("layout"), map[string]*template.Template{}
	for _, name := range names {
		if short := shortName(name); short == "layout" || strings.HasPrefix(short, "part_") {
			if err := parse(base, name, locale); err != nil {
				return nil, err
			}
		} else {
			pages[short] = nil
		}
	}
	for short := range pages {
		clone, err := base.Clone()
		if err == nil {
			err = parse(clone, "templates/"+short+".html", locale)
		}
		if err != nil {
			return nil, err
		}
		pages[short] = clone
	}
	return pages, nil
}

func shortName(file string) string { return strings.TrimSuffix(path.Base(file), ".html") }

// parse adds a file to a template, as a language writes it.
func parse(t *template.Template, file, locale string) error {
	raw, err := files.ReadFile(file)
	if err == nil {
		_, err = t.New(path.Base(file)).Parse(colonsIn(locale, string(raw)))
	}
	if err != nil {
		return fmt.Errorf("page template %s: %w", file, err)
	}
	return nil
}

// actionOrColon is what is evaluated in a template, which stays as it is, or a
// colon between what is.
var actionOrColon = regexp.MustCompile(`(?s)\{\{.*?\}\}|: `)

// colonsIn is a template with the space that a language has before a colon.
func colonsIn(locale, source string) string {
	if locale != "fr" {
		return source
	}
	return actionOrColon.ReplaceAllStringFunc(source, func(found string) string {
		if found == ": " {
			return "\u00a0: "
		}
		return found
	})
}

// page is what a template sees as its root.
type page struct {
	Request *request
	Name    string // of the template
	Title   string
	Data    any
	Problem *problem.Error // what was wrong with the form sent; nil when nothing
	Values  formValues     // what the form said; nil for a fresh one
	Key     string         // of the page's forms: the same form sent twice is done once
	Notice  string         // what has just been done
}

// formValues is what somebody has typed, by field.
type formValues map[string][]string

// Get is a field's text.
func (v formValues) Get(name string) string {
	if list := v[name]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// Has says whether a field holds a value.
func (v formValues) Has(name, value string) bool { return slices.Contains(v[name], value) }

// show answers with a page. titleKey names its title, with pairs of values.
func (q *request) show(status int, name, titleKey string, data any, pairs ...any) error {
	return q.render(status, &page{Request: q, Name: name, Title: q.say(titleKey, pairs...), Data: data, Key: newFormKey(), Notice: q.notice()})
}

// showForm answers with the page whose form was refused, its text kept, or
// passes on what is no fault of the form's. The form keeps its key.
func (q *request) showForm(wrong error, name, titleKey string, data any, pairs ...any) error {
	e, ok := problem.As(wrong)
	if !ok || e.Code == problem.Internal || e.Code == problem.NotFound || e.Code == problem.Unauthenticated && q.signedIn {
		return wrong
	}
	p := &page{
		Request: q, Name: name, Title: q.say(titleKey, pairs...), Data: data, Problem: e,
		Values: formValues(maps.Clone(q.Request().PostForm)), Key: q.formKey(),
	}
	return q.render(statusOf(e), p)
}

var zippers = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, 4) // the level is one of gzip's
	return w
}}

// render writes the page whole, or not at all.
func (q *request) render(status int, p *page) error {
	var body bytes.Buffer
	t, there := q.site.templates[words.Match(q.locale)][p.Name]
	if !there {
		return fmt.Errorf("no page %s", p.Name)
	}
	if err := t.ExecuteTemplate(&body, "layout", p); err != nil {
		return fmt.Errorf("page %s: %w", p.Name, err)
	}
	h := q.Response().Header()
	h.Set("Content-Language", q.locale)
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	h.Add(echo.HeaderVary, "HX-Request") // a page is whole for scripts too; caches must not count on it
	if !strings.Contains(q.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
		return q.HTMLBlob(status, body.Bytes())
	}
	h.Set(echo.HeaderContentEncoding, "gzip")
	h.Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
	q.Response().WriteHeader(status)
	zipper, _ := zippers.Get().(*gzip.Writer)
	defer zippers.Put(zipper)
	zipper.Reset(q.Response())
	if _, err := zipper.Write(body.Bytes()); err != nil {
		return nil //nolint:nilerr // the reader has gone; the status is out
	}
	_ = zipper.Close()
	return nil
}

// say is a sentence of the pages in the reader's language; pairs are names and
// values.
func (q *request) say(key string, pairs ...any) string {
	var values map[string]any
	if len(pairs) > 0 {
		values = make(map[string]any, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			if name, ok := pairs[i].(string); ok {
				values[name] = pairs[i+1]
			}
		}
	}
	return said.Say(q.locale, key, values)
}

// notice is what the form before this page has done, by a key in the address:
// only keys of ours say anything.
func (q *request) notice() string {
	key := q.QueryParam("done")
	if key == "" || len(key) > 40 {
		return ""
	}
	if s := said.Say(q.locale, "done_"+key, nil); s != "done_"+key {
		return s
	}
	return ""
}

var statuses = map[problem.Code]int{
	problem.Invalid: http.StatusBadRequest, problem.Unauthenticated: http.StatusUnauthorized, problem.Forbidden: http.StatusForbidden,
	problem.NotFound: http.StatusNotFound, problem.Conflict: http.StatusConflict, problem.Unprocessable: http.StatusUnprocessableEntity,
	problem.RateLimited: http.StatusTooManyRequests, problem.Unavailable: http.StatusServiceUnavailable,
}

func statusOf(e *problem.Error) int {
	switch e.Key {
	case "body_too_large":
		return http.StatusRequestEntityTooLarge
	case "host_unknown":
		return http.StatusMisdirectedRequest
	}
	if status, known := statuses[e.Code]; known {
		return status
	}
	return http.StatusInternalServerError
}

// problemPage says what went wrong, and the way on.
func (q *request) problemPage(e *problem.Error) error {
	status := statusOf(e)
	key := "problem_" + string(e.Code)
	p := &page{Request: q, Name: "problem", Title: q.say(key), Data: e, Key: newFormKey()}
	if q.vendor.ID != (desk.Caller{}).Vendor.ID && e.Key == "host_unknown" {
		q.vendor.Name = "" // nothing of a vendor's under a foreign name
	}
	return q.render(status, p)
}
