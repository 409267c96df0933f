package store_test

import (
	"database/sql"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

func TestDatabaseIsMigrated(t *testing.T) {
	t.Parallel()
	s := stack.NewDatabase(t).Store(t)
	ids, err := s.VendorIDs(t.Context())
	if err != nil || len(ids) != 0 {
		t.Errorf("vendors of a fresh database: %v, %v", ids, err)
	}
}

// shop is a vendor with one row of everything.
type shop struct {
	vendor       store.Vendor
	organization store.Organization
	person       store.Person
	ticket       store.Ticket
}

// newShop adds a vendor with one row in every table that belongs to vendors.
func newShop(t *testing.T, s *store.Store, slug, prefix string) shop {
	t.Helper()
	choices := []policy.Choice{{Code: "x"}}
	settings := policy.Settings{
		Locales: []string{"en"}, TimeZone: "UTC", MailFrom: "support@" + slug + ".example",
		Types: choices, Reasons: choices, Severities: choices, Paths: []string{"answer"},
	}
	raw, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	h := shop{vendor: store.Vendor{ID: store.NewID(), Slug: slug, Name: slug, Prefix: prefix, Raw: raw, Settings: settings}}
	h.organization = store.Organization{ID: store.NewID(), Kind: "partner", Name: slug, CreatedAt: now}
	h.person = store.Person{
		ID: store.NewID(), OrganizationID: &h.organization.ID, Name: "Ann", Email: "ann@" + slug + ".example", Locale: "en",
		TimeZone: "UTC", Roles: []string{}, CreatedAt: now,
	}
	h.in(t, s, func(tx *store.Tx) error { return tx.InsertVendor(t.Context(), h.vendor) })
	h.in(t, s, func(tx *store.Tx) error {
		customer := store.Organization{ID: store.NewID(), Kind: "customer", Name: slug + "'s customer", CreatedAt: now}
		for _, o := range []store.Organization{h.organization, customer} {
			if err := tx.InsertOrganization(t.Context(), o); err != nil {
				return err
			}
		}
		if _, err := tx.LinkPartner(t.Context(), h.organization.ID, customer.ID); err != nil {
			return err
		}
		if err := tx.InsertPerson(t.Context(), h.person); err != nil {
			return err
		}
		return tx.InsertBearer(t.Context(), store.Bearer{ID: store.NewID(), PersonID: h.person.ID, Kind: "token", Scope: "all", Proof: "command", Hash: []byte(slug), CreatedAt: now, ExpiresAt: now.Add(time.Hour)})
	})
	h.ticket = h.newTicket(t, s)
	h.in(t, s, func(tx *store.Tx) error { return h.rest(t, tx) })
	h.in(t, s, func(tx *store.Tx) error { return h.access(t, tx) })
	return h
}

// access adds what belongs to the shop's person and to how people get in.
func (h shop) access(t *testing.T, tx *store.Tx) error {
	vendor, person, secret := tx.Vendor, h.person.ID, []byte(h.vendor.Slug)
	request, team, authority, contract := store.NewID(), store.NewID(), store.NewID(), store.NewID()
	period := store.NewID()
	product, pack := store.NewID(), store.NewID()
	work, invoice, quote := store.NewID(), store.NewID(), store.NewID()
	dev, review, hook, escalation, idea := store.NewID(), store.NewID(), store.NewID(), store.NewID(), store.NewID()
	for _, row := range []struct {
		insert string
		args   []any
	}{
		{`insert into devices values ($1, $2, $3, $4, 'x', now(), now())`, []any{store.NewID(), vendor, person, secret}},
		{`insert into recovery_codes values ($1, $2, $3)`, []any{vendor, person, secret}},
		{`insert into oidc_providers (id, vendor_id, name, issuer, client_id, client_secret, created_at) values ($1, $2, 'x', 'x', 'x', 'x', now())`, []any{store.NewID(), vendor}},
		{`insert into oidc_accounts values ($1, 'x', 'x', $2, now())`, []any{vendor, person}},
		{`insert into access_requests (id, vendor_id, name, email, organization, locale, created_at, updated_at)
			values ($1, $2, 'x', 'x', 'x', 'en', now(), now())`, []any{request, vendor}},
		{`insert into access_messages values ($1, $2, $3, $4, 'x', now())`, []any{store.NewID(), vendor, request, person}},
		{`insert into one_time_links (id, vendor_id, purpose, person_id, secret_hash, created_at, expires_at)
			values ($1, $2, 'reset', $3, $4, now(), now())`, []any{store.NewID(), vendor, person, secret}},
		{`insert into ticket_watchers values ($1, $2, $3, $3, now())`, []any{vendor, h.ticket.ID, person}},
		{`insert into teams (id, vendor_id, name, kind, created_at) values ($1, $2, 'x', 'support', now())`, []any{team, vendor}},
		{`insert into team_members values ($1, $2, $3)`, []any{vendor, team, person}},
		{`insert into assignment_turns values ($1, 'x', $2, 1)`, []any{vendor, person}},
		{`insert into products (id, vendor_id, name, created_at) values ($1, $2, 'x', now())`, []any{product, vendor}},
		{`insert into packages (id, vendor_id, product_id, name, created_at) values ($1, $2, $3, 'x', now())`, []any{pack, vendor, product}},
		{`insert into releases (id, vendor_id, package_id, number, released_on, created_at) values ($1, $2, $3, 'x', now(), now())`, []any{store.NewID(), vendor, pack}},
		{`insert into audit (vendor_id, at, action, object_kind) values ($1, now(), 'x', 'x')`, []any{vendor}},
		{`insert into access_authorities (id, vendor_id, ticket_id, organization_id, system, scopes, reason, asked_by, asked_at, wanted_until)
			values ($1, $2, $3, $4, 'x', '{read_only}', 'x', $5, now(), now())`, []any{authority, vendor, h.ticket.ID, h.organization.ID, person}},
		{`insert into authority_decisions (id, vendor_id, authority_id, kind, person_id, organization, customer, capacity, at, channel)
			values ($1, $2, $3, 'declined', $4, 'x', 'x', 'staff', now(), 'api')`, []any{store.NewID(), vendor, authority, person}},
		{`insert into authority_accesses values ($1, $2, $3, $4, $5, 'read_only', 'x', now())`, []any{store.NewID(), vendor, h.ticket.ID, authority, person}},
		{`insert into drafts values ($1, $2, 'x', 'note', '{}', now())`, []any{vendor, person}},
		{`insert into refusals values ($1, $2, $3, $4, 'api', 'x', 'x', 'x', now())`, []any{store.NewID(), vendor, person, h.organization.ID}},
		{`insert into policy_packs values ($1, repeat('0', 64), 'x')`, []any{vendor}},
		{`insert into policy_publications (vendor_id, version, published_at) values ($1, repeat('0', 64), now())`, []any{vendor}},
		{`insert into contracts (id, vendor_id, organization_id, plan, reference, from_on, created_at) values ($1, $2, $3, 'x', 'x', now(), now())`, []any{contract, vendor, h.organization.ID}},
		{`insert into entitlement_periods values ($1, $2, $3, now(), now(), now())`, []any{period, vendor, contract}},
		{`insert into entitlement_moves (vendor_id, period_id, kind, from_account, to_account, amount, at) values ($1, $2, 'open', 'agreement', 'available', 1, now())`, []any{vendor, period}},
		{`insert into entitlement_refusals values ($1, $2, $3, $4, $5, null, 'refused', 'x', 'x', 'api', now())`, []any{store.NewID(), vendor, contract, h.organization.ID, person}},
		{`insert into service_requests (id, vendor_id, number, ticket_id, path, state, created_by, created_at, updated_at)
			values ($1, $2, 'x', $3, 'customization', 'analysis', $4, now(), now())`, []any{work, vendor, h.ticket.ID, person}},
		{`insert into estimates values ($1, $2, $3, 1, 60, 1, 'CAD', '', $4, now())`, []any{store.NewID(), vendor, work, person}},
		{`insert into quotes (id, vendor_id, number, version, service_request_id, ticket_id, currency, net, total, lines, taxes, digest, offered_by, offered_at)
			values ($1, $2, 'x', 1, $3, $4, 'CAD', 1, 1, '[]', '[]', 'x', $5, now())`, []any{quote, vendor, work, h.ticket.ID, person}},
		{`insert into quote_documents values ($1, $2, 'x', 'x')`, []any{vendor, quote}},
		{`insert into approval_links values ($1, $2, $3, $4, $5, now(), now())`, []any{store.NewID(), vendor, quote, person, quote[:]}},
		{`insert into training_sessions values ($1, $2, 1, 1, now(), now() + interval '1 hour', 'x', $3, now())`, []any{vendor, work, person}},
		{`insert into decisions (id, vendor_id, ticket_id, object, object_id, object_version, question, answer, channel, at)
			values ($1, $2, $3, 'estimate', $4, 1, 'estimate', 'accepted', 'api', now())`, []any{store.NewID(), vendor, h.ticket.ID, work}},
		{`insert into time_entries (id, vendor_id, ticket_id, service_request_id, person_id, entered_by, activity, day, minutes, billable, at)
			values ($1, $2, $3, $4, $5, $5, 'x', now(), 15, true, now())`, []any{store.NewID(), vendor, h.ticket.ID, work, person}},
		{`insert into dev_tickets (id, vendor_id, number, state, title, created_by, created_at, updated_at) values ($1, $2, 'x', 'new', 'x', $3, now(), now())`, []any{dev, vendor, person}},
		{`insert into dev_ticket_events (vendor_id, dev_ticket_id, version, kind, at) values ($1, $2, 1, 'x', now())`, []any{vendor, dev}},
		{`insert into qa_reviews (id, vendor_id, number, ticket_id, state, created_by, created_at, updated_at) values ($1, $2, 'x', $3, 'open', $4, now(), now())`, []any{review, vendor, h.ticket.ID, person}},
		{`insert into escalations (id, vendor_id, number, state, organization_id, opened_by, reason, ladder, opened_at, updated_at) values ($1, $2, 'x', 'open', $3, $4, 'x', 'x', now(), now())`, []any{escalation, vendor, h.organization.ID, person}},
		{`insert into escalation_steps (vendor_id, escalation_id, version, kind, rung, at) values ($1, $2, 1, 'opened', 1, now())`, []any{vendor, escalation}},
		{`insert into collaborations (id, vendor_id, ticket_id, state, team, question, asked_by, asked_at) values ($1, $2, $3, 'open', 'x', 'x', $4, now())`, []any{store.NewID(), vendor, h.ticket.ID, person}},
		{`insert into dev_ticket_links (id, vendor_id, dev_ticket_id, ticket_id, review_id, linked_by, linked_at) values ($1, $2, $3, $4, $5, $6, now())`, []any{store.NewID(), vendor, dev, h.ticket.ID, review, person}},
		{`insert into features (id, vendor_id, number, state, title, created_by, created_at, updated_at) values ($1, $2, 'x', 'new', 'x', $3, now(), now())`, []any{idea, vendor, person}},
		{`insert into feature_events (vendor_id, feature_id, version, kind, at) values ($1, $2, 1, 'x', now())`, []any{vendor, idea}},
		{`insert into feature_votes (id, vendor_id, feature_id, organization_id, ticket_id, person_id, cast_at) values ($1, $2, $3, $4, $5, $6, now())`, []any{store.NewID(), vendor, idea, h.organization.ID, h.ticket.ID, person}},
		{`insert into dev_news (id, vendor_id, kind, dev_ticket_id, by_id, at) values ($1, $2, 'planned', $3, $4, now())`, []any{store.NewID(), vendor, dev, person}},
		{`insert into webhook_endpoints (id, vendor_id, name, url, events, active, secret, owner_id, created_at)
			values ($1, $2, 'x', 'x', '{dev_ticket.created}', true, 'x', $3, now())`, []any{hook, vendor, person}},
		{`insert into webhook_deliveries (id, vendor_id, endpoint_id, effect_id, event, dev_ticket_id, body, created_at)
			select $1, $2, $3, min(id), 'x', $4, 'x', now() from outbox`, []any{store.NewID(), vendor, hook, dev}},
		{`insert into webhook_keys values ($1, 'x', null, null, $2, now())`, []any{vendor, person}},
		{`insert into webhook_messages values ($1, 'x', 'x', 'taken', '', 'x', $2, now())`, []any{vendor, dev}},
		{`insert into efforts (id, vendor_id, service_request_id, revision, lines, minutes, recorded_by, recorded_at) values ($1, $2, $3, 1, '[]', 1, $4, now())`, []any{store.NewID(), vendor, work, person}},
		{`select next_count('invoice', $1, 2026)`, []any{vendor}},
		{`insert into invoices (id, vendor_id, kind, number, ticket_id, service_request_id, purpose, organization_id, currency, net, total, issued_at, issued_on, due_on,
			locale, subject, about, bill_to, sender)
			values ($1, $2, 'invoice', 'x', $3, $4, 'work', $5, 'CAD', 1, 1, now(), now(), now(), 'en', 'x', 'x', '{}', '{}')`, []any{invoice, vendor, h.ticket.ID, work, h.organization.ID}},
		{`insert into time_frames values ($1, $2, now(), now(), $3, $4, now())`, []any{work, vendor, invoice, person}},
		{`insert into invoice_lines values ($1, $2, 1, 'fixed', '', '{}', 0, 1, 1, 1)`, []any{vendor, invoice}},
		{`insert into invoice_taxes values ($1, $2, 1, 'x', '{}', 5, '', 1)`, []any{vendor, invoice}},
		{`insert into invoice_entries select $1, $2, id from time_entries limit 1`, []any{vendor, invoice}},
		{`insert into payments values ($1, $2, $3, 1, 'CAD', now(), 'cash', '', $4, null, now())`, []any{store.NewID(), vendor, invoice, person}},
		{`insert into payment_messages values ($1, 'x', 'x', 'taken', 'x', $2, now())`, []any{vendor, invoice}},
		{`insert into payment_keys values ($1, 'x', now())`, []any{vendor}},
		{`insert into invoice_documents values ($1, $2, 'en', 'x', 'x')`, []any{vendor, invoice}},
		{`insert into timers values ($1, $2, $3, 'x', now())`, []any{person, vendor, h.ticket.ID}},
		{`insert into statements (vendor_id, organization_id, iso_week, outcome, scheduled_at, decided_at, snapshot) values ($1, $2, '2026-W48', 'nothing', now(), now(), '{}')`, []any{vendor, h.organization.ID}},
		{`insert into statement_reports values ($1, $2, $3, $4, now())`, []any{h.organization.ID, vendor, store.NewID(), person}},
		{`insert into clock_ledger values ($1, $2, 1, now(), 'waiting', 'x')`, []any{vendor, h.ticket.ID}},
		{`insert into clock_exclusions (id, vendor_id, ticket_id, clock, reason, evidence, asked_by, asked_at) values ($1, $2, $3, 'x', 'x', 'x', $4, now())`, []any{store.NewID(), vendor, h.ticket.ID, person}},
	} {
		if _, err := tx.ExecContext(t.Context(), row.insert, row.args...); err != nil {
			return err
		}
	}
	return nil
}

// in runs do for the shop's vendor; it must succeed.
func (h shop) in(t *testing.T, s *store.Store, do func(*store.Tx) error) {
	t.Helper()
	if err := s.In(t.Context(), h.vendor.ID, do); err != nil {
		t.Fatal(err)
	}
}

// newTicket adds a request and its ticket.
func (h shop) newTicket(t *testing.T, s *store.Store) (row store.Ticket) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	h.in(t, s, func(tx *store.Tx) error {
		r := store.Request{
			ID: store.NewID(), OrganizationID: h.organization.ID, RequesterID: h.person.ID, Channel: "api", Type: "x", Severity: "x",
			Title: "title", Body: "body", State: "registered", SubmittedAt: now,
		}
		number, err := tx.NextTicketNumber(t.Context(), h.vendor.Prefix, 2026)
		if err != nil {
			return err
		}
		row = store.Ticket{
			ID: r.ID, VendorID: h.vendor.ID, Number: number, Version: 1, State: ticket.Registered, OrganizationID: r.OrganizationID,
			RequesterID: r.RequesterID, Title: r.Title, Type: r.Type, Severity: r.Severity, RegisteredAt: now, UpdatedAt: now,
		}
		if err := tx.InsertRequest(t.Context(), r); err != nil {
			return err
		}
		return tx.InsertTicket(t.Context(), row)
	})
	return row
}

