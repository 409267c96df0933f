package desk

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Workbench is what staff see of a ticket beyond what both sides do.
type Workbench struct {
	Told       []store.Person // who is mailed what the reader asks or answers, the requester first
	ReplyTold  []store.Person // who is mailed a reply of theirs: those, and who has the ticket
	Colleagues []store.Person // whom the ticket can be given to, by name
	Age        *Age           // nil: somebody has it
	Absent     *time.Time     // until when who has it is absent; nil: they are here
	AskTeams   []policy.Team  // of the pack, which the reader can ask something about it
	AskPeople  []store.Person // likewise colleagues, by name
	Finding    *QAReviewView  // what quality assurance has found and the customer waits to hear; nil for nothing
	asks       bool           // the reader can ask colleagues
}

// finding is it; nil when there is none, or it was answered.
func (d *Desk) finding(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) (*QAReviewView, error) {
	if row.Path == "" || !row.State.Open() || row.AnsweredAt != nil {
		return nil, nil //nolint:nilnil // said above
	}
	reviews, err := tx.QAReviewsOf(ctx, row.ID)
	if err != nil || len(reviews) == 0 || reviews[0].State != qa.Done {
		return nil, err
	}
	v, err := d.viewReview(ctx, tx, c, reviews[0], row)
	return &v, err
}

// OpenWorkbench reads it; for staff alone.
func (d *Desk) OpenWorkbench(ctx context.Context, ref string) (w Workbench, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return w, err
	}
	if err := d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpWorkbench, ref)
		if err != nil {
			return err
		}
		if w.ReplyTold, err = listeners(ctx, tx, c, row, told(row)); err != nil {
			return err
		}
		if w.Age, err = age(c.Vendor.Settings, row, d.Now()); err != nil {
			return err
		}
		if w.Absent, err = d.absent(ctx, tx, row); err != nil {
			return err
		}
		if w.Finding, err = d.finding(ctx, tx, c, row); err != nil {
			return err
		}
		if w.asks = row.State.Open() && row.State != ticket.Answered && c.Reach(OpAskColleague) != Nothing; w.asks {
			pinned, err := tx.Pinned(ctx, c.Vendor, row.PolicyVersion)
			if err != nil {
				return err
			}
			w.AskTeams = askableTeams(pinned.Settings)
		}
		asked := notice.Customers(row)
		w.Told = slices.DeleteFunc(slices.Clone(w.ReplyTold), func(p store.Person) bool { return !slices.Contains(asked, p.ID) })
		return nil
	}); err != nil {
		return w, err
	}
	if w.asks {
		if w.AskPeople, err = d.activeStaff(ctx, func(p store.Person) bool { return p.ID != c.Person.ID }); err != nil {
			return w, err
		}
	}
	if c.Reach(OpReassign) != Nothing {
		w.Colleagues, err = d.Assignable(ctx)
	}
	return w, err
}

// listeners are those of the people who get mails of what the caller says, in
// that order.
func listeners(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, ids []uuid.UUID) ([]store.Person, error) {
	people, err := tx.Recipients(ctx, row, ids)
	people = slices.DeleteFunc(people, func(p store.Person) bool { return p.ID == c.Person.ID })
	slices.SortFunc(people, func(a, b store.Person) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return people, err
}
