package assignment_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// TestTeamThatIsGone: the commit of a handover to a team the pack has no more is
// refused for good. Anything else would be tried again for ever, and the ticket
// could do nothing meanwhile.
func TestTeamThatIsGone(t *testing.T) {
	t.Parallel()
	row := store.Ticket{Team: "support"}
	err := assignment.Hand(t.Context(), nil, policy.Settings{Pack: &policy.Pack{}}, &row, "night", time.Now())
	if problem.CodeOf(err) != problem.Conflict || row.Team != "support" {
		t.Errorf("%v, and it is with %q", err, row.Team)
	}
}
