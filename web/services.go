package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// servicing are the pages about service requests, on either side; each side is
// sent to its own.
var servicing = []route{
	{"GET", "/service-requests", desk.OpListServiceRequests, servicesPage},
	{"GET", "/service-requests/:service", desk.OpGetServiceRequest, servicePage},
	{"POST", "/service-requests/:service/consent", desk.OpAnswerRate, answerRate},
	{"POST", "/service-requests/:service/ask-estimate", desk.OpAskEstimate, askEstimate},
	{"POST", "/service-requests/:service/estimate-decision", desk.OpDecideEstimate, decideEstimate},
	{"POST", "/service-requests/:service/validation", desk.OpValidateWork, validateWork},
	{"POST", "/service-requests/:service/withdraw", desk.OpWithdrawServiceRequest, withdrawService},
	{"GET", "/console/service-requests", desk.OpQueue, consoleServices},
	{"GET", "/console/service-requests/:service", desk.OpGetServiceRequest, servicePage},
	{"POST", "/console/service-requests/:service/begin", desk.OpBeginWork, beginWork},
	{"POST", "/console/service-requests/:service/estimates", desk.OpOfferEstimate, offerEstimate},
	{"POST", "/console/service-requests/:service/ask-validation", desk.OpAskValidation, askValidation},
	{"POST", "/console/service-requests/:service/close", desk.OpCloseServiceRequest, closeService},
	{"POST", "/console/service-requests/:service/reassign", desk.OpReassignServiceRequest, reassignService},
	{"POST", "/console/service-requests/:service/cancel", desk.OpCancelServiceRequest, cancelService},
}

// servicesView is the list of service requests: those that are open, those that
// wait for the reader's side to act, or all.
type servicesView struct {
	List  []desk.ServiceRequestView
	At    string // the address of the list
	Which string
	Lists []link
	First bool
	Next  string // address of the next page; "" on the last
}

// The lists of service requests. What waits for billing is its work to charge,
// to settle or to issue time frame and invoice of.
const (
	servicesOpen    = ""
	servicesYours   = "yours"   // wait for the customer
	servicesBilling = "billing" // wait for billing
	servicesAll     = "all"
)

// serviceLists are the lists a side has.
func serviceLists(staff bool) []string {
	if staff {
		return []string{servicesOpen, servicesBilling, servicesAll}
	}
	return []string{servicesOpen, servicesYours, servicesAll}
}

// listed says whether a list has service requests of a state.
func listed(which string, s service.State) bool {
	switch which {
	case servicesYours:
		return s.WaitsFor() != ""
	case servicesBilling:
		return s == service.ToSchedule || s.Stopped()
	case servicesAll:
		return true
	}
	return !s.Ended()
}

// consoleServices is the list for staff alone; the customer's side has its own.
func consoleServices(q *request) error {
	if !q.caller.Staff() {
		return problem.New(problem.Forbidden, "not_your_role", nil)
	}
	return servicesPage(q)
}

func servicesPage(q *request) error {
	if q.elsewhere() {
		return q.seeOther(q.servicePath(""))
	}
	v := servicesView{At: q.servicePath(""), Which: q.QueryParam("show"), First: q.QueryParam("after") == ""}
	lists := serviceLists(q.caller.Staff())
	if !slices.Contains(lists, v.Which) {
		v.Which = servicesOpen
	}
	for _, one := range lists {
		v.Lists = append(v.Lists, link{To: q.to(v.At + query(url.Values{"show": {one}})), Words: q.say("services_" + cmp.Or(one, "open")), Here: hereIf(one == v.Which)})
	}
	ask := desk.ServiceRequestQuery{Cursor: q.QueryParam("after"), Limit: directoryPage}
	for _, s := range service.States {
		if listed(v.Which, s) {
			ask.States = append(ask.States, s)
		}
	}
	var next string
	var err error
	if v.List, next, err = q.site.desk.ServiceRequests(q.Request().Context(), ask); err != nil {
		return err
	}
	if next != "" {
		v.Next = q.to(v.At + query(url.Values{"show": {v.Which}, "after": {next}}))
	}
	return q.show(http.StatusOK, "services", "services_title", v)
}

