package invoicing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

// office is a house whose primlogix bills by its pack.
type office struct {
	*stack.House
	vendor store.Vendor
	person store.Person // jeanne, a contact
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{House: stack.NewHouse(t, stack.Parts{})}
	if err := demo.PublishTo(t.Context(), o.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	o.Store.ForgetVendors()
	c, err := o.Desk.ByEmail(t.Context(), "primlogix", "jeanne@primlogix.example")
	if err != nil {
		t.Fatal(err)
	}
	o.person = c.Person
	if o.vendor, err = o.Store.VendorBySlug(t.Context(), "primlogix"); err != nil {
		t.Fatal(err)
	}
	return o
}

// in runs do for the vendor; it must succeed.
func (o *office) in(t *testing.T, do func(*store.Tx) error) {
	t.Helper()
	if err := o.Store.In(t.Context(), o.vendor.ID, do); err != nil {
		t.Fatal(err)
	}
}

// ticket adds one, with a service request.
func (o *office) ticket(t *testing.T) (row store.Ticket, work store.ServiceRequestRef) {
	t.Helper()
	o.in(t, func(tx *store.Tx) error {
		now := time.Now().UTC().Truncate(time.Microsecond)
		r := store.Request{
			ID: store.NewID(), OrganizationID: *o.person.OrganizationID, RequesterID: o.person.ID, Channel: "api", Type: "problem",
			Title: "Reports are empty", Body: "x", State: "registered", SubmittedAt: now,
		}
		number, err := tx.NextTicketNumber(t.Context(), o.vendor.Prefix, 2026)
		if err != nil {
			return err
		}
		row = store.Ticket{
			ID: r.ID, VendorID: o.vendor.ID, Number: number, Version: 1, State: ticket.Registered, OrganizationID: r.OrganizationID,
			RequesterID: r.RequesterID, Title: r.Title, Type: r.Type, RegisteredAt: now, UpdatedAt: now, PolicyVersion: *o.vendor.Policy,
		}
		if err := errors.Join(tx.InsertRequest(t.Context(), r), tx.InsertTicket(t.Context(), row)); err != nil {
			return err
		}
		work = store.ServiceRequestRef{ID: store.NewID(), Number: "SR-" + number, TicketID: row.ID}
		_, err = tx.ExecContext(t.Context(), `insert into service_requests (id, vendor_id, number, ticket_id, path, state, created_by, created_at, updated_at)
			values ($1, $2, $3, $4, 'service_request', 'to_bill', $5, now(), now())`, work.ID, o.vendor.ID, work.Number, row.ID, o.person.ID)
		return err
	})
	return row, work
}

// worked enters minutes; on is a service request's id or nil, and undoes an
// entry or uuid.Nil.
func (o *office) worked(t *testing.T, row store.Ticket, on *uuid.UUID, activity string, minutes int, undoes uuid.UUID) (id uuid.UUID) {
	t.Helper()
	id = store.NewID()
	o.in(t, func(tx *store.Tx) error {
		_, err := tx.ExecContext(t.Context(), `insert into time_entries
			(id, vendor_id, ticket_id, service_request_id, person_id, entered_by, activity, day, minutes, billable, reverses, at)
			values ($1, $2, $3, $4, $5, $5, $6, '2026-11-20', $7, true, nullif($8::uuid, '00000000-0000-0000-0000-000000000000'), now())`,
			id, o.vendor.ID, row.ID, on, o.person.ID, activity, minutes, undoes)
		return err
	})
	return id
}

func (o *office) issue(ctx context.Context, order invoicing.Order) (i store.Invoice, err error) {
	return i, o.Store.In(ctx, o.vendor.ID, func(tx *store.Tx) error {
		i, err = invoicing.Issue(ctx, tx, o.vendor, order)
		return err
	})
}

func (o *office) credit(ctx context.Context, id uuid.UUID) (i store.Invoice, err error) {
	return i, o.Store.In(ctx, o.vendor.ID, func(tx *store.Tx) error {
		i, err = invoicing.Credit(ctx, tx, o.vendor, invoicing.Reversal{Invoice: id, Reason: "Billed to the wrong request.", At: at("2026-11-24T10:00:00Z"), By: o.person.ID})
		return err
	})
}

func at(text string) time.Time {
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return when
}

func key(err error) string {
	if e, ok := problem.As(err); ok {
		return e.Key
	}
	return fmt.Sprint(err)
}

// fixed is an order at a price agreed beforehand.
func fixed(row store.Ticket, when time.Time) invoicing.Order {
	return invoicing.Order{Ticket: row, Lines: []billing.Fixed{{Text: policy.Text{"fr": "Rapport sur mesure"}, Quantity: "1", Unit: "1000.00"}}, Currency: "CAD", At: when}
}

// TestFiftyAtOnce: numbers 1 … 50, none twice and none missing, and those that
// are taken back leave no gap.
func TestFiftyAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var tickets []store.Ticket
	for range 5 {
		row, _ := o.ticket(t)
		tickets = append(tickets, row)
	}
	var mu sync.Mutex
	var got []string
	var wg sync.WaitGroup
	back := errors.New("taken back")
	for n := range 60 {
		wg.Go(func() {
			err := o.Store.In(t.Context(), o.vendor.ID, func(tx *store.Tx) error {
				i, err := invoicing.Issue(t.Context(), tx, o.vendor, fixed(tickets[n%5], at("2026-11-23T10:00:00Z")))
				switch {
				case err != nil:
					return err
				case n >= 50:
					return back
				}
				mu.Lock()
				defer mu.Unlock()
				got = append(got, i.Number)
				return nil
			})
			if n < 50 && err != nil || n >= 50 && !errors.Is(err, back) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	slices.Sort(got)
	for n, number := range got {
		if want := fmt.Sprintf("INV-2026-%04d", n+1); number != want {
			t.Fatalf("number %d is %s", n+1, number)
		}
	}
	if len(got) != 50 {
		t.Errorf("%d invoices", len(got))
	}
	if i, err := o.issue(t.Context(), fixed(tickets[0], at("2026-11-23T10:00:00Z"))); err != nil || i.Number != "INV-2026-0051" {
		t.Errorf("the next is %s, %v", i.Number, err)
	}
}

// TestYearOfTheVendor: the year of a number is that of the vendor's wall clock.
func TestYearOfTheVendor(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	row, _ := o.ticket(t)
	for _, c := range []struct{ at, number, on string }{
		{"2027-01-01T04:59:59Z", "INV-2026-0001", "2026-12-31"}, // 23:59:59 in Toronto
		{"2027-01-01T05:00:00Z", "INV-2027-0001", "2027-01-01"},
		{"2027-01-01T05:00:01Z", "INV-2027-0002", "2027-01-01"},
	} {
		i, err := o.issue(t.Context(), fixed(row, at(c.at)))
		if err != nil || i.Number != c.number || i.IssuedOn.Format(time.DateOnly) != c.on {
			t.Errorf("at %s: %s on %s, %v", c.at, i.Number, i.IssuedOn, err)
		}
	}
}

// TestOnceForAServiceRequest: however many ask at once there is one invoice;
// after a credit note there may be another, once.
func TestOnceForAServiceRequest(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	row, work := o.ticket(t)
	o.worked(t, row, &work.ID, "analysis", 50, uuid.Nil)
	wrong := o.worked(t, row, &work.ID, "analysis", 600, uuid.Nil)
	o.worked(t, row, &work.ID, "analysis", -600, wrong)
	o.worked(t, row, nil, "call", 7, uuid.Nil)
	order := invoicing.Order{Ticket: row, ServiceRequest: &work, At: at("2026-11-23T10:00:00Z"), PO: "PO-17"}
	first := o.many(t, 200, order)
	if first.Total.StringFixed(2) != "143.72" || first.Lines[0].Minutes != 60 || len(first.Lines) != 1 || first.PONumber != "PO-17" || first.About != row.Number+" · "+work.Number {
		t.Errorf("%+v", first)
	}
	note, err := o.credit(t.Context(), first.ID)
	if err != nil || note.Number != "CN-2026-0001" || note.CreditsNumber != first.Number || !note.Total.Add(first.Total).IsZero() {
		t.Fatalf("%+v, %v", note, err)
	}
	if _, err := o.credit(t.Context(), first.ID); key(err) != "invoice_credited" {
		t.Errorf("credited twice: %v", err)
	}
	if _, err := o.credit(t.Context(), note.ID); key(err) != "invoice_is_credit_note" {
		t.Errorf("a credit note credited: %v", err)
	}
	second := o.many(t, 20, order)
	if second.Number != "INV-2026-0002" || !second.Total.Equal(first.Total) {
		t.Errorf("billed again: %+v", second)
	}
	if _, err := o.credit(t.Context(), second.ID); err != nil {
		t.Fatal(err)
	}
	if third, err := o.issue(t.Context(), order); err != nil || third.Number != "INV-2026-0003" {
		t.Errorf("billed a third time: %s, %v", third.Number, err)
	}
	i, err := o.issue(t.Context(), invoicing.Order{Ticket: row, At: at("2026-11-23T10:00:00Z")})
	if err != nil || len(i.Lines) != 1 || i.Lines[0].Activity != "call" {
		t.Errorf("beside the service request: %+v, %v", i.Lines, err)
	}
	if _, err := o.issue(t.Context(), invoicing.Order{Ticket: row, At: at("2026-11-23T10:00:00Z")}); key(err) != "nothing_to_bill" {
		t.Errorf("billed already: %v", err)
	}
}

// many issues an order so many times at once, and answers the one invoice.
func (o *office) many(t *testing.T, n int, order invoicing.Order) (one store.Invoice) {
	t.Helper()
	made := make(chan store.Invoice, n)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			i, err := o.issue(t.Context(), order)
			if err == nil {
				made <- i
			} else if key(err) != "already_invoiced" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(made)
	if len(made) != 1 {
		t.Fatalf("%d invoices", len(made))
	}
	return <-made
}

// TestKeptAsItWas: what is read is what was issued, and adds up.
func TestKeptAsItWas(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	row, work := o.ticket(t)
	order := invoicing.Order{
		Ticket: row, ServiceRequest: &work, Currency: "CAD", At: at("2026-11-23T10:00:00Z"),
		Lines: []billing.Fixed{{Text: policy.Text{"fr": "Rapport", "en": "Report"}, Quantity: "2.5", Unit: "99.99"}},
	}
	i, err := o.issue(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.issue(t.Context(), order); key(err) != "already_invoiced" {
		t.Errorf("a quote billed twice: %v", err)
	}
	sum := decimal.Zero
	for _, l := range i.Lines {
		sum = sum.Add(l.Net)
	}
	for _, tax := range i.Taxes {
		sum = sum.Add(tax.Amount)
	}
	if !sum.Equal(i.Total) || i.AmountText(i.Total) != "287.42" || i.DueOn.Format(time.DateOnly) != "2026-12-23" || i.Sender.Name != "PRIM Logix" || i.BillTo.Contact != o.person.Name {
		t.Errorf("%+v", i)
	}
	for _, quantity := range []string{"-1", "NaN", "1e308", "-0", "1.00001"} {
		order.Lines[0].Quantity = quantity
		_, err := o.issue(t.Context(), order)
		if key(err) == "already_invoiced" {
			row, work = o.ticket(t)
			order.Ticket, order.ServiceRequest = row, &work
			_, err = o.issue(t.Context(), order)
		}
		if e, ok := problem.As(err); !ok || e.Code != problem.Unprocessable || e.Fields[0].Path != "lines/0/quantity" {
			t.Errorf("%s pieces: %v", quantity, err)
		}
	}
}

// TestOneDocument: however many need the PDF at once, all get the same bytes,
// and everybody after.
func TestOneDocument(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	row, work := o.ticket(t)
	o.worked(t, row, &work.ID, "analysis", 50, uuid.Nil)
	i, err := o.issue(t.Context(), invoicing.Order{Ticket: row, ServiceRequest: &work, At: at("2026-11-23T10:00:00Z")})
	if err != nil {
		t.Fatal(err)
	}
	drawn := make([][]byte, 8)
	var wg sync.WaitGroup
	for n := range drawn {
		wg.Go(func() {
			name, pdf, err := invoicing.Document(t.Context(), o.Store, o.vendor.ID, i.ID)
			if err != nil || name != "INV-2026-0001.pdf" || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
				t.Errorf("%s, %v", name, err)
			}
			drawn[n] = pdf
		})
	}
	wg.Wait()
	for _, pdf := range drawn {
		if !bytes.Equal(pdf, drawn[0]) {
			t.Error("two documents of one invoice")
		}
	}
	if _, _, err := invoicing.Document(t.Context(), o.Store, o.vendor.ID, uuid.New()); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("of none: %v", err)
	}
}
