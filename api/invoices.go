package api

import (
	"bytes"
	"context"
	"io"
	"net/http"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

func (s server) ListInvoices(ctx context.Context, r ListInvoicesRequestObject) (ListInvoicesResponseObject, error) {
	list, next, err := s.desk.Invoices(ctx, desk.InvoiceQuery{
		State: string(value(r.Params.State)), Late: value(r.Params.Late), OrganizationID: r.Params.OrganizationId,
		Cursor: value(r.Params.Cursor), Limit: limit(r.Params.Limit),
	})
	if err != nil {
		return nil, err
	}
	page := InvoicePage{Invoices: make([]Invoice, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Invoices[i] = invoice(ctx, v)
	}
	return ListInvoices200JSONResponse(page), nil
}

func (s server) GetInvoice(ctx context.Context, r GetInvoiceRequestObject) (GetInvoiceResponseObject, error) {
	v, err := s.desk.Invoice(ctx, r.Invoice)
	if err != nil {
		return nil, err
	}
	return GetInvoice200JSONResponse{InvoiceAnswerJSONResponse(invoice(ctx, v))}, nil
}

func (s server) DownloadInvoice(ctx context.Context, r DownloadInvoiceRequestObject) (DownloadInvoiceResponseObject, error) {
	name, pdf, err := s.desk.InvoiceDocument(ctx, r.Invoice)
	if err != nil {
		return nil, err
	}
	return printed{download{name: name, size: int64(len(pdf)), content: io.NopCloser(bytes.NewReader(pdf))}}, nil
}

// VisitDownloadInvoiceResponse writes the file.
func (p printed) VisitDownloadInvoiceResponse(w http.ResponseWriter) error {
	return p.VisitDownloadFileResponse(w)
}

func (s server) PreviewInvoice(ctx context.Context, r PreviewInvoiceRequestObject) (PreviewInvoiceResponseObject, error) {
	v, err := s.desk.PreviewInvoice(ctx, r.Ticket, value(r.Params.ServiceRequest))
	if err != nil {
		return nil, err
	}
	p := InvoicePreview{Ticket: v.Ticket, Parts: make([]BillablePart, len(v.Parts))}
	for i, part := range v.Parts {
		p.Parts[i] = BillablePart{ServiceRequest: part.Number, Unbilled: part.Unbilled}
	}
	if e, refused := problem.As(v.Refused); refused {
		p.Refused = &e.Key
		return PreviewInvoice200JSONResponse(p), nil
	}
	whole := invoice(ctx, desk.InvoiceView{Invoice: v.Invoice})
	p.Currency, p.Net, p.Total, p.Lines, p.Taxes = &whole.Currency, &whole.Net, &whole.Total, whole.Lines, whole.Taxes
	return PreviewInvoice200JSONResponse(p), nil
}

func (s server) IssueInvoice(ctx context.Context, r IssueInvoiceRequestObject) (IssueInvoiceResponseObject, error) {
	v, err := s.desk.IssueInvoice(ctx, value(r.Params.IdempotencyKey), r.Ticket, desk.InvoiceInput{
		ServiceRequest: value(r.Body.ServiceRequest), PO: value(r.Body.PoNumber), Total: value(r.Body.Total),
	})
	if err != nil {
		return nil, err
	}
	return IssueInvoice201JSONResponse{InvoiceAnswerJSONResponse(invoice(ctx, v))}, nil
}

func (s server) CreditInvoice(ctx context.Context, r CreditInvoiceRequestObject) (CreditInvoiceResponseObject, error) {
	v, err := s.desk.CreditInvoice(ctx, value(r.Params.IdempotencyKey), r.Invoice, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return CreditInvoice201JSONResponse{InvoiceAnswerJSONResponse(invoice(ctx, v))}, nil
}

func (s server) RecordPayment(ctx context.Context, r RecordPaymentRequestObject) (RecordPaymentResponseObject, error) {
	v, err := s.desk.RecordPayment(ctx, value(r.Params.IdempotencyKey), r.Invoice, desk.PaymentInput{
		Amount: r.Body.Amount, Currency: r.Body.Currency, PaidOn: r.Body.PaidOn, How: string(r.Body.How), Reference: value(r.Body.Reference),
	})
	if err != nil {
		return nil, err
	}
	return RecordPayment201JSONResponse{InvoiceAnswerJSONResponse(invoice(ctx, v))}, nil
}

func (s server) SetPaymentKey(ctx context.Context, r SetPaymentKeyRequestObject) (SetPaymentKeyResponseObject, error) {
	if err := s.desk.SetPaymentKey(ctx, r.Body.Secret); err != nil {
		return nil, err
	}
	return SetPaymentKey204Response{}, nil
}

// ReceivePayment hands the message on as it came: its signature is about its
// bytes.
func (s server) ReceivePayment(ctx context.Context, r ReceivePaymentRequestObject) (ReceivePaymentResponseObject, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, problem.New(problem.Invalid, "request_broken", nil)
	}
	if err := s.desk.ReceivePayment(ctx, r.Vendor, desk.PaymentMessage{
		ID: value(r.Params.WebhookId), Timestamp: value(r.Params.WebhookTimestamp), Signature: value(r.Params.WebhookSignature), Body: body,
	}); err != nil {
		return nil, err
	}
	return ReceivePayment204Response{}, nil
}

func invoice(ctx context.Context, v desk.InvoiceView) Invoice {
	caller, _ := desk.CallerFrom(ctx)
	locale := words.Match(caller.Person.Locale)
	i := Invoice{
		Id: v.ID, Kind: InvoiceKind(v.Kind), Number: v.Number, State: InvoiceState(v.State()), Late: v.Late, Credits: unlessZero(v.CreditsNumber),
		CreditedBy: unlessZero(v.CreditNumber), Reason: unlessZero(v.Reason), Organization: Named{Id: v.OrganizationID, Name: v.BillTo.Name},
		Contact: unlessZero(v.BillTo.Contact), Ticket: unlessZero(v.Ticket), About: v.About, Subject: v.Subject, PoNumber: unlessZero(v.PONumber),
		Currency: v.Currency, Net: v.AmountText(v.Net), Total: v.AmountText(v.Total), Open: v.AmountText(v.Open()),
		IssuedAt: v.IssuedAt, IssuedOn: openapi_types.Date{Time: v.IssuedOn}, DueOn: dateOut(v.DueOn),
		WorkedFrom: dateOut(v.WorkedFrom), WorkedUntil: dateOut(v.WorkedUntil),
	}
	if v.Lines == nil {
		return i
	}
	lines, taxes, payments := make([]InvoiceLine, len(v.Lines)), make([]InvoiceTax, len(v.Taxes)), make([]Payment, len(v.Payments))
	for n, l := range v.Lines {
		lines[n] = InvoiceLine{
			Kind: InvoiceLineKind(l.Kind), Activity: unlessZero(l.Activity), Text: l.Said.In(locale), Minutes: l.Minutes,
			Unit: v.PriceText(l.Unit), Net: v.AmountText(l.Net),
		}
		if l.Kind == "fixed" {
			quantity := l.Quantity.String()
			lines[n].Quantity = &quantity
		}
	}
	for n, t := range v.Taxes {
		taxes[n] = InvoiceTax{
			Code: t.Code, Label: t.Said.In(locale), Percent: t.Percent.String(), Registration: unlessZero(t.Registration), Amount: v.AmountText(t.Amount),
		}
	}
	for n, p := range v.Payments {
		payments[n] = payment(v, p)
	}
	i.Lines, i.Taxes, i.Payments = &lines, &taxes, &payments
	return i
}

func payment(v desk.InvoiceView, p store.Payment) Payment {
	one := Payment{
		Id: p.ID, Amount: v.AmountText(p.Amount), Currency: p.Currency, PaidOn: openapi_types.Date{Time: p.PaidOn}, How: PaymentWay(p.How),
		Reference: unlessZero(p.Reference), At: p.At,
	}
	if p.ByID != nil {
		one.NotedBy = &Named{Id: *p.ByID, Name: p.ByName}
	}
	return one
}
