package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/procedures/stack"
)

// TestCancelReply: a reply that is taken back in time is nowhere on the
// customer's side, in no mail, and back in the box with its file; sent again
// it is one mail.
func TestCancelReply(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	number := ask(t, h, "jeanne", "Export stops at page two")
	agent, jeanne, at := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "jeanne"), "/console/tickets/"+number
	const text = "The wrong reply, for walruses."
	form, file := agent.get(t, at).form(t, "/reply"), []upload{{"files", "walrus.txt", "a walrus"}}
	v := agent.follow(t, agent.press(t, form, file, "text", text))
	v.says(t, 200, "Your reply leaves 20 seconds after you sent it.", "Not sent yet", "Your reply has not left yet", "walrus.txt")
	unseen := func(when string) {
		t.Helper()
		if n := about(mails(t, h, "jeanne"), "walrus"); n != 0 {
			t.Errorf("%s: %d mails", when, n)
		}
		if v := jeanne.get(t, "/tickets/"+number); strings.Contains(v.raw, "walrus") {
			t.Errorf("%s: the customer's page shows it", when)
		}
		for _, path := range []string{"/comments", "/history", ""} {
			if a := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "GET", "/v1/tickets/"+number+path, nil); strings.Contains(string(a.Raw), "walrus") || strings.Contains(string(a.Raw), `"comment"`) {
				t.Errorf("%s: %s says %s", when, path, a.Raw)
			}
		}
	}
	unseen("held")
	theirs := v.form(t, "/cancel-reply")
	stranger := signedIn(t, h, "interfacing", "agent2")
	if v := stranger.get(t, at); strings.Contains(v.raw, "/cancel-reply") {
		t.Error("another's reply can be cancelled")
	}
	if a := stranger.submit(t, stranger.get(t, at).form(t, "/note"), "text", "x"); a.status != 200 { // it sees the held reply, so it may go on
		t.Errorf("a note beside a held reply: %d", a.status)
	}
	v = agent.submit(t, theirs)
	v.says(t, 200, "The reply is cancelled. Its text is back in the box.", "Alex Agent cancelled a reply before it left.", "Files kept: walrus.txt")
	if got := v.form(t, "/reply").values.Get("text"); got != text {
		t.Errorf("the box holds %q", got)
	}
	agent.submit(t, theirs).says(t, 200, "The reply is cancelled.") // the same form again
	unseen("cancelled")
	hurry(t, h)
	unseen("cancelled, later")
	again := agent.press(t, form, file, "text", text) // as going back and sending does
	again.says(t, 409, "This reply was cancelled before it left.")

	v = agent.submit(t, agent.get(t, at).form(t, "/reply"), "text", "The right reply, for walruses.")
	v.says(t, 200, "walrus.txt")
	late := v.form(t, "/cancel-reply")
	hurry(t, h)
	if list := mails(t, h, "jeanne"); about(list, "The right reply") != 1 || about(list, "walrus.txt") != 1 || about(list, "wrong") != 0 {
		t.Errorf("mails: %v", list)
	}
	agent.submit(t, late).says(t, 409, "has left already")
	jeanne.get(t, "/tickets/"+number).says(t, 200, "The right reply", "walrus.txt")
	if n := about(mails(t, h, "jeanne"), "The right reply"); n != 1 {
		t.Errorf("%d mails in the end", n)
	}
}

// TestCancelTooLate: once a mail of it has begun to leave, a reply stays, all
// of it, whatever the clock says.
func TestCancelTooLate(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	number := ask(t, h, "jeanne", "Export stops at page two")
	agent, at := signedIn(t, h, "interfacing", "agent"), "/console/tickets/"+number
	v := agent.submit(t, agent.get(t, at).form(t, "/reply"), "text", "We look at it.")
	execute(t, h, `update outbox set state = 'sending', attempts = 1, lease_until = now() + interval '1 hour' where comment_id is not null`)
	agent.submit(t, v.form(t, "/cancel-reply")).says(t, 409, "has left already", "We look at it.")
	if n := count(t, h, `select count(*) from outbox where comment_id is not null`); n != 1 {
		t.Errorf("%d mails are left", n)
	}
}

