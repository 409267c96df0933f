package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
)

// Escalated is the escalation a notice is about. Vendor has the settings it is
// pinned to.
type Escalated struct {
	Vendor store.Vendor
	Row    store.Escalation
}

// Told tells a rung that it is its turn.
func (e Escalated) Told(ctx context.Context, tx *store.Tx, people []uuid.UUID, at time.Time) error {
	said, err := e.says(ctx, tx)
	if err != nil {
		return err
	}
	return e.mail(ctx, tx, mail.EscalationTold, people, at, func(n *mail.Notice, locale string) {
		said.Rung = e.rung(e.Row.Rung, locale)
		n.Escalation, n.Due, n.URL = said, e.Row.DueAt, e.url("/console/escalations/")
		if said.Clock == "" {
			n.Text = e.Row.Reason
		}
	})
}

// Received tells the customer that their complaint is registered, and which rung
// is told of it first, and when.
func (e Escalated) Received(ctx context.Context, tx *store.Tx, to uuid.UUID, rung int, tell, at time.Time) error {
	said, err := e.says(ctx, tx)
	if err != nil {
		return err
	}
	return e.mail(ctx, tx, mail.EscalationReceived, []uuid.UUID{to}, at, func(n *mail.Notice, locale string) {
		said.Rung = e.rung(rung, locale)
		n.Escalation, n.Due, n.Text, n.URL = said, &tell, e.Row.Reason, e.url("/escalations/")
	})
}

// Ended sends the customer the summary: how it ended, why, and what happened on
// the way. Of one that was taken back those hear too who were told that it is
// their turn.
func (e Escalated) Ended(ctx context.Context, tx *store.Tx, to uuid.UUID, why string, at time.Time) error {
	said, err := e.says(ctx, tx)
	if err != nil {
		return err
	}
	steps, err := tx.EscalationSteps(ctx, e.Row.ID)
	if err != nil {
		return err
	}
	names := map[uuid.UUID]string{}
	var rungs []uuid.UUID
	for _, s := range steps {
		if s.PersonID != nil {
			if names[*s.PersonID], err = tx.PersonName(ctx, *s.PersonID); err != nil {
				return err
			}
		}
		for _, told := range s.Told {
			if id, err := uuid.Parse(told); err == nil {
				rungs = append(rungs, id)
			}
		}
	}
	fill := func(n *mail.Notice, locale string) {
		one := *said
		if one.Ending = string(ladder.Resolved); e.Row.State == ladder.Withdrawn {
			one.Ending = string(ladder.Withdrawn)
		}
		for _, s := range steps {
			step := mail.EscalationStep{Kind: s.Kind, Rung: e.rung(s.Rung, locale), At: s.At}
			if s.PersonID != nil {
				step.Name = names[*s.PersonID]
			}
			one.Steps = append(one.Steps, step)
		}
		n.Escalation, n.Text, n.URL = &one, why, e.url("/escalations/")
	}
	if err := e.mail(ctx, tx, mail.EscalationEnded, []uuid.UUID{to}, at, fill); err != nil || e.Row.State != ladder.Withdrawn {
		return err
	}
	return e.mail(ctx, tx, mail.EscalationEnded, rungs, at, func(n *mail.Notice, locale string) {
		fill(n, locale)
		n.Escalation.Told, n.URL = true, e.url("/console/escalations/")
	})
}

// says is what every notice about it says.
func (e Escalated) says(ctx context.Context, tx *store.Tx) (*mail.Escalation, error) {
	organization, err := tx.Organization(ctx, e.Row.OrganizationID)
	if err != nil {
		return nil, err
	}
	said := &mail.Escalation{Number: e.Row.Number, Customer: organization.Name}
	if e.Row.OpenedBy == nil {
		said.Clock = e.Row.Reason
	}
	if e.Row.TicketID != nil {
		t, err := tx.Ticket(ctx, *e.Row.TicketID)
		if err != nil {
			return nil, err
		}
		said.Ticket = t.Number
	}
	return said, nil
}

func (e Escalated) rung(n int, locale string) string {
	l, _ := e.Vendor.Settings.Ladder(e.Row.Ladder)
	if n < 1 || n > len(l.Rungs) {
		return ""
	}
	return l.Rungs[n-1].Title.In(locale)
}

func (e Escalated) url(page string) string {
	if e.Vendor.Portal == "" {
		return ""
	}
	return e.Vendor.Portal + page + e.Row.Number
}

// mail decides one mail to each of some people, once for the rung or the end.
func (e Escalated) mail(ctx context.Context, tx *store.Tx, kind mail.Kind, people []uuid.UUID, at time.Time, fill func(n *mail.Notice, locale string)) error {
	recipients, err := tx.PeopleWith(ctx, people)
	if err != nil {
		return err
	}
	var effects []store.Effect
	for _, to := range recipients {
		if !to.Active {
			continue
		}
		key := effectKey(kind, "escalation/"+e.Row.ID.String()+"/"+strconv.Itoa(e.Row.Rung), to.ID)
		n := mail.Notice{
			Kind: kind, Locale: to.Locale, TimeZone: to.TimeZone, At: at.UTC(), To: mail.Address{Name: to.Name, Email: to.Email},
			Vendor: sender(e.Vendor), MessageID: messageID(e.Vendor, key),
		}
		fill(&n, to.Locale)
		payload, err := json.Marshal(n)
		if err != nil {
			return fmt.Errorf("write notice: %w", err)
		}
		effects = append(effects, store.Effect{Kind: store.EffectMail, Key: key, TicketID: e.Row.TicketID, Payload: payload})
	}
	if len(effects) == 0 {
		return nil
	}
	return tx.InsertEffect(ctx, effects...)
}
