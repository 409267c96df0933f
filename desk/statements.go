package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// StatementContent is what a weekly statement says.
type StatementContent = mail.Statement

// StatementRequest is one request in it.
type StatementRequest = mail.StatementRequest

// statementKept is how many requests of each list are kept of a statement.
const statementKept = 200

// questionKept is how much of a question is kept, in characters: a statement
// holds many, and each has its page.
const questionKept = 1000

// statementPage is how many organizations are decided for at once.
const statementPage = 100

// statementRules are the pack's; sends is false where it has none, and the
// figures are those of four weeks all the same.
func statementRules(s policy.Settings) (rules policy.Statement, sends bool) {
	if s.Pack != nil && s.Pack.Statement != nil {
		return *s.Pack.Statement, true
	}
	return policy.Statement{Day: "mon", At: "08:00", CompletedWeeks: 4}, false
}

// zoneOf is the zone an organization keeps its week in: its own, else the
// vendor's.
func zoneOf(v store.Vendor, o store.Organization) *time.Location {
	if o.TimeZone != nil {
		if zone, err := time.LoadLocation(*o.TimeZone); err == nil {
			return zone
		}
	}
	return v.Settings.Location()
}

// weekOf is the ISO week of an instant in a zone: 2026-W48.
func weekOf(at time.Time, zone *time.Location) string {
	year, week := at.In(zone).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// nextStatement is the first sending after an instant.
func nextStatement(rules policy.Statement, zone *time.Location, after time.Time) time.Time {
	clock, err := time.Parse("15:04", rules.At)
	if err != nil { // a pack is checked before
		clock = time.Time{}
	}
	day := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, rules.Day)
	local := after.In(zone)
	for i := 0; ; i++ {
		at := time.Date(local.Year(), local.Month(), local.Day()+i, clock.Hour(), clock.Minute(), 0, 0, zone)
		if (day < 0 || at.Weekday() == time.Weekday(day)) && at.After(after) {
			return at
		}
	}
}

// DecideStatements decides the statements of a vendor's organizations that keep
// a zone, as of the instant they were due: at most a page of them, by id, from
// after an organization ("": from the first). next is the last one looked at,
// "" at the end; failed is how many could not be decided, which are there again
// when all is done again. Each is decided in a transaction of its own and once
// for its week, however often this is repeated. Nothing is decided where the
// pack in force sends none.
func (d *Desk) DecideStatements(ctx context.Context, vendor, zone string, at time.Time, after string) (next string, failed int, err error) {
	v, from, place, err := d.statementRun(ctx, vendor, zone, after)
	if err != nil {
		return "", 0, err
	}
	if _, sends := statementRules(v.Settings); !sends {
		return "", 0, nil
	}
	var due []uuid.UUID
	if err := d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		own := zone == v.Settings.TimeZone
		due, err = tx.StatementDue(ctx, zone, own, weekOf(at, place), at, from, statementPage)
		return err
	}); err != nil {
		return "", 0, err
	}
	for _, id := range due {
		err := d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
			_, err := d.decideStatement(ctx, tx, v, id, at, nil)
			return err
		})
		if problem.CodeOf(err) == problem.Unavailable {
			return "", failed, err
		}
		if err != nil {
			failed++
			slog.ErrorContext(ctx, "statement not decided", "organization", id, "week", weekOf(at, place), "error", err)
		}
	}
	if len(due) == statementPage {
		next = due[len(due)-1].String()
	}
	return next, failed, nil
}

func (d *Desk) statementRun(ctx context.Context, vendor, zone, after string) (v store.Vendor, from uuid.UUID, place *time.Location, err error) {
	id, err := uuid.Parse(vendor)
	if err != nil {
		return v, from, nil, fmt.Errorf("vendor id: %w", err)
	}
	if after != "" {
		if from, err = uuid.Parse(after); err != nil {
			return v, from, nil, fmt.Errorf("organization id: %w", err)
		}
	}
	if place, err = time.LoadLocation(zone); err != nil {
		return v, from, nil, fmt.Errorf("zone of statements: %w", err)
	}
	v, err = d.Store.Vendor(ctx, id)
	return v, from, place, err
}

// decideStatement decides an organization's statement as of an instant, for the
// week that lies in: kept with what it says, and mailed to each receiver in
// their own language. by is who has it sent, nil for nobody, and then a week
// with nothing to say, or nobody to receive it, is kept as that. sent is false
// when the week's was sent before, and nothing is done.
func (d *Desk) decideStatement(ctx context.Context, tx *store.Tx, v store.Vendor, id uuid.UUID, at time.Time, by *uuid.UUID) (sent bool, err error) {
	o, err := tx.LockOrganization(ctx, id) // one decision at a time
	if err != nil {
		return false, err
	}
	content, err := d.statementContent(ctx, tx, v, o, at)
	if err != nil {
		return false, err
	}
	receivers, err := tx.StatementReceivers(ctx, id)
	if err != nil {
		return false, err
	}
	s := store.Statement{OrganizationID: id, Week: content.Week, Outcome: store.StatementSent, ScheduledAt: at, DecidedAt: d.Now(), ByID: by}
	switch {
	case by == nil && content.Empty():
		s.Outcome, receivers = store.StatementNothing, nil
	case len(receivers) == 0:
		s.Outcome = store.StatementNobody
	}
	if s.Snapshot, err = json.Marshal(content); err == nil {
		s.Recipients, err = json.Marshal(recipientsOf(receivers))
	}
	if err != nil {
		return false, fmt.Errorf("write statement: %w", err)
	}
	kept, err := tx.KeepStatement(ctx, s)
	if err != nil || !kept {
		return false, err
	}
	for _, to := range receivers {
		if err := mailStatement(ctx, tx, v, content, id.String()+"/"+content.Week, to, s.DecidedAt); err != nil {
			return false, err
		}
	}
	return s.Outcome == store.StatementSent, nil
}

