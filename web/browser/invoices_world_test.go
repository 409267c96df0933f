package browser_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// invoices gives PRIM Logix, which bills by its pack, a ticket to bill, an
// invoice partly paid, one that was credited, and one with the longest texts.
func (w *world) invoices(t testing.TB) {
	t.Helper()
	billing := w.as(t, "primlogix/billing")
	issue := func(name string) desk.InvoiceView {
		v, err := w.Desk.IssueInvoice(billing, "", w.worked(t, name, "Reports are empty"), desk.InvoiceInput{PO: "PO-17"})
		if err != nil {
			t.Fatal(err)
		}
		w.numbers[name] = v.ID.String()
		return v
	}
	w.worked(t, "billable", "Reports are empty")
	v := issue("invoice")
	w.numbers["billed"] = v.Ticket
	if _, err := w.Desk.RecordPayment(billing, "", v.Number, desk.PaymentInput{Amount: "10.00", Currency: "CAD", PaidOn: "2026-11-01", How: "cheque", Reference: "no 7"}); err != nil {
		t.Fatal(err)
	}
	note, err := w.Desk.CreditInvoice(billing, "", issue("invoice-credited").Number, "Billed to the wrong request.")
	if err != nil {
		t.Fatal(err)
	}
	w.numbers["credit-note"] = note.ID.String()
	w.exec(t, `insert into payment_messages select vendor_id, 'msg_1', 'x', 'payment_currency', $2, id, now() from invoices where id = $1`, v.ID, longTitle)
	long := uuid.New()
	w.numbers["invoice-long"] = long.String()
	w.exec(t, `insert into invoices (id, vendor_id, kind, number, ticket_id, purpose, organization_id, currency, net, total, issued_at, issued_on, due_on, locale, po_number, subject, about, bill_to, sender)
		select $1, vendor_id, 'invoice', 'INV-2026-999999999999', ticket_id, 'quote', organization_id, 'CAD', 99999999999999, 99999999999999, issued_at, issued_on, '2020-01-01', 'en', left($2, 100), $3, about,
			jsonb_build_object('name', $2::text, 'contact', $2::text), jsonb_build_object('name', $2::text, 'address', $3::text) from invoices where id = $4`, long, longName, longTitle, v.ID)
	w.exec(t, `insert into invoice_lines select vendor_id, id, 1, 'fixed', '', jsonb_build_object('en', $2::text), 0, 12345.6789, 99999999.9999, 99999999999999 from invoices where id = $1`, long, longTitle+longWord)
	w.exec(t, `insert into invoice_taxes select vendor_id, id, 1, 'x', jsonb_build_object('en', $2::text), 9.975, $2, 0 from invoices where id = $1`, long, longName)
}

// worked adds a ticket of PRIM Logix's jeanne with an hour to bill, and answers
// its number.
func (w *world) worked(t testing.TB, name, title string) string {
	t.Helper()
	id, number := uuid.New(), "PL-2026-"+map[string]string{"billable": "900001", "invoice": "900002", "invoice-credited": "900003"}[name]
	w.exec(t, `insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, component, external_id, title, body, state, submitted_at, policy_version)
		select $1, p.vendor_id, p.organization_id, p.id, 'api', 'problem', '', '', '', $2, 'x', 'registered', now(), v.policy_version
		from people p join vendors v on v.id = p.vendor_id where p.email = 'jeanne@primlogix.example'`, id, title)
	w.exec(t, `insert into tickets (id, vendor_id, number, version, state, organization_id, requester_id, title, type, severity, registered_at, updated_at, policy_version, next_due_at)
		select id, vendor_id, $2, 1, 'registered', organization_id, requester_id, title, type, severity, now(), now(), policy_version, '9999-01-01' from requests where id = $1`, id, number)
	w.exec(t, `insert into time_entries (id, vendor_id, ticket_id, person_id, entered_by, activity, day, minutes, billable, at)
		select gen_random_uuid(), vendor_id, id, requester_id, requester_id, 'analysis', '2026-11-20', 50, true, now() from tickets where id = $1`, id)
	w.numbers[name] = number
	return number
}

// refusedPayment is more than is open.
func refusedPayment(_ *world, b *tab) {
	b.unfold("#pay-amount")
	b.fill("#pay-amount", "1000000")
	if status := b.load(b.click(`form[action$="/pay"] button`)); status != http.StatusUnprocessableEntity {
		b.t.Errorf("more than is open: %d", status)
	}
}
