package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// touched is how exactly the last use of a session or token is kept.
const touched = time.Minute

// TouchBearer notes that a bearer is in use, at most once a minute.
func (tx *Tx) TouchBearer(ctx context.Context, b Bearer, at time.Time) error {
	if b.LastUsedAt != nil && at.Sub(*b.LastUsedAt) < touched {
		return nil
	}
	return tx.exec(ctx, "note use of bearer", `update bearers set last_used_at = $2
		where id = $1 and (last_used_at is null or last_used_at < $2)`, b.ID, at)
}

// Bearers are a person's live sessions and tokens, newest first.
func (tx *Tx) Bearers(ctx context.Context, person uuid.UUID, at time.Time) (list []Bearer, err error) {
	return list, tx.list(ctx, "list bearers", &list, `select id, person_id, kind, name, scope, proof, ip, user_agent, created_at, expires_at, last_used_at
		from bearers where person_id = $1 and revoked_at is null and expires_at > $2 and kind <> 'half' order by created_at desc, id desc`, person, at)
}

// RevokeOwn ends one live session or token of a person and answers what it
// was; NotFound when it is not theirs, or has ended.
func (tx *Tx) RevokeOwn(ctx context.Context, person, id uuid.UUID, at time.Time) (b Bearer, err error) {
	return b, tx.get(ctx, "revoke own bearer", &b, `update bearers set revoked_at = $3
		where id = $1 and person_id = $2 and revoked_at is null and expires_at > $3 returning id, person_id, kind, name`, id, person, at)
}

// EndHalf ends a half session that is complete now, and answers what it was
// opened with; Unauthenticated when somebody else has completed it, or it has
// ended meanwhile.
func (tx *Tx) EndHalf(ctx context.Context, id uuid.UUID, at time.Time) (proof string, err error) {
	err = tx.get(ctx, "end half session", &proof, `update bearers set revoked_at = $2
		where id = $1 and kind = 'half' and revoked_at is null and expires_at > $2 returning proof`, id, at)
	if problem.CodeOf(err) == problem.NotFound {
		return "", problem.New(problem.Unauthenticated, "bearer_unknown", nil)
	}
	return proof, err
}

// EndSessions ends a person's sessions, half ones too, but one: uuid.Nil
// spares none. Tokens go on.
func (tx *Tx) EndSessions(ctx context.Context, person, but uuid.UUID, at time.Time) error {
	return tx.exec(ctx, "end sessions", `update bearers set revoked_at = $3
		where person_id = $1 and id <> $2 and kind in ('session', 'half') and revoked_at is null`, person, but, at)
}

// EndAccess ends all sessions and tokens of a person, forgets their browsers
// and answers how many live sessions and tokens there were.
func (tx *Tx) EndAccess(ctx context.Context, person uuid.UUID, at time.Time) (ended int, err error) {
	err = tx.get(ctx, "end sessions and tokens", &ended, `with ended as (
		update bearers set revoked_at = $2 where person_id = $1 and revoked_at is null returning expires_at)
		select count(*) from ended where expires_at > $2`, person, at)
	if err != nil {
		return 0, err
	}
	return ended, tx.ForgetDevices(ctx, person)
}

// HasSignedIn says whether a person has ever had a session.
func (tx *Tx) HasSignedIn(ctx context.Context, person uuid.UUID) (ever bool, err error) {
	return ever, tx.get(ctx, "find earlier sign-in", &ever, `select exists (select from bearers where person_id = $1 and kind = 'session')`, person)
}

// HasSignedInFrom says whether a person has had a session from that network
// (CIDR; "" for no address) since an instant.
func (tx *Tx) HasSignedInFrom(ctx context.Context, person uuid.UUID, network string, since time.Time) (known bool, err error) {
	return known, tx.get(ctx, "find earlier sign-in from network", &known, `select exists (select from bearers
		where person_id = $1 and kind = 'session' and created_at > $3
		  and (ip = '' and $2::text = '' or nullif(ip, '')::inet <<= nullif($2::text, '')::cidr))`, person, network, since)
}
