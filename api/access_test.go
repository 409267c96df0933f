package api_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
)

// asked is what somebody without an account sends.
func asked(more ...string) map[string]any {
	body := map[string]any{"vendor": "interfacing", "name": "Nina New", "email": "nina@new.example", "organization": "Northern Utilities", "message": "I follow Jeanne."}
	for i := 0; i < len(more); i += 2 {
		body[more[i]] = more[i+1]
	}
	return body
}

// mailed are the mails to an address, oldest first, once all has left.
func mailed(t *testing.T, h *stack.House, email string) (list []onebox.Caught) {
	t.Helper()
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range h.Mail.Messages() {
		if slices.Contains(m.To, email) {
			list = append(list, m)
		}
	}
	return list
}

// linkIn is the secret of the link to a page in a mail.
func linkIn(t *testing.T, h *stack.House, m onebox.Caught, page string) string {
	t.Helper()
	_, after, found := strings.Cut(m.Text, h.URL+"/interfacing/"+page+"/")
	secret, _, _ := strings.Cut(after, "\n")
	if secret = strings.TrimSpace(secret); !found || !strings.HasPrefix(secret, "cpl_interfacing_") {
		t.Fatalf("no link to %s in:\n%s", page, m.Text)
	}
	return secret
}

// TestAskForAccess: the organization's account manager is told, asks back, is
// answered, and invites.
func TestAskForAccess(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	db, accounts := database(t, h), h.Token(t, "interfacing", "accounts")
	wants(t, "a second account manager", ask(t, h, h.Token(t, "interfacing", "admin"), "POST", "/v1/staff", map[string]any{
		"name": "Other", "email": "accounts2@interfacing.example", "roles": []string{"account_manager"}, "password": stack.Password,
	}), 201, "")
	wants(t, "ask", ask(t, h, "", "POST", "/v1/access-requests", asked("organization", " nu-2201 ")), 202, "")
	before := rows(t, db)
	wants(t, "ask again", ask(t, h, "", "POST", "/v1/access-requests", asked("name", "Another Name", "email", "NINA@new.example")), 202, "")
	if after := rows(t, db); after != before {
		t.Errorf("a repeat left a trace: %s → %s", before, after)
	}
	told := mailed(t, h, "accounts@interfacing.example")
	if len(told) != 1 || len(mailed(t, h, "accounts2@interfacing.example")) != 0 {
		t.Fatalf("%d mails to the organization's account manager, %d to another", len(told), len(mailed(t, h, "accounts2@interfacing.example")))
	}
	list := ask(t, h, accounts, "GET", "/v1/access-requests", nil)
	entries, _ := list.JSON["access_requests"].([]any)
	if len(entries) != 1 {
		t.Fatalf("open requests: %s", list.Raw)
	}
	id, _ := entries[0].(map[string]any)["id"].(string)
	path := "/v1/access-requests/" + id
	for _, want := range []string{"| Nina New", "| nina@new.example", "| nu-2201", "| I follow Jeanne.", h.URL + "/interfacing/console/access-requests/" + id} {
		if !strings.Contains(told[0].Text, want) {
			t.Errorf("the account manager is not told %q:\n%s", want, told[0].Text)
		}
	}
	r := ask(t, h, accounts, "GET", path, nil)
	if r.Text("organization_id") != me(t, h, "jeanne").Text("organization_id") || r.Text("manager_id") != me(t, h, "accounts").Text("id") || r.Text("name") != "Nina New" {
		t.Errorf("the request: %s", r.Raw)
	}
	answerQuestion(t, h, accounts, path)
	r = ask(t, h, accounts, "GET", path, nil)
	wants(t, "a stale grant", ask(t, h, accounts, "POST", path+"/grant", map[string]any{"version": 1, "organization_id": r.Text("organization_id")}), 409, "changed_meanwhile")
	granted := ask(t, h, accounts, "POST", path+"/grant", map[string]any{"version": r.JSON["version"], "organization_id": r.Text("organization_id"), "authorized": false})
	if granted.Status != 200 || granted.Text("state") != "invited" {
		t.Fatalf("grant: %d %s", granted.Status, granted.Raw)
	}
	p := ask(t, h, accounts, "GET", "/v1/contacts/"+granted.Text("person_id"), nil)
	if p.Text("email") != "nina@new.example" || p.Text("name") != "Nina New" || p.JSON["authorized"] != false || p.Text("invited_at") == "" {
		t.Errorf("the contact: %s", p.Raw)
	}
	mails := mailed(t, h, "nina@new.example")
	linkIn(t, h, mails[len(mails)-1], "password")
	for _, action := range []string{"decline", "grant"} {
		a := ask(t, h, accounts, "POST", path+"/"+action, map[string]map[string]any{
			"decline": {"version": granted.JSON["version"], "reason": "x"}, "grant": {"version": granted.JSON["version"], "organization_id": r.Text("organization_id")},
		}[action])
		wants(t, action+" what is decided", a, 409, "access_request_closed")
	}
	t.Run("declined", func(t *testing.T) { declined(t, h) })
}

