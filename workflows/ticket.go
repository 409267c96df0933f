package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// Ticket drives one ticket from registration until nothing can happen to it
// any more. It knows the row's snapshot and waits for people (Updates) and for
// the earliest milestone (one timer); while it waits it writes no history.
func Ticket(ctx workflow.Context, in TicketInput) error {
	t := newTicket(in)
	if err := t.setup(ctx); err != nil {
		return err
	}
	return t.run(ctx)
}

type ticketRun struct {
	in     TicketInput
	row    ticket.Snapshot
	mutex  workflow.Mutex
	alarm  alarm
	pokes  workflow.ReceiveChannel
	known  bool // the row has been read
	moving bool // continuing as new: no new commands
}

func newTicket(in TicketInput) *ticketRun {
	t := &ticketRun{in: in}
	if in.Row != nil {
		t.row, t.known = *in.Row, true
	}
	return t
}

// setup registers the handlers, then reads the row.
func (t *ticketRun) setup(ctx workflow.Context) error {
	t.mutex = workflow.NewMutex(ctx)
	t.pokes = workflow.GetSignalChannel(ctx, PokeSignal)
	if err := workflow.SetQueryHandler(ctx, StateQuery, func() (ticket.Snapshot, error) { return t.row, nil }); err != nil {
		return fmt.Errorf("register query: %w", err)
	}
	for _, action := range ticket.HumanActions {
		if err := workflow.SetUpdateHandlerWithOptions(ctx, string(action), t.act, workflow.UpdateHandlerOptions{
			Validator:   t.validate,
			Description: "what a person does: " + string(action),
		}); err != nil {
			return fmt.Errorf("register update %s: %w", action, err)
		}
	}
	if t.known {
		return nil
	}
	return t.catchUp(ctx)
}

// run waits for what comes next, as the procedure says, until the ticket's
// life is over.
func (t *ticketRun) run(ctx workflow.Context) error {
	for !t.over(ctx) {
		t.alarm.set(ctx, t.row)
		err := workflow.Await(ctx, func() bool {
			_, due := t.due(ctx)
			return due || t.alarm.wakes(t.row) || t.poked() || t.long(ctx) || t.over(ctx)
		})
		action, due := t.due(ctx)
		switch {
		case err != nil, t.over(ctx):
		case t.poked():
			err = t.locked(ctx, func() error { return t.catchUp(ctx) })
		case due:
			err = t.locked(ctx, func() error { return t.reach(ctx, action) })
		case t.long(ctx):
			return t.continueAsNew(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// due is the milestone that is reached and has to be committed, if any.
func (t *ticketRun) due(ctx workflow.Context) (action ticket.Action, due bool) {
	action, at, some := ticket.Next(t.row)
	return action, some && action != ticket.ActEnd && !workflow.Now(ctx).Before(at)
}

// over says whether the workflow may end: nothing can happen to the ticket any
// more, and everything accepted is done, since a reopening accepted in time
// may outlast the window.
func (t *ticketRun) over(ctx workflow.Context) bool {
	return ticket.Over(t.row, workflow.Now(ctx)) && workflow.AllHandlersFinished(ctx)
}

// validate is the Update validator: it refuses what the procedure does not
// allow before anything is written. It changes nothing.
func (t *ticketRun) validate(ctx workflow.Context, c ticket.Command) error {
	switch {
	case t.moving:
		return activities.AsApplication(problem.NotKnownYet(nil))
	case !t.known || c.Seen > t.row.Version:
		return nil // the handler reads the row and decides
	}
	_, err := ticket.Decide(t.row, c, workflow.Now(ctx))
	return activities.AsApplication(err)
}

// act is the Update handler: one command, decided again under the lock, since
// another may have been accepted before this one changed anything.
func (t *ticketRun) act(ctx workflow.Context, c ticket.Command) (version int64, err error) {
	if err := workflow.Await(ctx, func() bool { return t.known }); err != nil {
		return 0, err
	}
	err = t.locked(ctx, func() error {
		if c.Seen > t.row.Version {
			if err := t.catchUp(ctx); err != nil {
				return err
			}
		}
		return t.commit(ctx, c)
	})
	return t.row.Version, err
}

// reach commits a milestone. One that no longer applies, because the row has
// moved on, is nothing.
func (t *ticketRun) reach(ctx workflow.Context, action ticket.Action) error {
	_, at, _ := ticket.Next(t.row)
	key := milestoneKey(t.row.ID, action, at)
	err := t.commit(ctx, ticket.Command{Key: key, Action: action, Actor: ticket.Actor{Side: ticket.System}})
	if code := codeOf(err); code == problem.Conflict || code == problem.Forbidden {
		err = nil
	}
	if still, due := t.due(ctx); err == nil && due && still == action {
		// Row and code contradict each other. Trying again at once would fill
		// the history; a panic stops here, where operators see it.
		panic(fmt.Sprintf("%s of %s is committed and still due", action, TicketID(t.row.ID)))
	}
	return err
}

// commit decides and commits until the decision stands on the row as it is.
func (t *ticketRun) commit(ctx workflow.Context, c ticket.Command) error {
	for {
		transition, err := ticket.Decide(t.row, c, workflow.Now(ctx))
		if err != nil {
			return activities.AsApplication(err)
		}
		var result activities.CommitResult
		if err := workflow.ExecuteLocalActivity(commit(ctx), acts.CommitTransition, transition).Get(ctx, &result); err != nil {
			return err
		}
		t.row = result.Row
		if result.Outcome != ticket.Stale {
			return nil
		}
	}
}

// catchUp reads the row: somebody else may have moved it, or a commit of ours
// may have been forgotten by an engine killed at the wrong instant.
func (t *ticketRun) catchUp(ctx workflow.Context) error {
	for t.poked() {
		t.pokes.ReceiveAsync(nil)
	}
	ref := activities.TicketRef{Vendor: t.in.Vendor, Ticket: t.in.Ticket}
	var row ticket.Snapshot
	if t.known && workflow.GetVersion(ctx, "a poke forgets", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		row = t.row // histories begun before kept what the row has no more: absent fields leave it standing
	}
	if err := workflow.ExecuteLocalActivity(ask(ctx), acts.LoadTicket, ref).Get(ctx, &row); err != nil {
		return err
	}
	t.row, t.known = row, true
	return nil
}

func (t *ticketRun) poked() bool { return t.pokes.Len() > 0 }

func (t *ticketRun) long(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested()
}

func (t *ticketRun) locked(ctx workflow.Context, do func() error) error {
	if err := t.mutex.Lock(ctx); err != nil {
		return err
	}
	defer t.mutex.Unlock()
	return do()
}

// continueAsNew starts a fresh history with what is known, once everything
// accepted is finished and every poke is heard.
func (t *ticketRun) continueAsNew(ctx workflow.Context) error {
	t.moving = true
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	if t.poked() {
		if err := t.catchUp(ctx); err != nil {
			return err
		}
	}
	return workflow.NewContinueAsNewError(ctx, TicketWorkflow, TicketInput{Vendor: t.in.Vendor, Ticket: t.in.Ticket, Row: &t.row})
}
