package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// Link is a link that works once. It belongs to a person, or to a request for
// access.
type Link struct {
	ID              uuid.UUID  `db:"id"`
	Purpose         string     `db:"purpose"` // invitation, reset or access_reply
	PersonID        *uuid.UUID `db:"person_id"`
	AccessRequestID *uuid.UUID `db:"access_request_id"`
	Hash            []byte     `db:"secret_hash"` // SHA-256 of the secret
	CreatedAt       time.Time  `db:"created_at"`
	ExpiresAt       time.Time  `db:"expires_at"`
	UsedAt          *time.Time `db:"used_at"` // used, or replaced by a newer one
}

const linkColumns = `id, purpose, person_id, access_request_id, secret_hash, created_at, expires_at, used_at`

// InsertLink keeps a new link; earlier ones of the same purpose for the same
// person or request for access work no more. Of several made at once, the
// last alone is good.
func (tx *Tx) InsertLink(ctx context.Context, l Link) error {
	if err := tx.exec(ctx, "wait for one's turn", `select pg_advisory_xact_lock(hashtextextended($1::text || coalesce($2::uuid, $3::uuid, $4::uuid), 0))`,
		l.Purpose, l.PersonID, l.AccessRequestID, l.ID); err != nil {
		return err
	}
	if err := tx.exec(ctx, "replace links", `update one_time_links set used_at = $4
		where purpose = $1 and used_at is null and (person_id = $2 or access_request_id = $3)`,
		l.Purpose, l.PersonID, l.AccessRequestID, l.CreatedAt); err != nil {
		return err
	}
	return tx.exec(ctx, "insert link", `insert into one_time_links
		(id, vendor_id, purpose, person_id, access_request_id, secret_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		l.ID, tx.Vendor, l.Purpose, l.PersonID, l.AccessRequestID, l.Hash, l.CreatedAt, l.ExpiresAt)
}

// Link finds a link by its secret's hash, whatever its state; NotFound when
// there is none.
func (tx *Tx) Link(ctx context.Context, hash []byte) (l Link, err error) {
	return l, tx.get(ctx, "find link", &l, `select `+linkColumns+` from one_time_links where secret_hash = $1`, hash)
}

// UseLink uses a link up; Conflict when it was used or replaced meanwhile, so
// that of several who come at once one alone gets through.
func (tx *Tx) UseLink(ctx context.Context, id uuid.UUID, at time.Time) error {
	err := tx.change(ctx, "use link", `update one_time_links set used_at = $2 where id = $1 and used_at is null`, id, at)
	if problem.CodeOf(err) == problem.NotFound {
		return problem.New(problem.Conflict, "link_used", nil)
	}
	return err
}

// EndLinks makes a person's links work no more.
func (tx *Tx) EndLinks(ctx context.Context, person uuid.UUID, at time.Time) error {
	return tx.exec(ctx, "end links", `update one_time_links set used_at = $2 where person_id = $1 and used_at is null`, person, at)
}
