package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/procedures/stack"
)

// timed is a house whose Interfacing has activities, and a ticket of it.
func timed(t testing.TB) (h *stack.House, number string) {
	t.Helper()
	h = stack.NewHouse(t, stack.Parts{})
	vendor, err := h.Desk.Store.VendorBySlug(t.Context(), "interfacing")
	if err != nil {
		t.Fatal(err)
	}
	text, err := policy.BuiltIn("interfacing")
	if err != nil {
		t.Fatal(err)
	}
	pack, err := policy.ParsePack([]byte(string(text) + "\nactivities:\n  - {code: mail, label: {en: Mail, fr: Courriel}}\n  - {code: analysis, label: {en: Analysis, fr: Analyse}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Desk.PublishPack(t.Context(), vendor, pack, ""); err != nil {
		t.Fatal(err)
	}
	return h, ask(t, h, "jeanne", "Labels are not printed", "type", "bug", "severity", "low")
}

// TestTime: an agent enters time on the page of a ticket and undoes it there;
// what is wrong is said beside the field, and what was typed stays.
func TestTime(t *testing.T) {
	t.Parallel()
	h, number := timed(t)
	agent, page := signedIn(t, h, "interfacing", "agent"), "/console/tickets/"+number+"/time"
	agent.get(t, "/console/tickets/"+number).says(t, 200, "Time")
	agent.get(t, page).says(t, 200, "Nobody has entered time on this ticket yet.")
	f := agent.get(t, page).form(t, "/time")
	for _, wrong := range []string{"", "0", "-5", "1441", "1000000000", "1.5", "1e3", "an hour"} {
		v := agent.submit(t, f, "activity", "analysis", "minutes", wrong, "note", "Read the log.")
		v.says(t, 422, "Minutes: Enter a whole number of minutes from 1 to 1440.")
		if got := v.form(t, "/time").values; got.Get("note") != "Read the log." || got.Get("activity") != "analysis" || got.Get("minutes") != wrong {
			t.Errorf("%q: what was typed is lost: %v", wrong, got)
		}
	}
	agent.submit(t, f, "activity", "mail", "minutes", "5", "day", time.Now().AddDate(0, 0, 3).Format(time.DateOnly)).says(t, 422, "Day: No later than")
	for range 2 { // the same form twice is one entry
		agent.submit(t, f, "activity", "analysis", "minutes", "75", "note", "Read the log.").
			says(t, 200, "The time is entered.", "1 h 15 min in all, 0 min of it billed", "Not billed: included", "Read the log.")
	}
	agent.submit(t, agent.get(t, page).form(t, "/time"), "activity", "mail", "minutes", "30", "reason", "").says(t, 200, "1 h 45 min in all, 30 min of it billed")

	colleague := signedIn(t, h, "interfacing", "qa")
	if v := colleague.get(t, page); len(v.all("s")) > 0 || strings.Contains(v.raw, "/time/reverse") {
		t.Errorf("a colleague can undo it: %s", v.text())
	}
	undo := agent.get(t, page).form(t, "/time/reverse") // the newest
	agent.submit(t, undo, "reason", "").says(t, 422, "Reason: ")
	for range 2 {
		v := agent.submit(t, undo, "reason", "It was another ticket.")
		v.says(t, 200, "The entry is undone.", "Undone.", "Undoes another entry: It was another ticket.", "-30 min", "1 h 15 min in all, 0 min of it billed")
		if len(v.all("s")) != 1 {
			t.Errorf("%d lines are struck", len(v.all("s")))
		}
	}
	agent.submit(t, undo, "form_key", "other", "reason", "Again.").says(t, 409, "This entry has been undone already.", "Again.")
	if n := count(t, h, `select count(*) from time_entries`); n != 3 {
		t.Errorf("%d entries", n)
	}
	agent.get(t, "/console/time").says(t, 200, "1 h 15 min in all", number)
	agent.get(t, "/console/time?week=2020-02-29").says(t, 200, "You have entered no time this week.", "Mon 24 Feb 2020")
	agent.get(t, "/console/time?week=nonsense").says(t, 422)
	agent.get(t, "/console/tickets/"+number).says(t, 200, "entered time.", "undid a time entry.")
	customer := signedIn(t, h, "interfacing", "jeanne")
	customer.get(t, "/tickets/"+number).says(t, 200)
	customer.get(t, page).says(t, 403)
	signedIn(t, h, "interfacing", "accounts").get(t, page).says(t, 200, "You can read the time here.")
}

// TestTimeOfOthers: billing enters time for a colleague; customers, other
// vendors' people and nobody are the same unknown person.
func TestTimeOfOthers(t *testing.T) {
	t.Parallel()
	h, number := timed(t)
	billing, page := signedIn(t, h, "interfacing", "billing"), "/console/tickets/"+number+"/time"
	agent := textOf(t, h, `select id from people where email = 'agent@interfacing.example'`)
	for _, unknown := range []string{
		"nonsense", "00000000-0000-4000-8000-000000000000", textOf(t, h, `select id from people where email = 'jeanne@interfacing.example'`),
		textOf(t, h, `select id from people where email = 'agent@posimente.example'`),
	} {
		billing.submit(t, billing.get(t, page).form(t, "/time"), "activity", "mail", "minutes", "20", "person_id", unknown).says(t, 422, "Who worked: No active member of staff with this id.")
	}
	billing.submit(t, billing.get(t, page).form(t, "/time"), "activity", "mail", "minutes", "20", "person_id", agent).says(t, 200, "The time is entered.", "entered by Billie Billing")
	signedIn(t, h, "interfacing", "agent").get(t, "/console/time").says(t, 200, "20 min in all")
}

// TestTimerOnThePage: it is started, seen and stopped beside the fields of the
// same form; a second press changes nothing.
func TestTimerOnThePage(t *testing.T) {
	t.Parallel()
	h, number := timed(t)
	agent, page := signedIn(t, h, "interfacing", "agent"), "/console/tickets/"+number+"/time"
	press := func(address, where string, pairs ...string) *view {
		t.Helper()
		f := agent.get(t, address).form(t, "/time")
		f.action += where
		return agent.submit(t, f, pairs...)
	}
	for range 2 {
		press(page, "/start", "activity", "analysis").says(t, 200, "Your timer runs.", "Stop the timer and enter its time")
	}
	other := ask(t, h, "jeanne", "Labels are printed twice", "type", "bug", "severity", "low")
	there := "/console/tickets/" + other + "/time"
	agent.get(t, there).says(t, 200, "Your timer runs on "+number)
	press(there, "/start").says(t, 409, "Your timer runs on "+number+". Stop it there first.")
	press(there, "/stop").says(t, 409, "Your timer runs on "+number+". Stop it there first.")
	agent.get(t, "/console/time").says(t, 200, "Your timer runs on "+number)
	press(page, "/stop", "discard", "1").says(t, 200, "Nothing was entered.", "Nobody has entered time")
	press(page, "/start", "activity", "analysis").says(t, 200, "Your timer runs.")
	execute(t, h, `update timers set started_at = started_at - interval '10 minutes'`)
	stop := agent.get(t, page).form(t, "/time")
	stop.action += "/stop"
	for range 2 {
		agent.submit(t, stop, "note", "Read it.").says(t, 200, "The time is entered.", "Analysis", "Read it.", "11 min in all")
	}
	press(page, "/stop").says(t, 409, "Your timer does not run any more.")
	execute(t, h, `update tickets set state = 'withdrawn'`)
	agent.get(t, page).says(t, 200, number+" was withdrawn: no time can be entered on it.")
}
