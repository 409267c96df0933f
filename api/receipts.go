package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

func (s server) ListReceipts(ctx context.Context, r ListReceiptsRequestObject) (ListReceiptsResponseObject, error) {
	list, next, err := s.desk.LookUp(ctx, desk.ReceiptQuery{
		Address: value(r.Params.Address), Subject: value(r.Params.Subject), Cursor: value(r.Params.Cursor), Limit: limit(r.Params.Limit),
	})
	if err != nil {
		return nil, err
	}
	page := ArrivalPage{Arrivals: make([]Arrival, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Arrivals[i] = arrival(v, readerOf(ctx))
	}
	return ListReceipts200JSONResponse(page), nil
}

func (s server) ResendReceipt(ctx context.Context, r ResendReceiptRequestObject) (ResendReceiptResponseObject, error) {
	list, err := s.desk.ResendReceipt(ctx, value(r.Params.IdempotencyKey), r.Ticket)
	if err != nil {
		return nil, err
	}
	return ResendReceipt200JSONResponse(ReceiptList{Receipts: receipts(list)}), nil
}

func (s server) ListBouncedReceipts(ctx context.Context, r ListBouncedReceiptsRequestObject) (ListBouncedReceiptsResponseObject, error) {
	list, next, err := s.desk.Bounced(ctx, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := BouncedPage{Bounced: make([]BouncedReceipt, len(list)), Next: unlessZero(next)}
	for i, b := range list {
		page.Bounced[i] = BouncedReceipt{
			Delivery: b.ID, Ticket: StuckTicket{Id: b.TicketID, Number: b.Number}, Title: b.Title, Receipt: receipt(b.Receipt), Email: unlessZero(b.Email),
		}
	}
	return ListBouncedReceipts200JSONResponse(page), nil
}

func (s server) DealWithBouncedReceipt(ctx context.Context, r DealWithBouncedReceiptRequestObject) (DealWithBouncedReceiptResponseObject, error) {
	if err := s.desk.DealWithBounced(ctx, r.Delivery, r.Body.Note); err != nil {
		return nil, err
	}
	return DealWithBouncedReceipt204Response{}, nil
}

func arrival(v desk.ArrivalView, locale string) Arrival {
	view := Arrival{
		Id: v.ID, State: ArrivalState(v.State), Number: unlessZero(v.Number), At: v.At, Title: v.Title,
		Requester: Named{Id: v.RequesterID, Name: v.Requester}, Organization: Named{Id: v.OrganizationID, Name: v.Organization},
		Receipts: receipts(v.Receipts),
	}
	if key := v.Why(); key != "" {
		why := words.Say(locale, key, map[string]any{"missing": v.Missing(locale)})
		view.Why = &why
	}
	if len(v.Lacks) > 0 {
		missing := make([]Lack, len(v.Lacks))
		for i, l := range v.Lacks {
			missing[i] = Lack{Fields: l.Fields, Text: l.Say(locale)}
		}
		view.Missing = &missing
	}
	return view
}

func receipts(list []store.Receipt) []Receipt {
	views := make([]Receipt, len(list))
	for i, r := range list {
		views[i] = receipt(r)
	}
	return views
}

func receipt(r store.Receipt) Receipt {
	view := Receipt{
		To: unlessZero(r.To), Name: r.Name, State: ReceiptState(r.Fate()), Again: r.Again, DecidedAt: r.DecidedAt, AcceptedAt: r.AcceptedAt,
		Answer: unlessZero(r.LastError), DealtWith: r.DealtAt, Note: unlessZero(r.DealtNote),
	}
	if r.Fate() == store.ReceiptRefused {
		view.RefusedAt = r.DeadAt
	}
	return view
}
