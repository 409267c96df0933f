package web

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// enhancing are the forms of the paid chain: the rest is on its service request's
// page.
var enhancing = []route{
	{"POST", "/service-requests/:service/interest", desk.OpAnswerInterest, answerInterest},
	{"POST", "/service-requests/:service/support-choice", desk.OpChooseSupport, chooseSupport},
	{"POST", "/console/service-requests/:service/withdraw-offer", desk.OpWithdrawOffer, withdrawOffer},
	{"POST", "/console/service-requests/:service/efforts", desk.OpRecordEstimate, recordEstimate},
	{"POST", "/console/service-requests/:service/schedule", desk.OpScheduleWork, scheduleWork},
	{"POST", "/console/service-requests/:service/settlement", desk.OpSettleWork, settleWork},
}

func answerInterest(q *request) error {
	return q.served("interest", "interest_answered", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		interested, err := q.answered()
		if err != nil {
			return desk.ServiceRequestView{}, err
		}
		return q.site.desk.AnswerInterest(ctx, key, ref, interested, q.text("text"))
	})
}

// chosenQuote is the choice of a quote; any other is the id of a partner.
const chosenQuote = "quote"

func chooseSupport(q *request) error {
	return q.served("choice", "support_chosen", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		switch choice := q.text("choice"); choice {
		case "":
			var wrong problem.Fields
			wrong.Add("choice", "field_missing", nil)
			return desk.ServiceRequestView{}, wrong.Err()
		case chosenQuote:
			return q.site.desk.AskSupportQuote(ctx, key, ref, q.text("text"))
		default:
			partner, _ := uuid.Parse(choice) // nonsense is nobody's id
			return q.site.desk.TakePartner(ctx, key, ref, &partner, q.text("text"))
		}
	})
}

func withdrawOffer(q *request) error {
	return q.served("withdraw-offer", "offer_withdrawn", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		return q.site.desk.WithdrawOffer(ctx, key, ref, q.text("text"))
	})
}

// effortLines is how many lines the form of an estimate has.
const effortLines = 7

func recordEstimate(q *request) error {
	return q.served("effort", "effort_recorded", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		var lines []desk.EffortInput
		var wrong problem.Fields
		for i := range q.filled("lines", effortLines, []string{"role", "minutes"}, "phase") {
			lines = append(lines, desk.EffortInput{
				Phase: q.text(rowField("lines", i, "phase")), Role: q.text(rowField("lines", i, "role")), Minutes: q.hoursTyped(&wrong, rowField("lines", i, "minutes")),
			})
		}
		if err := wrong.Err(); err != nil {
			return desk.ServiceRequestView{}, err
		}
		return q.site.desk.RecordEstimate(ctx, key, ref, lines, q.text("text"))
	})
}

func scheduleWork(q *request) error {
	return q.served("schedule", "work_scheduled", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		return q.site.desk.ScheduleWork(ctx, key, ref, desk.FrameInput{
			First: q.text("first_day"), Last: q.text("last_day"), PO: q.text("po_number"), Total: q.text("total"),
		}, q.text("text"))
	})
}

func settleWork(q *request) error {
	return q.served("settlement", "work_settled", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		v, err := q.site.desk.ServiceRequest(ctx, ref)
		if err != nil {
			return v, err
		}
		keep := q.text("keep") // of no quote there is nothing to keep; the desk refuses
		if len(v.Quotes) > 0 {
			var wrong problem.Fields
			keep = q.amountTyped(&wrong, "keep", v.Quotes[0].Currency)
			if err := wrong.Err(); err != nil {
				return v, err
			}
		}
		return q.site.desk.SettleWork(ctx, key, ref, keep, q.text("text"))
	})
}

// StepCalled is what a step of a path is called: the answer is the customer's.
func (p *page) StepCalled(key string) string {
	if key == "chain_interest" && p.Staff() {
		key = "chain_interest_theirs"
	}
	return p.T(key)
}

// FrameDay is a day of a time frame as it is read.
func (p *page) FrameDay(on time.Time) string { return words.Day(on, p.Request.locale) }

// EffortRows are the places of the lines of an estimate, each with the phase it
// is for unless another is chosen.
func (p *page) EffortRows() []string { return service.Phases[:effortLines] }

// Phases are the phases to choose from.
func (p *page) Phases() []string { return service.Phases }

// Enhancement says whether a service request is one of the paid chain.
func (v serviceView) Enhancement() bool { return service.IsEnhancement(v.Row.Path) }

// Paid is the paid work a ticket was offered; nil for none.
func (v ticketView) Paid() *store.ServiceRequest {
	if len(v.Services) == 0 || !service.IsEnhancement(v.Services[0].Path) {
		return nil
	}
	return &v.Services[0]
}

