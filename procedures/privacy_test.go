package procedures

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/procedures/stack"
)

// marker is in every name and text of this test, in capitals or not.
const marker = "QZMARKER"

// Nothing a person wrote or is called reaches the engine: not in histories,
// not in what is listed and described.
func TestHistoriesHoldNoPersonalData(t *testing.T) {
	w := NewWorld(t)
	life := markedPeople(w)
	number := life.live()

	var all bytes.Buffer
	add := func(m proto.Message) {
		raw, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	for _, execution := range visible(w) {
		add(execution)
		add(w.Describe(execution.GetExecution().GetWorkflowId()))
		for _, e := range w.Events(execution.GetExecution().GetWorkflowId()) {
			add(e)
		}
	}
	// Payloads lie in the messages' bytes as they are, unlike in their JSON.
	// The ticket's number may travel: it shows that the test can see.
	if !bytes.Contains(all.Bytes(), []byte(number)) {
		t.Fatalf("%d bytes of history without %s: the test looks in the wrong place", all.Len(), number)
	}
	if i := bytes.Index(bytes.ToUpper(all.Bytes()), []byte(marker)); i >= 0 {
		t.Errorf("in a history: %q", all.Bytes()[max(0, i-300):min(all.Len(), i+300)])
	}
	if n := life.said; n < 20 || !strings.Contains(life.customer.Heard.String(), fmt.Sprintf("%s %d", marker, 5)) {
		t.Errorf("%d marked words, or the API does not tell them: the test proves nothing", n)
	}
}

// visible lists every workflow of the namespace. The engine's list is a
// moment late.
func visible(w *World) []*workflowpb.WorkflowExecutionInfo {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		list, err := w.Client.Engine().ListWorkflow(w.T.Context(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: w.Engine.Namespace})
		if err != nil {
			w.T.Fatal(err)
		}
		if len(list.GetExecutions()) >= len(w.Started()) {
			return list.GetExecutions()
		}
		if time.Now().After(deadline) {
			w.T.Fatalf("%d workflows are listed, %d were started", len(list.GetExecutions()), len(w.Started()))
		}
	}
}

// markedLife is people with marked names who write marked texts.
type markedLife struct {
	*World
	customer, agent, agent2 *Person
	said                    int
}

// word is a marked text, never the same twice.
func (l *markedLife) word() string {
	l.said++
	return fmt.Sprintf("%s %d", marker, l.said)
}

func (l *markedLife) message() client.Message { return client.Message{Text: l.word()} }

func markedPeople(w *World) *markedLife {
	l := &markedLife{
		World: w, agent2: w.Person("interfacing", "agent2"),
		customer: w.Person("interfacing", strings.ToLower(marker)+"-c"), agent: w.Person("interfacing", strings.ToLower(marker)+"-a"),
	}
	ctx, password := w.T.Context(), stack.Password
	organization := made[client.Organization](w)(w.Person("interfacing", "accounts").CreateOrganizationWithResponse(ctx, nil,
		client.NewOrganization{Kind: "customer", Name: l.word()}))
	made[client.Person](w)(w.Person("interfacing", "accounts").CreateContactWithResponse(ctx, nil,
		client.NewContact{OrganizationId: organization.Id, Name: l.word(), Email: l.customer.Email, Password: &password, Roles: &[]string{"signatory"}}))
	made[client.Person](w)(w.Person("interfacing", "admin").CreateStaffWithResponse(ctx, nil,
		client.NewStaff{Name: l.word(), Email: l.agent.Email, Roles: client.StaffRoles{"agent"}, Password: &password}))
	return l
}

// live has them do everything that takes a text, and answers the number of a
// ticket.
func (l *markedLife) live() string {
	w, ctx := l.World, l.T.Context()
	ticket, agent, customer := w.ticketOf, l.agent, l.customer
	component := l.word()
	file := made[client.File](w)(customer.UploadFileWithBodyWithResponse(ctx, &client.UploadFileParams{Name: l.word() + ".txt"},
		"application/octet-stream", strings.NewReader(l.word())))
	number := made[client.TicketDetail](w)(customer.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "bug", Severity: "low",
		Title: l.word(), Body: l.word(), Component: &component, Files: &client.FileIDs{file.Id},
	})).Number
	w.Advance(4 * 24 * time.Hour) // a warning and a breach
	why := l.word()
	ticket(agent.TriageTicketWithResponse(ctx, number, nil, client.Triage{Reason: "bug", Level: 1, Severity: "high", SeverityReason: &why, Path: "answer"}))
	made[client.Comment](w)(agent.AddCommentWithResponse(ctx, number, nil, l.message()))
	made[client.Comment](w)(agent.AddNoteWithResponse(ctx, number, nil, l.message()))
	ticket(agent.StartTicketWithResponse(ctx, number, nil))
	ticket(agent.AskInformationWithResponse(ctx, number, nil, l.message()))
	ticket(customer.GiveInformationWithResponse(ctx, number, nil, l.message()))
	ticket(agent.AskInformationWithResponse(ctx, number, nil, l.message()))
	made[client.Comment](w)(customer.AddCommentWithResponse(ctx, number, nil, l.message())) // ends the wait
	made[client.Comment](w)(customer.AddCommentWithResponse(ctx, number, nil, l.message()))
	l.authorize(number)
	ticket(agent.AnswerTicketWithResponse(ctx, number, nil, l.message()))
	ticket(customer.ReopenTicketWithResponse(ctx, number, nil, l.message()))
	me := got[client.Me](w)(l.agent2.GetMeWithResponse(ctx))
	why = l.word()
	ticket(agent.ReassignTicketWithResponse(ctx, number, nil, client.Reassignment{AssigneeId: &me.Id, Reason: &why}))
	ticket(l.agent2.AnswerTicketWithResponse(ctx, number, nil, l.message()))
	ticket(l.agent2.CloseTicketWithResponse(ctx, number, nil))
	ticket(customer.ReopenTicketWithResponse(ctx, number, nil, l.message()))
	why = l.word()
	ticket(customer.WithdrawTicketWithResponse(ctx, number, nil, client.Withdrawal{Reason: &why}))
	ticket(customer.GetTicketWithResponse(ctx, number))
	got[client.CommentPage](w)(customer.ListCommentsWithResponse(ctx, number, nil))
	return number
}

// authorize has the customer's system entered: asked for, allowed, done.
func (l *markedLife) authorize(number string) {
	w, ctx, details, conditions := l.World, l.T.Context(), l.word(), l.word()
	until := w.Now().AddDate(0, 0, 9).Format(time.DateOnly)
	asked := made[client.Authority](w)(l.agent.AskAuthorityWithResponse(ctx, number, nil, client.NewAuthority{
		System: l.word(), Scopes: []client.AccessScope{"read_only"}, ScopeText: &details, Reason: l.word(), Until: until,
	}))
	got[client.Authority](w)(l.customer.CompleteAuthorityWithResponse(ctx, number, asked.Id, nil, client.AuthorityGrant{
		Version: 1, Scopes: []client.AccessScope{"read_only"}, ScopeText: &conditions, Until: until, Name: l.word(), Confirmed: true,
	}))
	made[client.Access](w)(l.agent.LogAccessWithResponse(ctx, number, nil, client.NewAccess{Scope: "read_only", Text: l.word()}))
}