// servicePath is the address of a service request's page on the reader's side; of
// the list without a number.
func (q *request) servicePath(number string) string {
	at := "/service-requests"
	if q.caller.Staff() {
		at = "/console" + at
	}
	if number != "" {
		at += "/" + number
	}
	return at
}

// serviceView is one service request's page.
type serviceView struct {
	asIs
	desk.ServiceRequestView
	At         string // its address
	Colleagues []store.Person
	Package    string            // code of the package the reader starts the offer of a training from; "": none
	Quoting    bool              // the form of an offer is open
	Stopped    *desk.CommentView // why the customer has stopped it, for who settles
	Steps      []step            // of the paid chain; nil for other work
	Cited      string            // what of the support policy stands behind it, in the reader's language
}

// May says whether the reader may do something now.
func (v serviceView) May(action string) bool {
	for _, a := range v.Possible {
		if string(a) == action {
			return true
		}
	}
	return false
}

// Offered is the estimate that can be decided on, the newest; nil without one.
func (v serviceView) Offered() *store.Estimate {
	if len(v.Estimates) == 0 {
		return nil
	}
	return &v.Estimates[0]
}

func (q *request) service(ref string) (v serviceView, err error) {
	ctx := q.Request().Context()
	if v.ServiceRequestView, err = q.site.desk.ServiceRequest(ctx, ref); err != nil {
		return v, err
	}
	v.At = q.servicePath(v.Row.Number)
	if v.Internal && v.May(string(service.ActReassign)) {
		if v.Colleagues, err = q.site.desk.Carriers(ctx); err != nil {
			return v, err
		}
	}
	if v.Enhancement() {
		v.Steps, v.Cited = chainPath(v.Row, v.Events), v.Cites.In(q.locale)
	}
	if v.May(string(service.ActSettle)) {
		if v.Stopped, err = q.saidLast(v.Ticket.ID, "withdrawal"); err != nil {
			return v, err
		}
	}
	v.asIs = asIs{"estimate": {"currency": {v.Row.Rate.Currency}}}
	if len(v.Quotes) > 0 && v.May(string(service.ActOfferQuote)) {
		v.asIs["quote"] = q.quoteBefore(v.Quotes[0])
	}
	q.trained(&v)
	return v, nil
}

// saidLast is the last of what was said on a ticket that is of a kind; nil when
// that was long ago, or never.
func (q *request) saidLast(ticket uuid.UUID, kind string) (*desk.CommentView, error) {
	said, _, err := q.site.desk.LatestComments(q.Request().Context(), ticket.String(), commentsMax)
	for i := len(said) - 1; i >= 0; i-- {
		if said[i].Kind == kind {
			return &said[i], err
		}
	}
	return nil, err
}

func servicePage(q *request) error {
	v, err := q.service(q.Param("service"))
	switch {
	case err != nil:
		return err
	case q.elsewhere():
		return q.seeOther(v.At)
	}
	return q.show(http.StatusOK, "service", "service_title", v, "number", v.Row.Number)
}

// served is a form on a service request's page. When it is refused its page comes
// back with what was typed, and shows how things stand now.
func (q *request) served(form, done string, do func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error)) error {
	ref := q.Param("service")
	_, wrong := do(q.Request().Context(), q.formKey(), ref)
	if wrong != nil {
		v, err := q.service(ref)
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, form, "service", "service_title", v, "number", v.Row.Number)
	}
	return q.seeOther(q.servicePath(ref) + "?done=" + done)
}

func answerRate(q *request) error {
	return q.served("consent", "rate_answered", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		return q.site.desk.AnswerRate(ctx, key, ref, q.text("answer") == "accept", q.text("text"))
	})
}

