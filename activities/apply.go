package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// keeper is what hangs on a ticket and is made or ended with one of its
// transitions: kept after the transition's own event.
type keeper interface {
	keep(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t ticket.Transition) error
}

// apply writes a transition into the locked row, with its comment, files,
// event and notices.
func apply(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t ticket.Transition, body json.RawMessage) error {
	written, err := writtenWith(t, body)
	if err != nil {
		return err
	}
	before := *row
	other, err := join(ctx, tx, *row, t)
	if err != nil {
		return err
	}
	work, err := workOf(ctx, tx, vendor, row, &t)
	if err != nil {
		return err
	}
	work.text = written.Text
	review, err := reviewOf(ctx, tx, vendor, row, &t, work)
	if err != nil {
		return err
	}
	asked, err := askedOf(ctx, tx, vendor, row, &t)
	if err != nil {
		return err
	}
	suggested, err := suggestedOf(ctx, tx, row, &t)
	if err != nil {
		return err
	}
	if err := set(row, t, vendor.Settings); err != nil {
		return err
	}
	if err := assign(ctx, tx, vendor.Settings, row, t); err != nil {
		return err
	}
	if err := clocks(ctx, tx, vendor, row, before, t); err != nil {
		return err
	}
	if err := entitlement(ctx, tx, vendor, row, before, t); err != nil {
		return err
	}
	if other != nil {
		if err := merge(ctx, tx, vendor, *row, *other, t, written.Text); err != nil {
			return err
		}
	}
	if err := say(ctx, tx, row.ID, t, written); err != nil {
		return err
	}
	if err := tx.InsertEvent(ctx, event(before, *row, other, t, written)); err != nil {
		return err
	}
	for _, hanging := range []keeper{work, review, asked, suggested, questions{}, missed{}} {
		if err := hanging.keep(ctx, tx, vendor, row, t); err != nil {
			return err
		}
	}
	about := notice.About{Vendor: vendor, Ticket: *row, Other: other, Also: review.resumes()}
	if written.Authority != nil {
		return authority(ctx, tx, about, t, *written.Authority)
	}
	return about.Transition(ctx, tx, t, written)
}

// writtenWith is what was written with a transition; nothing with one that
// happened by itself.
func writtenWith(t ticket.Transition, body json.RawMessage) (w ticket.Written, err error) {
	if len(body) == 0 {
		return w, nil
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return w, fmt.Errorf("read command %s: %w", t.Key, err)
	}
	return w, nil
}

// set is the row after the transition.
func set(row *store.Ticket, t ticket.Transition, s policy.Settings) error {
	row.State, row.Waiting, row.Resume, row.UpdatedAt = t.To, string(t.Waiting), string(t.Resume), t.At
	if t.Actor.Side == ticket.Staff && row.AcknowledgedAt == nil && !joins(t.Action) {
		row.AcknowledgedAt = &t.At
	}
	switch t.Action {
	case ticket.ActTriage:
		row.Reason, row.Level, row.Severity, row.Path = t.Triage.Reason, t.Triage.Level, t.Triage.Severity, t.Triage.Path
	case ticket.ActReopen:
		row.AnsweredAt, row.ClosedAt, row.AutoCloseAt, row.ReopenUntil = nil, nil, nil, nil
	case ticket.ActMerge, ticket.ActUnmerge:
		return setMerged(row, t, s)
	}
	switch {
	case t.To == ticket.Answered && t.From != ticket.Answered:
		row.AnsweredAt, row.AutoCloseAt = &t.At, s.AutoClose(t.At)
	case t.To == ticket.Closed && t.From != ticket.Closed:
		if row.AnsweredAt == nil {
			row.AnsweredAt = &t.At
		}
		row.ClosedAt, row.AutoCloseAt, row.ReopenUntil = &t.At, nil, s.ReopenUntil(t.At)
	}
	return nil
}

// assign gives the ticket to whom triage or a reassignment says.
func assign(ctx context.Context, tx *store.Tx, s policy.Settings, row *store.Ticket, t ticket.Transition) error {
	switch {
	case t.Action == ticket.ActReassign && t.Team != "":
		return assignment.Hand(ctx, tx, s, row, t.Team, t.At)
	case t.Action == ticket.ActReassign:
		person, err := personOf(t.Assignee)
		row.AssigneeID = &person
		return err
	case t.Action == ticket.ActTriage && t.Triage.Assignee != "":
		person, err := personOf(t.Triage.Assignee)
		if err != nil {
			return err
		}
		return assignment.Name(ctx, tx, s, row, person)
	case t.Action == ticket.ActTriage:
		decider, err := personOf(t.Actor.ID)
		if err != nil {
			return err
		}
		return assignment.Follow(ctx, tx, s, row, decider, t.At)
	}
	return nil
}

