package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// Limits of the dates of a training. The contract states the same.
const (
	SessionsMax   = 50
	SessionAhead  = 366 * 24 * time.Hour // at most so far from now
	SessionLength = 24 * time.Hour       // at most so long
	PlaceMax      = 500                  // characters
)

// DatesInput are the dates of a training, which replace those of a revision: 0
// where none are agreed. Sessions may come in any order.
type DatesInput struct {
	Replaces int
	Sessions []SessionInput
}

// SessionInput is a session of a training: instants, and where it takes place or
// a link to it.
type SessionInput struct {
	Start, End time.Time
	Place      string
}

// written are the sessions as they are kept: in UTC, in the order of time.
func (in DatesInput) written() (list []service.WrittenSession) {
	for _, s := range in.Sessions {
		list = append(list, service.WrittenSession{Start: s.Start.UTC().Truncate(time.Second), End: s.End.UTC().Truncate(time.Second), Place: clean(s.Place)})
	}
	slices.SortStableFunc(list, func(a, b service.WrittenSession) int { return a.Start.Compare(b.Start) })
	return list
}

// AgreeDates keeps the dates of a training whose offer is approved, and tells
// both sides; those agreed before are replaced as a whole. Unprocessable names
// what is wrong: a session in the past that was not agreed before, too far ahead
// or too long, or two at once. Conflict "changed_meanwhile" when others were
// agreed since.
func (d *Desk) AgreeDates(ctx context.Context, key, ref string, in DatesInput, text string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActAgreeDates, ref: ref, key: key, text: text, offer: in.Replaces, dates: &in})
}

// DeliverTraining says that a training took place: it is billed at the price that
// was approved. Conflict "training_without_dates", and "training_to_come" before
// its last session begins.
func (d *Desk) DeliverTraining(ctx context.Context, key, ref string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActDeliver, ref: ref, key: key})
}

// checkDates names every wrong session.
func checkDates(ctx context.Context, tx *store.Tx, wrong *problem.Fields, r store.ServiceRequest, in DatesInput, now time.Time) error {
	if n := len(in.Sessions); n == 0 {
		wrong.Add("sessions", "field_empty", nil)
		return nil
	} else if n > SessionsMax {
		wrong.Add("sessions", "too_many", problem.Args{"max": SessionsMax})
		return nil
	}
	agreed, err := tx.Sessions(ctx, r.ID)
	if err != nil {
		return err
	}
	for i, s := range in.Sessions {
		path := fmt.Sprintf("sessions/%d/", i)
		checkText(wrong, path+"place", &s.Place, 1, PlaceMax)
		switch length := s.End.Sub(s.Start); {
		case length <= 0 || length > SessionLength:
			wrong.Add(path+"end", "session_length", problem.Args{"hours": int(SessionLength / time.Hour)})
		case s.Start.After(now.Add(SessionAhead)):
			wrong.Add(path+"start", "session_too_far", problem.Args{"days": int(SessionAhead / (24 * time.Hour))})
		case s.Start.Before(now) && !slices.ContainsFunc(agreed, s.as):
			wrong.Add(path+"start", "session_past", nil)
		}
	}
	list := in.written()
	for i := range list[1:] {
		if list[i+1].Start.Before(list[i].End) {
			wrong.Add("sessions", "sessions_overlap", nil)
			break
		}
	}
	return nil
}

// as says whether a session was agreed at that time before.
func (in SessionInput) as(s store.TrainingSession) bool {
	return in.Start.Truncate(time.Second).Equal(s.StartsAt) && in.End.Truncate(time.Second).Equal(s.EndsAt)
}

// OfferStart is what the offer of a training may start from: a package of the
// pack as a first line, in the customer's language.
type OfferStart struct {
	Package policy.TrainingPackage
	Locale  string // the customer's
	Line    QuoteLineInput
}

// offerStarts are the packages the offer of a training may start from: at the
// package's own price, else its hours at the rate; nil for other work.
func offerStarts(ctx context.Context, tx *store.Tx, pack *policy.Pack, r store.ServiceRequest, t store.Ticket) (list []OfferStart, err error) {
	if pack == nil || r.Path != service.PathTraining || len(pack.Training) == 0 {
		return nil, nil
	}
	customer, err := tx.Person(ctx, t.RequesterID)
	for _, p := range pack.Training {
		line := QuoteLineInput{Text: p.Label.In(customer.Locale), Quantity: "1", Unit: p.Price}
		switch {
		case p.Price != "" && p.Currency != r.Rate.Currency && r.Rate.Currency != "":
			line.Unit = ""
		case p.Price == "" && p.Hours > 0 && r.Rate.PerHour != "":
			line.Quantity, line.Unit = fmt.Sprint(p.Hours), r.Rate.PerHour
		}
		list = append(list, OfferStart{p, customer.Locale, line})
	}
	return list, err
}

// checkPackage wants the package an offer starts from to be one of the pack's,
// and the offer to be that of a training.
func checkPackage(wrong *problem.Fields, pack *policy.Pack, r store.ServiceRequest, code string) {
	if code == "" {
		return
	}
	choices := []string{}
	if pack != nil && r.Path == service.PathTraining {
		for _, p := range pack.Training {
			choices = append(choices, p.Code)
		}
	}
	if !slices.Contains(choices, code) {
		wrong.Add("training_package", "field_not_a_choice", problem.Args{"choices": choices})
	}
}
