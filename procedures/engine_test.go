package procedures

import (
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/workflows"
)

// actions are the events that count as an action of the engine: what a life
// costs, on Temporal's bill or in the database.
var actions = map[enums.EventType]string{
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:          "start",
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:  "update",
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:         "signal",
	enums.EVENT_TYPE_TIMER_STARTED:                       "timer",
	enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:             "activity",
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "continue as new",
}

// skipping are the events that only the skipping of time writes: outside of
// tests there are none.
var skipping = map[enums.EventType]bool{
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED:            true,
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED: true,
}

// written is a history less what the skipping wrote.
func written(events []*historypb.HistoryEvent) (own []*historypb.HistoryEvent) {
	for _, e := range events {
		if !skipping[e.GetEventType()] {
			own = append(own, e)
		}
	}
	return own
}

// A level 1 life (register, triage, answer, close, end of the reopen window)
// costs at most six actions of the engine.
func TestLevelOneCostsSixActions(t *testing.T) {
	w := NewWorld(t)
	jeanne, agent := w.Person("interfacing", "jeanne"), w.Person("interfacing", "agent")
	ticket := made[client.TicketDetail](w)(jeanne.RegisterTicketWithResponse(t.Context(), nil, registration))
	w.Advance(time.Hour)
	w.ticketOf(agent.TriageTicketWithResponse(t.Context(), ticket.Number, nil, triage))
	w.Advance(20 * time.Hour)
	w.ticketOf(agent.AnswerTicketWithResponse(t.Context(), ticket.Number, nil, client.Message{Text: "A setting."}))
	w.Advance(48 * time.Hour)
	w.ticketOf(agent.CloseTicketWithResponse(t.Context(), ticket.Number, nil))
	w.Advance(15 * 24 * time.Hour)
	if !ended(w, ticket) {
		t.Fatal("the workflow has not completed")
	}
	count, total := map[string]int{}, 0
	events := written(w.Events(workflows.TicketID(ticket.Id.String())))
	for _, e := range events {
		if name, counts := actions[e.GetEventType()]; counts {
			count[name]++
			total++
		}
	}
	t.Logf("%d actions %v, %d events", total, count, len(events))
	if total > 6 || count["start"] != 1 || count["update"] != 3 {
		t.Errorf("%d actions %v, want at most 6: one start, three updates, two timers", total, count)
	}
}
