package desk

import (
	"context"
	"encoding/json"
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

// RequestView is a request that is not registered (yet), as its reader may see
// it.
type RequestView struct {
	store.RequestRow
	Lacks     []Lack       // what is missing
	Uploads   []store.File // it names
	Mine      bool         // the reader submitted it
	SuperUser bool         // the reader may answer or forward it
	// Settings are those of the version of the pack it was submitted under; nil in lists.
	Settings *policy.Settings
}

// keepOpen keeps a request that is not registered now: something is missing,
// or a super-user comes first. Who has to act is told, and its workflow begins.
func (d *Desk) keepOpen(ctx context.Context, tx *store.Tx, c Caller, r store.RequestRow, lacks []Lack, first []store.Person) error {
	s := c.Vendor.Settings
	now := r.SubmittedAt
	r.UpdatedAt = &now
	r.State = string(ticket.Incomplete)
	if len(lacks) == 0 {
		r.State = string(ticket.WithSuperUser)
		at, err := forwardAt(s, now)
		if err != nil {
			return err
		}
		r.NextAt = &at
	}
	setStep(&r, nextStep(s, r, 0))
	if err := tx.KeepRequest(ctx, r); err != nil {
		return err
	}
	if err := tellRequest(ctx, tx, c.Vendor, r, lacks, first); err != nil {
		return err
	}
	if err := d.audit(ctx, tx, c, "request_kept", "request", r.ID, map[string]any{"state": r.State}); err != nil {
		return err
	}
	return tx.InsertEffect(ctx, store.Effect{
		Kind: store.EffectStart, Key: "start/request/" + r.ID.String(), TicketID: &r.ID, Payload: json.RawMessage(`{"workflow": "request"}`),
	})
}

func setStep(r *store.RequestRow, step ticket.RequestStep) {
	r.NextAction, r.NextAt = step.Action, nil
	if step.Action != "" {
		r.NextAt = &step.At
	}
}

// tellRequest mails who has to act: the requester of what is missing, or the
// super-users of what waits for them.
func tellRequest(ctx context.Context, tx *store.Tx, v store.Vendor, r store.RequestRow, lacks []Lack, first []store.Person) error {
	if ticket.RequestState(r.State) == ticket.WithSuperUser {
		pinned, err := tx.Pinned(ctx, v, r.PolicyVersion)
		if err != nil {
			return err
		}
		said := pinned.Settings.Said(r.Type, r.Fields)
		for _, p := range first {
			if err := tellOf(ctx, tx, v, mail.RequestForSuperUser, r, p, policy.Written(r.Body, said, p.Locale)); err != nil {
				return err
			}
		}
		return nil
	}
	requester, err := tx.Person(ctx, r.RequesterID)
	if err != nil {
		return err
	}
	return tellOf(ctx, tx, v, mail.RequestIncomplete, r, requester, sayLacks(lacks, requester.Locale))
}

func sayLacks(lacks []Lack, locale string) string {
	lines := make([]string, len(lacks))
	for i, l := range lacks {
		lines[i] = "- " + l.Say(locale)
	}
	return strings.Join(lines, "\n")
}

// tellOf mails somebody of a request that has no ticket: once per state and
// version.
func tellOf(ctx context.Context, tx *store.Tx, v store.Vendor, kind mail.Kind, r store.RequestRow, to store.Person, text string) error {
	version, err := json.Marshal(r.Version)
	if err != nil {
		return err
	}
	at := r.SubmittedAt
	if r.UpdatedAt != nil {
		at = *r.UpdatedAt
	}
	return notice.Account(ctx, tx, v, kind, r.ID.String()+"/"+string(version), to, at, func(n *mail.Notice) {
		n.Subject, n.Text, n.Actor = r.Title, text, r.Requester
		if n.URL != "" {
			n.URL += "/requests/" + r.ID.String()
		}
	})
}

// Requests lists what is not registered: a contact's own, those of their
// organization for whoever sees it, all for staff. Newest first.
func (d *Desk) Requests(ctx context.Context, state ticket.RequestState, cursor string) (list []RequestView, next string, err error) {
	c, err := d.caller(ctx, OpListRequests)
	if err != nil {
		return nil, "", err
	}
	f := store.RequestFilter{State: state, Limit: PageMax}
	if !c.Staff() {
		f.Requester = &c.Person.ID
		if c.Reach(OpListRequests) == Organization {
			f.Organization = c.Person.OrganizationID
		}
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if cursor != "" {
			id, err := uuid.Parse(cursor)
			if err != nil {
				return wrongCursor()
			}
			after, err := tx.RequestRow(ctx, id)
			if err != nil || !c.seesRequest(after) {
				return wrongCursor()
			}
			f.Before, f.BeforeID = &after.SubmittedAt, id
		}
		rows, err := tx.Requests(ctx, f)
		for _, r := range rows {
			list = append(list, RequestView{RequestRow: r, Mine: r.RequesterID == c.Person.ID, SuperUser: c.answersFor(r)})
		}
		if len(rows) == PageMax {
			next = rows[len(rows)-1].ID.String()
		}
		return err
	})
	return list, next, err
}

