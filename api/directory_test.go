package api_test

import (
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// me is a demo person of interfacing as they see themselves.
func me(t *testing.T, h *stack.House, local string) stack.Answer {
	t.Helper()
	return ask(t, h, h.Token(t, "interfacing", local), "GET", "/v1/me", nil)
}

// change is what the update of a contact, a member of staff or an organization
// answers: as it is now, but for more. A nil leaves a member out.
func change(t *testing.T, h *stack.House, by, path string, more map[string]any) stack.Answer {
	t.Helper()
	token := h.Token(t, "interfacing", by)
	body := ask(t, h, token, "GET", path, nil).JSON
	for _, shown := range []string{"id", "organization_id", "invited_at", "password_set", "created_at", "teams"} {
		delete(body, shown)
	}
	if strings.HasPrefix(path, "/v1/organizations/") {
		delete(body, "kind")
	}
	maps.Copy(body, more)
	maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
	return ask(t, h, token, "PUT", path, body)
}

// audited is what the audit keeps of the newest entry about an object: its
// action, who did it, and its data.
func audited(t *testing.T, db *sql.DB, object string) (action, actor string, data map[string]any) {
	t.Helper()
	var raw []byte
	err := db.QueryRowContext(t.Context(), `select a.action, coalesce(p.email, ''), a.data from audit a left join people p on p.id = a.actor_id
		where a.object_id = $1 and a.ip = '127.0.0.1' and a.request_id <> '' and (a.actor_id is null or a.bearer_id is not null)
		order by a.id desc limit 1`, object).Scan(&action, &actor, &raw)
	if err == nil {
		err = json.Unmarshal(raw, &data)
	}
	if err != nil {
		t.Fatalf("audit of %s: %v", object, err)
	}
	return action, actor, data
}

// mailsTo are the kinds of the mails decided for an address, oldest first.
func mailsTo(t *testing.T, db *sql.DB, email string) (kinds []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `select payload->>'Kind' from outbox where kind = 'mail' and payload->'To'->>'Email' = $1 order by id`, email)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var kind string
		if err := rows.Scan(&kind); err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, kind)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return kinds
}

// TestDirectory: people and organizations change as the account manager says,
// from the next request on, and the audit knows.
func TestDirectory(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	t.Run("organization", func(t *testing.T) { changedOrganization(t, h) })
	t.Run("rights", func(t *testing.T) { changedRights(t, h) })
	t.Run("address", func(t *testing.T) { changedAddress(t, h) })
	t.Run("approvers", func(t *testing.T) { approvers(t, h) })
	t.Run("unlinked", func(t *testing.T) { unlinked(t, h) })
	t.Run("invitations", func(t *testing.T) { invitations(t, h) })
	t.Run("second factor", func(t *testing.T) { secondFactorReset(t, h) })
	t.Run("teams", func(t *testing.T) { teams(t, h) })
	t.Run("deactivated", func(t *testing.T) { deactivated(t, h) })
	t.Run("administrators", func(t *testing.T) { lastAdministrator(t, h) })
}

func changedOrganization(t *testing.T, h *stack.House) {
	db := database(t, h)
	path := "/v1/organizations/" + me(t, h, "jeanne").Text("organization_id")
	first := ask(t, h, h.Token(t, "interfacing", "accounts"), "GET", path, nil)
	a := change(t, h, "accounts", path, map[string]any{"name": "Northern Power", "external_id": nil})
	if a.Status != 200 || a.Text("name") != "Northern Power" || a.JSON["external_id"] != nil || a.JSON["version"] != first.JSON["version"].(float64)+1 { //nolint:forcetypeassert // the contract
		t.Errorf("changed: %d %s", a.Status, a.Raw)
	}
	action, actor, data := audited(t, db, first.Text("id"))
	want, _ := json.Marshal(map[string]any{ //nolint:errchkjson // texts
		"name": map[string]any{"was": first.Text("name"), "is": "Northern Power"}, "external_id": map[string]any{"was": first.Text("external_id"), "is": nil},
	})
	got, _ := json.Marshal(data) //nolint:errchkjson // texts
	if action != "organization_changed" || actor != "accounts@interfacing.example" || string(got) != string(want) {
		t.Errorf("audit: %s by %s: %s, want %s", action, actor, got, want)
	}
	partner := ask(t, h, h.Token(t, "interfacing", "partner"), "GET", "/v1/organizations/"+me(t, h, "partner").Text("organization_id"), nil).Text("name")
	before := rows(t, db)
	stale := change(t, h, "accounts", path, map[string]any{"name": "Late", "version": first.JSON["version"]})
	wants(t, "stale", stale, 409, "changed_meanwhile")
	if stale.JSON["version"] != a.JSON["version"] {
		t.Errorf("a stale update is not told the version: %s", stale.Raw)
	}
	wants(t, "the same again", change(t, h, "accounts", path, nil), 200, "")
	wants(t, "a name in use", change(t, h, "accounts", path, map[string]any{"name": strings.ToUpper(partner)}), 409, "organization_name_taken")
	if after := rows(t, db); after != before {
		t.Errorf("refusals and no changes left a trace: %s → %s", before, after)
	}
}

