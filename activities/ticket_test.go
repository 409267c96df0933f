package activities_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"
	"pgregory.net/rapid"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/ticket/tickettest"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

// world is a house without a worker, in which this test commits by itself.
type world struct {
	t        *testing.T
	h        *stack.House
	acts     *activities.Tickets
	vendor   store.Vendor
	customer ticket.Actor
	agents   []ticket.Actor
	other    string // a ticket that others are merged into
	keys     int
}

// newWorld is the world of one vendor.
func newWorld(t *testing.T, h *stack.House, slug string) *world {
	t.Helper()
	w := &world{t: t, h: h, acts: &activities.Tickets{Store: h.Store}}
	var err error
	if w.vendor, err = h.Store.VendorBySlug(t.Context(), slug); err != nil {
		t.Fatal(err)
	}
	id := func(local string) string { return h.Ask(t, h.Token(t, slug, local), "GET", "/v1/me", nil).Text("id") }
	w.customer = ticket.Actor{ID: id("jeanne"), Side: ticket.Customer}
	w.agents = []ticket.Actor{{ID: id("agent"), Side: ticket.Staff}, {ID: id("agent2"), Side: ticket.Staff}}
	if w.customer.ID == "" || w.agents[0].ID == "" || w.agents[1].ID == "" {
		t.Fatalf("people of %s: %+v %+v", slug, w.customer, w.agents)
	}
	return w
}

// register registers a request and answers what a workflow reads first.
func (w *world) register() ticket.Snapshot {
	w.t.Helper()
	s := w.vendor.Settings
	a := w.h.Ask(w.t, w.h.Token(w.t, w.vendor.Slug, "jeanne"), "POST", "/v1/tickets",
		map[string]any{"type": s.Types[0].Code, "severity": s.Severities[0].Code, "title": "It ends without a word", "body": "At row 10,000."})
	row, err := w.acts.LoadTicket(w.t.Context(), activities.TicketRef{Vendor: w.vendor.ID.String(), Ticket: a.Text("id")})
	if a.Status != 201 || err != nil {
		w.t.Fatalf("register: %d %s, load: %v", a.Status, a.Raw, err)
	}
	return row
}

func (w *world) key() string {
	w.keys++
	sum := sha256.Sum256(fmt.Append(nil, w.keys))
	return hex.EncodeToString(sum[:])
}

// String names the vendor, for rapid.
func (w *world) String() string { return w.vendor.Slug }

