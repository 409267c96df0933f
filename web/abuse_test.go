package web_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/casepath/casepath/procedures/stack"
)

// evil are texts that would become a part of the page if one field forgot to
// escape them.
var evil = []string{
	`<script>alert(1)</script>`,
	`"><img src=x onerror=alert(2)>`,
	`'><svg onload=alert(3)>`,
	`</textarea><iframe src="javascript:alert(4)"></iframe>`,
	`</title><base href="//evil.example/"><form action="//evil.example/steal">`,
	"[click](javascript:alert(5)) ![x](https://evil.example/pixel.png) <a href='data:text/html,x'>y</a>",
	`<div style="position:fixed;inset:0" id="main" hx-get="/x" hx-on:click="alert(6)">cover</div>`,
	`{{.Request}} ${7*7} {{7*7}}`,
	"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(7)&gt;\">",
}

// harmless fails the test if a page holds an element or attribute that is not
// of our making.
func harmless(t *testing.T, v *view) {
	t.Helper()
	for _, n := range descend(v.root) {
		switch n.Data {
		case "iframe", "object", "embed", "base", "style", "math", "img", "video", "audio", "mglyph":
			t.Errorf("%s holds <%s>", v.path, n.Data)
		case "script":
			if !strings.HasPrefix(attribute(n, "src"), "/assets/") {
				t.Errorf("%s holds a script", v.path)
			}
		case "form":
			if !strings.HasPrefix(attribute(n, "action"), "/interfacing") {
				t.Errorf("%s holds a form to %q", v.path, attribute(n, "action"))
			}
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || a.Key == "style" || a.Key == "srcdoc":
				t.Errorf("%s holds %s=%q", v.path, a.Key, a.Val)
			case a.Key == "hx-get" && !strings.HasPrefix(a.Val, "/interfacing/"):
				t.Errorf("%s asks %q", v.path, a.Val)
			case (a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "formaction") && hostile(a.Val):
				t.Errorf("%s leads to %q", v.path, a.Val)
			}
		}
		if id := attribute(n, "id"); id != "" && n.Type == html.ElementNode {
			for _, other := range descend(v.root) {
				if other != n && attribute(other, "id") == id {
					t.Errorf("%s has %q twice", v.path, id)
				}
			}
		}
	}
}

func hostile(address string) bool {
	u, err := url.Parse(address)
	return err != nil || u.Scheme == "javascript" || u.Scheme == "data" || u.Scheme == "vbscript"
}

// TestTextsStayTexts puts hostile texts into every field of the customer's
// side and opens every page that shows one (abuse case B24). What the browser
// makes of them is tested in a browser.
func TestTextsStayTexts(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	b := signedIn(t, h, "interfacing", "jeanne")
	all := strings.Join(evil, " ")
	execute(t, h, `update people set name = name || $1`, all)
	execute(t, h, `update organizations set name = name || $1`, all)
	v := b.submit(t, b.get(t, "/register").form(t, "/register"), "type", "bug", "component", all[:200])
	harmless(t, v)
	v = b.submit(t, v.form(t, "/register/describe"), "title", all[:250], "body", all)
	harmless(t, v)
	for _, path := range []string{"/register", "/register/describe", "/register/describe?title=" + url.QueryEscape(all[:250])} {
		harmless(t, b.get(t, path))
	}
	v = b.submit(t, v.form(t, "/register/severity"), "severity", "high")
	v = b.follow(t, b.press(t, v.form(t, "/register/evidence"), []upload{{"files", all, "x"}}))
	harmless(t, v)
	harmless(t, b.get(t, "/register/evidence"))
	receipt := b.submit(t, v.form(t, "/register/check"))
	receipt.says(t, 200)
	harmless(t, receipt)
	number := receipt.path[strings.LastIndex(receipt.path, "/")+1:]
	act(t, h, "agent", number, "triage", map[string]any{"reason": "bug", "level": 1, "severity": "high", "path": "answer"})
	act(t, h, "agent", number, "ask-information", map[string]any{"text": all})
	for _, path := range []string{"", "/tickets", "/tickets?q=" + url.QueryEscape(all), "/tickets/" + number, "/tickets/" + number + "/news?version=0", "/tickets?status=" + url.QueryEscape(all)} {
		page := b.get(t, path)
		page.says(t, 200)
		harmless(t, page)
	}
	page := b.get(t, "/tickets/"+number)
	harmless(t, b.submit(t, page.form(t, "/give-information"), "text", all, "read_comment", all, "read_version", all))
	harmless(t, b.submit(t, page.form(t, "/give-information"), "text", strings.Repeat(all, 200)))
	harmless(t, b.get(t, "/"+url.PathEscape(all)))
	harmless(t, b.get(t, "/sign-in?next="+url.QueryEscape(all)))
	harmless(t, b.open(t, "/interfacing?done="+url.QueryEscape(all)))
	if text := b.get(t, "/tickets/"+number).text(); !strings.Contains(text, "alert(1)") || !strings.Contains(text, "{{.Request}} ${7*7} {{7*7}}") {
		t.Error("the words themselves are gone")
	}
}

