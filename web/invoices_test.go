package web_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// biller is a house whose primlogix bills by its pack.
func biller(t *testing.T) *stack.House {
	t.Helper()
	h := stack.NewHouse(t, stack.Parts{})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	h.Store.ForgetVendors()
	execute(t, h, `update people set locale = 'en' where email = 'billing@primlogix.example'`)
	return h
}

// worked adds a ticket of jeanne's on which an hour was analysed.
func worked(t testing.TB, h *stack.House, title string) (number string) {
	t.Helper()
	id := uuid.New()
	execute(t, h, `insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, component, external_id, title, body, state, submitted_at, policy_version)
		select $1, p.vendor_id, p.organization_id, p.id, 'api', 'problem', '', '', '', $2, 'x', 'registered', now(), v.policy_version
		from people p join vendors v on v.id = p.vendor_id where p.email = 'jeanne@primlogix.example'`, id, title)
	execute(t, h, `insert into tickets (id, vendor_id, number, version, state, organization_id, requester_id, title, type, severity, registered_at, updated_at, policy_version, next_due_at)
		select r.id, r.vendor_id, 'PL-2026-' || (900000 + (select count(*) from tickets)), 1, 'registered', r.organization_id, r.requester_id, r.title, r.type, r.severity, now(), now(), r.policy_version, '9999-01-01'
		from requests r where r.id = $1`, id)
	minutes(t, h, id, 60)
	return textOf(t, h, `select number from tickets where id = $1`, id)
}

// minutes enters some more on a ticket.
func minutes(t testing.TB, h *stack.House, ticket uuid.UUID, n int) {
	t.Helper()
	execute(t, h, `insert into time_entries (id, vendor_id, ticket_id, person_id, entered_by, activity, day, minutes, billable, at)
		select gen_random_uuid(), vendor_id, id, requester_id, requester_id, 'analysis', '2026-11-20', $2, true, now() from tickets where id = $1`, ticket, n)
}

// TestBilling: staff see what they bill, issue it once however often they
// press, note what is paid, and take an invoice back.
func TestBilling(t *testing.T) {
	t.Parallel()
	h := biller(t)
	number := worked(t, h, "Reports are empty")
	b := signedIn(t, h, "primlogix", "billing")
	b.get(t, "/console/invoices").says(t, 200, "There are no invoices yet")
	at := "/console/tickets/" + number + "/invoice"
	page := b.get(t, at)
	page.says(t, 200, "Analysis", "1 h", "125.00 / h", "GST 5%", "6.25 CAD", "QST 9.975%", "143.72 CAD", "Agence Belle-Rivière", "20 Nov 2026")
	stale := page.form(t, at)
	minutes(t, h, uuid.MustParse(textOf(t, h, `select id from tickets where number = $1`, number)), 30)
	page = b.submit(t, stale, "po_number", "PO-17")
	page.says(t, 409, "it comes to 215.58 CAD now", "215.58 CAD")
	form := page.form(t, at)
	if form.values.Get("po_number") != "PO-17" {
		t.Errorf("what was typed is lost: %v", form.values)
	}
	var wg sync.WaitGroup
	places := make([]string, 8)
	for i := range places {
		wg.Go(func() {
			v := b.press(t, form, nil)
			if places[i] = v.header.Get("Location"); v.status != http.StatusSeeOther {
				t.Errorf("%d: %s", v.status, v.text())
			}
		})
	}
	wg.Wait()
	for _, place := range places {
		if place != places[0] {
			t.Errorf("pressed twice: %s and %s", place, places[0])
		}
	}
	one := b.open(t, places[0])
	one.says(t, 200, "Invoice INV-", "The invoice is issued", "PRIM Logix bills Agence Belle-Rivière 215.58 CAD", "PO-17", "To pay")
	b.get(t, at).says(t, 200, "There is nothing to bill")
	b.submit(t, one.form(t, "/pay"), "amount", "215.59").says(t, 422, "That is more than is still to be paid")
	b.submit(t, one.form(t, "/pay"), "amount", "-1").says(t, 422, "not an amount")
	b.submit(t, one.form(t, "/pay"), "amount", "15.58", "how", "cheque", "reference", "no 7").says(t, 200, "The payment is recorded", "Still open: 200.00 CAD", "cheque, no 7", "noted by Billie Billing")
	b.submit(t, one.form(t, "/credit")).says(t, 422, "This can't be empty")
	b.submit(t, one.form(t, "/credit"), "reason", "Wrong *customer*").says(t, 200, "Credit note CN-", "-215.58 CAD", "takes the invoice INV-", "Wrong")
	b.open(t, places[0]).says(t, 200, "It was taken back by the credit note CN-")
	b.get(t, at).says(t, 200, "215.58 CAD")
	for _, role := range []string{"agent", "manager", "admin"} {
		other := signedIn(t, h, "primlogix", role)
		if v := other.open(t, places[0]); v.status != 200 || strings.Contains(v.raw, "/pay\"") {
			t.Errorf("%s: %d, or may note payments", role, v.status)
		}
		other.get(t, at).says(t, 403)
	}
}

