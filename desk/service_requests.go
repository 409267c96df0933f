package desk

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

// ServiceRequestView is a service request as one reader may see it.
type ServiceRequestView struct {
	Row       store.ServiceRequest
	Ticket    store.Ticket
	Names     store.Names             // of its ticket, and of who carries it out
	Estimates []store.Estimate        // the newest first; nil in lists
	Quotes    []store.Quote           // likewise
	Sessions  []store.TrainingSession // of a training, as they were last agreed; nil in lists
	Starts    []OfferStart            // what its offer may start from, while the reader may offer
	Decisions []store.Decision        // oldest first; nil in lists
	Events    []store.Event           // what happened that the customer's side sees, oldest first; nil in lists
	Said      string                  // what was written with what the customer's side is asked now; "": nothing
	Deciders  *Deciders               // of its quote, while that is not the reader's to decide on; nil in lists, but those of quotes
	Possible  []service.Action        // what the reader may do now
	Minutes   store.WorkMinutes       // what it has taken; zero in lists
	Internal  bool                    // the reader is staff
	Bills     bool                    // the analysis of what is declined is billed

	// Of an enhancement, and nothing in lists.
	Efforts  []store.Effort       // what the vendor itself thinks it takes, the newest first; staff alone
	Frame    *store.TimeFrame     // when it is worked on
	Standing *store.Invoice       // of its price; nil where it is taken back
	Partners []store.Organization // whom the reader may ask for help instead
	Cites    policy.Text          // what of the support policy stands behind it
}

var serviceNumberForm = regexp.MustCompile(`^[Ss][Rr]-[0-9]{4}-[0-9]{1,12}$`)

// findService is the service request a caller names by uuid or number, with its
// ticket; NotFound when it is missing or its ticket out of sight, Forbidden when
// the operation on it is not theirs.
func (d *Desk) findService(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string) (r store.ServiceRequest, t store.Ticket, err error) {
	if id, parseErr := uuid.Parse(ref); parseErr == nil && len(ref) == 36 {
		r, err = tx.ServiceRequest(ctx, id)
	} else if serviceNumberForm.MatchString(ref) {
		r, err = tx.ServiceRequestByNumber(ctx, strings.ToUpper(ref))
	} else {
		err = problem.Missing()
	}
	if err != nil {
		return r, t, err
	}
	if t, err = tx.Ticket(ctx, r.TicketID); err != nil {
		return r, t, err
	}
	if err := c.sight(OpGetServiceRequest).CheckSight(t); err != nil { // approvers see it, and not its ticket
		return r, t, err
	}
	noteTicket(ctx, t)
	telemetry.Note(ctx, "service_request", r.Number)
	telemetry.Note(ctx, "workflow_id", workflows.WorkID(r.Path, r.ID.String()))
	if !c.sight(op).Sees(t) {
		return r, t, problem.New(problem.Forbidden, "not_your_role", nil)
	}
	return r, t, c.allow(op)
}

// ServiceRequest is one service request, by uuid or number.
func (d *Desk) ServiceRequest(ctx context.Context, ref string) (v ServiceRequestView, err error) {
	c, err := d.caller(ctx, OpGetServiceRequest)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, t, err := d.findService(ctx, tx, c, OpGetServiceRequest, ref)
		if err == nil {
			v, err = d.viewService(ctx, tx, c, r, t)
		}
		return err
	})
}

// ServiceRequestsOf are those of a ticket, the newest first.
func (d *Desk) ServiceRequestsOf(ctx context.Context, ref string) (list []ServiceRequestView, err error) {
	c, err := d.caller(ctx, OpListServiceRequestsOf)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		t, err := d.find(ctx, tx, c, OpListServiceRequestsOf, ref)
		if err != nil {
			return err
		}
		rows, err := tx.ServiceRequestsOf(ctx, t.ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			v, err := d.viewService(ctx, tx, c, r, t)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
}

// ServiceRequestQuery narrows a list of service requests; zero values do not.
type ServiceRequestQuery struct {
	States     []service.State
	AssigneeID *uuid.UUID
	Quoted     bool // a quote was offered
	Cursor     string
	Limit      int // 1 to PageMax
}

// ServiceRequests lists those whose tickets the caller sees, newest first, and
// the cursor of the next page ("" on the last).
func (d *Desk) ServiceRequests(ctx context.Context, q ServiceRequestQuery) (list []ServiceRequestView, next string, err error) {
	c, err := d.caller(ctx, OpListServiceRequests)
	if err != nil {
		return nil, "", err
	}
	f := store.ServiceRequestFilter{Sight: c.sight(OpListServiceRequests), AssigneeID: q.AssigneeID, Quoted: q.Quoted, Limit: q.Limit + 1}
	for _, s := range q.States {
		f.States = append(f.States, string(s))
	}
	if q.Cursor != "" {
		at, id, err := timeCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.BeforeAt, f.BeforeID = &at, id
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.ServiceRequests(ctx, f)
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := rows[q.Limit-1]
			next = cursor(last.CreatedAt.UTC().Format(time.RFC3339Nano), last.ID)
		}
		tickets, err := tx.TicketsBehind(ctx, rows)
		if err != nil {
			return err
		}
		names, err := tx.Names(ctx, tickets)
		if err == nil {
			err = tx.NamesOf(ctx, names, rows)
		}
		for _, r := range rows {
			i := slices.IndexFunc(tickets, func(t store.Ticket) bool { return t.ID == r.TicketID })
			list = append(list, ServiceRequestView{Row: r, Ticket: tickets[i], Names: names, Internal: c.Staff()})
		}
		return err
	})
}

