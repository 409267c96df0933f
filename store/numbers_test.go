package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// TestTicketNumbers: unique, and rising for whoever comes later, also under 50
// at once, with gaps where a registration is rolled back; each vendor and each
// year by itself.
func TestTicketNumbers(t *testing.T) {
	t.Parallel()
	s := stack.NewDatabase(t).Store(t)
	ours, theirs := newShop(t, s, "ours", "OU"), newShop(t, s, "theirs", "TH")
	take := func(h shop, year int, then error) (number string) {
		err := s.In(t.Context(), h.vendor.ID, func(tx *store.Tx) (err error) {
			number, err = tx.NextTicketNumber(t.Context(), h.vendor.Prefix, year)
			return errors.Join(err, then)
		})
		if !errors.Is(err, then) {
			t.Error(err)
		}
		return number
	}
	rolledBack := errors.New("rolled back")
	var mu sync.Mutex
	var all []string
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			last := ""
			for range 4 {
				n := take(ours, 2026, nil)
				if n <= last {
					t.Errorf("%s after %s", n, last)
				}
				last = n
				mu.Lock()
				all = append(all, n)
				mu.Unlock()
			}
			if i%5 == 0 {
				take(ours, 2026, rolledBack)
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	if len(slices.Compact(slices.Clone(all))) != 200 {
		t.Errorf("of 200 numbers %d are different", len(slices.Compact(all)))
	}
	if all[0] != "OU-2026-000002" { // newShop took the first
		t.Errorf("the first is %s", all[0])
	}
	if next := take(ours, 2026, nil); next != fmt.Sprintf("OU-2026-%06d", 1+200+10+1) {
		t.Errorf("after 211 the next is %s", next)
	}
	for _, c := range []struct {
		h    shop
		year int
		want string
	}{{ours, 2027, "OU-2027-000001"}, {ours, 2027, "OU-2027-000002"}, {theirs, 2026, "TH-2026-000002"}, {theirs, 2027, "TH-2027-000001"}, {ours, 2026, "OU-2026-000213"}} {
		if n := take(c.h, c.year, nil); n != c.want {
			t.Errorf("%d: %s, want %s", c.year, n, c.want)
		}
	}
}

// TestFirstNumbersAtOnce: the first of a year may come from many at once.
func TestFirstNumbersAtOnce(t *testing.T) {
	t.Parallel()
	s := stack.NewDatabase(t).Store(t)
	h := newShop(t, s, "ours", "OU")
	numbers := make([]string, 30)
	var wg sync.WaitGroup
	for i := range numbers {
		wg.Go(func() {
			if err := s.In(t.Context(), h.vendor.ID, func(tx *store.Tx) (err error) {
				numbers[i], err = tx.NextTicketNumber(t.Context(), "OU", 2030)
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	slices.Sort(numbers)
	for i, n := range numbers {
		if n != fmt.Sprintf("OU-2030-%06d", i+1) {
			t.Fatalf("numbers: %s", strings.Join(numbers, " "))
		}
	}
}
