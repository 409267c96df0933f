package desk

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// FixInput is what a customer found out about what was shipped.
type FixInput struct {
	Dev   string // the dev ticket, by uuid or number
	Works bool
	Text  string // needed when it does not
	Files []uuid.UUID
}

// VerifyFix says whether what was shipped works. When it does not the ticket is
// reopened with its history, whatever the window, and quality assurance has it
// again. It is said once for each time it was shipped; else a Conflict.
func (d *Desk) VerifyFix(ctx context.Context, key, ref string, in FixInput) (v TicketView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	var command devticket.Command
	var row store.Ticket
	var dev store.TicketDev
	var done bool
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if row, err = d.find(ctx, tx, c, OpVerifyFix, ref); err != nil {
			return err
		}
		if c.Vendor, err = tx.Pinned(ctx, c.Vendor, row.PolicyVersion); err != nil {
			return err
		}
		if dev, err = waitedFor(ctx, tx, row, in.Dev); err != nil {
			return err
		}
		if command, done, err = d.receiveFix(ctx, tx, c, key, row, dev, in); err == nil && done {
			v, err = d.view(ctx, tx, c, row)
		}
		return err
	})
	if err != nil || done {
		return v, err
	}
	refused := d.Engine.ActDev(ctx, c.Vendor.ID.String(), dev.DevID.String(), command)
	err = d.Store.In(context.WithoutCancel(ctx), c.Vendor.ID, func(tx *store.Tx) error {
		if err := confirmed(ctx, tx, command.Key, refused); err != nil {
			return err
		}
		if row, err = tx.Ticket(ctx, row.ID); err == nil {
			v, err = d.view(ctx, tx, c, row)
		}
		return err
	})
	return v, afterwards(err)
}

// waitedFor is the one of a ticket's dev tickets that is named; Unprocessable
// when there is none.
func waitedFor(ctx context.Context, tx *store.Tx, row store.Ticket, ref string) (store.TicketDev, error) {
	devs, err := tx.DevTicketsOf(ctx, row.ID)
	if err != nil {
		return store.TicketDev{}, err
	}
	for _, one := range devs {
		if one.DevID.String() == ref || strings.EqualFold(one.Number, ref) {
			return one, nil
		}
	}
	var wrong problem.Fields
	wrong.Add("dev_ticket", "dev_unknown", nil)
	return store.TicketDev{}, wrong.Err()
}

// receiveFix keeps what was written under the command's key and checks it against
// the rows; done means the same command was committed before.
func (d *Desk) receiveFix(ctx context.Context, tx *store.Tx, c Caller, key string, row store.Ticket, dev store.TicketDev, in FixInput) (command devticket.Command, done bool, err error) {
	command = devticket.Command{
		Key: c.Key(string(OpVerifyFix), row.ID.String(), key), Action: devticket.ActVerify, Actor: c.Actor(), Ticket: row.ID.String(), Seen: dev.Version,
	}
	textMin := 0
	if !in.Works {
		command.Action, textMin = devticket.ActFail, 1
	}
	written := devticket.Written{Text: clean(in.Text), Files: texts(in.Files)}
	hash, err := bodyHash([]any{written, command.Action, dev.DevID})
	if err != nil {
		return command, false, err
	}
	written.Channel, written.IP = c.channel(), OriginFrom(ctx).IP
	body, err := json.Marshal(written)
	if err != nil {
		return command, false, err
	}
	received, err := tx.Receive(ctx, store.Command{
		Key: command.Key, TicketID: &row.ID, WorkKind: store.WorkDev, WorkID: &dev.DevID, ActorID: &c.Person.ID, Action: string(command.Action),
		Body: body, BodyHash: hash, ReceivedAt: d.Now(), BearerID: known(c.Bearer), IP: OriginFrom(ctx).IP,
	})
	if err != nil || received.CommittedAt != nil {
		return command, received.CommittedAt != nil, err
	}
	var wrong problem.Fields
	checkText(&wrong, "text", &written.Text, textMin, BodyMax)
	checkFiles(&wrong, in.Files)
	if err := wrong.Err(); err != nil {
		return command, false, err
	}
	if !dev.State.Delivered() {
		return command, false, problem.New(problem.Conflict, "dev_not_shipped", problem.Args{"number": dev.Number})
	}
	if !in.Works {
		reopens := ticket.Command{Key: command.Key, Action: ticket.ActReopen, Actor: c.Actor(), Fails: dev.DevID.String()}
		if _, err := ticket.Decide(row.Snapshot(c.Vendor.Settings.CloseOnAnswer), reopens, d.Now()); err != nil {
			return command, false, err
		}
	}
	return command, false, tx.CheckFiles(ctx, c.Person.ID, in.Files)
}
