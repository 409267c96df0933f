package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// receipts are for who got none: what has arrived, sending it again, and those
// that did not arrive.
var receipts = []route{
	{"GET", "/receipts", desk.OpListReceipts, receiptsPage},
	{"POST", "/tickets/:ticket/receipt", desk.OpResendReceipt, resendReceipt},
	{"GET", "/console/receipts", desk.OpListBounced, consoleReceipts},
	{"POST", "/console/tickets/:ticket/receipt", desk.OpResendReceipt, resendReceipt},
	{"GET", "/console/receipts/bounced", desk.OpListBounced, bouncedPage},
	{"POST", "/console/receipts/bounced/dealt-with", desk.OpDealWithBounced, dealWithBounced},
}

// receiptsView is the page of the lookup.
type receiptsView struct {
	Address, Subject string
	Asked            bool // something was looked for
	List             []desk.ArrivalView
	Next             string // where the list goes on; "" on the last page
	Staff            bool
	Me               uuid.UUID
	Bounced          string         // how many receipts did not arrive; for staff, "" for none
	Wrong            *problem.Error // what is wrong with what was asked
}

// Own says whether the receipt of a ticket is the reader's to have sent again.
func (v receiptsView) Own(a desk.ArrivalView) bool {
	return v.Staff || a.RequesterID == v.Me || a.ContactID != nil && *a.ContactID == v.Me
}

// Empty says that all has been looked through and nothing was found.
func (v receiptsView) Empty() bool {
	return v.Asked && v.Wrong == nil && len(v.List) == 0 && v.Next == ""
}

func receiptsPage(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console/receipts" + query(q.QueryParams()))
	}
	return q.lookUp("/receipts", "")
}

func consoleReceipts(q *request) error {
	n, err := q.site.desk.BouncedCount(q.Request().Context())
	if err != nil {
		return err
	}
	waiting := ""
	if n > 0 {
		waiting = bounded(n)
	}
	return q.lookUp("/console/receipts", waiting)
}

// lookUp shows what an address and words of the subject find; without either
// the form alone.
func (q *request) lookUp(at, bounced string) error {
	v := receiptsView{Address: q.QueryParam("address"), Subject: q.QueryParam("subject"), Staff: q.caller.Staff(), Me: q.caller.Person.ID, Bounced: bounced}
	v.Asked = v.Address+v.Subject != ""
	if !v.Asked {
		return q.show(http.StatusOK, "receipts", "receipts_title", v)
	}
	list, next, err := q.site.desk.LookUp(q.Request().Context(), desk.ReceiptQuery{
		Address: v.Address, Subject: v.Subject, Cursor: q.QueryParam("cursor"), Limit: directoryPage,
	})
	if e, ok := problem.As(err); ok && e.Code == problem.Unprocessable {
		v.Wrong = e
		return q.show(http.StatusUnprocessableEntity, "receipts", "receipts_title", v)
	}
	if err != nil {
		return err
	}
	v.List = list
	if next != "" {
		values := url.Values{"cursor": {next}}
		for name, text := range map[string]string{"address": v.Address, "subject": v.Subject} {
			if text != "" {
				values.Set(name, text)
			}
		}
		v.Next = q.to(at + query(values))
	}
	return q.show(http.StatusOK, "receipts", "receipts_title", v)
}

// Why is why something that arrived is not registered, in the reader's
// language.
func (p *page) Why(a desk.ArrivalView) string {
	return words.Say(p.Request.locale, a.Why(), map[string]any{"missing": a.Missing(p.Request.locale)})
}

func resendReceipt(q *request) error {
	return q.act("", "receipt_sent_again", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.ResendReceipt(ctx, key, ref)
		return err
	})
}

// bouncedView are the receipts that did not arrive.
type bouncedView struct {
	List []store.Bounced
	Next string
}

func bouncedPage(q *request) error {
	v, err := q.bounced()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "bounced", "bounced_title", v)
}

func (q *request) bounced() (v bouncedView, err error) {
	list, next, err := q.site.desk.Bounced(q.Request().Context(), q.QueryParam("cursor"), directoryPage)
	v.List = list
	if next != "" {
		v.Next = q.to("/console/receipts/bounced" + query(url.Values{"cursor": {next}}))
	}
	return v, err
}

func dealWithBounced(q *request) error {
	id, err := strconv.ParseInt(q.text("delivery"), 10, 64)
	if err != nil {
		return problem.Missing()
	}
	if wrong := q.site.desk.DealWithBounced(q.Request().Context(), id, q.text("note")); wrong != nil {
		v, err := q.bounced()
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, "deal-"+q.text("delivery"), "bounced", "bounced_title", v)
	}
	return q.seeOther("/console/receipts/bounced?done=receipt_dealt_with")
}
