package web

import (
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// invoicing are the pages about invoices, on either side; each side is sent to
// its own.
var invoicing = []route{
	{"GET", "/invoices", desk.OpListInvoices, invoicesPage},
	{"GET", "/invoices/:invoice", desk.OpGetInvoice, invoicePage},
	{"GET", "/invoices/:invoice/document", desk.OpDownloadInvoice, downloadInvoice},
	{"GET", "/console/invoices", desk.OpListInvoices, invoicesPage},
	{"GET", "/console/invoices.csv", desk.OpExportInvoices, invoicesCSV},
	{"GET", "/console/invoices/:invoice", desk.OpGetInvoice, invoicePage},
	{"POST", "/console/invoices/:invoice/pay", desk.OpRecordPayment, recordPayment},
	{"POST", "/console/invoices/:invoice/credit", desk.OpCreditInvoice, creditInvoice},
	{"GET", "/console/tickets/:ticket/invoice", desk.OpPreviewInvoice, previewInvoice},
	{"POST", "/console/tickets/:ticket/invoice", desk.OpIssueInvoice, issueInvoice},
}

// invoiceStates are what the list can be narrowed to, and what the address says
// then.
var invoiceStates = []string{"", "open", "late", "paid", "credited"}

// invoicesView is a list of invoices.
type invoicesView struct {
	List   []desk.InvoiceView
	State  string
	States []link
	Next   string // address of the rest; "" on the last page
	CSV    string // address of the list as a file
}

// invoiceQuery is what the address asks for; what it can't ask for is all.
func (q *request) invoiceQuery() (ask desk.InvoiceQuery, state string) {
	if state = q.QueryParam("state"); !slices.Contains(invoiceStates, state) {
		state = ""
	}
	ask = desk.InvoiceQuery{State: state, Cursor: q.QueryParam("after"), Limit: directoryPage}
	if state == "late" {
		ask.State, ask.Late = "", true
	}
	return ask, state
}

// invoicesAt is the list's address on the reader's side.
func (q *request) invoicesAt() string {
	if q.caller.Staff() {
		return "/console/invoices"
	}
	return "/invoices"
}

func invoicesPage(q *request) error {
	ask, state := q.invoiceQuery()
	list, next, err := q.site.desk.Invoices(q.Request().Context(), ask)
	if err != nil {
		return err
	}
	at := q.invoicesAt()
	if q.elsewhere() {
		return q.seeOther(at + query(url.Values{"state": {state}}))
	}
	v := invoicesView{List: list, State: state, CSV: at + ".csv" + query(url.Values{"state": {state}})}
	if next != "" {
		v.Next = q.to(at + query(url.Values{"state": {state}, "after": {next}}))
	}
	for _, s := range invoiceStates {
		key := "invoices_all"
		if s != "" {
			key = "invoices_" + s
		}
		v.States = append(v.States, link{To: q.to(at + query(url.Values{"state": {s}})), Words: q.say(key), Here: hereIf(s == state)})
	}
	return q.show(http.StatusOK, "invoices", "invoices_title", v)
}

// invoiceOpen is one invoice's page.
type invoiceOpen struct {
	asIs
	desk.InvoiceView
	List string // the address of the list
	At   string // its own
	Ways []option
}

func (q *request) invoice() (v invoiceOpen, err error) {
	if v.InvoiceView, err = q.site.desk.Invoice(q.Request().Context(), q.Param("invoice")); err != nil {
		return v, err
	}
	v.List = q.invoicesAt()
	v.At = v.List + "/" + v.ID.String()
	for _, way := range store.PaymentWays {
		v.Ways = append(v.Ways, option{ID: way, Name: q.say("paid_by_" + way)})
	}
	open := words.Number(v.AmountText(v.Open()), "en")
	v.asIs = asIs{"pay": {"amount": {q.typed(open)}, "paid_on": {q.today()}, "how": {"transfer"}}}
	return v, nil
}

func invoicePage(q *request) error {
	v, err := q.invoice()
	switch {
	case err != nil:
		return err
	case q.elsewhere():
		return q.seeOther(v.At)
	}
	return q.show(http.StatusOK, "invoice", invoiceTitle(v.Invoice), v, "number", v.Number)
}

// invoiceTitle is what an invoice's page is called, and its document.
func invoiceTitle(i store.Invoice) string {
	if i.Kind == store.KindCreditNote {
		return "credit_note_title"
	}
	return "invoice_title"
}

// downloadInvoice sends the PDF to be saved, never shown as a page of ours.
func downloadInvoice(q *request) error {
	name, pdf, err := q.site.desk.InvoiceDocument(q.Request().Context(), q.Param("invoice"))
	if err != nil {
		return err
	}
	return q.attachment(name, pdf)
}

// attachment is a document to be kept, never shown by the browser.
func (q *request) attachment(name string, pdf []byte) error {
	h := q.Response().Header()
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return q.Blob(http.StatusOK, echo.MIMEOctetStream, pdf)
}

// InvoiceStatus is how an invoice stands, for the reader.
func (p *page) InvoiceStatus(v desk.InvoiceView) Status {
	switch {
	case v.Kind == store.KindCreditNote:
		return Status{"invoice_is_credit", "closed"}
	case v.Late:
		return Status{"invoice_is_late", "late"}
	}
	switch v.State() {
	case store.InvoicePaid:
		return Status{"invoice_is_paid", "done"}
	case store.InvoiceCredited:
		return Status{"invoice_is_credited", "closed"}
	}
	if p.Request.caller.Staff() {
		return Status{"invoice_is_open", "others"}
	}
	return Status{"invoice_is_open", "you"}
}

// Side is the address of a page that each side has of its own: "tickets/".
func (p *page) Side(path string) string {
	if p.Staff() {
		return "/console/" + path
	}
	return "/" + path
}

// AsProblem is an error as a sentence is made of it.
func (p *page) AsProblem(err error) *problem.Error {
	e, _ := problem.As(err)
	return e
}

// WhyRefused is why a message of the payment service was not believed.
func (p *page) WhyRefused(i store.Invoice, m store.PaymentMessage) string {
	return words.Say(p.Request.locale, m.Outcome, problem.Args{"currency": i.Currency})
}

// Money is an amount of an invoice as it is read.
func (p *page) Money(i store.Invoice, d decimal.Decimal) string {
	return words.Amount(i.AmountText(d), i.Currency, p.Request.locale)
}

// Figure is Money without the currency, for a table that names it once.
func (p *page) Figure(i store.Invoice, d decimal.Decimal) string {
	return words.Number(i.AmountText(d), p.Request.locale)
}

// LineText is what a line of an invoice is for.
func (p *page) LineText(l store.InvoiceLine) string {
	if l.Kind == "minimum" {
		return p.T("invoice_minimum")
	}
	return l.Said.In(p.Request.locale)
}

// LineQuantity is how much of it there is: hours, or pieces.
func (p *page) LineQuantity(l store.InvoiceLine) string {
	if l.Kind != "fixed" {
		return words.Hours(l.Minutes)
	}
	return words.Number(l.Quantity.String(), p.Request.locale)
}

// LinePrice is what an hour or a piece costs.
func (p *page) LinePrice(i store.Invoice, l store.InvoiceLine) string {
	price := words.Number(i.PriceText(l.Unit), p.Request.locale)
	if l.Kind != "fixed" {
		return p.T("invoice_per_hour", "price", price)
	}
	return price
}

// TaxText names a tax and its rate.
func (p *page) TaxText(t store.InvoiceTax) string {
	return p.T("invoice_tax", "label", t.Said.In(p.Request.locale), "percent", words.Number(t.Percent.String(), p.Request.locale))
}
