package api_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
)

// anInvoice is the insert of an open invoice $1 numbered $3 for a ticket $2.
const anInvoice = `insert into invoices (id, vendor_id, kind, number, ticket_id, purpose, organization_id, currency, net, total,
	issued_at, issued_on, due_on, locale, subject, about, bill_to, sender)
	select $1, vendor_id, 'invoice', $3, id, 'work', organization_id, 'CAD', 100, 100, now(), now(), now(), 'en', title, number, '{"name": "x"}', '{"name": "x"}'
	from tickets where id = $2`

// addInvoices adds one for each ticket.
func (w *world) addInvoices(t *testing.T) {
	t.Helper()
	for n, ticket := range w.objects["ticket"] {
		o := ticket
		o.id, o.number = uuid.NewString(), ""
		if !o.notThere {
			execute(t, w.db, anInvoice, o.id, ticket.id, fmt.Sprintf("INV-2020-%04d", n+1))
		}
		w.objects["invoice"] = append(w.objects["invoice"], o)
	}
}
