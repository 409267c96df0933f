package ticket_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// The people of these tests.
const (
	requester = "requester"
	contact   = "contact" // whom the requester, a partner, acts for
	assignee  = "assignee"
	colleague = "colleague"
	neighbour = "neighbour"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func in(d time.Duration) *time.Time {
	at := noon.Add(d)
	return &at
}

// actors are everybody who might try.
var actors = []ticket.Actor{
	{ID: requester, Side: ticket.Customer},
	{ID: contact, Side: ticket.Customer},
	{ID: neighbour, Side: ticket.Customer},
	{ID: assignee, Side: ticket.Staff},
	{ID: colleague, Side: ticket.Staff},
	{Side: ticket.Staff},
	{Side: ticket.Customer},
	{Side: ticket.System},
}

// standing is a ticket in that state at noon, every milestone reached that
// the state may have, the reopen window open.
func standing(state ticket.State) ticket.Snapshot {
	s := ticket.Snapshot{
		Vendor: "v", ID: "t", Number: "PX-2026-000001", Version: 7, State: state,
		Requester: requester, CustomerContact: contact, Assignee: assignee,
		Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: in(-time.Hour), DueAt: in(-time.Hour)}},
	}
	switch state {
	case ticket.WaitingForCustomer:
		s.Waiting, s.Resume = ticket.ForInformation, ticket.InProgress
	case ticket.Answered:
		s.AutoCloseAt = in(-time.Hour)
	case ticket.Closed:
		s.ReopenUntil = in(time.Hour)
	case ticket.Merged:
		s.MergedFrom, s.ReopenUntil = ticket.Triaged, in(time.Hour)
	}
	return s
}

func try(s ticket.Snapshot, action ticket.Action, actor ticket.Actor) (ticket.Transition, error) {
	return ticket.Decide(s, ticket.Command{Key: "k", Action: action, Actor: actor, Triage: &ticket.Triage{Assignee: assignee}, Target: "target"}, noon)
}

// matrix is the procedure of product section 4: where each action leads from
// each state, "-" where it is out of order, and who may do it.
const matrix = `
action              | who               | registered | triaged     | in_progress | waiting_for_customer | waiting_inside | answered    | closed      | withdrawn | merged
triage              | staff             | triaged    | triaged     | in_progress | waiting_for_customer | waiting_inside | -           | -           | -         | -
start               | assignee          | -          | in_progress | -           | -                    | -              | -           | -           | -         | -
ask_information     | staff             | waiting_for_customer | waiting_for_customer | waiting_for_customer | - | waiting_for_customer | -           | -           | -         | -
give_information    | customer          | -          | -           | -           | in_progress          | -              | -           | -           | -         | -
answer              | staff             | -          | answered    | answered    | answered             | -              | -           | -           | -         | -
close               | assignee          | -          | -           | -           | -                    | -              | closed      | -           | -         | -
reassign            | staff             | registered | triaged     | in_progress | waiting_for_customer | waiting_inside | answered    | -           | -         | -
withdraw            | requester,contact | withdrawn  | withdrawn   | withdrawn   | withdrawn            | withdrawn      | -           | -           | -         | -
reopen              | customer          | -          | -           | -           | -                    | -              | in_progress | in_progress | -         | -
merge               | staff             | merged     | merged      | merged      | merged               | merged         | merged      | -           | -         | -
unmerge             | staff             | -          | -           | -           | -                    | -              | -           | -           | -         | triaged
acknowledge_warning | system            | registered | triaged     | in_progress | waiting_for_customer | waiting_inside | answered    | closed      | -         | -
acknowledge_breach  | system            | registered | triaged     | in_progress | waiting_for_customer | waiting_inside | answered    | closed      | -         | -
auto_close          | system            | -          | -           | -           | -                    | -              | closed      | -           | -         | -
`

// sides says on which side somebody who may do it stands.
var sides = map[string]ticket.Side{
	"staff": ticket.Staff, assignee: ticket.Staff, "customer": ticket.Customer,
	requester: ticket.Customer, contact: ticket.Customer, "system": ticket.System,
}

// expected reads what the matrix says: the state it leads to, or the code of
// the refusal.
func expected(who, cell string, actor ticket.Actor) string {
	names := strings.Split(who, ",")
	switch {
	case sides[names[0]] != actor.Side:
		return string(problem.Forbidden)
	case cell == "-":
		return string(problem.Conflict)
	case !slices.Contains(names, string(actor.Side)) && !slices.Contains(names, actor.ID):
		return string(problem.Forbidden)
	}
	return cell
}