// receive keeps a person's command, as the desk does before the workflow acts.
func (w *world) receive(s ticket.Snapshot, c ticket.Command) {
	w.t.Helper()
	id, actor := uuid.MustParse(s.ID), uuid.MustParse(c.Actor.ID)
	err := w.h.Store.In(w.t.Context(), w.vendor.ID, func(tx *store.Tx) error {
		_, err := tx.Receive(w.t.Context(), store.Command{
			Key: c.Key, TicketID: &id, ActorID: &actor, Action: string(c.Action),
			Body: []byte(`{"text":"words"}`), BodyHash: []byte("hash"), ReceivedAt: time.Now(),
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// command is something that is allowed now, or a milestone that is due.
func (w *world) command(r *rapid.T, s ticket.Snapshot, at time.Time) (ticket.Command, bool) {
	if action, due, some := ticket.Next(s); some && action != ticket.ActEnd && !at.Before(due) {
		return ticket.Command{Key: w.key(), Action: action, Actor: ticket.Actor{Side: ticket.System}}, true
	}
	actor := rapid.SampledFrom(append(w.agents, w.customer)).Draw(r, "actor")
	possible := ticket.Possible(s, actor)
	if len(possible) == 0 {
		return ticket.Command{}, false
	}
	c := ticket.Command{Key: w.key(), Action: rapid.SampledFrom(possible).Draw(r, "action"), Actor: actor}
	settings := w.vendor.Settings
	c.Triage = &ticket.Triage{Reason: settings.Reasons[0].Code, Level: 1, Severity: settings.Severities[0].Code, Path: "answer", Assignee: w.agents[0].ID}
	c.Assignee, c.Target = w.agents[1].ID, w.other
	return c, true
}

// The row in memory that other tests trust does what the database does:
// applied, already applied and stale, with the same row afterwards, whatever
// happens to a ticket. And what a commit answers is what the next reading of
// the row says.
func TestRowInMemoryIsLikeTheDatabase(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{})
	worlds := []*world{} // closing by itself never, with the answer, and after ten days
	for _, slug := range []string{"interfacing", "primlogix", "advendio"} {
		w := newWorld(t, h, slug)
		w.other = w.register().ID
		worlds = append(worlds, w)
	}
	made := map[ticket.Outcome]int{}
	rapid.Check(t, func(r *rapid.T) { rapid.SampledFrom(worlds).Draw(r, "vendor").live(r, made) })
	for _, outcome := range []ticket.Outcome{ticket.Applied, ticket.AlreadyApplied, ticket.Stale} {
		if made[outcome] == 0 {
			t.Errorf("no commit was ever %s: %v", outcome, made)
		}
	}
}

// live lives one ticket in the database and in memory.
func (w *world) live(r *rapid.T, made map[ticket.Outcome]int) {
	s := w.register()
	row := tickettest.NewRow(s)
	row.AutoCloseDays, row.ReopenDays = w.vendor.Settings.AutoCloseDays, w.vendor.Settings.ReopenDays
	now := time.Now()
	var last ticket.Transition
	for range rapid.IntRange(1, 12).Draw(r, "steps") {
		now = now.Add(time.Duration(rapid.IntRange(0, 3*24*60).Draw(r, "minutes"))*time.Minute + 123)
		c, some := w.command(r, row.Load(), now)
		if !some {
			continue
		}
		transition, err := ticket.Decide(row.Load(), c, now)
		if err != nil {
			continue // the reopen window is over
		}
		switch rapid.IntRange(0, 9).Draw(r, "trouble") {
		case 0: // somebody was faster
			transition.Expected--
		case 1: // the same again
			if last.Key != "" {
				transition = last
			}
		}
		if c.Actor.Side != ticket.System && transition.Key == c.Key {
			w.receive(s, c)
		}
		made[w.commit(r, row, transition)]++
		last = transition
	}
}

// commit commits to both and compares.
func (w *world) commit(r *rapid.T, row *tickettest.Row, t ticket.Transition) ticket.Outcome {
	result, err := w.acts.CommitTransition(w.t.Context(), t)
	if err != nil {
		r.Fatalf("commit %s: %v", t.Action, err)
	}
	outcome, want := row.Commit(t)
	if result.Outcome != outcome {
		r.Fatalf("%s: %s in the database, %s in memory", t.Action, result.Outcome, outcome)
	}
	if diff := cmp.Diff(want, result.Row); diff != "" {
		r.Fatalf("after %s (-memory +database)\n%s", t.Action, diff)
	}
	read, err := w.acts.LoadTicket(w.t.Context(), activities.TicketRef{Vendor: t.Vendor, Ticket: t.Ticket})
	if diff := cmp.Diff(result.Row, read); err != nil || diff != "" {
		r.Fatalf("after %s (-answered +read) %v\n%s", t.Action, err, diff)
	}
	return outcome
}

// What is not there is permanent, and says so to the engine; what can't be
// read is ours, and is tried again.
func TestFailures(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{})
	w := newWorld(t, h, "interfacing")
	s := w.register()
	for name, c := range map[string]struct {
		vendor, ticket string
		code           problem.Code
		permanent      bool
	}{
		"no such ticket":    {w.vendor.ID.String(), uuid.NewString(), problem.NotFound, true},
		"another vendor's":  {newWorld(t, h, "advendio").vendor.ID.String(), s.ID, problem.NotFound, true},
		"no such vendor":    {uuid.NewString(), s.ID, problem.NotFound, true},
		"ticket is no uuid": {w.vendor.ID.String(), "x", problem.Internal, false},
		"vendor is no uuid": {"x", s.ID, problem.Internal, false},
	} {
		_, loaded := w.acts.LoadTicket(t.Context(), activities.TicketRef{Vendor: c.vendor, Ticket: c.ticket})
		_, committed := w.acts.CommitTransition(t.Context(), ticket.Transition{Vendor: c.vendor, Ticket: c.ticket, Command: ticket.Command{Key: w.key()}})
		for _, err := range []error{loaded, committed} {
			var app *temporal.ApplicationError
			if !errors.As(err, &app) || app.Type() != string(c.code) || app.NonRetryable() != c.permanent {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A person's command that nobody has received can't be committed.
func TestCommandNotReceived(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{})
	w := newWorld(t, h, "interfacing")
	s := w.register()
	transition, err := ticket.Decide(s, ticket.Command{Key: w.key(), Action: ticket.ActWithdraw, Actor: w.customer}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.acts.CommitTransition(t.Context(), transition)
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != string(problem.NotFound) || !app.NonRetryable() {
		t.Errorf("commit of an unknown command: %v", err)
	}
	if after, err := w.acts.LoadTicket(t.Context(), activities.TicketRef{Vendor: s.Vendor, Ticket: s.ID}); err != nil || after.Version != 1 {
		t.Errorf("afterwards version %d, %v", after.Version, err)
	}
}
