package store_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// TestDevCandidates: dev tickets are found by words of either language, those of
// one vendor alone, and only what the search has matched is marked.
func TestDevCandidates(t *testing.T) {
	t.Parallel()
	s := stack.NewDatabase(t).Store(t)
	ours, theirs := newShop(t, s, "ours", "OU"), newShop(t, s, "theirs", "TH")
	for _, h := range []shop{ours, theirs} {
		h.in(t, s, func(tx *store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `insert into dev_tickets (id, vendor_id, number, state, title, body, created_by, created_at, updated_at)
				values (gen_random_uuid(), $1, 'DEV-1', 'new', 'Exports of labels stop', 'An `+store.MarkStart+`ordinary`+store.MarkEnd+` <b>text</b>', $2, now(), now()),
				(gen_random_uuid(), $1, 'DEV-2', 'new', 'Les étiquettes sont imprimées deux fois', '', $2, now(), now())`, tx.Vendor, h.person.ID)
			return err
		})
	}
	for _, c := range []struct{ words, locale, number, marked string }{
		{"the label export", "en", "DEV-1", store.MarkStart + "Exports" + store.MarkEnd},
		{"une étiquette imprimée", "fr", "DEV-2", store.MarkStart + "étiquettes" + store.MarkEnd},
	} {
		ours.in(t, s, func(tx *store.Tx) error {
			list, err := tx.DevCandidates(t.Context(), c.words, c.locale, 10)
			if len(list) != 1 || list[0].Number != c.number || list[0].VendorID != ours.vendor.ID || !strings.Contains(list[0].MarkedTitle, c.marked) {
				t.Errorf("%s: %+v", c.words, list)
			} else if strings.ContainsAny(list[0].MarkedBody, store.MarkStart+store.MarkEnd) {
				t.Errorf("%s: marks of the text's own: %q", c.words, list[0].MarkedBody)
			}
			return err
		})
	}
	for _, words := range []string{"", "!!! & | :*", "'; drop table dev_tickets --", strings.Repeat("word ", 1000)} {
		ours.in(t, s, func(tx *store.Tx) error {
			list, err := tx.DevCandidates(t.Context(), words, "en", 10)
			if len(list) != 0 {
				t.Errorf("%.20q finds %d", words, len(list))
			}
			return err
		})
	}
}
