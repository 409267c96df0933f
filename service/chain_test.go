package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/ticket"
)

// chained is the procedure of docs/paths/enhancement.md: where each action leads
// from each state, "-" where it is out of order.
const chained = `
action           | side     | waiting_for_interest | waiting_for_choice | analysis      | quote_offered | to_schedule | waiting_for_payment | in_work                | waiting_for_validation | adjustments            | to_bill   | billed | to_settle
interested       | customer | analysis             | -                  | -             | -             | -           | -                   | -                      | -                      | -                      | -         | -      | -
not_interested   | customer | closed               | -                  | -             | -             | -           | -                   | -                      | -                      | -                      | -         | -      | -
take_partner     | customer | -                    | closed             | -             | -             | -           | -                   | -                      | -                      | -                      | -         | -      | -
ask_quote        | customer | -                    | analysis           | -             | -             | -           | -                   | -                      | -                      | -                      | -         | -      | -
record_estimate  | staff    | -                    | -                  | analysis      | quote_offered | -           | -                   | -                      | -                      | -                      | -         | -      | -
offer_quote      | staff    | -                    | -                  | quote_offered | quote_offered | -           | -                   | -                      | -                      | -                      | -         | -      | -
approve_quote    | customer | -                    | -                  | -             | to_schedule   | -           | -                   | -                      | -                      | -                      | -         | -      | -
decline_quote    | customer | -                    | -                  | -             | closed        | -           | -                   | -                      | -                      | -                      | -         | -      | -
schedule_work    | staff    | -                    | -                  | -             | -             | in_work     | -                   | -                      | -                      | -                      | -         | -      | -
ask_validation   | staff    | -                    | -                  | -             | -             | -           | -                   | waiting_for_validation | waiting_for_validation | waiting_for_validation | -         | -      | -
accept_work      | customer | -                    | -                  | -             | -             | -           | -                   | -                      | closed                 | -                      | -         | -      | -
ask_adjustments  | customer | -                    | -                  | -             | -             | -           | -                   | -                      | adjustments            | -                      | -         | -      | -
bill             | staff    | -                    | -                  | -             | -             | -           | -                   | -                      | -                      | -                      | billed    | -      | -
settle           | staff    | -                    | -                  | -             | -             | -           | -                   | -                      | -                      | -                      | -         | -      | abandoned
close            | staff    | -                    | -                  | -             | -             | -           | -                   | -                      | -                      | -                      | -         | abandoned | -
withdraw_offer   | staff    | abandoned            | abandoned          | abandoned     | abandoned     | -           | -                   | -                      | -                      | -                      | -         | -      | -
cancel           | staff    | -                    | -                  | -             | -             | abandoned   | abandoned           | abandoned              | abandoned              | abandoned              | -         | -      | -
withdraw         | customer | abandoned            | abandoned          | abandoned     | abandoned     | abandoned   | abandoned           | abandoned              | abandoned              | abandoned              | -         | -      | -
begin_work       | staff    | -                    | -                  | -             | -             | -           | -                   | -                      | -                      | -                      | -         | -      | -
consent          | customer | -                    | -                  | -             | -             | -           | -                   | -                      | -                      | -                      | -         | -      | -
agree_dates      | staff    | -                    | -                  | -             | -             | -           | -                   | -                      | -                      | -                      | -         | -      | -`

// chainAt is an enhancement in a state, estimated, as it is before its invoice.
func chainAt(state service.State) service.Snapshot {
	return service.Snapshot{
		ID: "s", Ticket: "t", Number: "SR-2026-000001", Path: service.PathFeature, State: state, Version: 1, Offer: 2, Estimated: 1, Ending: service.Withdrawn,
	}
}

func decidedOn(s service.Snapshot, action service.Action, side ticket.Side) (service.Transition, string) {
	offer := s.Offer
	if s.State == service.WaitingForValidation {
		offer = s.Round
	}
	t, err := service.Decide(s, service.Command{Key: "k", Action: action, Actor: ticket.Actor{ID: "p", Side: side}, Offer: offer}, noon)
	if err != nil {
		return t, string(problem.CodeOf(err))
	}
	return t, string(t.To)
}

