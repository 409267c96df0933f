package desk

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/approval"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// Limits of codes that are mailed apart from a link.
const (
	ApprovalCodeLife = 15 * time.Minute
	approvalTries    = 5              // of one code
	approvalCodes    = 5              // mailed for one link in approvalWindow
	approvalWindow   = 24 * time.Hour // a guesser has 25 tries a day of a million codes
)

// Approval is what the page behind an approval link shows: one version of a
// quote, to one person who may decide on it.
type Approval struct {
	Vendor       store.Vendor
	Person       store.Person
	Organization string
	Ticket       store.Ticket
	Service      store.ServiceRequest
	Requester    string
	BehalfOf     string // whose delegate the person is; "" for none
	Quote        store.Quote
	Before       *store.Quote // the version before; nil for the first
	// SignedIn says that it is the person who sits there: no code is needed.
	SignedIn bool
	// Made is the decision on this version, with the refusal "quote_decided" to
	// who could still decide if nobody had: they learn who was first.
	Made *store.Decision
	// Bills says that what was analysed is billed even when the quote is declined.
	Bills bool
}

// LookAtApproval shows what an approval link is about. It decides nothing,
// however often and whoever opens it (abuse case B31); the first time is in the
// audit trail. NotFound for a link there never was, or of somebody who may not
// decide any more; Conflict "quote_decided", "quote_replaced", "quote_withdrawn" or "quote_over" for
// a version that can't be decided on, with whose link it is.
func (d *Desk) LookAtApproval(ctx context.Context, secret string) (a Approval, err error) {
	v, err := d.linkVendor(ctx, secret)
	if err != nil {
		return a, err
	}
	return a, d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		link, found, err := d.approval(ctx, tx, v, secret)
		if a = found; err != nil {
			return err
		}
		first, err := tx.OpenApprovalLink(ctx, link.ID, d.Now())
		if err != nil || !first {
			return err
		}
		return d.audit(ctx, tx, Caller{Vendor: v, Person: a.Person}, "quote_opened", "ticket", a.Ticket.ID, map[string]any{"number": a.Quote.Number, "version": a.Quote.Version})
	})
}

// approval is a link that still works, and what it is about.
func (d *Desk) approval(ctx context.Context, tx *store.Tx, v store.Vendor, secret string) (l store.ApprovalLink, a Approval, err error) {
	kind, _, hash, err := identity.ParseBearer(secret)
	if err != nil || kind != identity.Link {
		return l, a, unknownLink()
	}
	if l, err = tx.ApprovalLink(ctx, hash); err != nil {
		if problem.CodeOf(err) == problem.NotFound {
			err = unknownLink()
		}
		return l, a, err
	}
	a.Vendor = v
	if a.Person, err = tx.Person(ctx, l.PersonID); err != nil {
		return l, a, err
	}
	if !a.Person.Active || (Caller{Person: a.Person}).Reach(OpDecideQuote) == Nothing {
		return l, a, unknownLink()
	}
	if err := d.readApproval(ctx, tx, l.QuoteID, &a); err != nil {
		if a.Made != nil && !d.mayLearn(ctx, tx, l, a) {
			a.Made = nil
		}
		return l, a, err
	}
	if !l.ExpiresAt.After(d.Now()) {
		return l, a, problem.New(problem.Conflict, "quote_over", nil)
	}
	behalf, err := approval.Entitled(ctx, tx, a.Person.ID, a.Ticket, a.Quote, d.Now())
	if problem.CodeOf(err) == problem.Forbidden {
		return l, a, unknownLink()
	}
	if err == nil && behalf != nil {
		a.BehalfOf, err = tx.PersonName(ctx, *behalf)
	}
	c, here := CallerFrom(ctx)
	a.SignedIn = here && !c.Half && !c.Token && c.Person.ID == a.Person.ID
	return l, a, err
}

// mayLearn says whether who has an approval link may be told who decided: an
// old link, or one of somebody who is no approver any more, tells nothing.
func (d *Desk) mayLearn(ctx context.Context, tx *store.Tx, l store.ApprovalLink, a Approval) bool {
	if !l.ExpiresAt.After(d.Now()) {
		return false
	}
	_, err := approval.Entitled(ctx, tx, a.Person.ID, a.Ticket, a.Quote, d.Now())
	return err == nil
}

