package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/ticket"
)

// Statement is what was decided for an organization and an ISO week.
type Statement struct {
	OrganizationID uuid.UUID       `db:"organization_id"`
	Week           string          `db:"iso_week"` // 2026-W48
	Outcome        string          `db:"outcome"`
	ScheduledAt    time.Time       `db:"scheduled_at"` // the instant its figures are of
	DecidedAt      time.Time       `db:"decided_at"`
	ByID           *uuid.UUID      `db:"by_id"` // who had it sent; nil: it went by itself
	By             string          `db:"by_name"`
	Snapshot       json.RawMessage `db:"snapshot"`
	Recipients     json.RawMessage `db:"recipients"`
}

// The outcomes of a statement.
const (
	StatementSent    = "sent"
	StatementNothing = "nothing" // there was nothing to say
	StatementNobody  = "nobody"  // there was nobody to receive it
)

const statementSelect = `select s.organization_id, s.iso_week, s.outcome, s.scheduled_at, s.decided_at, s.by_id, coalesce(p.name, '') as by_name, s.snapshot, s.recipients
	from statements s left join people p on p.id = s.by_id `

// Statement finds what was decided for an organization and a week; NotFound
// when nothing was.
func (tx *Tx) Statement(ctx context.Context, organization uuid.UUID, week string) (s Statement, err error) {
	return s, tx.get(ctx, "find statement", &s, statementSelect+`where s.organization_id = $1 and s.iso_week = $2`, organization, week)
}

// Statements lists those of an organization that were sent, the newest first,
// from before a week; "": from the beginning.
func (tx *Tx) Statements(ctx context.Context, organization uuid.UUID, before string, limit int) (list []Statement, err error) {
	return list, tx.list(ctx, "list statements", &list, statementSelect+`where s.organization_id = $1 and s.outcome = 'sent'
		and ($2 = '' or s.iso_week < $2) order by s.iso_week desc limit $3`, organization, before, limit)
}

// KeepStatement keeps what was decided, unless it stands already: one that was
// sent stays, and one that was not gives way to one that is. kept says whether
// it was written.
func (tx *Tx) KeepStatement(ctx context.Context, s Statement) (kept bool, err error) {
	result, err := tx.ExecContext(ctx, `insert into statements as s (vendor_id, organization_id, iso_week, outcome, scheduled_at, decided_at, by_id, snapshot, recipients)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (organization_id, iso_week) do update
		set outcome = excluded.outcome, scheduled_at = excluded.scheduled_at, decided_at = excluded.decided_at, by_id = excluded.by_id,
			snapshot = excluded.snapshot, recipients = excluded.recipients where s.outcome <> 'sent' and excluded.outcome = 'sent'`,
		tx.Vendor, s.OrganizationID, s.Week, s.Outcome, s.ScheduledAt, s.DecidedAt, s.ByID, []byte(s.Snapshot), []byte(s.Recipients))
	if err != nil {
		return false, failure("keep statement", err)
	}
	n, err := result.RowsAffected()
	return n == 1, failure("keep statement", err)
}

// StatementDue are the organizations of a zone that were there at an instant
// and for which nothing was decided of that week yet, by id, from after one.
// own says that the zone is the vendor's, which those without one keep.
func (tx *Tx) StatementDue(ctx context.Context, zone string, own bool, week string, at time.Time, after uuid.UUID, limit int) (ids []uuid.UUID, err error) {
	return ids, tx.list(ctx, "list who gets a statement", &ids, `select o.id from organizations o where o.vendor_id = $1
		and (o.time_zone = $2 or $3 and o.time_zone is null) and o.created_at <= $4 and o.id > $5
		and not exists (select from statements s where s.organization_id = o.id and s.iso_week = $6) order by o.id limit $7`,
		tx.Vendor, zone, own, at, after, week, limit)
}

// StatementZones are the zones the vendor's organizations keep; own is the
// vendor's, which those without one keep.
func (tx *Tx) StatementZones(ctx context.Context, own string) (zones []string, err error) {
	return zones, tx.list(ctx, "list zones", &zones, `select distinct coalesce(time_zone, $2) from organizations where vendor_id = $1 order by 1`, tx.Vendor, own)
}

// StatementReceivers are an organization's active receivers of the statement,
// by name.
func (tx *Tx) StatementReceivers(ctx context.Context, organization uuid.UUID) (people []Person, err error) {
	return people, tx.list(ctx, "find receivers", &people, personSelect+`where p.organization_id = $1 and p.active
		and 'statement_receiver' = any(p.roles) order by p.name, p.id`, organization)
}