func personOf(id string) (uuid.UUID, error) {
	person, err := uuid.Parse(id)
	if err != nil {
		return person, fmt.Errorf("person %q: %w", id, err)
	}
	return person, nil
}

// spoken maps the actions that carry words for the other side to the kind of
// comment they leave.
var spoken = map[ticket.Action]string{
	ticket.ActAskInformation:  "question",
	ticket.ActGiveInformation: "information",
	ticket.ActAnswer:          "answer",
	ticket.ActReopen:          "reopening",
	ticket.ActWithdraw:        "withdrawal",
}

// say keeps what was written as a public comment, with its files.
func say(ctx context.Context, tx *store.Tx, ticketID uuid.UUID, t ticket.Transition, w ticket.Written) error {
	kind, speaks := spoken[t.Action]
	if t.Action == ticket.ActTriage { // why it is outside the support scope
		kind, speaks = "comment", true
	}
	if !speaks || w.Text == "" {
		return nil
	}
	return comment(ctx, tx, ticketID, spokenWord{Key: t.Key, Author: t.Actor.ID, Kind: kind, Text: w.Text, Files: w.Files, At: t.At})
}

// spokenWord is a public comment that a command leaves.
type spokenWord struct {
	Key, Author, Kind, Text string
	Files                   []string
	At                      time.Time
}

func comment(ctx context.Context, tx *store.Tx, ticketID uuid.UUID, w spokenWord) error {
	author, err := personOf(w.Author)
	if err != nil {
		return err
	}
	c := store.Comment{ID: store.CommentID(ticketID, w.Key), TicketID: ticketID, AuthorID: author, Kind: w.Kind, Public: true, Body: w.Text, At: w.At}
	if err := tx.InsertComment(ctx, c); err != nil {
		return err
	}
	files := make([]uuid.UUID, len(w.Files))
	for i, f := range w.Files {
		if files[i], err = uuid.Parse(f); err != nil {
			return fmt.Errorf("file %q: %w", f, err)
		}
	}
	return tx.AttachFiles(ctx, author, files, ticketID, &c.ID)
}

// internal says whether the customer's side does not see such an event.
func internal(a ticket.Action) bool {
	clock, _ := ticket.ClockOf(a)
	return a == ticket.ActReassign || clock != ""
}

// event is the line of the ticket's history. other is what it is merged into, or
// no more.
func event(before, after store.Ticket, other *store.Ticket, t ticket.Transition, w ticket.Written) store.Event {
	data := map[string]any{"from": before.State, "to": after.State}
	switch t.Action {
	case ticket.ActTriage:
		data["reason"], data["level"], data["path"], data["severity"] = after.Reason, after.Level, after.Path, after.Severity
		if before.Severity != after.Severity {
			data["severity_before"], data["severity_reason"] = before.Severity, w.SeverityReason
		}
		if before.Team != after.Team {
			data["team"] = after.Team
		}
	case ticket.ActAskInformation:
		if w.Release != "" {
			data["release_id"] = w.Release
		}
	case ticket.ActReassign:
		data["assignee_id"], data["reason"] = after.AssigneeID, w.Text
		if t.Team != "" {
			data["team"] = after.Team
		}
	case ticket.ActAutoClose:
		data["late"] = t.Late
	}
	if name, _ := ticket.ClockOf(t.Action); name != "" {
		data["late"] = t.Late
		if k := after.Clocks.Named(name); k != nil {
			data["due"] = k.DueAt
		}
	}
	if other != nil {
		data["ticket_id"], data["number"] = other.ID, other.Number
	}
	if a := w.Authority; a != nil {
		data["authority"], data["authority_id"] = a.What, a.ID
	}
	raw, err := json.Marshal(data)
	if err != nil { // only strings, numbers and instants
		raw = []byte(`{}`)
	}
	e := store.Event{TicketID: after.ID, Version: after.Version, Kind: string(t.Action), Public: !internal(t.Action), At: t.At, Data: raw}
	if id, err := uuid.Parse(t.Actor.ID); err == nil {
		e.ActorID = &id
	}
	return e
}