func TestMatrix(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(matrix), "\n")
	states, tried := cells(lines[0])[2:], 0
	if want := len(ticket.HumanActions) + 3; len(states) != len(ticket.States) || len(lines)-1 != want {
		t.Fatalf("the matrix has %d states and %d actions, the product %d and %d", len(states), len(lines)-1, len(ticket.States), want)
	}
	for _, line := range lines[1:] {
		row := cells(line)
		for i, state := range states {
			for _, actor := range actors {
				s := standing(ticket.State(state))
				transition, err := try(s, ticket.Action(row[0]), actor)
				got := string(transition.To)
				if err != nil {
					got = string(problem.CodeOf(err))
				}
				if want := expected(row[1], row[i+2], actor); got != want {
					t.Errorf("%s in %s by %s %q: %s, want %s", row[0], state, actor.Side, actor.ID, got, want)
				}
				if err == nil && (transition.Expected != s.Version || transition.From != s.State || transition.At != noon || transition.Ticket != s.ID) {
					t.Errorf("%s in %s: transition %+v is not of the snapshot", row[0], state, transition)
				}
				tried++
			}
		}
	}
	if want := 14 * 9 * len(actors); tried != want {
		t.Errorf("%d combinations tried, want %d", tried, want)
	}
}

func cells(line string) []string {
	list := strings.Split(line, "|")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// Possible lists exactly what Decide allows, in every state, to everybody,
// also while waiting from each state and where answers close.
func TestPossibleAgreesWithDecide(t *testing.T) {
	for _, state := range ticket.States {
		for _, resume := range []ticket.State{"", ticket.Registered, ticket.Triaged, ticket.InProgress} {
			if (resume != "") != (state == ticket.WaitingForCustomer) {
				continue
			}
			for _, actor := range actors {
				for _, closes := range []bool{false, true} {
					s := standing(state)
					s.Resume, s.CloseOnAnswer = resume, closes
					allowed := []ticket.Action{}
					for _, action := range ticket.HumanActions {
						if _, err := try(s, action, actor); err == nil {
							allowed = append(allowed, action)
						}
					}
					if diff := cmp.Diff(allowed, ticket.Possible(s, actor)); diff != "" {
						t.Errorf("%s (resume %q) by %s %q: Decide against Possible\n%s", state, resume, actor.Side, actor.ID, diff)
					}
				}
			}
		}
	}
}

// A conflict names the state and what is possible instead, to that person.
func TestConflictSaysWhatIsPossible(t *testing.T) {
	_, err := try(standing(ticket.Answered), ticket.ActTriage, ticket.Actor{ID: assignee, Side: ticket.Staff})
	e, ok := problem.As(err)
	if !ok || e.Code != problem.Conflict || e.Key != "action_out_of_order" {
		t.Fatalf("triage of an answered ticket: %v", err)
	}
	want := map[string]any{"state": "answered", "possible": []ticket.Action{ticket.ActClose, ticket.ActReassign, ticket.ActMerge}}
	if diff := cmp.Diff(want, e.Data); diff != "" {
		t.Errorf("data (-want +got)\n%s", diff)
	}
	if e.Args["number"] != "PX-2026-000001" || e.Args["action"] != "triage" {
		t.Errorf("args %v", e.Args)
	}
}

func TestUnknownAction(t *testing.T) {
	if _, err := try(standing(ticket.Triaged), "explode", actors[0]); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("unknown action: %v", err)
	}
}

// Forbidden names whose it is.
func TestNotYours(t *testing.T) {
	for action, state := range map[ticket.Action]ticket.State{
		ticket.ActStart: ticket.Triaged, ticket.ActClose: ticket.Answered, ticket.ActWithdraw: ticket.Registered,
	} {
		other := ticket.Actor{ID: colleague, Side: ticket.Staff}
		if action == ticket.ActWithdraw {
			other = ticket.Actor{ID: neighbour, Side: ticket.Customer}
		}
		_, err := try(standing(state), action, other)
		if e, ok := problem.As(err); !ok || e.Key != "action_not_yours_"+string(action) {
			t.Errorf("%s by another: %v", action, err)
		}
	}
}

