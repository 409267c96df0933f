package api_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/procedures/stack"
)

// TestReceipts: whoever must know that a request arrived gets one receipt, in
// their language.
func TestReceipts(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Relay: true})
	me := func(local string) stack.Answer {
		return ask(t, h, h.Token(t, "interfacing", local), "GET", "/v1/me", nil)
	}
	customer, jeanne := me("jeanne").Text("organization_id"), me("jeanne").Text("id")
	for _, c := range []struct {
		name, vendor, by string
		more             map[string]any
		receipts         map[string]string // to whom → language
	}{
		{"contact, English", "interfacing", "jeanne", nil, map[string]string{"jeanne": "en"}},
		{"super-user, French", "interfacing", "super", nil, map[string]string{"super": "fr"}},
		{"contact, French", "primlogix", "jeanne", map[string]any{"type": "problem", "severity": "normal"}, map[string]string{"jeanne": "fr"}},
		{"partner, own", "interfacing", "partner", nil, map[string]string{"partner": "fr"}},
		{
			"partner, customer's super-users", "interfacing", "partner",
			map[string]any{"on_behalf_of": map[string]any{"organization_id": customer}},
			map[string]string{"partner": "fr", "super": "fr"},
		},
		{
			"partner, customer's contact", "interfacing", "partner",
			map[string]any{"on_behalf_of": map[string]any{"organization_id": customer, "contact_id": jeanne}},
			map[string]string{"partner": "fr", "jeanne": "en"},
		},
		{"Spanish is read in English", "athento", "jeanne", map[string]any{"type": "incident"}, map[string]string{"jeanne": "en"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := ask(t, h, h.Token(t, c.vendor, c.by), "POST", "/v1/tickets", registration(c.more))
			wants(t, "register", a, 201, "")
			got := receiptsOf(t, h, a.Text("number"), len(c.receipts))
			if len(got) != len(c.receipts) {
				t.Errorf("receipts: %v, want %v", got, c.receipts)
			}
			for local, language := range c.receipts {
				if got[local+"@"+c.vendor+".example"] != language {
					t.Errorf("receipts: %v, want %v", got, c.receipts)
				}
			}
		})
	}
	t.Run("refusals", func(t *testing.T) { noReceipts(t, h) })
}

// receiptsOf waits until so many receipts of a ticket have arrived and the
// outbox is empty: language by recipient.
func receiptsOf(t *testing.T, h *stack.House, number string, want int) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	db := database(t, h)
	for count(t, db, `select count(*) from outbox where state <> 'sent'`) > 0 {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: the outbox is not empty", number)
		case <-time.After(10 * time.Millisecond):
		}
	}
	got := map[string]string{}
	for _, m := range h.Mail.Messages() {
		if !strings.Contains(m.Subject, "["+number+"]") {
			continue
		}
		if len(m.To) != 1 || got[m.To[0]] != "" {
			t.Errorf("a second one to %v", m.To)
		}
		if !strings.Contains(m.Text, number) || !strings.Contains(m.Text, "Export stops at 10,000 rows") && !strings.Contains(m.Subject, "Export stops at 10,000 rows") {
			t.Errorf("a receipt without its subject: %s\n%s", m.Subject, m.Text)
		}
		got[m.To[0]] = m.Header.Get("Content-Language")
	}
	if len(got) < want {
		t.Errorf("only %d of %d receipts", len(got), want)
	}
	return got
}

// noReceipts: what is refused has no number, no row and no mail; and who is
// not a partner's customer is not told from who does not exist.
func noReceipts(t *testing.T, h *stack.House) {
	db, partner := database(t, h), h.Token(t, "interfacing", "partner")
	reader, agent := h.Token(t, "interfacing", "reader"), h.Token(t, "interfacing", "agent")
	own := ask(t, h, partner, "GET", "/v1/me", nil).Text("organization_id")
	foreign := ask(t, h, h.Token(t, "posimente", "jeanne"), "GET", "/v1/me", nil).Text("organization_id")
	wants(t, "not authorized", ask(t, h, reader, "POST", "/v1/tickets", registration(nil)), 403, "contact_not_authorized")
	if n := count(t, db, `select count(*) from refusals where reason = 'contact_not_authorized'`); n != 1 {
		t.Errorf("the refusal left %d traces", n)
	}
	before, mails := rows(t, db), len(h.Mail.Messages())
	wants(t, "staff", ask(t, h, agent, "POST", "/v1/tickets", registration(nil)), 403, "not_your_role")
	var answers []stack.Answer
	for _, id := range []string{"01900000-0000-7000-8000-000000000000", own, foreign} {
		a := ask(t, h, partner, "POST", "/v1/tickets", registration(map[string]any{"on_behalf_of": map[string]any{"organization_id": id}}))
		if a.Status != 422 || fields(a)["on_behalf_of/organization_id"]["key"] != "customer_not_linked" {
			t.Errorf("%s: %d %s", id, a.Status, a.Raw)
		}
		answers = append(answers, a)
	}
	same(t, "unlinked", answers[1], answers[0])
	same(t, "foreign", answers[2], answers[0])
	if after := rows(t, db); after != before || len(h.Mail.Messages()) != mails {
		t.Errorf("rows %s → %s, mails %d → %d", before, after, mails, len(h.Mail.Messages()))
	}
}
