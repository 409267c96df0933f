package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/ticket"
)

// alarm is a ticket's one timer, set at its earliest milestone. The timer only
// wakes: whether the milestone is reached is read off the clock.
type alarm struct {
	action ticket.Action
	at     time.Time
	timer  workflow.Future // nil: not running
	cancel workflow.CancelFunc
}

// set makes the timer run until the row's earliest milestone. One that runs
// for the same milestone is left alone, and one whose milestone is gone is
// canceled, so that a ticket writes no history while it waits.
func (a *alarm) set(ctx workflow.Context, row ticket.Snapshot) {
	action, at, some := ticket.Next(row)
	if a.timer != nil && a.fits(action, at, some) && !a.timer.IsReady() {
		return
	}
	if a.timer != nil {
		a.cancel()
		a.timer = nil
	}
	a.action, a.at = action, at
	if left := at.Sub(workflow.Now(ctx)); some && left > 0 {
		ctx, a.cancel = workflow.WithCancel(ctx)
		a.timer = workflow.NewTimerWithOptions(ctx, left, workflow.TimerOptions{Summary: string(action)})
	}
}

// wakes says whether the alarm has gone off, or has to be set anew since the
// earliest milestone is another.
func (a *alarm) wakes(row ticket.Snapshot) bool {
	return a.timer != nil && a.timer.IsReady() || !a.fits(ticket.Next(row))
}

func (a *alarm) fits(action ticket.Action, at time.Time, _ bool) bool {
	return action == a.action && at.Equal(a.at)
}