// TestFormsAreOurs: no other site's form, no form of another session, and no
// form without its token changes anything (abuse case B27).
func TestFormsAreOurs(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	jeanne, super := signedIn(t, h, "interfacing", "jeanne"), signedIn(t, h, "interfacing", "super")
	f := jeanne.get(t, "/tickets/"+number).form(t, "/comment")
	with := func(name, value string) *browser {
		b := signedIn(t, h, "interfacing", "jeanne")
		b.header.Set(name, value)
		return b
	}
	theirs := super.get(t, "/tickets/"+number).form(t, "/comment").values.Get("form_token")
	for what, send := range map[string]func() *view{
		"no token":           func() *view { return jeanne.press(t, f, nil, "text", "x", "form_token", "") },
		"a token of nothing": func() *view { return jeanne.press(t, f, nil, "text", "x", "form_token", strings.Repeat("A", 86)) },
		"another's token":    func() *view { return jeanne.press(t, f, nil, "text", "x", "form_token", theirs) },
		"another site":       func() *view { return with("Sec-Fetch-Site", "cross-site").press(t, f, nil, "text", "x") },
		"another origin":     func() *view { return with("Origin", "https://evil.example").press(t, f, nil, "text", "x") },
		"a sandboxed frame":  func() *view { return with("Origin", "null").press(t, f, nil, "text", "x") },
		"a sibling of ours":  func() *view { return with("Sec-Fetch-Site", "same-site").press(t, f, nil, "text", "x") },
		"JSON as text":       func() *view { return jeanne.send(t, "POST", f.action, strings.NewReader(`{"text":"x"}`), "text/plain") },
		"a token in the address": func() *view {
			return jeanne.send(t, "POST", f.action+"?text=x&form_token="+url.QueryEscape(f.values.Get("form_token")), strings.NewReader(""), "application/x-www-form-urlencoded")
		},
		"nobody's session": func() *view { return visitor(t, h, "interfacing").press(t, f, nil, "text", "x") },
	} {
		if v := send(); v.status < 400 || v.status > 499 {
			t.Errorf("%s: %d", what, v.status)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH"} {
		if v := jeanne.send(t, method, f.action, strings.NewReader(f.with("text", "x").Encode()), "application/x-www-form-urlencoded"); v.status < 400 {
			t.Errorf("%s: %d", method, v.status)
		}
	}
	if v := with("X-HTTP-Method-Override", "POST").open(t, f.action+"?"+f.with("text", "x").Encode()); v.status != 404 && v.status != 405 {
		t.Errorf("overridden method: %d", v.status)
	}
	if n := count(t, h, `select count(*) from comments`); n != 0 {
		t.Errorf("%d comments", n)
	}
	jeanne.submit(t, f, "text", "mine").says(t, 200, "mine")
}

// TestOnlyOwnPagesAreNext: signing in leads to a page of this vendor's and
// nowhere else (abuse case B27).
func TestOnlyOwnPagesAreNext(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	for wanted, lands := range map[string]string{
		"/interfacing/tickets/" + number: "/interfacing/tickets/" + number, "/interfacing/tickets?status=you": "/interfacing/tickets?status=you",
		"//evil.example": "", "/\\evil.example": "", "https:evil.example": "", "https://evil.example/interfacing/": "", "/posimente": "",
		"/interfacing/../posimente": "", "/interfacing//evil.example": "", "/interfacing/%2e%2e/posimente": "", "/interfacing\\@evil.example": "",
		"javascript:alert(1)": "", "/interfacing/\r\nSet-Cookie: a=b": "", "": "", "/interfacingevil": "",
	} {
		b := visitor(t, h, "interfacing")
		page := b.get(t, "/sign-in?next="+url.QueryEscape(wanted))
		v := b.press(t, page.form(t, "/sign-in"), nil, "email", "jeanne@interfacing.example", "password", stack.Password)
		if lands == "" {
			lands = "/interfacing"
		}
		if to := v.header.Get("Location"); v.status != 303 || to != lands {
			t.Errorf("%q leads to %q (%d)", wanted, to, v.status)
		}
	}
}

// TestPathTricks: an address written otherwise is the same page or none, never
// one without its rights, and no page can be framed or kept (abuse case B27).
func TestPathTricks(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	hidden := registered(t, h, "interfacing", "super", "Not hers to see")
	foreign := registered(t, h, "posimente", "jeanne", "Not of this vendor")
	b := signedIn(t, h, "interfacing", "jeanne")
	for _, path := range []string{
		"/tickets/" + hidden, "/tickets/" + foreign, "/tickets/..;/tickets/" + hidden, "/./tickets/" + hidden, "/tickets/%2e%2e/tickets/" + hidden, "//tickets/" + hidden,
		"/tickets/" + hidden + "/", "/tickets/" + hidden + ".", "/tickets/" + hidden + "%00", "/tickets/" + strings.ToLower(hidden), "/tickets/" + hidden + "?ticket=" + hidden,
		"/tickets/" + hidden + "/news", "/register/done/" + hidden, "/register?follow=" + hidden, "/%2e%2e/posimente/tickets/" + foreign, "/tickets/%49F-2026-000001",
	} {
		v := b.follow(t, b.send(t, http.MethodGet, "/interfacing"+path, nil, ""))
		if strings.Contains(v.raw, "Not hers") || strings.Contains(v.raw, "Not of this") || v.status != 404 && v.status != 400 && !strings.Contains(v.path, "/sign-in") {
			t.Errorf("%s: %d %s", path, v.status, v.text())
		}
	}
	for _, path := range []string{"", "/tickets", "/register", "/sign-in", "/nowhere"} {
		v := b.send(t, http.MethodGet, "/interfacing"+path, nil, "")
		csp := v.header.Get("Content-Security-Policy")
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
			if got := v.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "form-action 'self'") {
			t.Errorf("%s: %s", path, csp)
		}
	}
}

