package store_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TestOverdue: when the next thing comes to a row is kept with it as the domain
// decides, so that an instant of which nothing comes is not overdue; and what was
// there before the column was is given the same.
func TestOverdue(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s, admin := d.Store(t), as(t, d.Admin)
	h := newShop(t, s, "ours", "OU")
	now := time.Now().UTC().Truncate(time.Microsecond)
	past, later := now.Add(-time.Hour), now.Add(time.Hour)
	want := append(h.movingTickets(t, s, past, later), h.movingServices(t, s, past, later)...)
	slices.Sort(want)
	found := func() (list []string) {
		t.Helper()
		h.in(t, s, func(tx *store.Tx) error {
			rows, err := tx.Overdue(t.Context(), now, now.Add(-time.Minute), 100)
			for _, o := range rows {
				if list = append(list, o.Work.Work+" "+o.ID.String()); o.Total != len(rows) || !o.DueAt.Equal(past) {
					t.Errorf("%+v of %d", o, len(rows))
				}
			}
			return err
		})
		slices.Sort(list)
		return list
	}
	if list := found(); !slices.Equal(list, want) {
		t.Errorf("overdue are %q, want %q", list, want)
	}
	counts, err := d.RelayStore(t).CountOverdue(t.Context(), now, now.Add(-time.Minute))
	if err != nil || !maps.Equal(counts, map[string]int{store.WorkTicket: 2, store.WorkService: 3, store.WorkEnhancement: 2}) {
		t.Errorf("over all vendors: %v, %v", counts, err)
	}

	raw, err := os.ReadFile("migrations/00060_overdue.sql")
	if err != nil {
		t.Fatal(err)
	}
	fill := regexp.MustCompile(`(?ms)^(update|alter table \w+ (no )?force) .*?;$`).FindAllString(string(raw), -1)
	asOwner := `update tickets set next_at = null; update service_requests set next_at = null; set role ` + store.RoleOwner + `; ` + strings.Join(fill, "\n") + `; reset role` // as a migration runs
	if _, err := admin.ExecContext(t.Context(), asOwner); err != nil || len(fill) != 6 {
		t.Fatal(len(fill), err)
	}
	if list := found(); !slices.Equal(list, want) {
		t.Errorf("what was there before: overdue are %q, want %q", list, want)
	}
}

// movingTickets adds tickets to which something comes by itself, or only seems to,
// and answers those that are overdue.
func (h shop) movingTickets(t *testing.T, s *store.Store, past, later time.Time) (want []string) {
	t.Helper()
	clock := func(warned, stopped *time.Time) store.Clocks {
		return store.Clocks{{Name: ticket.ClockAcknowledge, Amount: policy.Amount{}, WarnAt: &past, DueAt: &later, WarnedAt: warned, StoppedAt: stopped}}
	}
	for _, c := range []struct {
		overdue bool
		row     store.Ticket
	}{
		{false, store.Ticket{State: ticket.InProgress, AutoCloseAt: &past}}, // nothing closes it in that state
		{true, store.Ticket{State: ticket.Answered, AutoCloseAt: &past}},
		{false, store.Ticket{State: ticket.Answered, AutoCloseAt: &later}},
		{false, store.Ticket{State: ticket.Closed, ReopenUntil: &past}}, // its life is over: nothing is committed
		{true, store.Ticket{State: ticket.Triaged, Clocks: clock(nil, nil)}},
		{false, store.Ticket{State: ticket.Triaged, Clocks: clock(&past, nil)}},
		{false, store.Ticket{State: ticket.Answered, Clocks: clock(nil, &past)}},
		{false, store.Ticket{State: ticket.Withdrawn, Clocks: clock(nil, nil)}},
	} {
		row := h.newTicket(t, s)
		row.Version, row.State, row.AutoCloseAt, row.ReopenUntil, row.Clocks = 2, c.row.State, c.row.AutoCloseAt, c.row.ReopenUntil, c.row.Clocks
		h.in(t, s, func(tx *store.Tx) error { return tx.UpdateTicket(t.Context(), row) })
		if c.overdue {
			want = append(want, store.WorkTicket+" "+row.ID.String())
		}
	}
	return want
}

