package store

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/ticket"
)

// WorkEnhancement is the kind of workflow that drives a service request of the
// paid chain (service.Enhancements).
const WorkEnhancement = "enhancement"

// Effort is one revision of what the vendor itself thinks an enhancement takes.
// Customers never read it.
type Effort struct {
	ID         uuid.UUID   `db:"id"`
	ServiceID  uuid.UUID   `db:"service_request_id"`
	Revision   int         `db:"revision"`
	Lines      EffortLines `db:"lines"`
	Minutes    int         `db:"minutes"` // their sum
	Note       string      `db:"note"`
	RecordedBy uuid.UUID   `db:"recorded_by"`
	RecordedAt time.Time   `db:"recorded_at"`
	Who        string      `db:"who"` // the person's name; read, never written here
}

// EffortLines are kept as JSON.
type EffortLines []service.WrittenEffort

// Value is them as they are kept.
func (l EffortLines) Value() (driver.Value, error) { return jsonText(l) }

// Scan reads them.
func (l *EffortLines) Scan(src any) error { return scanJSON(src, l) }

// InsertEffort keeps a revision for ever.
func (tx *Tx) InsertEffort(ctx context.Context, e Effort) error {
	return tx.exec(ctx, "insert effort", `insert into efforts (id, vendor_id, service_request_id, revision, lines, minutes, note, recorded_by, recorded_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, e.ID, tx.Vendor, e.ServiceID, e.Revision, e.Lines, e.Minutes, e.Note, e.RecordedBy, e.RecordedAt)
}

// Efforts are a service request's, the newest first.
func (tx *Tx) Efforts(ctx context.Context, id uuid.UUID) (list []Effort, err error) {
	return list, tx.list(ctx, "list efforts", &list, `select e.id, e.service_request_id, e.revision, e.lines, e.minutes, e.note, e.recorded_by, e.recorded_at,
		p.name as who from efforts e join people p on p.id = e.recorded_by where e.service_request_id = $1 order by e.revision desc`, id)
}

// TimeFrame is when an enhancement is worked on: days of the vendor's, at
// midnight UTC. It is kept with the invoice that was issued with it.
type TimeFrame struct {
	ServiceID   uuid.UUID `db:"service_request_id"`
	FirstDay    time.Time `db:"first_day"`
	LastDay     time.Time `db:"last_day"`
	InvoiceID   uuid.UUID `db:"invoice_id"`
	ScheduledBy uuid.UUID `db:"scheduled_by"`
	ScheduledAt time.Time `db:"scheduled_at"`
	Number      string    `db:"number"` // of the invoice; read, never written here
}

// InsertTimeFrame keeps a time frame for ever.
func (tx *Tx) InsertTimeFrame(ctx context.Context, f TimeFrame) error {
	return tx.exec(ctx, "insert time frame", `insert into time_frames (service_request_id, vendor_id, first_day, last_day, invoice_id, scheduled_by, scheduled_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, f.ServiceID, tx.Vendor, f.FirstDay, f.LastDay, f.InvoiceID, f.ScheduledBy, f.ScheduledAt)
}

// TimeFrame is that of a service request; nil for none.
func (tx *Tx) TimeFrame(ctx context.Context, id uuid.UUID) (*TimeFrame, error) {
	var list []TimeFrame
	err := tx.list(ctx, "find time frame", &list, `select f.service_request_id, f.first_day, f.last_day, f.invoice_id, f.scheduled_by, f.scheduled_at, i.number
		from time_frames f join invoices i on i.id = f.invoice_id where f.service_request_id = $1`, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// WatchAsPartner has the people of a partner who acts for the ticket's customer
// watch the ticket from that instant, by which Helps knows them, and answers who
// they are; nobody where it acts for them no more.
func (tx *Tx) WatchAsPartner(ctx context.Context, t Ticket, partner, by uuid.UUID, at time.Time) (people []uuid.UUID, err error) {
	if err := tx.exec(ctx, "end what a partner watches", `delete from ticket_watchers w using people p
		where w.ticket_id = $1 and p.id = w.person_id and p.organization_id = $2`, t.ID, partner); err != nil {
		return nil, err
	}
	if err := tx.exec(ctx, "have a partner watch", `insert into ticket_watchers (vendor_id, ticket_id, person_id, added_by, added_at)
		select $1, $2, p.id, $4, $5 from people p join organization_links l on l.partner_id = p.organization_id
		where l.customer_id = $6 and p.organization_id = $3 and p.active order by p.name, p.id limit $7
		on conflict do nothing`, tx.Vendor, t.ID, partner, by, at, t.OrganizationID, partnerMax); err != nil {
		return nil, err
	}
	return people, tx.list(ctx, "list watchers of a partner", &people, `select w.person_id from ticket_watchers w join people p on p.id = w.person_id
		join organization_links l on l.partner_id = p.organization_id and l.customer_id = $3
		where w.ticket_id = $1 and p.organization_id = $2 order by w.person_id`, t.ID, partner, t.OrganizationID)
}

// helped are the tickets with which a partner was asked to help, and its people who
// were: while it acts for that customer, and they watch.
const helped = ` from ticket_watchers w join people p on p.id = w.person_id
	join service_requests s on s.ticket_id = w.ticket_id and s.ending = 'to_partner' and s.ended_at = w.added_at
	join tickets t on t.id = w.ticket_id join organization_links l on l.partner_id = p.organization_id and l.customer_id = t.organization_id
	join organizations o on o.id = t.organization_id `

// Helps says whether somebody was asked, as one of a partner's people, to help
// with a ticket.
func (tx *Tx) Helps(ctx context.Context, ticket, person uuid.UUID) (helps bool, err error) {
	return helps, tx.get(ctx, "find whether a partner helps", &helps, `select exists (select`+helped+`where w.ticket_id = $1 and w.person_id = $2)`, ticket, person)
}

// Help is an open ticket with which somebody was asked to help.
type Help struct {
	Number   string    `db:"number"`
	Title    string    `db:"title"`
	Customer string    `db:"customer"`
	AskedAt  time.Time `db:"asked_at"`
}

// HelpOf lists those of one of a partner's people, the newest first, helpMax at
// most.
func (tx *Tx) HelpOf(ctx context.Context, person uuid.UUID) (list []Help, err error) {
	return list, tx.list(ctx, "list what a partner helps with", &list, `select t.number, t.title, o.name as customer, w.added_at as asked_at`+helped+`
		where w.person_id = $1 and t.state = any($2) order by w.added_at desc, t.id limit $3`, person, pq.Array(ticket.OpenStates), helpMax)
}

const helpMax = 20

// partnerMax is how many of a partner's people are told of one ticket.
const partnerMax = 50

// EnhancementCompleted says whether an enhancement was bought and carried out on
// a ticket.
func (tx *Tx) EnhancementCompleted(ctx context.Context, ticket uuid.UUID) (completed bool, err error) {
	return completed, tx.get(ctx, "find completed enhancement", &completed,
		`select exists (select from service_requests where ticket_id = $1 and path in ('feature_request', 'out_of_scope') and ending = 'completed')`, ticket)
}
