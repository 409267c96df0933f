package api_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// TestTime: what PRIM Logix's staff work on a ticket, by the API: what is wrong
// is named and keeps nothing, and what is right is read as it was entered.
func TestTime(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	registered := ask(t, h, h.Token(t, "primlogix", "super"), "POST", "/v1/tickets", map[string]any{
		"type": "problem", "severity": "normal", "title": "The schedule of a branch is empty", "body": "Since this morning.",
	})
	wants(t, "register", registered, 201, "")
	number, agent := registered.Text("number"), h.Token(t, "primlogix", "agent")
	refuse(t, h, agent, badTime("/v1/tickets/"+number+"/time-entries"))
	add := func(key string, more map[string]any) stack.Answer {
		body := map[string]any{"activity": "analysis", "minutes": 75, "billable": true, "note": "Read the log."}
		maps.Copy(body, more)
		return ask(t, h, agent, "POST", "/v1/tickets/"+number+"/time-entries", body, "Idempotency-Key", key)
	}
	first := add("one", nil)
	wants(t, "add", first, 201, "")
	if again := add("one", nil); again.Text("id") != first.Text("id") {
		t.Errorf("added twice: %s", again.Raw)
	}
	wants(t, "the key with another body", add("one", map[string]any{"minutes": 76}), 422, "")
	wants(t, "not billed", add("two", map[string]any{"billable": false, "reason": "goodwill"}), 201, "")
	undo := ask(t, h, agent, "POST", "/v1/time-entries/"+first.Text("id")+"/reversal", map[string]any{"reason": "Another ticket."})
	wants(t, "undo", undo, 201, "")
	wants(t, "undo twice", ask(t, h, agent, "POST", "/v1/time-entries/"+first.Text("id")+"/reversal", map[string]any{"reason": "Another ticket."}), 409, "time_reversed_before")
	page := ask(t, h, agent, "GET", "/v1/tickets/"+number+"/time-entries?limit=2", nil)
	rest := ask(t, h, agent, "GET", "/v1/tickets/"+number+"/time-entries?limit=2&cursor="+page.Text("next"), nil)
	if sums := fmt.Sprint(page.JSON["sums"]); sums != "[map[activity:analysis billable:false minutes:75 reason:goodwill]]" || len(rest.JSON["entries"].([]any)) != 1 { //nolint:forcetypeassert // the contract's
		t.Errorf("%s, then %s", page.Raw, rest.Raw)
	}
	started := ask(t, h, agent, "POST", "/v1/tickets/"+number+"/timer", map[string]any{"activity": "call"})
	if started.Text("timer", "ticket") != number || ask(t, h, agent, "GET", "/v1/timer", nil).Text("timer", "activity") != "call" {
		t.Errorf("started: %s", started.Raw)
	}
	stopped := ask(t, h, agent, "POST", "/v1/timer/stop", map[string]any{}, "Idempotency-Key", "stop")
	if again := ask(t, h, agent, "POST", "/v1/timer/stop", map[string]any{}, "Idempotency-Key", "stop"); stopped.Text("entry", "activity") != "call" || again.Text("entry", "id") != stopped.Text("entry", "id") {
		t.Errorf("stopped: %s, then %s", stopped.Raw, again.Raw)
	}
	if own := ask(t, h, agent, "GET", "/v1/me/time", nil); len(own.JSON["entries"].([]any)) != 4 { //nolint:forcetypeassert // the contract's
		t.Errorf("own: %s", own.Raw)
	}
	var audit []string
	for _, e := range entries(t, ask(t, h, h.Token(t, "primlogix", "admin"), "GET", "/v1/audit?limit=100", nil)) {
		if e.Text("object_name") == number && e.Text("actor", "name") == "Alex Agent" {
			audit = append(audit, e.Text("action"), e.Text("text"))
		}
	}
	entered, undone := "Alex Agent a saisi du temps sur "+number+".", "Alex Agent a annulé une saisie de temps sur "+number+"."
	if want := []string{"time_entered", entered, "reverseTimeEntry", undone, "addTimeEntry", entered, "addTimeEntry", entered}; !slices.Equal(audit, want) {
		t.Errorf("audit: %q", audit)
	}
}

func badTime(path string) []bad {
	of := func(name string, more map[string]any, fields map[string]string) bad {
		body := map[string]any{"activity": "mail", "minutes": 5}
		maps.Copy(body, more)
		return bad{name: name, method: "POST", path: path, body: body, status: 422, key: "fields_wrong", fields: fields}
	}
	tomorrow, before := time.Now().AddDate(0, 0, 2).Format(time.DateOnly), time.Now().AddDate(0, 0, -2).Format(time.DateOnly)
	return []bad{
		of("no minutes", map[string]any{"minutes": 0}, map[string]string{"minutes": "field_out_of_range"}),
		of("negative", map[string]any{"minutes": -5}, map[string]string{"minutes": "field_out_of_range"}),
		of("more than a day", map[string]any{"minutes": 1441}, map[string]string{"minutes": "field_out_of_range"}),
		of("absurd", map[string]any{"minutes": 1_000_000_000}, map[string]string{"minutes": "field_out_of_range"}),
		of("not whole", map[string]any{"minutes": 1.5}, map[string]string{"minutes": "field_wrong_type"}),
		of("as text", map[string]any{"minutes": "5"}, map[string]string{"minutes": "field_wrong_type"}),
		of("to come", map[string]any{"day": tomorrow}, map[string]string{"day": "date_too_far"}),
		of("before the ticket", map[string]any{"day": before}, map[string]string{"day": "time_too_early"}),
		of("no date", map[string]any{"day": "today"}, map[string]string{"day": "field_wrong_form"}),
		of("no such activity", map[string]any{"activity": "juggling"}, map[string]string{"activity": "field_not_a_choice"}),
		of("not billed, and not why", map[string]any{"billable": false}, map[string]string{"reason": "field_empty"}),
		of("no such reason", map[string]any{"reason": "because"}, map[string]string{"reason": "field_not_a_choice"}),
		of("several", map[string]any{"activity": "juggling", "day": tomorrow, "reason": "other"}, map[string]string{"activity": "field_not_a_choice", "day": "date_too_far", "note": "time_note_needed"}),
	}
}
