package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// choices are the addresses the page's form of watchers offers.
func (v *view) choices(t testing.TB) (list []string) {
	t.Helper()
	for _, n := range v.all("datalist") {
		for _, o := range within(n, "option") {
			list = append(list, strings.TrimSuffix(attribute(o, "value"), "@interfacing.example"))
		}
	}
	return list
}

// TestWatchersOfARequest: whom a request concerns has others watch it by the
// request's page; who watches reads there, answers nothing, and stops.
func TestWatchersOfARequest(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	page := "/tickets/" + number
	jeanne, super, reader := signedIn(t, h, "interfacing", "jeanne"), signedIn(t, h, "interfacing", "super"), signedIn(t, h, "interfacing", "reader")
	reader.get(t, page).says(t, 404)
	v := jeanne.get(t, page)
	v.says(t, 200, "People on this request Requester Jeanne Martin", "Nobody else watches it.")
	if got := v.choices(t); len(got) != 0 {
		t.Errorf("who may not look contacts up is offered %v", got)
	}
	if got, want := super.get(t, page).choices(t), []string{"jeanne", "reader", "super"}; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("a super-user is offered %v, want %v", got, want)
	}
	add := v.form(t, "/watch")
	missing := jeanne.submit(t, add, "email", "nobody@interfacing.example")
	missing.says(t, 422, "Nobody known like this can watch this ticket")
	for _, email := range []string{"agent@interfacing.example", "jeanne@posimente.example"} {
		if got := jeanne.submit(t, add, "email", email); got.status != 422 || plain(got) != plain(missing) {
			t.Errorf("%s is told from nobody: %d %s", email, got.status, got.text())
		}
	}
	if got := missing.form(t, "/watch").values.Get("email"); got != "nobody@interfacing.example" {
		t.Errorf("the address is not kept: %q", got)
	}
	for range 2 { // a double click
		jeanne.submit(t, add, "email", "reader@interfacing.example").says(t, 200, "Added.", "Also watching Lou Reader")
	}
	if n := count(t, h, `select count(*) from events where kind = 'watcher_added'`); n != 1 {
		t.Errorf("%d were added", n)
	}
	act(t, h, "agent", number, "triage", map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"})
	act(t, h, "agent", number, "ask-information", map[string]any{"text": "Which version?"})
	watcherReads(t, h, reader, number)
	end := reader.get(t, page).form(t, "/watching/end")
	for range 2 {
		reader.submit(t, end).says(t, 200, "You watch that request no more.")
	}
	reader.get(t, page).says(t, 404)
	if list := mails(t, h, "reader"); about(list, "Which version?") != 1 || about(list, "You watch this ticket") != 1 || len(list) != 1 {
		t.Errorf("who watched got %v", list)
	}

	jeanne.submit(t, add, "email", "reader@interfacing.example").says(t, 200)
	jeanne.submit(t, add, "email", "super@interfacing.example").says(t, 200)
	super.get(t, page).says(t, 200, "Ne plus suivre", "Retirer Lou Reader")
	remove := jeanne.get(t, page).form(t, "/unwatch")
	for range 2 {
		jeanne.submit(t, remove).says(t, 200, "They watch it no more.")
	}
	reader.get(t, page).says(t, 404)
	jeanne.submit(t, remove, "person", "not a person").says(t, 200)
	if n := count(t, h, `select count(*) from ticket_watchers`); n != 1 {
		t.Errorf("%d still watch, want the super-user", n)
	}
}

// watcherReads: a request that only waits for others is no task of who watches
// it: they are shown neither forms nor that it is their turn.
func watcherReads(t *testing.T, h *stack.House, reader *browser, number string) {
	t.Helper()
	v := reader.get(t, "/tickets/"+number)
	v.says(t, 200, "You watch this request", "Jeanne Martin is asked to answer.", "Which version?", "Lou Reader")
	for _, turn := range []string{"Your turn", "Nothing to do", "Open a follow-up"} {
		if strings.Contains(v.text(), turn) {
			t.Errorf("who watches reads %q", turn)
		}
	}
	for _, n := range v.all("form") {
		if at := attribute(n, "action"); strings.Contains(at, "/tickets/") {
			t.Errorf("who watches is offered %s", at)
		}
	}
	reader.get(t, "").says(t, 200, "Nothing waits for you 0 requests in progress.")
	reader.get(t, "/tickets").says(t, 200, number)
	act(t, h, "agent", number, "notes", map[string]any{"text": "MARK among us"})
	for _, path := range []string{"/tickets/" + number, "/tickets", "/tickets.csv"} {
		if strings.Contains(reader.get(t, path).raw, "MARK") {
			t.Errorf("%s shows a note to who watches", path)
		}
	}
}