// TestCancelKeepsWhatWasBegun: what was typed since stays, below what was
// taken back.
func TestCancelKeepsWhatWasBegun(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := ask(t, h, "jeanne", "Export stops at page two")
	agent, at := signedIn(t, h, "interfacing", "agent"), "/console/tickets/"+number
	v := agent.submit(t, agent.get(t, at).form(t, "/reply"), "text", "First.")
	draft := v.form(t, "/note")
	draft.action = "/interfacing/drafts"
	agent.submit(t, draft, "about", v.ticketID(t), "kind", "reply", "text", "Second.")
	v = agent.submit(t, v.form(t, "/cancel-reply"))
	if got := v.form(t, "/reply").values.Get("text"); got != "First.\n\nSecond." {
		t.Errorf("the box holds %q", got)
	}
	signedIn(t, h, "interfacing", "admin").get(t, "/console/audit").
		says(t, 200, "Alex Agent replied to "+number, "Alex Agent cancelled a reply to "+number)
}

// TestCancelAcknowledgement: a ticket that nothing but a cancelled reply has
// acknowledged is not, its promise runs on, and its workflow knows.
func TestCancelAcknowledgement(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true, Unconfirmed: time.Nanosecond})
	number := ask(t, h, "jeanne", "Export stops at page two")
	agent, at := signedIn(t, h, "interfacing", "agent"), "/console/tickets/"+number
	v := agent.submit(t, agent.get(t, at).form(t, "/reply"), "text", "We look at it.")
	v.says(t, 200, "No deadline runs", "Done on")
	if err := h.Client.Poke(t.Context(), v.ticketID(t)); err != nil { // the workflow hears of it
		t.Fatal(err)
	}
	knows(t, h, v.ticketID(t), true)
	v = agent.submit(t, v.form(t, "/cancel-reply"))
	v.says(t, 200, "First act of staff by")
	if err := h.Relay.PokeUnconfirmed(t.Context()); err != nil {
		t.Fatal(err)
	}
	knows(t, h, v.ticketID(t), false)
	v = agent.submit(t, v.form(t, "/reassign"))
	v.says(t, 200, "Done on")
	v = agent.submit(t, v.form(t, "/reply"), "text", "We look at it.")
	agent.submit(t, v.form(t, "/cancel-reply")).says(t, 200, "Done on") // by the assignment
}

// knows waits until a ticket's workflow knows whether it is acknowledged.
func knows(t *testing.T, h *stack.House, id string, acknowledged bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		s, err := h.Client.State(ctx, id)
		if err != nil {
			t.Fatalf("acknowledged %v: %v", acknowledged, err)
		}
		if (s.Clocks[0].StoppedAt != nil) == acknowledged {
			return
		}
	}
}

// TestHeldReplyIsNews: what the customer's side has written while a reply was
// held comes before it, so that it is new to them.
func TestHeldReplyIsNews(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := ask(t, h, "jeanne", "Export stops at page two")
	agent, jeanne, at := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "jeanne"), "/console/tickets/"+number
	agent.submit(t, agent.get(t, at).form(t, "/reply"), "text", "Which page is it?")
	jeanne.submit(t, jeanne.get(t, "/tickets/"+number).form(t, "/comment"), "text", "It is urgent.").says(t, 200, "It is urgent.")
	begun := jeanne.get(t, "/tickets/"+number).form(t, "/comment")
	hurry(t, h)
	page := jeanne.get(t, "/tickets/"+number)
	if p := positions(page.text(), "It is urgent.", "Which page is it?"); p[0] < 0 || p[0] > p[1] {
		t.Errorf("not in the order it was heard: %v", p)
	}
	jeanne.submit(t, begun, "text", "Hello?").says(t, 409, "What has changed since you began to write", "Which page is it?")
	list := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "GET", "/v1/tickets/"+number+"/comments", nil)
	if p := positions(string(list.Raw), "It is urgent.", "Which page is it?"); p[0] < 0 || p[0] > p[1] {
		t.Errorf("the list is in another order: %s", list.Raw)
	}
}