func TestChain(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(chained), "\n")
	states := cells(lines[0])[2:]
	for _, line := range lines[1:] {
		row := cells(line)
		for i, state := range states {
			for _, path := range service.Enhancements {
				for _, side := range []ticket.Side{ticket.Customer, ticket.Staff, ticket.System} {
					s := chainAt(service.State(state))
					s.Path = path
					_, got := decidedOn(s, service.Action(row[0]), side)
					want := row[i+2]
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
}

// TestStopped: how an enhancement ends depends on whether its invoice is out, and
// on what the pack bills.
func TestStopped(t *testing.T) {
	for name, c := range map[string]struct {
		state    service.State
		action   service.Action
		side     ticket.Side
		change   func(*service.Snapshot)
		to, ends string
	}{
		"withdrawn after the invoice":                       {service.InWork, service.ActWithdraw, ticket.Customer, func(s *service.Snapshot) { s.Invoiced = true }, "to_settle", "withdrawn"},
		"cancelled after the invoice":                       {service.WaitingForPayment, service.ActCancel, ticket.Staff, func(s *service.Snapshot) { s.Invoiced = true }, "to_settle", "cancelled"},
		"withdrawn before it, where the estimate is billed": {service.ToSchedule, service.ActWithdraw, ticket.Customer, func(s *service.Snapshot) { s.BillDeclined = true }, "to_bill", "withdrawn"},
		"declined, where the estimate is billed":            {service.QuoteOffered, service.ActDeclineQuote, ticket.Customer, func(s *service.Snapshot) { s.BillDeclined = true }, "to_bill", "declined"},
		"no interest is never billed":                       {service.WaitingForInterest, service.ActWithdraw, ticket.Customer, func(s *service.Snapshot) { s.BillDeclined = true }, "abandoned", "withdrawn"},
		"the vendor's change of mind is never billed":       {service.QuoteOffered, service.ActWithdrawOffer, ticket.Staff, func(s *service.Snapshot) { s.BillDeclined = true }, "abandoned", "offer_withdrawn"},
		"while information is waited for, after approval":   {service.WaitingForInformation, service.ActCancel, ticket.Staff, func(s *service.Snapshot) { s.Resume, s.Invoiced = service.InWork, true }, "to_settle", "cancelled"},
		"while information is waited for, before it":        {service.WaitingForInformation, service.ActWithdrawOffer, ticket.Staff, func(s *service.Snapshot) { s.Resume = service.Analysis }, "abandoned", "offer_withdrawn"},
		"an offer that was approved is not withdrawn":       {service.WaitingForInformation, service.ActWithdrawOffer, ticket.Staff, func(s *service.Snapshot) { s.Resume = service.ToSchedule }, "conflict", ""},
		"work that waits for the payment":                   {service.ToSchedule, service.ActSchedule, ticket.Staff, func(s *service.Snapshot) { s.WhenPaid = true }, "waiting_for_payment", "withdrawn"},
		"no quote without an estimate":                      {service.Analysis, service.ActOfferQuote, ticket.Staff, func(s *service.Snapshot) { s.Estimated = 0 }, "conflict", ""},
	} {
		s := chainAt(c.state)
		c.change(&s)
		tr, got := decidedOn(s, c.action, c.side)
		if got != c.to || c.ends != "" && string(tr.Ending) != c.ends {
			t.Errorf("%s: %s (%s), want %s (%s)", name, got, tr.Ending, c.to, c.ends)
		}
		if possible := slices.Contains(service.Possible(s, c.side, noon), c.action); possible != (c.to != "conflict") {
			t.Errorf("%s: offered as possible: %v", name, possible)
		}
	}
}

// TestSilence: nobody says whether they are interested: reminded, then closed;
// a quote that expires is estimated anew.
func TestSilence(t *testing.T) {
	soon, later := noon.Add(time.Hour), noon.Add(48*time.Hour)
	s := chainAt(service.WaitingForInterest)
	s.RemindAt, s.GiveUpAt = &soon, &later
	if action, at, ok := service.Next(s); !ok || action != service.ActRemind || !at.Equal(soon) {
		t.Errorf("next %s at %v", action, at)
	}
	system := service.Command{Action: service.ActGiveUp, Actor: ticket.Actor{Side: ticket.System}}
	if tr, err := service.Decide(s, system, later); err != nil || tr.To != service.Closed || tr.Ending != service.GaveUp {
		t.Errorf("%+v %v", tr, err)
	}
	s = chainAt(service.QuoteOffered)
	s.ExpireAt = &later
	system.Action = service.ActExpire
	if tr, err := service.Decide(s, system, later); err != nil || tr.To != service.Analysis {
		t.Errorf("%+v %v", tr, err)
	}
}

// TestUnlocked: work is done from the invoice on, or its payment, and never
// before.
func TestUnlocked(t *testing.T) {
	open := []service.State{service.InWork, service.Adjustments, service.WaitingForValidation, service.Closed, service.Billed}
	for _, state := range service.States {
		if state == service.WaitingForInformation {
			continue
		}
		want := slices.Contains(open, state)
		if service.Unlocked(state, "") != want || service.Unlocked(service.WaitingForInformation, state) != want {
			t.Errorf("%s: unlocked %v", state, !want)
		}
	}
}
