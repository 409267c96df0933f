package activities_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TestOffer: a feature request is offered as paid work once, and only while it is
// open and triaged: its ticket waits for the customer's interest, who is asked,
// and one workflow is started.
func TestOffer(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{})
	w := newWorld(t, h, "interfacing")
	s := w.register()
	offers := func() (made *store.ServiceRequest, row store.Ticket, err error) {
		err = h.Store.In(t.Context(), w.vendor.ID, func(tx *store.Tx) error {
			if row, err = tx.LockTicket(t.Context(), uuid.MustParse(s.ID)); err != nil {
				return err
			}
			row.Version++
			made, err = activities.Offer(t.Context(), tx, w.vendor, &row, activities.Proposal{
				Key: "offer", By: uuid.MustParse(w.agents[0].ID), Text: "We could make it.", At: time.Now().UTC(),
			})
			if err != nil {
				return err
			}
			return tx.UpdateTicket(t.Context(), row)
		})
		return made, row, err
	}
	refused := func(want string) {
		t.Helper()
		_, _, err := offers()
		if e, ok := problem.As(err); !ok || e.Key != want || e.Code != problem.Conflict {
			t.Errorf("offered: %v, want %s", err, want)
		}
	}
	refused("offer_on_closed")
	settings := w.vendor.Settings
	w.do(s, ticket.Command{Action: ticket.ActTriage, Actor: w.agents[0], Triage: &ticket.Triage{
		Reason: settings.Reasons[0].Code, Level: 1, Severity: settings.Severities[0].Code, Path: service.PathFeature, Assignee: w.agents[0].ID,
	}})
	made, row, err := offers()
	if err != nil {
		t.Fatal(err)
	}
	if made.State != service.WaitingForInterest || made.ID != store.ServiceRequestID(row.ID, "offer") {
		t.Errorf("%+v", made)
	}
	if row.State != ticket.WaitingForCustomer || row.Waiting != string(ticket.ForInterest) || row.Hanging != 2 { // its vote is answered by who offers
		t.Errorf("its ticket is %s %s, with %d", row.State, row.Waiting, row.Hanging)
	}
	refused("offer_made")
	for query, want := range map[string]int{
		`select count(*) from outbox where kind = 'start' and key like 'start/enhancement/%'`:  1,
		`select count(*) from outbox where kind = 'mail' and key like 'mail/interest_asked/%'`: 1,
		`select count(*) from events where kind = 'service_created'`:                           1,
	} {
		var got int
		if err := h.Store.In(t.Context(), w.vendor.ID, func(tx *store.Tx) error { return tx.QueryRowContext(t.Context(), query).Scan(&got) }); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}