// StatementLine is a request in a statement, as of an instant.
type StatementLine struct {
	ID       uuid.UUID    `db:"id"`
	Number   string       `db:"number"`
	Title    string       `db:"title"`
	State    ticket.State `db:"state"`
	Since    time.Time    `db:"since"` // it is in that state
	Assignee string       `db:"assignee"`
	Minutes  int          `db:"minutes"` // billable so far
}

// StatementSum is what the lines come to of which a list is the first.
type StatementSum struct {
	Count   int `db:"count"`
	Yours   int `db:"yours"` // that wait for the customer
	Minutes int `db:"minutes"`
}

// StatementOpen are an organization's requests that were open at an instant,
// those that waited for the customer before the others, then the oldest first.
func (tx *Tx) StatementOpen(ctx context.Context, organization uuid.UUID, since, at time.Time, limit int) ([]StatementLine, StatementSum, error) {
	return tx.statementLines(ctx, organization, since, at, ticket.OpenStates, limit)
}

// StatementCompleted are those that were closed at an instant, and not before
// another; the last closed first.
func (tx *Tx) StatementCompleted(ctx context.Context, organization uuid.UUID, since, at time.Time, limit int) ([]StatementLine, StatementSum, error) {
	return tx.statementLines(ctx, organization, since, at, []ticket.State{ticket.Closed}, limit)
}

// statementLines reads states as of an instant: a row that has not changed since
// is what it is, and one that has is what its history says. What is open now, or
// has changed since the earlier instant, is all that can count.
func (tx *Tx) statementLines(ctx context.Context, organization uuid.UUID, since, at time.Time, states []ticket.State, limit int) (list []StatementLine, sum StatementSum, err error) {
	const lines = `with lines as materialized (
		select t.id, t.number, t.title, t.registered_at, coalesce(e.at, t.registered_at) as since,
			case when t.updated_at <= $4 then t.state else coalesce(e.state, 'registered') end as state,
			coalesce((select p.name from people p where p.id = t.assignee_id), '') as assignee,
			coalesce((select sum(x.minutes) from time_entries x where x.ticket_id = t.id and x.billable and x.reverses is null and x.at <= $4
				and not exists (select from time_entries r where r.reverses = x.id and r.at <= $4)), 0) as minutes
		from tickets t left join lateral (select data ->> 'to' as state, at from events e where e.ticket_id = t.id and e.at <= $4
			and e.data ? 'to' and e.data ->> 'to' is distinct from e.data ->> 'from' order by e.id desc limit 1) e on true
		where t.vendor_id = $1 and t.organization_id = $2 and t.registered_at <= $4 and (t.state = any($5) or t.updated_at > $3)),
	named as (select *, state in ('waiting_for_customer', 'answered') as yours from lines where state = any($6) and (state <> 'closed' or since > $3)) `
	args := []any{tx.Vendor, organization, since, at, pq.Array(ticket.OpenStates), pq.Array(states)}
	if err := tx.get(ctx, "sum a statement", &sum, lines+`select count(*) as count, count(*) filter (where yours) as yours,
		coalesce(sum(minutes), 0) as minutes from named`, args...); err != nil || sum.Count == 0 {
		return nil, sum, err
	}
	return list, sum, tx.list(ctx, "list a statement", &list, lines+`select id, number, title, state, since, assignee, minutes from named
		order by yours desc, case when state = 'closed' then since end desc, registered_at, id limit $7`, append(args, limit)...)
}

// StatementQuestions are the newest question or answer to each of these tickets
// up to an instant, by ticket.
func (tx *Tx) StatementQuestions(ctx context.Context, tickets []uuid.UUID, at time.Time) (map[uuid.UUID]string, error) {
	var rows []struct {
		Ticket uuid.UUID `db:"ticket_id"`
		Body   string    `db:"body"`
	}
	err := tx.list(ctx, "find questions", &rows, `select distinct on (ticket_id) ticket_id, body from comments
		where ticket_id = any($1) and public and kind in ('question', 'answer') and at <= $2 order by ticket_id, at desc, id desc`, pq.Array(tickets), at)
	questions := make(map[uuid.UUID]string, len(rows))
	for _, r := range rows {
		questions[r.Ticket] = r.Body
	}
	return questions, err
}

