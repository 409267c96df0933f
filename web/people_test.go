package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// mailTo delivers what is due and answers the newest mail to an address.
func mailTo(t testing.TB, h *stack.House, address string) string {
	t.Helper()
	deliver(t, h)
	text := ""
	for _, m := range h.Mail.Messages() {
		if m.To[0] == address {
			text = m.Text
		}
	}
	if text == "" {
		t.Fatalf("no mail to %s", address)
	}
	return text
}

// linkIn is the path below the vendor's address of a mail's link that begins so.
func linkIn(t testing.TB, h *stack.House, text, begins string) string {
	t.Helper()
	_, after, found := strings.Cut(text, h.URL+"/interfacing"+begins)
	if !found {
		t.Fatalf("no link to %s in:\n%s", begins, text)
	}
	return begins + strings.Fields(after)[0]
}

// enters signs somebody in who is no demo person.
func (b *browser) enters(t testing.TB, email, password string) *view {
	t.Helper()
	return b.submit(t, b.get(t, "/sign-in").form(t, "/sign-in"), "email", email, "password", password)
}

// formTo is the page's form that posts to an address that ends so.
func (v *view) formTo(t testing.TB, action string) *form {
	t.Helper()
	for _, n := range v.all("form") {
		if at := attribute(n, "action"); strings.HasSuffix(at, action) && attribute(n, "method") == "post" {
			return formOf(n, at)
		}
	}
	t.Fatalf("%s (%d) has no form that posts to %s:\n%s", v.path, v.status, action, v.text())
	return nil
}

const chosenPassword = "a ferry in the morning"

// TestLifeOfAContact: an account manager makes an organization and adds a
// contact, who is invited, gets in, becomes an approver, and loses access; all
// without a script.
func TestLifeOfAContact(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	accounts, kai := signedIn(t, h, "interfacing", "accounts"), visitor(t, h, "interfacing")
	list := accounts.get(t, "/console/organizations")
	list.says(t, 200, "Northern Utilities", "Ari Accounts")
	fresh := list.formTo(t, "/console/organizations")
	page := accounts.submit(t, fresh, "name", "Baltic Ferries", "external_id", "BF-1")
	page.says(t, 200, "The organization is there.", "Customer", "Ari Accounts", "BF-1", "Nobody is here yet.")
	accounts.submit(t, fresh, "name", "Baltic Ferries", "external_id", "BF-1").says(t, 200, "The organization is there.")
	if n := count(t, h, `select count(*) from organizations where name = 'Baltic Ferries'`); n != 1 {
		t.Errorf("the same form twice made %d organizations", n)
	}
	accounts.submit(t, accounts.get(t, "/console/organizations").formTo(t, "/console/organizations"), "name", "baltic ferries").
		says(t, 409, "An organization has this name already.")

	add := page.form(t, "/contacts")
	accounts.submit(t, add, "name", "Kai Kask", "email", "no address").says(t, 422, "This is not a mail address.")
	person := accounts.submit(t, add, "name", "Kai Kask", "email", "kai@baltic.test", "roles", "signatory")
	person.says(t, 200, "The contact is added.", "Kai Kask", "Baltic Ferries", "May register requests", "Signatory", "Invited, no password yet")
	invitation := mailTo(t, h, "kai@baltic.test")
	link := linkIn(t, h, invitation, "/password/")
	kai.submit(t, kai.get(t, link).form(t, link), "password", chosenPassword).says(t, 200, "Your password is kept.")
	kai.enters(t, "kai@baltic.test", chosenPassword).says(t, 200, "Hello Kai Kask")

	at := strings.TrimPrefix(strings.Split(person.path, "?")[0], "/interfacing")
	edit := accounts.get(t, at)
	edit.says(t, 200, "Has access", "Last seen")
	stale := edit.form(t, at)
	accounts.submit(t, stale, "roles", "signatory", "roles", "approver", "approval_limit", "1,500.00", "approval_currency", "cad").
		says(t, 200, "It is kept", "Signatory", "Approves up to 1,500.00 CAD")
	accounts.submit(t, stale, "roles", "signatory", "roles", "approver", "approval_limit", "1,500.00", "approval_currency", "cad").
		says(t, 200, "It is kept") // sent twice, done once
	refused := accounts.submit(t, stale, "name", "Kai Kask-Tamm", "sees_organization", "1")
	refused.says(t, 409, "Somebody has changed this meanwhile", "It is now: 1500.00", "It is now: Approver, Signatory", "It is now: Kai Kask", "Do it anyway after reading")
	again := refused.form(t, at)
	if again.values.Get("name") != "Kai Kask-Tamm" || again.values.Get("sees_organization") != "1" || again.values.Get("version") == stale.values.Get("version") {
		t.Errorf("what was typed is lost, or the version is the old one: %v", again.values)
	}
	accounts.submit(t, again, "roles", "approver", "approval_limit", "20", "approval_currency", "EUR").
		says(t, 200, "Kai Kask-Tamm", "Approves up to 20.00 EUR", "Sees all requests")

	kai.get(t, "/account").says(t, 200, "Your account")
	last := accounts.get(t, at).form(t, at)
	last.values.Del("active")
	accounts.submit(t, last).says(t, 200, "No access any more")
	if v := kai.get(t, "/account"); !strings.Contains(v.path, "/sign-in") {
		t.Errorf("without access they reach %s", v.path)
	}
	kai.enters(t, "kai@baltic.test", chosenPassword).says(t, 401)
}