// changedRights: what a person may do is what their row says at each request
// (abuse case B6).
func changedRights(t *testing.T, h *stack.House) {
	super, jeanne := h.Token(t, "interfacing", "super"), h.Token(t, "interfacing", "jeanne")
	path := "/v1/contacts/" + me(t, h, "super").Text("id")
	number := register(t, h, jeanne)
	wants(t, "as super-user", ask(t, h, super, "GET", "/v1/tickets/"+number, nil), 200, "")
	wants(t, "take it", change(t, h, "accounts", path, map[string]any{"roles": []string{"signatory"}, "sees_organization": false, "authorized": false}), 200, "")
	wants(t, "a colleague's ticket", ask(t, h, super, "GET", "/v1/tickets/"+number, nil), 404, "not_found")
	wants(t, "a request", ask(t, h, super, "POST", "/v1/tickets", registration(nil)), 403, "contact_not_authorized")
	if roles := me(t, h, "super").JSON["roles"]; !slices.Equal(roles.([]any), []any{"contact", "signatory"}) { //nolint:forcetypeassert // the contract
		t.Errorf("roles %v", roles)
	}
	wants(t, "give it back", change(t, h, "accounts", path, map[string]any{"roles": []string{"super_user"}, "authorized": true}), 200, "")
	wants(t, "as super-user again", ask(t, h, super, "GET", "/v1/tickets/"+number, nil), 200, "")
}

// changedAddress: the old and the new address are told; a mailbox of the
// vendor's own can be nobody's (abuse case B2).
func changedAddress(t *testing.T, h *stack.House) {
	db := database(t, h)
	path := "/v1/contacts/" + me(t, h, "reader").Text("id")
	a := change(t, h, "accounts", path, map[string]any{"email": "lou@Büro.example"})
	wants(t, "change", a, 200, "")
	if a.Text("email") != "lou@xn--bro-hoa.example" {
		t.Errorf("the new address: %s", a.Raw)
	}
	for email, want := range map[string]string{"reader@interfacing.example": "address_left", "lou@xn--bro-hoa.example": "address_set"} {
		if got := mailsTo(t, db, email); !slices.Equal(got, []string{want}) {
			t.Errorf("mails to %s: %v", email, got)
		}
	}
	for email, status := range map[string]int{"reader@interfacing.example": 401, "lou@büro.example": 201} {
		wants(t, "sign in as "+email, ask(t, h, "", "POST", "/v1/sessions", map[string]any{"vendor": "interfacing", "email": email, "password": stack.Password}), status, "")
	}
	admin, before := h.Token(t, "interfacing", "admin"), rows(t, db)
	wants(t, "another's", change(t, h, "accounts", path, map[string]any{"email": "JEANNE@interfacing.example"}), 409, "email_taken")
	for _, email := range []string{
		"support@interfacing.example", "Support@INTERFACING.example", "support+IF-2026-000001@interfacing.example", "support@ｉnterfacing.example",
	} {
		for _, a := range []stack.Answer{
			change(t, h, "accounts", path, map[string]any{"email": email}),
			ask(t, h, admin, "POST", "/v1/staff", map[string]any{"name": "x", "email": email, "roles": []string{"agent"}}),
		} {
			if a.Status != 422 || fields(a)["email"]["key"] != "email_of_vendor" {
				t.Errorf("%s: %d %s", email, a.Status, a.Raw)
			}
		}
	}
	if after := rows(t, db); after != before {
		t.Errorf("rows %s → %s", before, after)
	}
}

