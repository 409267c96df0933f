package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
)

// lookUp are the arrivals an address and words of the subject find.
func lookUp(t *testing.T, h *stack.House, local, query string) (list []map[string]any) {
	t.Helper()
	a := ask(t, h, h.Token(t, "interfacing", local), "GET", "/v1/receipts?"+query, nil)
	wants(t, local+" "+query, a, 200, "")
	for _, one := range a.JSON["arrivals"].([]any) { //nolint:forcetypeassert // the contract
		list = append(list, one.(map[string]any)) //nolint:forcetypeassert // the contract
	}
	return list
}

// receiptsIn are an arrival's.
func receiptsIn(arrival map[string]any) (list []map[string]any) {
	for _, one := range arrival["receipts"].([]any) { //nolint:forcetypeassert // the contract
		list = append(list, one.(map[string]any)) //nolint:forcetypeassert // the contract
	}
	return list
}

// TestReceiptLookup: staff find by address and subject what has arrived, in
// whatever state, and what became of its receipts; nothing found is an answer,
// and customers find among what they see anyway.
func TestReceiptLookup(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	db := database(t, h)
	first := register(t, h, h.Token(t, "interfacing", "jeanne"))
	wants(t, "super's", ask(t, h, h.Token(t, "interfacing", "super"), "POST", "/v1/tickets", registration(map[string]any{"title": "100 % of the import_file is lost"})), 201, "")
	wants(t, "refused", ask(t, h, h.Token(t, "interfacing", "reader"), "POST", "/v1/tickets", registration(map[string]any{"title": "How do I share a folder?"})), 403, "")
	for _, state := range []string{"incomplete", "expired", "withdrawn", "with_super_user"} {
		execute(t, db, `insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
			select $1, vendor_id, organization_id, id, 'portal', 'bug', 'low', $2, 'x', $3, now() from people where email = 'super@interfacing.example'`,
			uuid.NewString(), "A request that is "+state, state)
	}
	found := lookUp(t, h, "agent", "address=JEANNE@Interfacing.example&subject=rows+export")
	if len(found) != 1 || found[0]["number"] != first || found[0]["why"] != nil {
		t.Fatalf("found %v", found)
	}
	if r := receiptsIn(found[0]); len(r) != 1 || r[0]["to"] != "jeanne@interfacing.example" || r[0]["state"] != "waiting" || r[0]["accepted_at"] != nil {
		t.Errorf("receipts %v", r)
	}
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := receiptsIn(lookUp(t, h, "agent", "subject=export+rows")[0]); len(r) != 1 || r[0]["state"] != "accepted" || r[0]["accepted_at"] == nil {
		t.Errorf("receipts %v", r)
	}
	for query, want := range map[string]int{
		"address=super@interfacing.example": 5, "address=reader@interfacing.example": 1, "subject=100+%25": 1, "subject=import_file": 1,
		"subject=importxfile": 0, "subject=%25": 1, "subject=_": 2, "address=nobody@interfacing.example": 0, "subject=rows+gone": 0,
	} {
		if found := lookUp(t, h, "agent", query); len(found) != want {
			t.Errorf("%s finds %d, want %d", query, len(found), want)
		}
	}
	for _, one := range lookUp(t, h, "agent", "address=super@interfacing.example") {
		if why, _ := one["why"].(string); (one["number"] != nil) == (why != "") || why != "" && !strings.HasPrefix(why, "Not registered, because ") {
			t.Errorf("%v", one)
		}
	}
	t.Run("customers", func(t *testing.T) { customersLookUp(t, h, first) })
	t.Run("pages", func(t *testing.T) { lookUpPages(t, h) })
	agent := h.Token(t, "interfacing", "agent")
	wants(t, "of what", ask(t, h, agent, "GET", "/v1/receipts", nil), 422, "fields_wrong")
	wants(t, "no address", ask(t, h, agent, "GET", "/v1/receipts?address=x", nil), 422, "fields_wrong")
	wants(t, "no cursor", ask(t, h, agent, "GET", "/v1/receipts?subject=x&cursor=x", nil), 422, "fields_wrong")
}

// customersLookUp: who asks for another's address learns what asking for
// nobody's teaches.
func customersLookUp(t *testing.T, h *stack.House, first string) {
	if found := lookUp(t, h, "jeanne", "subject=rows"); len(found) != 1 || found[0]["number"] != first {
		t.Errorf("own: %v", found)
	}
	jeanne := h.Token(t, "interfacing", "jeanne")
	nobodys := ask(t, h, jeanne, "GET", "/v1/receipts?address=nobody@interfacing.example", nil)
	for _, address := range []string{"super", "reader", "partner", "agent"} {
		same(t, address, ask(t, h, jeanne, "GET", "/v1/receipts?address="+address+"@interfacing.example", nil), nobodys)
	}
	if found := lookUp(t, h, "jeanne", "subject=lost"); len(found) != 0 {
		t.Errorf("a colleague's: %v", found)
	}
	found := lookUp(t, h, "super", "address=jeanne@interfacing.example")
	if len(found) != 1 || found[0]["number"] != first {
		t.Fatalf("of the organization: %v", found)
	}
	if r := receiptsIn(found[0]); len(r) != 1 || r[0]["to"] != nil {
		t.Errorf("a colleague's receipt shows its address: %v", r)
	}
	if a := ask(t, h, h.Token(t, "posimente", "agent"), "GET", "/v1/receipts?address=jeanne@interfacing.example", nil); strings.Contains(string(a.Raw), `"id"`) {
		t.Errorf("another vendor's: %s", a.Raw)
	}
}

