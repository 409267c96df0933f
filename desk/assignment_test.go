package desk_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// assigning is a house in which Posimente's pack finds who gets a ticket by a
// method.
func assigning(t *testing.T, method string, replace ...string) *stack.House {
	t.Helper()
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) // Monday, 11:00 in Melbourne
	h := stack.NewHouse(t, stack.Parts{Now: func() time.Time { return now }, Relay: true, Worker: true})
	pack := built(t, "posimente", append([]string{"- {team: support}", "- {team: support, method: " + method + "}"}, replace...)...)
	if err := h.Desk.PublishPack(t.Context(), vendorOf(t, h), pack, ""); err != nil {
		t.Fatal(err)
	}
	return h
}

// holder is the local part of who has a ticket; "" for nobody.
func holder(t *testing.T, h *stack.House, row store.Ticket) string {
	t.Helper()
	if row.AssigneeID == nil {
		return ""
	}
	for _, local := range []string{"agent", "agent2", "manager"} {
		if idOf(t, h, local) == *row.AssigneeID {
			return local
		}
	}
	return row.AssigneeID.String()
}

func idOf(t *testing.T, h *stack.House, local string) uuid.UUID {
	t.Helper()
	c, err := h.Desk.Me(as(t, h, "posimente", local))
	if err != nil {
		t.Fatal(err)
	}
	return c.Person.ID
}

func runs(t *testing.T, h *stack.House, row store.Ticket) bool {
	t.Helper()
	return clockOf(t, h, row.Number, ticket.ClockAcknowledge).StoppedAt == nil
}

func mailTo(local string) func(onebox.Caught) bool {
	return func(m onebox.Caught) bool { return slices.Contains(m.To, local+"@posimente.example") }
}

// absent keeps somebody away until an instant.
func absent(t *testing.T, h *stack.House, local string, until *time.Time) {
	t.Helper()
	c, err := h.Desk.Me(as(t, h, "posimente", local))
	if err != nil {
		t.Fatal(err)
	}
	in := desk.ProfileOf(c.Person)
	in.AbsentUntil = until
	if _, err := h.Desk.UpdateMe(as(t, h, "posimente", local), c.Person.Version, in); err != nil {
		t.Fatal(err)
	}
}

// TestRoundRobin: each of the team in turn, whoever is there, and nobody twice
// because two requests came at once. It is no act of staff.
func TestRoundRobin(t *testing.T) {
	t.Parallel()
	h := assigning(t, "round_robin")
	given := map[string]int{}
	var mutex sync.Mutex
	var wg sync.WaitGroup
	for i := range 9 {
		wg.Go(func() {
			row := submit(t, h, strconv.Itoa(i))
			mutex.Lock()
			defer mutex.Unlock()
			given[holder(t, h, row)]++
		})
	}
	wg.Wait()
	if want := map[string]int{"agent": 3, "agent2": 3, "manager": 3}; !maps.Equal(given, want) {
		t.Fatalf("nine at once were given %v, want %v", given, want)
	}

	later := h.Desk.Now().Add(time.Hour)
	absent(t, h, "agent2", &later)
	var order []string
	for i := range 4 {
		order = append(order, holder(t, h, submit(t, h, "next"+strconv.Itoa(i))))
	}
	if slices.Contains(order, "agent2") || order[0] != order[2] || order[1] != order[3] || order[0] == order[1] {
		t.Errorf("while agent2 is absent: %v, want the two others by turns", order)
	}
	absent(t, h, "agent2", nil)
	if got := holder(t, h, submit(t, h, "back")); got != "agent2" {
		t.Errorf("back again, and it was given to %q", got)
	}
	for _, local := range []string{"agent", "agent2", "manager"} {
		absent(t, h, local, &later)
	}
	row := submit(t, h, "nobody")
	if got := holder(t, h, row); got != "" || row.Team != "support" || row.UnassignedSince == nil {
		t.Errorf("with everybody absent it went to %q of %q (unassigned since %v)", got, row.Team, row.UnassignedSince)
	}
	if row.AcknowledgedAt != nil || !runs(t, h, row) {
		t.Error("an assignment by the pack counts as the first act of staff")
	}
}