// PaidOver is the key of what a customer is told that came of it; "" while it goes
// on or there was none.
func (v ticketView) PaidOver() string {
	paid := v.Paid()
	if paid == nil || !paid.State.Ended() || paid.Ending == service.PathChanged {
		return ""
	}
	return "paid_over_" + string(paid.Ending)
}

// PaidProposal is what the customer can be told, in their language, when paid work
// is over; "" while it is not.
func (p *page) PaidProposal(w workbenchView) string {
	key := w.PaidOver()
	if key == "" || len(w.Told) == 0 || w.Suggestion != nil && w.Suggestion.Stage != desk.StageOffered { // decided otherwise since
		return ""
	}
	return said.Say(words.Match(w.Told[0].Locale), key, nil)
}

// Approved is the quote whose price is to be invoiced.
func (v serviceView) Approved() *store.Quote {
	if !v.May(string(service.ActSchedule)) || len(v.Quotes) == 0 {
		return nil
	}
	return &v.Quotes[0]
}

// Settled says whether an enhancement was stopped after its invoice and that is
// settled: its time frame is over, and another invoice may stand.
func (v serviceView) Settled() bool {
	return v.Frame != nil && v.Row.State.Ended() && v.Row.Ending != service.Completed
}

// Owed is the invoice that is still to be paid of an enhancement that is over;
// nil for none.
func (v serviceView) Owed() *store.Invoice {
	if v.Standing == nil || !v.Row.State.Ended() || v.Standing.State() != store.InvoiceOpen {
		return nil
	}
	return v.Standing
}

// WaitsFor is who an enhancement waits for; "" for nobody any more.
func (v serviceView) WaitsFor() string { return chainWaits(v.Row) }

// chainWaits is whom an enhancement waits for: customer or vendor; "" when it is
// over.
func chainWaits(r store.ServiceRequest) string {
	switch {
	case r.State.Ended():
		return ""
	case r.State.WaitsFor() != "":
		return "customer"
	}
	return "vendor"
}

// chainSteps are the steps of the paid chain, in order, and the states that each
// stands for.
var chainSteps = []struct {
	key    string
	states []service.State
}{
	{"chain_interest", []service.State{service.WaitingForInterest, service.WaitingForChoice}},
	{"chain_estimate", []service.State{service.Analysis}},
	{"chain_quote", []service.State{service.QuoteOffered}},
	{"chain_invoice", []service.State{service.ToSchedule, service.WaitingForPayment}},
	{"chain_work", []service.State{service.InWork, service.Adjustments}},
	{"chain_validation", []service.State{service.WaitingForValidation}},
	{"chain_closed", []service.State{service.Closed}},
}

// chainPath draws the paid chain of an enhancement: what is done and since when,
// where it is, and what comes; that it was sent back is words under its work. One
// that was stopped has the way to its end alone.
func chainPath(r store.ServiceRequest, events []store.Event) []step {
	at := r.State
	if at == service.WaitingForInformation {
		at = r.Resume
	}
	stopped := at.Stopped() || at == service.Billed || at.Ended() && r.Ending != service.Completed
	here := len(chainSteps)
	for i, s := range chainSteps {
		for _, state := range s.states {
			if state == at && !stopped {
				here = i
			}
		}
	}
	var steps []step
	for i, s := range chainSteps {
		one := step{Key: s.key, State: "next", At: firstIn(events, r.Number, s.states)}
		switch {
		case stopped && !reached(r, s.key):
			continue
		case stopped || i < here:
			one.State = "done"
		case i == here:
			one.State, one.At = "now", &r.UpdatedAt
		default:
			one.At = nil
		}
		if s.key == "chain_work" {
			one.Loops = sentBack(events, r.Number)
		}
		steps = append(steps, one)
	}
	if stopped {
		key := "chain_stopped"
		if at.Stopped() {
			key = "service_" + string(at)
		}
		steps = append(steps, step{Key: key, State: "now", At: &r.UpdatedAt})
	}
	return steps
}

// firstIn is when a service request first came to one of these states; nil for
// never.
func firstIn(events []store.Event, number string, states []service.State) *time.Time {
	for i, e := range events {
		if field(e.Data, "number") == number && slices.Contains(states, service.State(field(e.Data, "service_to"))) {
			return &events[i].At
		}
	}
	return nil
}

// sentBack are the times that the customer asked for adjustments.
func sentBack(events []store.Event, number string) (list []loop) {
	for _, e := range events {
		if e.Kind == "service_"+string(service.ActAdjust) && field(e.Data, "number") == number {
			list = append(list, loop{"loop_adjusted", e.At})
		}
	}
	return list
}

// reached says whether an enhancement that was stopped has come to a step, as far
// as its row tells.
func reached(r store.ServiceRequest, key string) bool {
	switch key {
	case "chain_interest":
		return true
	case "chain_estimate":
		return r.Effort > 0
	case "chain_quote":
		return r.Offer > 0
	case "chain_invoice":
		return r.Invoiced
	}
	return false
}
