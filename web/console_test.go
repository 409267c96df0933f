package web_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// ask registers a request by the API and answers its number; its workflow is
// started.
func ask(t testing.TB, h *stack.House, local, title string, more ...any) string {
	t.Helper()
	body := map[string]any{"type": "bug", "severity": "medium", "title": title, "body": "It ends at page two of " + title + "."}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1] //nolint:forcetypeassert // the tests' own
	}
	a := h.Ask(t, h.Token(t, "interfacing", local), "POST", "/v1/tickets", body)
	if a.Status != 201 {
		t.Fatalf("register: %d %s", a.Status, a.Raw)
	}
	deliver(t, h)
	return a.Text("number")
}

// deliver sends everything that is due.
func deliver(t testing.TB, h *stack.House) {
	t.Helper()
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// state is where a ticket stands, as the API says.
func state(t testing.TB, h *stack.House, number string) string {
	t.Helper()
	return h.Ask(t, h.Token(t, "interfacing", "agent"), "GET", "/v1/tickets/"+number, nil).Text("state")
}

// TestQueue: the tabs, the groups, what a row says, the search, and the way to
// a ticket and back.
func TestQueue(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	agent := signedIn(t, h, "interfacing", "agent")
	agent.get(t, "/console").says(t, 200, "My tickets", "Nothing due.", "0 wait for customers.")
	agent.get(t, "/console?tab=unassigned").says(t, 200, "Every open ticket has somebody.")
	for who, place := range map[string]string{
		"agent": "/console", "qa": "/console/qa", "dev": "/console/dev", "product": "/console/features", "billing": "/console/service-requests?show=billing", "accounts": "/console/organizations",
	} {
		b := signedIn(t, h, "interfacing", who)
		if v := b.get(t, ""); v.path != "/interfacing"+place {
			t.Errorf("the work of %s is at %s", who, v.path)
		}
		if takes := strings.Contains(b.get(t, "/console").raw, "/take-next"); takes != (who == "agent") {
			t.Errorf("%s is offered to take the next ticket: %v", who, takes)
		}
	}
	late := ask(t, h, "jeanne", "Export stops at page two", "severity", "high")
	soon := ask(t, h, "super", "Labels are not printed")
	mine := ask(t, h, "jeanne", "Import takes the whole night")
	execute(t, h, `update tickets set clocks = jsonb_build_array(clocks -> 0 || jsonb_build_object('due_at', now() - interval '1 hour')),
		next_due_at = now() - interval '1 hour', promised_at = now() - interval '1 hour' where number = $1`, late)
	agent.submit(t, agent.get(t, "/console/tickets/"+mine).form(t, "/take"))
	agent.submit(t, agent.get(t, "/console/tickets/"+mine).form(t, "/ask-information"), "text", "Which file is it?")

	v := agent.get(t, "/console?tab=all")
	v.says(t, 200, "All open tickets", "Overdue", "First act of staff by", "No deadline", "Jeanne Martin answers", "Nobody has it yet",
		"Alex Agent", "Northern Utilities", "S1 · High")
	if order := slices.IndexFunc([]string{late, soon, mine}, func(n string) bool { return !strings.Contains(v.text(), n) }); order >= 0 {
		t.Errorf("a ticket is missing: %s", v.text())
	}
	if at := positions(v.text(), late, soon, mine); !slices.IsSorted(at) {
		t.Errorf("not by the next deadline: %v", at)
	}
	for tab, want := range map[string][]string{"mine": {mine}, "unassigned": {late, soon}, "all": {late, soon, mine}, "waiting": {mine}} {
		v := agent.get(t, "/console?tab="+tab)
		for _, number := range []string{late, soon, mine} {
			if shown := strings.Contains(v.text(), number); shown != slices.Contains(want, number) {
				t.Errorf("%s shows %s: %v", tab, number, shown)
			}
		}
		v.says(t, 200, "Mine 1", "Unassigned 2", "All 3", "Waiting for the customer 1")
	}

	agent.get(t, "/console?tab=all&q=LABELS+print").says(t, 200, soon)
	if v := agent.get(t, "/console?tab=all&q=labels+export"); strings.Contains(v.text(), soon) {
		t.Error("a ticket is found that has one word of two")
	}
	agent.get(t, "/console?q=no%25such_title").says(t, 200, "No open ticket has “no%such_title”")
	for _, text := range []string{soon, strings.ToLower(soon), strings.TrimLeft(soon[len(soon)-6:], "0")} {
		for _, page := range []string{"/console?q=", "/go?q="} {
			if v := agent.get(t, page+text); !strings.HasPrefix(v.path, "/interfacing/console/tickets/"+soon) {
				t.Errorf("%s%s opens %s", page, text, v.path)
			}
		}
	}
	agent.get(t, "/go?q=tri").says(t, 200, "Triage")
	agent.get(t, "/go?q=nowhere").says(t, 200, "no page called “nowhere”")
}

// TestQueueThereAndBack: from a ticket the neighbours in the queue are a step
// away, and so is the row it was opened from, also once its place has changed.
func TestQueueThereAndBack(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	agent := signedIn(t, h, "interfacing", "agent")
	var numbers []string
	for i := range 3 {
		numbers = append(numbers, ask(t, h, "jeanne", fmt.Sprintf("Export stops, case %d", i)))
	}
	row := agent.get(t, "/console?tab=unassigned").link(t, "Export stops, case 1")
	if v := agent.open(t, row); v.link(t, "Previous in the queue") == "" || v.link(t, "Next in the queue") == "" {
		t.Error("no neighbours")
	}
	v := agent.open(t, row)
	agent.open(t, v.link(t, "Previous in the queue")).says(t, 200, numbers[0])
	agent.open(t, v.link(t, "Next in the queue")).says(t, 200, numbers[2])
	if back := v.link(t, "Back to the queue"); back != "/interfacing/console?tab=unassigned#n-"+numbers[1] {
		t.Errorf("back is %s", back)
	}
	v = agent.submit(t, v.formWith(t, "/take?"))
	v.says(t, 200, "The ticket is yours.")
	agent.open(t, v.link(t, "Next in the queue")).says(t, 200, numbers[2])
	if v := agent.get(t, "/console/tickets/"+numbers[0]+"?from=unassigned&at=nonsense"); v.status != 200 {
		t.Errorf("a place that is none: %d", v.status)
	}
}

// TestTakeNext: two who ask at once get two tickets, the same form sent twice
// gives one, and nothing free is said.
func TestTakeNext(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	const takers = 4
	for i := range takers {
		ask(t, h, "jeanne", fmt.Sprintf("Export stops, case %d", i))
	}
	views := make(chan *view, 2*takers)
	var wg sync.WaitGroup
	for i := range takers {
		agent := signedIn(t, h, "interfacing", []string{"agent", "agent2", "manager", "manager"}[i])
		form := agent.get(t, "/console").form(t, "/take-next")
		for range 2 { // a double click
			wg.Go(func() { views <- agent.submit(t, form) })
		}
	}
	wg.Wait()
	close(views)
	got := map[string]int{}
	for v := range views {
		v.says(t, 200, "The ticket is yours.")
		got[v.first("h1")]++
	}
	if len(got) != takers {
		t.Errorf("%d takers got %v", takers, got)
	}
	for local, want := range map[string]int{"agent": 1, "agent2": 1, "manager": 2} {
		if n := count(t, h, `select count(*) from tickets t join people p on p.id = t.assignee_id where p.email = $1`, local+"@interfacing.example"); n != want {
			t.Errorf("%s has %d tickets, want %d", local, n, want)
		}
	}
	agent := signedIn(t, h, "interfacing", "agent")
	agent.submit(t, agent.get(t, "/console").form(t, "/take-next")).says(t, 200, "Nothing is free to take.")
}

// TestTakeFromUnderSomebody: who opens a free ticket and is too late is told,
// and takes nothing away.
func TestTakeFromUnderSomebody(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	number := ask(t, h, "jeanne", "Export stops at page two")
	agent, late := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "agent2")
	form := late.get(t, "/console/tickets/"+number).form(t, "/take")
	agent.submit(t, agent.get(t, "/console/tickets/"+number).form(t, "/take")).says(t, 200, "The ticket is yours.")
	late.submit(t, form).says(t, 409, "meanwhile", "Alex Agent")
}