func approvers(t *testing.T, h *stack.House) {
	organization := me(t, h, "jeanne").Text("organization_id")
	accounts := h.Token(t, "interfacing", "accounts")
	jeanne, super := "/v1/contacts/"+me(t, h, "jeanne").Text("id"), "/v1/contacts/"+me(t, h, "super").Text("id")
	delegate := ask(t, h, accounts, "POST", "/v1/contacts", map[string]any{
		"organization_id": organization, "name": "Dan Delegate", "email": "dan@interfacing.example", "roles": []string{"approver"},
	})
	wants(t, "add the delegate", delegate, 201, "")
	a := change(t, h, "accounts", jeanne, map[string]any{
		"roles": []string{"approver", "statement_receiver"}, "approval_limit": 500_000, "approval_currency": "CAD",
		"delegate_id": delegate.Text("id"), "absent_until": "2027-01-04T09:00:00.5-05:00",
	})
	if a.Status != 200 || a.JSON["approval_limit"] != 500_000.0 || a.Text("delegate_id") != delegate.Text("id") || a.Text("absent_until") != "2027-01-04T14:00:00Z" {
		t.Errorf("approver: %d %s", a.Status, a.Raw)
	}
	if a := ask(t, h, h.Token(t, "interfacing", "super"), "GET", jeanne, nil); a.Status != 200 || a.JSON["approval_limit"] != nil || a.JSON["password_set"] != nil {
		t.Errorf("a colleague is told of money and access: %d %s", a.Status, a.Raw)
	}
	for name, c := range map[string]struct {
		more   map[string]any
		fields map[string]string
	}{
		"no approver": {map[string]any{"roles": []string{}}, map[string]string{"approval_limit": "only_approvers", "delegate_id": "only_approvers"}},
		"no currency": {map[string]any{"approval_currency": nil}, map[string]string{"approval_currency": "field_not_currency"}},
		"no limit":    {map[string]any{"approval_limit": nil}, map[string]string{"approval_limit": "field_missing"}},
		"currency":    {map[string]any{"approval_currency": "XYZ"}, map[string]string{"approval_currency": "field_not_currency"}},
		"negative":    {map[string]any{"approval_limit": -1}, map[string]string{"approval_limit": "field_out_of_range"}},
		"too much":    {map[string]any{"approval_limit": 1e300}, map[string]string{"approval_limit": "field_wrong_form"}},
		"role twice":  {map[string]any{"roles": []string{"approver", "approver"}}, map[string]string{"roles/1": "field_repeated"}},
	} {
		a := change(t, h, "accounts", jeanne, c.more)
		got := map[string]string{}
		for path, f := range fields(a) {
			got[path] = f["key"]
		}
		if a.Status != 422 || !maps.Equal(got, c.fields) {
			t.Errorf("%s: %d %v, want %v: %s", name, a.Status, got, c.fields, a.Raw)
		}
	}
	wants(t, "one who is none", change(t, h, "accounts", super, map[string]any{"roles": []string{"approver"}, "delegate_id": me(t, h, "partner").Text("id")}), 422, "fields_wrong")
	wants(t, "none any more", change(t, h, "accounts", jeanne, map[string]any{
		"roles": []string{}, "approval_limit": nil, "approval_currency": nil, "delegate_id": nil, "absent_until": nil,
	}), 200, "")
}

