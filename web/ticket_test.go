package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// act does something to a ticket by the API.
func act(t testing.TB, h *stack.House, local, number, action string, body any) {
	t.Helper()
	a := h.Ask(t, h.Token(t, "interfacing", local), "POST", "/v1/tickets/"+number+"/"+action, body, "Idempotency-Key", uuid.NewString())
	if a.Status > 299 {
		t.Fatalf("%s %s: %d %s", action, number, a.Status, a.Raw)
	}
}

// TestLifeInThePortal goes a request's whole way on its page: asked, answered
// by the customer, solved, not solved, each with its status, its next step and
// its place on the path, and each form leaving one trace (statements 18, 20,
// 34).
func TestLifeInThePortal(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	b := signedIn(t, h, "interfacing", "jeanne")
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	page := "/tickets/" + number
	stands := func(status, next, step string) *view {
		t.Helper()
		v := b.get(t, page)
		v.says(t, 200, status, next)
		here := 0
		for _, li := range v.all("li") {
			if attribute(li, "aria-current") == "step" {
				here++
				if !strings.Contains(squeeze(texts(li)), step) {
					t.Errorf("here is %q, want %s", squeeze(texts(li)), step)
				}
			}
		}
		if here != 1 {
			t.Errorf("%d places say “you are here”", here)
		}
		return v
	}
	stands("We are working on it", "It is with the support team of Interfacing. We take it up by", "Registered")
	act(t, h, "agent", number, "triage", map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"})
	act(t, h, "agent", number, "start", nil)
	stands("We are working on it", "It is with Alex Agent.", "In progress")
	act(t, h, "agent", number, "ask-information", map[string]any{"text": "Which version?"})
	v := stands("We are waiting for you", "Your turn: please answer", "In progress")
	answered := b.press(t, v.form(t, "/give-information"), []upload{{"files", "version.txt", "8.3"}}, "text", "8.3, see the file.")
	if answered.status != 303 {
		t.Fatalf("answering: %d %s", answered.status, answered.text())
	}
	b.follow(t, answered).says(t, 200, "Your answer is sent.", "8.3, see the file.", "version.txt")
	act(t, h, "agent", number, "answer", map[string]any{"text": "It is a setting."})
	v = stands("Solved: please check", "Please check whether this solves it", "Answered")
	b.submit(t, v.form(t, "/reopen"), "text", "Still stops.").says(t, 200, "open again", "Reopened")
	v = stands("We are working on it", "It is with Alex Agent", "In progress")
	comment := v.form(t, "/comment")
	for range 2 { // a double click
		b.submit(t, comment, "text", "One more thing.").says(t, 200, "Your comment is sent.")
	}
	if n := strings.Count(b.get(t, page).text(), "One more thing."); n != 1 {
		t.Errorf("said %d times", n)
	}
	act(t, h, "agent", number, "answer", map[string]any{"text": "Another setting."})
	act(t, h, "agent", number, "close", nil)
	stands("Closed", "This request is finished", "Closed").says(t, 200, "You can reopen it until", "takes no more comments")
}

// TestStaleComment: who wrote while somebody else spoke reads that first; the
// text is kept, and sent once they say so (statement 28).
func TestStaleComment(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	jeanne, super := signedIn(t, h, "interfacing", "jeanne"), signedIn(t, h, "interfacing", "super")
	old := jeanne.get(t, "/tickets/"+number)
	super.submit(t, super.get(t, "/tickets/"+number).form(t, "/comment"), "text", "Sam was faster.").says(t, 200)
	stale := jeanne.submit(t, old.form(t, "/comment"), "text", "Jeanne's own words.")
	stale.says(t, 409, "What has changed since you began to write", "Sam was faster.", "Send anyway after reading")
	again := stale.form(t, "/comment")
	if again.values.Get("text") != "Jeanne's own words." {
		t.Errorf("the text is lost: %v", again.values)
	}
	if text := jeanne.get(t, "/tickets/"+number).form(t, "/comment").values.Get("text"); text != "Jeanne's own words." {
		t.Errorf("the draft is lost: %q", text)
	}
	jeanne.submit(t, again).says(t, 200, "Jeanne's own words.", "Sam was faster.")
	if text := jeanne.get(t, "/tickets/"+number).form(t, "/comment").values.Get("text"); text != "" {
		t.Errorf("the draft outlives the sending: %q", text)
	}
}

// TestExpiredSession: a form sent after the session has ended does nothing,
// gives back what was written, and leads back to where it was; another site's
// is not read.
func TestExpiredSession(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	b := visitor(t, h, "interfacing")
	b.signIn(t, "jeanne", stack.Password)
	f, step := b.get(t, "/tickets/"+number).form(t, "/comment"), b.get(t, "/register/describe").form(t, "/register/describe")
	b.submit(t, b.get(t, "").form(t, "/sign-out"))
	v := b.submit(t, f, "text", "An hour of <work>.")
	v.says(t, 401, "nothing was sent", "An hour of <work>.")
	if to := v.linkTo(t, "Sign in"); to != "/interfacing/sign-in?next=%2Finterfacing%2Ftickets%2F"+number {
		t.Errorf("leads to %s", to)
	}
	b.submit(t, step, "title", "A title", "body", "And a body").says(t, 401, "A title", "And a body")
	b.header.Set("Sec-Fetch-Site", "cross-site")
	if v := b.submit(t, f, "text", "theirs"); v.status != 401 || strings.Contains(v.raw, "theirs") {
		t.Errorf("another site's words are shown: %d", v.status)
	}
}

// keep sends a draft as the script does.
func keep(t testing.TB, b *browser, token url.Values, about, kind string, pairs ...string) *view {
	t.Helper()
	f := &form{method: "post", action: "/" + b.vendor + "/drafts", values: token}
	return b.press(t, f, nil, append([]string{"about", about, "kind", kind}, pairs...)...)
}

// TestDrafts: each text comes back in the box it was typed into and in no
// other, for its writer alone (statement 23).
func TestDrafts(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	second := registered(t, h, "interfacing", "jeanne", "Import stops as well")
	jeanne, super := signedIn(t, h, "interfacing", "jeanne"), signedIn(t, h, "interfacing", "super")
	token := jeanne.get(t, "").form(t, "/sign-out").values
	for kind, text := range map[string]string{"reply": "half a reply", "information": "half an answer"} {
		if v := keep(t, jeanne, token, number, kind, "text", text); v.status != 204 {
			t.Fatalf("keep %s: %d", kind, v.status)
		}
	}
	if got := jeanne.get(t, "/tickets/"+number).form(t, "/comment").values.Get("text"); got != "half a reply" {
		t.Errorf("the reply's box holds %q", got)
	}
	for who, v := range map[string]*view{"another": super.get(t, "/tickets/"+number), "another ticket": jeanne.get(t, "/tickets/"+second)} {
		if strings.Contains(v.raw, "half a") {
			t.Errorf("%s shows the draft", who)
		}
	}
	for what, v := range map[string]*view{
		"a note":         keep(t, jeanne, token, number, "note", "text", "x"),
		"no kind":        keep(t, jeanne, token, number, "speech", "text", "x"),
		"out of sight":   keep(t, jeanne, token, registered(t, h, "interfacing", "super", "Not hers"), "reply", "text", "x"),
		"missing ticket": keep(t, jeanne, token, "IF-2026-999999", "reply", "text", "x"),
	} {
		if v.status != 404 {
			t.Errorf("%s: %d", what, v.status)
		}
	}
	if v := keep(t, jeanne, token, "new", "register", "body", strings.Repeat("x", 600_000)); v.status != 400 {
		t.Errorf("a huge draft: %d", v.status)
	}
	for i := range 20 { // field by field it grows no further
		keep(t, jeanne, token, "new", "register", strings.Repeat("f", i+1), strings.Repeat("x", 50_000))
	}
	if n := count(t, h, `select max(octet_length(body::text)) from drafts`); n > 480_000 {
		t.Errorf("a draft of %d bytes", n)
	}
}

// TestNothingInternalReachesTheCustomer looks for what only staff may know in
// every page and file of the customer's side (abuse case B11, statement 25).
func TestNothingInternalReachesTheCustomer(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	mark := func(what string) string { return "MARK-" + what }
	f := h.Ask(t, h.Token(t, "interfacing", "agent"), "POST", "/v1/files?name="+mark("file")+".txt", mark("bytes"), "Content-Type", "application/octet-stream", "Idempotency-Key", "f")
	act(t, h, "agent", number, "triage", map[string]any{"reason": "bug", "level": 1, "severity": "high", "severity_reason": mark("severity"), "path": "answer"})
	act(t, h, "agent", number, "notes", map[string]any{"text": mark("note"), "files": []string{f.Text("id")}})
	agent2 := h.Ask(t, h.Token(t, "interfacing", "agent2"), "GET", "/v1/me", nil).Text("id")
	act(t, h, "agent", number, "reassign", map[string]any{"assignee_id": agent2, "reason": mark("reassign")})
	if err := h.Desk.KeepDraft(asCaller(t, h, "agent"), number, "note", map[string]string{"text": mark("draft")}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"jeanne", "super"} {
		b := signedIn(t, h, "interfacing", who)
		for _, path := range []string{
			"", "/tickets", "/tickets?q=MARK", "/tickets.csv", "/tickets/" + number, "/tickets/" + number + "/news", "/register/done/" + number,
			"/register/describe?title=MARK-note+export+stops", "/register?follow=" + number,
		} {
			v := b.get(t, path)
			if v.status != 200 {
				t.Errorf("%s: %d", path, v.status)
			}
			for _, internal := range []string{
				"MARK-note", "MARK-file", "MARK-bytes", "MARK-severity", "MARK-reassign", "MARK-draft", "waiting_inside", "in_progress", "agent2@", "reassign",
			} {
				if strings.Contains(v.raw, internal) {
					t.Errorf("%s shows %s to %s", path, internal, who)
				}
			}
		}
		if v := b.get(t, "/files/"+f.Text("id")); v.status != 404 {
			t.Errorf("%s gets the note's file: %d", who, v.status)
		}
	}
}

// asCaller is the context of a demo person's own requests.
func asCaller(t testing.TB, h *stack.House, local string) context.Context {
	t.Helper()
	c, err := h.Desk.Authenticate(t.Context(), h.Token(t, "interfacing", local))
	if err != nil {
		t.Fatal(err)
	}
	return desk.WithCaller(t.Context(), c)
}

// TestNews: a page that asks hears of others' words and deeds, once, not of
// its reader's own and not of what is internal; the answer is a whole page
// (rule G8).
func TestNews(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	b := signedIn(t, h, "interfacing", "jeanne")
	script := signedIn(t, h, "interfacing", "jeanne")
	script.header.Set("HX-Request", "true")
	asks := func() string {
		for _, n := range b.get(t, "/tickets/"+number).all("div") {
			if at := attribute(n, "hx-get"); at != "" {
				return at
			}
		}
		t.Fatal("the page does not ask")
		return ""
	}
	at := asks()
	quiet := func(why string) {
		t.Helper()
		if v := script.open(t, at); v.status != 204 || v.raw != "" {
			t.Errorf("%s: %d %s", why, v.status, v.text())
		}
		b.open(t, at).says(t, 200, "Nothing new")
	}
	quiet("nothing happened")
	act(t, h, "agent", number, "notes", map[string]any{"text": "internal"})
	act(t, h, "jeanne", number, "comments", map[string]any{"text": "my own"})
	quiet("a note and one’s own words")
	act(t, h, "agent", number, "comments", map[string]any{"text": "We look at it."})
	act(t, h, "super", number, "comments", map[string]any{"text": "Me too."})
	for _, who := range []*browser{b, script} {
		v := who.open(t, at)
		v.says(t, 200, "2 new messages.")
		if !strings.Contains(v.raw, "<html") || len(v.all("h1")) != 1 {
			t.Error("the answer is no whole page")
		}
		who.open(t, v.linkTo(t, "Show")).says(t, 200, "Me too.")
	}
	at = asks()
	quiet("all read")
	act(t, h, "agent", number, "triage", map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"})
	b.open(t, at).says(t, 200, "Something has been done")
	for what, query := range map[string]string{"nothing": "", "nonsense": "?version=x&comment=y", "another's": "?version=1&comment=" + uuid.NewString()} {
		if v := b.get(t, "/tickets/"+number+"/news"+query); v.status != 200 {
			t.Errorf("%s: %d", what, v.status)
		}
	}
}

// TestPages: every page is whole, for scripts too, with a title of its own,
// one first heading, its language, absolute dates, and one filled button at
// most (statements 21, 22, 36 and rule G1).
func TestPages(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := registered(t, h, "interfacing", "super", "Export stops after 10,000 rows")
	act(t, h, "agent", number, "comments", map[string]any{"text": "We look at it."})
	for local, lang := range map[string]string{"super": "fr", "partner": "fr", "jeanne": "en"} {
		b := signedIn(t, h, "interfacing", local)
		b.header.Set("HX-Request", "true")
		titles := map[string]string{}
		pages := []string{"", "/tickets", "/register", "/register/describe", "/register/severity", "/register/evidence", "/register/check"}
		if local == "super" {
			pages = append(pages, "/tickets/"+number, "/tickets/"+number+"/news?version=0", "/register/done/"+number)
		}
		for _, path := range pages {
			v := b.get(t, path)
			title := v.first("title")
			switch other, twice := titles[title]; {
			case v.status != 200:
				t.Errorf("%s: %d", path, v.status)
			case !strings.Contains(v.raw, "<html lang=\""+lang+"\"") || len(v.all("h1")) != 1 || title == "":
				t.Errorf("%s is not whole", path)
			case twice:
				t.Errorf("%s and %s are both called %s", path, other, title)
			case !strings.Contains(strings.Join(v.header.Values("Vary"), ","), "HX-Request"):
				t.Errorf("%s does not vary by who asks", path)
			}
			titles[title] = path
			filled := 0
			for _, n := range append(v.all("button"), v.all("a")...) {
				if strings.Contains(" "+attribute(n, "class")+" ", " main ") {
					filled++
				}
			}
			if filled > 1 {
				t.Errorf("%s has %d filled buttons", path, filled)
			}
			for _, n := range v.all("time") {
				if at := attribute(n, "datetime"); !strings.Contains(at, "T") || !strings.Contains(squeeze(texts(n)), at[:4]) {
					t.Errorf("%s: %s says %q", path, at, texts(n))
				}
			}
			for _, n := range append(v.all("script"), v.all("style")...) {
				if texts(n) != "" || n.FirstChild != nil {
					t.Errorf("%s has a script or style inside", path)
				}
			}
		}
	}
}
