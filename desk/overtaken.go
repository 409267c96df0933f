package desk

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// overtaken is why a command is refused that its workflow has not answered: when
// somebody else's has ended the row meanwhile the workflow answers nobody, and the
// row decides.
func overtaken(refused error, over bool, decide func() error) error {
	if !over || problem.CodeOf(refused) != problem.Unavailable {
		return refused
	}
	if err := decide(); err != nil {
		return err
	}
	return refused
}

// refused is why a command that was not committed is refused as the ticket is now:
// of one merged meanwhile it names the one it goes on as.
func (d *Desk) refused(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID, command ticket.Command, refusal error) error {
	row, err := tx.Ticket(ctx, id)
	if err != nil {
		return refusal
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, row.PolicyVersion)
	if err != nil {
		return refusal
	}
	now := row.Snapshot(pinned.Settings.CloseOnAnswer)
	refusal = overtaken(refusal, ticket.Over(now, d.Now()), func() error {
		_, err := ticket.Decide(now, command, d.Now())
		return err
	})
	if e, ok := problem.As(refusal); !ok || e.Key != ticket.MergedElsewhere {
		return unfinished(ctx, tx, id, refusal)
	}
	if err := d.stands(ctx, tx, c, row); err != nil {
		return err
	}
	return refusal // undone meanwhile
}
