package desk

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/approval"
	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/invoicing"
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

// PreviewQuote is what an offer would come to: its lines, taxes and totals.
// Nothing is kept, and it has neither number nor version. Unprocessable names
// what OfferQuote would find wrong.
func (d *Desk) PreviewQuote(ctx context.Context, ref string, in QuoteInput, text string) (q store.Quote, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return q, err
	}
	return q, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, _, err := d.findService(ctx, tx, c, OpOfferQuote, ref)
		if err != nil {
			return err
		}
		if c.Vendor, err = tx.Pinned(ctx, c.Vendor, r.PolicyVersion); err != nil {
			return err
		}
		if err = d.checkService(ctx, tx, c, r, serviceDeed{action: service.ActOfferQuote, text: clean(text), quote: &in}); err == nil {
			q, err = invoicing.Price(c.Vendor, *in.written())
		}
		return err
	})
}

// QuoteAnswer is the decision on a version of a quote. Name is as typed by who
// approves; Text is why, needed when it is declined.
type QuoteAnswer struct {
	Version  int
	Approves bool
	Name     string
	Text     string
}

// action is what the answer does.
func (a QuoteAnswer) action() service.Action {
	if a.Approves {
		return service.ActApproveQuote
	}
	return service.ActDeclineQuote
}

// DecideQuote approves or declines a version of a quote, for a person entitled
// to: an approver of the customer's within their limit, or while they are absent
// their delegate; never who made the request. Forbidden "quote_not_yours" and
// "quote_over_limit" say who can. Conflict "decided_on_old_version" names the
// current version.
func (d *Desk) DecideQuote(ctx context.Context, key, ref string, in QuoteAnswer) (ServiceRequestView, error) {
	deed := serviceDeed{action: in.action(), ref: ref, key: key, text: in.Text, textMin: 1, offer: in.Version}
	if in.Approves {
		deed.textMin, deed.name = 0, &in.Name
	}
	return d.doService(ctx, deed)
}

// QuoteView is the newest version of a quote in a list.
type QuoteView struct {
	ServiceRequestView
	Quote  store.Quote
	Stands string // QuoteOpen …
	Yours  bool   // the caller may decide on it now
}

// Quotes lists the newest versions of quotes for tickets the caller sees, those
// to be decided on alone or all, by the service request they are for, the newest
// first; and the cursor of the next page ("" on the last).
func (d *Desk) Quotes(ctx context.Context, open bool, after string, limit int) (list []QuoteView, next string, err error) {
	c, err := d.caller(ctx, OpListServiceRequests)
	if err != nil {
		return nil, "", err
	}
	ask := ServiceRequestQuery{Quoted: true, Cursor: after, Limit: limit}
	if open {
		ask.States = []service.State{service.QuoteOffered}
	}
	services, next, err := d.ServiceRequests(ctx, ask)
	if err != nil {
		return nil, "", err
	}
	ids := make([]uuid.UUID, len(services))
	for i, s := range services {
		ids[i] = s.Row.ID
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		quotes, err := tx.NewestQuotes(ctx, ids)
		if err != nil {
			return err
		}
		for _, s := range services {
			q := quotes[slices.IndexFunc(quotes, func(q store.NewestQuote) bool { return q.ServiceID == s.Row.ID })]
			v := QuoteView{ServiceRequestView: s, Quote: q.Quote, Stands: stands(s.Row, q.Answer)}
			if v.Stands == QuoteOpen && c.Reach(OpDecideQuote) != Nothing {
				_, err := approval.Entitled(ctx, tx, c.Person.ID, s.Ticket, q.Quote, d.Now())
				if v.Yours = err == nil; !v.Yours && problem.CodeOf(err) != problem.Forbidden {
					return err
				}
			}
			if v.Stands == QuoteOpen && !v.Yours && !c.Staff() {
				if v.Deciders, err = d.deciders(ctx, tx, c, s.Ticket, s.Row, []store.Quote{q.Quote}); err != nil {
					return err
				}
			}
			list = append(list, v)
		}
		return nil
	})
}

// How the newest version of a quote stands.
const (
	QuoteOpen     = "open"
	QuoteAccepted = "accepted"
	QuoteDeclined = "declined"
	QuoteExpired  = "expired" // or taken back with its work
)

func stands(r store.ServiceRequest, answer string) string {
	switch {
	case answer != "":
		return answer
	case r.State == service.QuoteOffered:
		return QuoteOpen
	}
	return QuoteExpired
}

// QuoteStands is how the newest version of its quote stands; "" without one.
func (v ServiceRequestView) QuoteStands() string {
	if len(v.Quotes) == 0 {
		return ""
	}
	answer := ""
	if d := v.QuoteDecision(); d != nil {
		answer = d.Answer
	}
	return stands(v.Row, answer)
}

// QuoteDecision is the decision on the newest version of its quote; nil for none.
func (v ServiceRequestView) QuoteDecision() *store.Decision {
	for i, d := range v.Decisions {
		if len(v.Quotes) > 0 && d.Question == "quote" && d.Version == int64(v.Quotes[0].Version) {
			return &v.Decisions[i]
		}
	}
	return nil
}

// QuoteDocument is a version of a service request's quote as PDF, in the
// customer's language; version 0 is the newest. NotFound when there is none.
func (d *Desk) QuoteDocument(ctx context.Context, ref string, version int) (name string, pdf []byte, err error) {
	if _, err := d.caller(ctx, OpDownloadQuote); err != nil {
		return "", nil, err
	}
	v, err := d.ServiceRequest(ctx, ref)
	if err != nil {
		return "", nil, err
	}
	for _, q := range v.Quotes {
		if q.Version == version || version == 0 {
			return invoicing.QuoteDocument(ctx, d.Store, v.Row.VendorID, q.ID)
		}
	}
	return "", nil, problem.Missing()
}

// checkQuote names every wrong field of an offer.
func checkQuote(wrong *problem.Fields, s policy.Settings, r store.ServiceRequest, in QuoteInput) error {
	checkPackage(wrong, s.Pack, r, in.Package)
	if r.Rate.Currency != "" && in.Currency != r.Rate.Currency {
		wrong.Add("currency", "field_not_a_choice", problem.Args{"choices": []string{r.Rate.Currency}})
		return nil
	}
	if n := len(in.Lines); n == 0 {
		wrong.Add("lines", "field_empty", nil)
		return nil
	} else if n > QuoteLinesMax {
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

// mayDecide refuses whoever may not decide on the newest quote, before the
// procedure is asked; where none is offered the procedure refuses.
func (d *Desk) mayDecide(ctx context.Context, tx *store.Tx, c Caller, r store.ServiceRequest, t store.Ticket) error {
	quotes, err := tx.Quotes(ctx, r.ID)
	if err != nil || len(quotes) == 0 {
		return err
	}
	if r.State == service.QuoteOffered && quotes[0].Over(d.Now()) {
		return problem.New(problem.Conflict, "quote_over", nil)
	}
	_, err = approval.Entitled(ctx, tx, c.Person.ID, t, quotes[0], d.Now())
	return err
}