// unlinked: a partner who does not act for a customer any more sees nothing of
// it, also not what it registered, and is told nothing.
func unlinked(t *testing.T, h *stack.House) {
	db := database(t, h)
	partner, accounts := h.Token(t, "interfacing", "partner"), h.Token(t, "interfacing", "accounts")
	customer, own := me(t, h, "jeanne").Text("organization_id"), me(t, h, "partner").Text("organization_id")
	jeanne := me(t, h, "jeanne").Text("id")
	a := ask(t, h, partner, "POST", "/v1/tickets", registration(map[string]any{"on_behalf_of": map[string]any{"organization_id": customer, "contact_id": jeanne}}))
	wants(t, "register", a, 201, "")
	file := upload(t, h, partner, "own.txt", "x")
	kept := ask(t, h, partner, "POST", "/v1/tickets", registration(map[string]any{"files": []string{file}}))
	wants(t, "register one's own", kept, 201, "")
	sights := []string{"/v1/tickets/" + a.Text("number"), "/v1/tickets/" + a.Text("id") + "/comments", "/v1/organizations/" + customer, "/v1/contacts/" + jeanne}
	link := "/v1/organizations/" + own + "/customers"
	listed := func() (tickets, customers int) {
		list, _ := ask(t, h, partner, "GET", "/v1/tickets", nil).JSON["tickets"].([]any)
		organizations, _ := ask(t, h, partner, "GET", link, nil).JSON["organizations"].([]any)
		return len(list), len(organizations)
	}
	for _, path := range sights {
		wants(t, path, ask(t, h, partner, "GET", path, nil), 200, "")
	}
	if tickets, customers := listed(); tickets != 2 || customers != 1 {
		t.Errorf("linked: %d tickets, %d customers", tickets, customers)
	}
	wants(t, "unlink", ask(t, h, accounts, "DELETE", link+"/"+customer, nil), 204, "")
	for _, path := range sights {
		wants(t, path+", unlinked", ask(t, h, partner, "GET", path, nil), 404, "not_found")
	}
	if tickets, customers := listed(); tickets != 1 || customers != 0 {
		t.Errorf("unlinked: %d tickets, %d customers", tickets, customers)
	}
	mails := len(mailsTo(t, db, "partner@interfacing.example"))
	wants(t, "a comment", ask(t, h, h.Token(t, "interfacing", "agent"), "POST", sights[0]+"/comments", map[string]any{"text": "For the customer."}), 201, "")
	if now := len(mailsTo(t, db, "partner@interfacing.example")); now != mails || !slices.Contains(mailsTo(t, db, "jeanne@interfacing.example"), "comment") {
		t.Errorf("%d mails to the partner, then %d; to the customer %v", mails, now, mailsTo(t, db, "jeanne@interfacing.example"))
	}
	wants(t, "one's own", ask(t, h, partner, "GET", "/v1/tickets/"+kept.Text("number"), nil), 200, "")
	wants(t, "again", ask(t, h, accounts, "DELETE", link+"/"+customer, nil), 404, "not_found")
	wants(t, "link", ask(t, h, accounts, "POST", link, map[string]any{"customer_id": customer}), 204, "")
	if action, actor, _ := audited(t, db, own); action != "customer_linked" || actor != "accounts@interfacing.example" {
		t.Errorf("audit: %s by %s", action, actor)
	}
	wants(t, "linked again", ask(t, h, partner, "GET", sights[0], nil), 200, "")
}

