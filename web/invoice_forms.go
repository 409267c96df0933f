package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
)

// typed is a decimal as the reader would type it.
func (q *request) typed(decimal string) string {
	decimal = strings.ReplaceAll(decimal, ",", "")
	if q.locale == "fr" {
		return strings.ReplaceAll(decimal, ".", ",")
	}
	return decimal
}

// today is the day it is in the vendor's zone, as a field holds it.
func (q *request) today() string {
	return q.site.desk.Now().In(q.vendor.Settings.Location()).Format(time.DateOnly)
}

// recordPayment notes what was paid of an invoice.
func recordPayment(q *request) error {
	v, err := q.invoice()
	if err != nil {
		return err
	}
	if q.caller.Reach(desk.OpRecordPayment) == desk.Nothing {
		return problem.New(problem.Forbidden, "not_your_role", nil)
	}
	var wrong problem.Fields
	in := desk.PaymentInput{Currency: v.Currency, PaidOn: q.text("paid_on"), How: q.text("how"), Reference: q.text("reference")}
	if minor := amountIn(&wrong, "amount", "amount", q.text("amount"), v.Currency, q.locale); minor != nil {
		in.Amount = decimalOf(*minor, v.Currency, "en")
	}
	refused := wrong.Err()
	if refused == nil {
		_, refused = q.site.desk.RecordPayment(q.Request().Context(), q.formKey(), v.ID.String(), in)
	}
	if refused != nil {
		return q.refusedForm(refused, "pay", "invoice", invoiceTitle(v.Invoice), v, "number", v.Number)
	}
	return q.seeOther(v.At + "?done=payment_recorded")
}

// creditInvoice takes an invoice back; its writer reads the credit note next.
func creditInvoice(q *request) error {
	v, err := q.invoice()
	if err != nil {
		return err
	}
	note, refused := q.site.desk.CreditInvoice(q.Request().Context(), q.formKey(), v.ID.String(), q.text("reason"))
	if refused != nil {
		return q.refusedForm(refused, "credit", "invoice", invoiceTitle(v.Invoice), v, "number", v.Number)
	}
	return q.seeOther(v.List + "/" + note.ID.String() + "?done=invoice_credited")
}

// invoiceDraft is what would be issued, before it is.
type invoiceDraft struct {
	asIs
	desk.InvoicePreview
	At    string // its address
	Part  string // the service request it is about; "" for the ticket itself
	Shown string // the total, as the form sends it back
	Links []link // the other parts of the ticket
}

func (q *request) invoiceDraft(part string) (v invoiceDraft, err error) {
	if v.InvoicePreview, err = q.site.desk.PreviewInvoice(q.Request().Context(), q.Param("ticket"), part); err != nil {
		return v, err
	}
	v.At, v.Part = "/console/tickets/"+v.Ticket+"/invoice", part
	if v.Refused == nil {
		v.Shown = v.AmountText(v.Total)
	}
	v.Links = append(v.Links, link{To: q.to(v.At), Words: q.say("invoice_of_ticket", "number", v.Ticket), Here: hereIf(part == "")})
	for _, p := range v.Parts {
		v.Links = append(v.Links, link{
			To: q.to(v.At + query(url.Values{"service_request": {p.Number}})), Words: q.say("invoice_of_part", "number", p.Number, "count", p.Unbilled), Here: hereIf(part == p.Number),
		})
	}
	v.asIs = asIs{"issue": {}}
	return v, nil
}

func previewInvoice(q *request) error {
	v, err := q.invoiceDraft(q.QueryParam("service_request"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "invoice_draft", "invoice_draft_title", v, "number", v.Ticket)
}

// issueInvoice issues what was shown; when it would be another total, that is
// shown instead.
func issueInvoice(q *request) error {
	i, refused := q.site.desk.IssueInvoice(q.Request().Context(), q.formKey(), q.Param("ticket"), desk.InvoiceInput{
		ServiceRequest: q.text("service_request"), PO: q.text("po_number"), Total: q.text("total"),
	})
	if refused != nil {
		v, err := q.invoiceDraft(q.text("service_request"))
		if err != nil {
			return err
		}
		return q.refusedForm(refused, "issue", "invoice_draft", "invoice_draft_title", v, "number", v.Ticket)
	}
	return q.seeOther("/console/invoices/" + i.ID.String() + "?done=invoice_issued")
}

// invoicesCSV is the list as a file for a spreadsheet. Amounts are never below
// zero there: the kind says what is a credit note.
func invoicesCSV(q *request) error {
	ask, _ := q.invoiceQuery()
	ask.Limit = desk.PageMax
	var lines [][]string
	var heads []string
	for _, key := range []string{
		"column_number", "invoice_kind", "invoice_issued", "invoice_due", "column_customer", "field_name_external_id", "invoice_about", "column_title",
		"invoice_po", "invoice_currency", "invoice_net", "invoice_total", "invoice_paid", "column_status",
	} {
		heads = append(heads, q.say(key))
	}
	lines = append(lines, heads)
	for {
		list, next, err := q.site.desk.ExportInvoices(q.Request().Context(), ask)
		if err != nil {
			return err
		}
		for _, v := range list {
			lines = append(lines, q.exportedInvoice(v))
		}
		if next == "" {
			break
		}
		ask.Cursor = next
	}
	h := q.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+q.vendor.Slug+"-invoices-"+q.today()+`.csv"`)
	return q.Blob(http.StatusOK, "text/csv; charset=utf-8", sheet(lines))
}

func (q *request) exportedInvoice(v desk.InvoiceView) []string {
	p := &page{Request: q}
	kind := q.say("invoice_kind_" + v.Kind)
	return []string{
		v.Number, kind, v.IssuedOn.Format(time.DateOnly), dateText(v.DueOn), v.BillTo.Name, v.BillTo.ExternalID, v.About, v.Subject, v.PONumber, v.Currency,
		v.AmountText(v.Net.Abs()), v.AmountText(v.Total.Abs()), v.AmountText(v.Paid), p.T(p.InvoiceStatus(v).Key),
	}
}
