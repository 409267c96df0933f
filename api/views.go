package api

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

func ticketLine(v desk.TicketView) Ticket {
	t := v.Row
	return Ticket{
		Id: t.ID, Number: t.Number, State: State(t.State), Version: t.Version, Title: t.Title, Type: t.Type, Severity: t.Severity,
		WaitingFor: waitingFor(t), Reason: unlessZero(t.Reason), Level: unlessZero(t.Level), Path: unlessZero(t.Path),
		Organization: *named(&t.OrganizationID, v.Names.Organizations), Requester: *named(&t.RequesterID, v.Names.People),
		Partner: named(t.PartnerID, v.Names.Organizations), Contact: named(t.ContactID, v.Names.People),
		Assignee: named(t.AssigneeID, v.Names.People), Team: unlessZero(t.Team), UnassignedSince: t.UnassignedSince, RegisteredAt: t.RegisteredAt, UpdatedAt: t.UpdatedAt,
		AcknowledgeDueAt: dueOf(t, ticket.ClockAcknowledge), AcknowledgedAt: t.AcknowledgedAt, AnsweredAt: t.AnsweredAt, ClosedAt: t.ClosedAt,
		ReopenUntil: t.ReopenUntil, UnsupportedVersion: t.Unsupported, VersionAcceptedAt: t.VersionAcceptedAt,
	}
}

// waitingFor is what the customer is waited for; a merged ticket keeps what it
// will wait for again.
func waitingFor(t store.Ticket) *string {
	if t.State != ticket.WaitingForCustomer {
		return nil
	}
	return unlessZero(t.Waiting)
}

func dueOf(t store.Ticket, clock string) *time.Time {
	if k := t.Clocks.Named(clock); k != nil {
		return k.DueAt
	}
	return nil
}

func ticketDetail(v desk.TicketView) TicketDetail {
	line, r := ticketLine(v), v.Request
	detail := TicketDetail{
		Id: line.Id, Number: line.Number, State: line.State, Version: line.Version, Title: line.Title, Type: line.Type, Severity: line.Severity,
		WaitingFor: line.WaitingFor, Reason: line.Reason, Level: line.Level, Path: line.Path, Organization: line.Organization,
		Requester: line.Requester, Partner: line.Partner, Contact: line.Contact, Assignee: line.Assignee, Team: line.Team, UnassignedSince: line.UnassignedSince, RegisteredAt: line.RegisteredAt,
		UpdatedAt: line.UpdatedAt, AcknowledgeDueAt: line.AcknowledgeDueAt, AcknowledgedAt: line.AcknowledgedAt,
		AnsweredAt: line.AnsweredAt, ClosedAt: line.ClosedAt, ReopenUntil: line.ReopenUntil,
		UnsupportedVersion: line.UnsupportedVersion, VersionAcceptedAt: line.VersionAcceptedAt,
		PossibleActions: make([]Action, len(v.Possible)),
		Request: Request{
			Body: r.Body, Severity: r.Severity, Component: unlessZero(r.Component), Channel: r.Channel,
			Package: unlessZero(r.Package), Version: unlessZero(r.PackageVersion), ReleaseId: r.ReleaseID,
			Fields: fieldsOf(r.Fields), SubmittedAt: r.SubmittedAt, OriginalAt: r.OriginalAt, Files: files(v.Files),
		},
	}
	if v.GoesOnAs != nil {
		detail.MergedInto = unlessZero(linkedTicket(*v.GoesOnAs))
	}
	for i, action := range v.Possible {
		detail.PossibleActions[i] = Action(action)
	}
	return detail
}

// fieldsOf are the fields of its form that a request has filled in, none as an
// empty object.
func fieldsOf(filled store.Values) map[string]string {
	if filled == nil {
		return map[string]string{}
	}
	return filled
}

func event(e store.Event) Event {
	view := Event{Kind: e.Kind, At: e.At, Version: e.Version, Data: map[string]any{}}
	_ = json.Unmarshal(e.Data, &view.Data) // a JSON object by the table's making
	if e.ActorID != nil {
		view.Actor = &Named{Id: *e.ActorID, Name: value(e.ActorName)}
	}
	return view
}

func comment(c desk.CommentView) Comment {
	return Comment{
		Id: c.ID, Author: Named{Id: c.AuthorID, Name: c.AuthorName}, Staff: c.Staff, Kind: CommentKind(c.Kind),
		Public: c.Public, Text: c.Body, At: c.At, Files: files(c.Files),
	}
}

func files(list []store.File) []File {
	views := make([]File, len(list))
	for i, f := range list {
		views[i] = file(f)
	}
	return views
}

func file(f store.File) File {
	return File{Id: f.ID, Name: f.Name, MediaType: f.MediaType, Size: f.Size, CreatedAt: f.CreatedAt}
}

// choices are a vendor's codes with their labels in the reader's language,
// else in the vendor's first, else the code.
func choices(list []policy.Choice, locale string, s policy.Settings) []Choice {
	views := make([]Choice, len(list))
	for i, c := range list {
		fallback, _, _ := strings.Cut(s.Locale(), "-")
		label := c.Code
		for _, l := range []string{fallback, locale} {
			if text := c.Label[l]; text != "" {
				label = text
			}
		}
		views[i] = Choice{Code: c.Code, Label: label}
	}
	return views
}
