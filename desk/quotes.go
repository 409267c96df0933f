package desk

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// Limits of quotes. The contract states the same.
const (
	QuoteLinesMax = 50
	QuoteTextMax  = 500 // characters, of a line
)

// QuoteInput is a priced offer.
type QuoteInput struct {
	Package  string // code of the pack's training package it starts from; "": none
	Currency string // ISO 4217: that of the rate, where one was told
	Lines    []QuoteLineInput
}

// QuoteLineInput is a price of it: decimals with at most four decimals.
type QuoteLineInput struct {
	Text     string
	Quantity string
	Unit     string
}

func (in QuoteInput) written() *service.WrittenQuote {
	w := &service.WrittenQuote{Package: in.Package, Currency: in.Currency}
	for _, l := range in.Lines {
		w.Lines = append(w.Lines, service.WrittenQuoteLine{Text: clean(l.Text), Quantity: l.Quantity, Unit: l.Unit})
	}
	return w
}

// OfferQuote offers prices for a customization or a training, and waits for
// somebody entitled to approve. Another offer is another version, and the only
// one that can be decided on.
func (d *Desk) OfferQuote(ctx context.Context, key, ref string, in QuoteInput, text string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActOfferQuote, ref: ref, key: key, text: text, quote: &in})
}

// QuoteAnswer is the decision on a version of a quote. Name is as typed by who
// approves; Text is why, needed when it is declined.
type QuoteAnswer struct {
	Version  int
	Approves bool
	Name     string
	Text     string
}

// DecideQuote approves or declines a version of a quote, for a person entitled
// to: an approver of the customer's within their limit, or while they are absent
// their delegate; never who made the request. Forbidden "quote_not_yours" and
// "quote_over_limit" say who can. Conflict "decided_on_old_version" names the
// current version.
func (d *Desk) DecideQuote(ctx context.Context, key, ref string, in QuoteAnswer) (ServiceRequestView, error) {
	deed := serviceDeed{action: service.ActDeclineQuote, ref: ref, key: key, text: in.Text, textMin: 1, offer: in.Version}
	if in.Approves {
		deed.action, deed.textMin, deed.name = service.ActApproveQuote, 0, &in.Name
	}
	return d.doService(ctx, deed)
}

// checkQuote names every wrong field of an offer.
func checkQuote(wrong *problem.Fields, s policy.Settings, r store.ServiceRequest, in QuoteInput) error {
	checkPackage(wrong, s.Pack, r, in.Package)
	if r.Rate.Currency != "" && in.Currency != r.Rate.Currency {
		wrong.Add("currency", "field_not_a_choice", problem.Args{"choices": []string{r.Rate.Currency}})
		return nil
	}
	if n := len(in.Lines); n == 0 || n > QuoteLinesMax {
		wrong.Add("lines", "too_many", problem.Args{"max": QuoteLinesMax})
		return nil
	}
	var fixed []billing.Fixed
	for _, l := range in.Lines {
		fixed = append(fixed, billing.Fixed{Text: policy.Text{"en": clean(l.Text)}, Quantity: l.Quantity, Unit: l.Unit})
	}
	_, err := billing.OfFixed(fixed, in.Currency, billing.TermsOf(s.Pack, ""))
	if e, ok := problem.As(err); ok && e.Code == problem.Unprocessable {
		for _, f := range e.Fields {
			wrong.Add(f.Path, f.Key, f.Args)
		}
		if len(e.Fields) > 0 {
			return nil
		}
	}
	return err
}

// entitled is on whose behalf the caller may decide on a quote at an instant: nil
// for themself.
func entitled(ctx context.Context, tx *store.Tx, c Caller, t store.Ticket, q store.Quote, at time.Time) (behalf *uuid.UUID, err error) {
	if c.Person.ID == t.RequesterID || t.ContactID != nil && *t.ContactID == c.Person.ID {
		return nil, problem.New(problem.Forbidden, "quote_own_request", nil)
	}
	approvers, err := tx.Approvers(ctx, t.OrganizationID, PageMax)
	if err != nil {
		return nil, err
	}
	known := false
	for _, a := range approvers {
		stands := a.ID == c.Person.ID
		if !stands && (a.DelegateID == nil || *a.DelegateID != c.Person.ID || a.AbsentUntil == nil || !a.AbsentUntil.After(at)) {
			continue
		}
		known = true
		if !within(a, q) {
			continue
		}
		if !stands {
			id := a.ID
			behalf = &id
			continue // their own right comes first
		}
		return nil, nil
	}
	switch {
	case behalf != nil:
		return behalf, nil
	case known:
		return nil, problem.New(problem.Forbidden, "quote_over_limit", nil)
	}
	return nil, problem.New(problem.Forbidden, "quote_not_yours", nil)
}

// behalf is on whose behalf the caller decides on the newest quote, "" for
// themself; Conflict where none is offered.
func (d *Desk) behalf(ctx context.Context, tx *store.Tx, c Caller, r store.ServiceRequest, t store.Ticket) (string, error) {
	quotes, err := tx.Quotes(ctx, r.ID)
	if err != nil || len(quotes) == 0 {
		return "", err // the procedure refuses it
	}
	of, err := entitled(ctx, tx, c, t, quotes[0], d.Now())
	return textOf(of), err
}

// within says whether a quote's total is within an approver's limit; one in
// another currency is not.
func within(a store.Person, q store.Quote) bool {
	if a.ApprovalLimit == nil {
		return true
	}
	digits, known := billing.Digits(q.Currency)
	return known && a.ApprovalCurrency == q.Currency && !q.Total.GreaterThan(decimal.New(*a.ApprovalLimit, -int32(digits)))
}
