package web

import (
	"slices"
	"time"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// step is one step of the path picture.
type step struct {
	Key   string // of its words
	State string // done, now or next
	At    *time.Time
	Loops []loop // what happened under it, in words
}

// loop is a turn back or a wait under a step.
type loop struct {
	Key string
	At  time.Time
}

// answerPath are the steps of level 1, in order (docs/paths/answer.md).
var answerPath = []ticket.State{ticket.Registered, ticket.Triaged, ticket.InProgress, ticket.Answered, ticket.Closed}

// pathOf draws a ticket's path: what is done and since when, where it is, and
// what comes. A wait or a reopening is words under its step.
func pathOf(t store.Ticket, events []store.Event) []step {
	at := t.State
	if at == ticket.WaitingForCustomer {
		at = ticket.State(t.Resume)
	}
	if at == ticket.WaitingInside { // for the work that hangs on it
		at = ticket.InProgress
	}
	ended := t.State == ticket.Withdrawn || t.State == ticket.Merged
	index := 0
	for i, s := range answerPath {
		if s == at {
			index = i
		}
	}
	steps := make([]step, 0, len(answerPath))
	reached, loops := milestones(events)
	for i, s := range answerPath {
		one := step{Key: "step_" + string(s), State: "next", At: reached[s], Loops: loops[s]}
		if ended {
			if one.At == nil {
				continue // what was never reached never will be
			}
			one.State = "done"
		} else if i < index || t.State == ticket.Closed && i < len(answerPath)-1 {
			one.State = "done"
		} else if i == index {
			one.State = "now"
		}
		if one.State == "next" {
			one.At = nil
		}
		steps = append(steps, one)
	}
	if ended {
		steps = append(steps, step{Key: "step_" + string(t.State), State: "now", At: &t.UpdatedAt})
	}
	return steps
}

// The words of the steps that the paths of development and of suggestions have beyond level 1.
const (
	reviewStep   = "step_review"
	evaluateStep = "step_evaluate"
	featureStep  = "step_feature"
	replyStep    = "step_reply"
	planStep     = "step_plan"
	shipStep     = "step_ship"
)

// pathWith is the path of a ticket that quality assurance has reviewed, or
// development evaluates, or product management decides on: that is where others are
// worked on, and what it waits for of development goes on after it is closed
// (docs/paths/defect.md, docs/paths/development-request.md,
// docs/paths/feature-request.md).
func pathWith(steps []step, v ticketView) []step {
	if paid := v.Paid(); paid != nil && paid.Ending != service.PathChanged {
		if !paid.State.Ended() {
			return chainPath(*paid, v.Events)
		}
		return afterChain(chainPath(*paid, v.Events), steps)
	}
	work, developed := map[string]string{"defect": reviewStep, "development_request": evaluateStep, "feature_request": featureStep}[v.Row.Path]
	if !developed {
		return steps
	}
	for i := range steps {
		if steps[i].Key != "step_in_progress" {
			continue
		}
		steps[i].Key = work
		if now := &steps[i]; now.State == "now" && !waitsInside(v.Row) { // that is decided: its answer is support's
			now.State = "done"
			steps = slices.Insert(steps, i+1, step{Key: replyStep, State: "now", At: &v.Since})
		}
		break
	}
	if len(v.Devs) == 0 || v.Devs[0].State == devticket.Refused {
		return steps
	}
	plan, ship := step{Key: planStep, State: "next"}, step{Key: shipStep, State: "next"}
	dev := v.Devs[0]
	if v.Row.State == ticket.Closed && dev.Target != "" {
		for i := range steps {
			steps[i].State = "done"
		}
		plan.State, plan.At = "now", lastOf(v.Events, "dev_planned", "dev_slipped")
		if dev.State.Delivered() {
			plan.State, ship.State, ship.At = "done", "now", dev.ShippedAt
		}
	}
	return append(steps, plan, ship)
}

// afterChain is the paid chain that has ended, and how its ticket goes on: it is
// answered and closed, as any other one.
func afterChain(chain, steps []step) []step {
	for i := range chain {
		if chain[i].State == "now" {
			chain[i].State = "done"
		}
	}
	for i, s := range steps {
		if s.State == "done" {
			continue
		}
		if s.Key == "step_in_progress" {
			steps[i].Key = replyStep
		}
		return append(chain, steps[i:]...)
	}
	return chain
}

// waitsInside says whether a ticket waits for the work that hangs on it, or will
// again when its customer has answered.
func waitsInside(t store.Ticket) bool {
	return t.State == ticket.WaitingInside || t.State == ticket.WaitingForCustomer && t.Resume == string(ticket.WaitingInside)
}

// lastOf is when something of these kinds happened last; nil for never.
func lastOf(events []store.Event, kinds ...string) (at *time.Time) {
	for i := range events {
		if slices.Contains(kinds, events[i].Kind) {
			at = &events[i].At
		}
	}
	return at
}

// milestones are when each step was first reached, and what was turned back
// under it.
func milestones(events []store.Event) (reached map[ticket.State]*time.Time, loops map[ticket.State][]loop) {
	reached, loops = map[ticket.State]*time.Time{}, map[ticket.State][]loop{}
	here := ticket.Registered
	for i := range events {
		e := &events[i]
		to := ticket.State(field(e.Data, "to"))
		if to == ticket.WaitingInside {
			to = ticket.InProgress
		}
		if e.Kind == string(ticket.ActTriage) && reached[ticket.Triaged] == nil {
			reached[ticket.Triaged] = &e.At // straight to its work, perhaps
		}
		switch {
		case e.Kind == string(ticket.ActAskInformation):
			loops[here] = append(loops[here], loop{"loop_asked", e.At})
			continue
		case e.Kind == "escalated":
			loops[here] = append(loops[here], loop{"loop_escalated", e.At})
		case e.Kind == string(ticket.ActReopen):
			loops[ticket.InProgress] = append(loops[ticket.InProgress], loop{"loop_reopened", e.At})
		}
		if to != "" && to != ticket.WaitingForCustomer {
			here = to
			if reached[to] == nil {
				reached[to] = &e.At
			}
			if to == ticket.Closed && reached[ticket.Answered] == nil {
				reached[ticket.Answered] = &e.At // the answer closed it
			}
		}
	}
	return reached, loops
}
