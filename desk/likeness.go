package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Limits of what is compared with a title that is being written.
const (
	likeMax       = 5   // how many are shown
	likeCompared  = 300 // open tickets, newest first
	likeThreshold = 0.55
)

// Like finds open tickets in the caller's sight whose title is like this one,
// most alike first, at most five: somebody may have asked already. Only the
// newest few hundred are compared. A title too short to compare finds none.
func (d *Desk) Like(ctx context.Context, title string) (list []TicketView, err error) {
	c, err := d.caller(ctx, OpListTickets)
	if err != nil {
		return nil, err
	}
	wanted := trigrams(clean(title))
	if len(wanted) < TitleMin {
		return nil, nil
	}
	f := TicketQuery{States: ticket.OpenStates, Limit: likeCompared}.filter(c)
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.Tickets(ctx, f)
		if err != nil {
			return err
		}
		rows = alike(wanted, rows)
		names, err := tx.Names(ctx, rows)
		for _, row := range rows {
			list = append(list, TicketView{Row: row, Names: names, Internal: c.Staff()})
		}
		return err
	})
	return list, err
}

// alike keeps the tickets whose title is like the wanted one, most alike
// first; of equals the newer.
func alike(wanted map[string]bool, rows []store.Ticket) []store.Ticket {
	likeness := make(map[string]float64, len(rows))
	near := slices.DeleteFunc(slices.Clone(rows), func(row store.Ticket) bool {
		likeness[row.Number] = overlap(wanted, trigrams(row.Title))
		return likeness[row.Number] < likeThreshold
	})
	slices.SortStableFunc(near, func(a, b store.Ticket) int { return cmp.Compare(likeness[b.Number], likeness[a.Number]) })
	return near[:min(len(near), likeMax)]
}

// overlap is how much of the shorter title is in the longer one, 0 to 1: what
// is half typed finds the whole.
func overlap(a, b map[string]bool) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < TitleMin {
		return 0
	}
	shared := 0
	for t := range a {
		if b[t] {
			shared++
		}
	}
	return float64(shared) / float64(len(a))
}

// trigrams are the runs of three letters of a title's words, without case and
// accents; a word's beginning counts twice, as that is what words of one stem
// share.
func trigrams(title string) map[string]bool {
	runs := map[string]bool{}
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFD.String(title))
	for word := range strings.FieldsSeq(plain) {
		runes := []rune("  " + word + " ")
		for i := range len(runes) - 2 {
			runs[string(runes[i:i+3])] = true
		}
	}
	return runs
}
