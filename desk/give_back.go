package desk

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TicketEntitlement is what a ticket has taken from its contract.
type TicketEntitlement struct {
	Number   string
	State    string       // none, reserved, used, released or pay_this
	Below    string       // why it was taken though none was left: overrun or buy_pack; "" it was not
	Moves    []store.Move // in order
	Standing *Standing    // how the contract stands now; nil: it counts no tickets, or there is none
	Contract *store.Contract
	Reasons  []string // for which staff may give it back; nil: not now
}

// TicketEntitlement says what a ticket has taken, and why.
func (d *Desk) TicketEntitlement(ctx context.Context, ref string) (e TicketEntitlement, err error) {
	c, err := d.caller(ctx, OpGetTicketEntitlement)
	if err != nil {
		return e, err
	}
	return e, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpGetTicketEntitlement, ref)
		if err == nil {
			e, err = d.ticketEntitlement(ctx, tx, c, row)
		}
		return err
	})
}

func (d *Desk) ticketEntitlement(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) (e TicketEntitlement, err error) {
	e.Number, e.State = row.Number, "none"
	if row.ContractID == nil {
		return e, nil
	}
	contract, err := tx.Contract(ctx, *row.ContractID)
	if err != nil {
		return e, err
	}
	e.Contract = &contract
	if e.Standing, err = standing(ctx, tx, c.Vendor.Settings, contract, policy.DateOf(d.Now(), c.Vendor.Settings.Location())); err != nil {
		return e, err
	}
	if e.Moves, err = tx.MovesOf(ctx, row.ID); err != nil {
		return e, err
	}
	for _, m := range e.Moves {
		switch m.Kind {
		case "reserve":
			e.State, e.Below = "reserved", m.Reason
		case "commit":
			e.State = "used"
		case "release":
			e.State = "released"
		case "retake":
			e.State = m.To
			if m.Reason != "" {
				e.Below = m.Reason
			}
		}
	}
	if len(e.Moves) == 0 {
		paid, err := tx.PaidTicket(ctx, row.ID)
		if paid != nil {
			e.State = policy.ChoicePay
		}
		return e, err
	}
	if e.State != "released" && row.State != ticket.Merged && c.Reach(OpReleaseTicket) != Nothing {
		e.Reasons, err = d.releaseReasons(ctx, tx, c, row, contract)
	}
	return e, err
}

// releaseReasons are those of the ticket's plan that staff may name. A
// withdrawal gives the ticket back by itself.
func (d *Desk) releaseReasons(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, contract store.Contract) ([]string, error) {
	pinned, err := tx.Pinned(ctx, c.Vendor, row.PolicyVersion)
	if err != nil {
		return nil, err
	}
	terms, err := contract.Terms()
	tickets := pinned.Settings.TicketsOf(terms)
	if err != nil || tickets == nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(tickets.Release), func(reason string) bool { return reason == "withdrawn" }), nil
}

// ReleaseTicket gives back to the contract what a ticket took, for one of the reasons
// the ticket's plan lists; the note says why, and the customer reads it. For
// warranty the contract's warranty must have held when it was registered. A
// ticket that took nothing, or was given back, is a Conflict.
func (d *Desk) ReleaseTicket(ctx context.Context, key, ref, reason, note string) (e TicketEntitlement, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return e, err
	}
	return e, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpReleaseTicket, ref)
		if err != nil {
			return err
		}
		if row, err = tx.LockTicket(ctx, row.ID); err != nil {
			return err
		}
		w := write{action: "release", ticket: &row.ID, key: key, body: []string{reason, note}}
		if _, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) { return row.ID, d.release(ctx, tx, c, row, reason, note) }); err != nil {
			return err
		}
		e, err = d.ticketEntitlement(ctx, tx, c, row)
		return err
	})
}

func (d *Desk) release(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, reason, note string) error {
	if err := d.stands(ctx, tx, c, row); err != nil {
		return err
	}
	is, err := d.ticketEntitlement(ctx, tx, c, row)
	if err != nil {
		return err
	}
	switch is.State {
	case "reserved", "used":
	case "released":
		return problem.New(problem.Conflict, "entitlement_released", problem.Args{"number": row.Number})
	default:
		return problem.New(problem.Conflict, "entitlement_not_taken", problem.Args{"number": row.Number})
	}
	var wrong problem.Fields
	checkText(&wrong, "note", &note, 1, NoteMax)
	if !slices.Contains(is.Reasons, reason) {
		wrong.Add("reason", "field_not_a_choice", problem.Args{"choices": is.Reasons})
	}
	on := policy.DateOf(row.RegisteredAt, c.Vendor.Settings.Location())
	if reason == "warranty" && (is.Contract.WarrantyUntil == nil || is.Contract.WarrantyUntil.Before(on)) {
		wrong.Add("reason", "warranty_over", problem.Args{"reference": is.Contract.Reference, "until": dateText(is.Contract.WarrantyUntil)})
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if _, err := tx.GiveBack(ctx, row.ID, reason, note, d.Now(), &c.Person.ID); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"reason": reason, "note": note})
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: "entitlement_released", Public: true, ActorID: &c.Person.ID, At: d.Now(), Data: data,
	})
}
