package api_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jhillyerd/enmime/v2"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// billing is primlogix's desk with time to bill.
type billing struct {
	*stack.House
	db                      *sql.DB
	billing, jeanne, reader string // tokens
	now                     time.Time
}

func newBilling(t *testing.T) *billing {
	t.Helper()
	b := &billing{now: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)}
	b.House = stack.NewHouse(t, stack.Parts{Now: func() time.Time { return b.now }})
	if err := demo.PublishTo(t.Context(), b.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	b.Store.ForgetVendors()
	b.db = database(t, b.House)
	b.billing, b.jeanne, b.reader = b.Token(t, "primlogix", "billing"), b.Token(t, "primlogix", "jeanne"), b.Token(t, "primlogix", "reader")
	return b
}

// worked adds a ticket of jeanne's with a service request on which so many
// minutes were worked, and answers their numbers.
func (b *billing) worked(t *testing.T, minutes int) (ticket, work string) {
	t.Helper()
	id, request, n := uuid.New(), uuid.New(), uuid.NewString()[:6]
	execute(t, b.db, `insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, component, external_id, title, body, state, submitted_at, policy_version)
		select $1, p.vendor_id, p.organization_id, p.id, 'api', 'problem', '', '', '', 'Reports are empty', 'x', 'registered', now(), v.policy_version
		from people p join vendors v on v.id = p.vendor_id where p.email = 'jeanne@primlogix.example'`, id)
	execute(t, b.db, `insert into tickets (id, vendor_id, number, version, state, organization_id, requester_id, title, type, severity, registered_at, updated_at, policy_version)
		select id, vendor_id, 'PL-2026-' || ('x' || $2)::bit(24)::int, 1, 'registered', organization_id, requester_id, title, type, severity, now(), now(), policy_version from requests where id = $1`, id, n)
	execute(t, b.db, `insert into service_requests (id, vendor_id, number, ticket_id, path, state, ending, created_by, created_at, updated_at)
		select $2, vendor_id, 'SR-' || number, id, 'service_request', 'billed', 'completed', requester_id, now(), now() from tickets where id = $1`, id, request) // as after a credit note: no workflow is asked
	execute(t, b.db, `insert into time_entries (id, vendor_id, ticket_id, service_request_id, person_id, entered_by, activity, day, minutes, billable, at)
		select gen_random_uuid(), vendor_id, id, $2, requester_id, requester_id, 'analysis', '2026-11-20', $3, true, now() from tickets where id = $1`, id, request, minutes)
	if err := b.db.QueryRowContext(t.Context(), `select number, 'SR-' || number from tickets where id = $1`, id).Scan(&ticket, &work); err != nil {
		t.Fatal(err)
	}
	return ticket, work
}

// issued is an invoice of an hour's work: 143.72 CAD.
func (b *billing) issued(t *testing.T) stack.Answer {
	t.Helper()
	ticket, work := b.worked(t, 60)
	a := ask(t, b.House, b.billing, "POST", "/v1/tickets/"+ticket+"/invoices", map[string]any{"service_request": work})
	wants(t, "issue", a, 201, "")
	return a
}

