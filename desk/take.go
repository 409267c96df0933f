package desk

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Take gives the caller a ticket that nobody has; Conflict "ticket_taken" when
// somebody does.
func (d *Desk) Take(ctx context.Context, key, ref string) (TicketView, error) {
	c, err := d.someone(ctx)
	if err != nil {
		return TicketView{}, err
	}
	return d.take(ctx, c, key, ref)
}

func (d *Desk) take(ctx context.Context, c Caller, key, ref string) (TicketView, error) {
	reason := ""
	return d.do(ctx, deed{action: ticket.ActReassign, ref: ref, key: key, text: &reason, person: c.Person.ID, free: true})
}

// takeTries is how many tickets somebody tries who is always too late.
const takeTries = 50

// TakeNext gives the caller the unassigned ticket whose deadline comes first
// and for which staff can do something, and answers with it; NotFound when
// there is none. Two who ask at once get two tickets, and the same key the
// same ticket, however often it comes.
func (d *Desk) TakeNext(ctx context.Context, key string) (v TicketView, err error) {
	c, err := d.caller(ctx, OpReassign)
	if err != nil {
		return v, err
	}
	if key == "" {
		key = uuid.NewString()
	}
	w := write{action: "take_next", key: key}
	var tried []uuid.UUID
	for range takeTries {
		id, done, err := d.aim(ctx, c, w, tried)
		if err != nil {
			return v, err
		}
		if done {
			return d.Ticket(ctx, id.String())
		}
		v, err = d.take(ctx, c, key, id.String())
		if problem.CodeOf(err) == problem.Conflict { // another was first
			tried = append(tried, id)
			continue
		}
		if err != nil {
			return v, err
		}
		return v, afterwards(d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error { return tx.Done(ctx, c.Key(w.action, "", key), id) }))
	}
	return v, problem.New(problem.RateLimited, "too_many_at_once", nil)
}

// aim chooses the ticket to take, and notes it under the key before it is
// taken: a repeat, and one that comes at the same time, takes the same. done
// means that it has been taken.
func (d *Desk) aim(ctx context.Context, c Caller, w write, tried []uuid.UUID) (id uuid.UUID, done bool, err error) {
	hash, err := bodyHash(w.body)
	if err != nil {
		return id, false, err
	}
	key := c.Key(w.action, "", w.key)
	return id, done, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		command, err := tx.ReceiveLocked(ctx, store.Command{Key: key, ActorID: &c.Person.ID, Action: w.action, BodyHash: hash, ReceivedAt: d.Now()})
		if err != nil {
			return err
		}
		if aimed := command.ObjectID; aimed != nil && (len(tried) == 0 || *aimed != tried[len(tried)-1]) {
			id, done = *aimed, command.CommittedAt != nil
			return nil
		}
		free, err := tx.Queue(ctx, store.QueueFilter{Unassigned: true, Not: tried, Limit: 1, States: []string{
			string(ticket.Registered), string(ticket.Triaged), string(ticket.InProgress),
		}})
		if err != nil {
			return err
		}
		if len(free) == 0 {
			return problem.Missing()
		}
		id = free[0].ID
		return tx.Aim(ctx, key, id)
	})
}
