package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// SplitMax is how many comments and how many files one split moves.
const SplitMax = 200

// splitOff is what the text of a ticket begins with that was split off another.
var splitOff = policy.Text{
	"en": "Split off %s.", "fr": "Détaché de %s.", "de": "Abgetrennt von %s.", "es": "Separado de %s.",
}

// SplitInput is what of a ticket becomes one of its own.
type SplitInput struct {
	Title    string
	Type     string
	Severity string
	Text     string      // what the new one is about, beside its comments; the customer reads it; may be empty
	Comments []uuid.UUID // which move, with their files; public or not
	Files    []uuid.UUID // of the request itself, which move
}

// Split makes a ticket of its own of a part of an open one: same customer and
// requester, a number of its own, and clocks that start now. What moves keeps
// its author, its time and who sees it. The original goes on untouched. It takes
// a ticket of the contract like any other, below zero when none is left, unless
// the plan gives back what is split off. Its requester gets a receipt that names
// the original. It answers with the new ticket.
//
// Unprocessable for comments that are none of the ticket's, or are a question or
// an answer or held ("comment_stays"), and for files that are none of the
// request's. The request's own text never moves.
func (d *Desk) Split(ctx context.Context, key, ref string, in SplitInput) (v TicketView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpSplit, ref)
		if err != nil {
			return err
		}
		if row, err = tx.LockTicket(ctx, row.ID); err != nil {
			return err
		}
		if err := in.check(c); err != nil {
			return err
		}
		w := write{action: "split", ticket: &row.ID, key: key, body: in}
		made, before, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			if err := d.splittable(ctx, tx, c, row, in); err != nil {
				return uuid.Nil, err
			}
			return d.split(ctx, tx, c, row, in)
		})
		if err != nil {
			return err
		}
		if row, err = tx.Ticket(ctx, made); err == nil {
			v, err = d.view(ctx, tx, c, row)
			v.Replayed = before
		}
		return err
	})
	if err == nil && d.OnRegistered != nil && !v.Replayed {
		d.OnRegistered(c.Vendor.Slug)
	}
	return v, err
}

