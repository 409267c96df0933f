package desk

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// ReceiptsADay is how often the receipt of one ticket is sent again to one
// person within 24 hours, whoever asks.
const ReceiptsADay = 5

// ResendReceipt sends the receipt of a ticket again: asked by staff, to the
// requester and the customer's contact; by one of these two, to themselves
// (Forbidden to others who see the ticket). The copy says that it is one and
// when the request was registered. The same key gives the same mails, with the
// same Message-IDs. What bounced before for the same people is dealt with then.
// Conflict for a request that is not registered, which has no receipt, saying
// what is missing, and when nobody can be told; RateLimited after ReceiptsADay,
// until RetryAfter. It answers the ticket's receipts.
func (d *Desk) ResendReceipt(ctx context.Context, key, ref string) (list []store.Receipt, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, err
	}
	if key == "" {
		key = uuid.NewString()
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpResendReceipt, ref)
		if problem.CodeOf(err) == problem.NotFound {
			return d.noReceipt(ctx, tx, c, ref)
		}
		if err == nil {
			row, err = tx.LockTicket(ctx, row.ID) // of several at once one is first
		}
		if err != nil {
			return err
		}
		if _, _, err := d.once(ctx, tx, c, write{action: string(OpResendReceipt), ticket: &row.ID, key: key}, func() (uuid.UUID, error) {
			return row.ID, d.resend(ctx, tx, c, row, c.Key(string(OpResendReceipt), row.ID.String(), key))
		}); err != nil {
			return err
		}
		all, err := tx.Receipts(ctx, row.ID)
		for _, r := range all {
			list = append(list, c.readable(r))
		}
		return err
	})
}

// noReceipt is the refusal for what has no receipt: a request in sight that is
// not registered says why not; anything else is missing.
func (d *Desk) noReceipt(ctx context.Context, tx *store.Tx, c Caller, ref string) error {
	id, err := uuid.Parse(ref)
	if err != nil || len(ref) != 36 {
		return problem.Missing()
	}
	r, err := tx.RequestRow(ctx, id)
	if err != nil {
		return err
	}
	v, err := d.viewRequest(ctx, tx, c, r)
	if err != nil {
		return err
	}
	if err := c.allow(OpResendReceipt); err != nil {
		return err
	}
	e := problem.New(problem.Conflict, "receipt_not_registered", nil)
	why := ArrivalView{Arrival: store.Arrival{State: r.State}}.Why()
	e.Fields = []problem.Field{{Path: "request", Key: why, Args: problem.Args{"missing": missing(v.Lacks, c.Person.Locale)}}}
	return e
}

// resend decides the copies, and keeps that they were asked for.
func (d *Desk) resend(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, event string) error {
	ids := []uuid.UUID{c.Person.ID}
	if c.Staff() {
		ids = []uuid.UUID{row.RequesterID}
		if row.ContactID != nil && *row.ContactID != row.RequesterID {
			ids = append(ids, *row.ContactID)
		}
	}
	people, err := tx.Recipients(ctx, row, ids)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		return problem.New(problem.Conflict, "receipt_for_nobody", nil)
	}
	now := d.Now().UTC().Truncate(time.Microsecond)
	for i, p := range people {
		if err := notTooOften(ctx, tx, c, row, p, now); err != nil {
			return err
		}
		ids[i] = p.ID
	}
	ids = ids[:len(people)]
	if err := tx.DealWithReceipts(ctx, row.ID, ids, c.Person.ID, now, ""); err != nil {
		return err
	}
	if err := copies(ctx, tx, c.Vendor, row, people, event, now); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"people": ids})
	if err != nil {
		return err
	}
	if err := tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: "receipt_sent_again", Public: true, ActorID: &c.Person.ID, At: now, Data: data,
	}); err != nil {
		return err
	}
	return d.audit(ctx, tx, c, "receipt_sent_again", "ticket", row.ID, map[string]any{"people": ids})
}

// notTooOften refuses a copy more than a person gets in 24 hours.
func notTooOften(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, p store.Person, now time.Time) error {
	const day = 24 * time.Hour
	sent, err := tx.SentAgain(ctx, row.ID, p.ID, now.Add(-day))
	if err != nil || len(sent) < ReceiptsADay {
		return err
	}
	again := sent[len(sent)-ReceiptsADay].Add(day)
	zone, err := time.LoadLocation(c.Person.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	e := problem.New(problem.RateLimited, "receipt_too_often", problem.Args{"max": ReceiptsADay, "until": again.In(zone).Format("2006-01-02 15:04 MST")})
	e.RetryAfter = again.Sub(now)
	return e
}

// copies writes the mails.
func copies(ctx context.Context, tx *store.Tx, v store.Vendor, row store.Ticket, people []store.Person, event string, now time.Time) error {
	requester, err := tx.PersonName(ctx, row.RequesterID)
	if err != nil {
		return err
	}
	says, err := receiptSays(ctx, tx, v, row, requester)
	if err != nil {
		return err
	}
	about := notice.About{Vendor: v, Ticket: row}
	for _, p := range people {
		kind := mail.Receipt
		if p.ID != row.RequesterID {
			kind = mail.ReceiptOnBehalf
		}
		one, err := about.Mail(kind, event, p, now, func(n *mail.Notice) {
			says(n)
			n.Again, n.Registered, n.Watching = true, &row.RegisteredAt, false
			if row.State != ticket.Registered || n.Due != nil && n.Due.Before(now) {
				n.Due = nil // it is no promise any more
			}
		})
		if err != nil {
			return err
		}
		if err := tx.InsertEffect(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// receiptSays is what a ticket's receipts say beyond the ticket: the first
// promise, the vendor's own words, and who registered it for whom.
func receiptSays(ctx context.Context, tx *store.Tx, v store.Vendor, row store.Ticket, requester string) (func(*mail.Notice), error) {
	says := func(n *mail.Notice) { n.Due, n.Words = firstDue(row), v.Settings.Notice("receipt", n.Locale) }
	if row.PartnerID == nil {
		return says, nil
	}
	partner, err := tx.Organization(ctx, *row.PartnerID)
	if err != nil {
		return nil, err
	}
	customer, err := tx.Organization(ctx, row.OrganizationID)
	return func(n *mail.Notice) {
		says(n)
		n.Actor, n.Organization, n.OnBehalfOf = requester, partner.Name, customer.Name
	}, err
}