// TestInvoiceIsTheCustomers: who reads it, in which language, and as which
// file.
func TestInvoiceIsTheCustomers(t *testing.T) {
	t.Parallel()
	h := biller(t)
	number := worked(t, h, "Reports are empty")
	b := signedIn(t, h, "primlogix", "billing")
	at := "/console/tickets/" + number + "/invoice"
	issued := b.submit(t, b.get(t, at).form(t, at))
	id := issued.path[strings.LastIndex(issued.path, "/")+1:][:36]
	jeanne := signedIn(t, h, "primlogix", "jeanne")
	jeanne.get(t, "/invoices").says(t, 200, "Factures", "Reports are empty", "À payer", "143,72 CAD")
	jeanne.get(t, "/invoices?state=paid").says(t, 200, "Aucune facture n’est dans ce cas")
	page := jeanne.get(t, "/invoices/"+id)
	page.says(t, 200, "PRIM Logix facture 143,72 CAD", "Agence Belle-Rivière", "Analyse", "TPS 5 %", "TVQ 9,975 %", "Comment payer")
	if strings.Contains(page.raw, "/pay") || strings.Contains(page.raw, "/credit") {
		t.Error("the customer is offered what billing staff do")
	}
	execute(t, h, `insert into payment_messages select vendor_id, 'msg_1', 'x', 'payment_amount', 'INV-2026-0001 1.00 CAD', id, now() from invoices where id = $1`, id)
	b.get(t, "/console/invoices/"+id).says(t, 200, "not believed", "INV-2026-0001 1.00 CAD. The amount is not what is to be paid")
	if v := jeanne.get(t, "/invoices/"+id); strings.Contains(v.text(), "1.00 CAD") {
		t.Error("the customer reads what the payment service told wrongly")
	}
	file := jeanne.send(t, "GET", "/primlogix/invoices/"+id+"/document", nil, "")
	if file.status != 200 || !strings.HasPrefix(file.raw, "%PDF-") || !strings.Contains(file.header.Get("Content-Disposition"), "attachment") || !strings.Contains(file.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("the file: %d %v", file.status, file.header)
	}
	if again := b.send(t, "GET", "/primlogix/invoices/"+id+"/document", nil, ""); again.raw != file.raw {
		t.Error("staff get another file")
	}
	for _, other := range []*browser{signedIn(t, h, "primlogix", "reader"), signedIn(t, h, "primlogix", "partner")} {
		for _, path := range []string{"/invoices/" + id, "/invoices/" + id + "/document", "/invoices/INV-2026-0001", "/console/invoices/" + id} {
			if v := other.get(t, path); v.status != 404 {
				t.Errorf("%s: %d", path, v.status)
			}
		}
	}
	if v := visitor(t, h, "primlogix").get(t, "/invoices/"+id+"/document"); strings.HasPrefix(v.raw, "%PDF-") || !strings.Contains(v.path, "/sign-in") {
		t.Errorf("nobody gets %d %s", v.status, v.path)
	}
	signedIn(t, h, "primlogix", "super").get(t, "/invoices/"+id).says(t, 200, "Agence Belle-Rivière")
}

// TestInvoicesAsCSV: what is exported is read back, and computes nothing.
func TestInvoicesAsCSV(t *testing.T) {
	t.Parallel()
	h := biller(t)
	title := `=HYPERLINK("http://evil","x"),+1`
	at := "/console/tickets/" + worked(t, h, title) + "/invoice"
	b := signedIn(t, h, "primlogix", "billing")
	issued := b.submit(t, b.get(t, at).form(t, at), "po_number", "@SUM(1)")
	b.submit(t, issued.form(t, "/credit"), "reason", "x")
	v := b.get(t, "/console/invoices.csv")
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(v.raw, "\uFEFF"))).ReadAll()
	if err != nil || len(lines) != 3 || v.status != 200 {
		t.Fatalf("%d %q, %v", v.status, v.raw, err)
	}
	for _, line := range lines {
		for _, cell := range line {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") {
				t.Errorf("%q is computed", cell)
			}
		}
	}
	if !strings.HasPrefix(lines[1][0], "CN-") || lines[1][1] != "Credit note" || lines[2][1] != "Invoice" || lines[1][11] != "143.72" || lines[2][7] != "'"+title || lines[2][8] != "'@SUM(1)" {
		t.Errorf("%q", lines)
	}
	signedIn(t, h, "primlogix", "agent").get(t, "/console/invoices.csv").says(t, 403)
}
