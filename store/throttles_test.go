package store_test

import (
	"crypto/sha256"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/casepath/casepath/procedures/stack"
)

// TestThrottle: so many hits of a window are let through, however many come at
// once, and each bucket is counted by itself.
func TestThrottle(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s := d.Store(t)
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	const window = 15 * time.Minute
	hit := func(name string, at time.Duration) (bool, time.Duration) {
		sum := sha256.Sum256([]byte(name))
		allowed, retry, err := s.Throttle(t.Context(), sum[:], 10, window, start.Add(at))
		if err != nil {
			t.Error(err)
		}
		return allowed, retry
	}
	var let atomic.Int64
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if allowed, _ := hit("a", 0); allowed {
				let.Add(1)
			}
		})
	}
	wg.Wait()
	if let.Load() != 10 {
		t.Errorf("%d of 40 at once were let through, not 10", let.Load())
	}
	for _, c := range []struct {
		what    string
		bucket  string
		at      time.Duration
		allowed bool
		retry   time.Duration
	}{
		{"another bucket", "b", 0, true, 0},
		{"in the middle", "a", 5 * time.Minute, false, 10 * time.Minute},
		{"a refusal makes it no longer", "a", 14 * time.Minute, false, time.Minute},
		{"just before the end", "a", window - time.Millisecond, false, time.Second},
		{"the next window", "a", window, true, 0},
		{"which has begun then", "b", window - 1, true, 0},
	} {
		if allowed, retry := hit(c.bucket, c.at); allowed != c.allowed || retry != c.retry {
			t.Errorf("%s: %v, %v; want %v, %v", c.what, allowed, retry, c.allowed, c.retry)
		}
	}
	sum := sha256.Sum256([]byte("a"))
	for range 9 {
		hit("a", window)
	}
	if err := s.Unthrottle(t.Context(), sum[:]); err != nil {
		t.Fatal(err)
	}
	if allowed, _ := hit("a", window); !allowed {
		t.Error("a hit taken back still counts")
	}
	if allowed, _ := hit("a", window); allowed {
		t.Error("one hit taken back let two through")
	}
	if err := s.ForgetThrottle(t.Context(), sum[:]); err != nil {
		t.Fatal(err)
	}
	if allowed, _ := hit("a", window); !allowed {
		t.Error("a counter begun anew refuses")
	}
}

// TestOldCountersGo: whoever keeps asking under new names fills nothing for
// ever.
func TestOldCountersGo(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s, admin := d.Store(t), as(t, d.Admin)
	now := time.Now().UTC()
	if _, err := admin.ExecContext(t.Context(), `insert into throttles select sha256(n::text::bytea), $1, 1 from generate_series(1, 1500) n`, now.Add(-72*time.Hour)); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("x"))
	for range 1000 {
		if _, _, err := s.Throttle(t.Context(), sum[:], 1, time.Minute, now); err != nil {
			t.Fatal(err)
		}
	}
	var left int
	if err := admin.QueryRowContext(t.Context(), `select count(*) from throttles`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d counters are left, %v", left, err)
	}
}
