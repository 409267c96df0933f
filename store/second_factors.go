package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
)

// SecondFactor is a person's sealed secret for codes by time; nil without one.
// pending is one that was shown and is not proven yet.
func (tx *Tx) SecondFactor(ctx context.Context, person uuid.UUID) (sealed, pending []byte, err error) {
	var row struct {
		Sealed  []byte `db:"totp_secret"`
		Pending []byte `db:"totp_pending"`
	}
	err = tx.get(ctx, "find second factor", &row, `select totp_secret, totp_pending from people where id = $1`, person)
	return row.Sealed, row.Pending, err
}

// SetPendingFactor keeps a sealed secret until its first code proves that it
// has arrived; an earlier pending one is forgotten.
func (tx *Tx) SetPendingFactor(ctx context.Context, person uuid.UUID, sealed []byte) error {
	return tx.change(ctx, "keep pending second factor", `update people set totp_pending = $2 where id = $1`, person, sealed)
}

// ConfirmFactor makes the pending secret the person's second factor, the step
// its last accepted one. Conflict when the pending secret is another one by
// now, or there is a second factor already.
func (tx *Tx) ConfirmFactor(ctx context.Context, person uuid.UUID, pending []byte, step int64) error {
	err := tx.change(ctx, "confirm second factor", `update people set totp_secret = totp_pending, totp_pending = null, totp_step = $3
		where id = $1 and totp_pending = $2 and totp_secret is null`, person, pending, step)
	if problem.CodeOf(err) == problem.NotFound {
		return problem.New(problem.Conflict, "second_factor_not_started", nil)
	}
	return err
}

// AcceptStep accepts a code's time step if it is later than the last accepted
// one: of several with the same code, at whatever instant, one is accepted.
func (tx *Tx) AcceptStep(ctx context.Context, person uuid.UUID, step int64) (bool, error) {
	err := tx.change(ctx, "accept code", `update people set totp_step = $2 where id = $1 and totp_secret is not null and totp_step < $2`, person, step)
	if problem.CodeOf(err) == problem.NotFound {
		return false, nil
	}
	return err == nil, err
}

// RemoveSecondFactor takes a person's second factor and recovery codes away.
func (tx *Tx) RemoveSecondFactor(ctx context.Context, person uuid.UUID) error {
	if err := tx.change(ctx, "remove second factor", `update people set totp_secret = null, totp_pending = null where id = $1`, person); err != nil {
		return err
	}
	return tx.ReplaceRecoveryCodes(ctx, person, nil)
}

// ReplaceRecoveryCodes forgets a person's recovery codes and keeps the hashes
// of new ones.
func (tx *Tx) ReplaceRecoveryCodes(ctx context.Context, person uuid.UUID, hashes [][]byte) error {
	if err := tx.exec(ctx, "forget recovery codes", `delete from recovery_codes where person_id = $1`, person); err != nil {
		return err
	}
	return tx.exec(ctx, "keep recovery codes", `insert into recovery_codes (vendor_id, person_id, code_hash) select $1, $2, unnest($3::bytea[])`,
		tx.Vendor, person, pq.Array(hashes))
}

// UseRecoveryCode uses a recovery code up. It says whether it was there and
// unused: of several who come at once, one is let through.
func (tx *Tx) UseRecoveryCode(ctx context.Context, person uuid.UUID, hash []byte, at time.Time) (bool, error) {
	err := tx.change(ctx, "use recovery code", `update recovery_codes set used_at = $3 where person_id = $1 and code_hash = $2 and used_at is null`, person, hash, at)
	if problem.CodeOf(err) == problem.NotFound {
		return false, nil
	}
	return err == nil, err
}

// RecoveryCodesLeft is how many recovery codes of a person are unused.
func (tx *Tx) RecoveryCodesLeft(ctx context.Context, person uuid.UUID) (left int, err error) {
	return left, tx.get(ctx, "count recovery codes", &left, `select count(*) from recovery_codes where person_id = $1 and used_at is null`, person)
}
