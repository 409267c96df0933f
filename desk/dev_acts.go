package desk

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// devDeed is one thing somebody does to a dev ticket, before it is checked.
type devDeed struct {
	action devticket.Action
	ref    string // by uuid or number
	key    string // idempotency key of the caller
	text   string
	target Target

	channel string // store.ChannelTracker: the outside tracker says so; "": a person does
}

// Target is the version of a plan: a release, or what a version to come is
// called.
type Target struct {
	Version   string
	ReleaseID *uuid.UUID // then its number is the version
}

// AcceptDevTicket takes a dev ticket up; into which version is planned later.
func (d *Desk) AcceptDevTicket(ctx context.Context, key, ref string) (DevTicketView, error) {
	return d.doDev(ctx, devDeed{action: devticket.ActAccept, ref: ref, key: key})
}

// RefuseDevTicket refuses it for a reason, which everybody who waits reads.
func (d *Desk) RefuseDevTicket(ctx context.Context, key, ref, reason string) (DevTicketView, error) {
	return d.doDev(ctx, devDeed{action: devticket.ActRefuse, ref: ref, key: key, text: reason})
}

// PlanDevTicket plans it into a version; another than before slips it. Everybody
// who waits is told.
func (d *Desk) PlanDevTicket(ctx context.Context, key, ref string, into Target) (DevTicketView, error) {
	return d.doDev(ctx, devDeed{action: devticket.ActPlan, ref: ref, key: key, target: into})
}

// BeginDevTicket says that it is worked on.
func (d *Desk) BeginDevTicket(ctx context.Context, key, ref string) (DevTicketView, error) {
	return d.doDev(ctx, devDeed{action: devticket.ActBegin, ref: ref, key: key})
}

// ShipDevTicket says that it is out, alone; without a version in the one it is
// planned into. Everybody who waits is told.
func (d *Desk) ShipDevTicket(ctx context.Context, key, ref string, in Target) (DevTicketView, error) {
	return d.doDev(ctx, devDeed{action: devticket.ActShip, ref: ref, key: key, target: in})
}

// doDev checks a deed, keeps what was written, has the dev ticket's workflow do
// it and answers with the dev ticket as it is then. A repeat of a key whose
// command is committed never reaches the engine.
func (d *Desk) doDev(ctx context.Context, in devDeed) (v DevTicketView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return d.doDevAs(ctx, c, in)
}

// doDevAs is doDev of a caller who is known.
func (d *Desk) doDevAs(ctx context.Context, c Caller, in devDeed) (v DevTicketView, err error) {
	var command devticket.Command
	var id uuid.UUID
	var done bool
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.devOf(ctx, tx, c, devOperation[in.action], in.ref)
		if err != nil {
			return err
		}
		id = row.ID
		if command, done, err = d.receiveDev(ctx, tx, c, row, in); err == nil && done {
			v, err = d.viewDev(ctx, tx, c, row, "")
		}
		return err
	})
	if err != nil || done {
		return v, err
	}
	refused := d.Engine.ActDev(ctx, c.Vendor.ID.String(), id.String(), command)
	err = d.Store.In(context.WithoutCancel(ctx), c.Vendor.ID, func(tx *store.Tx) error {
		err := confirmed(ctx, tx, command.Key, refused)
		row, missing := tx.DevTicket(ctx, id)
		switch {
		case err != nil:
			return overtaken(err, missing == nil && devticket.Over(row.Snapshot()), func() error {
				_, err := devticket.Decide(row.Snapshot(), command, d.Now())
				return err
			})
		case missing != nil:
			return missing
		}
		v, err = d.viewDev(ctx, tx, c, row, "")
		return err
	})
	return v, afterwards(err)
}

