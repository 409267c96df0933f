package procedures

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/client"
)

// athento is the story of Athento's registration rules.
type athento struct {
	*World
	contact, agent *Person
	first          client.TicketDetail
}

func TestAthento(t *testing.T) {
	w := packed(t, "athento", monday(t, "Europe/Madrid"))
	s := &athento{World: w, contact: w.Person("athento", "jeanne"), agent: w.Person("athento", "agent")}
	w.Step("only an authorized support contact may report an incident", s.authorized)
	w.Step("the receipt with a ticket number is the proof that the request arrived", s.receipt)
	w.Step("no receipt is sent, and nothing is promised, for what is not registered", s.noReceipt)
	w.Step("who got no receipt tells the support team, which finds what arrived", s.tellsTheTeam)
	w.Step("the receipt is sent again on request", s.sentAgain)
	w.Step("the lack of a receipt indicates that nothing has arrived", s.nothingArrived)
	w.Step("a subject that says nothing is not enough", s.subject)
	w.Step("an error needs evidence such as a screenshot", s.evidence)
	w.Step("an API error needs the exact call and the response", s.apiError)
	w.Step("an upload problem needs the files, a bulk upload its CSV", s.uploads)
	w.Step("a problem with a document needs its link", s.document)
}

// incident is a registration of one, with these fields and files.
func (s *athento) incident(title string, fields client.FormFields, files ...uuid.UUID) client.Registration {
	r := client.Registration{Type: "incident", Severity: "high", Title: title, Body: "It stops.", Fields: &fields}
	if len(files) > 0 {
		r.Files = &files
	}
	return r
}

func (s *athento) upload(name string) uuid.UUID {
	s.T.Helper()
	f := made[client.File](s.World)(s.contact.UploadFileWithBodyWithResponse(s.T.Context(), &client.UploadFileParams{Name: name},
		"application/octet-stream", bytes.NewReader([]byte("content of "+name))))
	return f.Id
}

func (s *athento) authorized(t *testing.T) {
	refused := s.refused(403)(s.Person("athento", "reader").RegisterTicketWithResponse(t.Context(), nil,
		client.Registration{Type: "question", Severity: "low", Title: "How do I share a folder?", Body: "With a colleague."}))
	if *refused.Key != "contact_not_authorized" {
		t.Errorf("refused with %s", *refused.Key)
	}
	traces := got[client.Refusals](s.World)(s.agent.ListRefusalsWithResponse(t.Context())).Refusals
	if len(traces) != 1 || traces[0].Reason != "contact_not_authorized" || traces[0].Title != "How do I share a folder?" {
		t.Errorf("%+v", traces)
	}
}

func (s *athento) receipt(t *testing.T) {
	s.first = made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(t.Context(), nil,
		client.Registration{Type: "question", Severity: "low", Title: "How do I share a folder?", Body: "With a colleague."}))
	if receipt := s.contact.latest(); !strings.Contains(receipt.Subject, s.first.Number) || !strings.Contains(receipt.Text, "proof") {
		t.Errorf("receipt %q: %s", receipt.Subject, receipt.Text)
	}
}

// lacks registers what must be kept, and wants one thing to be missing.
func (s *athento) lacks(r client.Registration, fields ...string) client.PendingRequest {
	s.T.Helper()
	pending := kept(s.World)(s.contact.RegisterTicketWithResponse(s.T.Context(), nil, r))
	var missing []string
	for _, m := range pending.Missing {
		missing = append(missing, strings.Join(m.Fields, "|"))
	}
	if strings.Join(missing, " ") != strings.Join(fields, " ") {
		s.T.Errorf("%s lacks %q, want %q", r.Title, missing, fields)
	}
	return pending
}

func (s *athento) completed(pending client.PendingRequest, in client.Completion) {
	s.T.Helper()
	done := got[client.Submitted](s.World)(s.contact.CompleteRequestWithResponse(s.T.Context(), pending.Id, nil, in))
	if done.Ticket == nil {
		s.T.Errorf("completed, and it lacks %+v", done.Request.Missing)
	}
}

func (s *athento) subject(*testing.T) {
	pending := s.lacks(client.Registration{Type: "question", Severity: "low", Title: "Urgent problem!!!", Body: "Please."}, "title")
	title := "Where is the export of a folder?"
	s.completed(pending, client.Completion{Title: &title})
}

func (s *athento) evidence(*testing.T) {
	pending := s.lacks(s.incident("The viewer shows a blank page", client.FormFields{"problem_kind": "error"}), "evidence")
	s.lacks(s.incident("The viewer shows a blank page again", client.FormFields{"problem_kind": "error"}, s.upload("log.txt")), "evidence")
	shot := []uuid.UUID{s.upload("screen.PNG")}
	s.completed(pending, client.Completion{Files: &shot})
}

func (s *athento) apiError(*testing.T) {
	pending := s.lacks(s.incident("The API answers 500 on upload", client.FormFields{"problem_kind": "api", "api_call": "POST /documents"}), "api_response")
	s.completed(pending, client.Completion{Fields: &client.FormFields{"api_response": "500 Internal Server Error"}})
}

func (s *athento) uploads(*testing.T) {
	s.lacks(s.incident("Large files are not uploaded", client.FormFields{"problem_kind": "upload"}), "failing_files")
	pending := s.lacks(s.incident("The nightly bulk upload stops", client.FormFields{"problem_kind": "bulk_upload"}, s.upload("photo.png")), "failing_csv")
	csv := []uuid.UUID{s.upload("batch.csv")}
	s.completed(pending, client.Completion{Files: &csv})
}

func (s *athento) document(*testing.T) {
	pending := s.lacks(s.incident("A contract opens empty", client.FormFields{"problem_kind": "document"}, s.upload("empty.jpg")), "document_link")
	s.completed(pending, client.Completion{Fields: &client.FormFields{"document_link": "https://athento.example/d/7"}})
}