// TestInvoices: previewed, issued once, read by whom it concerns, paid and
// credited.
func TestInvoices(t *testing.T) {
	t.Parallel()
	b := newBilling(t)
	ticket, work := b.worked(t, 50)
	preview := ask(t, b.House, b.billing, "GET", "/v1/tickets/"+ticket+"/invoices/preview?service_request="+work, nil)
	wants(t, "preview", preview, 200, "")
	if preview.Text("total") != "143.72" || preview.Text("currency") != "CAD" {
		t.Errorf("preview: %s", preview.Raw)
	}
	wants(t, "another ticket's", ask(t, b.House, b.billing, "GET", "/v1/tickets/"+ticket+"/invoices/preview?service_request=SR-1", nil), 422, "fields_wrong")
	at, body := "/v1/tickets/"+ticket+"/invoices", map[string]any{"service_request": work, "po_number": "PO-17", "total": "143.72"}
	wants(t, "another total", ask(t, b.House, b.billing, "POST", at, map[string]any{"service_request": work, "total": "1.00"}), 409, "invoice_changed")
	var mu sync.Mutex
	answers := map[string]int{}
	var first stack.Answer
	var wg sync.WaitGroup
	for range 20 { // the same form, sent again and again
		wg.Go(func() {
			a := ask(t, b.House, b.billing, "POST", at, body, "Idempotency-Key", "once")
			mu.Lock()
			defer mu.Unlock()
			answers[fmt.Sprint(a.Status, a.Text("number"))]++
			first = a
		})
	}
	wg.Wait()
	if answers["201INV-2026-0001"] != 20 || first.Text("open") != "143.72" || first.Text("due_on") != "2026-12-23" || first.Text("po_number") != "PO-17" {
		t.Fatalf("%v: %s", answers, first.Raw)
	}
	wants(t, "the key with another body", ask(t, b.House, b.billing, "POST", at, map[string]any{"service_request": work}, "Idempotency-Key", "once"), 422, "idempotency_key_reused")
	wants(t, "again", ask(t, b.House, b.billing, "POST", at, body), 409, "already_invoiced")
	wants(t, "beside", ask(t, b.House, b.billing, "POST", at, map[string]any{}), 409, "nothing_to_bill")
	one := "/v1/invoices/" + first.Text("id")
	for _, ref := range []string{one, "/v1/invoices/INV-2026-0001", "/v1/invoices/inv-2026-0001"} {
		wants(t, ref, ask(t, b.House, b.jeanne, "GET", ref, nil), 200, "")
		for who, token := range map[string]string{"a colleague": b.reader, "the partner": b.Token(t, "primlogix", "partner"), "another vendor's": b.Token(t, "posimente", "billing")} {
			wants(t, who, ask(t, b.House, token, "GET", ref, nil), 404, "not_found")
			wants(t, who, ask(t, b.House, token, "GET", ref+"/document", nil), 404, "not_found")
		}
	}
	wants(t, "without who", ask(t, b.House, "", "GET", one+"/document", nil), 401, "sign_in_first")
	wants(t, "guessed", ask(t, b.House, b.jeanne, "GET", "/v1/invoices/INV-2026-0001.pdf", nil), 404, "not_found")
	b.pays(t, one)
	credit := ask(t, b.House, b.billing, "POST", one+"/credit", map[string]any{"reason": "Billed to the wrong request."}, "Idempotency-Key", "credit")
	wants(t, "credit", credit, 201, "")
	if credit.Text("number") != "CN-2026-0001" || credit.Text("credits") != "INV-2026-0001" || credit.Text("total") != "-143.72" {
		t.Errorf("credit note: %s", credit.Raw)
	}
	same(t, "credited with the same key", ask(t, b.House, b.billing, "POST", one+"/credit", map[string]any{"reason": "Billed to the wrong request."}, "Idempotency-Key", "credit"), credit)
	wants(t, "credited twice", ask(t, b.House, b.billing, "POST", one+"/credit", map[string]any{"reason": "x"}), 409, "invoice_credited")
	wants(t, "a credit note paid", ask(t, b.House, b.billing, "POST", "/v1/invoices/CN-2026-0001/payments", map[string]any{"amount": "1.00", "currency": "CAD", "paid_on": "2026-11-23", "how": "cash"}), 409, "invoice_is_credit_note")
	second := ask(t, b.House, b.billing, "POST", at, body)
	if second.Text("number") != "INV-2026-0002" || second.Text("total") != "143.72" {
		t.Errorf("billed again: %s", second.Raw)
	}
	execute(t, b.db, `update people set roles = '{approver}' where email = 'reader@primlogix.example'`)
	if a := ask(t, b.House, b.reader, "GET", "/v1/invoices/INV-2026-0002", nil); a.Status != 200 || a.Text("ticket") != "" || a.Text("total") != "143.72" {
		t.Errorf("an approver, who does not see the ticket, reads %s", a.Raw)
	}
	for token, want := range map[string]int{b.reader: 3, b.jeanne: 3, b.Token(t, "primlogix", "partner"): 0, b.Token(t, "posimente", "billing"): 0} {
		a := ask(t, b.House, token, "GET", "/v1/invoices?limit=100", nil)
		if got := strings.Count(string(a.Raw), `"number"`); got != want {
			t.Errorf("%d of %d invoices are listed: %s", got, want, a.Raw)
		}
	}
	if a := ask(t, b.House, b.billing, "GET", "/v1/invoices?state=credited&limit=1", nil); a.Text("next") == "" || !strings.Contains(string(a.Raw), "CN-2026-0001") {
		t.Errorf("the first of what was credited: %s", a.Raw)
	} else if a = ask(t, b.House, b.billing, "GET", "/v1/invoices?state=credited&limit=1&cursor="+a.Text("next"), nil); a.Text("next") != "" || !strings.Contains(string(a.Raw), "INV-2026-0001") {
		t.Errorf("the second: %s", a.Raw)
	}
}

