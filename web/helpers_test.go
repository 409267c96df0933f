package web_test

import (
	"bytes"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/casepath/casepath/procedures/stack"
)

// browser is a browser without scripts: it keeps cookies, reads pages, fills
// in their forms and sends them, as a person would.
type browser struct {
	house  *stack.House
	vendor string
	client *http.Client
	header http.Header // sent with every request
}

// visitor is a browser in which nobody is signed in.
func visitor(t testing.TB, h *stack.House, vendor string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &browser{house: h, vendor: vendor, client: client, header: http.Header{}}
}

// signedIn is the browser of a demo person. All of one person's share a
// session: whoever signs out signs in by the page first.
func signedIn(t testing.TB, h *stack.House, vendor, local string) *browser {
	t.Helper()
	b := visitor(t, h, vendor)
	b.cookie(t, "casepath-session-"+vendor, h.Token(t, vendor, local))
	return b
}

// cookie puts one into the browser.
func (b *browser) cookie(t testing.TB, name, value string) {
	t.Helper()
	b.client.Jar.SetCookies(b.site(t), []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// cookies are what the browser holds.
func (b *browser) cookies(t testing.TB) []*http.Cookie {
	t.Helper()
	return b.client.Jar.Cookies(b.site(t))
}

func (b *browser) site(t testing.TB) *url.URL {
	t.Helper()
	at, err := url.Parse(b.house.URL)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// signIn signs in by the page.
func (b *browser) signIn(t testing.TB, local, password string) *view {
	t.Helper()
	return b.submit(t, b.get(t, "/sign-in").form(t, "/sign-in"), "email", local+"@"+b.vendor+".example", "password", password)
}

// view is a page as it came.
type view struct {
	status int
	header http.Header
	path   string // and query, in the end
	via    []int  // statuses of the redirects before it
	raw    string
	root   *html.Node
}

// get opens a page below the vendor's address, and what it redirects to.
func (b *browser) get(t testing.TB, path string) *view {
	t.Helper()
	return b.open(t, "/"+b.vendor+path)
}

// open opens an address of the installation, and what it redirects to.
func (b *browser) open(t testing.TB, address string) *view {
	t.Helper()
	return b.follow(t, b.send(t, http.MethodGet, address, nil, ""))
}

// follow goes where a redirect leads.
func (b *browser) follow(t testing.TB, v *view) *view {
	t.Helper()
	for range 5 {
		to := v.header.Get("Location")
		if v.status < 300 || v.status > 399 || to == "" {
			return v
		}
		if u, err := url.Parse(to); err != nil || u.Host != "" {
			t.Fatalf("%s redirects to %s", v.path, to)
		}
		next := b.send(t, http.MethodGet, to, nil, "")
		next.via = append(v.via, v.status)
		v = next
	}
	t.Fatalf("%s redirects without end", v.path)
	return v
}

// send sends one request and follows nothing.
func (b *browser) send(t testing.TB, method, address string, body io.Reader, media string) *view {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.house.URL+address, body)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(request.Header, b.header)
	if media != "" {
		request.Header.Set("Content-Type", media)
	}
	response, err := b.client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	v := &view{status: response.StatusCode, header: response.Header, path: request.URL.RequestURI(), raw: string(raw)}
	if v.root, err = html.Parse(bytes.NewReader(raw)); err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	return v
}

// upload is a file chosen in a form.
type upload struct{ field, name, content string }

// form is one of a page, with what its fields hold.
type form struct {
	method, action string
	parts          bool // multipart/form-data
	values         url.Values
	buttons        []string // what its buttons say
}

// submit sends a form with some fields filled in otherwise (pairs of names and
// values; the same name again is a second value, "" alone empties it) and
// follows what comes of it.
func (b *browser) submit(t testing.TB, f *form, pairs ...string) *view {
	t.Helper()
	return b.follow(t, b.press(t, f, nil, pairs...))
}

// press is submit with files, and follows nothing.
func (b *browser) press(t testing.TB, f *form, files []upload, pairs ...string) *view {
	t.Helper()
	values := f.with(pairs...)
	if f.method == "get" {
		return b.send(t, http.MethodGet, f.action+"?"+values.Encode(), nil, "")
	}
	if !f.parts {
		return b.send(t, http.MethodPost, f.action, strings.NewReader(values.Encode()), "application/x-www-form-urlencoded")
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, one := range files {
		part, err := w.CreateFormFile(one.field, one.name)
		if err == nil {
			_, err = io.WriteString(part, one.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.send(t, http.MethodPost, f.action, &body, w.FormDataContentType())
}

// with is what the form would send.
func (f *form) with(pairs ...string) url.Values {
	values := url.Values{}
	maps.Copy(values, f.values)
	set := map[string]bool{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		if !set[name] {
			values.Del(name)
		}
		set[name] = true
		values[name] = append(slices.Clone(values[name]), value)
	}
	return values
}

// form is the page's form whose action ends so.
func (v *view) form(t testing.TB, action string) *form {
	t.Helper()
	for _, n := range v.all("form") {
		if at := attribute(n, "action"); strings.HasSuffix(at, action) {
			return formOf(n, at)
		}
	}
	t.Fatalf("%s (%d) has no form to %s:\n%s", v.path, v.status, action, v.text())
	return nil
}

func formOf(n *html.Node, action string) *form {
	f := &form{
		method: strings.ToLower(attribute(n, "method")), action: action,
		parts: attribute(n, "enctype") == "multipart/form-data", values: url.Values{},
	}
	for _, field := range descend(n) {
		name := attribute(field, "name")
		switch field.Data {
		case "input":
			kind := attribute(field, "type")
			if name == "" || kind == "file" || (kind == "radio" || kind == "checkbox") && !has(field, "checked") {
				continue
			}
			f.values.Add(name, attribute(field, "value"))
		case "textarea":
			f.values.Add(name, strings.TrimPrefix(texts(field), "\n"))
		case "select":
			f.values.Add(name, chosen(field))
		case "button":
			f.buttons = append(f.buttons, strings.TrimSpace(texts(field)))
		}
	}
	return f
}

// chosen is the value a select sends.
func chosen(n *html.Node) (value string) {
	for i, o := range within(n, "option") {
		if i == 0 || has(o, "selected") {
			value = attribute(o, "value")
		}
	}
	return value
}

// all are the page's elements of a kind, in order.
func (v *view) all(kind string) []*html.Node { return within(v.root, kind) }

// first is what the page's first element of a kind says.
func (v *view) first(kind string) string {
	for _, n := range v.all(kind) {
		return squeeze(texts(n))
	}
	return ""
}

// text is what the page says, on one line.
func (v *view) text() string { return squeeze(texts(v.root)) }

// says fails the test unless the page came with that status and says all of
// these.
func (v *view) says(t testing.TB, status int, sentences ...string) {
	t.Helper()
	if v.status != status {
		t.Fatalf("%s: %d, want %d:\n%s", v.path, v.status, status, v.text())
	}
	for _, s := range sentences {
		if !strings.Contains(v.text(), s) {
			t.Errorf("%s does not say %q:\n%s", v.path, s, v.text())
		}
	}
}

// within are the elements of a kind below n, in order.
func within(n *html.Node, kind string) (list []*html.Node) {
	for _, d := range descend(n) {
		if d.Data == kind {
			list = append(list, d)
		}
	}
	return list
}

func descend(n *html.Node) (list []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode {
			list = append(list, d)
		}
	}
	return list
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// texts are an element's texts.
func texts(n *html.Node) string {
	var all strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" {
			all.WriteString(d.Data)
		}
		if d.Type == html.ElementNode && d.Data != "b" && d.Data != "em" && d.Data != "a" && d.Data != "span" && d.Data != "time" {
			all.WriteString(" ")
		}
	}
	return all.String()
}

// squeeze puts a text on one line.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
