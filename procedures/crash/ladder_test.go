package crash

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/ticket"
)

// hookedEscalations is hooked for what time does to an escalation.
type hookedEscalations struct {
	*activities.Escalations
	after func()
}

// CommitEscalation commits, then lets after happen.
func (a *hookedEscalations) CommitEscalation(ctx context.Context, t ladder.Transition) (activities.EscalationResult, error) {
	result, err := a.Escalations.CommitEscalation(ctx, t)
	if err == nil && result.Outcome == ticket.Applied {
		a.after()
	}
	return result, err
}

// complained is ADvendio with a manager on each rung, and a complaint about the
// support as a whole, of a contact who was at the counter on a working day.
func complained(t *testing.T, h *stack.House) {
	t.Helper()
	if err := demo.PublishTo(t.Context(), h.Desk, "advendio"); err != nil {
		t.Fatal(err)
	}
	ask := func(local, path string, body any) stack.Answer {
		t.Helper()
		a := h.Ask(t, h.Token(t, "advendio", local), "POST", path, body)
		if a.Status != 201 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	for code, local := range map[string]string{"success": "trainer", "coo": "billing", "ceo": "manager"} {
		who := h.Ask(t, h.Token(t, "advendio", local), "GET", "/v1/me", nil).Text("id")
		ask("admin", "/v1/teams", map[string]any{"name": code, "kind": "other", "code": code, "members": []string{who}})
	}
	number := ask("jeanne", "/v1/tickets", map[string]any{"type": "bug", "severity": "1", "title": "Nobody can sign in", "body": "Since today."}).Text("number")
	ask("jeanne", "/v1/escalations", map[string]any{"ticket": number, "reason": "Nobody answers."})
}

// climbed wants every rung told once, and each passed once, in order.
func climbed(t *testing.T, h *stack.House) {
	t.Helper()
	var steps string
	if err := h.Admin.QueryRowContext(t.Context(), `select string_agg(kind || ' ' || rung, ', ' order by version) from escalation_steps`).Scan(&steps); err != nil ||
		steps != "opened 1, told 1, passed 2, told 2, passed 3, told 3" {
		t.Errorf("it went %s, %v", steps, err)
	}
	told := map[string]int{}
	eventually(t, 3*time.Minute, "every mail is out", func() bool { return count(t, h, `select count(*) from outbox where state <> 'sent'`) == 0 })
	for _, m := range h.Mail.Messages() {
		if strings.Contains(m.Subject, "A complaint") {
			told[m.To[0]]++
		}
	}
	if fmt.Sprint(told) != "map[billing@advendio.example:1 manager@advendio.example:1 trainer@advendio.example:1]" {
		t.Errorf("told %v", told)
	}
}

// hurry lets nobody have acknowledged in time.
func hurry(t *testing.T, h *stack.House) {
	t.Helper()
	if _, err := h.Admin.ExecContext(t.Context(), `update escalations set pass_at = now() where pass_at is not null`); err != nil {
		t.Fatal(err)
	}
}

// A worker dies inside each commit of the ladder, before the engine hears of it;
// the next one goes on from the row.
func TestWorkerKilledOnEachRung(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true})
	child := suicidal(t, h)
	complained(t, h)
	for range 4 { // told, passed, told, passed
		died(t, child)
		hurry(t, h)
		child = suicidal(t, h)
	}
	died(t, child) // told on the last
	w := hookedWorker(h.Client.Engine(), h.Store, func() {})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	id := oneID(t, h, `select id from escalations`)
	eventually(t, 3*time.Minute, "its workflow knows where it is", func() bool {
		knows, err := rung(t, h, id)
		return err == nil && knows == 3
	})
	climbed(t, h)
}

// The engine dies inside each commit of the ladder, and comes back.
func TestEngineKilledOnEachRung(t *testing.T) {
	s := servers(t)
	h := s.NewHouse(t, stack.Parts{Relay: true})
	committed, killed := make(chan struct{}), make(chan struct{})
	w := hookedWorker(h.Client.Engine(), h.Store, func() {
		committed <- struct{}{}
		<-killed
	})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	complained(t, h)
	id := oneID(t, h, `select id from escalations`)
	for range 5 {
		select {
		case <-committed:
		case <-time.After(3 * time.Minute):
			t.Fatal("the ladder stands still")
		}
		if err := s.Temporal().Kill(); err != nil {
			t.Fatal(err)
		}
		hurry(t, h)
		killed <- struct{}{}
		if err := s.Temporal().Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		eventually(t, 3*time.Minute, "it is told to hurry", func() bool { return h.Client.PokeEscalation(t.Context(), id) == nil })
	}
	eventually(t, 3*time.Minute, "its workflow knows where it is", func() bool {
		knows, err := rung(t, h, id)
		return err == nil && knows == 3
	})
	climbed(t, h)
}
