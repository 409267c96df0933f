package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// StatementPreview is the weekly statement as it would be sent now.
type StatementPreview struct {
	StatementContent
	Sends bool       // the pack in force sends it each week
	Next  *time.Time // when, the next time; nil: never by itself
}

// PreviewStatement is an organization's statement as of now, for its super-users
// and receivers, and for staff. NotFound for an organization out of sight.
func (d *Desk) PreviewStatement(ctx context.Context, organization uuid.UUID) (p StatementPreview, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpenOwn(ctx, tx, c, OpPreviewStatement, organization); err != nil {
			return err
		}
		o, err := tx.Organization(ctx, organization)
		if err != nil {
			return err
		}
		p.Sends, p.Next = d.nextOf(c.Vendor, o)
		p.StatementContent, err = d.statementContent(ctx, tx, c.Vendor, o, d.Now())
		return err
	})
}

// nextOf says whether the vendor sends statements, and when next to an
// organization.
func (d *Desk) nextOf(v store.Vendor, o store.Organization) (sends bool, next *time.Time) {
	rules, sends := statementRules(v.Settings)
	if !sends {
		return false, nil
	}
	at := nextStatement(rules, zoneOf(v, o), d.Now()).UTC()
	return true, &at
}

// StatementReceivers is who gets an organization's statement.
type StatementReceivers struct {
	OrganizationID uuid.UUID
	Organization   string
	Receivers      []store.Person
	Report         *store.StatementReport // somebody says that nobody gets it; nil: nobody does
	Sends          bool                   // the pack in force sends it each week
	Next           *time.Time             // when, the next time; nil: never by itself
}

// StatementReceivers says who gets an organization's statement, to its contacts
// and to staff; nil is the caller's own organization. NotFound for one out of
// sight, and for staff without one.
func (d *Desk) StatementReceivers(ctx context.Context, organization *uuid.UUID) (r StatementReceivers, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return r, err
	}
	if organization == nil {
		organization = c.Person.OrganizationID
	}
	if organization == nil {
		return r, problem.Missing()
	}
	return r, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpenOwn(ctx, tx, c, OpListReceivers, *organization); err != nil {
			return err
		}
		o, err := tx.Organization(ctx, *organization)
		if err != nil {
			return err
		}
		r.OrganizationID, r.Organization = o.ID, o.Name
		r.Sends, r.Next = d.nextOf(c.Vendor, o)
		if r.Receivers, err = tx.StatementReceivers(ctx, o.ID); err != nil {
			return err
		}
		r.Report, err = tx.StatementReport(ctx, o.ID)
		return err
	})
}

// StatementView is a statement that was sent, as it was.
type StatementView struct {
	store.Statement
	Content StatementContent
	To      []StatementRecipient
}

func statementView(s store.Statement) (v StatementView, err error) {
	v.Statement = s
	if err = json.Unmarshal(s.Snapshot, &v.Content); err == nil {
		err = json.Unmarshal(s.Recipients, &v.To)
	}
	if err != nil {
		err = fmt.Errorf("read statement %s of %s: %w", s.Week, s.OrganizationID, err)
	}
	return v, err
}

// Statements lists the statements that were sent to an organization, the newest
// first, and the cursor of the next page.
func (d *Desk) Statements(ctx context.Context, organization uuid.UUID, before string, limit int) (list []StatementView, next string, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, "", err
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpenOwn(ctx, tx, c, OpListStatements, organization); err != nil {
			return err
		}
		if before != "" && !isWeek(before) {
			return wrongCursor()
		}
		rows, err := tx.Statements(ctx, organization, before, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			next = rows[limit-1].Week
		}
		for _, s := range rows {
			v, err := statementView(s)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
}

// isWeek says whether a text is an ISO week: 2026-W48.
func isWeek(text string) bool {
	var year, week int
	n, err := fmt.Sscanf(text, "%4d-W%2d", &year, &week)
	return err == nil && n == 2 && text == fmt.Sprintf("%04d-W%02d", year, week)
}

// Statement is the statement of an organization and a week as it was sent;
// NotFound when none was.
func (d *Desk) Statement(ctx context.Context, organization uuid.UUID, week string) (v StatementView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpenOwn(ctx, tx, c, OpGetStatement, organization); err != nil {
			return err
		}
		if !isWeek(week) {
			return problem.Missing()
		}
		s, err := tx.Statement(ctx, organization, week)
		if err != nil {
			return err
		}
		if s.Outcome != store.StatementSent {
			return problem.Missing()
		}
		v, err = statementView(s)
		return err
	})
}

