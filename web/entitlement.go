package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// counting are the pages about what contracts include and what is taken.
var counting = []route{
	{"GET", "/contracts/:contract", desk.OpGetLedger, ownLedgerPage},
	{"GET", "/console/contracts/:contract/ledger", desk.OpDirectory, ledgerPage},
	{"POST", "/console/tickets/:ticket/release", desk.OpReleaseTicket, releaseTicket},
}

// taking is what a request of the reader's would take, once it was asked for.
type taking struct {
	entitlement desk.Entitlement
	known       bool
}

// Taking is what a request of the reader's would take were it registered now,
// and what is left. Of the form being filled in, its kind and the customer it
// is for count.
func (p *page) Taking() (desk.Entitlement, error) {
	q := p.Request
	if q.taking.known {
		return q.taking.entitlement, nil
	}
	kind, customer := "", (*uuid.UUID)(nil)
	if v, ok := p.Data.(registerView); ok {
		kind = v.Kept["type"]
		if whose := idOf(v.Kept["on_behalf"]); whose != nil && slices.ContainsFunc(v.Customers, func(o store.Organization) bool { return o.ID == *whose }) {
			customer = whose
		}
	}
	e, err := q.site.desk.Entitlement(q.Request().Context(), kind, customer)
	q.taking = taking{entitlement: e, known: err == nil}
	return e, err
}

// AtZeroChoices are what can be chosen when no ticket is left.
func (p *page) AtZeroChoices() []string { return policy.AtZeroChoices }

// Standing is how the contract of a page stands; nil when it counts no tickets.
func (p *page) Standing(contract uuid.UUID) (*desk.Standing, error) {
	l, err := p.Request.site.desk.ContractLedger(p.Request.Request().Context(), contract, "", 1)
	return l.Standing, err
}

// besideChoice are the wrong fields of a registration but for the choice that
// is made where it is sent.
func besideChoice(fields []problem.Field) []problem.Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f problem.Field) bool { return f.Path == "at_zero" })
}

// ledgerView is a contract's books.
type ledgerView struct {
	desk.ContractLedger
	Back string // the contract's page
	Rest string // address of older lines; "" on the last page
}

// ownLedgerPage shows an organization's side what its contract gave and what
// was taken from it; staff have the console's page.
func ownLedgerPage(q *request) error {
	id, err := q.idIn("contract")
	switch {
	case err != nil:
		return err
	case q.caller.Staff():
		return q.seeOther("/console/contracts/" + id.String() + "/ledger")
	}
	return q.ledger(id, "/contracts/"+id.String(), "/contracts")
}

// ledgerPage shows staff a contract's books.
func ledgerPage(q *request) error {
	id, err := q.idIn("contract")
	if err == nil {
		_, err = q.site.desk.OpenContract(q.Request().Context(), id)
	}
	if err != nil {
		return err
	}
	return q.ledger(id, "/console/contracts/"+id.String()+"/ledger", "/console/contracts/"+id.String())
}

func (q *request) ledger(id uuid.UUID, at, back string) error {
	l, err := q.site.desk.ContractLedger(q.Request().Context(), id, q.QueryParam("after"), directoryPage)
	if err != nil {
		return err
	}
	v := ledgerView{ContractLedger: l, Back: back}
	if l.Next != "" {
		v.Rest = q.to(at + query(url.Values{"after": {l.Next}}))
	}
	return q.show(http.StatusOK, "ledger", "ledger_title", v, "reference", l.Reference)
}

// MoveKind is what a line of a contract's books was, as words know it: an
// agreement that gives and one that takes are two.
func (p *page) MoveKind(m store.Move) string {
	if m.Kind == "agree" && m.To == "agreement" {
		return "taken_back"
	}
	return m.Kind
}

// MoveAmount is what a line does to what is left: +1, −1, 0.
func (p *page) MoveAmount(m store.Move) int {
	switch "available" {
	case m.From:
		return -m.Amount
	case m.To:
		return m.Amount
	}
	return 0
}

// releaseTicket gives back what a ticket took.
func releaseTicket(q *request) error {
	return q.act("release", "ticket_released", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.ReleaseTicket(ctx, key, ref, q.text("reason"), q.text("note"))
		return err
	})
}
