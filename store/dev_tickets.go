package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/ticket"
)

// DevTicket is a dev ticket's row. Instants are UTC.
type DevTicket struct {
	ID        uuid.UUID       `db:"id"`
	VendorID  uuid.UUID       `db:"vendor_id"`
	Number    string          `db:"number"`
	Version   int64           `db:"version"`
	State     devticket.State `db:"state"`
	Title     string          `db:"title"` // for staff, like Body
	Body      string          `db:"body"`
	PackageID *uuid.UUID      `db:"package_id"` // nil: of which is not known
	Target    string          `db:"target"`     // the version it is planned into, as people call it
	ReleaseID *uuid.UUID      `db:"release_id"` // the release that is; nil: there is none yet
	External  string          `db:"external"`   // its name in an outside tracker
	Refusal   string          `db:"refusal"`    // why it is refused; customers read it
	CreatedBy uuid.UUID       `db:"created_by"`
	CreatedAt time.Time       `db:"created_at"`
	UpdatedAt time.Time       `db:"updated_at"`
	ShippedAt *time.Time      `db:"shipped_at"`
	NewsID    *uuid.UUID      `db:"news_id"`    // the news it was shipped with
	RequestID *uuid.UUID      `db:"request_id"` // the ticket that asks for it; nil: a review found it
	// Read, never written: what its package and product are called, how many
	// tickets wait for it and of how many organizations.
	Package   string `db:"package"`
	Product   string `db:"product"`
	Tickets   int    `db:"tickets"`
	Customers int    `db:"customers"`
}

const devSelect = `select d.id, d.vendor_id, d.number, d.version, d.state, d.title, d.body, d.package_id, d.target, d.release_id, d.external, d.refusal,
	d.created_by, d.created_at, d.updated_at, d.shipped_at, d.news_id, d.request_id, coalesce(k.name, '') as package, coalesce(p.name, '') as product,
	(select count(*) from dev_ticket_links l where l.dev_ticket_id = d.id and l.works is not true) as tickets,
	(select count(distinct t.organization_id) from dev_ticket_links l join tickets t on t.id = l.ticket_id where l.dev_ticket_id = d.id and l.works is not true) as customers
	from dev_tickets d left join packages k on k.id = d.package_id left join products p on p.id = k.product_id `

// Snapshot is the row as its workflow may know it.
func (d DevTicket) Snapshot() devticket.Snapshot {
	s := devticket.Snapshot{Vendor: d.VendorID.String(), ID: d.ID.String(), Number: d.Number, Version: d.Version, State: d.State, Target: d.Target}
	if d.RequestID != nil {
		s.Request = d.RequestID.String()
	}
	return s
}

// NextDevNumber takes the vendor's next number of a dev ticket.
func (tx *Tx) NextDevNumber(ctx context.Context, year int) (string, error) {
	return tx.nextNumber(ctx, WorkDev, "DEV", year)
}

// DevTicketID is the id of the dev ticket a command makes: a repeat makes the
// same.
func DevTicketID(vendor uuid.UUID, key string) uuid.UUID {
	return uuid.NewSHA1(vendor, []byte("dev_ticket/"+key))
}

// InsertDevTicket adds a dev ticket.
func (tx *Tx) InsertDevTicket(ctx context.Context, d DevTicket) error {
	return tx.exec(ctx, "insert dev ticket", `insert into dev_tickets (id, vendor_id, number, version, state, title, body, package_id, external, created_by, created_at, updated_at, request_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)`,
		d.ID, tx.Vendor, d.Number, d.Version, d.State, d.Title, d.Body, d.PackageID, d.External, d.CreatedBy, d.CreatedAt, d.RequestID)
}

// DevTicket finds one of the vendor's; NotFound when there is none.
func (tx *Tx) DevTicket(ctx context.Context, id uuid.UUID) (d DevTicket, err error) {
	return d, tx.get(ctx, "find dev ticket", &d, devSelect+`where d.id = $1`, id)
}

