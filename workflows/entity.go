package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// entity drives one row from its beginning until nothing can happen to it any
// more: a ticket, a service request. It knows the row's snapshot S and waits for
// people's commands C (Updates) and for the earliest milestone (one timer);
// while it waits it writes no history. What a command does is a transition T,
// decided by the domain and committed by a local activity.
type entity[S, C, T any] struct {
	domain[S, C, T]
	row    S
	mutex  workflow.Mutex
	alarm  alarm
	pokes  workflow.ReceiveChannel
	known  bool // the row has been read
	moving bool // continuing as new: no new commands
}

// domain is what the driver asks of a kind of row.
type domain[S, C, T any] struct {
	id      string   // the workflow's
	actions []string // what people do: the names of the Updates

	version   func(S) int64
	seen      func(C) int64 // version of the row when the command was given
	decide    func(S, C, time.Time) (T, error)
	next      func(S) (action string, at time.Time, ok bool) // the earliest milestone
	ends      string                                         // the milestone at which nothing is committed: the life is over
	over      func(S, time.Time) bool
	milestone func(s S, action string, at time.Time) C // what System does when it is reached

	load   func(ctx workflow.Context, row *S) error
	commit func(ctx workflow.Context, t T) (row S, outcome ticket.Outcome, err error)
	forget func(ctx workflow.Context) bool         // on catching up: begin from an empty snapshot; nil: always
	again  func(ctx workflow.Context, row S) error // continue as new with what is known
}

// drive registers the handlers, reads the row unless it is known, and waits for
// what comes next until the row's life is over.
func (e *entity[S, C, T]) drive(ctx workflow.Context) error {
	if err := e.setup(ctx); err != nil {
		return err
	}
	return e.run(ctx)
}

func (e *entity[S, C, T]) setup(ctx workflow.Context) error {
	e.mutex = workflow.NewMutex(ctx)
	e.pokes = workflow.GetSignalChannel(ctx, PokeSignal)
	if err := workflow.SetQueryHandler(ctx, StateQuery, func() (S, error) { return e.row, nil }); err != nil {
		return fmt.Errorf("register query: %w", err)
	}
	for _, action := range e.actions {
		if err := workflow.SetUpdateHandlerWithOptions(ctx, action, e.act, workflow.UpdateHandlerOptions{
			Validator:   e.validate,
			Description: "what a person does: " + action,
		}); err != nil {
			return fmt.Errorf("register update %s: %w", action, err)
		}
	}
	if e.known {
		return nil
	}
	return e.catchUp(ctx)
}

// run waits for what comes next, as the procedure says, until the row's life is
// over.
func (e *entity[S, C, T]) run(ctx workflow.Context) error {
	for !e.done(ctx) {
		e.alarm.set(ctx, e.nextOf)
		err := workflow.Await(ctx, func() bool {
			_, due := e.due(ctx)
			return due || e.alarm.wakes(e.nextOf) || e.poked() || e.long(ctx) || e.done(ctx)
		})
		action, due := e.due(ctx)
		switch {
		case err != nil, e.done(ctx):
		case e.poked():
			err = e.locked(ctx, func() error { return e.catchUp(ctx) })
		case due:
			err = e.locked(ctx, func() error { return e.reach(ctx, action) })
		case e.long(ctx):
			return e.continueAsNew(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *entity[S, C, T]) nextOf() (action string, at time.Time, ok bool) { return e.next(e.row) }

// due is the milestone that is reached and has to be committed, if any.
func (e *entity[S, C, T]) due(ctx workflow.Context) (action string, due bool) {
	action, at, some := e.nextOf()
	return action, some && action != e.ends && !workflow.Now(ctx).Before(at)
}

// done says whether the workflow may end: nothing can happen to the row any
// more, and everything accepted is done, since a command accepted in time may
// outlast the end.
func (e *entity[S, C, T]) done(ctx workflow.Context) bool {
	return e.over(e.row, workflow.Now(ctx)) && workflow.AllHandlersFinished(ctx)
}

// validate is the Update validator: it refuses what the procedure does not
// allow before anything is written. It changes nothing.
func (e *entity[S, C, T]) validate(ctx workflow.Context, c C) error {
	switch {
	case e.moving:
		return activities.AsApplication(problem.NotKnownYet(nil))
	case !e.known || e.seen(c) > e.version(e.row):
		return nil // the handler reads the row and decides
	}
	_, err := e.decide(e.row, c, workflow.Now(ctx))
	return activities.AsApplication(err)
}

// act is the Update handler: one command, decided again under the lock, since
// another may have been accepted before this one changed anything.
func (e *entity[S, C, T]) act(ctx workflow.Context, c C) (version int64, err error) {
	if err := workflow.Await(ctx, func() bool { return e.known }); err != nil {
		return 0, err
	}
	err = e.locked(ctx, func() error {
		if e.seen(c) > e.version(e.row) {
			if err := e.catchUp(ctx); err != nil {
				return err
			}
		}
		return e.apply(ctx, c)
	})
	return e.version(e.row), err
}

// reach commits a milestone. One that no longer applies, because the row has
// moved on, is nothing.
func (e *entity[S, C, T]) reach(ctx workflow.Context, action string) error {
	_, at, _ := e.nextOf()
	err := e.apply(ctx, e.milestone(e.row, action, at))
	if code := codeOf(err); code == problem.Conflict || code == problem.Forbidden {
		err = nil
	}
	// A milestone that comes again, such as a reminder, is another instant.
	if still, due := e.due(ctx); err == nil && due && still == action {
		if _, now, _ := e.nextOf(); now.Equal(at) {
			// Row and code contradict each other. Trying again at once would fill
			// the history; a panic stops here, where operators see it.
			panic(fmt.Sprintf("%s of %s is committed and still due", action, e.id))
		}
	}
	return err
}

// apply decides and commits until the decision stands on the row as it is.
func (e *entity[S, C, T]) apply(ctx workflow.Context, c C) error {
	for {
		transition, err := e.decide(e.row, c, workflow.Now(ctx))
		if err != nil {
			return activities.AsApplication(err)
		}
		row, outcome, err := e.commit(ctx, transition)
		if err != nil {
			return err
		}
		e.row = row
		if outcome != ticket.Stale {
			return nil
		}
	}
}

// catchUp reads the row: somebody else may have moved it, or a commit of ours
// may have been forgotten by an engine killed at the wrong instant.
func (e *entity[S, C, T]) catchUp(ctx workflow.Context) error {
	for e.poked() {
		e.pokes.ReceiveAsync(nil)
	}
	var row S
	if e.known && e.forget != nil && !e.forget(ctx) {
		row = e.row
	}
	if err := e.load(ctx, &row); err != nil {
		return err
	}
	e.row, e.known = row, true
	return nil
}

func (e *entity[S, C, T]) poked() bool { return e.pokes.Len() > 0 }

func (e *entity[S, C, T]) long(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested()
}

func (e *entity[S, C, T]) locked(ctx workflow.Context, do func() error) error {
	if err := e.mutex.Lock(ctx); err != nil {
		return err
	}
	defer e.mutex.Unlock()
	return do()
}

// continueAsNew starts a fresh history with what is known, once everything
// accepted is finished and every poke is heard.
func (e *entity[S, C, T]) continueAsNew(ctx workflow.Context) error {
	e.moving = true
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return err
	}
	if e.poked() {
		if err := e.catchUp(ctx); err != nil {
			return err
		}
	}
	return e.again(ctx, e.row)
}