func wrongCursor() error {
	var wrong problem.Fields
	wrong.Add("cursor", "cursor_unknown", nil)
	return wrong.Err()
}

// seesRequest says whether a request without a ticket is in the caller's sight.
func (c Caller) seesRequest(r store.RequestRow) bool {
	return c.Staff() || r.RequesterID == c.Person.ID ||
		c.Reach(OpListRequests) == Organization && c.Person.OrganizationID != nil && r.OrganizationID == *c.Person.OrganizationID
}

// answersFor says whether the caller is the super-user a request waits for.
func (c Caller) answersFor(r store.RequestRow) bool {
	return !c.Staff() && slices.Contains(c.Person.Roles, string(RoleSuperUser)) && c.Person.OrganizationID != nil &&
		*c.Person.OrganizationID == r.OrganizationID && r.RequesterID != c.Person.ID && ticket.RequestState(r.State) == ticket.WithSuperUser
}

// Request is one request that is not registered; NotFound when it is, is
// missing or out of sight.
func (d *Desk) Request(ctx context.Context, id uuid.UUID) (v RequestView, err error) {
	c, err := d.caller(ctx, OpGetRequest)
	if err != nil {
		return v, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, err := tx.RequestRow(ctx, id)
		if err == nil {
			v, err = d.viewRequest(ctx, tx, c, r)
		}
		return err
	})
	return v, err
}

func (d *Desk) viewRequest(ctx context.Context, tx *store.Tx, c Caller, r store.RequestRow) (v RequestView, err error) {
	if !c.seesRequest(r) || ticket.RequestState(r.State) == ticket.RegisteredAs {
		return v, problem.Missing()
	}
	v = RequestView{RequestRow: r, Mine: r.RequesterID == c.Person.ID, SuperUser: c.answersFor(r)}
	for _, id := range r.Files {
		f, err := tx.File(ctx, id)
		if err != nil {
			return v, err
		}
		v.Uploads = append(v.Uploads, f)
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, r.PolicyVersion)
	if err != nil {
		return v, err
	}
	v.Settings = &pinned.Settings
	if ticket.RequestState(r.State) == ticket.Incomplete {
		v.Lacks, err = d.lacks(ctx, tx, pinned.Settings, r)
	}
	return v, err
}

// lacksOf is what an incomplete request needs still, by the rules it was
// submitted under.
func (d *Desk) lacksOf(ctx context.Context, tx *store.Tx, v store.Vendor, r store.RequestRow) ([]Lack, error) {
	pinned, err := tx.Pinned(ctx, v, r.PolicyVersion)
	if err != nil {
		return nil, err
	}
	return d.lacks(ctx, tx, pinned.Settings, r)
}

// WithdrawRequest takes the caller's own request back.
func (d *Desk) WithdrawRequest(ctx context.Context, key string, id uuid.UUID) (Submitted, error) {
	return d.changing(ctx, OpWithdrawRequest, key, id, nil, func(_ *store.Tx, c Caller, r *store.RequestRow) error {
		if r.RequesterID != c.Person.ID {
			return problem.New(problem.Forbidden, "request_not_yours", nil)
		}
		return end(r, ticket.RequestWithdrawn, "withdrawn", &c.Person.ID)
	})
}