// EvaluatedFor is the dev ticket a ticket waits to hear of, locked; nil for none.
// The ticket's row is locked before.
func (tx *Tx) EvaluatedFor(ctx context.Context, ticketID uuid.UUID) (*DevTicket, error) {
	var list []DevTicket
	err := tx.list(ctx, "find what development evaluates", &list, devSelect+`where d.request_id = $1 and d.state = 'new' for update of d`, ticketID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// DevTicketByNumber finds one by its number, in capitals.
func (tx *Tx) DevTicketByNumber(ctx context.Context, number string) (d DevTicket, err error) {
	return d, tx.get(ctx, "find dev ticket by number", &d, devSelect+`where d.number = $1`, number)
}

// LockDevTicket is DevTicket, and nobody else changes the row until the end of
// the transaction. Whoever locks a ticket too locks that first.
func (tx *Tx) LockDevTicket(ctx context.Context, id uuid.UUID) (d DevTicket, err error) {
	return d, tx.get(ctx, "lock dev ticket", &d, devSelect+`where d.id = $1 for update of d`, id)
}

// UpdateDevTicket writes a locked one back. d.Version is the new version and must
// follow the one in the database.
func (tx *Tx) UpdateDevTicket(ctx context.Context, d DevTicket) error {
	return tx.change(ctx, "update dev ticket", `update dev_tickets set version = $2, state = $3, target = $4, release_id = $5, refusal = $6, updated_at = $7,
		shipped_at = $8, news_id = $9, request_id = $10 where id = $1 and version = $2 - 1`,
		d.ID, d.Version, d.State, d.Target, d.ReleaseID, d.Refusal, d.UpdatedAt, d.ShippedAt, d.NewsID, d.RequestID)
}

// DevTicketFilter narrows a list of dev tickets; zero values do not.
type DevTicketFilter struct {
	States   []string
	Target   *string // the version, as people call it; "": planned into none
	IDs      []uuid.UUID
	BeforeAt *time.Time // keyset: created before this instant and id
	BeforeID uuid.UUID
	Limit    int
}

// DevTickets lists dev tickets, the newest first.
func (tx *Tx) DevTickets(ctx context.Context, f DevTicketFilter) (list []DevTicket, err error) {
	args := arguments{tx.Vendor, f.Limit}
	where := []string{"d.vendor_id = $1"}
	if len(f.States) > 0 {
		where = append(where, "d.state = any("+args.add(stringArray(f.States))+")")
	}
	if f.Target != nil {
		where = append(where, "d.target = "+args.add(*f.Target))
	}
	if f.BeforeAt != nil {
		where = append(where, "(d.created_at, d.id) < ("+args.add(*f.BeforeAt)+", "+args.add(f.BeforeID)+")")
	}
	return list, tx.list(ctx, "list dev tickets", &list, devSelect+`where `+strings.Join(where, " and ")+` order by d.created_at desc, d.id desc limit $2`, args...)
}

// DevTargets are the versions dev tickets are planned into that have not
// shipped, in the order of their names, a hundred at most.
func (tx *Tx) DevTargets(ctx context.Context) (list []string, err error) {
	return list, tx.list(ctx, "list planned versions", &list, `select distinct target from dev_tickets
		where vendor_id = $1 and state in ('planned', 'in_work') and target <> '' order by target limit 100`, tx.Vendor)
}

// DevChange is one transition of a dev ticket to be committed: of a person.
type DevChange struct {
	Dev      uuid.UUID
	Ticket   *uuid.UUID // one that waits for it, which is locked with it
	Key      string     // identity of the command
	Expected int64      // version the decision was made on
	// Apply changes the locked row and writes what belongs to it. The version is set
	// for it. t is the ticket, nil without one.
	Apply func(tx *Tx, d *DevTicket, t *Ticket, body json.RawMessage) error
}

// CommitDev makes one transition of a dev ticket in one transaction, or nothing.
// It is safe to repeat with the same key. The row returned is as it is
// afterwards.
func (s *Store) CommitDev(ctx context.Context, vendor uuid.UUID, c DevChange) (outcome ticket.Outcome, d DevTicket, err error) {
	err = s.In(ctx, vendor, func(tx *Tx) error {
		var of *Ticket
		if c.Ticket != nil {
			t, err := tx.LockTicket(ctx, *c.Ticket)
			if err != nil {
				return err
			}
			of = &t
		}
		if d, err = tx.LockDevTicket(ctx, c.Dev); err != nil {
			return err
		}
		command, err := tx.pending(ctx, c.Key, true)
		switch {
		case err != nil:
			return err
		case command.CommittedAt != nil:
			outcome = ticket.AlreadyApplied
			return nil
		case d.Version != c.Expected:
			outcome = ticket.Stale
			return nil
		}
		outcome = ticket.Applied
		d.Version++
		if err := c.Apply(tx, &d, of, command.Body); err != nil {
			return err
		}
		if err := tx.UpdateDevTicket(ctx, d); err != nil {
			return err
		}
		if err := tx.Announce(ctx, DevChanged, d.ID); err != nil {
			return err
		}
		return tx.markWorkCommitted(ctx, c.Key, c.Dev, d.Version)
	})
	return outcome, d, err
}

// DevEvent is something that happened to a dev ticket.
type DevEvent struct {
	ID        int64           `db:"id"`
	DevID     uuid.UUID       `db:"dev_ticket_id"`
	Version   int64           `db:"version"`
	Kind      string          `db:"kind"`
	ActorID   *uuid.UUID      `db:"actor_id"`   // nil: it happened by itself
	ActorName *string         `db:"actor_name"` // read, never written here
	At        time.Time       `db:"at"`
	Data      json.RawMessage `db:"data"`
}

// InsertDevEvent appends an event; events are never changed or deleted.
func (tx *Tx) InsertDevEvent(ctx context.Context, e DevEvent) error {
	if e.Data == nil {
		e.Data = json.RawMessage(`{}`)
	}
	return tx.exec(ctx, "insert event of dev ticket", `insert into dev_ticket_events (vendor_id, dev_ticket_id, version, kind, actor_id, at, data)
		values ($1, $2, $3, $4, $5, $6, $7)`, tx.Vendor, e.DevID, e.Version, e.Kind, e.ActorID, e.At, []byte(e.Data))
}

// DevEvents are the last of a dev ticket, oldest first.
func (tx *Tx) DevEvents(ctx context.Context, id uuid.UUID, limit int) (list []DevEvent, err error) {
	return list, tx.list(ctx, "list events of dev ticket", &list, `select * from (
			select e.id, e.dev_ticket_id, e.version, e.kind, e.actor_id, p.name as actor_name, e.at, e.data
			from dev_ticket_events e left join people p on p.id = e.actor_id where e.dev_ticket_id = $1 order by e.id desc limit $2) latest order by id`, id, limit)
}
