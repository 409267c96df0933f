package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// quoting are the pages about quotes. Opening one never decides: the answer is
// chosen by a link, and given by a form that repeats it.
var quoting = []route{
	{"GET", "/quotes", desk.OpListServiceRequests, quotesPage},
	{"GET", "/service-requests/:service/quote", desk.OpGetServiceRequest, quotePage},
	{"GET", "/service-requests/:service/quote/document", desk.OpDownloadQuote, quoteDocument},
	{"POST", "/service-requests/:service/quote", desk.OpDecideQuote, decideQuote},
	{"POST", "/console/service-requests/:service/quotes", desk.OpOfferQuote, offerQuote},
}

// quoteLines is how many lines the form of an offer has at least.
const quoteLines = 6

// quoteView is the newest version of a quote.
type quoteView struct {
	serviceView
	Quote  store.Quote
	Before *store.Quote // the version before; nil for the first
	Answer string       // what the reader is about to say: approve, decline; "": nothing yet
	Stands string       // how it stands: open, accepted, declined, expired
}

func (q *request) quote(answer string) (v quoteView, err error) {
	if v.serviceView, err = q.service(q.Param("service")); err != nil {
		return v, err
	}
	if len(v.Quotes) == 0 {
		return v, problem.Missing()
	}
	v.Quote, v.Stands = v.Quotes[0], v.QuoteStands()
	if len(v.Quotes) > 1 {
		v.Before = &v.Quotes[1]
	}
	if v.Stands == desk.QuoteOpen && (answer == "approve" || answer == "decline") && v.May("approve_quote") {
		v.Answer = answer
	}
	return v, nil
}

// quotesView is the list of quotes: those to be decided on, or all.
type quotesView struct {
	List  []desk.QuoteView
	All   bool
	First bool
	Next  string // address of the next page; "" on the last
}

func quotesPage(q *request) error {
	if q.elsewhere() {
		return q.seeOther(q.servicePath(""))
	}
	v := quotesView{All: q.QueryParam("all") != "", First: q.QueryParam("after") == ""}
	list, next, err := q.site.desk.Quotes(q.Request().Context(), !v.All, q.QueryParam("after"), directoryPage)
	if err != nil {
		return err
	}
	if v.List = list; next != "" {
		more := url.Values{"after": {next}}
		if v.All {
			more.Set("all", "1")
		}
		v.Next = "/quotes?" + more.Encode()
	}
	return q.show(http.StatusOK, "quotes", "quotes_title", v)
}

func quotePage(q *request) error {
	v, err := q.quote(q.QueryParam("answer"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "quote", "quote_title", v, "number", v.Quote.Number, "version", fmt.Sprint(v.Quote.Version))
}

func quoteDocument(q *request) error {
	name, pdf, err := q.site.desk.QuoteDocument(q.Request().Context(), q.Param("service"), 0)
	if err != nil {
		return err
	}
	return q.attachment(name, pdf)
}

// decideQuote gives the answer. When it is refused, the page says how the quote
// stands now and keeps what was typed.
func decideQuote(q *request) error {
	answer := q.text("answer")
	_, wrong := q.site.desk.DecideQuote(q.Request().Context(), q.formKey(), q.Param("service"), desk.QuoteAnswer{
		Version: q.number("quote_version"), Approves: answer == "approve", Name: q.text("name"), Text: q.text("text"),
	})
	if wrong != nil {
		v, err := q.quote(answer)
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, "quote", "quote", "quote_title", v, "number", v.Quote.Number, "version", fmt.Sprint(v.Quote.Version))
	}
	return q.seeOther(q.servicePath(q.Param("service")) + "?done=quote_decided")
}

// quoteCheck is what an offer would come to, before it is sent.
type quoteCheck struct {
	serviceView
	Quote store.Quote
	Total string // as the form sends it back
	Typed []typedField
}

// Replaced is the version before; nil for the first.
func (v quoteCheck) Replaced() *store.Quote {
	if len(v.Quotes) == 0 {
		return nil
	}
	return &v.Quotes[0]
}

// typedField is one of a form, as it was sent.
type typedField struct{ Name, Value string }

// offerQuote offers the lines that were filled in, once their total was shown:
// the form that is sent on then says it. Whoever would change something first
// has the form again.
func offerQuote(q *request) error {
	in, wrong := q.quoteTyped()
	if wrong == nil && q.text("change") != "" {
		return q.quoteAgain()
	}
	var would store.Quote
	if wrong == nil {
		would, wrong = q.site.desk.PreviewQuote(q.Request().Context(), q.Param("service"), in, q.text("text"))
	}
	if wrong == nil && q.text("total") != would.AmountText(would.Total) {
		return q.quoteCheck(would)
	}
	return q.served("quote", "quote_offered", func(ctx context.Context, key, ref string) (v desk.ServiceRequestView, err error) {
		if wrong != nil {
			return v, wrong
		}
		return q.site.desk.OfferQuote(ctx, key, ref, in, q.text("text"))
	})
}