// TestWatchersOnTheWorkbench: staff add whoever may watch, colleagues too, and
// the buttons say of how many people are mailed neither more nor less.
func TestWatchersOnTheWorkbench(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	number := ask(t, h, "jeanne", "Export stops at page two")
	at := "/console/tickets/" + number
	agent, agent2 := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "agent2")
	agent.submit(t, agent.get(t, at).form(t, "/triage"), "reason", "bug").says(t, 200)
	offered := agent.get(t, at).choices(t)
	for _, local := range []string{"reader", "super", "partner", "manager", "qa"} {
		if !slices.Contains(offered, local) {
			t.Errorf("staff are not offered %s: %v", local, offered)
		}
	}
	for _, local := range []string{"reader", "manager", "agent2"} {
		agent.submit(t, agent.get(t, at).form(t, "/watch"), "email", local+"@interfacing.example").says(t, 200, "Added.")
	}
	agent.submit(t, agent.get(t, at).form(t, "/watch"), "email", "nobody@interfacing.example").says(t, 422, "Nobody known like this")
	v := agent.get(t, at)
	v.says(t, 200, "Also watching Lou Reader", "Maria Manager", "Alex Agent added Lou Reader to those who watch it.", "Reply to Jeanne Martin + 3")
	for action, says := range map[string]string{
		"/reply": "Send to 4 people at Northern Utilities, Interfacing", "/answer": "Send the answer to 4 people at Northern Utilities, Interfacing",
	} {
		if got := v.form(t, action).buttons; !slices.Contains(got, says) {
			t.Errorf("the button of %s says %v, want %q", action, got, says)
		}
	}
	told := func(writer *browser, action, text string, want ...string) {
		t.Helper()
		writer.submit(t, writer.get(t, at).form(t, action), "text", text).says(t, 200)
		hurry(t, h)
		var got []string
		for _, local := range []string{"jeanne", "reader", "manager", "agent2", "agent", "super"} {
			for range about(mails(t, h, local), text) {
				got = append(got, local)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q reaches %v, want %v", text, got, want)
		}
	}
	told(agent, "/reply", "We look at it.", "jeanne", "reader", "manager", "agent2")
	// Who watches and writes is not told; who has the ticket is told of a reply.
	v = agent2.get(t, at)
	if got := v.form(t, "/reply").buttons; !slices.Contains(got, "Send to 4 people at Northern Utilities, Interfacing") {
		t.Errorf("another's reply says %v", got)
	}
	if got := v.form(t, "/answer").buttons; !slices.Contains(got, "Send the answer to 3 people at Northern Utilities, Interfacing") {
		t.Errorf("another's answer says %v", got)
	}
	told(agent2, "/reply", "So do I.", "jeanne", "reader", "manager", "agent")
	told(agent2, "/ask-information", "Which page?", "jeanne", "reader", "manager")
	signedIn(t, h, "interfacing", "jeanne").get(t, "/tickets/"+number).says(t, 200, "Also watching Lou Reader Northern Utilities")
	if v := signedIn(t, h, "interfacing", "jeanne").get(t, "/tickets/"+number); strings.Contains(v.text(), "Maria Manager") {
		t.Error("the customer's side sees who of staff watches")
	}
	for _, n := range agent2.get(t, at).all("form") {
		if action := attribute(n, "action"); strings.HasSuffix(action, "/unwatch") {
			agent2.submit(t, formOf(n, action)).says(t, 200, "They watch it no more.")
		}
	}
	agent2.get(t, at).says(t, 200, "Nobody else watches it.", "Noa Agent stopped watching it.", "Noa Agent removed Maria Manager from those who watch it.", "Send to 2 people")
}

// TestReaderAddedMeanwhile: a reply reaches nobody whom its writer was not
// shown: who came meanwhile is named first, and the text is kept.
func TestReaderAddedMeanwhile(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	agent, jeanne := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "jeanne")
	v := agent.get(t, "/console/tickets/"+number)
	jeanne.submit(t, jeanne.get(t, "/tickets/"+number).form(t, "/watch"), "email", "reader@interfacing.example").says(t, 200, "Added.")
	v = agent.submit(t, v.form(t, "/reply"), "text", "Between us: it is the licence.")
	v.says(t, 409, "Also read by Lou Reader", "Send anyway after reading")
	if n := about(mails(t, h, "reader"), "licence"); n != 0 {
		t.Errorf("%d mails to whom the writer did not know of", n)
	}
	f := v.form(t, "/reply")
	if f.values.Get("text") != "Between us: it is the licence." || strings.Join(f.buttons, "") != "Send anyway after reading" {
		t.Errorf("the refused form holds %v, %v", f.values, f.buttons)
	}
	agent.submit(t, f).says(t, 200, "20 seconds")
}