// mailStatement decides one mail. event is its identity beside the person's.
func mailStatement(ctx context.Context, tx *store.Tx, v store.Vendor, content StatementContent, event string, to store.Person, at time.Time) error {
	content.Open, content.Completed = firstOf(content.Open), firstOf(content.Completed)
	return notice.Account(ctx, tx, v, mail.WeeklyStatement, event, to, at, func(n *mail.Notice) {
		n.Statement = &content
		if n.URL != "" {
			n.URL += "/statement?week=" + content.Week
		}
	})
}

// firstOf are those a mail lists.
func firstOf(list []mail.StatementRequest) []mail.StatementRequest {
	return list[:min(len(list), mail.StatementListed)]
}

// StatementRecipient is who a statement was sent to.
type StatementRecipient struct {
	ID     uuid.UUID `json:"id"`
	Name   string    `json:"name"`
	Email  string    `json:"email"`
	Locale string    `json:"locale"`
}

func recipientsOf(people []store.Person) []StatementRecipient {
	list := make([]StatementRecipient, len(people))
	for i, p := range people {
		list[i] = StatementRecipient{ID: p.ID, Name: p.Name, Email: p.Email, Locale: p.Locale}
	}
	return list
}

// statementContent is what an organization's statement says as of an instant. It
// is made of what the customer's side sees: no note, no step of the vendor's own.
func (d *Desk) statementContent(ctx context.Context, tx *store.Tx, v store.Vendor, o store.Organization, at time.Time) (s StatementContent, err error) {
	rules, _ := statementRules(v.Settings)
	zone := zoneOf(v, o)
	local := at.In(zone)
	s = StatementContent{
		Organization: o.Name, Week: weekOf(at, zone), At: at.UTC(), Since: local.AddDate(0, 0, -7*rules.CompletedWeeks).UTC(),
		Weeks: rules.CompletedWeeks, TimeZone: zone.String(),
	}
	open, sum, err := tx.StatementOpen(ctx, o.ID, s.Since, at, statementKept)
	if err != nil {
		return s, err
	}
	s.OpenCount, s.Yours, s.OpenMinutes = sum.Count, sum.Yours, sum.Minutes
	completed, sum, err := tx.StatementCompleted(ctx, o.ID, s.Since, at, statementKept)
	if err != nil {
		return s, err
	}
	s.CompletedCount, s.CompletedMinutes = sum.Count, sum.Minutes
	if s.Open, err = statementRequests(ctx, tx, open, at); err != nil {
		return s, err
	}
	if s.Completed, err = statementRequests(ctx, tx, completed, at); err != nil {
		return s, err
	}
	s.Tickets, err = statementTickets(ctx, tx, v.Settings, o.ID, at)
	return s, err
}

// statementRequests are lines as the customer's side reads them.
func statementRequests(ctx context.Context, tx *store.Tx, lines []store.StatementLine, at time.Time) ([]mail.StatementRequest, error) {
	ids := make([]uuid.UUID, len(lines))
	for i, l := range lines {
		ids[i] = l.ID
	}
	questions, err := tx.StatementQuestions(ctx, ids, at)
	if err != nil {
		return nil, err
	}
	work, err := tx.StatementWork(ctx, ids, at)
	if err != nil {
		return nil, err
	}
	list := make([]mail.StatementRequest, len(lines))
	for i, l := range lines {
		r := mail.StatementRequest{Number: l.Number, Title: l.Title, Status: statementStatus(l.State), Since: l.Since.UTC(), Minutes: l.Minutes}
		if r.Yours() {
			r.Question = beginning(questions[l.ID], questionKept)
		} else if l.State.Open() {
			r.WaitsFor = l.Assignee
		}
		for _, w := range work {
			if w.TicketID == l.ID {
				r.Work = append(r.Work, mail.StatementWork{Number: w.Number, State: w.State})
			}
		}
		list[i] = r
	}
	return list, nil
}

// beginning is a text's first characters; where more follow, it says so.
func beginning(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

// statementStatus is the customer's word for a state.
func statementStatus(s ticket.State) string {
	switch s {
	case ticket.WaitingForCustomer:
		return "you"
	case ticket.Answered:
		return "check"
	case ticket.Closed:
		return "closed"
	case ticket.Registered, ticket.Triaged, ticket.InProgress, ticket.WaitingInside, ticket.Withdrawn, ticket.Merged:
	}
	return "working"
}

// statementTickets are the tickets left of the contract that was in force at an
// instant; nil when none counts any.
func statementTickets(ctx context.Context, tx *store.Tx, s policy.Settings, organization uuid.UUID, at time.Time) (*mail.StatementTickets, error) {
	on := policy.DateOf(at, s.Location())
	contract, err := tx.ContractOn(ctx, organization, on)
	if err != nil || contract == nil {
		return nil, err
	}
	stands, err := standing(ctx, tx, s, *contract, on)
	if err != nil || stands == nil {
		return nil, err
	}
	t := &mail.StatementTickets{Reference: contract.Reference, Included: stands.Included, Left: stands.Available, Until: stands.Last}
	period, err := tx.Period(ctx, contract.ID, on)
	if err == nil && period != nil {
		t.Left, err = tx.AvailableAt(ctx, period.ID, at)
	}
	return t, err
}
