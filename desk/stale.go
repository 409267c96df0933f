package desk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Read is how far the writer of something had read the ticket: its version, the
// newest comment they saw (uuid.Nil: none), and who watched it (MarkOf).
type Read struct {
	Version  int64
	Comment  uuid.UUID
	Watchers string
}

// MarkOf stands for these people, in whatever order; "" for nobody.
func MarkOf(people []uuid.UUID) string {
	if len(people) == 0 {
		return ""
	}
	sorted := slices.SortedFunc(slices.Values(people), func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	sum := sha256.New()
	for _, id := range sorted {
		sum.Write(id[:])
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

type readKey struct{}

// WithRead says how far the caller had read. What they then write to a ticket
// on which others have spoken or acted since is refused with Conflict
// "changed_while_writing": they read first, then send again with what they
// have read. Without it nothing is compared.
func WithRead(ctx context.Context, r Read) context.Context {
	return context.WithValue(ctx, readKey{}, r)
}

// current refuses what was written without knowing what others have said or
// done since. The row must be locked, so that of two writers one is first.
func (d *Desk) current(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) error {
	read, asked := ctx.Value(readKey{}).(Read)
	if !asked {
		return nil
	}
	// Staff are shown whom their words reach: others now is a change too.
	if c.Staff() && read.Watchers != MarkOf(row.Watchers) {
		return changedWhileWriting(row)
	}
	changed, err := tx.ChangedSince(ctx, row.ID, c.Person.ID, c.Staff(), read.Version, read.Comment)
	if err != nil || !changed {
		return err
	}
	return changedWhileWriting(row)
}

func changedWhileWriting(row store.Ticket) error {
	return problem.New(problem.Conflict, "changed_while_writing", problem.Args{"number": row.Number})
}

// Mark is how far somebody has read who has seen the ticket as it is now.
func (d *Desk) Mark(ctx context.Context, ref string) (r Read, err error) {
	c, err := d.caller(ctx, OpGetTicket)
	if err != nil {
		return r, err
	}
	return r, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpGetTicket, ref)
		if err != nil {
			return err
		}
		r.Version, r.Watchers = row.Version, MarkOf(row.Watchers)
		r.Comment, err = tx.NewestComment(ctx, row.ID, c.Staff())
		return err
	})
}

// News is what others have said and done on a ticket since somebody read it.
type News struct {
	Number string
	Said   []uuid.UUID // the comments, oldest first, at most a hundred
	Done   bool        // something was done, by somebody or by itself
}

// News is what has happened on a ticket since the caller read so far, as far
// as they see it; what they did themselves is no news to them.
func (d *Desk) News(ctx context.Context, ref string, read Read) (n News, err error) {
	c, err := d.caller(ctx, OpGetTicket)
	if err != nil {
		return n, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpGetTicket, ref)
		if err != nil {
			return err
		}
		n.Number = row.Number
		n.Said, n.Done, err = tx.News(ctx, row.ID, c.Person.ID, c.Staff(), read.Version, read.Comment)
		return err
	})
	return n, err
}