// SendStatement sends an organization's statement now, and it counts as the
// week's: Conflict when that was sent before, or when nobody is named to receive
// it. With again, a contact of the organization, it sends them the newest one
// once more, as it was; Conflict when none was sent.
func (d *Desk) SendStatement(ctx context.Context, key string, organization uuid.UUID, again *uuid.UUID) (v StatementView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	w := write{action: "send_statement", key: key, body: []any{organization, again}}
	if again != nil {
		w.action = "send_statement_again"
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpenOwn(ctx, tx, c, OpSendStatement, organization); err != nil {
			return err
		}
		if _, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			if again != nil {
				return organization, d.sendAgain(ctx, tx, c, organization, *again)
			}
			return organization, d.sendNow(ctx, tx, c, organization)
		}); err != nil {
			return err
		}
		rows, err := tx.Statements(ctx, organization, "", 1)
		if err == nil && len(rows) == 0 {
			err = problem.Missing()
		}
		if err != nil {
			return err
		}
		v, err = statementView(rows[0])
		return err
	})
}

func (d *Desk) sendNow(ctx context.Context, tx *store.Tx, c Caller, organization uuid.UUID) error {
	o, err := tx.LockOrganization(ctx, organization)
	if err != nil {
		return err
	}
	receivers, err := tx.StatementReceivers(ctx, organization)
	if err == nil && len(receivers) == 0 {
		err = problem.New(problem.Conflict, "statement_nobody", nil)
	}
	if err != nil {
		return err
	}
	at := d.Now()
	week := weekOf(at, zoneOf(c.Vendor, o))
	sent, err := d.decideStatement(ctx, tx, c.Vendor, organization, at, &c.Person.ID)
	if err == nil && !sent {
		err = problem.New(problem.Conflict, "statement_sent", problem.Args{"week": week})
	}
	if err != nil {
		return err
	}
	return d.audit(ctx, tx, c, "statement_sent", "organization", organization, map[string]any{"week": week})
}

func (d *Desk) sendAgain(ctx context.Context, tx *store.Tx, c Caller, organization, person uuid.UUID) error {
	rows, err := tx.Statements(ctx, organization, "", 1)
	if err == nil && len(rows) == 0 {
		err = problem.New(problem.Conflict, "statement_none", nil)
	}
	if err != nil {
		return err
	}
	to, err := tx.Person(ctx, person)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	if err != nil || !to.Active || to.OrganizationID == nil || *to.OrganizationID != organization {
		var wrong problem.Fields
		wrong.Add("again_to", "statement_person_unknown", nil)
		return wrong.Err()
	}
	v, err := statementView(rows[0])
	if err != nil {
		return err
	}
	event := organization.String() + "/" + v.Week + "/" + store.NewID().String()
	if err := mailStatement(ctx, tx, c.Vendor, v.Content, event, to, d.Now()); err != nil {
		return err
	}
	return d.audit(ctx, tx, c, "statement_sent_again", "organization", organization, map[string]any{"week": v.Week, "person_id": person})
}

// StatementStandings lists how organizations stand with their statement, by
// name, and the cursor of the next page; without says: only those nobody gets it
// for. For staff.
func (d *Desk) StatementStandings(ctx context.Context, without bool, after string, limit int) (list []store.StatementStanding, next string, err error) {
	c, err := d.caller(ctx, OpListStandings)
	if err != nil {
		return nil, "", err
	}
	var name string
	var id uuid.UUID
	if after != "" {
		if name, id, err = readCursor(after); err != nil {
			return nil, "", err
		}
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.StatementStandings(ctx, without, name, id, limit+1)
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = cursor(list[limit-1].Organization, list[limit-1].OrganizationID)
	}
	return list, next, err
}

// StatementSheet is the page of an organization's weekly statement.
type StatementSheet struct {
	StatementReceivers
	Shown   *StatementContent // what it says; nil: not the caller's to read
	Past    *StatementView    // it is this one, as it was sent; nil: as it would be sent now
	Earlier []StatementView   // that were sent, the newest first
	More    string            // week before which the rest of them is; "" for none
}

// OpenStatement is the page of an organization's statement, nil for the caller's
// own: as of now, or with a week as it was sent then; the ones sent before that
// week (before; "" for the newest). Who may not read it sees who receives it; a
// week they may not read, or in which none was sent, is as elsewhere.
func (d *Desk) OpenStatement(ctx context.Context, organization *uuid.UUID, week, before string, limit int) (s StatementSheet, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return s, err
	}
	if s.StatementReceivers, err = d.StatementReceivers(ctx, organization); err != nil {
		return s, err
	}
	switch {
	case week != "":
		past, err := d.Statement(ctx, s.OrganizationID, week)
		if err != nil {
			return s, err
		}
		s.Past, s.Shown = &past, &past.Content
	case c.Reach(OpPreviewStatement) == Nothing:
		return s, nil
	default:
		now, err := d.PreviewStatement(ctx, s.OrganizationID)
		if err != nil {
			return s, err
		}
		s.Shown = &now.StatementContent
	}
	s.Earlier, s.More, err = d.Statements(ctx, s.OrganizationID, before, limit)
	return s, err
}
