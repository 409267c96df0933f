package notice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Customers are the people whom a public word reaches: the requester, the
// contact a partner acts for, and who watches the ticket, each once.
func Customers(t store.Ticket) []uuid.UUID {
	ids := []uuid.UUID{t.RequesterID}
	if t.ContactID != nil {
		ids = append(ids, *t.ContactID)
	}
	for _, id := range t.Watchers {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Assignee is who is told on the vendor's side; nobody before assignment.
func Assignee(t store.Ticket) []uuid.UUID {
	if t.AssigneeID == nil {
		return nil
	}
	return []uuid.UUID{*t.AssigneeID}
}

// Tell decides one mail to each of the people who may be told of the ticket,
// but the actor, who knows.
func (a About) Tell(ctx context.Context, tx *store.Tx, kind mail.Kind, event string, people []uuid.UUID, actor *uuid.UUID,
	at time.Time, fill func(*mail.Notice),
) error {
	recipients, err := tx.Recipients(ctx, a.Ticket, people)
	if err != nil {
		return err
	}
	var effects []store.Effect
	for _, to := range recipients {
		if actor != nil && *actor == to.ID {
			continue
		}
		effect, err := a.Mail(kind, event, to, at, fill)
		if err != nil {
			return err
		}
		effects = append(effects, effect)
	}
	if len(effects) == 0 {
		return nil
	}
	return tx.InsertEffect(ctx, effects...)
}

// Transition tells whoever must know of a committed transition.
func (a About) Transition(ctx context.Context, tx *store.Tx, t ticket.Transition, w ticket.Written) error {
	if name, breach := ticket.ClockOf(t.Action); name != "" {
		return a.clock(ctx, tx, t, name, breach)
	}
	kind, people := a.audience(t)
	people = append(people, a.Also...)
	if kind == mail.InformationGiven || kind == mail.Reopened { // the customer waits for somebody now
		present, absent, err := a.answering(ctx, tx, t.At)
		if err != nil {
			return err
		}
		if absent != "" {
			people = append(people, present...)
		}
	}
	var actor *uuid.UUID
	if t.Actor.ID != "" {
		id, err := uuid.Parse(t.Actor.ID)
		if err != nil {
			return fmt.Errorf("actor %q: %w", t.Actor.ID, err)
		}
		actor = &id
		people = slices.DeleteFunc(people, func(p uuid.UUID) bool { return p == id })
	}
	if len(people) == 0 {
		return nil
	}
	var name string
	if actor != nil {
		var err error
		if name, err = tx.PersonName(ctx, *actor); err != nil {
			return err
		}
	}
	files, err := tx.FileNames(ctx, w.Files)
	if err != nil {
		return err
	}
	release, text, err := upgradeTo(ctx, tx, w)
	if err != nil {
		return err
	}
	return a.Tell(ctx, tx, kind, t.Key, people, actor, t.At, func(n *mail.Notice) {
		n.Actor, n.Text, n.Release, n.Files = name, text, release, files
		if a.Ticket.State == ticket.Closed {
			n.Closed, n.ReopenUntil = true, a.Ticket.ReopenUntil
		}
		if a.Other != nil { // why is for staff alone
			n.Text, n.Other, n.OtherURL = "", a.Other.Number, a.urlOf(*a.Other)
		}
	})
}

// upgradeTo is the release that is asked to be upgraded to, "" for none, and what
// was written beyond its name.
func upgradeTo(ctx context.Context, tx *store.Tx, w ticket.Written) (release, text string, err error) {
	id, err := uuid.Parse(w.Release)
	if err != nil {
		return "", w.Text, nil
	}
	r, err := tx.Release(ctx, id)
	if err != nil {
		return "", "", err
	}
	return r.Named(), strings.TrimSpace(strings.TrimPrefix(w.Text, r.Named())), nil
}

// audience is the kind of notice a transition gives, and to whom; "" for none.
func (a About) audience(t ticket.Transition) (mail.Kind, []uuid.UUID) {
	switch t.Action {
	case ticket.ActTriage, ticket.ActReassign:
		return "assigned", Assignee(a.Ticket)
	case ticket.ActAskInformation:
		return "information_requested", Customers(a.Ticket)
	case ticket.ActGiveInformation:
		return "information_given", append(Assignee(a.Ticket), Customers(a.Ticket)...)
	case ticket.ActAnswer:
		return "answer", Customers(a.Ticket)
	case ticket.ActClose, ticket.ActAutoClose:
		return "closed", Customers(a.Ticket)
	case ticket.ActWithdraw:
		return "withdrawn", append(Assignee(a.Ticket), Customers(a.Ticket)...)
	case ticket.ActReopen:
		return "reopened", append(Assignee(a.Ticket), Customers(a.Ticket)...)
	case ticket.ActMerge:
		return mail.Merged, append(Assignee(a.Ticket), Customers(a.Ticket)...)
	case ticket.ActUnmerge:
		return mail.Unmerged, append(Assignee(a.Ticket), Customers(a.Ticket)...)
	}
	return "", nil
}
