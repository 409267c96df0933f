package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// TestNewestLinkAlone: of links made one after the other or at once, one works,
// and it works once.
func TestNewestLinkAlone(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s := d.Store(t)
	h := newShop(t, s, "ours", "OU")
	live := func() (hashes []string) {
		rows, err := as(t, d.Admin).QueryContext(t.Context(), `select secret_hash from one_time_links where purpose = 'reset' and used_at is null`)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var hash string
			if err := rows.Scan(&hash); err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, hash)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return hashes
	}
	link := func(purpose, hash string) store.Link {
		now := time.Now().UTC()
		return store.Link{ID: store.NewID(), Purpose: purpose, PersonID: &h.person.ID, Hash: []byte(hash), CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	}
	add := func(l store.Link) {
		h.in(t, s, func(tx *store.Tx) error { return tx.InsertLink(t.Context(), l) })
	}
	add(link("invitation", "invited"))
	add(link("reset", "first"))
	newest := link("reset", "second")
	add(newest)
	if got := live(); len(got) != 1 || got[0] != "second" {
		t.Errorf("live resets: %q", got)
	}
	var used atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := s.In(t.Context(), h.vendor.ID, func(tx *store.Tx) error { return tx.UseLink(t.Context(), newest.ID, time.Now()) })
			switch {
			case err == nil:
				used.Add(1)
			case problem.CodeOf(err) != problem.Conflict:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if used.Load() != 1 {
		t.Errorf("one link was used %d times", used.Load())
	}
	for i := range 20 {
		wg.Go(func() { add(link("reset", "at once "+string(rune('a'+i)))) })
	}
	wg.Wait()
	if got := live(); len(got) != 1 {
		t.Errorf("of 20 links made at once these work: %q", got)
	}
	h.in(t, s, func(tx *store.Tx) error { return tx.EndLinks(t.Context(), h.person.ID, time.Now()) })
	h.in(t, s, func(tx *store.Tx) error {
		l, err := tx.Link(t.Context(), []byte("invited"))
		if err != nil || l.UsedAt == nil {
			t.Errorf("an ended invitation: %+v, %v", l, err)
		}
		return nil
	})
}