// lookUpPages: each arrival comes once, newest first, however short the pages.
func lookUpPages(t *testing.T, h *stack.House) {
	whole := lookUp(t, h, "agent", "subject=e&limit=100")
	next, got := "", []map[string]any{}
	for range 20 {
		a := ask(t, h, h.Token(t, "interfacing", "agent"), "GET", "/v1/receipts?subject=e&limit=2&cursor="+next, nil)
		for _, one := range a.JSON["arrivals"].([]any) { //nolint:forcetypeassert // the contract
			got = append(got, one.(map[string]any)) //nolint:forcetypeassert // the contract
		}
		if next = a.Text("next"); next == "" {
			break
		}
	}
	if len(whole) < 7 || fmt.Sprint(got) != fmt.Sprint(whole) {
		t.Errorf("%d in pages, %d at once:\n%v\n%v", len(got), len(whole), got, whole)
	}
}

// TestBouncedReceipts: a receipt that the mail server refuses for good is on
// the list of staff until it is sent again or dealt with.
func TestBouncedReceipts(t *testing.T) {
	t.Parallel()
	at := time.Now().UTC().Truncate(time.Second)
	h := stack.NewHouse(t, stack.Parts{Now: func() time.Time { return at }})
	db := database(t, h)
	refuseMail(h, "jeanne@interfacing.example")
	jeanne, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent")
	number, other := register(t, h, jeanne), register(t, h, jeanne)
	drain(t, h)
	execute(t, db, `update outbox set last_error = $1 where state = 'dead'`, "mail refused for good: RCPT: 550 5.1.1 no such\r\n mailbox \u202e\ufffdhere")
	list := bouncedOf(t, h, "agent")
	if len(list) != 2 || inner(list[1], "ticket")["number"] != number || list[0]["email"] != "jeanne@interfacing.example" {
		t.Fatalf("bounced: %v", list)
	}
	if r := inner(list[1], "receipt"); r["answer"] != "RCPT: 550 5.1.1 no such mailbox \ufffdhere" || r["state"] != "refused" || r["refused_at"] == nil {
		t.Errorf("receipt: %v", r)
	}
	wants(t, "not for customers", ask(t, h, jeanne, "GET", "/v1/receipts/bounced", nil), 403, "not_your_role")
	if n := len(bouncedOf(t, h, "dev")); n != 2 {
		t.Errorf("a developer reads %d", n)
	}
	deal := fmt.Sprintf("/v1/receipts/bounced/%v/dealt-with", list[0]["delivery"])
	wants(t, "without a note", ask(t, h, agent, "POST", deal, map[string]any{"note": " "}), 422, "fields_wrong")
	for range 2 {
		wants(t, "dealt with", ask(t, h, agent, "POST", deal, map[string]any{"note": "Told her by phone."}), 204, "")
	}
	if n := count(t, db, `select count(*) from audit where action = 'receipt_dealt_with' and data ->> 'note' = 'Told her by phone.'`); n != 1 {
		t.Errorf("%d entries in the audit trail", n)
	}
	refuseMail(h)
	again := ask(t, h, agent, "POST", "/v1/tickets/"+number+"/receipt", nil)
	wants(t, "sent again", again, 200, "")
	if left := bouncedOf(t, h, "agent"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	wants(t, "after dealing", ask(t, h, agent, "POST", "/v1/tickets/"+other+"/receipt", nil), 200, "")
	drain(t, h)
	if r := receiptsIn(lookUp(t, h, "agent", "subject=rows")[1]); len(r) != 2 || r[0]["state"] != "refused" || r[0]["dealt_with"] == nil || r[1]["state"] != "accepted" || r[1]["again"] != true {
		t.Errorf("receipts: %v", r)
	}
}

// inner is a member that has members.
func inner(of map[string]any, name string) map[string]any {
	m, _ := of[name].(map[string]any)
	return m
}

func bouncedOf(t *testing.T, h *stack.House, local string) (list []map[string]any) {
	t.Helper()
	a := ask(t, h, h.Token(t, "interfacing", local), "GET", "/v1/receipts/bounced", nil)
	wants(t, "bounced", a, 200, "")
	for _, one := range a.JSON["bounced"].([]any) { //nolint:forcetypeassert // the contract
		list = append(list, one.(map[string]any)) //nolint:forcetypeassert // the contract
	}
	return list
}

// refuseMail has the mail server refuse these addresses for good.
func refuseMail(h *stack.House, addresses ...string) {
	h.Mail.Refuse(func(to string) error {
		for _, a := range addresses {
			if strings.EqualFold(a, strings.Trim(to, "<>")) {
				return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox \x00\u202ehere"}
			}
		}
		return nil
	})
}

func drain(t *testing.T, h *stack.House) {
	t.Helper()
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestReceiptSentAgain: staff have the receipt sent to whom it was meant for,
// a requester to themselves; the same command gives the same mail, and a day
// has an end.
func TestReceiptSentAgain(t *testing.T) {
	t.Parallel()
	at := time.Now().UTC().Truncate(time.Second)
	h := stack.NewHouse(t, stack.Parts{Now: func() time.Time { return at }})
	db := database(t, h)
	jeanne, agent, super := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent"), h.Token(t, "interfacing", "super")
	me := ask(t, h, jeanne, "GET", "/v1/me", nil)
	a := ask(t, h, h.Token(t, "interfacing", "partner"), "POST", "/v1/tickets", registration(map[string]any{
		"on_behalf_of": map[string]any{"organization_id": me.Text("organization_id"), "contact_id": me.Text("id")},
	}))
	path := "/v1/tickets/" + a.Text("number") + "/receipt"
	drain(t, h)
	before := len(h.Mail.Messages())
	for range 2 {
		wants(t, "by staff", ask(t, h, agent, "POST", path, nil, "Idempotency-Key", "once"), 200, "")
	}
	drain(t, h)
	mails := h.Mail.Messages()[before:]
	if len(mails) != 2 || mails[0].To[0] == mails[1].To[0] || mails[0].MessageID == mails[1].MessageID {
		t.Fatalf("%d mails: %v", len(mails), mails)
	}
	for _, m := range mails {
		copied, registered := "This is a copy of the receipt, sent again on request.", "The request was registered on "
		if m.To[0] == "partner@interfacing.example" {
			copied, registered = "Ceci est une copie de l’accusé de réception, envoyée de nouveau sur demande.", "La demande a été enregistrée le "
		}
		if !strings.Contains(m.Text, copied) || !strings.Contains(m.Text, registered) || !strings.Contains(m.Subject, a.Text("number")) {
			t.Errorf("to %v: %s", m.To, m.Text)
		}
	}
	wants(t, "another's, in sight", ask(t, h, super, "POST", path, nil), 403, "not_your_role")
	wants(t, "out of sight", ask(t, h, h.Token(t, "interfacing", "reader"), "POST", path, nil), 404, "not_found")
	before = len(h.Mail.Messages())
	for i := range 4 {
		wants(t, "by the contact", ask(t, h, jeanne, "POST", path, nil), 200, "")
		at = at.Add(time.Duration(i) * time.Minute)
	}
	late := ask(t, h, jeanne, "POST", path, nil)
	wants(t, "the sixth", late, 429, "receipt_too_often")
	if late.Header.Get("Retry-After") != "86040" { // 6 minutes after the first, which was the agent's
		t.Errorf("Retry-After %s: %s", late.Header.Get("Retry-After"), late.Raw)
	}
	wants(t, "nor by staff", ask(t, h, agent, "POST", path, nil), 429, "receipt_too_often")
	drain(t, h)
	for _, m := range h.Mail.Messages()[before:] {
		if len(m.To) != 1 || m.To[0] != "jeanne@interfacing.example" {
			t.Errorf("a contact's copy goes to %v", m.To)
		}
	}
	t.Run("not registered", func(t *testing.T) { nothingToSend(t, h) })
	at = at.Add(24 * time.Hour)
	session, err := h.Desk.SignIn(t.Context(), "interfacing", "jeanne@interfacing.example", stack.Password, "")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "the next day", ask(t, h, session.Secret, "POST", path, nil), 200, "")
	if n := count(t, db, `select count(*) from events where kind = 'receipt_sent_again' and public`); n != 6 {
		t.Errorf("%d events", n)
	}
}

// nothingToSend: a request that is not registered has no receipt.
func nothingToSend(t *testing.T, h *stack.House) {
	id := uuid.NewString()
	execute(t, database(t, h), `insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
		select $1, vendor_id, organization_id, id, 'portal', 'bug', 'low', 'Incomplete', 'x', 'expired', now() from people where email = 'jeanne@interfacing.example'`, id)
	for _, local := range []string{"agent", "jeanne"} {
		a := ask(t, h, h.Token(t, "interfacing", local), "POST", "/v1/tickets/"+id+"/receipt", nil)
		wants(t, local, a, 409, "receipt_not_registered")
		if !strings.Contains(string(a.Raw), "incomplete for too long") {
			t.Errorf("%s: %s", local, a.Raw)
		}
	}
	reader := h.Token(t, "interfacing", "reader")
	same(t, "out of sight", ask(t, h, reader, "POST", "/v1/tickets/"+id+"/receipt", nil), ask(t, h, reader, "POST", "/v1/tickets/"+uuid.NewString()+"/receipt", nil))
}