// pays notes payments of an invoice of 143.72 CAD in two parts, and tries what
// is none.
func (b *billing) pays(t *testing.T, one string) {
	t.Helper()
	pay := func(amount, currency, on, how string) stack.Answer {
		return ask(t, b.House, b.billing, "POST", one+"/payments", map[string]any{"amount": amount, "currency": currency, "paid_on": on, "how": how})
	}
	for _, c := range []struct{ amount, currency, on, how, field string }{
		{"-1", "CAD", "2026-11-23", "cash", "amount"},
		{"NaN", "CAD", "2026-11-23", "cash", "amount"},
		{"1e308", "CAD", "2026-11-23", "cash", "amount"},
		{"-0", "CAD", "2026-11-23", "cash", "amount"},
		{"0", "CAD", "2026-11-23", "cash", "amount"},
		{"1.001", "CAD", "2026-11-23", "cash", "amount"},
		{"143.73", "CAD", "2026-11-23", "cash", "amount"},
		{"99999999999999999", "CAD", "2026-11-23", "cash", "amount"},
		{"1.00", "USD", "2026-11-23", "cash", "currency"},
		{"1.00", "CAD", "2026-11-24", "cash", "paid_on"},
		{"1.00", "CAD", "0001-01-01", "cash", "paid_on"},
		{"1.00", "CAD", "soon", "cash", "paid_on"},
		{"1.00", "CAD", "2026-11-23", "sheep", "how"},
	} {
		a := pay(c.amount, c.currency, c.on, c.how)
		wants(t, fmt.Sprint(c), a, 422, "fields_wrong")
		if !strings.Contains(string(a.Raw), `"`+c.field+`"`) {
			t.Errorf("%v: %s", c, a.Raw)
		}
	}
	if a := pay("100.00", "CAD", "2026-11-20", "cheque"); a.Status != 201 || a.Text("state") != "open" || a.Text("open") != "43.72" {
		t.Errorf("a part: %s", a.Raw)
	}
	if a := pay("43.72", "CAD", "2026-11-23", "transfer"); a.Status != 201 || a.Text("state") != "paid" || a.Text("open") != "0.00" {
		t.Errorf("the rest: %s", a.Raw)
	}
	wants(t, "paid twice", pay("0.01", "CAD", "2026-11-23", "cash"), 409, "invoice_paid")
	if a := ask(t, b.House, b.jeanne, "GET", one, nil); strings.Contains(string(a.Raw), "noted_by") || !strings.Contains(string(a.Raw), `"cheque"`) {
		t.Errorf("what the customer reads of payments: %s", a.Raw)
	}
}

// TestInvoiceIsMailed: requester, approvers and super-users get it once each,
// with the very bytes that are downloaded.
func TestInvoiceIsMailed(t *testing.T) {
	t.Parallel()
	b := newBilling(t)
	execute(t, b.db, `update people set roles = '{super_user,approver}' where email = 'jeanne@primlogix.example'`)
	i := b.issued(t)
	if _, err := b.Relay.Drain(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	document := ask(t, b.House, b.jeanne, "GET", "/v1/invoices/"+i.Text("id")+"/document", nil)
	wants(t, "document", document, 200, "")
	if h := document.Header; !strings.Contains(h.Get("Content-Disposition"), `attachment; filename=INV-2026-0001.pdf`) || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers: %v", h)
	}
	found := 0
	for _, m := range b.Mail.Messages() {
		e, err := enmime.ReadEnvelope(bytes.NewReader(m.Raw))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(e.GetHeader("Subject"), "INV-2026-0001") {
			continue
		}
		found++
		if len(e.Attachments) != 1 || !bytes.Equal(e.Attachments[0].Content, document.Raw) || e.Attachments[0].FileName != "INV-2026-0001.pdf" {
			t.Errorf("attached: %+v", e.Attachments)
		}
		said := []string{"143.72", "23 December 2026"}
		if m.Header.Get("Content-Language") == "fr" {
			said = []string{"143,72", "23\u00a0décembre\u00a02026"}
		}
		if !strings.Contains(e.Text, said[0]) || !strings.Contains(e.Text, said[1]) || !strings.Contains(e.Text, "/primlogix/invoices/"+i.Text("id")) {
			t.Errorf("the mail says\n%s", e.Text)
		}
	}
	if found != 2 {
		t.Errorf("%d mails, want jeanne's and the super-user's", found)
	}
	var twice int
	if err := b.db.QueryRowContext(t.Context(), `select count(*) - count(distinct payload -> 'To' ->> 'Email') from outbox where key like 'mail/invoice_issued/%'`).Scan(&twice); err != nil || twice != 0 {
		t.Errorf("%d people are mailed twice, %v", twice, err)
	}
}