// invitations: who is added without a password is mailed a link to choose one,
// whose secret is kept nowhere once the mail has left.
func invitations(t *testing.T, h *stack.House) {
	db, accounts := database(t, h), h.Token(t, "interfacing", "accounts")
	body := map[string]any{"organization_id": me(t, h, "jeanne").Text("organization_id"), "name": "Nina New", "email": "nina@interfacing.example", "locale": "fr-CA"}
	a := ask(t, h, accounts, "POST", "/v1/contacts", body, "Idempotency-Key", "nina")
	wants(t, "add", a, 201, "")
	same(t, "add again", ask(t, h, accounts, "POST", "/v1/contacts", body, "Idempotency-Key", "nina"), a)
	if a.Text("invited_at") == "" || a.JSON["password_set"] != nil {
		t.Errorf("the invited: %s", a.Raw)
	}
	again := "/v1/contacts/" + a.Text("id") + "/invitation"
	for range 2 {
		wants(t, "invite again", ask(t, h, accounts, "POST", again, nil, "Idempotency-Key", "again"), 200, "")
	}
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	var secrets []string
	for _, m := range h.Mail.Messages() {
		if !slices.Contains(m.To, "nina@interfacing.example") {
			continue
		}
		_, link, _ := strings.Cut(m.Text, h.URL+"/interfacing/password/cpl_interfacing_")
		secret, _, _ := strings.Cut(link, "\n")
		secrets = append(secrets, strings.TrimSpace(secret))
		for _, want := range []string{"Ari Accounts", "Northern", "nina@interfacing.example", h.URL + "/interfacing", "indésirables"} {
			if !strings.Contains(m.Text, want) {
				t.Errorf("the invitation lacks %q:\n%s", want, m.Text)
			}
		}
	}
	if len(secrets) != 2 || len(secrets[0]) != 43 || len(secrets[1]) != 43 || secrets[0] == secrets[1] {
		t.Fatalf("links of two invitations: %q", secrets)
	}
	if n := count(t, db, `select count(*) from one_time_links where person_id = $1 and used_at is null`, a.Text("id")); n != 1 {
		t.Errorf("%d links work after two invitations", n)
	}
	for _, secret := range secrets {
		if n := count(t, db, `select (select count(*) from outbox where payload::text like '%' || $1 || '%') + (select count(*) from audit where data::text like '%' || $1 || '%')
			+ (select count(*) from commands where body::text like '%' || $1 || '%')`, secret); n != 0 {
			t.Error("the link's secret is kept")
		}
	}
	wants(t, "not active", change(t, h, "accounts", "/v1/contacts/"+a.Text("id"), map[string]any{"active": false}), 200, "")
	if n := count(t, db, `select count(*) from one_time_links where person_id = $1 and used_at is null`, a.Text("id")); n != 0 {
		t.Errorf("%d links of somebody who is not active work", n)
	}
	wants(t, "invite one who is not active", ask(t, h, accounts, "POST", again, nil), 409, "person_not_active")
	wants(t, "invite one with a password", ask(t, h, accounts, "POST", "/v1/contacts/"+me(t, h, "super").Text("id")+"/invitation", nil), 409, "invitation_accepted")
}

// secondFactorReset: who has lost their second factor gets in by the password
// again, and is told.
func secondFactorReset(t *testing.T, h *stack.House) {
	db, accounts := database(t, h), h.Token(t, "interfacing", "accounts")
	a := ask(t, h, accounts, "POST", "/v1/contacts", map[string]any{
		"organization_id": me(t, h, "jeanne").Text("organization_id"), "name": "Sofia", "email": "sofia@interfacing.example", "password": stack.Password,
	})
	wants(t, "add", a, 201, "")
	sofia, path := h.Token(t, "interfacing", "sofia"), "/v1/contacts/"+a.Text("id")+"/reset-second-factor"
	execute(t, db, `update people set totp_secret = 'x' where id = $1`, a.Text("id"))
	signIn := map[string]any{"vendor": "interfacing", "email": "sofia@interfacing.example", "password": stack.Password}
	wants(t, "sign in without a code", ask(t, h, "", "POST", "/v1/sessions", signIn), 401, "second_factor_needed")
	wants(t, "reset", ask(t, h, accounts, "POST", path, nil), 204, "")
	wants(t, "an earlier session", ask(t, h, sofia, "GET", "/v1/me", nil), 401, "bearer_unknown")
	if action, actor, _ := audited(t, db, a.Text("id")); action != "second_factor_reset" || actor != "accounts@interfacing.example" {
		t.Errorf("audit: %s by %s", action, actor)
	}
	if got := mailsTo(t, db, "sofia@interfacing.example"); !slices.Contains(got, "second_factor_off") {
		t.Errorf("mails: %v", got)
	}
	before := rows(t, db)
	wants(t, "reset again", ask(t, h, accounts, "POST", path, nil), 204, "")
	if after := rows(t, db); after != before {
		t.Errorf("nothing to take away, and a trace is left: %s → %s", before, after)
	}
	wants(t, "sign in by the password", ask(t, h, "", "POST", "/v1/sessions", signIn), 201, "")
	wants(t, "one's own", ask(t, h, h.Token(t, "interfacing", "admin"), "POST", "/v1/staff/"+me(t, h, "admin").Text("id")+"/reset-second-factor", nil), 409, "own_second_factor")
}
