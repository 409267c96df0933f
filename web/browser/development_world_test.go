package browser_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/qa"
)

// developed are tickets of PRIM Logix with a QA review or a dev ticket in each
// state a page shows; in addresses they go by names.
func (w *world) developed(t testing.TB) {
	t.Helper()
	agent, super, tester, dev, product := w.as(t, "primlogix/agent"), w.as(t, "primlogix/super"), w.as(t, "primlogix/qa"), w.as(t, "primlogix/dev"), w.as(t, "primlogix/product")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	named := func(name, number string) string {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.numbers[name] = number
		return number
	}
	suite, err := w.Desk.CreateProduct(product, uuid.NewString(), "PRIM")
	must(err)
	pack, err := w.Desk.CreatePackage(product, uuid.NewString(), suite.ID, "PRIM Web")
	must(err)
	release, err := w.Desk.CreateRelease(product, uuid.NewString(), pack.ID, desk.ReleaseInput{Number: "8.4", ReleasedOn: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)})
	must(err)
	named("primlogix-release", release.ID.String())
	reviewed := func(name, title string) string {
		t.Helper()
		v, err := w.Desk.Register(super, uuid.NewString(), desk.Registration{Type: "problem", Severity: "normal", Title: title, Body: longWord, Package: "PRIM Web", Version: "8.1", Channel: "portal"})
		must(err)
		_, err = w.Desk.Triage(agent, uuid.NewString(), v.Row.Number, desk.TriageInput{Reason: "level_3", Level: 3, Severity: "normal", Path: "defect"})
		must(err)
		list, err := w.Desk.QAReviewsOf(tester, v.Row.Number)
		must(err)
		named(name+"-ticket", v.Row.Number)
		return named(name, list[0].Row.Number)
	}
	verdict := func(review string, in desk.VerdictInput) {
		t.Helper()
		_, err := w.Desk.BeginReview(tester, uuid.NewString(), review)
		must(err)
		if in.Verdict != "" {
			_, err = w.Desk.GiveVerdict(tester, uuid.NewString(), review, in)
			must(err)
		}
	}
	reviewed("review-open", "The export of labels stops at page two")
	verdict(reviewed("review-new", longTitle), desk.VerdictInput{Verdict: qa.New, Title: longTitle, Body: "The export of labels: " + longWord, Text: longWord})
	devs, _, err := w.Desk.DevTickets(dev, desk.DevTicketQuery{Limit: 1})
	must(err)
	number := named("dev-planned", devs[0].Row.Number)
	_, err = w.Desk.AcceptDevTicket(dev, uuid.NewString(), number)
	must(err)
	_, err = w.Desk.PlanDevTicket(dev, uuid.NewString(), number, desk.Target{Version: "8.4"})
	must(err)
	verdict(reviewed("review-known", "Labels: the export ends too early"), desk.VerdictInput{Verdict: qa.Known, Dev: number})
	verdict(reviewed("review-begun", "Labels and export"), desk.VerdictInput{})
	verdict(reviewed("review-not", "The logo is blurred"), desk.VerdictInput{Verdict: qa.NotReproducible, Text: longWord})
	shipped, err := w.Desk.CreateDevTicket(tester, uuid.NewString(), desk.DevTicketInput{Title: "A blurred logo", PackageID: &pack.ID})
	must(err)
	named("dev-shipped", shipped.Row.Number)
	verdict(reviewed("review-shipped", "A blurred logo on labels"), desk.VerdictInput{Verdict: qa.Known, Dev: shipped.Row.Number})
	_, err = w.Desk.Answer(agent, uuid.NewString(), w.numbers["review-shipped-ticket"], "It is known.", nil)
	must(err)
	_, err = w.Desk.AcceptDevTicket(dev, uuid.NewString(), shipped.Row.Number)
	must(err)
	_, err = w.Desk.PlanDevTicket(dev, uuid.NewString(), shipped.Row.Number, desk.Target{Version: "8.3"})
	must(err)
	_, err = w.Desk.ShipDevTicket(dev, uuid.NewString(), shipped.Row.Number, desk.Target{})
	must(err)
	_, err = w.Desk.CreateDevTicket(tester, uuid.NewString(), desk.DevTicketInput{Title: "Labels of another colour"})
	must(err)
}

// refusedVerdict says not reproducible without what was tried.
func refusedVerdict(_ *world, b *tab) {
	b.unfold("#new-title")
	b.fill("#new-title", "x")
	if status := b.load(b.click(button("/verdict"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("a dev ticket without a title: %d", status)
	}
}
