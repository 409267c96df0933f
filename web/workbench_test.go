package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// mails are the texts of what somebody was sent, in order.
func mails(t testing.TB, h *stack.House, local string) (list []string) {
	t.Helper()
	deliver(t, h)
	for _, m := range h.Mail.Messages() {
		if m.To[0] == local+"@interfacing.example" {
			list = append(list, m.Subject+"\n"+m.Text)
		}
	}
	return list
}

// about are the mails in which a text occurs.
func about(list []string, text string) (n int) {
	for _, m := range list {
		if strings.Contains(m, text) {
			n++
		}
	}
	return n
}

// hurry makes held replies due.
func hurry(t testing.TB, h *stack.House) {
	t.Helper()
	execute(t, h, `update comments set held_until = now() where held_until is not null`)
	execute(t, h, `update outbox set next_at = now() where state = 'pending'`)
}

// TestLifeByForms walks level 1 by its forms: triage, start, question, answer,
// close, and what the customer is sent.
func TestLifeByForms(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	number := ask(t, h, "jeanne", "Export stops at page two")
	agent, jeanne := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "jeanne")
	at := "/console/tickets/" + number
	agent.get(t, at).says(t, 200, "The customer sees We are working on it", "Internal step Registered, to be triaged", "First act of staff by",
		"Told by mail Jeanne Martin (English)")

	v := agent.submit(t, agent.get(t, at).form(t, "/triage"), "reason", "bug")
	v.says(t, 200, "The triage is saved.", "Triaged, not begun", "Alex Agent triaged it: Bug, path “Answer”, level 1, severity Medium.")
	v = agent.submit(t, v.form(t, "/start"))
	v.says(t, 200, "Work has begun.", "Internal step In progress")
	v = agent.submit(t, v.form(t, "/ask-information"), "text", "Which *browser* is it?")
	v.says(t, 200, "The ticket waits for the customer.", "Waiting for the customer since", "The customer sees We are waiting for you")
	if n := about(mails(t, h, "jeanne"), "Which *browser* is it?"); n != 1 {
		t.Errorf("%d mails with the question", n)
	}
	jeanne.submit(t, jeanne.get(t, "/tickets/"+number).form(t, "/give-information"), "text", "The newest one.")
	v = agent.get(t, at)
	v.says(t, 200, "Internal step In progress", "The newest one.")
	v = agent.submit(t, v.form(t, "/answer"), "text", "Update to 8.3, it is solved there.")
	v.says(t, 200, "The answer is sent.", "Answered since", "The customer sees Solved: please check")
	v = agent.submit(t, v.form(t, "/close"))
	v.says(t, 200, "The ticket is closed.", "Closed since", "can reopen it until", "Nobody, it is over")
	if state(t, h, number) != "closed" {
		t.Errorf("it is %s", state(t, h, number))
	}
	for _, gone := range []string{"/reply", "/answer", "/reassign", "/start"} {
		for _, n := range v.all("form") {
			if strings.HasSuffix(attribute(n, "action"), gone) {
				t.Errorf("a closed ticket offers %s", gone)
			}
		}
	}
	agent.submit(t, v.form(t, "/note"), "text", "Remember for the next one.").says(t, 200, "The internal note is saved.")
}

// Markers that must stay where they are typed.
const inNote, inReply = "zebra-in-the-note", "giraffe-in-the-reply"

// TestReplyAndNote: each has its own form, words and draft; buttons say who is
// told; nothing of the note reaches the customer's side by any way.
func TestReplyAndNote(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	jeanne := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "GET", "/v1/me", nil)
	number := ask(t, h, "partner", "Export stops at page two", "on_behalf_of",
		map[string]any{"organization_id": jeanne.Text("organization_id"), "contact_id": jeanne.Text("id")})
	agent, at := signedIn(t, h, "interfacing", "agent"), "/console/tickets/"+number
	v := agent.get(t, at)
	v.says(t, 200, "Reply to Paul Roy + 1", "Told by mail: Paul Roy, Process Partners (Français); Jeanne Martin, Northern Utilities (English)")
	reply, note := v.form(t, "/reply"), v.form(t, "/note")
	if got := strings.Join(reply.buttons, "|"); got != "Send to 2 people at Process Partners, Northern Utilities" {
		t.Errorf("the reply's button says %q", got)
	}
	if got := strings.Join(note.buttons, "|"); got != "Save internal note" {
		t.Errorf("the note's button says %q", got)
	}
	for kind, text := range map[string]string{"note": inNote, "reply": inReply} {
		f := v.form(t, "/note")
		f.action = "/interfacing/drafts"
		if kept := agent.submit(t, f, "about", v.ticketID(t), "kind", kind, "text", text); kept.status != 204 {
			t.Fatalf("draft of a %s: %d", kind, kept.status)
		}
	}
	other := signedIn(t, h, "interfacing", "manager")
	other.submit(t, other.get(t, at).form(t, "/reassign"), "assignee_id", other.get(t, at).me(t)).says(t, 200, "Maria Manager")
	v = agent.get(t, at)
	for action, want := range map[string]string{"/reply": inReply, "/note": inNote, "/ask-information": "", "/triage": "", "/reassign": ""} {
		if got := v.form(t, action).values.Get("text"); got != want {
			t.Errorf("%s holds %q, want %q", action, got, want)
		}
	}
	v = agent.submit(t, note, "text", inNote+": they may leave us, careful with the tone of what you write.")
	v.says(t, 409, "Maria Manager took it.") // somebody has acted meanwhile
	v = agent.submit(t, v.form(t, "/note"))
	v.says(t, 200, "The internal note is saved.", "only your team")
	if got := v.form(t, "/note").values.Get("text"); got != "" {
		t.Errorf("the draft of a saved note stays: %q", got)
	}
	agent.submit(t, v.form(t, "/reply"), "text", inReply).says(t, 200)
	hurry(t, h)
	for _, local := range []string{"partner", "jeanne"} {
		noteStaysInside(t, h, local, number)
	}
}

