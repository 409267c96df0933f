package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// alarm is an entity's one timer, set at its earliest milestone. The timer only
// wakes: whether the milestone is reached is read off the clock.
type alarm struct {
	action string
	at     time.Time
	timer  workflow.Future // nil: not running
	cancel workflow.CancelFunc
}

// set makes the timer run until the row's earliest milestone, which next finds.
// One that runs for the same milestone is left alone, and one whose milestone is
// gone is canceled, so that nothing is written into the history while waiting.
func (a *alarm) set(ctx workflow.Context, next func() (string, time.Time, bool)) {
	action, at, some := next()
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
		a.timer = workflow.NewTimerWithOptions(ctx, left, workflow.TimerOptions{Summary: action})
	}
}

// wakes says whether the alarm has gone off, or has to be set anew since the
// earliest milestone is another.
func (a *alarm) wakes(next func() (string, time.Time, bool)) bool {
	return a.timer != nil && a.timer.IsReady() || !a.fits(next())
}

func (a *alarm) fits(action string, at time.Time, _ bool) bool {
	return action == a.action && at.Equal(a.at)
}
