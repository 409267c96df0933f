package workflows_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

func mergedInto(target string) ticket.Command {
	c := by(colleague, ticket.ActMerge)
	c.Target = target
	return c
}

// TestMergedWaits: the workflow of a merged ticket is there while the merge can
// be undone, and writes nothing meanwhile; then it ends.
func TestMergedWaits(t *testing.T) {
	l := newLife(t, registered())
	l.give(time.Hour, mergedInto("other"))
	late := l.give(2*time.Hour, by(colleague, ticket.ActReassign))
	l.whole(time.Hour + 14*day)
	l.wantMade(ticket.ActMerge)
	if refusal := l.wantRejected(late, problem.Conflict); refusal.Key != ticket.MergedElsewhere {
		t.Errorf("refused with %s", refusal.Key)
	}
}

// TestUnmergedGoesOn: what a merge has ended goes on; the time it was merged is
// none of its clocks'.
func TestUnmergedGoesOn(t *testing.T) {
	l := newLife(t, registered())
	l.give(time.Hour, mergedInto("other"))
	l.give(10*time.Hour, by(colleague, ticket.ActUnmerge)) // the clock had been due at four
	l.give(20*time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(20 * time.Hour)
	l.wantMade(ticket.ActMerge, ticket.ActUnmerge, ticket.ActAcknowledgeWarning, ticket.ActAcknowledgeBreach, ticket.ActWithdraw)
	if k := l.row.Load().Clocks[0]; !k.BreachedAt.Equal(*in(13 * time.Hour)) {
		t.Errorf("missed at %s", k.BreachedAt)
	}
}