// answerQuestion has the account manager ask back and the asker answer: looking
// at the link changes nothing, answering works once and for the newest alone.
func answerQuestion(t *testing.T, h *stack.House, accounts, path string) {
	t.Helper()
	db := database(t, h)
	var secrets []string
	for _, question := range []string{"Who is your manager?", "And since when are you there?"} {
		version := ask(t, h, accounts, "GET", path, nil).JSON["version"]
		wants(t, "ask back", ask(t, h, accounts, "POST", path+"/ask-back", map[string]any{"version": version, "question": question}), 200, "")
		mails := mailed(t, h, "nina@new.example")
		if m := mails[len(mails)-1]; !strings.Contains(m.Text, "| "+question) || !strings.Contains(m.Text, "Ari Accounts") {
			t.Errorf("the question's mail:\n%s", m.Text)
		} else {
			secrets = append(secrets, linkIn(t, h, m, "access/reply"))
		}
	}
	before := rows(t, db)
	if _, err := h.Desk.LookAtQuestion(t.Context(), secrets[0]); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("look at a replaced link: %v", err)
	}
	for range 3 {
		if q, err := h.Desk.LookAtQuestion(t.Context(), secrets[1]); err != nil || q.Text != "And since when are you there?" || q.Vendor.Slug != "interfacing" {
			t.Errorf("look at the link: %+v, %v", q, err)
		}
	}
	reply := func(secret string) stack.Answer {
		return ask(t, h, "", "POST", "/v1/access-replies", map[string]any{"secret": secret, "text": "Since Monday."})
	}
	for name, secret := range map[string]string{
		"replaced": secrets[0], "percent": "%", "cut": secrets[1][:30], "another vendor's": strings.Replace(secrets[1], "interfacing", "posimente", 1),
		"a token": h.Token(t, "interfacing", "jeanne"), "an invitation's": "cpl_interfacing_" + strings.Repeat("A", 43),
	} {
		if a := reply(secret); a.Status != 404 && a.Status != 409 {
			t.Errorf("reply with %s: %d %s", name, a.Status, a.Raw)
		}
	}
	if after := rows(t, db); after != before {
		t.Errorf("looking and guessing left a trace: %s → %s", before, after)
	}
	wants(t, "reply", reply(secrets[1]), 204, "")
	wants(t, "reply again", reply(secrets[1]), 409, "link_used")
	r := ask(t, h, accounts, "GET", path, nil)
	messages, _ := r.JSON["messages"].([]any)
	if r.Text("state") != "replied" || len(messages) != 3 {
		t.Errorf("after the reply: %s", r.Raw)
	}
	told := mailed(t, h, "accounts@interfacing.example")
	if last := told[len(told)-1]; len(told) != 2 || !strings.Contains(last.Text, "| Since Monday.") {
		t.Errorf("the account manager is told in %d mails, the last:\n%s", len(told), last.Text)
	}
}

func declined(t *testing.T, h *stack.House) {
	accounts := h.Token(t, "interfacing", "accounts")
	wants(t, "ask", ask(t, h, "", "POST", "/v1/access-requests", asked("email", "otto@new.example", "organization", "Nobody knows", "locale", "fr-CA")), 202, "")
	if n := len(mailed(t, h, "accounts2@interfacing.example")); n != 1 {
		t.Errorf("%d mails to every account manager, whose organization is unknown", n)
	}
	list, _ := ask(t, h, accounts, "GET", "/v1/access-requests?limit=1", nil).JSON["access_requests"].([]any)
	r, _ := list[0].(map[string]any)
	path := "/v1/access-requests/" + fmt.Sprint(r["id"])
	version := ask(t, h, accounts, "GET", path, nil).JSON["version"]
	wants(t, "ask back", ask(t, h, accounts, "POST", path+"/ask-back", map[string]any{"version": version, "question": "Qui ?"}), 200, "")
	mails := mailed(t, h, "otto@new.example")
	secret := linkIn(t, h, mails[len(mails)-1], "access/reply")
	version = ask(t, h, accounts, "GET", path, nil).JSON["version"]
	wants(t, "decline", ask(t, h, accounts, "POST", path+"/decline", map[string]any{"version": version, "reason": "Pas de contrat."}), 200, "")
	mails = mailed(t, h, "otto@new.example")
	if last := mails[len(mails)-1]; !strings.Contains(last.Text, "| Pas de contrat.") || !strings.Contains(last.Text, "Nous regrettons") {
		t.Errorf("the decline's mail:\n%s", last.Text)
	}
	wants(t, "reply after all", ask(t, h, "", "POST", "/v1/access-replies", map[string]any{"secret": secret, "text": "x"}), 409, "link_used")
	if list, _ := ask(t, h, accounts, "GET", "/v1/access-requests", nil).JSON["access_requests"].([]any); len(list) != 0 {
		t.Errorf("still open: %v", list)
	}
	if list, _ := ask(t, h, accounts, "GET", "/v1/access-requests?all=true", nil).JSON["access_requests"].([]any); len(list) != 2 {
		t.Errorf("all: %v", list)
	}
	wants(t, "ask anew", ask(t, h, "", "POST", "/v1/access-requests", asked("email", "otto@new.example")), 202, "")
	if list, _ := ask(t, h, accounts, "GET", "/v1/access-requests", nil).JSON["access_requests"].([]any); len(list) != 1 {
		t.Errorf("after it was declined, open again: %v", list)
	}
}

