package service_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/ticket"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// matrix is the procedure of docs/paths/service-request.md for level 2: where
// each action leads from each state, "-" where it is out of order.
const matrix = `
action           | side     | waiting_for_consent | analysis         | waiting_for_information | estimate_offered | in_work                | waiting_for_validation | adjustments            | to_bill | billed
consent          | customer | analysis            | -                | -                       | -                | -                      | -                      | -                      | -       | -
decline_rate     | customer | closed              | -                | -                       | -                | -                      | -                      | -                      | -       | -
ask_estimate     | customer | waiting_for_consent | analysis         | waiting_for_information | -                | -                      | -                      | -                      | -       | -
offer_estimate   | staff    | -                   | estimate_offered | -                       | estimate_offered | -                      | -                      | -                      | -       | -
accept_estimate  | customer | -                   | -                | -                       | in_work          | -                      | -                      | -                      | -       | -
decline_estimate | customer | -                   | -                | -                       | to_bill          | -                      | -                      | -                      | -       | -
offer_quote      | staff    | -                   | -                | -                       | -                | -                      | -                      | -                      | -       | -
begin_work       | staff    | -                   | in_work          | -                       | -                | -                      | -                      | -                      | -       | -
agree_dates      | staff    | -                   | -                | -                       | -                | -                      | -                      | -                      | -       | -
deliver          | staff    | -                   | -                | -                       | -                | -                      | -                      | -                      | -       | -
ask_validation   | staff    | -                   | -                | -                       | -                | waiting_for_validation | waiting_for_validation | waiting_for_validation | -       | -
accept_work      | customer | -                   | -                | -                       | -                | -                      | to_bill                | -                      | -       | -
ask_adjustments  | customer | -                   | -                | -                       | -                | -                      | adjustments            | -                      | -       | -
bill             | staff    | -                   | -                | -                       | -                | -                      | -                      | -                      | billed  | -
close            | staff    | -                   | -                | -                       | -                | -                      | -                      | -                      | -       | closed
reassign         | staff    | waiting_for_consent | analysis         | waiting_for_information | estimate_offered | in_work                | waiting_for_validation | adjustments            | to_bill | -
cancel           | staff    | abandoned           | to_bill          | to_bill                 | to_bill          | to_bill                | to_bill                | to_bill                | -       | -
withdraw         | customer | abandoned           | to_bill          | to_bill                 | to_bill          | to_bill                | to_bill                | to_bill                | -       | -
remind           | system   | waiting_for_consent | -                | waiting_for_information | estimate_offered | -                      | waiting_for_validation | -                      | -       | -
give_up          | system   | abandoned           | -                | to_bill                 | to_bill          | -                      | -                      | -                      | -       | -
accept_by_rule   | system   | -                   | -                | -                       | -                | -                      | to_bill                | -                      | -       | -
`

func cells(line string) (list []string) {
	for cell := range strings.SplitSeq(line, "|") {
		list = append(list, strings.TrimSpace(cell))
	}
	return list
}

func standing(state service.State) service.Snapshot {
	past := noon.Add(-time.Hour)
	return service.Snapshot{
		Vendor: "v", ID: "s", Ticket: "t", Number: "SR-2026-000001", Path: service.PathServiceRequest, Version: 7, State: state, Resume: service.InWork,
		Ending: service.Completed, Round: 2, Offer: 2, BillDeclined: true, RemindAt: &past, GiveUpAt: &past, AcceptAt: &past, ExpireAt: &past,
	}
}

