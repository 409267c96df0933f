package browser_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// contracts gives Athento, which is run by its pack and whose plan counts
// tickets, a contract of which nothing is left any more.
func (w *world) contracts(t testing.TB) {
	t.Helper()
	customer, err := w.Desk.ByEmail(t.Context(), "athento", "jeanne@athento.example")
	if err != nil {
		t.Fatal(err)
	}
	w.numbers["athento-org"] = customer.Person.OrganizationID.String()
	accounts := w.as(t, "athento/accounts")
	for reference, from := range map[string]int{"AG-17": 2026, longName: 2020} {
		until := time.Date(from+3, 12, 31, 0, 0, 0, 0, time.UTC)
		c, err := w.Desk.CreateContract(accounts, "", *customer.Person.OrganizationID, desk.ContractInput{
			Plan: "standard", Reference: reference, From: time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC), Until: &until, WarrantyUntil: &until,
			Overrides: "calendar: support\n",
		})
		if err != nil {
			t.Fatal(err)
		}
		w.numbers[map[int]string{2026: "contract", 2020: "contract-long"}[from]] = c.ID.String()
	}
	for _, name := range []string{"counted", "released"} {
		v, err := w.Desk.Register(w.as(t, "athento/jeanne"), uuid.NewString(), desk.Registration{
			Type: "question", Severity: "medium", Title: "How are two versions compared?", Body: longTitle, Channel: "portal",
		})
		if err != nil {
			t.Fatal(err)
		}
		w.numbers[name] = v.Row.Number
	}
	if _, err := w.Desk.ReleaseTicket(w.as(t, "athento/agent"), "", w.at("{released}"), "warranty", "Delivered in May; "+longWord); err != nil {
		t.Fatal(err)
	}
	w.exec(t, `insert into entitlement_moves (vendor_id, period_id, kind, from_account, to_account, amount, note, at)
		select vendor_id, id, 'agree', 'available', 'agreement', 23, 'Less was agreed', now() from entitlement_periods`)
	w.exec(t, `insert into entitlement_refusals select gen_random_uuid(), c.vendor_id, c.id, c.organization_id, p.id, null, 'wait', 'question', $2, 'portal', now()
		from contracts c join people p on p.organization_id = c.organization_id and p.email like 'jeanne@%' where c.id = $1`, w.at("{contract}"), longTitle)
	if err := w.Desk.KeepDraft(w.as(t, "athento/jeanne"), desk.DraftNew, "register", map[string]string{
		"type": "question", "title": "How is a version taken back?", "body": "We cannot find it.", "severity": "medium",
	}); err != nil {
		t.Fatal(err)
	}
}

// refusedContractForm has overrides that can't be read.
func refusedContractForm(_ *world, b *tab) {
	b.unfold("#edit-overrides")
	b.fill("#edit-reference", " ")
	b.fill("#edit-overrides", "calendar: moon")
	if status := b.load(b.click(`form[action$="/preview"] button`)); status != http.StatusUnprocessableEntity {
		b.t.Errorf("no reference, and a calendar that is not there: %d", status)
	}
}

// staleContract was changed by somebody else while it was typed.
func staleContract(w *world, b *tab) {
	w.exec(b.t, `update contracts set version = version + 1 where id = $1`, w.at("{contract-long}"))
	b.unfold("#edit-reference")
	b.fill("#edit-reference", "AG-18")
	if status := b.load(b.click(`form[action$="/preview"] button`)); status != http.StatusConflict {
		b.t.Errorf("a stale form: %d", status)
	}
}

// refusedGivingBack gives a ticket back for a reason that does not hold.
func refusedGivingBack(w *world, b *tab) {
	w.exec(b.t, `update contracts set warranty_until = null where id = $1`, w.at("{contract}"))
	b.unfold("#release-note")
	b.fill("#release-note", longTitle)
	if status := b.load(b.click(posts("/release"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("a warranty that does not hold: %d", status)
	}
}

// refusedChoice sends without saying what is wanted when nothing is left.
func refusedChoice(_ *world, b *tab) {
	b.until("the choice is not needed", `(document.querySelectorAll('input[name="at_zero"]').forEach(i => { i.required = false }), true)`)
	if status := b.load(b.click(posts("/register/check"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("nothing chosen: %d", status)
	}
}
