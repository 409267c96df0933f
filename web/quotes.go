package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// quoting are the pages about quotes. Opening one never decides: the answer is
// chosen by a link, and given by a form that repeats it.
var quoting = []route{
	{"GET", "/service-requests/:service/quote", desk.OpGetServiceRequest, quotePage},
	{"POST", "/service-requests/:service/quote", desk.OpDecideQuote, decideQuote},
	{"POST", "/console/service-requests/:service/quotes", desk.OpOfferQuote, offerQuote},
}

// quoteLines is how many lines the form of an offer has.
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
	v.Quote, v.Stands = v.Quotes[0], "expired"
	if len(v.Quotes) > 1 {
		v.Before = &v.Quotes[1]
	}
	for _, d := range v.Decisions {
		if d.Question == "quote" && d.Version == int64(v.Quote.Version) {
			v.Stands = d.Answer
		}
	}
	if string(v.Row.State) == "quote_offered" {
		v.Stands = "open"
	}
	if v.Stands == "open" && (answer == "approve" || answer == "decline") && v.May("approve_quote") {
		v.Answer = answer
	}
	return v, nil
}

func quotePage(q *request) error {
	v, err := q.quote(q.QueryParam("answer"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "quote", "quote_title", v, "number", v.Quote.Number, "version", fmt.Sprint(v.Quote.Version))
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

// offerQuote offers the lines that were filled in.
func offerQuote(q *request) error {
	return q.served("quote", "quote_offered", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		in := desk.QuoteInput{Package: q.text("package"), Currency: q.text("currency")}
		for i := range quoteLines {
			l := desk.QuoteLineInput{
				Text: q.text(fmt.Sprint("line_text_", i)), Quantity: q.decimalTyped(fmt.Sprint("line_quantity_", i)), Unit: q.decimalTyped(fmt.Sprint("line_unit_", i)),
			}
			if strings.TrimSpace(l.Text+l.Quantity+l.Unit) != "" {
				in.Lines = append(in.Lines, l)
			}
		}
		return q.site.desk.OfferQuote(ctx, key, ref, in, q.text("text"))
	})
}

// decimalTyped is a decimal as the reader has typed it, with a point.
func (q *request) decimalTyped(field string) string {
	return strings.Replace(strings.TrimSpace(q.text(field)), ",", ".", 1)
}

// QuoteRows are the places of the lines of an offer.
func (p *page) QuoteRows() (list []int) {
	for i := range quoteLines {
		list = append(list, i)
	}
	return list
}
