package web

import (
	"context"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// training are the forms of a training: the rest is on its service request's
// page.
var training = []route{
	{"POST", "/console/service-requests/:service/dates", desk.OpAgreeDates, agreeDates},
	{"POST", "/console/service-requests/:service/delivery", desk.OpDeliverTraining, deliverTraining},
}

// sessionRows is how many empty places for sessions the form of dates has.
const sessionRows = 3

// sessionField is the name of a field of the n-th session.
func sessionField(n int, what string) string { return rowField("sessions", n, what) }

// agreeDates agrees on the sessions that were filled in; the form carries the
// revision its writer has seen.
func agreeDates(q *request) error {
	return q.served("dates", "dates_agreed", func(ctx context.Context, key, ref string) (desk.ServiceRequestView, error) {
		in := desk.DatesInput{Replaces: q.number("version")}
		var wrong problem.Fields
		for i := range q.filled("sessions", desk.SessionsMax, []string{"start", "end", "place"}) {
			in.Sessions = append(in.Sessions, desk.SessionInput{
				Start: q.sessionTyped(&wrong, sessionField(i, "start")), End: q.sessionTyped(&wrong, sessionField(i, "end")), Place: q.text(sessionField(i, "place")),
			})
		}
		if err := wrong.Err(); err != nil {
			return desk.ServiceRequestView{}, err
		}
		return q.site.desk.AgreeDates(ctx, key, ref, in, q.text("text"))
	})
}

// sessionTyped is when a session begins or ends, in the reader's zone.
func (q *request) sessionTyped(wrong *problem.Fields, field string) (at time.Time) {
	typed := q.instantTyped(wrong, field)
	switch {
	case typed != nil:
		return *typed
	case q.text(field) == "":
		wrong.Add(field, "field_missing", nil)
	}
	return at
}

func deliverTraining(q *request) error {
	return q.served("deliver", "training_delivered", q.site.desk.DeliverTraining)
}

// trained adds what the forms of a training hold as things are: the dates that
// are agreed, and the package the reader has chosen to start from.
func (q *request) trained(v *serviceView) {
	dates := formValues{}
	for i, s := range v.Sessions {
		dates[sessionField(i, "start")] = []string{q.instantText(&s.StartsAt)}
		dates[sessionField(i, "end")] = []string{q.instantText(&s.EndsAt)}
		dates[sessionField(i, "place")] = []string{s.Place}
	}
	v.asIs["dates"] = dates
	for _, start := range v.Starts {
		if start.Package.Code != q.QueryParam("package") {
			continue
		}
		v.Package, v.Quoting = start.Package.Code, true
		v.asIs["quote"] = formValues{
			"package": {v.Package}, "lines/0/text": {start.Line.Text}, "lines/0/quantity": {start.Line.Quantity}, "lines/0/unit": {q.decimal(start.Line.Unit)},
			"text": {said.Say(words.Match(start.Locale), "package_note", map[string]any{"package": start.Line.Text})},
		}
	}
}

// DatesVersion is the revision of the dates that the form of dates replaces.
func (v serviceView) DatesVersion() int64 { return int64(v.Row.Dates) }

// Length is how long a session takes, in minutes.
func (v serviceView) Length(s store.TrainingSession) int {
	return int(s.EndsAt.Sub(s.StartsAt) / time.Minute)
}

// SessionRows are the places of the sessions of a training: those that are agreed
// or were typed, and some more.
func (p *page) SessionRows(v serviceView) (list []int) {
	filled := len(v.Sessions)
	for filled < desk.SessionsMax && p.Field("dates", sessionField(filled, "start")) != "" {
		filled++
	}
	for i := range min(filled+sessionRows, desk.SessionsMax) {
		list = append(list, i)
	}
	return list
}

// Ordinal is the place of what a list counts from 0.
func (p *page) Ordinal(n int) int { return n + 1 }
