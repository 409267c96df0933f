package collaboration_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/collaboration"
	"github.com/casepath/casepath/problem"
)

// TestDecide: an open question is answered, taken back or reminded of, once, and
// one that has ended is left alone.
func TestDecide(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		state  collaboration.State
		remind *time.Time
		action collaboration.Action
		to     collaboration.State // "": refused
	}{
		{"answered", collaboration.Open, &at, collaboration.ActAnswer, collaboration.Answered},
		{"taken back", collaboration.Open, &at, collaboration.ActTakeBack, collaboration.TakenBack},
		{"reminded of", collaboration.Open, &at, collaboration.ActRemind, collaboration.Open},
		{"answered after the reminder", collaboration.Open, nil, collaboration.ActAnswer, collaboration.Answered},
		{"reminded of twice", collaboration.Open, nil, collaboration.ActRemind, ""},
		{"answered twice", collaboration.Answered, nil, collaboration.ActAnswer, ""},
		{"taken back once answered", collaboration.Answered, nil, collaboration.ActTakeBack, ""},
		{"reminded of once taken back", collaboration.TakenBack, &at, collaboration.ActRemind, ""},
	} {
		s := collaboration.Snapshot{ID: "q", Version: 7, State: c.state, RemindAt: c.remind}
		got, err := collaboration.Decide(s, collaboration.Command{Action: c.action}, at)
		switch {
		case c.to == "" && problem.CodeOf(err) != problem.Conflict:
			t.Errorf("%s: %v, want a conflict", c.name, err)
		case c.to != "" && (err != nil || got.To != c.to || got.Expected != 7):
			t.Errorf("%s: %+v %v, want %s", c.name, got, err, c.to)
		}
	}
	if _, err := collaboration.Decide(collaboration.Snapshot{}, collaboration.Command{Action: "x"}, at); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("an unknown action: %v", err)
	}
}

// TestNext: time reminds once, and has nothing more to do then.
func TestNext(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	open := collaboration.Snapshot{State: collaboration.Open, RemindAt: &at}
	if action, when, ok := collaboration.Next(open); !ok || action != collaboration.ActRemind || !when.Equal(at) || collaboration.Over(open) {
		t.Errorf("open: %s at %v, %v", action, when, ok)
	}
	for _, s := range []collaboration.Snapshot{{State: collaboration.Open}, {State: collaboration.Answered, RemindAt: &at}} {
		if _, _, ok := collaboration.Next(s); ok || !collaboration.Over(s) {
			t.Errorf("%+v: time still does something", s)
		}
	}
}
