package procedures

import (
	"strings"
	"testing"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/client"
)

// athentoMerging is the story of a question asked twice: it goes on as the other,
// by itself again, and a part of it becomes a ticket of its own. Its plan gives
// back what is a duplicate.
type athentoMerging struct {
	*athentoContract
	source, target client.TicketDetail
	due            time.Time // of the first response, as it was promised
}

func TestAthentoMerging(t *testing.T) {
	w := packed(t, "athento", monday(t, "Europe/Madrid"))
	person := func(local string) *Person { return w.Person("athento", local) }
	s := &athentoMerging{athentoContract: &athentoContract{World: w, contact: person("jeanne"), agent: person("agent"), agent2: person("agent2")}}
	w.Step("two questions are one", s.asked)
	w.Step("one goes on as the other", s.merged)
	w.Step("no clock of it runs meanwhile", s.waits)
	w.Step("undone, its clocks go on", s.undone)
	w.Step("a part becomes a ticket of its own", s.split)
	w.Step("after the window a merge stays", s.stays)
}

func (s *athentoMerging) asked(t *testing.T) {
	me := got[client.Me](s.World)(s.contact.GetMeWithResponse(t.Context()))
	overrides := "tickets: {included: 3, per: year, at_zero: overrun, released_for: [duplicate]}\ntargets:\n  first_response: {low: 4 business hours}\n"
	s.contract = made[client.Contract](s.World)(s.Person("athento", "accounts").CreateContractWithResponse(t.Context(), *me.OrganizationId, nil, client.NewContract{
		Plan: "standard", Reference: "AG-2027", From: openapi_types.Date{Time: s.Now().Truncate(24 * time.Hour)}, Overrides: &overrides,
	}))
	s.source = made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(t.Context(), nil, s.question("How do I share a folder?")))
	s.target = made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(t.Context(), nil, s.question("Folders: how are they shared?")))
	s.has(1, 2, 0)
	s.due = *s.firstResponse().DueAt
}

func (s *athentoMerging) firstResponse() client.Clock {
	s.T.Helper()
	for _, k := range got[client.Clocks](s.World)(s.contact.GetClocksWithResponse(s.T.Context(), s.source.Number)).Clocks {
		if k.Name == "first_response" {
			return k
		}
	}
	s.T.Fatal("no first response is promised")
	return client.Clock{}
}

func (s *athentoMerging) merged(t *testing.T) {
	v := s.ticketOf(s.agent.MergeTicketWithResponse(t.Context(), s.source.Number, nil, client.MergeTicketJSONRequestBody{Target: s.target.Number, Reason: "asked twice"}))
	if v.State != "merged" || v.MergedInto == nil || v.MergedInto.Number != s.target.Number {
		t.Errorf("%+v", v)
	}
	s.has(2, 1, 0)
	if m := s.contact.latest(); !strings.Contains(m.Text, s.target.Number) || strings.Contains(m.Text, "asked twice") {
		t.Errorf("told %q", m.Text)
	}
	refused := s.refused(409)(s.contact.AddCommentWithResponse(t.Context(), s.source.Number, nil, client.Message{Text: "And now?"}))
	if *refused.Key != "ticket_merged" || !strings.Contains(refused.Title, s.target.Number) {
		t.Errorf("%+v", refused)
	}
}

func (s *athentoMerging) waits(t *testing.T) {
	s.Advance(2 * 24 * time.Hour) // it was due on the first day
	if k := s.firstResponse(); k.State != "stopped" || k.Merged == nil || k.BreachedAt != nil || k.WarnedAt != nil {
		t.Errorf("%+v", k)
	}
}

func (s *athentoMerging) undone(t *testing.T) {
	if v := s.ticketOf(s.agent.UnmergeTicketWithResponse(t.Context(), s.source.Number, nil)); v.State != "registered" || v.MergedInto != nil {
		t.Errorf("%+v", v)
	}
	s.has(1, 2, 0)
	k := s.firstResponse()
	if k.State != "running" || k.DueAt == nil || !k.DueAt.After(s.due.Add(24*time.Hour)) || k.PausedSeconds == 0 || k.Pauses != 1 {
		t.Errorf("due %v after %v, %+v", k.DueAt, s.due, k)
	}
	s.Advance(k.DueAt.Sub(s.Now()) + time.Minute)
	if k := s.firstResponse(); k.BreachedAt == nil || k.Late != nil {
		t.Errorf("not missed in its time: %+v", k)
	}
}

func (s *athentoMerging) split(t *testing.T) {
	said := made[client.Comment](s.World)(s.contact.AddCommentWithResponse(t.Context(), s.source.Number, nil, client.Message{Text: "Printing fails as well"}))
	v := made[client.TicketDetail](s.World)(s.agent.SplitTicketWithResponse(t.Context(), s.source.Number, nil, client.SplitTicketJSONRequestBody{
		Title: "Printing a folder fails", Type: "question", Severity: "low", Comments: &[]openapi_types.UUID{said.Id},
	}))
	s.has(0, 3, 0)
	if m := s.contact.latest(); !strings.Contains(m.Text, v.Number) || !strings.Contains(m.Text, s.source.Number) {
		t.Errorf("the receipt says %q", m.Text)
	}
	s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), v.Number, nil, client.Triage{Reason: "question", Level: 1, Severity: "low", Path: "answer"}))
	s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), v.Number, nil, client.Message{Text: "By the menu."}))
	s.has(0, 2, 1)
}

func (s *athentoMerging) stays(t *testing.T) {
	v := s.ticketOf(s.agent.MergeTicketWithResponse(t.Context(), s.source.Number, nil, client.MergeTicketJSONRequestBody{Target: s.target.Number, Reason: "after all"}))
	s.has(1, 1, 1)
	s.Advance(v.ReopenUntil.Sub(s.Now()) + time.Minute)
	if refused := s.refused(409)(s.agent.UnmergeTicketWithResponse(t.Context(), s.source.Number, nil)); *refused.Key != "unmerge_window_over" {
		t.Errorf("%+v", refused)
	}
	if status := s.Describe("ticket/" + s.source.Id.String()).GetWorkflowExecutionInfo().GetStatus(); status.String() != "Completed" {
		t.Errorf("its workflow is %s", status)
	}
	s.has(1, 1, 1)
}