// TestAssignedByItself: who gets a ticket is told once, staff see it in the
// history and customers do not, and the promise to acknowledge still runs.
func TestAssignedByItself(t *testing.T) {
	t.Parallel()
	h := assigning(t, "round_robin")
	row := submit(t, h, "first")
	to := holder(t, h, row)
	if to == "" || row.UnassignedSince != nil {
		t.Fatalf("given to %q, unassigned since %v", to, row.UnassignedSince)
	}
	if !runs(t, h, row) {
		t.Error("an assignment by the pack counts as the first act of staff")
	}
	for who, want := range map[string]int{"agent": 1, "jeanne": 0} {
		events, _, err := h.Desk.History(as(t, h, "posimente", who), row.Number, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(slices.DeleteFunc(events, func(e store.Event) bool { return e.Kind != "assigned" })); n != want {
			t.Errorf("%s sees it %d times, want %d", who, n, want)
		}
	}
	if m, err := h.Mail.Wait(t.Context(), mailTo(to)); err != nil || !strings.Contains(m.Subject, row.Number) {
		t.Errorf("%s was told %q (%v)", to, m.Subject, err)
	}
}

// TestLeastLoaded: the fewest open tickets; a closed one counts no more.
func TestLeastLoaded(t *testing.T) {
	t.Parallel()
	h := assigning(t, "least_loaded")
	for i := range 3 {
		submit(t, h, "even"+strconv.Itoa(i))
	}
	busy := submit(t, h, "fourth")
	who := holder(t, h, busy)
	var others []string
	for i := range 2 {
		others = append(others, holder(t, h, submit(t, h, "more"+strconv.Itoa(i))))
	}
	if slices.Contains(others, who) || others[0] == others[1] {
		t.Fatalf("%s has two, and the next went to %v", who, others)
	}
	if _, err := h.Desk.Withdraw(as(t, h, "posimente", "jeanne"), "k", busy.Number, ""); err != nil {
		t.Fatal(err)
	}
	if got := holder(t, h, submit(t, h, "last")); got != who {
		t.Errorf("%s has the fewest, and it went to %s", who, got)
	}
}

// TestTeamOfThePack: a team of the vendor's that says so lists who belongs to
// the pack's; an empty one gives tickets to nobody.
func TestTeamOfThePack(t *testing.T) {
	t.Parallel()
	h := assigning(t, "round_robin")
	admin := as(t, h, "posimente", "admin")
	in := desk.TeamInput{Name: "First line", Kind: "support", Code: "support", Members: []uuid.UUID{idOf(t, h, "agent2")}}
	team, err := h.Desk.CreateTeam(admin, "k", in)
	if err != nil || team.Code != "support" {
		t.Fatalf("%+v (%v)", team, err)
	}
	for i := range 2 {
		if got := holder(t, h, submit(t, h, strconv.Itoa(i))); got != "agent2" {
			t.Errorf("given to %q, want the one member", got)
		}
	}
	in.Members = nil
	if _, err := h.Desk.UpdateTeam(admin, team.ID, team.Version, in); err != nil {
		t.Fatal(err)
	}
	if got := holder(t, h, submit(t, h, "none")); got != "" {
		t.Errorf("given to %q by a team of nobody", got)
	}
	in.Code, in.Name = "night", "Night"
	if _, err := h.Desk.CreateTeam(admin, "k2", in); problem.CodeOf(err) != problem.Unprocessable {
		t.Errorf("a team the pack does not have: %v", err)
	}
}

// TestPathsTeam: triage that names nobody sends the ticket to the team that
// carries the path out; the same team again leaves it with who decides. Handing
// it back to a team frees it.
func TestPathsTeam(t *testing.T) {
	t.Parallel()
	h := assigning(t, "manual", "  answer:\n", "  answer:\n    team: product\n")
	row := submit(t, h, "first")
	if row.Team != "support" || row.AssigneeID != nil {
		t.Fatalf("begins with %q, %v", row.Team, row.AssigneeID)
	}
	agent := as(t, h, "posimente", "agent")
	in := desk.TriageInput{Reason: "question", Level: 1, Severity: "medium", Path: "answer"}
	v, err := h.Desk.Triage(agent, "t1", row.Number, in)
	if err != nil || v.Row.Team != "product" || v.Row.AssigneeID != nil || v.Row.UnassignedSince == nil {
		t.Fatalf("triaged to %q, %v since %v (%v)", v.Row.Team, v.Row.AssigneeID, v.Row.UnassignedSince, err)
	}
	if v, err = h.Desk.Triage(agent, "t2", row.Number, in); err != nil || holder(t, h, v.Row) != "agent" {
		t.Errorf("triaged again, it is with %q (%v)", holder(t, h, v.Row), err)
	}
	v, err = h.Desk.Reassign(agent, "r1", row.Number, desk.Receiver{Team: "support"}, "not ours")
	if err != nil || v.Row.Team != "support" || v.Row.AssigneeID != nil {
		t.Errorf("handed to %q, %v (%v)", v.Row.Team, v.Row.AssigneeID, err)
	}
	if again, err := h.Desk.Reassign(agent, "r1", row.Number, desk.Receiver{Team: "support"}, "not ours"); err != nil || again.Row.Version != v.Row.Version {
		t.Errorf("repeated: version %d, want %d (%v)", again.Row.Version, v.Row.Version, err)
	}
	if _, err := h.Desk.Reassign(agent, "r2", row.Number, desk.Receiver{Team: "night"}, ""); problem.CodeOf(err) != problem.Unprocessable {
		t.Errorf("a team the pack does not have: %v", err)
	}
	if list, _, err := h.Desk.Queue(agent, desk.QueueQuery{MyTeams: true, Limit: 5}); err != nil || len(list) != 1 || list[0].Age == nil {
		t.Errorf("the agent's teams have %+v (%v)", list, err)
	}
	if list, _, err := h.Desk.Queue(as(t, h, "posimente", "product"), desk.QueueQuery{MyTeams: true, Limit: 5}); err != nil || len(list) != 0 {
		t.Errorf("the product manager's teams have %+v (%v)", list, err)
	}
}

// TestOfTheAbsent: what somebody has who is absent is found, and what the
// customer says to it reaches those who are there.
func TestOfTheAbsent(t *testing.T) {
	t.Parallel()
	h := assigning(t, "manual")
	row, agent := submit(t, h, "first"), as(t, h, "posimente", "agent")
	if _, err := h.Desk.AskInformation(agent, "q", row.Number, "Which page?", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Desk.Take(agent, "t", row.Number); err != nil {
		t.Fatal(err)
	}
	later := h.Desk.Now().Add(48 * time.Hour)
	absent(t, h, "agent", &later)
	list, _, err := h.Desk.Queue(as(t, h, "posimente", "agent2"), desk.QueueQuery{Absent: true, Limit: 5})
	if err != nil || len(list) != 1 || list[0].Absent == nil || !list[0].Absent.Equal(later) {
		t.Fatalf("of the absent: %+v (%v)", list, err)
	}
	if _, err := h.Desk.GiveInformation(as(t, h, "posimente", "jeanne"), "g", row.Number, "Page two.", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Mail.Wait(t.Context(), mailTo("manager")); err != nil { // no team lists anybody: managers answer for it
		t.Errorf("the customer has answered, who asked is absent, and nobody else was told: %v", err)
	}
	absent(t, h, "agent", nil)
	if list, _, err := h.Desk.Queue(agent, desk.QueueQuery{Absent: true, Limit: 5}); err != nil || len(list) != 0 {
		t.Errorf("everybody is here, and of the absent there is %+v (%v)", list, err)
	}
}

// TestAssignable: the pack gives tickets to those staff can give them to.
func TestAssignable(t *testing.T) {
	t.Parallel()
	for _, role := range desk.StaffRoles {
		may := (desk.Caller{Person: store.Person{Roles: []string{string(role)}}}).Reach(desk.OpAnswer) != desk.Nothing
		if slices.Contains(assignment.Able, string(role)) != may {
			t.Errorf("%s may answer tickets: %v; assignment says otherwise", role, may)
		}
	}
}
