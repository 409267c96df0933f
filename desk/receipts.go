package desk

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// ReceiptQuery says what somebody asks for who got no receipt. One of address
// and subject is needed.
type ReceiptQuery struct {
	Address string // mail address of the requester, the customer's contact or a receipt
	Subject string // words of the subject, all of them
	Cursor  string
	Limit   int // 1 to PageMax
}

// ArrivalView is something that has arrived, as its reader may see it, with
// the receipts of a ticket in the order they were decided. The customer's side
// reads the address of its own receipts alone, and of none what the mail server
// said.
type ArrivalView struct {
	store.Arrival
	Lacks    []Lack // what an incomplete one needs
	Receipts []store.Receipt
}

// Registered says whether it has a number.
func (v ArrivalView) Registered() bool { return ticket.RequestState(v.State) == ticket.RegisteredAs }

// Pending says whether it is a request that has a page of its own.
func (v ArrivalView) Pending() bool { return !v.Registered() && v.Reason == "" }

// Why is the key of the sentence that says why it is not registered, which
// names what is missing; "" when it is.
func (v ArrivalView) Why() string {
	if v.Registered() {
		return ""
	}
	because := v.State
	if ticket.RequestState(v.State) == ticket.Refused {
		because = v.Reason
	}
	if key, known := unregistered[because]; known {
		return key
	}
	return "unregistered_refused"
}

// Missing is what it lacks, in a locale, on one line.
func (v ArrivalView) Missing(locale string) string { return missing(v.Lacks, locale) }

func missing(lacks []Lack, locale string) string {
	texts := make([]string, len(lacks))
	for i, l := range lacks {
		texts[i] = l.Say(locale)
	}
	return strings.Join(texts, "; ")
}

// unregistered is how it is said that something is not registered, by its
// state, or by the key of the refusal that left a trace.
var unregistered = map[string]string{
	string(ticket.WithSuperUser): "unregistered_with_super_user", string(ticket.Incomplete): "unregistered_incomplete",
	string(ticket.Expired): "unregistered_expired", string(ticket.RequestWithdrawn): "unregistered_withdrawn",
	"contact_not_authorized": "unregistered_contact", "channel_not_included": "unregistered_channel", "balance_empty": "unregistered_balance",
}

// LookUp finds what has arrived, newest first, and the cursor of the next page;
// "" when all has been looked through. It looks through store.ArrivalsMax
// arrivals at once, so that a page may be short, or empty, and not the last.
// Nothing found is an answer: nothing arrived. The customer's side finds among
// what it sees anyway, and so nobody learns whether somebody else has written.
func (d *Desk) LookUp(ctx context.Context, q ReceiptQuery) (list []ArrivalView, next string, err error) {
	c, err := d.caller(ctx, OpListReceipts)
	if err != nil {
		return nil, "", err
	}
	f, err := q.filter(c)
	if err != nil {
		return nil, "", err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, last, err := tx.Arrivals(ctx, f)
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last = &rows[q.Limit-1]
		}
		if last != nil {
			next = cursor(last.At.UTC().Format(time.RFC3339Nano), last.ID)
		}
		list, err = d.arrivals(ctx, tx, c, rows)
		return err
	})
	return list, next, err
}

// filter is what of the caller's the query asks for.
func (q ReceiptQuery) filter(c Caller) (f store.ArrivalFilter, err error) {
	var wrong problem.Fields
	f = store.ArrivalFilter{Sight: c.sight(OpListReceipts), Address: canonical(q.Address), Words: strings.Fields(clean(q.Subject)), Limit: q.Limit + 1}
	f.Words = f.Words[:min(len(f.Words), wordsMax)]
	switch {
	case f.Address == "" && len(f.Words) == 0:
		wrong.Add("address", "receipt_of_what", nil)
	case f.Address != "":
		if _, err := mail.Canonical(f.Address); err != nil {
			wrong.Add("address", "field_not_mail", nil)
		}
	}
	if err := wrong.Err(); err != nil {
		return f, err
	}
	if q.Cursor != "" {
		at, id, err := timeCursor(q.Cursor)
		if err != nil {
			return f, err
		}
		f.BeforeAt, f.BeforeID = &at, id
	}
	return f, nil
}