// TestPersonForms: what can't be read is refused at its field and kept, amounts
// are read in the reader's language, and absence is an instant in their zone.
func TestPersonForms(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	accounts := signedIn(t, h, "interfacing", "accounts")
	at := "/console/contacts/" + textOf(t, h, `select id from people where email = 'super@interfacing.example'`)
	form := func() *form { return accounts.get(t, at).form(t, at) }
	for _, c := range []struct{ limit, currency, says string }{
		{"1500,00", "CAD", "This is not an amount such as 1500.00."},
		{"a lot", "CAD", "This is not an amount"},
		{"1.234", "CAD", "Amounts in CAD have at most 2 decimals."},
		{"10", "dollars", "This is not a currency code"},
		{"10", "", "This is not a currency code"},
		{"", "CAD", "This is missing."},
		{"99999999999999999999", "CAD", "This is outside the limits."},
	} {
		v := accounts.submit(t, form(), "roles", "approver", "approval_limit", c.limit, "approval_currency", c.currency)
		v.says(t, 422, c.says)
		if kept := v.form(t, at).values.Get("approval_limit"); kept != c.limit {
			t.Errorf("%q is lost: %q", c.limit, kept)
		}
	}
	accounts.submit(t, form(), "roles", "super_user", "approval_limit", "10", "approval_currency", "CAD").says(t, 422, "Only approvers have this.")
	accounts.submit(t, form(), "absent_until", "tomorrow").says(t, 422, "This is not a date and time")
	accounts.submit(t, form(), "roles", "owner").says(t, 422, "Please choose one.")
	accounts.submit(t, form(), "delegate_id", "nobody", "roles", "approver").says(t, 422, "No active approver")

	accounts.submit(t, form(), "roles", "approver", "approval_limit", "0.29", "approval_currency", "CAD", "absent_until", "2031-05-06T07:08").
		says(t, 200, "Approves up to 0.29 CAD", "Tue 6 May 2031, 07:08 (Toronto)")
	if n := count(t, h, `select approval_limit from people where email = 'super@interfacing.example' and absent_until = '2031-05-06 11:08Z'`); n != 29 {
		t.Errorf("kept as %d", n)
	}
	execute(t, h, `update people set locale = 'fr-CA' where email = 'accounts@interfacing.example'`)
	if f := form(); f.values.Get("approval_limit") != "0,29" || f.values.Get("absent_until") != "2031-05-06T07:08" {
		t.Errorf("the form shows %v", f.values)
	}
	accounts.submit(t, form(), "approval_limit", "1 500,5").says(t, 200, "Approuve jusqu’à 1 500,50 CAD")
	accounts.submit(t, form(), "approval_limit", "1.500,00").says(t, 422, "Ce n’est pas un montant tel que 1500,00.")
}

