package desk_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// weekly is a house in which PRIM Logix is run by its pack, and its clock.
type weekly struct {
	*stack.House
	db   *sql.DB
	now  time.Time
	org  uuid.UUID
	zone *time.Location
}

func newWeekly(t *testing.T) *weekly {
	t.Helper()
	w := &weekly{now: time.Date(2026, 12, 1, 15, 0, 0, 0, time.UTC)}
	w.House = stack.NewHouse(t, stack.Parts{Now: func() time.Time { return w.now }})
	if err := demo.PublishTo(t.Context(), w.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.db, err = sql.Open("postgres", w.DB.Admin); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	w.org = customerOf(t, w.House, "primlogix")
	if w.zone, err = time.LoadLocation("America/Toronto"); err != nil {
		t.Fatal(err)
	}
	// The demo people were made at the wall clock, which may be later.
	w.exec(t, `update organizations set created_at = '2026-01-01'`)
	return w
}

func (w *weekly) vendor(t *testing.T) store.Vendor {
	t.Helper()
	v, err := w.Store.VendorBySlug(t.Context(), "primlogix")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *weekly) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := w.db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// monday is 08:00 in Toronto on a day.
func (w *weekly) monday(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 8, 0, 0, 0, w.zone)
}

// decide is a run of the schedule.
func (w *weekly) decide(t *testing.T, at time.Time) {
	t.Helper()
	_, failed, err := w.Desk.DecideStatements(t.Context(), w.vendor(t).ID.String(), "America/Toronto", at, "")
	if err != nil || failed > 0 {
		t.Fatalf("%d failed (%v)", failed, err)
	}
}