// receiveDev keeps what was written under the command's key and checks the deed
// against the row; done means the same command was committed before.
func (d *Desk) receiveDev(ctx context.Context, tx *store.Tx, c Caller, row store.DevTicket, in devDeed) (command devticket.Command, done bool, err error) {
	command = devticket.Command{Key: c.Key(string(in.action), row.ID.String(), in.key), Action: in.action, Actor: c.Actor(), Seen: row.Version}
	written := devticket.Written{Text: clean(in.text), Channel: in.channel, IP: OriginFrom(ctx).IP}
	if row.State == devticket.New { // the ticket that asks for it has its turn back
		command.Ticket = textOf(row.RequestID)
	}
	var wrong problem.Fields
	if err := in.target.resolve(ctx, tx, row.PackageID, &wrong); err != nil {
		return command, false, err
	}
	command.Target, command.Release = in.target.Version, textOf(in.target.ReleaseID)
	body, err := json.Marshal(written)
	if err != nil {
		return command, false, err
	}
	hash, err := bodyHash([]any{written.Text, command.Target, command.Release})
	if err != nil {
		return command, false, err
	}
	received, err := tx.Receive(ctx, store.Command{
		Key: command.Key, WorkKind: store.WorkDev, WorkID: &row.ID, ActorID: &c.Person.ID, Action: string(in.action), Body: body, BodyHash: hash,
		ReceivedAt: d.Now(), BearerID: known(c.Bearer), IP: OriginFrom(ctx).IP,
	})
	if err != nil || received.CommittedAt != nil {
		return command, received.CommittedAt != nil, err
	}
	switch in.action {
	case devticket.ActPlan:
		if wrong.Err() == nil {
			checkText(&wrong, "version", &command.Target, 1, VersionMax)
		}
	case devticket.ActShip:
		checkText(&wrong, "version", &command.Target, 0, VersionMax)
	case devticket.ActRefuse:
		checkText(&wrong, "text", &written.Text, 1, BodyMax)
	case devticket.ActAccept, devticket.ActBegin, devticket.ActVerify, devticket.ActFail:
	}
	if err := wrong.Err(); err != nil {
		return command, false, err
	}
	// The row is the truth: what it does not allow is refused here, also while
	// the engine is away. The workflow decides again.
	_, err = devticket.Decide(row.Snapshot(), command, d.Now())
	return command, false, err
}

// resolve makes a release's number the version, and names a release that is
// missing, or of another package than the dev ticket's.
func (t *Target) resolve(ctx context.Context, tx *store.Tx, packageID *uuid.UUID, wrong *problem.Fields) error {
	t.Version = strings.TrimSpace(clean(t.Version))
	if t.ReleaseID == nil {
		return nil
	}
	release, err := tx.Release(ctx, *t.ReleaseID)
	if problem.CodeOf(err) == problem.NotFound || err == nil && packageID != nil && release.PackageID != *packageID {
		wrong.Add("release_id", "release_unknown", nil)
		return nil
	}
	t.Version = release.Number
	return err
}

// ReleaseShipping is what a release ships, or has shipped.
type ReleaseShipping struct {
	store.ToShip                // what it would ship now
	News         *store.DevNews // with which it was shipped; nil: it was not
}

// All is how many dev tickets it ships: those that are shipped and those to come.
func (s ReleaseShipping) All() int {
	n := s.Devs
	if s.News != nil {
		n += s.News.Shipped
	}
	return n
}

// Shipping is what a release ships, for staff.
func (d *Desk) Shipping(ctx context.Context, release uuid.UUID) (s ReleaseShipping, err error) {
	c, err := d.caller(ctx, OpListDevTickets)
	if err != nil {
		return s, err
	}
	return s, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		s, err = shipping(ctx, tx, release)
		return err
	})
}

func shipping(ctx context.Context, tx *store.Tx, release uuid.UUID) (s ReleaseShipping, err error) {
	if s.ToShip, err = tx.ToShip(ctx, release); err == nil {
		s.News, err = tx.NewsOfRelease(ctx, release)
	}
	return s, err
}

// ShipRelease ships, in one act, every dev ticket that is planned into a release.
// Everybody who waits is told, each once for all of theirs. What is answered is
// how it stands: the rest is done within seconds, whoever goes down. A release
// that was shipped, or of which nothing is planned, is a Conflict.
func (d *Desk) ShipRelease(ctx context.Context, key string, release uuid.UUID) (s ReleaseShipping, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return s, err
	}
	return s, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, err := tx.LockRelease(ctx, release)
		if err != nil {
			return err
		}
		if err := c.allow(OpShipRelease); err != nil {
			return err
		}
		_, _, err = d.once(ctx, tx, c, write{action: "ship_release", key: key, body: release}, func() (uuid.UUID, error) {
			planned, err := tx.ToShip(ctx, release)
			if err != nil {
				return uuid.Nil, err
			}
			if planned.Devs == 0 {
				if shipped, err := tx.NewsOfRelease(ctx, release); err != nil || shipped == nil {
					return uuid.Nil, orElse(err, problem.New(problem.Conflict, "release_ships_nothing", problem.Args{"version": r.Number}))
				}
			}
			news := store.DevNews{ID: store.NewID(), Kind: devticket.NewsShipped, ReleaseID: &release, Target: r.Number, ByID: c.Person.ID, At: d.Now()}
			if err := tx.InsertDevNews(ctx, news); err != nil {
				return uuid.Nil, err
			}
			return news.ID, d.audit(ctx, tx, c, "release_shipped", "release", release, map[string]any{"dev_tickets": planned.Devs, "tickets": planned.Tickets})
		})
		if err == nil {
			s, err = shipping(ctx, tx, release)
		}
		return err
	})
}

// orElse is the first error, else the second.
func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
