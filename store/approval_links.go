package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// ApprovalLink lets one person decide on one version of a quote without signing
// in.
type ApprovalLink struct {
	ID        uuid.UUID  `db:"id"`
	QuoteID   uuid.UUID  `db:"quote_id"`
	PersonID  uuid.UUID  `db:"person_id"`
	Hash      []byte     `db:"secret_hash"` // SHA-256 of the secret
	CreatedAt time.Time  `db:"created_at"`
	ExpiresAt time.Time  `db:"expires_at"`
	OpenedAt  *time.Time `db:"opened_at"`
	CodeHash  []byte     `db:"code_hash"` // of the newest code; nil: none was asked for
	CodeEnds  *time.Time `db:"code_expires_at"`
	CodeTries int        `db:"code_tries"`
}

// InsertApprovalLink keeps a new link.
func (tx *Tx) InsertApprovalLink(ctx context.Context, l ApprovalLink) error {
	return tx.exec(ctx, "insert approval link", `insert into approval_links (id, vendor_id, quote_id, person_id, secret_hash, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, l.ID, tx.Vendor, l.QuoteID, l.PersonID, l.Hash, l.CreatedAt, l.ExpiresAt)
}

// ApprovalLink finds a link by its secret's hash; NotFound when there is none.
func (tx *Tx) ApprovalLink(ctx context.Context, hash []byte) (l ApprovalLink, err error) {
	return l, tx.get(ctx, "find approval link", &l, `select id, quote_id, person_id, secret_hash, created_at, expires_at, opened_at, code_hash,
		code_expires_at, code_tries from approval_links where secret_hash = $1`, hash)
}

// OpenApprovalLink notes that a link was opened for the first time; first is
// false for any later time, which changes nothing.
func (tx *Tx) OpenApprovalLink(ctx context.Context, id uuid.UUID, at time.Time) (first bool, err error) {
	err = tx.change(ctx, "open approval link", `update approval_links set opened_at = $2 where id = $1 and opened_at is null`, id, at)
	if problem.CodeOf(err) == problem.NotFound {
		return false, nil
	}
	return err == nil, err
}

// SetApprovalCode puts a new code in the place of the one before.
func (tx *Tx) SetApprovalCode(ctx context.Context, id uuid.UUID, hash []byte, until time.Time) error {
	return tx.change(ctx, "set approval code", `update approval_links set code_hash = $2, code_expires_at = $3, code_tries = 0 where id = $1`, id, hash, until)
}

// TryApprovalCode counts a try of a link's code, before it is known whether it
// was right; NotFound when there is no code, it is too old, or was tried most
// times.
func (tx *Tx) TryApprovalCode(ctx context.Context, id uuid.UUID, most int, at time.Time) (hash []byte, err error) {
	return hash, tx.get(ctx, "try approval code", &hash, `update approval_links set code_tries = code_tries + 1
		where id = $1 and code_hash is not null and code_expires_at > $3 and code_tries < $2 returning code_hash`, id, most, at)
}