// AnswerRequest is the super-user's answer to a colleague: the request is
// closed and never reaches the vendor.
func (d *Desk) AnswerRequest(ctx context.Context, key string, id uuid.UUID, text string) (Submitted, error) {
	var wrong problem.Fields
	checkText(&wrong, "text", &text, 1, BodyMax)
	return d.changing(ctx, OpAnswerRequest, key, id, text, func(tx *store.Tx, c Caller, r *store.RequestRow) error {
		switch {
		case wrong.Err() != nil:
			return wrong.Err()
		case ticket.RequestState(r.State) != ticket.WithSuperUser:
			return requestOver(*r)
		case !c.answersFor(*r):
			return problem.New(problem.Forbidden, "request_not_yours", nil)
		}
		r.Answer = text
		if err := end(r, ticket.RequestWithdrawn, "answered", &c.Person.ID); err != nil {
			return err
		}
		requester, err := tx.Person(ctx, r.RequesterID)
		if err != nil {
			return err
		}
		r.Requester = c.Person.Name // who is named in the mail
		return tellOf(ctx, tx, c.Vendor, mail.RequestAnswered, *r, requester, text)
	})
}

// ForwardRequest is the super-user's word that the vendor is to answer: the
// request is registered.
func (d *Desk) ForwardRequest(ctx context.Context, key string, id uuid.UUID) (Submitted, error) {
	return d.changing(ctx, OpForwardRequest, key, id, nil, func(tx *store.Tx, c Caller, r *store.RequestRow) error {
		switch {
		case ticket.RequestState(r.State) != ticket.WithSuperUser:
			return requestOver(*r)
		case !c.answersFor(*r):
			return problem.New(problem.Forbidden, "request_not_yours", nil)
		}
		r.EndedBy = &c.Person.ID
		return d.enrolLater(ctx, tx, c.Vendor, r, d.Now(), unasked)
	})
}

func end(r *store.RequestRow, state ticket.RequestState, outcome string, by *uuid.UUID) error {
	if !ticket.RequestState(r.State).Open() {
		return requestOver(*r)
	}
	r.State, r.Outcome, r.EndedBy = string(state), outcome, by
	setStep(r, ticket.RequestStep{})
	return nil
}

func requestOver(r store.RequestRow) error {
	return problem.New(problem.Conflict, "request_over", problem.Args{"state": r.State})
}

// changing does something to an open request once for its key, writes it back,
// and has its workflow look.
func (d *Desk) changing(ctx context.Context, op Operation, key string, id uuid.UUID, body any, do func(*store.Tx, Caller, *store.RequestRow) error) (v Submitted, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, err := tx.LockRequest(ctx, id)
		if err != nil {
			return err
		}
		if !c.seesRequest(r) {
			return problem.Missing()
		}
		if err := c.allow(op); err != nil {
			return err
		}
		_, before, err := d.once(ctx, tx, c, write{action: string(op), key: key, body: []any{id, body}}, func() (uuid.UUID, error) {
			if err := do(tx, c, &r); err != nil {
				return id, err
			}
			now := d.Now()
			r.Version++
			r.UpdatedAt = &now
			if err := tx.UpdateRequest(ctx, r); err != nil {
				return id, err
			}
			if err := d.audit(ctx, tx, c, requestDone[op], "request", id, map[string]any{"state": r.State}); err != nil {
				return id, err
			}
			return id, tx.InsertEffect(ctx, pokeRequest(r))
		})
		if err == nil {
			v, err = d.submitted(ctx, tx, c, id)
			v.Replayed = before
		}
		return err
	})
	if err != nil {
		return v, d.keepUnserved(ctx, c, key, err)
	}
	return v, nil
}

// requestDone is what the audit trail calls what is done to a request.
var requestDone = map[Operation]string{
	OpCompleteRequest: "request_completed", OpWithdrawRequest: "request_withdrawn", OpAnswerRequest: "request_answered", OpForwardRequest: "request_forwarded",
}

func pokeRequest(r store.RequestRow) store.Effect {
	e := poke(r.ID, r.Version)
	e.Key, e.Payload = "request/"+e.Key, json.RawMessage(`{"workflow": "request"}`)
	return e
}

// forwardAt is when a super-user's time is over.
func forwardAt(s policy.Settings, from time.Time) (time.Time, error) {
	return s.Later(from, s.Pack.Intake.SuperUser.ForwardAfter)
}
