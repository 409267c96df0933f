// Package tickettest gives tests a ticket's row in memory. It keeps the
// contract of store.Commit and of what package activities writes; a test in
// activities holds it to that on a real database.
package tickettest

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/ticket"
)

// Row is one ticket's row. The zero Days mean never and not at all, as in a
// vendor's settings.
type Row struct {
	AutoCloseDays int
	ReopenDays    int

	mu   sync.Mutex
	row  ticket.Snapshot
	at   time.Time // when it was merged
	runs []string  // the clocks that ran then
	used map[string]bool
	made []ticket.Transition
}

// NewRow is a row as it is registered, or later.
func NewRow(s ticket.Snapshot) *Row { return &Row{row: s, used: map[string]bool{}} }

// Clock is a ticket's clock with these instants.
func Clock(name string, warn, due *time.Time) ticket.Clock {
	return ticket.Clock{Name: name, WarnAt: warn, DueAt: due}
}

// Load reads the row.
func (r *Row) Load() ticket.Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.row
}

// Made lists the actions that were applied, in order.
func (r *Row) Made() []ticket.Action {
	r.mu.Lock()
	defer r.mu.Unlock()
	actions := make([]ticket.Action, len(r.made))
	for i, t := range r.made {
		actions[i] = t.Action
	}
	return actions
}

// Last is the transition applied last.
func (r *Row) Last() ticket.Transition {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[len(r.made)-1]
}

// Commit applies a transition once for its key and only to the version it was
// decided on, and answers with the row as it is afterwards.
func (r *Row) Commit(t ticket.Transition) (ticket.Outcome, ticket.Snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.used[t.Key]:
		return ticket.AlreadyApplied, r.row
	case t.Expected != r.row.Version:
		return ticket.Stale, r.row
	}
	r.used[t.Key] = true
	r.made = append(r.made, t)
	r.apply(t)
	return ticket.Applied, r.row
}

// Do decides and commits behind everybody's back, as a workflow would.
func (r *Row) Do(c ticket.Command, at time.Time) error {
	t, err := ticket.Decide(r.Load(), c, at)
	if err == nil {
		r.Commit(t)
	}
	return err
}

func (r *Row) apply(t ticket.Transition) {
	s, at := &r.row, &t.At
	s.Version++
	s.State, s.Waiting, s.Resume = t.To, t.Waiting, t.Resume
	s.Clocks = slices.Clone(s.Clocks)
	if t.Action == ticket.ActMerge {
		r.runs = nil
	}
	for i := range s.Clocks {
		k := &s.Clocks[i]
		if t.Action == ticket.ActMerge && k.StoppedAt == nil {
			r.runs = append(r.runs, k.Name)
		}
		if t.Action == ticket.ActUnmerge && slices.Contains(r.runs, k.Name) {
			k.StoppedAt = nil
			for _, at := range []**time.Time{&k.WarnAt, &k.DueAt} { // the time between is a pause
				if *at != nil && (*at).After(r.at) {
					later := (*at).Add(t.At.Sub(r.at))
					*at = &later
				}
			}
		}
		move(&s.Clocks[i], t)
	}
	switch t.Action {
	case ticket.ActTriage:
		s.Assignee = t.Triage.Assignee
	case ticket.ActReassign:
		s.Assignee = t.Assignee
	case ticket.ActReopen:
		s.AutoCloseAt, s.ReopenUntil = nil, nil
	case ticket.ActMerge:
		s.MergedFrom, s.ReopenUntil, r.at = t.From, inDays(*at, cmp.Or(r.ReopenDays, policy.UnmergeDays)), *at
	case ticket.ActUnmerge:
		s.MergedFrom, s.ReopenUntil = "", nil
		if s.AutoCloseAt != nil {
			s.AutoCloseAt = inDays(*at, r.AutoCloseDays)
		}
		return
	}
	moved := t.From != t.To
	switch {
	case moved && t.To == ticket.Answered:
		s.AutoCloseAt = inDays(*at, r.AutoCloseDays)
	case moved && t.To == ticket.Closed:
		s.AutoCloseAt, s.ReopenUntil = nil, inDays(*at, r.ReopenDays)
	}
}

func move(k *ticket.Clock, t ticket.Transition) {
	switch t.Action {
	case ticket.WarningOf(k.Name):
		k.WarnedAt = &t.At
	case ticket.BreachOf(k.Name):
		k.BreachedAt = &t.At
	}
	if k.StoppedAt == nil && ticket.Stops(k.Name, t) {
		k.StoppedAt = &t.At
	}
}

func inDays(from time.Time, days int) *time.Time {
	if days == 0 {
		return nil
	}
	at := from.AddDate(0, 0, days)
	return &at
}

// Count says how often an action was applied.
func (r *Row) Count(action ticket.Action) int {
	return len(slices.DeleteFunc(r.Made(), func(a ticket.Action) bool { return a != action }))
}
