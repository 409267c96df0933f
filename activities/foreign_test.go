package activities_test

import (
	"errors"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/ticket"
)

// TestAnotherVendorsTicket is abuse case B12: two vendors' tickets of the same
// serial number share the queue. Whatever names a vendor and another one's
// ticket, or another one's command, stops there for good and changes nothing.
func TestAnotherVendorsTicket(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	ours, theirs := newWorld(t, h, "interfacing"), newWorld(t, h, "posimente")
	our, their := ours.register(), theirs.register()
	if our.Number[len("IF"):] != their.Number[len("PX"):] {
		t.Fatalf("%s and %s are not alike", our.Number, their.Number)
	}
	command := ticket.Command{Key: ours.key(), Action: ticket.ActStart, Actor: ours.agents[0]}
	ours.receive(our, command)
	stops := func(what string, err error) {
		t.Helper()
		var failure *temporal.ApplicationError
		if !errors.As(err, &failure) || failure.Type() != string(problem.NotFound) || !failure.NonRetryable() {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := ours.acts.LoadTicket(t.Context(), activities.TicketRef{Vendor: our.Vendor, Ticket: their.ID})
	stops("their ticket is read", err)
	for what, transition := range map[string]ticket.Transition{
		"their ticket is changed":              {Command: command, Vendor: our.Vendor, Ticket: their.ID, Expected: their.Version, To: ticket.Closed, At: time.Now()},
		"our command changes theirs":           {Command: command, Vendor: their.Vendor, Ticket: their.ID, Expected: their.Version, To: ticket.Closed, At: time.Now()},
		"a milestone of ours is set on theirs": {Command: ticket.Command{Key: ours.key(), Action: ticket.ActAutoClose, Actor: ticket.Actor{Side: ticket.System}}, Vendor: our.Vendor, Ticket: their.ID, Expected: their.Version, To: ticket.Closed, At: time.Now()},
	} {
		_, err := ours.acts.CommitTransition(t.Context(), transition)
		stops(what, err)
	}
	for _, w := range []struct {
		*world
		before ticket.Snapshot
	}{{ours, our}, {theirs, their}} {
		after, err := w.acts.LoadTicket(t.Context(), activities.TicketRef{Vendor: w.before.Vendor, Ticket: w.before.ID})
		if err != nil || after.Version != w.before.Version || after.State != w.before.State {
			t.Errorf("%s is %+v, %v", w.before.Number, after, err)
		}
	}
}