// TestPersonActs: sessions are ended, a lost second factor is removed, and who
// has no password is invited again.
func TestPersonActs(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	accounts, admin := signedIn(t, h, "interfacing", "accounts"), signedIn(t, h, "interfacing", "admin")
	jeanne, agent := signedIn(t, h, "interfacing", "jeanne"), signedIn(t, h, "interfacing", "agent")
	id := func(local string) string {
		return textOf(t, h, `select id from people where email = $1`, local+"@interfacing.example")
	}
	contact, member := "/console/contacts/"+id("jeanne"), "/console/staff/"+id("agent")
	accounts.submit(t, accounts.get(t, contact).form(t, "/end-sessions")).says(t, 200, "All their sessions and tokens have ended.")
	admin.submit(t, admin.get(t, member).form(t, "/end-sessions")).says(t, 200, "All their sessions and tokens have ended.")
	for _, b := range []*browser{jeanne, agent} {
		if v := b.get(t, "/account"); !strings.Contains(v.path, "/sign-in") {
			t.Errorf("an ended session reaches %s", v.path)
		}
	}
	if v := accounts.get(t, contact); strings.Contains(v.raw, "remove-second-factor") || strings.Contains(v.raw, "/invite") {
		t.Error("offered: a second factor to remove, or an invitation for who has a password")
	}
	execute(t, h, `update people set totp_secret = '\x00', password_hash = '' where email = 'jeanne@interfacing.example'`)
	accounts.submit(t, accounts.get(t, contact).form(t, "/remove-second-factor")).says(t, 200, "The second factor is removed.")
	if !strings.Contains(mailTo(t, h, "jeanne@interfacing.example"), "Ari Accounts") {
		t.Error("jeanne is not told who removed her second factor")
	}
	accounts.submit(t, accounts.get(t, contact).form(t, "/invite")).says(t, 200, "The invitation is on its way", "Invited, no password yet")
	linkIn(t, h, mailTo(t, h, "jeanne@interfacing.example"), "/password/")
}

// TestPartners: a partner is linked to a customer by its number or name, and
// unlinked; each page says so.
func TestPartners(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	accounts := signedIn(t, h, "interfacing", "accounts")
	made := accounts.submit(t, accounts.get(t, "/console/organizations").formTo(t, "/console/organizations"), "name", "Harbour Pilots", "kind", "partner")
	made.says(t, 200, "Partner", "This partner acts for no customer yet.")
	at := strings.TrimPrefix(strings.Split(made.path, "?")[0], "/interfacing")
	link := func(named string) *view {
		return accounts.submit(t, accounts.get(t, at).form(t, "/customers"), "customer_id", named)
	}
	for _, unknown := range []string{"Northern", "Harbour", "0f0f0f0f-0000-4000-8000-000000000000"} {
		link(unknown).says(t, 422, "No organization has this name or number.")
	}
	link("harbour pilots").says(t, 422, "No customer with this id.")
	link(" northern utilities ").says(t, 200, "The customer is linked.", "Northern Utilities")
	customer := textOf(t, h, `select id from organizations where name = 'Northern Utilities'`)
	accounts.get(t, "/console/organizations/"+customer).says(t, 200, "Partners who act for it", "Harbour Pilots")
	unlink := accounts.get(t, at).form(t, "/customers/unlink")
	for range 2 { // the same form twice
		accounts.submit(t, unlink).says(t, 200, "The partner acts for this customer no more.", "acts for no customer yet")
	}
	if n := count(t, h, `select count(*) from audit where action = 'customer_unlinked'`); n != 1 {
		t.Errorf("unlinked %d times", n)
	}
}

