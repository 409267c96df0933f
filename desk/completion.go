package desk

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Completion is what somebody adds to their incomplete request.
type Completion struct {
	Title  *string // nil: as it is
	Body   *string
	Fields map[string]string // set; "" empties one
	Files  []uuid.UUID       // added
}

// Complete adds to the caller's incomplete request. Once nothing is missing it
// is registered, or goes to the super-user first. The same key does it once.
func (d *Desk) Complete(ctx context.Context, key string, id uuid.UUID, in Completion) (Submitted, error) {
	return d.changing(ctx, OpCompleteRequest, key, id, in, func(tx *store.Tx, c Caller, r *store.RequestRow) error {
		if r.RequesterID != c.Person.ID {
			return problem.New(problem.Forbidden, "request_not_yours", nil)
		}
		if err := tx.CheckFiles(ctx, c.Person.ID, in.Files); err != nil {
			return err
		}
		if ticket.RequestState(r.State) != ticket.Incomplete {
			return requestOver(*r)
		}
		if err := in.apply(r); err != nil {
			return err
		}
		pinned, err := tx.Pinned(ctx, c.Vendor, r.PolicyVersion)
		if err != nil {
			return err
		}
		c.Vendor = pinned
		lacks, err := d.lacks(ctx, tx, pinned.Settings, *r)
		if err != nil || len(lacks) > 0 {
			return err // still incomplete: what was added is kept
		}
		first, err := superUsersFirst(ctx, tx, pinned.Settings, c.Person, *r)
		if err != nil {
			return err
		}
		if len(first) == 0 {
			return d.enrolLater(ctx, tx, c.Vendor, r, d.Now(), unasked)
		}
		r.State = string(ticket.WithSuperUser)
		at, err := forwardAt(pinned.Settings, d.Now())
		if err != nil {
			return err
		}
		setStep(r, ticket.RequestStep{Action: ticket.RequestForward, At: at})
		return tellRequest(ctx, tx, c.Vendor, *r, nil, first)
	})
}

func (in Completion) apply(r *store.RequestRow) error {
	var wrong problem.Fields
	if in.Title != nil {
		r.Title = *in.Title
		checkText(&wrong, "title", &r.Title, TitleMin, TitleMax)
	}
	if in.Body != nil {
		r.Body = *in.Body
		checkText(&wrong, "body", &r.Body, 1, BodyMax)
	}
	fields := store.Values{}
	maps.Copy(fields, r.Fields)
	maps.Copy(fields, in.Fields)
	checkFields(&wrong, fields)
	r.Fields = fields
	for _, f := range in.Files {
		if !slices.Contains(r.Files, f) {
			r.Files = append(r.Files, f)
		}
	}
	checkFiles(&wrong, r.Files)
	return wrong.Err()
}