// TestAskForAccessTellsNothing is abuse case B1: with an account or without,
// at a vendor there is or not, the answer is the same; who has an account is
// mailed that, and no request is made.
func TestAskForAccessTellsNothing(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	db := database(t, h)
	execute(t, db, `update people set active = false where email = 'reader@interfacing.example'`)
	first := ask(t, h, "", "POST", "/v1/access-requests", asked())
	wants(t, "unknown", first, 202, "")
	for _, email := range []string{"nina@new.example", "jeanne@interfacing.example", "Jeanne@INTERFACING.example", "agent@interfacing.example", "reader@interfacing.example"} {
		same(t, email, ask(t, h, "", "POST", "/v1/access-requests", asked("email", email)), first)
	}
	same(t, "unknown vendor", ask(t, h, "", "POST", "/v1/access-requests", asked("vendor", "nobody")), first)
	if n := count(t, db, `select count(*) from access_requests`); n != 2 { // nina's, and that of the reader who is not active
		t.Errorf("%d requests", n)
	}
	for email, kinds := range map[string][]string{
		"nina@new.example": {"access_received"}, "jeanne@interfacing.example": {"account_exists"}, "agent@interfacing.example": {"account_exists"},
		"reader@interfacing.example": {"access_received"},
	} {
		if got := mailsTo(t, db, email); !slices.Equal(got, kinds) {
			t.Errorf("mails to %s: %v, want %v", email, got, kinds)
		}
	}
	if a := ask(t, h, "", "POST", "/v1/access-requests", asked("email", "support+1@interfacing.example")); a.Status != 422 || fields(a)["email"]["key"] != "email_of_vendor" {
		t.Errorf("the vendor's own mailbox (B2): %d %s", a.Status, a.Raw)
	}
}

// TestAskForAccessIsNoMailBomb is abuse case B19: an address nobody has proven
// gets one mail a day from all vendors together, without a word of whoever
// asked, and one network is stopped.
func TestAskForAccessIsNoMailBomb(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	h := stack.NewHouse(t, stack.Parts{Now: func() time.Time { return now }})
	from := func(n int) context.Context {
		return desk.WithOrigin(t.Context(), desk.Origin{IP: fmt.Sprintf("192.0.%d.1", n)})
	}
	const canary = "buy-now.example"
	in := func(email string) desk.AccessInput {
		return desk.AccessInput{Name: canary, Email: email, Organization: canary, Message: canary, Locale: "en"}
	}
	toVictim := func() (mails []onebox.Caught) {
		if _, err := h.Relay.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, m := range h.Mail.Messages() {
			if slices.ContainsFunc(m.To, func(to string) bool { return strings.HasSuffix(to, "@victim.example") }) {
				mails = append(mails, m)
			}
		}
		return mails
	}
	spellings := []string{"ann.lee@victim.example", "Ann.Lee@victim.example", "annlee@victim.example", "ann.lee+1@victim.example", "a.n.n.lee+x@VICTIM.example"}
	day := func(n int) {
		for i, vendor := range []string{"interfacing", "posimente", "primlogix", "advendio", "athento"} {
			if err := h.Desk.AskForAccess(from(10*n+i), vendor, in(spellings[i])); err != nil {
				t.Fatal(err)
			}
		}
	}
	day(1)
	if got := toVictim(); len(got) != 1 || strings.Contains(got[0].Text+got[0].Subject+fmt.Sprint(got[0].Header), canary) {
		t.Errorf("%d mails on the first day: %+v", len(got), got)
	}
	now = now.Add(25 * time.Hour)
	if _, err := database(t, h).ExecContext(t.Context(), `update access_requests set state = 'declined'`); err != nil {
		t.Fatal(err)
	}
	day(2)
	if got := toVictim(); len(got) != 2 {
		t.Errorf("%d mails after two days", len(got))
	}
	refused := 0
	for i := range 30 {
		err := h.Desk.AskForAccess(from(99), "interfacing", in(fmt.Sprintf("a%d@victim%d.example", i, i)))
		if e, ok := problem.As(err); ok && e.Code == problem.RateLimited && e.RetryAfter > 0 {
			refused++
		} else if err != nil {
			t.Error(err)
		}
	}
	if refused != 20 {
		t.Errorf("%d of 30 from one network were refused", refused)
	}
}
