package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// asksFor asks for access and answers the address of the request's page.
func asksFor(t testing.TB, h *stack.House, name, email, organization string) string {
	t.Helper()
	b := visitor(t, h, "interfacing")
	b.submit(t, b.get(t, "/access").form(t, "/access"), "name", name, "email", email, "organization", organization, "message", "I *run* the export.").
		says(t, 200, "Thank you.")
	return "/console/access-requests/" + textOf(t, h, `select id from access_requests where email = $1`, email)
}

// TestAccessRequest: access is asked for, asked back about, answered and given;
// all without a script, and each act once.
func TestAccessRequest(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	accounts, tom := signedIn(t, h, "interfacing", "accounts"), visitor(t, h, "interfacing")
	accounts.get(t, "/console/access-requests").says(t, 200, "Nobody waits for access.", "Requests for access (0)")
	at := asksFor(t, h, "Tom Tide", "tom@tide.test", "northern UTILITIES")
	if to := linkIn(t, h, mailTo(t, h, "accounts@interfacing.example"), "/console/access-requests/"); to != at {
		t.Errorf("the account manager is led to %s, not %s", to, at)
	}
	accounts.get(t, "/console/access-requests").says(t, 200, "Tom Tide", "New", "Requests for access (1)")
	page := accounts.get(t, at)
	page.says(t, 200, "Tom Tide asks for access", "tom@tide.test", "I run the export.", "Northern Utilities", "Nobody has proven yet")
	ask := page.form(t, "/ask")
	accounts.submit(t, ask, "question", " ").says(t, 422, "This can't be empty.")
	for range 2 { // sent twice
		accounts.submit(t, ask, "question", "Who is your supervisor?").says(t, 200, "The question is on its way", "Waiting for their answer", "Who is your supervisor?")
	}
	if n := count(t, h, `select count(*) from access_messages`); n != 1 {
		t.Errorf("asked %d times", n)
	}
	late := accounts.get(t, at).form(t, "/decline")
	link := linkIn(t, h, mailTo(t, h, "tom@tide.test"), "/access/reply/")
	tom.submit(t, tom.get(t, link).form(t, link), "text", "Sam Super is.").says(t, 200)
	stale := accounts.submit(t, late, "reason", "No answer came.")
	stale.says(t, 409, "Somebody has changed this meanwhile", "Sam Super is.")
	if f := stale.form(t, "/decline"); f.values.Get("reason") != "No answer came." {
		t.Errorf("the reason is lost: %v", f.values)
	}

	page = accounts.get(t, at)
	page.says(t, 200, "They have answered", "Sam Super is.")
	grant := page.form(t, "/grant")
	if grant.values.Get("organization_id") != "Northern Utilities" || grant.values.Get("name") != "Tom Tide" {
		t.Errorf("the form begins with %v", grant.values)
	}
	accounts.submit(t, grant, "organization_id", "Somewhere").says(t, 422, "No organization has this name or number.")
	for range 2 {
		accounts.submit(t, grant, "roles", "signatory").says(t, 200, "Access is given.", "Access given", "They have become a contact.")
	}
	if n := count(t, h, `select count(*) from people where email = 'tom@tide.test' and authorized and roles = '{signatory}'`); n != 1 {
		t.Errorf("%d contacts", n)
	}
	link = linkIn(t, h, mailTo(t, h, "tom@tide.test"), "/password/")
	tom.submit(t, tom.get(t, link).form(t, link), "password", chosenPassword)
	tom.enters(t, "tom@tide.test", chosenPassword).says(t, 200, "Hello Tom Tide")
	accounts.submit(t, late, "reason", "No answer came.").says(t, 409)
	accounts.get(t, "/console/access-requests").says(t, 200, "Nobody waits for access.")
	accounts.get(t, "/console/access-requests?all=1").says(t, 200, "Tom Tide", "Access given")
}

// TestAccessDeclined: the reason goes to who asked, and stays to be read.
func TestAccessDeclined(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	accounts := signedIn(t, h, "interfacing", "accounts")
	at := asksFor(t, h, "Una Unknown", "una@tide.test", "Nowhere Ltd.")
	page := accounts.get(t, at)
	page.says(t, 200, "No organization has this name or number.", "Any account manager")
	accounts.submit(t, page.form(t, "/decline"), "reason", "We do not know Nowhere Ltd.").says(t, 200, "Declined.", "Why it was declined", "We do not know Nowhere Ltd.")
	if !strings.Contains(mailTo(t, h, "una@tide.test"), "We do not know Nowhere Ltd.") {
		t.Error("the reason is not in the mail")
	}
	if v := accounts.get(t, at); strings.Contains(v.raw, "/grant") {
		t.Error("what is over can be granted")
	}
}

// TestPeopleInThePortal: who may, sees who is at their organization and at
// their customers, and none of what is for staff.
func TestPeopleInThePortal(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	execute(t, h, `update people set roles = '{approver}', approval_limit = 150000, approval_currency = 'CAD' where email = 'jeanne@interfacing.example'`)
	execute(t, h, `update people set locale = 'en-CA'`)
	super, partner := signedIn(t, h, "interfacing", "super"), signedIn(t, h, "interfacing", "partner")
	v := super.get(t, "/people")
	v.says(t, 200, "People at Northern Utilities", "Ari Accounts", "Jeanne Martin", "Approver", "Lou Reader", "May not register requests", "Partners who act for you")
	if strings.Contains(v.text(), "1,500") || strings.Contains(v.raw, "/console") {
		t.Error("the portal shows what is for staff")
	}
	v = partner.get(t, "/people")
	v.says(t, 200, "Paul Roy", "Customers you act for", "Northern Utilities")
	partner.open(t, v.link(t, "Northern Utilities")).says(t, 200, "People at Northern Utilities", "You act for this customer.", "Jeanne Martin")
	if links := signedIn(t, h, "interfacing", "jeanne").get(t, ""); strings.Contains(links.raw, "/people") {
		t.Error("the navigation leads where one may not go")
	}
	signedIn(t, h, "interfacing", "jeanne").get(t, "/people").says(t, 403)
	if v := signedIn(t, h, "interfacing", "agent").get(t, "/people"); v.status != 200 || !strings.HasSuffix(v.path, "/console/organizations") {
		t.Errorf("staff come to %s", v.path)
	}
}