// StatementWork is a service request on a ticket.
type StatementWork struct {
	TicketID uuid.UUID `db:"ticket_id"`
	Number   string    `db:"number"`
	State    string    `db:"state"`
}

// StatementWork are the service requests on these tickets that were there at an
// instant, in the order they were made. Their state is the present one.
func (tx *Tx) StatementWork(ctx context.Context, tickets []uuid.UUID, at time.Time) (list []StatementWork, err error) {
	return list, tx.list(ctx, "list service requests", &list, `select ticket_id, number, state from service_requests
		where ticket_id = any($1) and created_at <= $2 order by created_at, id`, pq.Array(tickets), at)
}

// StatementReport says that somebody at an organization has told that nobody
// there gets the statement.
type StatementReport struct {
	ID       uuid.UUID `db:"id"`
	PersonID uuid.UUID `db:"person_id"`
	Person   string    `db:"person"` // name
	At       time.Time `db:"at"`
}

// StatementReport is the one of an organization; nil for none.
func (tx *Tx) StatementReport(ctx context.Context, organization uuid.UUID) (*StatementReport, error) {
	var list []StatementReport
	err := tx.list(ctx, "find report", &list, `select r.id, r.person_id, p.name as person, r.at from statement_reports r
		join people p on p.id = r.person_id where r.organization_id = $1`, organization)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// KeepStatementReport keeps one, unless there is one; kept says whether it was
// written.
func (tx *Tx) KeepStatementReport(ctx context.Context, organization uuid.UUID, r StatementReport) (kept bool, err error) {
	result, err := tx.ExecContext(ctx, `insert into statement_reports (organization_id, vendor_id, id, person_id, at) values ($1, $2, $3, $4, $5)
		on conflict do nothing`, organization, tx.Vendor, r.ID, r.PersonID, r.At)
	if err != nil {
		return false, failure("keep report", err)
	}
	n, err := result.RowsAffected()
	return n == 1, failure("keep report", err)
}

// EndStatementReport forgets that nobody gets the statement.
func (tx *Tx) EndStatementReport(ctx context.Context, organization uuid.UUID) error {
	return tx.exec(ctx, "end report", `delete from statement_reports where organization_id = $1`, organization)
}

// StatementStanding is how an organization stands with its statement.
type StatementStanding struct {
	OrganizationID uuid.UUID  `db:"id"`
	Organization   string     `db:"name"`
	Manager        *string    `db:"manager"`   // account manager's name; nil: none
	Receivers      int        `db:"receivers"` // active ones
	LastWeek       *string    `db:"last_week"` // sent last; nil: never
	LastAt         *time.Time `db:"last_at"`
	ReportedBy     *string    `db:"reported_by"` // who says that nobody gets it
	ReportedAt     *time.Time `db:"reported_at"`
}

// StatementStandings lists organizations by name, from after one; without says:
// only those nobody gets the statement for.
func (tx *Tx) StatementStandings(ctx context.Context, without bool, afterName string, afterID uuid.UUID, limit int) (list []StatementStanding, err error) {
	return list, tx.list(ctx, "list statements' standing", &list, `select o.id, o.name, m.name as manager, n.receivers, s.iso_week as last_week, s.decided_at as last_at,
			p.name as reported_by, r.at as reported_at
		from organizations o cross join lateral (select count(*) as receivers from people x where x.organization_id = o.id and x.active
			and 'statement_receiver' = any(x.roles)) n
		left join lateral (select iso_week, decided_at from statements where organization_id = o.id and outcome = 'sent' order by iso_week desc limit 1) s on true
		left join people m on m.id = o.account_manager_id
		left join statement_reports r on r.organization_id = o.id left join people p on p.id = r.person_id
		where o.vendor_id = $1 and (not $2 or n.receivers = 0) and (o.name, o.id) > ($3, $4) order by o.name, o.id limit $5`,
		tx.Vendor, without, afterName, afterID, limit)
}

// AvailableAt is how many tickets a period had left at an instant.
func (tx *Tx) AvailableAt(ctx context.Context, period uuid.UUID, at time.Time) (n int, err error) {
	return n, tx.get(ctx, "sum a period", &n, `select coalesce(sum(case when to_account = 'available' then amount else -amount end), 0)
		from entitlement_moves where period_id = $1 and 'available' in (from_account, to_account) and (at <= $2 or kind = 'open')`, period, at)
}
