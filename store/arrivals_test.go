package store_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// Looking up what arrived walks indexes, however many tickets there are: of
// whoever has or had the address, or of an organization.
func TestArrivalsWalkIndexes(t *testing.T) {
	t.Parallel()
	db := stack.NewDatabase(t)
	c := newCrowd(t, db, 5000, false)
	if _, err := as(t, db.Admin).ExecContext(t.Context(), `insert into outbox (vendor_id, kind, key, ticket_id, payload, state)
		select vendor_id, 'mail', 'mail/receipt/' || id || '/' || requester_id, id, jsonb_build_object('Kind', 'receipt', 'To', jsonb_build_object('Email', 'OLD-' || number || '@crowd.example')), 'sent'
		from tickets`); err != nil {
		t.Fatal(err)
	}
	if _, err := as(t, db.Admin).ExecContext(t.Context(), `analyze`); err != nil {
		t.Fatal(err)
	}
	all, person, organization := store.Sight{All: true}, c.people[0], c.organizations[0]
	for name, l := range map[string]struct {
		filter  store.ArrivalFilter
		indexes []string
	}{
		"an address":          {store.ArrivalFilter{Sight: all, Address: "1"}, []string{"tickets_requester", "tickets_contact"}},
		"an address and word": {store.ArrivalFilter{Sight: all, Address: "1", Words: []string{"title"}}, []string{"tickets_requester", "tickets_contact"}},
		"an old address":      {store.ArrivalFilter{Sight: all, Address: "old-cr-2025-77@CROWD.example"}, []string{"outbox_receipts_to"}},
		"a contact's":         {store.ArrivalFilter{Sight: store.Sight{Person: person}, Words: []string{"title"}}, []string{"tickets_requester", "tickets_contact"}},
		"an organization's":   {store.ArrivalFilter{Sight: store.Sight{Person: person, Organization: &organization}, Words: []string{"title"}}, []string{"tickets_organization", "tickets_partner"}},
	} {
		l.filter.Limit = 26
		plan := c.plan(t, as(t, db.Admin), "force_custom_plan", l.filter)
		for _, index := range l.indexes {
			if !strings.Contains(plan, "using "+index+" ") && !strings.Contains(plan, "on "+index+" ") {
				t.Errorf("%s: does not walk %s\n%s", name, index, plan)
			}
		}
	}
}
