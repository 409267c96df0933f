package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// TrainingSession is a session of a training, of one revision of its dates. It
// never changes. Instants are UTC.
type TrainingSession struct {
	ServiceID uuid.UUID `db:"service_request_id"`
	Revision  int       `db:"revision"`
	Position  int       `db:"position"` // from 1, in the order of time
	StartsAt  time.Time `db:"starts_at"`
	EndsAt    time.Time `db:"ends_at"`
	Place     string    `db:"place"` // or a link
	AgreedBy  uuid.UUID `db:"agreed_by"`
	AgreedAt  time.Time `db:"agreed_at"`
}

// InsertSession keeps a session of a training for ever.
func (tx *Tx) InsertSession(ctx context.Context, s TrainingSession) error {
	return tx.exec(ctx, "insert training session", `insert into training_sessions
			(vendor_id, service_request_id, revision, position, starts_at, ends_at, place, agreed_by, agreed_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.Vendor, s.ServiceID, s.Revision, s.Position, s.StartsAt, s.EndsAt, s.Place, s.AgreedBy, s.AgreedAt)
}

// Sessions are the dates of a training as they were last agreed, in the order of
// time.
func (tx *Tx) Sessions(ctx context.Context, service uuid.UUID) (list []TrainingSession, err error) {
	return list, tx.list(ctx, "list training sessions", &list, `select service_request_id, revision, position, starts_at, ends_at, place, agreed_by, agreed_at
		from training_sessions where service_request_id = $1 and revision = (select max(revision) from training_sessions where service_request_id = $1)
		order by position`, service)
}
