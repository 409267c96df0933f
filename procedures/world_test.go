package procedures

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/workflows"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

// tolerance is how far apart two readings of one virtual moment may be: the
// time that really passes between them, on a busy machine.
const tolerance = time.Minute

// near fails unless an instant is the one wanted or a little later. Mails have
// whole seconds.
func near(t *testing.T, what string, at, want time.Time) {
	t.Helper()
	if late := at.Sub(want); late <= -time.Second || late > tolerance {
		t.Errorf("%s at %s, want %s (%v later)", what, at.UTC().Format(time.RFC3339Nano), want.UTC().Format(time.RFC3339Nano), late)
	}
}

// justNow fails unless an instant is a little before now, never after.
func (w *World) justNow(what string, at time.Time) {
	w.T.Helper()
	if ago := w.Now().Sub(at); ago < 0 || ago > tolerance {
		w.T.Errorf("%s at %s, %v ago", what, at.UTC().Format(time.RFC3339Nano), ago)
	}
}

// mailed is the instant a mail says it was written.
func mailed(t *testing.T, m onebox.Caught) time.Time {
	t.Helper()
	at, err := m.Header.Date()
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Requests and decisions for the tests of the engine.
var (
	registration = client.Registration{Type: "bug", Severity: "medium", Title: "Export stops", Body: "It ends without a word."}
	triage       = client.Triage{Reason: "bug", Level: 1, Severity: "medium", Path: "answer"}
)

func TestWorld(t *testing.T) {
	from := time.Now().AddDate(0, 3, 0).Truncate(24 * time.Hour)
	w := NewWorldAt(t, from)
	near(t, "the beginning", w.Now(), from)
	w.Step("API, workflows and mails tell one time", func(t *testing.T) { oneTime(t, w) })
	w.Step("events keep the order of their instants across workflows", func(t *testing.T) { inOrder(t, w) })
}

// oneTime looks at a workflow started before time is skipped, and at one
// started after.
func oneTime(t *testing.T, w *World) {
	jeanne, agent := w.Person("interfacing", "jeanne"), w.Person("interfacing", "agent")
	first := made[client.TicketDetail](w)(jeanne.RegisterTicketWithResponse(t.Context(), nil, registration))
	w.justNow("registration at the beginning", first.RegisteredAt)

	before := w.Now()
	w.Advance(26 * time.Hour)
	near(t, "the end of the advance", w.Now(), before.Add(26*time.Hour))
	second := made[client.TicketDetail](w)(jeanne.RegisterTicketWithResponse(t.Context(), nil, registration))
	w.justNow("registration after an advance", second.RegisteredAt)
	near(t, "its receipt", mailed(t, jeanne.latest()), second.RegisteredAt)
	for _, ticket := range []client.TicketDetail{first, second} {
		triaged := w.ticketOf(agent.TriageTicketWithResponse(t.Context(), ticket.Number, nil, triage))
		w.justNow("triage", *triaged.AcknowledgedAt)
		w.ticketOf(agent.AskInformationWithResponse(t.Context(), ticket.Number, nil, client.Message{Text: "Where?"}))
		asked := happened(w, agent, ticket.Number, "ask_information")
		w.justNow("question", asked[0].At)
		near(t, "its mail", mailed(t, jeanne.latest()), asked[0].At)
	}
	w.Advance(40 * 24 * time.Hour)
	for _, id := range w.Started() {
		w.justNow(id, w.Describe(id).GetWorkflowExtendedInfo().GetTimeSkippingInfo().GetCurrentTime().AsTime())
	}
}

// inOrder has two tickets close by themselves: what is answered later closes
// earlier where the vendor's patience is shorter.
func inOrder(t *testing.T, w *World) {
	answered := func(vendor string, form client.Registration, reason string) client.TicketDetail {
		jeanne, agent := w.Person(vendor, "jeanne"), w.Person(vendor, "agent")
		ticket := made[client.TicketDetail](w)(jeanne.RegisterTicketWithResponse(t.Context(), nil, form))
		w.ticketOf(agent.TriageTicketWithResponse(t.Context(), ticket.Number, nil,
			client.Triage{Reason: reason, Level: 1, Severity: form.Severity, Path: "answer"}))
		return w.ticketOf(agent.AnswerTicketWithResponse(t.Context(), ticket.Number, nil, client.Message{Text: "A setting."}))
	}
	form := registration
	form.Severity = "2"
	tenDays := answered("advendio", form, "bug")
	w.Advance(24 * time.Hour)
	form.Type, form.Severity = "incident", "high"
	sevenDays := answered("athento", form, "incident")
	before := len(w.Mail.Messages())
	w.Advance(20 * 24 * time.Hour)

	closings := w.Mail.Messages()[before:] // in the order in which they arrived
	if len(closings) != 2 {
		t.Fatalf("%d mails, want the two closings", len(closings))
	}
	for i, want := range []struct {
		ticket client.TicketDetail
		days   int
	}{{sevenDays, 7}, {tenDays, 10}} {
		if !strings.Contains(closings[i].Subject, want.ticket.Number) {
			t.Errorf("closing %d is %q, want %s", i+1, closings[i].Subject, want.ticket.Number)
		}
		near(t, "closing of "+want.ticket.Number, mailed(t, closings[i]), want.ticket.AnsweredAt.AddDate(0, 0, want.days))
	}
}

// happened is the events of these kinds in a ticket's history, as one reader
// sees it.
func happened(w *World, reader *Person, number string, kinds ...string) (list []client.Event) {
	w.T.Helper()
	for _, e := range got[client.EventPage](w)(reader.GetHistoryWithResponse(w.T.Context(), number, nil)).Events {
		if slices.Contains(kinds, e.Kind) {
			list = append(list, e)
		}
	}
	return list
}

// history is the kinds of everything that happened to a ticket.
func history(w *World, reader *Person, number string) (kinds []string) {
	w.T.Helper()
	for _, e := range got[client.EventPage](w)(reader.GetHistoryWithResponse(w.T.Context(), number, nil)).Events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

// ended says whether a ticket's workflow has completed.
func ended(w *World, ticket client.TicketDetail) bool {
	w.T.Helper()
	status := w.Describe(workflows.TicketID(ticket.Id.String())).GetWorkflowExecutionInfo().GetStatus()
	return status == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
}