// movingServices does the same with service requests.
func (h shop) movingServices(t *testing.T, s *store.Store, past, later time.Time) (want []string) {
	t.Helper()
	for i, c := range []struct {
		overdue bool
		row     store.ServiceRequest
	}{
		{true, store.ServiceRequest{Path: service.PathServiceRequest, State: service.WaitingForInformation, GiveUpAt: &past}},
		{false, store.ServiceRequest{Path: service.PathFeature, State: service.WaitingForInformation, GiveUpAt: &past}}, // an enhancement never gives up there
		{true, store.ServiceRequest{Path: service.PathFeature, State: service.WaitingForInterest, GiveUpAt: &past}},
		{true, store.ServiceRequest{Path: service.PathOutOfScope, State: service.WaitingForInformation, GiveUpAt: &later, RemindAt: &past}},
		{true, store.ServiceRequest{Path: service.PathCustomization, State: service.QuoteOffered, ExpireAt: &past}},
		{false, store.ServiceRequest{Path: service.PathCustomization, State: service.QuoteOffered, ExpireAt: &later}},
		{true, store.ServiceRequest{Path: service.PathCustomization, State: service.WaitingForValidation, AcceptAt: &past}},
	} {
		r := c.row
		r.ID, r.TicketID, r.Number, r.Version, r.CreatedBy, r.CreatedAt, r.UpdatedAt = store.NewID(), h.newTicket(t, s).ID, "SR-"+string(rune('a'+i)), 1, h.person.ID, past, past
		h.in(t, s, func(tx *store.Tx) error {
			if err := tx.InsertServiceRequest(t.Context(), r); err != nil {
				return err
			}
			r.Version = 2
			return tx.UpdateServiceRequest(t.Context(), r)
		})
		if c.overdue {
			want = append(want, map[bool]string{false: store.WorkService, true: store.WorkEnhancement}[service.IsEnhancement(r.Path)]+" "+r.ID.String())
		}
	}
	return want
}

// TestLaggingWork: what a command has moved is told from its ticket, an enhancement
// from other service requests, to the vendor and to the relay alike.
func TestLaggingWork(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s, relay, admin := d.Store(t), d.RelayStore(t), as(t, d.Admin)
	h, other := newShop(t, s, "ours", "OU"), newShop(t, s, "theirs", "TH")
	if _, err := admin.ExecContext(t.Context(), `insert into commands (vendor_id, key, ticket_id, action, body_hash, received_at, committed_at, version, service_request_id, work_kind, work_id)
		select vendor_id, encode(sha256((n || id::text)::bytea), 'hex'), ticket_id, 'x', ''::bytea, now(), now() - make_interval(mins => 9 - n), 1, null::uuid, '', null::uuid from service_requests, generate_series(1, 2) n
		union all select vendor_id, encode(sha256(id::text::bytea), 'hex'), ticket_id, 'x', ''::bytea, now(), now() - interval '5 minutes', 1, id, '', null from service_requests
		union all select vendor_id, encode(sha256(id::text::bytea), 'hex'), ticket_id, 'x', ''::bytea, now(), now() - interval '4 minutes', 1, null, 'qa_review', id from qa_reviews
		union all select vendor_id, encode(sha256(id::text::bytea), 'hex'), null, 'x', ''::bytea, now(), now() - interval '3 minutes', 1, null, 'dev_ticket', id from dev_tickets`); err != nil {
		t.Fatal(err)
	}
	for path, kind := range map[string]string{service.PathCustomization: store.WorkService, service.PathOutOfScope: store.WorkEnhancement} {
		if _, err := admin.ExecContext(t.Context(), `update service_requests set path = $1`, path); err != nil {
			t.Fatal(err)
		}
		want := []string{store.WorkTicket, kind, store.WorkReview, store.WorkDev}
		h.in(t, s, func(tx *store.Tx) error {
			list, err := tx.Lagging(t.Context(), time.Minute, 10)
			if len(list) != len(want) {
				t.Fatalf("%+v, want %v", list, want)
			}
			for i, l := range list {
				if l.Work.Work != want[i] || l.Total != len(want) || l.Tickets != 1 {
					t.Errorf("%+v, want a %s", l, want[i])
				}
			}
			works, failed := tx.Works(t.Context(), []store.Work{list[1].Work, {Work: "nonsense", ID: h.ticket.ID}, {Work: store.WorkTicket, ID: other.ticket.ID}, list[0].Work})
			if failed != nil || !slices.Equal(works, []store.Work{list[1].Work, list[0].Work}) {
				t.Errorf("found %+v, %v", works, failed)
			}
			return err
		})
		counts, err := relay.CountUnconfirmed(t.Context(), time.Minute)
		if err != nil || !maps.Equal(counts, map[string]int{store.WorkTicket: 2, kind: 2, store.WorkReview: 2, store.WorkDev: 2}) {
			t.Errorf("over all vendors: %v, %v", counts, err)
		}
		id := store.NewID()
		if _, err := relay.BeginReconciliation(t.Context(), id, "command"); err != nil {
			t.Fatal(err)
		}
		if err := relay.KeepUnconfirmed(t.Context(), id, "unconfirmed", time.Minute); err != nil {
			t.Fatal(err)
		}
		found, err := relay.Differences(t.Context(), id, 0, 10)
		if err != nil || len(found) != 8 || !slices.ContainsFunc(found, func(d store.Difference) bool { return d.Work == kind }) {
			t.Errorf("differences: %+v, %v", found, err)
		}
	}
}