func TestMatrix(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(matrix), "\n")
	states := cells(lines[0])[2:]
	for _, line := range lines[1:] {
		row := cells(line)
		for i, state := range states {
			for _, side := range []ticket.Side{ticket.Customer, ticket.Staff, ticket.System} {
				c := service.Command{Key: "k", Action: service.Action(row[0]), Actor: ticket.Actor{ID: "p", Side: side}, Offer: 2}
				transition, err := service.Decide(standing(service.State(state)), c, noon)
				got, want := string(transition.To), row[i+2]
				if err != nil {
					got = string(problem.CodeOf(err))
				}
				switch {
				case string(side) != row[1]:
					want = string(problem.Forbidden)
				case want == "-":
					want = string(problem.Conflict)
				}
				if got != want {
					t.Errorf("%s in %s by %s: %s, want %s", row[0], state, side, got, want)
				}
			}
		}
	}
}

// TestOldVersion: an answer to another revision or round than the newest is
// refused, and names the newest.
func TestOldVersion(t *testing.T) {
	for _, c := range []struct {
		state  service.State
		action service.Action
	}{
		{service.EstimateOffered, service.ActAcceptEstimate},
		{service.EstimateOffered, service.ActDeclineEstimate},
		{service.WaitingForValidation, service.ActAccept},
		{service.WaitingForValidation, service.ActAdjust},
	} {
		for _, offer := range []int{-1, 0, 1, 3} {
			_, err := service.Decide(standing(c.state), service.Command{Action: c.action, Actor: ticket.Actor{Side: ticket.Customer}, Offer: offer}, noon)
			e, ok := problem.As(err)
			if !ok || e.Key != "decided_on_old_version" || e.Data["current"] != 2 {
				t.Errorf("%s of %d: %v", c.action, offer, err)
			}
		}
	}
}

// TestEstimateFirst: the work does not begin before the estimate the customer
// has asked for.
func TestEstimateFirst(t *testing.T) {
	s := standing(service.Analysis)
	s.AsksEstimate = true
	if _, err := service.Decide(s, service.Command{Action: service.ActBegin, Actor: ticket.Actor{Side: ticket.Staff}}, noon); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("begun: %v", err)
	}
	if slices.Contains(service.Possible(s, ticket.Staff, noon), service.ActBegin) {
		t.Error("beginning is offered")
	}
}

// TestMilestones: a milestone before its time, or in a state it is none of, is
// nothing; the end of a wait comes before a reminder of the same instant.
func TestMilestones(t *testing.T) {
	s := standing(service.WaitingForInformation)
	if action, at, ok := service.Next(s); !ok || action != service.ActGiveUp || !at.Equal(*s.GiveUpAt) {
		t.Errorf("next %s at %v", action, at)
	}
	later := noon.Add(time.Minute)
	s.GiveUpAt, s.RemindAt = &later, nil
	if _, err := service.Decide(s, service.Command{Action: service.ActGiveUp, Actor: ticket.Actor{Side: ticket.System}}, noon); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("given up early: %v", err)
	}
	if _, _, ok := service.Next(standing(service.InWork)); ok {
		t.Error("something happens by itself while it is worked on")
	}
	if tr, err := service.Decide(s, service.Command{Action: service.ActGiveUp, Actor: ticket.Actor{Side: ticket.System}}, later.Add(2*time.Minute)); err != nil || !tr.Late {
		t.Errorf("late: %v %v", tr.Late, err)
	}
}

