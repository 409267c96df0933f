package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/roadmap"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

// TicketView is a ticket as one reader may see it.
type TicketView struct {
	Row      store.Ticket
	Request  *store.Request // nil in lists
	Names    store.Names
	Files    []store.File // of the request itself; nil in lists
	Possible []ticket.Action
	Internal bool            // the reader is staff
	Watching bool            // the reader sees it by watching it alone: nothing on it is theirs to say or do,
	Helping  bool            // but to comment, since their partner was asked to help
	Watchers []store.Watcher // by name, those of staff for staff alone; nil in lists
	// Authorities are the access authorities asked for, the newest first; nil in lists.
	Authorities []store.Authority
	// Links are the tickets it belongs together with, the newest link first, and
	// GoesOnAs is what a merged one goes on as in the end; those the reader sees
	// anyway; nil in lists.
	Links    []Linked
	GoesOnAs *Linked
	// Services are its service requests, the newest first; nil in lists.
	Services []store.ServiceRequest
	// Deciders are who is to decide on its quote; nil when it waits for none, or for the reader, and in lists.
	Deciders *Deciders
	// Reviews are its QA reviews, the newest first, for staff alone, and Devs the dev
	// tickets it waits for, the newest link first; nil in lists.
	Reviews []store.QAReview
	Devs    []TicketDevView
	// Suggestion is the feature it asks for; nil when it asks for none.
	Suggestion *Suggestion
	// Collaborations are its questions to colleagues, the newest first; for staff alone, nil in lists.
	Collaborations []CollaborationView
	// Escalation is the one that is open and in the reader's sight; nil for none, and in lists.
	Escalation *EscalationView
	Replayed   bool // of Register: the key was used before, this is what it made
	// Bounced are the receipts that did not arrive and nobody has dealt with: all for staff, else the reader's own; nil in lists.
	Bounced []store.Receipt
	// Settings are those of the version of the pack it is pinned to; nil in lists.
	Settings *policy.Settings
}

var numberForm = regexp.MustCompile(`^[A-Za-z]{2,6}-[0-9]{4}-[0-9]{1,12}$`)

var digits = regexp.MustCompile(`^[0-9]{1,12}$`)

// FindNumber is the ticket that somebody names by its number, or by the digits
// at its end in this year; NotFound when the text names none in sight.
func (d *Desk) FindNumber(ctx context.Context, text string) (v TicketView, err error) {
	c, err := d.caller(ctx, OpGetTicket)
	if err != nil {
		return v, err
	}
	text = strings.TrimSpace(text)
	if digits.MatchString(text) {
		text = fmt.Sprintf("%s-%d-%s", c.Vendor.Prefix, d.Now().In(c.Vendor.Settings.Location()).Year(), strings.Repeat("0", max(0, 6-len(text)))+text)
	}
	if !numberForm.MatchString(text) {
		return v, problem.Missing()
	}
	return d.Ticket(ctx, text)
}

// find is the ticket a caller names by uuid or number; NotFound when it is
// missing or out of sight, without telling which, and Forbidden when it is in
// sight and the operation on it is not theirs.
func (d *Desk) find(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string) (t store.Ticket, err error) {
	if id, parseErr := uuid.Parse(ref); parseErr == nil && len(ref) == 36 {
		t, err = tx.Ticket(ctx, id)
	} else if numberForm.MatchString(ref) {
		t, err = tx.TicketByNumber(ctx, strings.ToUpper(ref))
	} else {
		err = problem.Missing()
	}
	if err != nil {
		return t, err
	}
	if err := c.sight(OpGetTicket).CheckSight(t); err != nil {
		return t, err
	}
	noteTicket(ctx, t)
	if !c.sight(op).Sees(t) {
		helps, err := c.helps(ctx, tx, op, t)
		if err == nil && !helps {
			err = problem.New(problem.Forbidden, "not_your_role", nil)
		}
		if err != nil {
			return t, err
		}
	}
	return t, c.allow(op)
}

// helps says whether an operation is the caller's since their partner was asked
// to help with a ticket outside the support scope: they watch it, and may comment.
func (c Caller) helps(ctx context.Context, tx *store.Tx, op Operation, t store.Ticket) (bool, error) {
	if op != OpAddComment || c.Person.OrganizationKind != "partner" || !slices.Contains(t.Watchers, c.Person.ID) {
		return false, nil
	}
	return tx.Helps(ctx, t.ID, c.Person.ID)
}

// noteTicket has logs and traces say which ticket this is about.
func noteTicket(ctx context.Context, t store.Ticket) {
	telemetry.Note(ctx, "ticket", t.Number)
	telemetry.Note(ctx, "workflow_id", workflows.TicketID(t.ID.String()))
}