// TestDirectoryIsRead: the list is searched; who changes nothing is told who
// does, and sees no form.
func TestDirectoryIsRead(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	agent := signedIn(t, h, "interfacing", "agent")
	agent.get(t, "/console/organizations?q=NORTH").says(t, 200, "Northern Utilities")
	agent.get(t, "/console/organizations?q=nowhere").says(t, 200, "No organization has “nowhere” in its name")
	number := textOf(t, h, `select external_id from organizations where name = 'Northern Utilities'`)
	agent.get(t, "/console/organizations?q="+strings.ToLower(number)).says(t, 200, "Northern Utilities")
	id := func(query string) string { return textOf(t, h, query) }
	for path, says := range map[string]string{
		"/console/organizations": "Account managers and administrators change it.",
		"/console/organizations/" + id(`select id from organizations where name = 'Northern Utilities'`): "Ari Accounts, the account manager, changes it",
		"/console/contacts/" + id(`select id from people where email = 'jeanne@interfacing.example'`):    "Ari Accounts, the account manager, changes it",
		"/console/staff": "Administrators change it.",
		"/console/staff/" + id(`select id from people where email = 'agent2@interfacing.example'`): "Administrators change it.",
		"/console/teams": "Administrators change it.",
	} {
		v := agent.get(t, path)
		v.says(t, 200, says)
		for _, f := range v.all("form") {
			if to := attribute(f, "action"); strings.Contains(to, "/console") && attribute(f, "method") == "post" {
				t.Errorf("%s offers %s", path, to)
			}
		}
	}
	execute(t, h, `insert into organizations (id, vendor_id, kind, name, created_at)
		select gen_random_uuid(), id, 'customer', 'Row ' || lpad(i::text, 3, '0'), now() from vendors, generate_series(1, 120) i where slug = 'interfacing'`)
	seen, page := 0, agent.get(t, "/console/organizations?q=row")
	for {
		seen += len(page.all("tr")) - 1
		if !strings.Contains(page.text(), "Next page") {
			break
		}
		page = agent.open(t, page.link(t, "Next page"))
	}
	if seen != 120 {
		t.Errorf("the pages of the list hold %d of 120", seen)
	}
}

// TestStaffAndTeams: an administrator adds a member of staff and a team, and
// changes them; the last administrator stays one.
func TestStaffAndTeams(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	admin := signedIn(t, h, "interfacing", "admin")
	admin.submit(t, admin.get(t, "/console/staff").form(t, "/console/staff"), "name", "Nia New", "email", "nia@vendor.test", "roles", "agent", "roles", "trainer").
		says(t, 200, "They are added.", "Nia New", "Agent", "Trainer", "Invited, no password yet")
	linkIn(t, h, mailTo(t, h, "nia@vendor.test"), "/password/")
	nia := textOf(t, h, `select id from people where email = 'nia@vendor.test'`)
	self := "/console/staff/" + textOf(t, h, `select id from people where email = 'admin@interfacing.example'`)
	admin.submit(t, admin.get(t, self).form(t, self), "roles", "agent").says(t, 409, "This is the last active administrator.")

	admin.get(t, "/console/teams").says(t, 200, "There are no teams yet.")
	team := admin.submit(t, admin.get(t, "/console/teams").form(t, "/console/teams"), "name", "First line", "kind", "support", "members", nia)
	team.says(t, 200, "The team is there.", "First line", "Support", "Nia New")
	admin.get(t, "/console/staff/"+nia).says(t, 200, "Teams", "First line")
	at := strings.TrimPrefix(strings.Split(team.path, "?")[0], "/interfacing")
	stale := admin.get(t, at).form(t, at)
	agent := textOf(t, h, `select id from people where email = 'agent@interfacing.example'`)
	admin.submit(t, stale, "members", nia, "members", agent).says(t, 200, "The team is kept.", "Alex Agent")
	v := admin.submit(t, stale, "name", "Second line")
	v.says(t, 409, "Somebody has changed this meanwhile", "It is now: First line")
	if f := v.form(t, at); f.values.Get("name") != "Second line" {
		t.Errorf("what was typed is lost: %v", f.values)
	}
	admin.submit(t, admin.get(t, at).form(t, at), "members", "nonsense").says(t, 422, "No active member of staff")
	admin.get(t, "/console/teams").says(t, 200, "Alex Agent, Nia New")
}
