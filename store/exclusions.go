package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// Exclusion wants a breach left out of the adjusted figures. It stands when a
// second person has agreed and nobody has taken it back; the breach itself
// stays what it is.
type Exclusion struct {
	ID         uuid.UUID  `db:"id"`
	TicketID   uuid.UUID  `db:"ticket_id"`
	Clock      string     `db:"clock"`
	Reason     string     `db:"reason"`   // the customer reads it
	Evidence   string     `db:"evidence"` // internal
	AskedBy    uuid.UUID  `db:"asked_by"`
	AskedName  string     `db:"asked_name"`
	AskedAt    time.Time  `db:"asked_at"`
	DecidedBy  *uuid.UUID `db:"decided_by"`
	Decider    string     `db:"decider"`
	DecidedAt  *time.Time `db:"decided_at"`
	Agreed     *bool      `db:"agreed"`
	Decision   string     `db:"decision"` // why not
	RevokedBy  *uuid.UUID `db:"revoked_by"`
	Revoker    string     `db:"revoker"`
	RevokedAt  *time.Time `db:"revoked_at"`
	Revocation string     `db:"revocation"`
}

// Stands says whether the breach is left out.
func (e Exclusion) Stands() bool { return e.Agreed != nil && *e.Agreed && e.RevokedAt == nil }

// Declined says whether somebody decided against it.
func (e Exclusion) Declined() bool { return e.Agreed != nil && !*e.Agreed }

// Open says whether somebody has to decide.
func (e Exclusion) Open() bool { return e.Agreed == nil && e.RevokedAt == nil }

const exclusionSelect = `select x.id, x.ticket_id, x.clock, x.reason, x.evidence, x.asked_by, a.name as asked_name, x.asked_at, x.decided_by,
	coalesce(d.name, '') as decider, x.decided_at, x.agreed, x.decision, x.revoked_by, coalesce(r.name, '') as revoker, x.revoked_at, x.revocation
	from clock_exclusions x join people a on a.id = x.asked_by left join people d on d.id = x.decided_by left join people r on r.id = x.revoked_by `

// Exclusions lists those of a ticket, oldest first.
func (tx *Tx) Exclusions(ctx context.Context, ticket uuid.UUID) (list []Exclusion, err error) {
	return list, tx.list(ctx, "list exclusions", &list, exclusionSelect+`where x.ticket_id = $1 order by x.asked_at, x.id`, ticket)
}

// LockExclusion finds one of a ticket's, and nobody else changes it until the
// end of the transaction; NotFound when there is none.
func (tx *Tx) LockExclusion(ctx context.Context, ticket, id uuid.UUID) (e Exclusion, err error) {
	return e, tx.get(ctx, "lock exclusion", &e, exclusionSelect+`where x.ticket_id = $1 and x.id = $2 for update of x`, ticket, id)
}

// InsertExclusion asks for one. Conflict while another of the clock stands or
// is to be decided.
func (tx *Tx) InsertExclusion(ctx context.Context, e Exclusion) error {
	_, err := tx.ExecContext(ctx, `insert into clock_exclusions (id, vendor_id, ticket_id, clock, reason, evidence, asked_by, asked_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, e.ID, tx.Vendor, e.TicketID, e.Clock, e.Reason, e.Evidence, e.AskedBy, e.AskedAt)
	if violates(err, "clock_exclusions_live") {
		return problem.New(problem.Conflict, "exclusion_there", nil)
	}
	return failure("insert exclusion", err)
}

// UpdateExclusion writes a decision or a revocation into a locked one.
func (tx *Tx) UpdateExclusion(ctx context.Context, e Exclusion) error {
	return tx.change(ctx, "update exclusion", `update clock_exclusions set decided_by = $2, decided_at = $3, agreed = $4, decision = $5,
		revoked_by = $6, revoked_at = $7, revocation = $8 where id = $1`,
		e.ID, e.DecidedBy, e.DecidedAt, e.Agreed, e.Decision, e.RevokedBy, e.RevokedAt, e.Revocation)
}