// Nobody in particular is never the assignee nor the requester, also of a
// ticket that has none.
func TestNobodyOwnsNothing(t *testing.T) {
	s := standing(ticket.Triaged)
	s.Assignee, s.CustomerContact = "", ""
	for action, side := range map[ticket.Action]ticket.Side{ticket.ActStart: ticket.Staff, ticket.ActWithdraw: ticket.Customer} {
		if _, err := try(s, action, ticket.Actor{Side: side}); problem.CodeOf(err) != problem.Forbidden {
			t.Errorf("%s by nobody: %v", action, err)
		}
	}
}

// wait is where a ticket stands while it waits, and after.
type wait struct {
	To, Resume ticket.State
	Waiting    ticket.Waiting
}

func waits(t *testing.T, s ticket.Snapshot, action ticket.Action, side ticket.Side) wait {
	t.Helper()
	transition, err := try(s, action, ticket.Actor{ID: assignee, Side: side})
	if err != nil {
		t.Fatalf("%s in %s: %v", action, s.State, err)
	}
	return wait{To: transition.To, Resume: transition.Resume, Waiting: transition.Waiting}
}

// A question waits, and the information given leads back to where it was
// asked; a triage meanwhile keeps the wait and is not forgotten.
func TestWaiting(t *testing.T) {
	for _, from := range []ticket.State{ticket.Registered, ticket.Triaged, ticket.InProgress} {
		s := standing(from)
		asked := waits(t, s, ticket.ActAskInformation, ticket.Staff)
		if want := (wait{To: ticket.WaitingForCustomer, Waiting: ticket.ForInformation, Resume: from}); asked != want {
			t.Errorf("asked in %s: %+v", from, asked)
		}
		s.State, s.Waiting, s.Resume = asked.To, asked.Waiting, asked.Resume
		if given := waits(t, s, ticket.ActGiveInformation, ticket.Customer); given != (wait{To: from}) {
			t.Errorf("given after a question in %s: %+v", from, given)
		}
		if reassigned := waits(t, s, ticket.ActReassign, ticket.Staff); reassigned != asked {
			t.Errorf("reassigned while waiting: %+v, want %+v", reassigned, asked)
		}
		after := asked
		if from == ticket.Registered {
			after.Resume = ticket.Triaged
		}
		if triaged := waits(t, s, ticket.ActTriage, ticket.Staff); triaged != after {
			t.Errorf("triaged while waiting from %s: %+v, want %+v", from, triaged, after)
		}
	}
}

// An answer before any triage is out of order, also while waiting.
func TestAnswerNeedsTriage(t *testing.T) {
	staff := ticket.Actor{ID: assignee, Side: ticket.Staff}
	asked := standing(ticket.WaitingForCustomer)
	asked.Resume = ticket.Registered
	for _, s := range []ticket.Snapshot{standing(ticket.Registered), asked} {
		if _, err := try(s, ticket.ActAnswer, staff); problem.CodeOf(err) != problem.Conflict {
			t.Errorf("answer in %s before triage: %v", s.State, err)
		}
	}
	asked.Resume = ticket.Triaged
	if answered := waits(t, asked, ticket.ActAnswer, ticket.Staff); answered != (wait{To: ticket.Answered}) {
		t.Errorf("answer while waiting after triage: %+v", answered)
	}
}

func TestCloseOnAnswer(t *testing.T) {
	for _, state := range []ticket.State{ticket.Triaged, ticket.InProgress, ticket.WaitingForCustomer} {
		s := standing(state)
		s.CloseOnAnswer = true
		if answered := waits(t, s, ticket.ActAnswer, ticket.Staff); answered != (wait{To: ticket.Closed}) {
			t.Errorf("answer in %s where answers close: %+v", state, answered)
		}
	}
}

// The reopen window is open until its last instant, which is not part of it:
// then the ticket's life is over.
func TestReopenWindow(t *testing.T) {
	for name, c := range map[string]struct {
		until *time.Time
		open  bool
	}{
		"just open": {in(1), true}, "its end": {in(0), false}, "over": {in(-1), false}, "none": {nil, false},
	} {
		s := standing(ticket.Closed)
		s.ReopenUntil = c.until
		_, err := try(s, ticket.ActReopen, ticket.Actor{ID: requester, Side: ticket.Customer})
		if c.open != (err == nil) || c.open == ticket.Over(s, noon) {
			t.Errorf("%s: reopen %v, over %v", name, err, ticket.Over(s, noon))
		}
		if e, ok := problem.As(err); ok && (e.Code != problem.Conflict || e.Key != "reopen_window_over" || e.Data["state"] != "closed") {
			t.Errorf("%s: %v with %v", name, e, e.Data)
		}
	}
}

