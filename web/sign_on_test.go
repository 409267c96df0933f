package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/procedures/stack"
)

// away goes from our page to the company's sign-on as a browser does, signs
// somebody in there, and opens what it sends back to.
func (b *browser) away(t *testing.T, c *stack.Company, v *view, who string) *view {
	t.Helper()
	v.says(t, 200, "Company sign-on")
	wait, to, _ := strings.Cut(v.header.Get("Refresh"), "; url=")
	if link := attribute(within(v.all("main")[0], "a")[0], "href"); wait != "0" || link != to {
		t.Fatalf("the page leads to %q and %q", to, link)
	}
	return b.back(t, c.Visit(t, to, who))
}

func (b *browser) back(t *testing.T, to *url.URL) *view {
	t.Helper()
	if at := b.site(t); to.Host != at.Host || to.Path != "/"+b.vendor+"/oidc/callback" {
		t.Fatalf("sent back to %s", to)
	}
	return b.open(t, to.RequestURI())
}

// addCompany adds a company's sign-on by the administrator's page.
func addCompany(t *testing.T, h *stack.House, people map[string]string) *stack.Company {
	t.Helper()
	h.Desk.SignOn = identity.NewSignOn(true)
	admin := signedIn(t, h, "interfacing", "admin")
	page := admin.get(t, "/console/sign-on")
	page.says(t, 200, "No company’s sign-on yet", h.URL+"/interfacing/oidc/callback")
	c := stack.NewCompany(t, h.URL+"/interfacing/oidc/callback", people)
	f := page.form(t, "/console/sign-on")
	refused := admin.submit(t, f, "name", "Acme", "issuer", "not an address", "client_id", "casepath", "client_secret", "client secret")
	refused.says(t, 422, "Issuer")
	if again := refused.form(t, "/console/sign-on"); again.values.Get("name") != "Acme" || again.values.Get("client_secret") != "" {
		t.Errorf("the refused form holds %v", again.values)
	}
	for range 2 { // a double click
		admin.submit(t, f, "name", "Acme", "issuer", c.URL, "client_id", "casepath", "client_secret", "client secret").says(t, 200, "The sign-on is kept.", "Acme", "Offered")
	}
	if n := count(t, h, `select count(*) from oidc_providers`); n != 1 {
		t.Errorf("%d providers", n)
	}
	return c
}

// TestCompanySignOn: a company's account signs in whom it is linked to, and
// nobody before that; the page wanted is the page reached (abuse cases B3, B27).
func TestCompanySignOn(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	c := addCompany(t, h, map[string]string{"j1": "jeanne@interfacing.example"})
	stranger := visitor(t, h, "interfacing")
	v := stranger.get(t, "/sign-in")
	v.says(t, 200, "Or sign in with your company", "Acme")
	v = stranger.away(t, c, stranger.submit(t, v.form(t, "/oidc/start")), "j1")
	v.says(t, 401, "nobody here is linked with it yet")
	stranger.get(t, "/account").says(t, 200, "I have no account yet")

	jeanne := visitor(t, h, "interfacing")
	jeanne.signIn(t, "jeanne", stack.Password).says(t, 200, "Hello Jeanne Martin")
	account := jeanne.get(t, "/account")
	jeanne.submit(t, account.form(t, "/account/sign-on/link"), "password", "not hers at all").says(t, 422)
	v = jeanne.submit(t, account.form(t, "/account/sign-on/link"), "password", stack.Password)
	jeanne.away(t, c, v, "j1").says(t, 200, "Your company’s account is linked.", "Linked")

	other := visitor(t, h, "interfacing")
	v = other.submit(t, other.get(t, "/tickets?status=you").form(t, "/oidc/start"))
	to := c.Visit(t, strings.TrimPrefix(v.header.Get("Refresh"), "0; url="), "j1")
	stranger.back(t, to).says(t, 401, "did not prove who you are") // brought to another browser
	before := count(t, h, `select count(*) from audit`)
	for range 120 { // a page elsewhere sends the browser, and its whole office, here
		other.get(t, "/oidc/callback?code=x&state=y").says(t, 401, "did not prove who you are")
		stranger.get(t, "/oidc/callback?code=x&state=y").says(t, 401)
	}
	if n := count(t, h, `select count(*) from audit`); n != before {
		t.Errorf("%d rows of audit by what came from elsewhere", n-before)
	}
	v = other.back(t, to)
	if v.says(t, 200, "Jeanne Martin"); v.path != "/interfacing/tickets?status=you" {
		t.Errorf("signing on leads to %s", v.path)
	}
	other.submit(t, v.form(t, "/sign-out"))
	other.back(t, to).says(t, 401, "did not prove who you are") // a second time

	jeanne.submit(t, jeanne.get(t, "/account").form(t, "/account/sign-on/unlink")).says(t, 200, "The account is no longer linked.")
	v = other.away(t, c, other.submit(t, other.get(t, "/sign-in").form(t, "/oidc/start")), "j1")
	v.says(t, 401, "nobody here is linked with it yet")
}

