package qa_test

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/ticket"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// matrix is the procedure of docs/paths/defect.md: where each action leads from
// each state, "-" where it is out of order.
const matrix = `
action          | open      | in_review | waiting_for_information | done      | cancelled
begin_review    | in_review | -         | -                       | -         | -
give_verdict    | -         | done      | -                       | -         | -
undo_verdict    | -         | -         | -                       | in_review | -
reassign_review | open      | in_review | waiting_for_information | -         | -
`

func cells(line string) (list []string) {
	for cell := range strings.SplitSeq(line, "|") {
		list = append(list, strings.TrimSpace(cell))
	}
	return list
}

func TestMatrix(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(matrix), "\n")
	states := cells(lines[0])[1:]
	until := noon.Add(time.Minute)
	for _, line := range lines[1:] {
		row := cells(line)
		for i, state := range states {
			s := qa.Snapshot{Number: "QA-2026-000001", Version: 3, State: qa.State(state), UndoUntil: &until}
			for _, side := range []ticket.Side{ticket.Staff, ticket.Customer, ticket.System} {
				c := qa.Command{Action: qa.Action(row[0]), Actor: ticket.Actor{ID: "p", Side: side}, Verdict: qa.Known}
				transition, err := qa.Decide(s, c, noon)
				got, want := string(transition.To), row[i+1]
				if err != nil {
					got = string(problem.CodeOf(err))
				}
				switch {
				case side != ticket.Staff:
					want = string(problem.Forbidden)
				case want == "-":
					want = string(problem.Conflict)
				}
				if got != want {
					t.Errorf("%s in %s by %s: %s, want %s", row[0], state, side, got, want)
				}
			}
		}
	}
}

// TestUndo: a verdict can be undone for a while, and its review's life lasts as
// long; one that can't be undone ends it at once.
func TestUndo(t *testing.T) {
	until := noon.Add(qa.UndoFor)
	s := qa.Snapshot{State: qa.Done, Verdict: qa.Known, UndoUntil: &until}
	undo := qa.Command{Action: qa.ActUndo, Actor: ticket.Actor{Side: ticket.Staff}}
	if _, err := qa.Decide(s, undo, until.Add(-time.Second)); err != nil {
		t.Errorf("in time: %v", err)
	}
	if e, ok := problem.As(decideError(s, undo, until)); !ok || e.Key != "verdict_stands" {
		t.Errorf("too late: %v", e)
	}
	if qa.Over(s, noon) || !qa.Over(s, until) {
		t.Error("its life is as long as it can be undone")
	}
	if action, at, ok := qa.Next(s); !ok || action != qa.ActEnd || !at.Equal(until) {
		t.Errorf("next: %s at %v", action, at)
	}
	s.UndoUntil = nil
	if _, _, ok := qa.Next(s); ok || !qa.Over(s, noon) {
		t.Error("what can't be undone is over")
	}
}

func decideError(s qa.Snapshot, c qa.Command, at time.Time) error {
	_, err := qa.Decide(s, c, at)
	return err
}