// outcomes are what was decided for the customer, by week.
func (w *weekly) outcomes(t *testing.T) (all string) {
	t.Helper()
	if err := w.db.QueryRowContext(t.Context(), `select string_agg(iso_week || ' ' || outcome, ', ' order by iso_week)
		from statements where organization_id = $1`, w.org).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// mails are the statements in the outbox.
func (w *weekly) mails(t *testing.T) (list []mail.Notice) {
	t.Helper()
	var raw []byte
	if err := w.db.QueryRowContext(t.Context(), `select coalesce(jsonb_agg(payload order by id), '[]') from outbox
		where payload ->> 'Kind' = 'weekly_statement'`).Scan(&raw); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// receives names a contact as a receiver.
func (w *weekly) receives(t *testing.T, local string) {
	t.Helper()
	c, err := w.Desk.ByEmail(t.Context(), "primlogix", local+"@primlogix.example")
	if err != nil {
		t.Fatal(err)
	}
	p := c.Person
	if _, err := w.Desk.UpdateContact(as(t, w.House, "primlogix", "accounts"), p.ID, desk.PersonUpdate{Version: p.Version, Active: true, PersonInput: desk.PersonInput{
		Name: p.Name, Email: p.Email, Locale: p.Locale, TimeZone: p.TimeZone, Authorized: p.Authorized, SeesOrganization: p.SeesOrganization,
		Roles: append(slices.Clone(p.Roles), string(desk.RoleStatementReceiver)),
	}}); err != nil {
		t.Fatal(err)
	}
}

// ask registers a request of the organization's super-user, whom nobody comes
// before.
func (w *weekly) ask(t *testing.T, title string) (id uuid.UUID) {
	t.Helper()
	done, err := w.Desk.Register(as(t, w.House, "primlogix", "super"), title, desk.Registration{
		Type: "problem", Severity: "normal", Title: title, Body: "It ends without a word.", Channel: "api",
		Fields: map[string]string{"help_read": "yes"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if done.Pending != nil {
		t.Fatalf("not registered: %+v", done.Pending)
	}
	return done.Row.ID
}

// becomes moves a ticket as its workflow would, with the event.
func (w *weekly) becomes(t *testing.T, id uuid.UUID, state string, at time.Time) {
	t.Helper()
	w.exec(t, `insert into events (vendor_id, ticket_id, version, kind, public, at, data)
		select vendor_id, id, version + 1, 'moved', true, $3, jsonb_build_object('from', state, 'to', $2::text) from tickets where id = $1`, id, state, at)
	w.exec(t, `update tickets set state = $2, version = version + 1, updated_at = $3, closed_at = case when $2 = 'closed' then $3::timestamptz end,
		waiting = case when $2 = 'waiting_for_customer' then 'information' else '' end where id = $1`, id, state, at)
}

func (w *weekly) says(t *testing.T, id uuid.UUID, kind string, public bool, text string, at time.Time) {
	t.Helper()
	w.exec(t, `insert into comments (id, vendor_id, ticket_id, author_id, kind, public, body, at)
		select $2, vendor_id, id, requester_id, $3, $4, $5, $6 from tickets where id = $1`, id, store.NewID(), kind, public, text, at)
}

func (w *weekly) works(t *testing.T, id uuid.UUID, minutes int, billable bool, at time.Time) (entry uuid.UUID) {
	t.Helper()
	entry = store.NewID()
	w.exec(t, `insert into time_entries (id, vendor_id, ticket_id, person_id, entered_by, activity, day, minutes, billable, reason, at)
		select $2, vendor_id, id, requester_id, requester_id, 'analysis', $5::timestamptz, $3, $4, case when $4 then '' else 'goodwill' end, $5 from tickets where id = $1`,
		id, entry, minutes, billable, at)
	return entry
}

// TestStatement: it says what the customer's side sees, as of its instant, and
// nothing internal.
func TestStatement(t *testing.T) {
	t.Parallel()
	w := newWeekly(t)
	w.receives(t, "super")
	monday := w.monday(2026, 12, 7)
	first, second, third, later := w.ask(t, "Export stops"), w.ask(t, "Labels print twice"), w.ask(t, "Old colours"), w.ask(t, "Old prices")
	w.exec(t, `update tickets set registered_at = $2, updated_at = $2 where id = $1`, later, monday.AddDate(0, 0, -40))
	w.becomes(t, first, "in_progress", monday.Add(-50*time.Hour))
	w.becomes(t, first, "waiting_for_customer", monday.Add(-48*time.Hour))
	w.says(t, first, "question", true, "Which browser?", monday.Add(-48*time.Hour))
	w.says(t, first, "comment", false, "MARKER note of our own", monday.Add(-47*time.Hour))
	w.says(t, first, "question", true, "MARKER asked after", monday.Add(time.Hour))
	w.works(t, first, 50, true, monday.Add(-30*time.Hour))
	w.works(t, first, 20, false, monday.Add(-30*time.Hour))
	w.works(t, first, 15, true, monday.Add(time.Minute))
	wrong := w.works(t, first, 600, true, monday.Add(-29*time.Hour))
	w.exec(t, `insert into time_entries (id, vendor_id, ticket_id, person_id, entered_by, activity, day, minutes, billable, reason, at, reverses)
		select $2, vendor_id, ticket_id, person_id, entered_by, activity, day, -minutes, billable, reason, $3, id from time_entries where id = $1`, wrong, store.NewID(), monday.Add(-28*time.Hour))
	w.exec(t, `insert into service_requests (id, vendor_id, number, ticket_id, path, state, created_by, created_at, updated_at)
		select $2, vendor_id, 'SR-2026-000001', id, 'service_request', 'analysis', requester_id, $3, $3 from tickets where id = $1`, second, store.NewID(), monday.Add(-20*time.Hour))
	w.becomes(t, second, "in_progress", monday.Add(-40*time.Hour))
	w.becomes(t, second, "closed", monday.Add(time.Hour)) // after the instant: open in the statement
	w.becomes(t, third, "closed", monday.Add(-24*time.Hour))
	w.works(t, third, 30, true, monday.Add(-26*time.Hour))
	w.becomes(t, later, "closed", monday.AddDate(0, 0, -29)) // more than four weeks ago

	w.now = monday.Add(26 * time.Hour) // caught up on Tuesday
	w.decide(t, monday)
	mails := w.mails(t)
	if len(mails) != 1 || mails[0].To.Email != "super@primlogix.example" {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	s := *mails[0].Statement
	var got strings.Builder
	for _, r := range append(slices.Clone(s.Open), s.Completed...) {
		fmt.Fprintf(&got, "%s %s %v %q %d %v\n", r.Title, r.Status, r.Since.Sub(monday), r.Question, r.Minutes, r.Work)
	}
	want := `Export stops you -48h0m0s "Which browser?" 50 []
Labels print twice working -40h0m0s "" 0 [{SR-2026-000001 analysis}]
Old colours closed -24h0m0s "" 30 []
`
	if got.String() != want || s.OpenCount != 2 || s.Yours != 1 || s.CompletedCount != 1 || s.OpenMinutes != 50 || s.CompletedMinutes != 30 {
		t.Errorf("%s%+v", got.String(), s)
	}
	if s.Week != "2026-W50" || !s.At.Equal(monday) || !s.Since.Equal(w.monday(2026, 11, 9)) || s.TimeZone != "America/Toronto" {
		t.Errorf("%s, %s to %s in %s", s.Week, s.Since, s.At, s.TimeZone)
	}
	m, err := mail.Render(mails[0])
	if err != nil || strings.Contains(string(m.Bytes()), "MARKER") {
		t.Errorf("%v:\n%s", err, m.Text)
	}
}

// TestStatementOnceAWeek: however often and by however many at once it is
// decided, there is one, and each week has its own, over the end of a year too.
func TestStatementOnceAWeek(t *testing.T) {
	t.Parallel()
	w := newWeekly(t)
	w.receives(t, "super")
	w.receives(t, "jeanne")
	w.ask(t, "Export stops")
	weeks := []time.Time{w.monday(2026, 12, 21), w.monday(2026, 12, 28), w.monday(2027, 1, 4)}
	for _, at := range weeks {
		w.now = at
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, failed, err := w.Desk.DecideStatements(context.WithoutCancel(t.Context()), w.vendor(t).ID.String(), "America/Toronto", at, ""); err != nil || failed > 0 {
					t.Errorf("%d failed (%v)", failed, err)
				}
			})
		}
		all.Wait()
	}
	if got := w.outcomes(t); got != "2026-W52 sent, 2026-W53 sent, 2027-W01 sent" {
		t.Error(got)
	}
	if n := len(w.mails(t)); n != 6 {
		t.Errorf("%d mails for three weeks and two people", n)
	}
}

// TestStatementOfNobodyAndNothing: what is not sent is kept as that, and gives
// way to what is sent by hand.
func TestStatementOfNobodyAndNothing(t *testing.T) {
	t.Parallel()
	w := newWeekly(t)
	accounts, super, org := as(t, w.House, "primlogix", "accounts"), as(t, w.House, "primlogix", "super"), w.org
	w.decide(t, w.monday(2026, 11, 30))
	w.ask(t, "Export stops")
	w.now = w.monday(2026, 12, 7)
	w.decide(t, w.now)
	if got := w.outcomes(t); got != "2026-W49 nothing, 2026-W50 nobody" {
		t.Error(got)
	}
	if _, err := w.Desk.SendStatement(accounts, "", org, nil); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("sent to nobody: %v", err)
	}
	for range 2 {
		if err := w.Desk.ReportNobodyReceives(super, org); err != nil {
			t.Fatal(err)
		}
	}
	list, _, err := w.Desk.StatementStandings(accounts, true, "", 50)
	i := slices.IndexFunc(list, func(s store.StatementStanding) bool { return s.OrganizationID == org })
	if err != nil || i < 0 || list[i].ReportedBy == nil || list[i].LastWeek != nil {
		t.Errorf("%+v (%v)", list, err)
	}
	w.receives(t, "super")
	if err := w.Desk.ReportNobodyReceives(super, org); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("told though somebody receives it: %v", err)
	}
	if r, err := w.Desk.StatementReceivers(super, nil); err != nil || r.Report != nil || len(r.Receivers) != 1 || !r.Next.Equal(w.monday(2026, 12, 14)) {
		t.Errorf("%+v (%v)", r, err)
	}
	for range 2 { // the same twice is one
		if v, err := w.Desk.SendStatement(accounts, "key", org, nil); err != nil || v.Week != "2026-W50" || len(v.To) != 1 || v.ByID == nil {
			t.Errorf("%+v (%v)", v, err)
		}
	}
	if _, err := w.Desk.SendStatement(accounts, "other", org, nil); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("sent twice for a week: %v", err)
	}
	jeanne, err := w.Desk.ByEmail(t.Context(), "primlogix", "jeanne@primlogix.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Desk.SendStatement(accounts, "again", org, &jeanne.Person.ID); err != nil {
		t.Error(err)
	}
	agent := uuid.New()
	if _, err := w.Desk.SendStatement(accounts, "", org, &agent); problem.CodeOf(err) != problem.Unprocessable {
		t.Errorf("sent again to nobody of theirs: %v", err)
	}
	if n := len(w.mails(t)); n != 2 {
		t.Errorf("%d mails", n)
	}
	if n := w.mailsOf(t, "statement_missed"); n != 1 {
		t.Errorf("%d account managers told", n)
	}
}

func (w *weekly) mailsOf(t *testing.T, kind string) (n int) {
	t.Helper()
	if err := w.db.QueryRowContext(t.Context(), `select count(*) from outbox where payload ->> 'Kind' = $1`, kind).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