// noteStaysInside looks for the note in all that somebody on the customer's
// side gets to see.
func noteStaysInside(t *testing.T, h *stack.House, local, number string) {
	t.Helper()
	list := mails(t, h, local)
	if about(list, inReply) != 1 || about(list, inNote) != 0 {
		t.Errorf("%s got %d replies and %d notes", local, about(list, inReply), about(list, inNote))
	}
	customer := signedIn(t, h, "interfacing", local)
	for _, page := range []string{"/tickets/" + number, "/tickets", ""} {
		if v := customer.get(t, page); v.status != 200 || strings.Contains(v.raw, inNote) || strings.Contains(v.raw, "internal note") {
			t.Errorf("%s of %s (%d) shows the note", page, local, v.status)
		}
	}
	for _, path := range []string{"/comments", "/history", ""} {
		a := h.Ask(t, h.Token(t, "interfacing", local), "GET", "/v1/tickets/"+number+path, nil)
		if a.Status != 200 || strings.Contains(string(a.Raw), inNote) || strings.Contains(string(a.Raw), "they may leave us") {
			t.Errorf("%s to %s: %d %s", path, local, a.Status, a.Raw)
		}
	}
}

// TestNoteQuoted: what quotes a note does not go to the customer, by no form
// and not by the API; the text is kept.
func TestNoteQuoted(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	number := ask(t, h, "jeanne", "Export stops at page two")
	agent, at := signedIn(t, h, "interfacing", "agent"), "/console/tickets/"+number
	agent.submit(t, agent.get(t, at).form(t, "/triage"), "reason", "bug")
	agent.submit(t, agent.get(t, at).form(t, "/note"), "text", "Their licence ended in March.\nThe account manager talks to them about a new one, so be kind.")
	quoted := "Hello,\n> The account manager talks\n> to them about a new one"
	for action, kind := range map[string]string{"/reply": "reply", "/answer": "answer", "/ask-information": "question"} {
		v := agent.submit(t, agent.get(t, at).form(t, action), "text", quoted)
		v.says(t, 422, "This quotes an internal note")
		if got := v.form(t, action).values.Get("text"); got != quoted {
			t.Errorf("%s: the text is %q", action, got)
		}
		if got := agent.get(t, at).form(t, action).values.Get("text"); got != quoted {
			t.Errorf("%s: the draft is %q", kind, got)
		}
	}
	for _, path := range []string{"/comments", "/answer", "/ask-information"} {
		a := h.Ask(t, h.Token(t, "interfacing", "agent"), "POST", "/v1/tickets/"+number+path, map[string]any{"text": quoted})
		if a.Status != 422 || a.Text("key") != "note_quoted" {
			t.Errorf("%s: %d %s", path, a.Status, a.Raw)
		}
	}
	if n := about(mails(t, h, "jeanne"), "talks"); n != 0 {
		t.Errorf("%d mails quote the note", n)
	}
	agent.submit(t, agent.get(t, at).form(t, "/note"), "text", quoted).says(t, 200, "The internal note is saved.")
}

// TestStaleReply: of two who reply at once the second reads first; one mail
// goes out until then.
func TestStaleReply(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	number := ask(t, h, "jeanne", "Export stops at page two")
	at := "/console/tickets/" + number
	first, second := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "agent2")
	mine, theirs := first.get(t, at).form(t, "/reply"), second.get(t, at).form(t, "/reply")
	first.submit(t, mine, "text", "We look at the export.").says(t, 200)
	v := second.submit(t, theirs, "text", "Which page is it?")
	v.says(t, 409, "Something has changed", "What has changed since you began to write", "We look at the export.", "Send anyway after reading")
	if got := v.form(t, "/reply").values.Get("text"); got != "Which page is it?" {
		t.Errorf("the text is %q", got)
	}
	hurry(t, h)
	if list := mails(t, h, "jeanne"); about(list, "We look at the export.") != 1 || about(list, "Which page is it?") != 0 {
		t.Errorf("mails before the second has read: %v", list)
	}
	second.submit(t, v.form(t, "/reply")).says(t, 200)
	hurry(t, h)
	if list := mails(t, h, "jeanne"); about(list, "We look at the export.") != 1 || about(list, "Which page is it?") != 1 {
		t.Errorf("mails after the second has read: %v", list)
	}
	// A deed that says nothing is stopped too, and what does not fit any more
	// keeps its words on the page.
	handover := first.get(t, at).form(t, "/reassign")
	second.submit(t, second.get(t, at).form(t, "/triage"), "reason", "bug").says(t, 200)
	v = first.submit(t, handover, "reason", "you know it")
	v.says(t, 409, "Do it anyway after reading")
	if got := v.form(t, "/reassign").values.Get("reason"); got != "you know it" {
		t.Errorf("the reason is %q", got)
	}
	one, other := first.get(t, at).form(t, "/answer"), second.get(t, at).form(t, "/answer")
	first.submit(t, one, "text", "It is solved.").says(t, 200, "The answer is sent.")
	second.submit(t, other, "text", "Please update the browser.").says(t, 409, "What you wrote is kept Please update the browser.")
}