// viewService reads what belongs to a row the caller may see.
func (d *Desk) viewService(ctx context.Context, tx *store.Tx, c Caller, r store.ServiceRequest, t store.Ticket) (v ServiceRequestView, err error) {
	if c.Vendor, err = tx.Pinned(ctx, c.Vendor, r.PolicyVersion); err != nil {
		return v, err
	}
	v = ServiceRequestView{Row: r, Ticket: t, Internal: c.Staff(), Bills: c.Vendor.Settings.Path(r.Path).BillDeclined}
	v.Possible = d.possibleService(c, r, t)
	if v.Names, err = tx.Names(ctx, []store.Ticket{t}); err != nil {
		return v, err
	}
	if err := tx.NamesOf(ctx, v.Names, []store.ServiceRequest{r}); err != nil {
		return v, err
	}
	if v.Estimates, err = tx.Estimates(ctx, r.ID); err != nil {
		return v, err
	}
	if v.Quotes, err = tx.Quotes(ctx, r.ID); err != nil {
		return v, err
	}
	if v.Sessions, err = tx.Sessions(ctx, r.ID); err != nil {
		return v, err
	}
	if v.Deciders, err = d.deciders(ctx, tx, c, t, r, v.Quotes); err != nil {
		return v, err
	}
	if slices.Contains(v.Possible, service.ActOfferQuote) {
		if v.Starts, err = offerStarts(ctx, tx, c.Vendor.Settings.Pack, r, t); err != nil {
			return v, err
		}
	}
	if v.Decisions, err = tx.DecisionsOn(ctx, r.ID); err != nil {
		return v, err
	}
	if err := d.mayDecide(ctx, tx, c, r, t); problem.CodeOf(err) == problem.Forbidden {
		v.Possible = slices.DeleteFunc(v.Possible, func(a service.Action) bool { return serviceOperation[a] == OpDecideQuote })
	} else if err != nil {
		return v, err
	}
	if err := d.viewEnhancement(ctx, tx, c, &v); err != nil {
		return v, err
	}
	if v.Events, err = tx.ServiceEvents(ctx, r); err != nil {
		return v, err
	}
	if v.Said, err = saidWith(ctx, tx, r.State, v.Events); err != nil {
		return v, err
	}
	v.Minutes, err = tx.MinutesOf(ctx, r.ID)
	return v, err
}

// asking are the events with which the customer's side is asked what a state waits
// for. What goes with an estimate or a quote is kept with that.
var asking = map[service.State]string{
	service.WaitingForConsent: "created", service.WaitingForInterest: "created", service.WaitingForChoice: "created",
	service.WaitingForValidation: string(service.ActAskValidation),
}

// saidWith is what was written with what a service request in a state waits for.
func saidWith(ctx context.Context, tx *store.Tx, s service.State, events []store.Event) (string, error) {
	for _, e := range slices.Backward(events) {
		if kind, asks := asking[s]; asks && e.Kind == activities.ServiceEvent+kind {
			return tx.SaidWith(ctx, e)
		}
	}
	return "", nil
}

// possibleService is what the caller may do with it now: the procedure's answer,
// less what their roles don't allow.
func (d *Desk) possibleService(c Caller, r store.ServiceRequest, t store.Ticket) []service.Action {
	list := []service.Action{}
	for _, action := range service.Possible(r.Snapshot(c.Vendor.Settings), c.Actor().Side, d.Now()) {
		if op, offered := serviceOperation[action]; offered && c.Reach(op) != Nothing && c.sight(op).Sees(t) {
			list = append(list, action)
		}
	}
	return list
}

// unfinished names what hangs on a ticket where that is why something was
// refused.
func unfinished(ctx context.Context, tx *store.Tx, ticketID uuid.UUID, refusal error) error {
	e, ok := problem.As(refusal)
	if !ok || e.Key != ticket.Unfinished {
		return refusal
	}
	open, err := hanging(ctx, tx, ticketID)
	if err != nil {
		return refusal
	}
	e.Data = map[string]any{"open": open}
	for _, one := range open {
		if number, numbered := one["number"]; numbered {
			e.Args["open"] = number
			break
		}
	}
	return e
}

// hanging lists what has to be finished before a ticket can be answered or
// closed.
func hanging(ctx context.Context, tx *store.Tx, ticketID uuid.UUID) ([]map[string]any, error) {
	list := []map[string]any{}
	request, err := tx.OpenServiceRequest(ctx, ticketID)
	if err != nil {
		return nil, err
	}
	if request != nil {
		list = append(list, map[string]any{"id": request.ID, "number": request.Number, "state": request.State})
	}
	review, err := tx.OpenQAReview(ctx, ticketID)
	if err != nil {
		return nil, err
	}
	if review != nil {
		list = append(list, map[string]any{"id": review.ID, "number": review.Number, "state": review.State})
	}
	dev, err := tx.EvaluatedFor(ctx, ticketID)
	if err != nil {
		return nil, err
	}
	if dev != nil {
		list = append(list, map[string]any{"id": dev.ID, "number": dev.Number, "state": dev.State})
	}
	vote, err := tx.FeatureVoteOfTicket(ctx, ticketID)
	if err != nil {
		return nil, err
	}
	if vote != nil && vote.Answer == "" {
		f, err := tx.Feature(ctx, vote.FeatureID)
		if err != nil {
			return nil, err
		}
		list = append(list, map[string]any{"id": f.ID, "number": f.Number, "state": f.State})
	}
	asked, err := tx.OpenCollaborations(ctx, ticketID)
	for _, one := range asked {
		list = append(list, map[string]any{"id": one.ID, "state": one.State})
	}
	return list, err
}