// TestLives: whatever people do in whatever order, what is decided is what is
// offered as possible, and what has ended stays ended.
func TestLives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := service.Snapshot{Number: "SR-2026-000001", State: service.Analysis, Version: 1, Path: rapid.SampledFrom(service.Paths).Draw(t, "path")}
		for i := range 30 {
			c := service.Command{
				Action: rapid.SampledFrom(service.HumanActions).Draw(t, fmt.Sprint("action", i)),
				Actor:  ticket.Actor{Side: rapid.SampledFrom([]ticket.Side{ticket.Staff, ticket.Customer}).Draw(t, fmt.Sprint("side", i))},
			}
			c.Offer = s.Offer
			switch {
			case s.State == service.WaitingForValidation:
				c.Offer = s.Round
			case c.Action == service.ActAgreeDates:
				c.Offer = s.Dates
			}
			tr, err := service.Decide(s, c, noon)
			if possible := slices.Contains(service.Possible(s, c.Actor.Side, noon), c.Action); possible != (err == nil) {
				t.Fatalf("%s in %s by %s: possible %v, decided %v", c.Action, s.State, c.Actor.Side, possible, err)
			}
			if err != nil {
				continue
			}
			if s.State.Ended() {
				t.Fatalf("%s after the end", c.Action)
			}
			s.State, s.Resume, s.Ending, s.Version = tr.To, tr.Resume, tr.Ending, s.Version+1
			switch c.Action {
			case service.ActAdjust:
				s.Round++
			case service.ActAskEstimate:
				s.AsksEstimate = true
			case service.ActOfferEstimate, service.ActOfferQuote:
				s.AsksEstimate, s.Offer = false, s.Offer+1
			case service.ActAgreeDates:
				last := noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, fmt.Sprint("last", i))) * time.Hour)
				s.Dates, s.LastAt = s.Dates+1, &last
			}
			if s.State == service.ToBill && s.Ending == "" {
				t.Fatalf("%s: to be billed without an ending", c.Action)
			}
		}
	})
}

// TestTraining: a training that was approved has its dates agreed, as often as
// they move, and is delivered once its last session has begun; nobody validates.
func TestTraining(t *testing.T) {
	earlier, later := noon.Add(-time.Hour), noon.Add(time.Hour)
	for name, c := range map[string]struct {
		state  service.State
		path   string
		action service.Action
		side   ticket.Side
		offer  int
		dates  int
		last   *time.Time
		want   string // where it leads, or why not
	}{
		"the first dates":             {action: service.ActAgreeDates, want: "in_work"},
		"dates that move":             {action: service.ActAgreeDates, offer: 2, dates: 2, last: &later, want: "in_work"},
		"dates that moved since":      {action: service.ActAgreeDates, offer: 1, dates: 2, last: &later, want: "changed_meanwhile"},
		"dates before the approval":   {action: service.ActAgreeDates, state: service.QuoteOffered, want: "action_out_of_order"},
		"dates by the customer":       {action: service.ActAgreeDates, side: ticket.Customer, want: "action_other_side"},
		"dates of a customization":    {action: service.ActAgreeDates, path: service.PathCustomization, want: "action_out_of_order"},
		"delivered without dates":     {action: service.ActDeliver, want: "training_without_dates"},
		"delivered before it was":     {action: service.ActDeliver, dates: 1, last: &later, want: "training_to_come"},
		"delivered as it begins":      {action: service.ActDeliver, dates: 1, last: &noon, want: "to_bill"},
		"delivered":                   {action: service.ActDeliver, dates: 1, last: &earlier, want: "to_bill"},
		"delivered by the customer":   {action: service.ActDeliver, side: ticket.Customer, dates: 1, last: &earlier, want: "action_other_side"},
		"a customization delivered":   {action: service.ActDeliver, path: service.PathCustomization, dates: 1, last: &earlier, want: "action_out_of_order"},
		"nobody validates a training": {action: service.ActAskValidation, dates: 1, last: &earlier, want: "action_out_of_order"},
		"withdrawn after approval":    {action: service.ActWithdraw, side: ticket.Customer, dates: 1, last: &later, want: "to_bill"},
	} {
		s := standing(cmp.Or(c.state, service.InWork))
		s.Path, s.Ending, s.Dates, s.LastAt = cmp.Or(c.path, service.PathTraining), "", c.dates, c.last
		tr, err := service.Decide(s, service.Command{Action: c.action, Actor: ticket.Actor{Side: cmp.Or(c.side, ticket.Staff)}, Offer: c.offer}, noon)
		got := string(tr.To)
		if e, ok := problem.As(err); ok {
			got = e.Key
		}
		if got != c.want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, c.want)
		}
		if c.action == service.ActDeliver && err == nil && tr.Ending != service.Completed {
			t.Errorf("%s: ended as %q", name, tr.Ending)
		}
	}
}