// Ticket is one ticket, by uuid or number.
func (d *Desk) Ticket(ctx context.Context, ref string) (v TicketView, err error) {
	c, err := d.caller(ctx, OpGetTicket)
	if err != nil {
		return v, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpGetTicket, ref)
		if err == nil {
			v, err = d.view(ctx, tx, c, row)
		}
		return err
	})
	return v, err
}

// view reads what belongs to a row the caller may see.
func (d *Desk) view(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) (TicketView, error) {
	detail, err := tx.Detail(ctx, row)
	if err != nil {
		return TicketView{}, err
	}
	if c.Vendor, err = tx.Pinned(ctx, c.Vendor, row.PolicyVersion); err != nil {
		return TicketView{}, err
	}
	v := TicketView{
		Row: row, Settings: &c.Vendor.Settings, Request: &detail.Request, Files: detail.Files, Names: detail.Names,
		Internal: c.Staff(), Watching: !c.sight(OpAddComment).Sees(row), Possible: d.possible(c, row),
	}
	if len(row.Watchers) > 0 {
		v.Watchers, err = watchers(ctx, tx, c, row)
	}
	if err == nil && v.Watching {
		v.Helping, err = c.helps(ctx, tx, OpAddComment, row)
	}
	if err == nil && detail.Authorities {
		v.Authorities, err = tx.Authorities(ctx, row.ID)
	}
	if err == nil && detail.Links {
		v.Links, err = linked(ctx, tx, c, row)
	}
	if err == nil && row.MergedInto != nil {
		target, findErr := d.goesOnAs(ctx, tx, c, row)
		if err = findErr; target != nil {
			v.GoesOnAs = &Linked{As: MergedInto, ID: target.ID, Number: target.Number, Title: target.Title, State: target.State}
		}
	}
	if err == nil && (slices.Contains(service.Paths, row.Path) || service.IsEnhancement(row.Path)) {
		if v.Services, err = tx.ServiceRequestsOf(ctx, row.ID); err == nil {
			err = tx.NamesOf(ctx, v.Names, v.Services)
		}
	}
	if err == nil {
		err = d.waitsForDeciders(ctx, tx, c, &v)
	}
	if err == nil {
		err = d.developed(ctx, tx, c, &v, detail.Developed)
	}
	if err == nil && row.Path == roadmap.Path {
		v.Suggestion, err = suggestionOf(ctx, tx, c, row)
	}
	if err == nil {
		err = d.asked(ctx, tx, c, &v, detail.Asked)
	}
	if err == nil && detail.Escalated {
		err = d.escalatedNow(ctx, tx, c, &v)
	}
	if err == nil && detail.Bounced {
		v.Bounced, err = bounced(ctx, tx, c, row.ID)
	}
	return v, err
}

// possible is what the caller may do with the ticket now: the procedure's
// answer, less what their roles don't allow and what the time has ended.
func (d *Desk) possible(c Caller, row store.Ticket) []ticket.Action {
	snapshot := row.Snapshot(c.Vendor.Settings.CloseOnAnswer)
	list := []ticket.Action{}
	for _, action := range ticket.Possible(snapshot, c.Actor()) {
		if op := operationOf[action]; c.Reach(op) == Nothing || !c.sight(op).Sees(row) {
			continue
		}
		if _, err := ticket.Decide(snapshot, ticket.Command{Action: action, Actor: c.Actor()}, d.Now()); err == nil {
			list = append(list, action)
		}
	}
	return list
}

// History lists what happened to a ticket, oldest first; the customer's side
// sees its public part.
func (d *Desk) History(ctx context.Context, ref string, after int64, limit int) (events []store.Event, more bool, err error) {
	c, err := d.caller(ctx, OpGetHistory)
	if err != nil {
		return nil, false, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpGetHistory, ref)
		if err != nil {
			return err
		}
		events, err = tx.Events(ctx, row.ID, c.Staff(), c.knownSides(row), after, limit+1)
		return err
	})
	if more = len(events) > limit; more {
		events = events[:limit]
	}
	if !c.Staff() {
		for i := range events {
			events[i].Data = withoutReason(events[i].Data)
		}
	}
	return events, more, err
}

// withoutReason takes out why staff changed the severity: they write it for
// each other.
func withoutReason(data json.RawMessage) json.RawMessage {
	var fields map[string]any
	if json.Unmarshal(data, &fields) != nil {
		return nil
	}
	delete(fields, "severity_reason")
	left, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	return left
}
