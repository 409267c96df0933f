package desk

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// AccessRequestView is a request for access with what was asked and answered.
type AccessRequestView struct {
	store.AccessRequest
	Messages []store.AccessMessage // nil in lists
}

// AccessRequests lists the open requests for access, oldest first, or all of
// them, newest first; and the cursor of the next page.
func (d *Desk) AccessRequests(ctx context.Context, all bool, after string, limit int) (list []AccessRequestView, next string, err error) {
	c, err := d.caller(ctx, OpListAccessRequests)
	if err != nil {
		return nil, "", err
	}
	f := store.AccessRequestFilter{All: all, Limit: limit + 1}
	if after != "" {
		if f.At, f.ID, err = timeCursor(after); err != nil {
			return nil, "", err
		}
	}
	var rows []store.AccessRequest
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err = tx.AccessRequests(ctx, f)
		return err
	})
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursor(rows[limit-1].CreatedAt.UTC().Format(time.RFC3339Nano), rows[limit-1].ID)
	}
	for _, r := range rows {
		list = append(list, AccessRequestView{AccessRequest: r})
	}
	return list, next, err
}

// AccessRequest is one request for access. Only those who decide about them
// see any.
func (d *Desk) AccessRequest(ctx context.Context, id uuid.UUID) (v AccessRequestView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, err := tx.AccessRequest(ctx, id)
		if err != nil {
			return err
		}
		if err := c.accessRequest(OpGetAccessRequest); err != nil {
			return err
		}
		v, err = readAccessRequest(ctx, tx, r)
		return err
	})
}

// accessRequest answers NotFound to whoever sees no requests for access, and
// Forbidden where the operation is not theirs.
func (c Caller) accessRequest(op Operation) error {
	if c.Reach(OpGetAccessRequest) == Nothing {
		return problem.Missing()
	}
	return c.allow(op)
}

func readAccessRequest(ctx context.Context, tx *store.Tx, r store.AccessRequest) (AccessRequestView, error) {
	messages, err := tx.AccessMessages(ctx, r.ID)
	return AccessRequestView{AccessRequest: r, Messages: messages}, err
}

// AskBack mails whoever asks for access a question, with a link to answer it
// that works once; an earlier one works no more.
func (d *Desk) AskBack(ctx context.Context, id uuid.UUID, version int64, question string) (AccessRequestView, error) {
	var wrong problem.Fields
	return d.decideAccess(ctx, OpAskBack, id, version, func(tx *store.Tx, c Caller, r *store.AccessRequest) error {
		if checkText(&wrong, "question", &question, 1, AccessMessageMax); wrong.Err() != nil {
			return wrong.Err()
		}
		if c.Vendor.Portal == "" {
			return problem.New(problem.Conflict, "portal_unknown", nil)
		}
		m := store.AccessMessage{ID: store.NewID(), RequestID: r.ID, AuthorID: &c.Person.ID, Body: question, At: d.Now()}
		if err := tx.InsertAccessMessage(ctx, m); err != nil {
			return err
		}
		link, until, err := d.newLink(ctx, tx, c.Vendor, LinkAccessReply, nil, &r.ID, AccessReplyLife)
		if err != nil {
			return err
		}
		r.State = "asked"
		if err := d.audit(ctx, tx, c, "access_asked_back", "access_request", r.ID, map[string]any{"question": question}); err != nil {
			return err
		}
		return d.tellAsker(ctx, tx, c, *r, mail.AccessQuestion, m.ID, func(n *mail.Notice) {
			n.Actor, n.Text, n.SecretURL, n.Until = c.Person.Name, question, link, &until
		})
	})
}

// GrantAccess makes a contact of whoever asks for access and invites them. The
// mail address is the one that was asked with; an empty name or locale is what
// they gave. Conflict when somebody has the address by now.
func (d *Desk) GrantAccess(ctx context.Context, id uuid.UUID, version int64, in PersonInput) (AccessRequestView, error) {
	return d.decideAccess(ctx, OpGrantAccess, id, version, func(tx *store.Tx, c Caller, r *store.AccessRequest) error {
		if in.Name == "" {
			in.Name = r.Name
		}
		if in.Locale == "" {
			in.Locale = r.Locale
		}
		in.Email, in.Password = r.Email, ""
		switch {
		case in.OrganizationID == nil:
			var wrong problem.Fields
			wrong.Add("organization_id", "field_empty", nil)
			return wrong.Err()
		case c.Vendor.Portal == "":
			return problem.New(problem.Conflict, "portal_unknown", nil)
		}
		if err := in.check(c.Vendor, ContactRoles); err != nil {
			return err
		}
		p, err := d.person(in)
		if err != nil {
			return err
		}
		if err := d.addPerson(ctx, tx, c, p); err != nil {
			return err
		}
		r.State, r.OrganizationID, r.PersonID = "invited", in.OrganizationID, &p.ID
		if err := d.audit(ctx, tx, c, "access_granted", "access_request", r.ID, map[string]any{"person_id": p.ID, "organization_id": p.OrganizationID}); err != nil {
			return err
		}
		return d.invite(ctx, tx, c, p)
	})
}