// TestMoreFieldsChangeNothing: forms with every field of the rows behind them
// do what they say and no more (abuse case B9).
func TestMoreFieldsChangeNothing(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := signedIn(t, h, "interfacing", "jeanne")
	partner := h.Ask(t, h.Token(t, "interfacing", "partner"), "GET", "/v1/me", nil)
	other := []string{
		"id", partner.Text("id"), "vendor_id", partner.Text("id"), "organization_id", partner.Text("organization_id"), "requester_id", partner.Text("id"),
		"RequesterID", partner.Text("id"), "on_behalf", partner.Text("organization_id"), "on_behalf_of[organization_id]", partner.Text("organization_id"),
		"contact", partner.Text("id"), "partner_id", partner.Text("organization_id"), "number", "IF-1-1", "state", "closed", "channel", "import", "assignee_id", partner.Text("id"),
		"acknowledge_due_at", "2000-01-01", "roles", "admin", "role", "super_user", "authorized", "true", "sees_organization", "true", "is_staff", "1", "level", "3",
		"severity_reason", "x", "public", "false", "kind", "note", "author_id", partner.Text("id"), "price", "0", "created_at", "2000-01-01", "version", "99",
	}
	people := rows(t, h, "people", "organizations", "vendors")
	v := b.submit(t, b.get(t, "/register").form(t, "/register"), append([]string{"type", "bug", "type", "feature"}, other...)...)
	if v.status == 422 { // a customer acts for nobody
		clean := b.get(t, "/register").form(t, "/register")
		v = b.submit(t, clean, slices.Concat([]string{"type", "bug", "on_behalf", ""}, without(other, "on_behalf", "contact"))...)
	}
	v = b.submit(t, v.form(t, "/register/describe"), append([]string{"title", "Export stops", "body", "x"}, other...)...)
	v = b.submit(t, v.form(t, "/register/severity"), append([]string{"severity", "low"}, other...)...)
	v = b.follow(t, b.press(t, v.form(t, "/register/evidence"), nil, other...))
	receipt := b.submit(t, v.form(t, "/register/check"), other...)
	receipt.says(t, 200, "Receipt for")
	number := receipt.path[strings.LastIndex(receipt.path, "/")+1:]
	b.submit(t, b.get(t, "/tickets/"+number).form(t, "/comment"), append([]string{"text", "public words"}, other...)...).says(t, 200, "public words")
	if n := count(t, h, `select count(*) from tickets t join requests r using (id) join people p on p.id = t.requester_id where p.name = 'Jeanne Martin'
		and t.organization_id = p.organization_id and t.partner_id is null and t.contact_id is null and t.state = 'registered' and t.assignee_id is null
		and t.level = 0 and r.channel = 'portal' and r.type = 'bug' and t.severity = 'low' and t.promised_at > now() and t.registered_at > now() - interval '1 hour'`); n != 1 {
		t.Error("an extra field reached the ticket")
	}
	if n := count(t, h, `select count(*) from comments c join people p on p.id = c.author_id where c.public and c.kind = 'comment' and p.name = 'Jeanne Martin'`); n != 1 {
		t.Error("an extra field reached the comment")
	}
	unchanged(t, h, "extra fields", people)
}

// without leaves some names out of pairs.
func without(pairs []string, names ...string) (left []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if !slices.Contains(names, pairs[i]) {
			left = append(left, pairs[i], pairs[i+1])
		}
	}
	return left
}

// TestUploadsLeaveNothingBehind: what a form's files were kept in while they
// were read is gone when the answer is out.
func TestUploadsLeaveNothingBehind(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{})
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	b := signedIn(t, h, "interfacing", "jeanne")
	f := b.get(t, "/register/evidence").form(t, "/register/evidence")
	b.follow(t, b.press(t, f, []upload{{"files", "large.bin", strings.Repeat("x", 3<<20)}})).says(t, 200)
	if kept := b.get(t, "/register/evidence").form(t, "/register/evidence").values["file"]; len(kept) != 1 {
		t.Errorf("kept %v", kept)
	}
	left, err := filepath.Glob(filepath.Join(dir, "multipart-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}
