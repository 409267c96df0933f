package activities

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Proposal is an enhancement that is offered as paid work: by whom, with what
// words for the customer, under the key of the command that offers it.
type Proposal struct {
	Key  string
	By   uuid.UUID
	Text string
	At   time.Time
}

// MayOffer says whether a ticket is an open feature request, on which Offer offers.
func MayOffer(row store.Ticket) bool {
	return row.Path == service.PathFeature && slices.Contains(followers, row.State)
}

// Offer offers an enhancement on a feature request: it makes its service request,
// which waits for the customer's interest, and has the ticket wait for it too; the
// customer's side is asked by mail, and the workflow is started by the outbox. Its
// id comes from the key; the caller sees to it that a repeat of the key does
// nothing. The caller holds the lock of the ticket's
// row, has raised its version, and afterwards writes the row back and pokes its
// workflow. vendor is as the ticket knows it (store.Tx.Pinned). Conflict
// "offer_made" while work hangs on the ticket, and "offer_on_closed" for one that
// is not triaged yet, or over.
func Offer(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, p Proposal) (*store.ServiceRequest, error) {
	open, err := tx.OpenServiceRequest(ctx, row.ID)
	switch {
	case err != nil:
		return nil, err
	case open != nil:
		return nil, problem.New(problem.Conflict, "offer_made", problem.Args{"number": open.Number})
	case !MayOffer(*row):
		return nil, problem.New(problem.Conflict, "offer_on_closed", problem.Args{"number": row.Number})
	}
	r, err := newWork(ctx, tx, vendor, *row, beginning{path: service.PathFeature, key: p.Key, by: p.By, at: p.At})
	if err != nil {
		return nil, err
	}
	if err := tx.InsertServiceRequest(ctx, *r); err != nil {
		return nil, err
	}
	if err := tx.PokeService(ctx, *r, true); err != nil {
		return nil, err
	}
	before := *r
	before.State = service.Analysis // it begins: its ticket moves with it
	c := ticket.Command{Key: p.Key, Actor: ticket.Actor{ID: p.By.String(), Side: ticket.Staff}}
	if err := follow(ctx, tx, vendor, row, before, *r, c, p.At); err != nil {
		return nil, err
	}
	if row.Hanging, err = tx.Hanging(ctx, row.ID); err != nil {
		return nil, err
	}
	if p.Text != "" {
		if err := comment(ctx, tx, row.ID, spokenWord{Key: p.Key, Author: p.By.String(), Kind: "comment", Text: p.Text, At: p.At}); err != nil {
			return nil, err
		}
	}
	if err := workEvent(ctx, tx, *row, *r, "created", &p.By, p.At); err != nil {
		return nil, err
	}
	return r, notice.About{Vendor: vendor, Ticket: *row}.Asked(ctx, tx, *r, c.Actor, p.Text, p.At)
}