func askEstimate(q *request) error {
	return q.served("ask-estimate", "estimate_asked", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		return q.site.desk.AskEstimate(ctx, key, ref, q.text("text"))
	})
}

func decideEstimate(q *request) error {
	return q.served("decision", "estimate_decided", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		answer, err := q.answered()
		if err != nil {
			return desk.ServiceRequestView{}, err
		}
		return q.site.desk.DecideEstimate(ctx, key, ref, q.number("revision"), answer, q.text("text"))
	})
}

func validateWork(q *request) error {
	return q.served("validation", "work_validated", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		answer, err := q.answered()
		if err != nil {
			return desk.ServiceRequestView{}, err
		}
		return q.site.desk.ValidateWork(ctx, key, ref, q.number("round"), answer, q.text("text"), nil)
	})
}

// answered is the answer that was chosen: whether it accepts.
func (q *request) answered() (accepts bool, err error) {
	switch q.text("answer") {
	case "accept":
		return true, nil
	case "decline":
		return false, nil
	}
	var wrong problem.Fields
	wrong.Add("answer", "field_missing", nil)
	return false, wrong.Err()
}

// number is the whole number a field holds; -1, which nothing is, for nonsense.
func (q *request) number(field string) int {
	n, err := strconv.Atoi(strings.TrimSpace(q.text(field)))
	if err != nil {
		return -1
	}
	return n
}

func withdrawService(q *request) error {
	return q.served("withdraw", "service_withdrawn", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		return q.site.desk.WithdrawServiceRequest(ctx, key, ref, q.text("text"))
	})
}

func beginWork(q *request) error {
	return q.served("begin", "work_begun", q.site.desk.BeginWork)
}

func offerEstimate(q *request) error {
	return q.served("estimate", "estimate_offered", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		var wrong problem.Fields
		in := desk.EstimateInput{Minutes: q.hoursTyped(&wrong, "hours"), Amount: q.amountTyped(&wrong, "amount", q.text("currency")), Currency: q.text("currency")}
		if err := wrong.Err(); err != nil {
			return desk.ServiceRequestView{}, err
		}
		return q.site.desk.OfferEstimate(ctx, key, ref, in, q.text("text"))
	})
}

func askValidation(q *request) error {
	return q.served("done", "validation_asked", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		return q.site.desk.AskValidation(ctx, key, ref, q.text("text"), nil)
	})
}

func closeService(q *request) error {
	return q.served("close", "service_closed", q.site.desk.CloseServiceRequest)
}

func reassignService(q *request) error {
	return q.served("reassign", "service_reassigned", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		var person *uuid.UUID
		if q.text("assignee_id") != "" {
			person = q.idTyped("assignee_id")
		}
		return q.site.desk.ReassignServiceRequest(ctx, key, ref, person, q.text("text"))
	})
}

func cancelService(q *request) error {
	return q.served("cancel", "service_cancelled", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		return q.site.desk.CancelServiceRequest(ctx, key, ref, q.text("text"))
	})
}

// ServiceStatus is what a service request's state is called for the reader.
func (p *page) ServiceStatus(r store.ServiceRequest) Status {
	look := "working"
	switch {
	case r.State.Ended():
		look = "closed"
	case r.State == service.Billed:
		look = "done"
	case r.State.WaitsFor() != "" && p.Staff():
		look = "others"
	case r.State.WaitsFor() != "":
		look = "you"
	}
	return Status{"service_" + string(r.State), look}
}

// Decimal is a decimal as it is read: 1.5, in French 1,5.
func (p *page) Decimal(decimal string) string { return p.Request.decimal(decimal) }

func (q *request) decimal(decimal string) string {
	if q.locale == "fr" {
		return strings.Replace(decimal, ".", ",", 1)
	}
	return decimal
}

// Price is a decimal amount as it is read: 1,437.50 CAD, in French 1 437,50 CAD.
func (p *page) Price(decimal, currency string) string {
	return words.Price(decimal, currency, p.Request.locale)
}
