package ticket_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/ticket/tickettest"
)

// registered is a ticket registered at noon with any promise a vendor may
// make, warning and target in any order.
func registered(t *rapid.T) *tickettest.Row {
	minutes := rapid.IntRange(0, 600)
	s := ticket.Snapshot{ID: "t", Version: 1, State: ticket.Registered, Requester: requester, CloseOnAnswer: rapid.Bool().Draw(t, "closes")}
	if rapid.Bool().Draw(t, "promised") {
		for _, name := range ticket.Clocks {
			s.Clocks = append(s.Clocks, tickettest.Clock(name, in(time.Duration(minutes.Draw(t, "warn"))*time.Minute), in(time.Duration(minutes.Draw(t, "due"))*time.Minute)))
		}
	}
	row := tickettest.NewRow(s)
	row.AutoCloseDays = rapid.IntRange(0, 3).Draw(t, "auto close")
	row.ReopenDays = rapid.IntRange(0, 3).Draw(t, "reopen")
	return row
}

func anyCommand(t *rapid.T, key string) ticket.Command {
	return ticket.Command{
		Key:    key,
		Action: rapid.SampledFrom(ticket.HumanActions).Draw(t, "action"),
		Actor:  rapid.SampledFrom(actors[:5]).Draw(t, "actor"),
		Triage: &ticket.Triage{Assignee: assignee}, Assignee: colleague, Target: "other",
	}
}

// legal are the states a state may be followed by.
var legal = map[ticket.State][]ticket.State{
	ticket.Registered:         {ticket.Triaged, ticket.WaitingForCustomer, ticket.Withdrawn, ticket.Merged},
	ticket.Triaged:            {ticket.InProgress, ticket.WaitingForCustomer, ticket.Answered, ticket.Closed, ticket.Withdrawn, ticket.Merged},
	ticket.InProgress:         {ticket.WaitingForCustomer, ticket.Answered, ticket.Closed, ticket.Withdrawn, ticket.Merged},
	ticket.WaitingForCustomer: {ticket.Registered, ticket.Triaged, ticket.InProgress, ticket.Answered, ticket.Closed, ticket.Withdrawn, ticket.Merged},
	ticket.Answered:           {ticket.Closed, ticket.InProgress, ticket.Merged},
	ticket.Closed:             {ticket.InProgress},
	ticket.Merged:             {ticket.Registered, ticket.Triaged, ticket.InProgress, ticket.WaitingForCustomer, ticket.Answered},
}

func checkStep(t *rapid.T, before, after ticket.Snapshot, made ticket.Transition) {
	switch {
	case after.State != before.State && !slices.Contains(legal[before.State], after.State):
		t.Fatalf("%s led from %s to %s", made.Action, before.State, after.State)
	case after.Version != before.Version+1 || made.Expected != before.Version || made.From != before.State:
		t.Fatalf("%s: version %d after %d, decided on %d in %s", made.Action, after.Version, before.Version, made.Expected, made.From)
	case (after.State == ticket.WaitingForCustomer || after.MergedFrom == ticket.WaitingForCustomer) != (after.Waiting != "") || (after.Waiting != "") != (after.Resume != ""):
		t.Fatalf("%s: %s waits for %q and resumes %q", made.Action, after.State, after.Waiting, after.Resume)
	case (after.State == ticket.Merged) != (after.MergedFrom != "") || before.State == ticket.Merged && after.State != before.MergedFrom:
		t.Fatalf("%s: %s after %s, merged from %q", made.Action, after.State, before.State, before.MergedFrom)
	case made.Action == ticket.ActAnswer && before.State == ticket.Registered:
		t.Fatal("answered before triage")
	}
}

// pass lets time pass as the workflow does, milestone by milestone. What Next
// names is always allowed at its instant and later: else the workflow would
// spin.
func pass(t *rapid.T, row *tickettest.Row, now time.Time) {
	for {
		before := row.Load()
		action, at, ok := ticket.Next(before)
		if !ok || now.Before(at) {
			return
		}
		if action == ticket.ActEnd {
			if !ticket.Over(before, at) {
				t.Fatalf("the window ended at %v but %+v is not over", at, before)
			}
			return
		}
		command := ticket.Command{Key: fmt.Sprint(action, at), Action: action, Actor: ticket.Actor{Side: ticket.System}}
		for _, instant := range []time.Time{at, now} {
			if _, err := ticket.Decide(before, command, instant); err != nil {
				t.Fatalf("Next names %s at %v, Decide refuses it at %v: %v", action, at, instant, err)
			}
		}
		made, err := ticket.Decide(before, command, now)
		if err != nil {
			t.Fatal(err)
		}
		if made.Late != (now.Sub(at) > time.Minute) {
			t.Fatalf("%s of %v at %v: late %v", action, at, now, made.Late)
		}
		if outcome, after := row.Commit(made); outcome != ticket.Applied {
			t.Fatalf("%s at %v: %s", action, at, outcome)
		} else {
			checkStep(t, before, after, made)
		}
	}
}

// Whatever people try and however time passes, a ticket stays within the
// procedure, its milestones are reached once, and nothing can be done once
// its life is over.
func TestAnyLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row, now := registered(t), noon
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "minutes")) * time.Minute)
			pass(t, row, now)
			before, command := row.Load(), anyCommand(t, fmt.Sprint("k", i))
			made, err := ticket.Decide(before, command, now)
			if err != nil {
				continue
			}
			if ticket.Over(before, now) {
				t.Fatalf("%s of a ticket whose life is over: %+v", command.Action, before)
			}
			if !slices.Contains(ticket.Possible(before, command.Actor), command.Action) {
				t.Fatalf("%s is decided but not possible: %+v", command.Action, before)
			}
			_, after := row.Commit(made)
			checkStep(t, before, after, made)
		}
		checkOnce(t, row)
	})
}

// checkOnce wants each milestone reached once at most; a ticket answered
// again may close by itself again.
func checkOnce(t *rapid.T, row *tickettest.Row) {
	for _, action := range []ticket.Action{ticket.ActAcknowledgeWarning, ticket.ActAcknowledgeBreach} {
		if n := row.Count(action); n > 1 {
			t.Fatalf("%s %d times", action, n)
		}
	}
	if closed, answered := row.Count(ticket.ActAutoClose), row.Count(ticket.ActAnswer); closed > answered {
		t.Fatalf("closed %d times by itself after %d answers", closed, answered)
	}
}