// check cleans the texts and names every wrong field.
func (in *SplitInput) check(c Caller) error {
	var wrong problem.Fields
	checkText(&wrong, "title", &in.Title, TitleMin, TitleMax)
	checkText(&wrong, "text", &in.Text, 0, BodyMax/2)
	checkChoice(&wrong, "type", in.Type, c.Vendor.Settings.Types)
	checkChoice(&wrong, "severity", in.Severity, c.Vendor.Settings.Severities)
	if len(in.Comments) == 0 && len(in.Files) == 0 && strings.TrimSpace(in.Text) == "" {
		wrong.Add("comments", "split_nothing", nil)
	}
	for path, list := range map[string]*[]uuid.UUID{"comments": &in.Comments, "files": &in.Files} {
		slices.SortFunc(*list, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
		*list = slices.Compact(*list)
		if len(*list) > SplitMax {
			wrong.Add(path, "too_many", problem.Args{"max": SplitMax})
		}
	}
	return wrong.Err()
}

// splittable refuses what the ticket does not allow.
func (d *Desk) splittable(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in SplitInput) error {
	if err := d.stands(ctx, tx, c, row); err != nil {
		return err
	}
	if !row.State.Open() {
		e := problem.New(problem.Conflict, "split_ended", problem.Args{"number": row.Number})
		e.Data = map[string]any{"state": string(row.State), "possible": d.possible(c, row)}
		return e
	}
	if err := d.current(ctx, tx, c, row); err != nil {
		return err
	}
	if err := quotesNote(ctx, tx, row.ID, in.Title+"\n"+in.Text); err != nil {
		return err
	}
	movable, err := tx.Movable(ctx, row.ID, in.Comments)
	if err != nil {
		return err
	}
	var wrong problem.Fields
	for i, id := range in.Comments {
		if !slices.Contains(movable, id) {
			wrong.Add(fmt.Sprintf("comments/%d", i), "comment_stays", nil)
		}
	}
	return wrong.Err()
}

// split makes the ticket and moves what belongs to it.
func (d *Desk) split(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in SplitInput) (uuid.UUID, error) {
	id, now := store.NewID(), d.Now().Truncate(time.Microsecond) // as the database keeps it
	requester, err := tx.Person(ctx, row.RequesterID)
	if err != nil {
		return id, err
	}
	detail, err := tx.Detail(ctx, row)
	if err != nil {
		return id, err
	}
	request := store.RequestRow{Request: detail.Request, Version: 1, Requester: requester.Name}
	request.ID, request.Type, request.Severity, request.Title = id, in.Type, in.Severity, in.Title
	request.Body = fmt.Sprintf(splitOff.In(requester.Locale), row.Number)
	if text := strings.TrimSpace(in.Text); text != "" {
		request.Body += "\n\n" + text
	}
	request.ExternalID, request.OriginalAt, request.Fields, request.State = "", nil, nil, string(ticket.RegisteredAs)
	request.SubmittedAt, request.PolicyVersion = now, c.Vendor.Settings.PolicyVersion()
	if err := tx.KeepRequest(ctx, request); err != nil {
		return id, err
	}
	asRequester := Caller{Vendor: c.Vendor, Person: requester}
	made, err := d.enrol(ctx, tx, asRequester, request, now, byItself, true)
	if err != nil {
		return id, err
	}
	if err := tx.MoveSplit(ctx, row.ID, id, in.Comments, in.Files); err != nil {
		return id, err
	}
	if err := tx.CopyWatchers(ctx, row.ID, id); err != nil {
		return id, err
	}
	if err := d.joinSplit(ctx, tx, c, row, made); err != nil {
		return id, err
	}
	return id, splitReceipts(ctx, tx, notice.About{Vendor: c.Vendor, Ticket: made}, requester, row.Number)
}

// splitReceipts are those of a ticket that was split off another, whose number
// they name.
func splitReceipts(ctx context.Context, tx *store.Tx, about notice.About, requester store.Person, from string) error {
	made := about.Ticket
	says, err := receiptSays(ctx, tx, about.Vendor, made, requester.Name)
	if err != nil {
		return err
	}
	named := func(n *mail.Notice) {
		says(n)
		n.Other = from
	}
	if made.PartnerID != nil {
		return receiptsOnBehalf(ctx, tx, about, named)
	}
	return about.Tell(ctx, tx, mail.Receipt, made.ID.String(), []uuid.UUID{made.RequesterID}, nil, made.RegisteredAt, named)
}

// joinSplit links what was split off with the original, says so in the history
// of both, and gives the new one's ticket back where the plan says so.
func (d *Desk) joinSplit(ctx context.Context, tx *store.Tx, c Caller, row, made store.Ticket) error {
	link := store.TicketLink{ID: store.NewID(), From: row.ID, To: made.ID, Kind: store.LinkSplit, ByID: c.Person.ID, At: made.RegisteredAt}
	if made.ContractID != nil {
		terms, err := tx.TermsOf(ctx, made)
		if err != nil {
			return err
		}
		if tickets := c.Vendor.Settings.TicketsOf(terms); tickets != nil && tickets.Releases("split") {
			if link.Released, err = tx.GiveBack(ctx, made.ID, "split", row.Number, link.At, &c.Person.ID); err != nil {
				return err
			}
		}
	}
	if err := tx.InsertTicketLink(ctx, link); err != nil {
		return err
	}
	for _, e := range []struct {
		kind   string
		of, to store.Ticket
	}{{"split", row, made}, {"split_from", made, row}} {
		data, err := json.Marshal(map[string]any{"ticket_id": e.to.ID, "number": e.to.Number})
		if err != nil {
			return err
		}
		if err := tx.InsertEvent(ctx, store.Event{
			TicketID: e.of.ID, Version: e.of.Version, Kind: e.kind, Public: true, ActorID: &c.Person.ID, At: link.At, Data: data,
		}); err != nil {
			return err
		}
	}
	return nil
}
