package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// TestTrainingOnThePage: the trainer starts the offer from a package, in the
// customer's language, and agrees on dates there; the customer reads them.
func TestTrainingOnThePage(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true, Relay: true, Unconfirmed: time.Second})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	asks := func(local, path string, body any) stack.Answer {
		t.Helper()
		a := h.Ask(t, h.Token(t, "primlogix", local), "POST", path, body)
		if a.Status > 299 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	ticket := asks("super", "/v1/tickets", map[string]any{
		"type": "training", "severity": "normal", "title": "Training for our new colleagues", "body": "Three people.",
		"fields": map[string]any{"goals": "They make quotes.", "expectations": "On line."},
	}).Text("number")
	asks("agent", "/v1/tickets/"+ticket+"/triage", map[string]any{"reason": "training", "level": 1, "severity": "normal", "path": "training"})
	number := textOf(t, h, `select number from service_requests`)
	organization := textOf(t, h, `select organization_id from people where email = 'super@primlogix.example'`)
	asks("accounts", "/v1/contacts", map[string]any{
		"organization_id": organization, "name": "Billie Buyer", "email": "buyer@primlogix.example", "password": stack.Password, "roles": []string{"approver"},
	})
	execute(t, h, `update people set locale = case email when 'super@primlogix.example' then 'fr' else 'en' end where email like '%@primlogix.example'`)

	trainer, page := signedIn(t, h, "primlogix", "trainer"), "/console/service-requests/"+number
	trainer.get(t, "/console/service-requests").says(t, 200, number)
	trainer.get(t, page).says(t, 200, "A package to start from", "Going further, one day")
	offer := trainer.get(t, page+"?package=advanced").form(t, "/quotes")
	for name, want := range map[string]string{"lines/0/text": "Perfectionnement, une journée", "lines/0/quantity": "7", "lines/0/unit": "125.00", "package": "advanced"} {
		if got := offer.values.Get(name); got != want {
			t.Errorf("the offer starts with %s %q, want %q", name, got, want)
		}
	}
	if note := offer.values.Get("text"); !strings.HasPrefix(note, "Notre offre part du forfait") {
		t.Errorf("its note is %q", note)
	}
	trainer.submit(t, offer, "package", "yoga").says(t, 422)
	check := trainer.submit(t, offer, "lines/0/quantity", "6")
	check.says(t, 200, "This quote comes to 862.31 CAD.", "by mail")
	trainer.submit(t, check.form(t, "/quotes")).says(t, 200, "The quote is sent.")
	if kept := textOf(t, h, `select package || ' ' || net from quotes`); kept != "advanced 750.0000" {
		t.Errorf("kept %s", kept)
	}
	buyer := signedIn(t, h, "primlogix", "buyer")
	buyer.submit(t, buyer.get(t, "/service-requests/"+number+"/quote?answer=approve").form(t, "/quote"), "name", "Billie Buyer").says(t, 200, "Your answer is sent.")

	dates, in := trainer.get(t, page).form(t, "/dates"), func(days int, clock string) string {
		return time.Now().AddDate(0, 0, days).Format("2006-01-02T") + clock
	}
	trainer.submit(t, dates).says(t, 422, "Sessions: ")
	wrong := trainer.submit(t, dates, "sessions/0/start", "soon", "sessions/0/place", "Room 4")
	wrong.says(t, 422, "This is not a date and time")
	if got := wrong.form(t, "/dates").values.Get("sessions/0/place"); got != "Room 4" {
		t.Errorf("what was typed is lost: %q", got)
	}
	session := []string{"sessions/0/start", in(7, "13:00"), "sessions/0/end", in(7, "16:30"), "sessions/0/place", "Room 4"}
	trainer.submit(t, dates, session...).says(t, 200, "The dates are sent.", "13:00 (Toronto), 3 h 30 min Room 4", "Change the dates")
	trainer.submit(t, dates, append(session, "form_key", "other")...).says(t, 409, "Somebody has changed this meanwhile.", "Do it anyway")
	moved := trainer.get(t, page).form(t, "/dates")
	if got := moved.values.Get("sessions/0/start"); got != in(7, "13:00") {
		t.Errorf("the form begins with %q", got)
	}
	trainer.submit(t, moved, "sessions/0/place", "https://meet.example/4").says(t, 200, "The dates are sent.")
	if v := trainer.get(t, page); strings.Contains(v.raw, "/delivery") {
		t.Error("it can be delivered before it began")
	}
	customer := signedIn(t, h, "primlogix", "super")
	customer.get(t, "/service-requests/"+number).says(t, 200, "Dates", "13 h 00 (Toronto), 3 h 30 min", "https://meet.example/4")
	customer.get(t, "/tickets/"+ticket).says(t, 200)
	trainer.get(t, "/console/tickets/"+ticket).says(t, 200, "agreed on the dates of "+number)
}
