package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// mail adds a mail of the shop to the outbox.
func (h shop) mail(t *testing.T, s *store.Store, key string) {
	t.Helper()
	h.in(t, s, func(tx *store.Tx) error {
		return tx.InsertEffect(t.Context(), store.Effect{Kind: store.EffectMail, Key: key, Payload: json.RawMessage(`{}`)})
	})
}

// TestMailIsHeldAfterARestore: no relay takes a mail until an operator releases
// them; those that were waiting at the restored instant can be dropped, and
// looked at as any dead one.
func TestMailIsHeldAfterARestore(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s, relay := d.Store(t), d.RelayStore(t)
	h := newShop(t, s, "ours", "OU")
	taken := func() int {
		t.Helper()
		list, err := relay.ClaimEffects(t.Context(), []store.EffectKind{store.EffectMail}, time.Minute, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	taken() // newShop's
	if _, err := relay.ReleaseMail(t.Context(), false); err == nil {
		t.Error("mail that is not held was released")
	}
	h.mail(t, s, "old")
	if _, err := d.OwnerStore(t).AfterRestore(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	h.mail(t, s, "new")
	if n := taken(); n != 0 {
		t.Errorf("%d mails are taken while mail is held", n)
	}
	if hold, err := s.MailHold(t.Context()); err != nil || hold == nil {
		t.Errorf("held: %v, %v", hold, err)
	}
	if b, err := relay.Backlog(t.Context()); err != nil || !b.Held {
		t.Errorf("backlog: %+v, %v", b, err)
	}
	if _, err := s.ReleaseMail(t.Context(), false); err == nil {
		t.Error("the application may release mail")
	}
	r, err := relay.ReleaseMail(t.Context(), true)
	if err != nil || r.Mails != 1 || r.Old != 0 || r.Dropped < 1 {
		t.Errorf("released %+v, %v", r, err)
	}
	if n := taken(); n != 1 {
		t.Errorf("%d mails are taken after the release, want the new one", n)
	}
	dead, err := relay.DeadEffects(t.Context())
	if err != nil || int64(len(dead)) != r.Dropped || dead[len(dead)-1].Key != "old" {
		t.Errorf("dead: %+v, %v", dead, err)
	}
}

// TestNobodyIsSignedInAfterARestore: old sessions, tokens and one-time links
// don't live again, of no vendor (abuse case B35).
func TestNobodyIsSignedInAfterARestore(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s := d.Store(t)
	shops := []shop{newShop(t, s, "ours", "OU"), newShop(t, s, "theirs", "TH")}
	alive := func(h shop) (err error) {
		h.in(t, s, func(tx *store.Tx) error {
			_, err = tx.SignedIn(t.Context(), []byte(h.vendor.Slug), time.Now())
			return nil
		})
		return err
	}
	for _, h := range shops {
		if err := alive(h); err != nil {
			t.Fatal(err)
		}
	}
	owner := d.OwnerStore(t)
	for _, want := range []int64{2, 0} {
		if ended, err := owner.AfterRestore(t.Context(), time.Now()); err != nil || ended.Bearers != want || ended.Links != want {
			t.Errorf("ended %+v, want %d of each, %v", ended, want, err)
		}
	}
	for _, h := range shops {
		if err := alive(h); problem.CodeOf(err) != problem.NotFound {
			t.Errorf("the token of %s: %v", h.vendor.Slug, err)
		}
		var link store.Link
		var told int
		h.in(t, s, func(tx *store.Tx) (err error) {
			if link, err = tx.Link(t.Context(), []byte(h.vendor.Slug)); err != nil {
				return err
			}
			return tx.GetContext(t.Context(), &told, `select count(*) from audit where action = 'restored'`)
		})
		if link.UsedAt == nil || told != 2 {
			t.Errorf("the link of %s was used at %v; its audit trail tells of %d restores", h.vendor.Slug, link.UsedAt, told)
		}
	}
}

// TestNumbersGoOnAfterARestore: what the replaced database has given is not
// given again; where nobody knows that, a stretch of numbers is left out.
func TestNumbersGoOnAfterARestore(t *testing.T) {
	t.Parallel()
	before, after := stack.NewDatabase(t), stack.NewDatabase(t)
	old := before.Store(t)
	lost := newShop(t, old, "lost", "LO") // a vendor made after the restored instant
	h := newShop(t, old, "ours", "OU")
	next := func(s *store.Store, year int) (number string) {
		h.in(t, s, func(tx *store.Tx) (err error) {
			number, err = tx.NextTicketNumber(t.Context(), "OU", year)
			return err
		})
		return number
	}
	s := after.Store(t)
	h.in(t, s, func(tx *store.Tx) error { return tx.InsertVendor(t.Context(), h.vendor) })
	next(s, 2026)
	for range 6 {
		next(old, 2026)
	}
	next(old, 2027) // a year nobody had known at the restored instant
	given, err := before.OwnerStore(t).TicketNumbers(t.Context())
	if err != nil || len(given) != 3 {
		t.Fatal(given, err)
	}
	owner := after.OwnerStore(t)
	for range 2 { // repeating it gives nothing away
		if err := owner.KeepNumbers(t.Context(), given, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if n := next(s, 2026); n != "OU-2026-000008" {
		t.Errorf("after 7 comes %s", n)
	}
	if n := next(s, 2027); n != "OU-2027-000002" {
		t.Errorf("in the year the replaced database had begun: %s", n)
	}
	here, err := owner.TicketNumbers(t.Context())
	if err != nil || len(here) != 2 {
		t.Errorf("sequences: %v, %v; none may be there for vendor %s", here, err, lost.vendor.Slug)
	}
	if err := owner.KeepNumbers(t.Context(), nil, 1000); err != nil {
		t.Fatal(err)
	}
	if n := next(s, 2026); n != "OU-2026-001009" {
		t.Errorf("with nobody knowing: %s", n)
	}
}

// TestEveryFileIsSeenByTheOwner, of every vendor, to look whether its bytes are
// there.
func TestEveryFileIsSeenByTheOwner(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s := d.Store(t)
	newShop(t, s, "ours", "OU")
	newShop(t, s, "theirs", "TH")
	vendors := map[string]bool{}
	err := d.OwnerStore(t).EachFile(t.Context(), func(f store.KeptFile) error {
		vendors[f.VendorID.String()] = f.Size == 1 && f.Name == "f"
		return nil
	})
	if err != nil || len(vendors) != 2 {
		t.Errorf("files of %d vendors, %v", len(vendors), err)
	}
}
