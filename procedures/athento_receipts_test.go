package procedures

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/client"
)

// found is what staff find by an address and words of the subject.
func (s *athento) found(by *Person, address, subject string) []client.Arrival {
	s.T.Helper()
	params := client.ListReceiptsParams{}
	if address != "" {
		params.Address = &address
	}
	if subject != "" {
		params.Subject = &subject
	}
	return got[client.ArrivalPage](s.World)(by.ListReceiptsWithResponse(s.T.Context(), &params)).Arrivals
}

// noReceipt: what lacks something is answered with what it lacks, and with no
// receipt.
func (s *athento) noReceipt(t *testing.T) {
	pending := s.lacks(s.incident("The scanner stops at page nine", client.FormFields{"problem_kind": "error"}), "evidence")
	if m := s.contact.latest(); strings.Contains(m.Text, "proof") || !strings.Contains(m.Text, "not registered") {
		t.Errorf("mailed %q: %s", m.Subject, m.Text)
	}
	refused := s.refused(409)(s.agent.ResendReceiptWithResponse(t.Context(), pending.Id.String(), nil))
	if *refused.Key != "receipt_not_registered" || len(*refused.Fields) != 1 ||
		!strings.Contains((*refused.Fields)[0].Message, "Not registered, because something is missing: ") {
		t.Errorf("refused with %s: %+v", *refused.Key, refused.Fields)
	}
	found := s.found(s.agent, s.contact.Email, "scanner page")
	if len(found) != 1 || found[0].Number != nil || found[0].Why == nil || found[0].Missing == nil || len(found[0].Receipts) != 0 {
		t.Errorf("found %+v", found)
	}
}

func (s *athento) tellsTheTeam(t *testing.T) {
	for _, by := range []*Person{s.agent, s.contact} {
		found := s.found(by, "", "share folder")
		if by == s.agent {
			found = s.found(by, "JEANNE@athento.example", "share folder")
		}
		if len(found) != 1 || found[0].Number == nil || *found[0].Number != s.first.Number || len(found[0].Receipts) != 1 {
			t.Fatalf("%s finds %+v", by.Email, found)
		}
		if r := found[0].Receipts[0]; r.State != client.ReceiptStateAccepted || r.AcceptedAt == nil || *r.To != s.contact.Email {
			t.Errorf("%s reads %+v", by.Email, r)
		}
	}
}

func (s *athento) sentAgain(t *testing.T) {
	before := len(s.contact.Inbox())
	key := "again"
	for range 2 { // a command that is repeated sends one mail
		got[client.ReceiptList](s.World)(s.agent.ResendReceiptWithResponse(t.Context(), s.first.Number, &client.ResendReceiptParams{IdempotencyKey: &key}))
	}
	mails := s.contact.Inbox()[before:]
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	if m := mails[0]; !strings.Contains(m.Subject, s.first.Number) || !strings.Contains(m.Text, "sent again on request") ||
		!strings.Contains(m.Text, "Este acuse demuestra que su solicitud nos ha llegado.") {
		t.Errorf("%s: %s", m.Subject, m.Text)
	}
	again := got[client.ReceiptList](s.World)(s.contact.ResendReceiptWithResponse(t.Context(), s.first.Id.String(), nil))
	if len(again.Receipts) != 3 || len(s.contact.Inbox()) != before+2 {
		t.Errorf("%d receipts, %d mails", len(again.Receipts), len(s.contact.Inbox())-before)
	}
}

func (s *athento) nothingArrived(t *testing.T) {
	for _, by := range []*Person{s.agent, s.contact} {
		if found := s.found(by, "", "invoice"); len(found) != 0 {
			t.Errorf("%s finds %+v", by.Email, found)
		}
	}
	if found := s.found(s.agent, "nobody@athento.example", ""); len(found) != 0 {
		t.Errorf("of nobody: %+v", found)
	}
}
