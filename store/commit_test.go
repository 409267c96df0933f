package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

func keyOf(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return hex.EncodeToString(sum[:])
}

// change is a transition on the shop's ticket, made on that version.
func (h shop) change(seed string, expected int64, human bool) store.Change {
	return store.Change{
		Ticket: h.ticket.ID, Key: keyOf(seed), Expected: expected, Action: "triage", Human: human,
		Apply: func(tx *store.Tx, row *store.Ticket, _ json.RawMessage) error {
			row.Reason = seed
			return tx.InsertEvent(context.Background(), store.Event{TicketID: row.ID, Version: row.Version, Kind: seed, Public: true, At: row.UpdatedAt})
		},
	}
}

// TestCommit: applied once, then already applied; stale on a version that is
// gone, and then nothing changed.
func TestCommit(t *testing.T) {
	t.Parallel()
	s := stack.NewDatabase(t).Store(t)
	h := newShop(t, s, "ours", "OU")
	h.in(t, s, func(tx *store.Tx) error {
		_, err := tx.Receive(t.Context(), h.command("triage", "first"))
		return err
	})
	for _, c := range []struct {
		name    string
		change  store.Change
		outcome ticket.Outcome
		version int64
		reason  string
	}{
		{"stale", h.change("milestone", 7, false), ticket.Stale, 1, ""},
		{"applied", h.change("first", 1, true), ticket.Applied, 2, "first"},
		{"again", h.change("first", 1, true), ticket.AlreadyApplied, 2, "first"},
		{"again, another version", h.change("first", 2, true), ticket.AlreadyApplied, 2, "first"},
		{"a milestone on what is gone", h.change("milestone", 1, false), ticket.Stale, 2, "first"},
		{"the milestone", h.change("milestone", 2, false), ticket.Applied, 3, "milestone"},
		{"the milestone again", h.change("milestone", 2, false), ticket.AlreadyApplied, 3, "milestone"},
	} {
		outcome, row, err := s.Commit(t.Context(), h.vendor.ID, c.change)
		if err != nil || outcome != c.outcome || row.Version != c.version || row.Reason != c.reason {
			t.Errorf("%s: %s, version %d, %q, %v", c.name, outcome, row.Version, row.Reason, err)
		}
	}
	h.in(t, s, func(tx *store.Tx) error {
		events, err := tx.Events(t.Context(), h.ticket.ID, true, nil, 0, 10)
		if len(events) != 3 { // registered, first, milestone
			t.Errorf("events: %v", events)
		}
		command, found := tx.Command(t.Context(), keyOf("first"))
		if found != nil || command.CommittedAt == nil || command.Body != nil || *command.Version != 2 || *command.ObjectID != h.ticket.ID {
			t.Errorf("command: %+v, %v", command, found)
		}
		return err
	})
}

// TestCommitAllOrNothing: what Apply or the database refuses leaves no trace.
func TestCommitAllOrNothing(t *testing.T) {
	t.Parallel()
	s := stack.NewDatabase(t).Store(t)
	h := newShop(t, s, "ours", "OU")
	other := newShop(t, s, "theirs", "TH")
	refused := errors.New("refused")
	failing := h.change("x", 1, false)
	apply := failing.Apply
	failing.Apply = func(tx *store.Tx, row *store.Ticket, body json.RawMessage) error {
		return errors.Join(apply(tx, row, body), refused)
	}
	if _, _, err := s.Commit(t.Context(), h.vendor.ID, failing); !errors.Is(err, refused) {
		t.Errorf("apply fails: %v", err)
	}
	if _, _, err := s.Commit(t.Context(), h.vendor.ID, h.change("never received", 1, true)); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("a command nobody received: %v", err)
	}
	if _, _, err := s.Commit(t.Context(), other.vendor.ID, h.change("x", 1, false)); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("another vendor's ticket: %v", err)
	}
	h.in(t, s, func(tx *store.Tx) error {
		row, err := tx.Ticket(t.Context(), h.ticket.ID)
		events, listed := tx.Events(t.Context(), h.ticket.ID, true, nil, 0, 10)
		if row.Version != 1 || row.Reason != "" || len(events) != 1 || row.State != ticket.Registered {
			t.Errorf("left behind: %+v, %v", row, events)
		}
		if _, err := tx.Command(t.Context(), keyOf("x")); problem.CodeOf(err) != problem.NotFound {
			t.Errorf("left behind: %v", err)
		}
		return errors.Join(err, listed)
	})
}

// TestConcurrentCommits: of many on one version exactly one wins, and of many
// with one key exactly one is applied.
func TestConcurrentCommits(t *testing.T) {
	t.Parallel()
	s := stack.NewDatabase(t).Store(t)
	h := newShop(t, s, "ours", "OU")
	race := func(seed func(i int) string, expected int64) map[ticket.Outcome]int {
		outcomes := make([]ticket.Outcome, 30)
		var wg sync.WaitGroup
		for i := range outcomes {
			wg.Go(func() {
				var err error
				if outcomes[i], _, err = s.Commit(t.Context(), h.vendor.ID, h.change(seed(i), expected, false)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got := map[ticket.Outcome]int{}
		for _, o := range outcomes {
			got[o]++
		}
		return got
	}
	if got := race(func(i int) string { return fmt.Sprint(i) }, 1); got[ticket.Applied] != 1 || got[ticket.Stale] != 29 {
		t.Errorf("one version: %v", got)
	}
	if got := race(func(int) string { return "one key" }, 2); got[ticket.Applied] != 1 || got[ticket.AlreadyApplied] != 29 {
		t.Errorf("one key: %v", got)
	}
}

// TestReceiveAtOnce: one key, many at once, one command; another body is
// refused, also when the first comes from a transaction that was rolled back.
func TestReceiveAtOnce(t *testing.T) {
	t.Parallel()
	s := stack.NewDatabase(t).Store(t)
	h := newShop(t, s, "ours", "OU")
	refused := errors.New("rolled back")
	receive := func(c store.Command, then error) error {
		return s.In(t.Context(), h.vendor.ID, func(tx *store.Tx) error {
			_, err := tx.Receive(t.Context(), c)
			return errors.Join(err, then)
		})
	}
	c := h.command("answer", "seed")
	if err := receive(c, refused); !errors.Is(err, refused) {
		t.Error(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := receive(c, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c.BodyHash = []byte("another")
	if err := receive(c, nil); problem.CodeOf(err) != problem.Unprocessable {
		t.Errorf("another body: %v", err)
	}
}
