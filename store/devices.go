package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
)

// Device is a browser a person has signed in with.
type Device struct {
	ID         uuid.UUID `db:"id"`
	PersonID   uuid.UUID `db:"person_id"`
	Hash       []byte    `db:"secret_hash"` // SHA-256 of the secret in its cookie
	UserAgent  string    `db:"user_agent"`
	CreatedAt  time.Time `db:"created_at"`
	LastUsedAt time.Time `db:"last_used_at"`
}

// Device finds the person's browser behind one of these secrets' hashes, used
// since an instant; uuid.Nil when it is none of theirs.
func (tx *Tx) Device(ctx context.Context, person uuid.UUID, hashes [][]byte, since time.Time) (id uuid.UUID, err error) {
	err = tx.get(ctx, "find device", &id, `select id from devices where person_id = $1 and secret_hash = any($2) and last_used_at > $3
		order by last_used_at desc limit 1`, person, pq.Array(hashes), since)
	if problem.CodeOf(err) == problem.NotFound {
		return uuid.Nil, nil
	}
	return id, err
}

// devicesKept is how many browsers of one person are remembered.
const devicesKept = 20

// InsertDevice remembers a browser, and forgets those unused for longest when
// there are many.
func (tx *Tx) InsertDevice(ctx context.Context, d Device) error {
	if err := tx.exec(ctx, "insert device", `insert into devices (id, vendor_id, person_id, secret_hash, user_agent, created_at, last_used_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, d.ID, tx.Vendor, d.PersonID, d.Hash, d.UserAgent, d.CreatedAt, d.LastUsedAt); err != nil {
		return err
	}
	return tx.exec(ctx, "forget old devices", `delete from devices where person_id = $1 and id not in (
		select id from devices where person_id = $1 order by last_used_at desc, id desc limit $2)`, d.PersonID, devicesKept)
}

// TouchDevice notes that a browser was signed in with.
func (tx *Tx) TouchDevice(ctx context.Context, id uuid.UUID, userAgent string, at time.Time) error {
	return tx.exec(ctx, "note use of device", `update devices set last_used_at = $2, user_agent = $3 where id = $1`, id, at, userAgent)
}

// ForgetDevices makes all of a person's browsers new ones.
func (tx *Tx) ForgetDevices(ctx context.Context, person uuid.UUID) error {
	return tx.exec(ctx, "forget devices", `delete from devices where person_id = $1`, person)
}
