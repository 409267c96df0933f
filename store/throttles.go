package store

import (
	"context"
	"time"
)

// throttleKept is how long a counter is kept after it began: longer than any
// window.
const throttleKept = 48 * time.Hour

// throttleTidy is how many hits pass between two removals of old counters.
const throttleTidy = 1000

// Throttle counts one hit on what bucket names (the SHA-256 of what is
// counted) and says whether it is among the first limit of its window, which
// begins with its first hit; if not, retry is how long until the next window.
// A refused hit counts as well, and makes the window no longer. Counters are
// over all vendors and stand outside any transaction: what fails later has
// been counted. Any number of hits at once are counted one by one.
func (s *Store) Throttle(ctx context.Context, bucket []byte, limit int, window time.Duration, at time.Time) (allowed bool, retry time.Duration, err error) {
	var row struct {
		BeganAt time.Time `db:"began_at"`
		Hits    int       `db:"hits"`
	}
	err = s.db.GetContext(ctx, &row, `insert into throttles as t (bucket, began_at, hits) values ($1, $2, 1)
		on conflict (bucket) do update set
			hits = case when t.began_at > $3 then least(t.hits, 1000000) + 1 else 1 end,
			began_at = case when t.began_at > $3 then t.began_at else excluded.began_at end
		returning began_at, hits`, bucket, at, at.Add(-window))
	if err != nil {
		return false, 0, failure("count a hit", err)
	}
	if s.hits.Add(1)%throttleTidy == 0 {
		if err := s.tidyThrottles(ctx, at); err != nil {
			return false, 0, err
		}
	}
	if row.Hits <= limit {
		return true, 0, nil
	}
	return false, max(row.BeganAt.Add(window).Sub(at), time.Second), nil
}

// Unthrottle takes one hit back: it turned out not to be one of those that are
// limited.
func (s *Store) Unthrottle(ctx context.Context, bucket []byte) error {
	_, err := s.db.ExecContext(ctx, `update throttles set hits = greatest(hits - 1, 0) where bucket = $1`, bucket)
	return failure("take a hit back", err)
}

// ForgetThrottle begins a counter anew.
func (s *Store) ForgetThrottle(ctx context.Context, bucket []byte) error {
	_, err := s.db.ExecContext(ctx, `delete from throttles where bucket = $1`, bucket)
	return failure("begin a counter anew", err)
}

// tidyThrottles removes counters whose windows are long over.
func (s *Store) tidyThrottles(ctx context.Context, at time.Time) error {
	_, err := s.db.ExecContext(ctx, `delete from throttles where bucket in (
		select bucket from throttles where began_at < $1 order by began_at limit $2 for update skip locked)`,
		at.Add(-throttleKept), 2*throttleTidy)
	return failure("remove old counters", err)
}
