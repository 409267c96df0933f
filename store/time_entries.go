package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// TimeEntry is time somebody worked on a ticket: kept for ever, and undone by
// another one with its minutes below zero.
type TimeEntry struct {
	ID               uuid.UUID  `db:"id"`
	TicketID         uuid.UUID  `db:"ticket_id"`
	ServiceRequestID *uuid.UUID `db:"service_request_id"` // nil: on the ticket itself
	PersonID         uuid.UUID  `db:"person_id"`          // who worked
	EnteredBy        uuid.UUID  `db:"entered_by"`
	Activity         string     `db:"activity"` // code of the pack's
	Day              time.Time  `db:"day"`      // at the vendor, at midnight UTC
	Minutes          int        `db:"minutes"`  // below zero: it undoes another
	Note             string     `db:"note"`     // of what undoes another: why
	Billable         bool       `db:"billable"`
	Reason           string     `db:"reason"`       // why it is not billed
	AuthorityID      *uuid.UUID `db:"authority_id"` // spent in the customer's system under it
	Reverses         *uuid.UUID `db:"reverses"`     // what it undoes
	At               time.Time  `db:"at"`
	// Read, never written: what the ticket and the service request are numbered,
	// who is meant, and what undoes it.
	Number         string     `db:"number"`
	ServiceRequest string     `db:"service_request"`
	PersonName     string     `db:"person_name"`
	EnteredByName  string     `db:"entered_by_name"`
	ReversedBy     *uuid.UUID `db:"reversed_by"`
}

const timeSelect = `select e.id, e.ticket_id, e.service_request_id, e.person_id, e.entered_by, e.activity, e.day, e.minutes, e.note, e.billable, e.reason,
	e.authority_id, e.reverses, e.at, t.number, coalesce(s.number, '') as service_request, p.name as person_name, b.name as entered_by_name, r.id as reversed_by
	from time_entries e join tickets t on t.id = e.ticket_id join people p on p.id = e.person_id join people b on b.id = e.entered_by
	left join service_requests s on s.id = e.service_request_id left join time_entries r on r.reverses = e.id `

// TimePlace is a place in a list of time entries: after the one of that day and
// id, the latest day first. The zero place is before the first.
type TimePlace struct {
	Day time.Time
	ID  uuid.UUID
}

// bounds are the place as a row to be below.
func (p TimePlace) bounds() (day time.Time, id uuid.UUID) {
	if p.ID == uuid.Nil {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), uuid.Max
	}
	return p.Day, p.ID
}

// TimeEntry finds one; NotFound when there is none.
func (tx *Tx) TimeEntry(ctx context.Context, id uuid.UUID) (e TimeEntry, err error) {
	return e, tx.get(ctx, "find time entry", &e, timeSelect+`where e.id = $1`, id)
}

// TimeEntries lists a ticket's, the latest day first, after a place.
func (tx *Tx) TimeEntries(ctx context.Context, ticket uuid.UUID, after TimePlace, limit int) (list []TimeEntry, err error) {
	day, id := after.bounds()
	return list, tx.list(ctx, "list time entries", &list, timeSelect+`where e.ticket_id = $1 and (e.day, e.id) < ($2::date, $3::uuid)
		order by e.day desc, e.id desc limit $4`, ticket, day, id, limit)
}

// PersonTime lists what somebody worked from one day to before another, the
// latest day first, after a place.
func (tx *Tx) PersonTime(ctx context.Context, person uuid.UUID, from, until time.Time, after TimePlace, limit int) (list []TimeEntry, err error) {
	day, id := after.bounds()
	return list, tx.list(ctx, "list somebody's time", &list, timeSelect+`where e.person_id = $1 and e.day >= $2::date and e.day < $3::date
		and (e.day, e.id) < ($4::date, $5::uuid) order by e.day desc, e.id desc limit $6`, person, from, until, day, id, limit)
}

// InsertTimeEntry adds one. Conflict when it undoes what has been undone.
func (tx *Tx) InsertTimeEntry(ctx context.Context, e TimeEntry) error {
	_, err := tx.ExecContext(ctx, `insert into time_entries (id, vendor_id, ticket_id, service_request_id, person_id, entered_by, activity, day, minutes,
		note, billable, reason, authority_id, reverses, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		e.ID, tx.Vendor, e.TicketID, e.ServiceRequestID, e.PersonID, e.EnteredBy, e.Activity, e.Day, e.Minutes, e.Note, e.Billable, e.Reason,
		e.AuthorityID, e.Reverses, e.At)
	if violates(err, "time_entries_reverses_key") {
		return problem.New(problem.Conflict, "time_reversed_before", nil)
	}
	return failure("insert time entry", err)
}

// LockDay is how many minutes somebody has worked on a day. Nobody else enters
// time of theirs for that day until the end of the transaction.
func (tx *Tx) LockDay(ctx context.Context, person uuid.UUID, day time.Time) (minutes int, err error) {
	if err := tx.exec(ctx, "lock somebody's day", `select pg_advisory_xact_lock(hashtextextended($1, 0))`,
		"time "+person.String()+" "+day.Format(time.DateOnly)); err != nil {
		return 0, err
	}
	return minutes, tx.get(ctx, "sum somebody's day", &minutes,
		`select coalesce(sum(minutes), 0) from time_entries where person_id = $1 and day = $2::date`, person, day)
}

// TimeSum is how many minutes there are of one kind; what was undone is none.
type TimeSum struct {
	Activity string    `db:"activity"`
	Billable bool      `db:"billable"`
	Reason   string    `db:"reason"`
	Day      time.Time `db:"day"` // of a person's sums
	Minutes  int       `db:"minutes"`
}

// TimeSums are a ticket's minutes by activity, and by whether and why they are
// not billed.
func (tx *Tx) TimeSums(ctx context.Context, ticket uuid.UUID) (list []TimeSum, err error) {
	return list, tx.list(ctx, "sum time", &list, `select activity, billable, reason, sum(minutes) as minutes from time_entries
		where ticket_id = $1 group by activity, billable, reason having sum(minutes) <> 0 order by billable desc, activity, reason`, ticket)
}

// DaySums are somebody's minutes by day, from one day to before another.
func (tx *Tx) DaySums(ctx context.Context, person uuid.UUID, from, until time.Time) (list []TimeSum, err error) {
	return list, tx.list(ctx, "sum somebody's days", &list, `select day, billable, sum(minutes) as minutes from time_entries
		where person_id = $1 and day >= $2::date and day < $3::date group by day, billable having sum(minutes) <> 0 order by day, billable desc`, person, from, until)
}

// WorkDone is a service request as time is entered on it.
type WorkDone struct {
	ID     uuid.UUID `db:"id"`
	Number string    `db:"number"`
	Path   string    `db:"path"`
	State  string    `db:"state"`
	Resume string    `db:"resume"`
}

// WorkOf is the ticket's service request that time goes to: the one named, in
// whatever state, or with nil the one that is open. NotFound when there is none.
func (tx *Tx) WorkOf(ctx context.Context, ticket uuid.UUID, named *uuid.UUID) (w WorkDone, err error) {
	return w, tx.get(ctx, "find service request of time", &w, `select id, number, path, state, resume from service_requests
		where ticket_id = $1 and (id = $2 or $2::uuid is null and state not in ('closed', 'abandoned'))`, ticket, named)
}