// quoteTyped is the offer that the form holds.
func (q *request) quoteTyped() (in desk.QuoteInput, err error) {
	in = desk.QuoteInput{Package: q.text("package"), Currency: currencyTyped(q.text("currency"))}
	n := q.filled("lines", desk.QuoteLinesMax, []string{"text", "quantity", "unit"})
	var wrong problem.Fields
	if _, known := digitsOf(in.Currency); !known && n > 0 {
		wrong.Add("currency", "field_not_currency", nil)
		return in, wrong.Err()
	}
	for i := range n {
		quantity, unit := rowField("lines", i, "quantity"), rowField("lines", i, "unit")
		for _, name := range []string{quantity, unit} {
			if strings.TrimSpace(q.text(name)) == "" {
				wrong.Add(name, "field_missing", nil)
			}
		}
		in.Lines = append(in.Lines, desk.QuoteLineInput{
			Text: q.text(rowField("lines", i, "text")), Quantity: q.numberTyped(&wrong, quantity), Unit: q.priceTyped(&wrong, unit, in.Currency),
		})
	}
	return in, wrong.Err()
}

// quoteCheck shows what would be sent.
func (q *request) quoteCheck(would store.Quote) (err error) {
	would.Note = q.text("text")
	v := quoteCheck{Quote: would, Total: would.AmountText(would.Total)}
	if v.serviceView, err = q.service(q.Param("service")); err != nil {
		return err
	}
	v.Quote.Version = len(v.Quotes) + 1
	form := q.Request().PostForm
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if !slices.Contains([]string{"form_token", "form_key", "total", "change"}, name) {
			v.Typed = append(v.Typed, typedField{name, form.Get(name)})
		}
	}
	p := &page{Request: q, Name: "quote_check", Title: q.say("quote_check_title", "number", v.Row.Number), Data: v, Key: q.formKey()}
	return q.render(http.StatusOK, p)
}

// quoteBefore is the form of the next version of a quote, as the last one was.
func (q *request) quoteBefore(last store.Quote) formValues {
	form := formValues{"package": {last.Package}, "currency": {last.Currency}, "text": {last.Note}}
	for i, l := range last.Lines {
		form[rowField("lines", i, "text")] = []string{l.Text}
		form[rowField("lines", i, "quantity")] = []string{q.decimal(l.Quantity.String())}
		form[rowField("lines", i, "unit")] = []string{q.typed(last.PriceText(l.Unit))}
	}
	return form
}

// quoteAgain is the page with the form of an offer as it was typed.
func (q *request) quoteAgain() error {
	v, err := q.service(q.Param("service"))
	if err != nil {
		return err
	}
	v.asIs["quote"], v.Quoting = formValues(q.Request().PostForm), true
	return q.show(http.StatusOK, "service", "service_title", v, "number", v.Row.Number)
}

// QuoteTotal is what a quote comes to, in words.
func (p *page) QuoteTotal(q store.Quote) string {
	total := p.Price(q.Total.String(), q.Currency)
	if q.Taxed() {
		total += " " + p.T("quote_with_taxes")
	}
	return total
}

// QuoteRows are the places of the lines of an offer: those that are filled, and
// some more.
func (p *page) QuoteRows() (list []int) {
	rows := quoteLines
	for rows < desk.QuoteLinesMax && p.Field("quote", rowField("lines", rows-1, "text")) != "" {
		rows++
	}
	for i := range rows {
		list = append(list, i)
	}
	return list
}

// QuoteChanges say what a version of a quote has that the one before had not.
func (p *page) QuoteChanges(before, now store.Quote) (list []string) {
	price := func(d decimal.Decimal, of store.Quote) string { return p.Price(d.String(), of.Currency) }
	was := map[string]store.QuoteLine{}
	for _, l := range before.Lines {
		was[l.Text] = l
	}
	for _, l := range now.Lines {
		old, there := was[l.Text]
		delete(was, l.Text)
		switch {
		case !there:
			list = append(list, p.T("quote_added", "text", l.Text, "net", price(l.Net, now)))
		case !old.Quantity.Equal(l.Quantity):
			list = append(list, p.T("quote_moved", "text", l.Text, "before", p.Decimal(old.Quantity.String()), "now", p.Decimal(l.Quantity.String())))
		case !old.Unit.Equal(l.Unit):
			list = append(list, p.T("quote_moved", "text", l.Text, "before", price(old.Unit, before), "now", price(l.Unit, now)))
		}
	}
	for _, l := range before.Lines {
		if _, gone := was[l.Text]; gone {
			list = append(list, p.T("quote_removed", "text", l.Text))
		}
	}
	return append(list, p.T("quote_moved", "text", p.T("quote_total"), "before", price(before.Total, before), "now", price(now.Total, now)))
}

// QuoteStatus is how a quote of a list stands for the reader.
func (p *page) QuoteStatus(v desk.QuoteView) Status {
	switch {
	case v.Yours:
		return Status{"quote_is_yours", "you"}
	case v.Stands == desk.QuoteOpen:
		return Status{"quote_is_open", "others"}
	case v.Stands == desk.QuoteAccepted:
		return Status{"quote_is_accepted", "done"}
	}
	return Status{"quote_is_" + v.Stands, "closed"}
}
