package browser_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/ticket"
)

// deed is one form that changes something, and what sending it makes.
type deed struct {
	name   string
	who    string
	state  ticket.State                     // of a ticket of its own, {it}; "" when it needs none
	before func(testing.TB, *world, string) // makes what else it needs; the ticket's number is given
	path   string
	fill   func(*tab)
	send   string // the button
	made   string // counts what it makes; $1 is the ticket's number
	mails  int    // how many mails it causes
}

const (
	comments = `select count(*) from comments c join tickets t on t.id = c.ticket_id where t.number = $1 and c.body like '%` + said + `%'`
	versions = `select version from tickets where number = $1`
	mailed   = `select count(*) from outbox o join tickets t on t.id = o.ticket_id where o.kind = 'mail' and t.number = $1`
	watchers = `select count(*) from ticket_watchers w join tickets t on t.id = w.ticket_id where t.number = $1`
	unwatch  = `select -count(*) from ticket_watchers w join tickets t on t.id = w.ticket_id where t.number = $1`
	said     = "Said once and for all."
)

// deeds is every form of the pages that must not be done twice.
var deeds = []deed{
	{
		name: "registration", who: "interfacing/jeanne", before: begun, path: "/interfacing/register/check",
		send: button("/register/check"), made: `select count(*) from tickets where title like '%` + said + `%'`,
	},
	{
		name: "comment", who: "interfacing/jeanne", state: ticket.InProgress, path: "/interfacing/tickets/{it}",
		fill: say("reply"), send: button("/comment"), made: comments, mails: 1,
	},
	{
		name: "information", who: "interfacing/jeanne", state: ticket.WaitingForCustomer, path: "/interfacing/tickets/{it}",
		fill: say("information"), send: button("/give-information"), made: comments, mails: 1,
	},
	{
		name: "reopening", who: "interfacing/jeanne", state: ticket.Answered, path: "/interfacing/tickets/{it}",
		fill: say("reopening"), send: button("/reopen"), made: comments, mails: 1,
	},
	{
		name: "withdrawal", who: "interfacing/jeanne", state: ticket.InProgress, path: "/interfacing/tickets/{it}",
		fill: say("withdraw"), send: button("/withdraw"), made: versions, mails: 1,
	},
	{
		name: "adding a watcher", who: "interfacing/jeanne", state: ticket.InProgress, path: "/interfacing/tickets/{it}",
		fill: func(b *tab) { b.unfold("#watch-email"); b.fill("#watch-email", "reader@interfacing.example") }, send: button("/watch"), made: watchers,
	},
	{
		name: "removing a watcher", who: "interfacing/jeanne", state: ticket.InProgress, before: watched, path: "/interfacing/tickets/{it}",
		send: button("/unwatch"), made: unwatch,
	},
	{
		name: "stopping to watch", who: "interfacing/reader", state: ticket.InProgress, before: watched, path: "/interfacing/tickets/{it}",
		send: button("/watching/end"), made: unwatch,
	},
	{
		name: "taking the next", who: "interfacing/agent2", before: free, path: "/interfacing/console",
		send: button("/take-next"), made: `select count(*) from tickets t join people p on p.id = t.assignee_id where p.name = 'Noa Agent'`,
	},
	{
		name: "triage", who: "interfacing/agent", state: ticket.Registered, path: "/interfacing/console/tickets/{it}",
		fill: func(b *tab) { b.unfold("#triage-reason"); b.choose("#triage-reason", "bug") }, send: button("/triage"), made: versions,
	},
	{
		name: "start", who: "interfacing/agent", state: ticket.Triaged, path: "/interfacing/console/tickets/{it}",
		send: button("/start"), made: versions,
	},
	{
		name: "question", who: "interfacing/agent", state: ticket.InProgress, path: "/interfacing/console/tickets/{it}",
		fill: say("question"), send: button("/ask-information"), made: comments, mails: 1,
	},
	{
		name: "answer", who: "interfacing/agent", state: ticket.InProgress, path: "/interfacing/console/tickets/{it}",
		fill: say("answer"), send: button("/answer"), made: comments, mails: 1,
	},
	{
		name: "closing", who: "interfacing/agent", state: ticket.Answered, path: "/interfacing/console/tickets/{it}",
		send: button("/close"), made: versions, mails: 1,
	},
	{
		name: "handing over", who: "interfacing/agent", state: ticket.InProgress, path: "/interfacing/console/tickets/{it}",
		fill: func(b *tab) {
			b.unfold("#reassign-text")
			b.choose("#reassign-assignee_id", eval[string](b, `[...document.querySelectorAll("#reassign-assignee_id option")].find((o) => o.text.startsWith("Noa")).value`))
		},
		send: button("/reassign"), made: versions, mails: 1,
	},
	{
		name: "reply", who: "interfacing/agent", state: ticket.InProgress, path: "/interfacing/console/tickets/{it}",
		fill: say("reply"), send: button("/reply"), made: comments, mails: 1,
	},
	{
		name: "note", who: "interfacing/agent", state: ticket.InProgress, path: "/interfacing/console/tickets/{it}",
		fill: say("note"), send: button("/note"), made: comments,
	},
	{
		name: "asking for an exclusion", who: "interfacing/agent", state: ticket.Registered, before: isMissed, path: "/interfacing/console/tickets/{it}/clocks",
		fill: func(b *tab) {
			b.unfold("#exclude-acknowledge-reason")
			b.fill("#exclude-acknowledge-reason", said)
			b.fill("#exclude-acknowledge-evidence", said)
		},
		send: button("/clocks/exclude"), made: `select count(*) from clock_exclusions x join tickets t on t.id = x.ticket_id where t.number = $1`,
	},
	{
		name: "taking a reply back", who: "interfacing/agent", state: ticket.InProgress, before: leaving, path: "/interfacing/console/tickets/{it}",
		send: button("/cancel-reply"), made: `select 1 - count(*) from comments c join tickets t on t.id = c.ticket_id where t.number = $1 and c.body = '` + said + `'`, mails: -1,
	},
}

// say writes into the box of that name.
func say(box string) func(*tab) {
	return func(b *tab) {
		b.unfold("#" + box + "-text")
		b.fill("#"+box+"-text", said)
	}
}

// watched has somebody watch the ticket.
func watched(t testing.TB, w *world, number string) {
	t.Helper()
	w.watch(t, number, "reader")
}

// begun is a request that waits for its last button.
func begun(t testing.TB, w *world, _ string) {
	t.Helper()
	w.draft(t, "jeanne", map[string]string{"type": "bug", "title": said + " " + t.Name(), "body": "It stops.", "severity": "low"})
}

// free are tickets that nobody has.
func free(t testing.TB, w *world, _ string) {
	t.Helper()
	for range 3 {
		w.ticket(t, t.Name(), ticket.Registered)
	}
}

// leaving is a reply that can still be taken back, for longer than the desk
// gives: the machine may be slow.
func leaving(t testing.TB, w *world, number string) {
	t.Helper()
	reply, err := w.Desk.Reply(w.as(t, vendor+"/agent"), uuid.NewString(), number, said, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.exec(t, `update comments set held_until = held_until + interval '1 hour' where id = $1`, reply.ID)
	w.exec(t, `update outbox set next_at = next_at + interval '1 hour' where comment_id = $1`, reply.ID)
}