// TestInvitedBySignOn: an invitation is taken with the company's account
// instead of a password, once; where a second factor is on, it is asked for.
func TestInvitedBySignOn(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	c := addCompany(t, h, map[string]string{"n1": "somebody@else.example"})
	accounts := h.Token(t, "interfacing", "accounts")
	jeanne := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "GET", "/v1/me", nil)
	made := h.Ask(t, accounts, "POST", "/v1/contacts", map[string]any{
		"organization_id": jeanne.Text("organization_id"), "name": "Nina New", "email": "nina@interfacing.example", "authorized": true,
	})
	if made.Status != 201 {
		t.Fatalf("%d %s", made.Status, made.Raw)
	}
	_, path, _ := strings.Cut(strings.Join(mails(t, h, "nina"), "\n"), h.URL+"/interfacing")
	path = strings.Fields(path)[0]
	nina := visitor(t, h, "interfacing")
	page := nina.get(t, path)
	page.says(t, 200, "Or use your company’s sign-on", "Acme")
	v := nina.away(t, c, nina.submit(t, page.form(t, "/oidc/start")), "n1")
	v.says(t, 200, "Hello Nina New")
	nina.get(t, "/account").says(t, 200, "You have no password here yet", "Linked")
	person := signedIn(t, h, "interfacing", "accounts").get(t, "/console/contacts/"+made.Text("id"))
	person.says(t, 200, "Has access")
	if strings.Contains(person.raw, "/invite") {
		t.Error("who comes by sign-on is to be invited again")
	}
	nina.get(t, path).says(t, 410, "This link has been used")
	again := visitor(t, h, "interfacing")
	again.submit(t, page.form(t, "/oidc/start")).says(t, 403) // a form of another browser
}

// TestChangeProvider: a stale form shows what is there now and keeps what was
// typed; a secret is never shown; switched off, nobody is sent there.
func TestChangeProvider(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	addCompany(t, h, nil)
	admin := signedIn(t, h, "interfacing", "admin")
	var at string
	for _, a := range within(admin.get(t, "/console/sign-on").all("main")[0], "a") {
		at = strings.TrimPrefix(attribute(a, "href"), "/interfacing")
	}
	f := admin.get(t, at).form(t, at)
	if f.values.Get("client_secret") != "" || f.values.Get("active") != "1" {
		t.Errorf("the form holds %v", f.values)
	}
	start := visitor(t, h, "interfacing").get(t, "/sign-in")
	admin.submit(t, f, "name", "Acme & Sons").says(t, 200, "Acme & Sons")
	stale := admin.submit(t, f, "name", "Acme Ltd", "active", "")
	stale.says(t, 409, "Somebody changed this meanwhile. It now says:", "Acme & Sons", "Send anyway after reading")
	again := stale.form(t, at)
	if again.values.Get("name") != "Acme Ltd" || again.values.Has("active") && again.values.Get("active") == "1" {
		t.Errorf("the stale form holds %v", again.values)
	}
	again.values.Del("active")
	for range 2 { // a double click
		admin.submit(t, again).says(t, 200, "Acme Ltd", "Switched off")
	}
	old := admin.get(t, at).form(t, at)
	elsewhere := stack.NewCompany(t, h.URL+"/interfacing/oidc/callback", nil)
	admin.submit(t, old, "issuer", elsewhere.URL).says(t, 422, "Client secret") // or it would be sent the other's
	execute(t, h, `update oidc_providers set version = version + 1`)
	refused := admin.submit(t, old, "issuer", "http://127.0.0.1:1", "client_secret", "x")
	refused.says(t, 409)
	stale = admin.submit(t, old, "name", "")
	stale.says(t, 409, "Somebody changed this meanwhile.") // before any field is looked at
	if v := visitor(t, h, "interfacing").get(t, "/sign-in"); strings.Contains(v.raw, "Acme") {
		t.Error("a sign-on that is switched off is offered")
	}
	b := visitor(t, h, "interfacing")
	b.get(t, "/sign-in")
	token := b.get(t, "/sign-in").form(t, "/sign-in").values.Get("form_token")
	b.submit(t, start.form(t, "/oidc/start"), "form_token", token).says(t, 404)
	audit := admin.get(t, "/console/audit")
	audit.says(t, 200, "Acme Ltd")
	if strings.Contains(audit.raw, "client secret") {
		t.Error("the audit shows a secret")
	}
}
