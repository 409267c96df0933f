package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// TestTakeBack: a held reply goes with its mails, and nothing else can be
// taken back: what is not held, what has left, notes, other vendors' replies.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s := d.Store(t)
	ours, theirs := newShop(t, s, "ours", "OU"), newShop(t, s, "theirs", "TH")
	admin, relay := as(t, d.Admin), d.RelayStore(t)
	say := func(h shop, public bool, hold time.Duration) uuid.UUID {
		c := store.Comment{ID: store.NewID(), TicketID: h.ticket.ID, AuthorID: h.person.ID, Kind: "comment", Public: public, Body: "b", At: time.Now().UTC()}
		h.in(t, s, func(tx *store.Tx) error {
			if err := tx.InsertHeldComment(t.Context(), c, hold); err != nil {
				return err
			}
			return tx.InsertEffect(t.Context(), store.Effect{
				Kind: store.EffectMail, Key: "mail/" + c.ID.String(), TicketID: &h.ticket.ID, Payload: json.RawMessage(`{}`), Held: store.Held{Reply: &c.ID, For: hold},
			})
		})
		return c.ID
	}
	takeBack := func(reply uuid.UUID) (done bool) {
		ours.in(t, s, func(tx *store.Tx) (err error) { done, err = tx.TakeBack(t.Context(), reply); return err })
		return done
	}
	left := func(reply uuid.UUID) (n int) {
		if err := admin.QueryRowContext(t.Context(), `select (select count(*) from comments where id = $1) + (select count(*) from outbox where comment_id = $1)`, reply).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for name, reply := range map[string]uuid.UUID{
		"not held": say(ours, true, 0), "a note": say(ours, false, time.Hour), "another vendor's": say(theirs, true, time.Hour), "none": uuid.New(),
	} {
		before := left(reply)
		if takeBack(reply) || left(reply) != before {
			t.Errorf("%s is taken back", name)
		}
	}
	held := say(ours, true, time.Hour)
	if mails, err := relay.ClaimEffects(t.Context(), []store.EffectKind{store.EffectMail}, time.Minute, 10, nil); err != nil || len(mails) != 1 { // the one that is not held
		t.Errorf("%d mails leave, %v", len(mails), err)
	}
	if !takeBack(held) || left(held) != 0 {
		t.Error("a held reply is not taken back")
	}
	left1 := say(ours, true, time.Hour)
	if _, err := admin.ExecContext(t.Context(), `update outbox set next_at = now() where comment_id = $1`, left1); err != nil {
		t.Fatal(err)
	}
	if mails, err := relay.ClaimEffects(t.Context(), []store.EffectKind{store.EffectMail}, time.Minute, 10, nil); err != nil || len(mails) != 1 {
		t.Errorf("%d mails leave, %v", len(mails), err)
	}
	if takeBack(left1) || left(left1) != 2 {
		t.Error("a reply is taken back whose mail has begun to leave")
	}
}

// TestTakeBackAgainstTheRelay: of the relay that takes a mail and the writer
// who takes the reply back one is first; never do both.
func TestTakeBackAgainstTheRelay(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s := d.Store(t)
	ours := newShop(t, s, "ours", "OU")
	relay := d.RelayStore(t)
	for range 20 {
		c := store.Comment{ID: store.NewID(), TicketID: ours.ticket.ID, AuthorID: ours.person.ID, Kind: "comment", Public: true, Body: "b", At: time.Now().UTC()}
		ours.in(t, s, func(tx *store.Tx) error {
			if err := tx.InsertHeldComment(t.Context(), c, time.Hour); err != nil {
				return err
			}
			return tx.InsertEffect(t.Context(), store.Effect{
				Kind: store.EffectMail, Key: "mail/" + c.ID.String(), TicketID: &ours.ticket.ID, Payload: json.RawMessage(`{}`), Held: store.Held{Reply: &c.ID},
			})
		})
		claimed := make(chan int)
		go func() {
			mails, err := relay.ClaimEffects(t.Context(), []store.EffectKind{store.EffectMail}, time.Minute, 10, nil)
			if err != nil {
				t.Error(err)
			}
			claimed <- len(mails)
		}()
		var done bool
		ours.in(t, s, func(tx *store.Tx) (err error) { done, err = tx.TakeBack(t.Context(), c.ID); return err })
		if n := <-claimed; done && n > 0 {
			t.Fatal("a mail leaves of a reply that was taken back")
		}
	}
}
