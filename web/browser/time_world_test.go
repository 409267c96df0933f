package browser_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// timed are two tickets of PRIM Logix: one with time, some of it undone, and a
// timer that runs, and one nobody has worked on.
func (w *world) timed(t testing.TB) {
	t.Helper()
	for name, title := range map[string]string{"timed": longTitle, "untimed": "The schedule of a branch is empty"} {
		v, err := w.Desk.Register(w.as(t, "primlogix/super"), uuid.NewString(), desk.Registration{
			Type: "problem", Severity: "normal", Title: title, Body: title, Channel: "portal",
		})
		if err != nil || v.Pending != nil {
			t.Fatalf("%s is not registered: %v", name, err)
		}
		w.mu.Lock()
		w.numbers[name] = v.Row.Number
		w.mu.Unlock()
	}
	agent, yes, number := w.as(t, "primlogix/agent"), true, w.at("{timed}")
	for i, in := range []desk.TimeInput{
		{Activity: "internal_meeting", Reason: "own_fault", Note: longWord},
		{Activity: "implementation", Billable: &yes, Note: "The report reads the new column."},
		{Activity: "call", Reason: "other", Note: "A colleague learns it."},
	} {
		minutes := 75 * (i + 1)
		in.Minutes = &minutes
		e, err := w.Desk.AddTime(agent, uuid.NewString(), number, in)
		if err == nil && i == 1 {
			_, err = w.Desk.ReverseTime(w.as(t, "primlogix/billing"), uuid.NewString(), e.ID, "It was another ticket: "+longWord)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Desk.StartTimer(w.as(t, "primlogix/agent2"), number, "analysis"); err != nil {
		t.Fatal(err)
	}
}

// refusedTime enters more minutes than a day has.
func refusedTime(_ *world, b *tab) {
	b.choose("#time-activity", "mail")
	b.fill("#time-minutes", "1440")
	b.fill("#time-note", "The whole day.")
	if status := b.load(b.click(button("/time"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("more than a day: %d", status)
	}
}