const paymentSecret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// tells sends a payment message, signed with that secret at an instant.
func (b *billing) tells(t *testing.T, vendor, secret, id string, at time.Time, body string, alter ...string) stack.Answer {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := hook.Sign(id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(alter); i += 2 {
		body = strings.ReplaceAll(body, alter[i], alter[i+1])
	}
	return ask(t, b.House, "", "POST", "/v1/webhooks/payments/"+vendor, body,
		"webhook-id", id, "webhook-timestamp", fmt.Sprint(at.Unix()), "webhook-signature", signature)
}

// TestPaymentMessages: the payment service's word counts once, for the exact
// amount, currency and vendor, and only signed and fresh.
func TestPaymentMessages(t *testing.T) {
	t.Parallel()
	b := newBilling(t)
	i := b.issued(t)
	said := func(invoice, amount, currency string) string {
		return fmt.Sprintf(`{"type": "payment.succeeded", "data": {"invoice": %q, "amount": %q, "currency": %q, "reference": "ch_1"}}`, invoice, amount, currency)
	}
	good := said(i.Text("number"), "143.72", "CAD")
	wants(t, "without a key", b.tells(t, "primlogix", paymentSecret, "m0", b.now, good), 401, "payment_not_signed")
	for _, vendor := range []string{"primlogix", "posimente"} {
		wants(t, "a weak key", ask(t, b.House, b.Token(t, vendor, "admin"), "PUT", "/v1/payment-key", map[string]any{"secret": "whsec_c2hvcnQ="}), 422, "fields_wrong")
	}
	wants(t, "set", ask(t, b.House, b.Token(t, "primlogix", "admin"), "PUT", "/v1/payment-key", map[string]any{"secret": "whsec_" + paymentSecret}), 204, "")
	other := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	wants(t, "set", ask(t, b.House, b.Token(t, "posimente", "admin"), "PUT", "/v1/payment-key", map[string]any{"secret": "whsec_" + other}), 204, "")
	for what, a := range map[string]stack.Answer{
		"altered": b.tells(t, "primlogix", paymentSecret, "m1", b.now, good, "143.72", "1.00"), "another secret": b.tells(t, "primlogix", other, "m2", b.now, good),
		"old": b.tells(t, "primlogix", paymentSecret, "m3", b.now.Add(-5*time.Minute-time.Second), good), "ahead": b.tells(t, "primlogix", paymentSecret, "m4", b.now.Add(5*time.Minute+time.Second), good),
		"another vendor's": b.tells(t, "posimente", paymentSecret, "m5", b.now, good), "no vendor": b.tells(t, "nobody", paymentSecret, "m6", b.now, good),
	} {
		wants(t, what, a, 401, "payment_not_signed")
	}
	var kept int
	if err := b.db.QueryRowContext(t.Context(), `select count(*) from payment_messages`).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("%d messages nobody signed are kept, %v", kept, err)
	}
	for n, c := range []struct{ body, key string }{
		{said(i.Text("number"), "143.71", "CAD"), "payment_amount"},
		{said(i.Text("number"), "143.73", "CAD"), "payment_amount"},
		{said(i.Text("number"), "143.720", "CAD"), "payment_amount"},
		{said(i.Text("number"), "1e2", "CAD"), "payment_amount"},
		{said(i.Text("number"), "143.72", "USD"), "payment_currency"},
		{said("INV-2026-9999", "143.72", "CAD"), "payment_for_nothing"},
		{said(uuid.NewString(), "143.72", "CAD"), "payment_for_nothing"},
		{`{"type": "payment.failed"}`, "payment_unreadable"},
		{`[]`, "payment_unreadable"},
	} {
		id := fmt.Sprint("refused-", n)
		wants(t, c.body, b.tells(t, "primlogix", paymentSecret, id, b.now, c.body), 422, c.key)
		wants(t, "again "+c.body, b.tells(t, "primlogix", paymentSecret, id, b.now, c.body), 422, "payment_refused_before")
	}
	wants(t, "another vendor's invoice", b.tells(t, "posimente", other, "theirs", b.now, good), 422, "payment_for_nothing")
	for range 3 {
		wants(t, "taken", b.tells(t, "primlogix", paymentSecret, "good", b.now, good), 204, "")
	}
	wants(t, "its id for another", b.tells(t, "primlogix", paymentSecret, "good", b.now, said("INV-2026-0002", "1.00", "CAD")), 422, "idempotency_key_reused")
	wants(t, "paid again", b.tells(t, "primlogix", paymentSecret, "more", b.now, good), 409, "invoice_paid")
	var payments, refused int
	if err := b.db.QueryRowContext(t.Context(), `select (select count(*) from payments), (select count(*) from payment_messages where outcome <> 'taken')`).Scan(&payments, &refused); err != nil || payments != 1 || refused != 11 {
		t.Errorf("%d payments, %d refusals, %v", payments, refused, err)
	}
	if a := ask(t, b.House, b.jeanne, "GET", "/v1/invoices/"+i.Text("id"), nil); a.Text("state") != "paid" {
		t.Errorf("after: %s", a.Raw)
	}
}