// readApproval reads a version of a quote and what it is about; Conflict when it
// can't be decided on any more.
func (d *Desk) readApproval(ctx context.Context, tx *store.Tx, quote uuid.UUID, a *Approval) (err error) {
	if a.Quote, err = tx.Quote(ctx, quote); err != nil {
		return err
	}
	if a.Service, err = tx.ServiceRequest(ctx, a.Quote.ServiceID); err != nil {
		return err
	}
	if a.Ticket, err = tx.Ticket(ctx, a.Quote.TicketID); err != nil {
		return err
	}
	names, err := tx.Names(ctx, []store.Ticket{a.Ticket})
	if err != nil {
		return err
	}
	pinned, err := tx.Pinned(ctx, a.Vendor, a.Service.PolicyVersion)
	if err != nil {
		return err
	}
	a.Bills = pinned.Settings.Path(a.Service.Path).BillDeclined
	a.Organization, a.Requester = names.Organizations[a.Ticket.OrganizationID], names.People[a.Ticket.RequesterID]
	quotes, err := tx.Quotes(ctx, a.Service.ID)
	if err != nil {
		return err
	}
	if at := slices.IndexFunc(quotes, func(q store.Quote) bool { return q.ID == quote }); at+1 < len(quotes) {
		a.Before = &quotes[at+1]
	}
	decisions, err := tx.DecisionsOn(ctx, a.Service.ID)
	switch decided := func(d store.Decision) bool { return d.Question == "quote" && d.Version == int64(a.Quote.Version) }; {
	case err != nil:
		return err
	case slices.ContainsFunc(decisions, decided):
		a.Made = &decisions[slices.IndexFunc(decisions, decided)]
		return problem.New(problem.Conflict, "quote_decided", nil)
	case a.Quote.Version != quotes[0].Version:
		return problem.New(problem.Conflict, "quote_replaced", nil)
	case a.Service.Ending != "":
		return problem.New(problem.Conflict, "quote_withdrawn", nil)
	case a.Service.State != service.QuoteOffered:
		return problem.New(problem.Conflict, "quote_over", nil)
	}
	return nil
}

// SendApprovalCode mails the person of an approval link a code, apart from the
// link: six digits, good for ApprovalCodeLife, in place of the one before.
// RateLimited after too many. Errors as of LookAtApproval.
func (d *Desk) SendApprovalCode(ctx context.Context, secret string) error {
	v, err := d.linkVendor(ctx, secret)
	if err != nil {
		return err
	}
	_, _, hash, err := identity.ParseBearer(secret)
	if err != nil {
		return unknownLink()
	}
	if err := d.throttle(ctx, bucket("approval_code", string(hash)), approvalCodes, approvalWindow); err != nil {
		return err
	}
	return d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		link, a, err := d.approval(ctx, tx, v, secret)
		if err != nil {
			return err
		}
		code, hash, err := approval.NewCode(link.ID)
		if err != nil {
			return err
		}
		until := d.Now().Add(ApprovalCodeLife)
		if err := tx.SetApprovalCode(ctx, link.ID, hash, until); err != nil {
			return err
		}
		return notice.About{Vendor: v, Ticket: a.Ticket}.ApprovalCode(ctx, tx, a.Service, a.Quote, a.Person, code, until, d.Now())
	})
}

// DecideApproval approves or declines by an approval link: with a session of the
// link's person, or the code that was mailed to them. Unprocessable at "code" for
// a wrong one; a code works for one link, and is good for approvalTries tries.
// What was decided is what LookAtApproval showed: in.Version is ignored, the
// link's own counts. Errors as of LookAtApproval and DecideQuote.
func (d *Desk) DecideApproval(ctx context.Context, secret, key, code string, in QuoteAnswer) error {
	v, err := d.linkVendor(ctx, secret)
	if err != nil {
		return err
	}
	var a Approval
	err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		_, a, err = d.approval(ctx, tx, v, secret)
		return err
	})
	c := Caller{Vendor: v, Person: a.Person, link: !a.SignedIn}
	if e, ok := problem.As(err); ok && e.Key == "quote_decided" {
		return d.decidedSo(ctx, c, a, key, in, err)
	}
	if err != nil {
		return err
	}
	if !a.SignedIn {
		if err := d.checkApprovalCode(ctx, v, secret, code); err != nil {
			return err
		}
	}
	in.Version = a.Quote.Version
	_, err = d.DecideQuote(WithCaller(ctx, c), key, a.Service.ID.String(), in)
	return err
}

// decidedSo answers a repeat of the decision like the first time; any other one
// is refused.
func (d *Desk) decidedSo(ctx context.Context, c Caller, a Approval, key string, in QuoteAnswer, refusal error) error {
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		first, err := tx.Command(ctx, c.Key("service_"+string(in.action()), a.Service.ID.String(), key))
		switch {
		case problem.CodeOf(err) == problem.NotFound || err == nil && first.CommittedAt == nil:
			return refusal
		default:
			return err
		}
	})
}

// checkApprovalCode counts the try before it is known whether it was right, in a
// transaction of its own.
func (d *Desk) checkApprovalCode(ctx context.Context, v store.Vendor, secret, code string) error {
	code = strings.Join(strings.Fields(code), "")
	if code == "" {
		return codeProblem("code_needed")
	}
	right := false
	err := d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		link, _, err := d.approval(ctx, tx, v, secret)
		if err != nil {
			return err
		}
		kept, err := tx.TryApprovalCode(ctx, link.ID, approvalTries, d.Now())
		if problem.CodeOf(err) == problem.NotFound {
			return codeProblem("approval_code_gone")
		}
		right = bytes.Equal(kept, approval.CodeHash(link.ID, code))
		return err
	})
	if err == nil && !right {
		err = codeProblem("approval_code_wrong")
	}
	return err
}

// ApprovalDocument is the quote of an approval link as PDF. Errors as of
// LookAtApproval.
func (d *Desk) ApprovalDocument(ctx context.Context, secret string) (name string, pdf []byte, err error) {
	a, err := d.LookAtApproval(ctx, secret)
	if err != nil {
		return "", nil, err
	}
	return invoicing.QuoteDocument(ctx, d.Store, a.Vendor.ID, a.Quote.ID)
}
