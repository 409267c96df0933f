package desk_test

import (
	"context"
	"database/sql"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// timed is a house whose pack takes time for ten days back,
// with a clock the test moves, and a ticket of it.
type timed struct {
	*stack.House
	row  store.Ticket
	past atomic.Int64 // since a Thursday, 11:00 in Melbourne
}

func newTimed(t *testing.T) *timed {
	t.Helper()
	h := &timed{}
	h.House = stack.NewHouse(t, stack.Parts{Now: func() time.Time {
		return time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC).Add(time.Duration(h.past.Load()))
	}})
	pack := built(t, "posimente", "\nversions:\n", "\ntime: {past_days: 10}\n\nversions:\n")
	if err := h.Desk.PublishPack(t.Context(), vendorOf(t, h.House), pack, ""); err != nil {
		t.Fatal(err)
	}
	h.row = submit(t, h.House, "first")
	return h
}

func (h *timed) who(t *testing.T, local string) context.Context {
	t.Helper()
	return as(t, h.House, "posimente", local)
}

func (h *timed) set(t *testing.T, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("postgres", h.DB.Admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// now is the ticket as staff see it.
func (h *timed) now(t *testing.T) store.Ticket {
	t.Helper()
	v, err := h.Desk.Ticket(h.who(t, "agent"), h.row.Number)
	if err != nil {
		t.Fatal(err)
	}
	return v.Row
}

// wanted fails the test unless the error has that key: of its first field, or
// its own.
func wanted(t *testing.T, what string, err error, key string) {
	t.Helper()
	if keyOf(err) != key || key == "" && err != nil {
		t.Errorf("%s: %v, want %q", what, err, key)
	}
}

// TestTimeRefused: whatever is wrong with time is named, and nothing is kept.
func TestTimeRefused(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	h.past.Store(int64(24 * time.Hour)) // the ticket is a day old
	yes, no, other := true, false, uuid.New()
	for _, c := range []struct {
		field, key string
		change     func(*desk.TimeInput)
	}{
		{"minutes", "time_minutes", func(in *desk.TimeInput) { in.Minutes = nil }},
		{"minutes", "time_minutes", func(in *desk.TimeInput) { in.Minutes = new(0) }},
		{"minutes", "time_minutes", func(in *desk.TimeInput) { in.Minutes = new(-15) }},
		{"minutes", "time_minutes", func(in *desk.TimeInput) { in.Minutes = new(1441) }},
		{"minutes", "time_minutes", func(in *desk.TimeInput) { in.Minutes = new(1_000_000_000) }},
		{"activity", "field_not_a_choice", func(in *desk.TimeInput) { in.Activity = "" }},
		{"activity", "field_not_a_choice", func(in *desk.TimeInput) { in.Activity = "juggling" }},
		{"day", "date_unreadable", func(in *desk.TimeInput) { in.Day = "yesterday" }},
		{"day", "date_unreadable", func(in *desk.TimeInput) { in.Day = "2026-02-30" }},
		{"day", "date_too_far", func(in *desk.TimeInput) { in.Day = "2026-11-28" }},
		{"day", "date_too_far", func(in *desk.TimeInput) { in.Day = "9999-12-31" }},
		{"day", "time_too_early", func(in *desk.TimeInput) { in.Day = "2026-11-25" }},
		{"day", "time_too_early", func(in *desk.TimeInput) { in.Day = "0001-01-01" }},
		{"reason", "field_empty", func(in *desk.TimeInput) { in.Billable = &no }},
		{"reason", "field_not_a_choice", func(in *desk.TimeInput) { in.Reason = "because" }},
		{"reason", "time_reason_billed", func(in *desk.TimeInput) { in.Billable, in.Reason = &yes, "goodwill" }},
		{"note", "time_note_needed", func(in *desk.TimeInput) { in.Reason = "other" }},
		{"note", "field_too_long", func(in *desk.TimeInput) { in.Note = strings.Repeat("x", desk.TimeNoteMax+1) }},
		{"service_request_id", "time_work_unknown", func(in *desk.TimeInput) { in.ServiceRequestID = &other }},
		{"scope", "field_not_a_choice", func(in *desk.TimeInput) { in.Scope = "everything" }},
		{"authority_id", "authority_unknown", func(in *desk.TimeInput) { in.Scope, in.AuthorityID = ticket.ScopeReadOnly, &other }},
	} {
		in := desk.TimeInput{Activity: "mail", Minutes: new(15)}
		c.change(&in)
		_, err := h.Desk.AddTime(h.who(t, "agent"), "", h.row.Number, in)
		e, ok := problem.As(err)
		if !ok || e.Code != problem.Unprocessable || len(e.Fields) != 1 || e.Fields[0].Path != c.field || e.Fields[0].Key != c.key {
			t.Errorf("%s %s: %v %+v", c.field, c.key, err, e)
		}
	}
	in := desk.TimeInput{Activity: "mail", Minutes: new(15), PersonID: &other}
	_, err := h.Desk.AddTime(h.who(t, "agent"), "", h.row.Number, in)
	wanted(t, "an agent for somebody else", err, "time_not_yours")
	_, err = h.Desk.AddTime(h.who(t, "billing"), "", h.row.Number, in)
	wanted(t, "billing for nobody", err, "time_person_unknown")
	_, err = h.Desk.AddTime(h.who(t, "jeanne"), "", h.row.Number, desk.TimeInput{})
	wanted(t, "a customer", err, "not_your_role")
	v, err := h.Desk.TicketTime(h.who(t, "agent"), h.row.Number, "", 10)
	if err != nil || len(v.Entries)+len(v.Sums) > 0 || h.now(t).Version != h.row.Version {
		t.Errorf("something was kept: %+v, %v", v.Entries, err)
	}
}

// TestDayFull: nobody has more than 24 hours a day, on whatever tickets, also of
// several who enter them at once.
func TestDayFull(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	tickets := []store.Ticket{h.row, submit(t, h.House, "second")}
	ctx, done := h.who(t, "agent"), make(chan error)
	for i := range 4 {
		go func() {
			_, err := h.Desk.AddTime(ctx, "", tickets[i%2].Number, desk.TimeInput{Activity: "mail", Minutes: new(721)})
			done <- err
		}()
	}
	kept := 0
	for range 4 {
		if err := <-done; err == nil {
			kept++
		} else {
			wanted(t, "a full day", err, "time_day_full")
		}
	}
	if kept != 1 {
		t.Errorf("%d of 4 entries of more than half a day were kept", kept)
	}
	_, err := h.Desk.AddTime(ctx, "", h.row.Number, desk.TimeInput{Activity: "mail", Minutes: new(719)})
	wanted(t, "the rest of the day", err, "")
	_, err = h.Desk.AddTime(h.who(t, "agent2"), "", h.row.Number, desk.TimeInput{Activity: "mail", Minutes: new(1440)})
	wanted(t, "somebody else's day", err, "")
}

// TestReversalsNetOut: whatever is entered and undone in whatever order, a
// ticket's sum is that of the entries that stand, and nothing once all are
// undone.
func TestReversalsNetOut(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	agent, reasons := h.who(t, "agent"), append([]string{""}, desk.NotBilled...)
	undo := func(id uuid.UUID) error {
		_, err := h.Desk.ReverseTime(agent, "", id, "Entered twice.")
		return err
	}
	rapid.Check(t, func(r *rapid.T) {
		standing := map[uuid.UUID]int{}
		check := func() {
			sum := 0
			for _, n := range standing {
				sum += n
			}
			v, err := h.Desk.TicketTime(agent, h.row.Number, "", 1)
			if err != nil {
				r.Fatal(err)
			}
			for _, s := range v.Sums {
				sum -= s.Minutes
			}
			if sum != 0 {
				r.Fatalf("%d minutes too few", sum)
			}
		}
		for range rapid.IntRange(1, 5).Draw(r, "entries") {
			in := desk.TimeInput{
				Activity: rapid.SampledFrom([]string{"mail", "analysis"}).Draw(r, "activity"), Minutes: new(rapid.IntRange(1, 200).Draw(r, "minutes")),
				Reason: rapid.SampledFrom(reasons).Draw(r, "reason"), Note: "x",
			}
			e, err := h.Desk.AddTime(agent, "", h.row.Number, in)
			if err != nil {
				r.Fatal(err)
			}
			standing[e.ID] = e.Minutes
			if rapid.Bool().Draw(r, "undo") {
				if err := undo(e.ID); err != nil {
					r.Fatal(err)
				}
				delete(standing, e.ID)
			}
		}
		check()
		for id := range standing {
			if err := undo(id); err != nil {
				r.Fatal(err)
			}
			delete(standing, id)
		}
		check()
	})
}

// TestReverse: an entry is undone once, with a reason, by whoever may; the same
// key again is the same reversal.
func TestReverse(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	e, err := h.Desk.AddTime(h.who(t, "agent"), "one", h.row.Number, desk.TimeInput{Activity: "mail", Minutes: new(30)})
	if err != nil || e.Billable || e.Reason != "included" || e.Day.Format(time.DateOnly) != "2026-11-26" {
		t.Fatalf("%+v, %v", e, err)
	}
	same, err := h.Desk.AddTime(h.who(t, "agent"), "one", h.row.Number, desk.TimeInput{Activity: "mail", Minutes: new(30)})
	if err != nil || same.ID != e.ID {
		t.Errorf("entered twice: %v", err)
	}
	_, err = h.Desk.ReverseTime(h.who(t, "agent2"), "", e.ID, "Not mine.")
	wanted(t, "a colleague", err, "time_not_yours")
	_, err = h.Desk.ReverseTime(h.who(t, "jeanne"), "", e.ID, "Not mine.")
	wanted(t, "a customer", err, "not_found")
	_, err = h.Desk.ReverseTime(h.who(t, "agent"), "", e.ID, " ")
	wanted(t, "without a reason", err, "field_empty")
	undo, err := h.Desk.ReverseTime(h.who(t, "billing"), "two", e.ID, "Entered twice.")
	if err != nil || undo.Minutes != -30 || *undo.Reverses != e.ID || undo.PersonID != e.PersonID || undo.Note != "Entered twice." {
		t.Fatalf("%+v, %v", undo, err)
	}
	same, err = h.Desk.ReverseTime(h.who(t, "billing"), "two", e.ID, "Entered twice.")
	if err != nil || same.ID != undo.ID {
		t.Errorf("the same again: %v", err)
	}
	_, err = h.Desk.ReverseTime(h.who(t, "agent"), "", e.ID, "Once more.")
	wanted(t, "twice", err, "time_reversed_before")
	_, err = h.Desk.ReverseTime(h.who(t, "billing"), "", undo.ID, "Back.")
	wanted(t, "a reversal", err, "time_is_reversal")
}
