package crash

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/casepath/casepath/policy"
)

// The API dies inside the two transactions of the paid chain that are its own:
// the offer of a feature, and the payment that unlocks the work. Nothing of either
// is there then; asked again there is one.
func TestAPIKilledInsideATransaction(t *testing.T) {
	in := install(t)
	enhancing(t, in.house)
	in.worksWhenPaid(t)
	e := enhancement{ticket: suggestedOne(t, in.house, 0)}
	offer := map[string]any{"version": 1, "organizations": []string{oneID(t, in.house, `select organization_id from tickets`)}, "text": "We could make this."}
	in.killedInsideAPI(t, step{who: "product", path: "/v1/features/" + oneID(t, in.house, `select number from features`) + "/offer", body: offer}, `select count(*) from service_requests`)
	e.number = oneID(t, in.house, `select number from service_requests`)
	for i, s := range e.steps()[:5] {
		in.insist(t, in.house.Token(t, "posimente", s.who), s.path, s.body, fmt.Sprint("step-", i))
	}
	implemented(t, in.house, e, "waiting_for_payment")
	paid := map[string]any{"amount": "1000.00", "currency": "AUD", "paid_on": time.Now().UTC().Format(time.DateOnly), "how": "transfer"}
	in.killedInsideAPI(t, step{who: "billing", path: "/v1/invoices/" + oneID(t, in.house, `select number from invoices`) + "/payments", body: paid}, `select count(*) from payments`)
	in.calm(t)
	if state := oneID(t, in.house, `select state from service_requests`); state != "in_work" {
		t.Errorf("paid, it is %s", state)
	}
	implemented(t, in.house, e, "in_work")
}

// worksWhenPaid has the work of Posimente's features wait for their payment.
func (in *installation) worksWhenPaid(t *testing.T) {
	t.Helper()
	text, err := policy.BuiltIn("posimente")
	if err != nil {
		t.Fatal(err)
	}
	pack, err := policy.ParsePack(bytes.Replace(text, []byte("  feature_request:\n"), []byte("  feature_request:\n    work_when_paid: true\n"), 1))
	if err != nil {
		t.Fatal(err)
	}
	v, err := in.house.Store.VendorBySlug(t.Context(), "posimente")
	if err == nil {
		err = in.house.Desk.PublishPack(t.Context(), v, pack, "work waits for the payment")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// killedInsideAPI has the API die inside the transaction of a write, when all but
// its last rows are written: made counts none of what it makes then. Another API
// does it when it is asked again, and once.
func (in *installation) killedInsideAPI(t *testing.T, s step, made string) {
	t.Helper()
	in.calm(t)
	held, err := in.house.Admin.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Rollback() }()
	if _, err := held.ExecContext(t.Context(), `lock table outbox in share mode`); err != nil {
		t.Fatal(err)
	}
	token := in.house.Token(t, "posimente", s.who)
	var asked sync.WaitGroup
	asked.Go(func() { _, _ = in.post(t.Context(), token, s.path, s.body, s.path) }) // its answer is lost
	inside := func() int {
		return countIn(t, in.db, `select count(*) from pg_locks l join pg_stat_activity a using (pid)
			where l.relation = 'outbox'::regclass and not l.granted and a.query ilike '%insert into outbox%'`)
	}
	eventually(t, time.Minute, "the API is inside", func() bool { return inside() == 1 })
	in.api.kill()
	asked.Wait()
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, "what it held is free", func() bool { return inside() == 0 })
	if n := countIn(t, in.db, made); n != 0 {
		t.Errorf("%s: %d after the API died inside", made, n)
	}
	if err := in.api.start(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		in.insist(t, token, s.path, s.body, s.path)
	}
	if n := countIn(t, in.db, made); n != 1 {
		t.Errorf("%s: %d after it was asked again", made, n)
	}
}

// calm waits until everything is delivered.
func (in *installation) calm(t *testing.T) {
	t.Helper()
	eventually(t, 3*time.Minute, "the outbox is empty", func() bool {
		return countIn(t, in.db, `select count(*) from outbox where state <> 'sent'`) == 0
	})
}