// arrivals adds to what was found what is missing, and the receipts.
func (d *Desk) arrivals(ctx context.Context, tx *store.Tx, c Caller, rows []store.Arrival) ([]ArrivalView, error) {
	list := make([]ArrivalView, len(rows))
	at := map[uuid.UUID]int{}
	for i, row := range rows {
		list[i].Arrival = row
		switch {
		case list[i].Registered():
			at[row.ID] = i
		case ticket.RequestState(row.State) == ticket.Incomplete:
			r, err := tx.RequestRow(ctx, row.ID)
			if err != nil {
				return nil, err
			}
			if list[i].Lacks, err = d.lacksOf(ctx, tx, c.Vendor, r); err != nil {
				return nil, err
			}
		}
	}
	receipts, err := tx.Receipts(ctx, slices.Collect(maps.Keys(at))...)
	for _, r := range receipts {
		i := at[r.TicketID]
		list[i].Receipts = append(list[i].Receipts, c.readable(r))
	}
	return list, err
}

// readable is a receipt as the caller may read of it.
func (c Caller) readable(r store.Receipt) store.Receipt {
	if c.Staff() {
		r.LastError = answered(r.LastError)
		return r
	}
	r.LastError, r.DealtBy, r.DealtNote, r.DealtAt = "", "", "", nil
	if r.For == nil || *r.For != c.Person.ID {
		r.To = ""
	}
	return r
}

// answered is what the mail server said, on one line.
func answered(failure string) string {
	for _, ours := range []string{"mail refused for good: ", "mail not sent yet: "} {
		failure = strings.TrimPrefix(failure, ours)
	}
	return mail.Line(failure)
}

// BouncedView is a receipt that did not arrive.
type BouncedView = store.Bounced

// Bounced lists the receipts that were given up and nobody has dealt with, the
// newest first, and the cursor of the next page; for staff.
func (d *Desk) Bounced(ctx context.Context, cursor string, limit int) (list []BouncedView, next string, err error) {
	c, err := d.caller(ctx, OpListBounced)
	if err != nil {
		return nil, "", err
	}
	var before int64
	if cursor != "" {
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil || before < 1 {
			return nil, "", wrongCursor()
		}
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.Bounced(ctx, before, limit+1)
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = strconv.FormatInt(list[limit-1].ID, 10)
	}
	for i := range list {
		list[i].LastError = answered(list[i].LastError)
	}
	return list, next, err
}

// BouncedCount counts them, no further than store.CountsMax + 1; for staff.
func (d *Desk) BouncedCount(ctx context.Context) (n int, err error) {
	c, err := d.caller(ctx, OpListBounced)
	if err != nil {
		return 0, err
	}
	return n, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		n, err = tx.CountBounced(ctx)
		return err
	})
}

// BouncedNoteMax is the longest note on a bounced receipt, in characters.
const BouncedNoteMax = 500

// DealWithBounced notes that a bounced receipt was dealt with in another way
// than sending it again, and how. One that is dealt with stays as it is, so
// repeating it does nothing. NotFound for another vendor's, for what is no
// receipt, and to customers; Unprocessable without a note.
func (d *Desk) DealWithBounced(ctx context.Context, id int64, note string) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	if !c.Staff() {
		return problem.Missing()
	}
	note = strings.TrimSpace(clean(note))
	var wrong problem.Fields
	checkText(&wrong, "note", &note, 1, BouncedNoteMax)
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, err := tx.LockReceipt(ctx, id)
		if err != nil {
			return err
		}
		if err := c.allow(OpDealWithBounced); err != nil {
			return err
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		if r.Fate() != store.ReceiptRefused || r.DealtAt != nil {
			return nil
		}
		if err := tx.DealWithReceipt(ctx, id, c.Person.ID, d.Now(), note); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "receipt_dealt_with", "ticket", r.TicketID, map[string]any{"delivery": id, "note": note})
	})
}

// bounced are the receipts of a ticket that did not arrive and nobody has dealt
// with, as far as the caller is to know: all for staff, else their own.
func bounced(ctx context.Context, tx *store.Tx, c Caller, ticket uuid.UUID) (list []store.Receipt, err error) {
	all, err := tx.Receipts(ctx, ticket)
	for _, r := range all {
		if r.Fate() == store.ReceiptRefused && r.DealtAt == nil && (c.Staff() || r.For != nil && *r.For == c.Person.ID) {
			list = append(list, c.readable(r))
		}
	}
	return list, err
}