// What is decided is as the database keeps it: whole microseconds, never
// before the milestone it reaches.
func TestInstantsAreTheDatabases(t *testing.T) {
	s := standing(ticket.Triaged)
	transition, err := ticket.Decide(s, ticket.Command{Action: ticket.ActAnswer, Actor: ticket.Actor{ID: assignee, Side: ticket.Staff}}, noon.Add(1999))
	if want := noon.Add(time.Microsecond); err != nil || !transition.At.Equal(want) {
		t.Errorf("decided at %v (%v), want %v", transition.At, err, want)
	}
}

// TestStops: what each clock waits for, by product section 5.
func TestStops(t *testing.T) {
	staff, customer := ticket.Actor{ID: assignee, Side: ticket.Staff}, ticket.Actor{ID: requester, Side: ticket.Customer}
	made := func(a ticket.Action, who ticket.Actor, from, to ticket.State) ticket.Transition {
		return ticket.Transition{Command: ticket.Command{Action: a, Actor: who}, From: from, To: to}
	}
	for _, c := range []struct {
		what ticket.Transition
		want []string
	}{
		{made(ticket.ActTriage, staff, ticket.Registered, ticket.Triaged), []string{ticket.ClockAcknowledge}},
		{made(ticket.ActReassign, staff, ticket.Registered, ticket.Registered), []string{ticket.ClockAcknowledge}},
		{made(ticket.ActStart, staff, ticket.Triaged, ticket.InProgress), []string{ticket.ClockAcknowledge, ticket.ClockStartOfWork}},
		{made(ticket.ActAskInformation, staff, ticket.Triaged, ticket.WaitingForCustomer), []string{ticket.ClockAcknowledge, ticket.ClockFirstResponse}},
		{made(ticket.ActGiveInformation, customer, ticket.WaitingForCustomer, ticket.InProgress), nil},
		{made(ticket.ActAnswer, staff, ticket.Triaged, ticket.Answered), ticket.Clocks},
		{made(ticket.ActAutoClose, ticket.Actor{Side: ticket.System}, ticket.Answered, ticket.Closed), ticket.Clocks},
		{made(ticket.ActWithdraw, customer, ticket.Triaged, ticket.Withdrawn), ticket.Clocks},
		{made(ticket.ActReopen, customer, ticket.Closed, ticket.InProgress), nil},
	} {
		var got []string
		for _, clock := range ticket.Clocks {
			if ticket.Stops(clock, c.what) {
				got = append(got, clock)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s to %s stops %v, want %v", c.what.Action, c.what.To, got, c.want)
		}
	}
}

// TestBeforeClocks: a history begun before tickets had clocks knows of the
// first reaction alone, and goes on with it.
func TestBeforeClocks(t *testing.T) {
	s := ticket.Snapshot{State: ticket.Registered, AcknowledgeWarnAt: in(time.Hour), AcknowledgeDueAt: in(2 * time.Hour)}
	if action, at, ok := ticket.Next(s); !ok || action != ticket.ActAcknowledgeWarning || !at.Equal(*in(time.Hour)) {
		t.Errorf("%s at %s", action, at)
	}
	s.WarnedAt = in(time.Hour)
	if action, at, ok := ticket.Next(s); !ok || action != ticket.ActAcknowledgeBreach || !at.Equal(*in(2 * time.Hour)) {
		t.Errorf("%s at %s", action, at)
	}
	s.AcknowledgedAt = in(time.Hour)
	if action, _, ok := ticket.Next(s); ok {
		t.Errorf("acknowledged, and %s is to come", action)
	}
}

func TestOpen(t *testing.T) {
	shut := []ticket.State{ticket.Closed, ticket.Withdrawn, ticket.Merged}
	for _, state := range ticket.States {
		if state.Open() == slices.Contains(shut, state) {
			t.Errorf("%s open: %v", state, state.Open())
		}
	}
}