// rest adds what hangs on the ticket.
func (h shop) rest(t *testing.T, tx *store.Tx) error {
	now := time.Now().UTC()
	if err := tx.InsertComment(t.Context(), store.Comment{ID: store.NewID(), TicketID: h.ticket.ID, AuthorID: h.person.ID, Kind: "comment", Public: true, Body: "b", At: now}); err != nil {
		return err
	}
	if err := tx.InsertFile(t.Context(), store.File{ID: store.NewID(), UploaderID: h.person.ID, Name: "f", MediaType: "text/plain", Size: 1, SHA256: []byte{1}, CreatedAt: now}); err != nil {
		return err
	}
	if err := tx.InsertEvent(t.Context(), store.Event{TicketID: h.ticket.ID, Version: 1, Kind: "registered", Public: true, At: now}); err != nil {
		return err
	}
	if _, err := tx.Receive(t.Context(), h.command("test", uuid.NewString())); err != nil {
		return err
	}
	return tx.InsertEffect(t.Context(), store.Effect{Kind: store.EffectStart, Key: "start", TicketID: &h.ticket.ID, Payload: json.RawMessage(`{}`)})
}

// difference adds one that a reconciliation has found at the shop, as the
// relay's role.
func (h shop) difference(t *testing.T, s *store.Store) {
	t.Helper()
	id := store.NewID()
	if _, err := s.BeginReconciliation(t.Context(), id, "command"); err != nil {
		t.Fatal(err)
	}
	found := []store.Difference{{VendorID: &h.vendor.ID, Work: store.WorkTicket, RowID: h.ticket.ID, Number: h.ticket.Number, Kind: "behind", RowVersion: &h.ticket.Version}}
	if err := s.KeepDifferences(t.Context(), id, found); err != nil {
		t.Fatal(err)
	}
}

// command is a person's command on the shop's ticket under a key made of seed.
func (h shop) command(action, seed string) store.Command {
	return store.Command{Key: keyOf(seed), TicketID: &h.ticket.ID, ActorID: &h.person.ID, Action: action, Body: []byte(`{"text":"x"}`), BodyHash: []byte(seed), ReceivedAt: time.Now().UTC()}
}

// as opens the database under that URL, for statements of the test's own.
func as(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