// DeclineAccess ends a request for access without an account, and says why to
// whoever asked.
func (d *Desk) DeclineAccess(ctx context.Context, id uuid.UUID, version int64, reason string) (AccessRequestView, error) {
	var wrong problem.Fields
	return d.decideAccess(ctx, OpDeclineAccess, id, version, func(tx *store.Tx, c Caller, r *store.AccessRequest) error {
		if checkText(&wrong, "reason", &reason, 1, AccessMessageMax); wrong.Err() != nil {
			return wrong.Err()
		}
		r.State, r.Reason = "declined", reason
		if err := d.audit(ctx, tx, c, "access_declined", "access_request", r.ID, map[string]any{"reason": reason}); err != nil {
			return err
		}
		return d.tellAsker(ctx, tx, c, *r, mail.AccessDeclined, r.ID, func(n *mail.Notice) { n.Text = reason })
	})
}

// decideAccess does something to an open request for access that is still as
// the caller has seen it. Links to answer work no more once it has ended.
func (d *Desk) decideAccess(ctx context.Context, op Operation, id uuid.UUID, version int64,
	do func(*store.Tx, Caller, *store.AccessRequest) error,
) (v AccessRequestView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, err := tx.LockAccessRequest(ctx, id)
		if err != nil {
			return err
		}
		if err := c.accessRequest(op); err != nil {
			return err
		}
		switch {
		case r.Version != version:
			return changedMeanwhile(r.Version)
		case !r.Open():
			return problem.New(problem.Conflict, "access_request_closed", nil)
		}
		if err := do(tx, c, &r); err != nil {
			return err
		}
		r.Version, r.UpdatedAt = r.Version+1, d.Now()
		if err := tx.UpdateAccessRequest(ctx, r); err != nil {
			return err
		}
		v, err = readAccessRequest(ctx, tx, r)
		return err
	})
}

// tellAsker mails whoever asked for access.
func (d *Desk) tellAsker(ctx context.Context, tx *store.Tx, c Caller, r store.AccessRequest, kind mail.Kind, event uuid.UUID, fill func(*mail.Notice)) error {
	to := store.Person{Name: r.Name, Email: r.Email, Locale: r.Locale, TimeZone: c.Vendor.Settings.TimeZone}
	return notice.Account(ctx, tx, c.Vendor, kind, event.String(), to, d.Now(), fill)
}

// AccessQuestion is what the page behind a link to answer shows. Looking
// changes nothing: NotFound for a link there never was, Conflict for one that
// works no more.
type AccessQuestion struct {
	Vendor store.Vendor
	Text   string
	Until  time.Time
}

// LookAtQuestion finds the question a link is the answer to.
func (d *Desk) LookAtQuestion(ctx context.Context, secret string) (q AccessQuestion, err error) {
	if q.Vendor, err = d.linkVendor(ctx, secret); err != nil {
		return q, err
	}
	return q, d.Store.In(ctx, q.Vendor.ID, func(tx *store.Tx) error {
		link, _, err := d.openQuestion(ctx, tx, secret)
		if err != nil {
			return err
		}
		q.Until = link.ExpiresAt
		messages, err := tx.AccessMessages(ctx, *link.AccessRequestID)
		for _, m := range messages {
			if m.AuthorID != nil {
				q.Text = m.Body
			}
		}
		return err
	})
}

// openQuestion is the link behind a secret and its request for access, locked,
// while that one is open.
func (d *Desk) openQuestion(ctx context.Context, tx *store.Tx, secret string) (link store.Link, r store.AccessRequest, err error) {
	if link, err = d.findLink(ctx, tx, secret, LinkAccessReply); err != nil {
		return link, r, err
	}
	if r, err = tx.LockAccessRequest(ctx, *link.AccessRequestID); err == nil && !r.Open() {
		err = problem.New(problem.Conflict, "link_used", nil)
	}
	return link, r, err
}

// ReplyAccess answers the question behind a link, once; whose the request is
// are told by mail. NotFound and Conflict as with LookAtQuestion.
func (d *Desk) ReplyAccess(ctx context.Context, secret, text string) error {
	v, err := d.linkVendor(ctx, secret)
	if err != nil {
		return err
	}
	var wrong problem.Fields
	if checkText(&wrong, "text", &text, 1, AccessMessageMax); wrong.Err() != nil {
		return wrong.Err()
	}
	return d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		link, r, err := d.openQuestion(ctx, tx, secret)
		if err != nil {
			return err
		}
		if err := tx.UseLink(ctx, link.ID, d.Now()); err != nil {
			return err
		}
		m := store.AccessMessage{ID: store.NewID(), RequestID: r.ID, Body: text, At: d.Now()}
		if err := tx.InsertAccessMessage(ctx, m); err != nil {
			return err
		}
		r.State, r.Version, r.UpdatedAt = "replied", r.Version+1, d.Now()
		if err := tx.UpdateAccessRequest(ctx, r); err != nil {
			return err
		}
		if err := d.audit(ctx, tx, Caller{Vendor: v}, "access_replied", "access_request", r.ID, nil); err != nil {
			return err
		}
		return d.tellManagers(ctx, tx, v, r, mail.AccessReplied, m.ID, text)
	})
}
