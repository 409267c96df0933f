package desk_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
)

// company is a real OpenID provider with its people.
type company struct {
	*httptest.Server
	people map[string]*storage.User // by id
}

func (c *company) GetUserByID(id string) *storage.User { return c.people[id] }

func (c *company) GetUserByUsername(name string) *storage.User {
	for _, u := range c.people {
		if u.Username == name {
			return u
		}
	}
	return nil
}

func (*company) ExampleClientID() string { return "service" }

var setUp sync.Mutex // the example server's setup writes into its package

// newCompany starts a provider whose people all have the password "secret":
// their id there → their address.
func newCompany(t *testing.T, redirect string, people map[string]string) *company {
	t.Helper()
	setUp.Lock()
	defer setUp.Unlock()
	c := &company{people: map[string]*storage.User{}}
	for id, email := range people {
		c.people[id] = &storage.User{ID: id, Username: id, Password: "secret", Email: email, EmailVerified: true}
	}
	var handler http.Handler
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(c.Close)
	clients := map[string]*storage.Client{"casepath": storage.WebClient("casepath", "client secret", redirect)}
	handler = exampleop.SetupServer(c.URL, storage.NewStorageWithClients(c, clients), slog.New(slog.DiscardHandler), false)
	return c
}

// visit is what a browser does at the provider: it signs somebody in there, and
// brings back the answer.
func (c *company) visit(t *testing.T, address, who string) identity.SignOnAnswer {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	step := func(request *http.Request, err error) *url.URL {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		answer, err := browser.Do(request.WithContext(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		to, err := answer.Location()
		if err != nil {
			t.Fatalf("%s answers %d %s", request.URL, answer.StatusCode, body)
		}
		return to
	}
	login := step(http.NewRequest(http.MethodGet, address, nil))
	form := url.Values{"id": {login.Query().Get("authRequestID")}, "username": {who}, "password": {"secret"}}
	request, err := http.NewRequest(http.MethodPost, c.URL+"/login/username", strings.NewReader(form.Encode()))
	if err == nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	back := step(http.NewRequest(http.MethodGet, step(request, err).String(), nil))
	if back.Path != "/interfacing/oidc/callback" {
		t.Fatalf("sent back to %s", back)
	}
	q := back.Query()
	return identity.SignOnAnswer{Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error")}
}

// signOnOffice is an office with a company's sign-on.
type signOnOffice struct {
	*office
	company  *company
	provider uuid.UUID
}

func newSignOnOffice(t *testing.T, people map[string]string) *signOnOffice {
	t.Helper()
	o := &signOnOffice{office: newOffice(t)}
	o.Desk.SignOn = identity.NewSignOn(true)
	o.company = newCompany(t, o.URL+"/interfacing/oidc/callback", people)
	o.provider = o.addProvider(t, "Northern Utilities", o.company)
	return o
}

func (o *signOnOffice) addProvider(t *testing.T, name string, c *company) uuid.UUID {
	t.Helper()
	s := &seat{}
	admin := o.mustEnter(t, s, "admin@interfacing.example", stack.Password)
	p, err := o.Desk.CreateProvider(o.as(t, s, admin.Secret), "", desk.ProviderInput{
		Name: name, Issuer: c.URL, ClientID: "casepath", ClientSecret: "client secret", Active: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

// signOn goes the whole way: here, there, and back.
func (o *signOnOffice) signOn(t *testing.T, s *seat, who, link string) (desk.SignOnEnd, error) {
	t.Helper()
	start, err := o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, link)
	if err != nil {
		t.Fatal(err)
	}
	return o.Desk.FinishSignOn(s.ctx(t), "interfacing", start.Cookie, o.company.visit(t, start.Address, who))
}

// link links a company's account to somebody's from the page of their account.
func (o *signOnOffice) link(t *testing.T, s *seat, email, who string) desk.Session {
	t.Helper()
	session := o.mustEnter(t, s, email, stack.Password)
	ctx := o.as(t, s, session.Secret)
	start, err := o.Desk.LinkSignOn(ctx, o.provider, stack.Password, "")
	if err != nil {
		t.Fatal(err)
	}
	end, err := o.Desk.FinishSignOn(ctx, "interfacing", start.Cookie, o.company.visit(t, start.Address, who))
	if err != nil || !end.Linked || end.Session.Secret != "" {
		t.Fatalf("link: %+v, %v", end, err)
	}
	return session
}

func (o *signOnOffice) refusals(t *testing.T) int {
	t.Helper()
	return o.count(t, `select count(*) from audit where action = 'sign_on_refused'`)
}

// TestSignOnAddressLinksNothing (B3): whoever a company says has somebody's
// address is nobody here until the account is linked, and then it is issuer and
// subject that count.
func TestSignOnAddressLinksNothing(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"evil": "admin@interfacing.example", "j1": "somebody@else.example"})
	s := &seat{ip: "198.51.100.7", agent: firefox}
	_, err := o.signOn(t, s, "evil", "")
	refused(t, "an administrator's address", err, "sign_on_unknown")
	if n := o.refusals(t); n != 1 {
		t.Errorf("%d refusals are audited", n)
	}
	o.link(t, s, jeanne, "j1")
	end, err := o.signOn(t, s, "j1", "")
	if err != nil || end.Session.Kind != desk.SessionFull || end.Session.Caller.Person.Email != jeanne {
		t.Fatalf("signed on as %+v, %v", end, err)
	}
	o.live(t, "the session", end.Session.Secret)
	o.company.people["j1"].Email = "admin@interfacing.example"
	end, err = o.signOn(t, s, "j1", "")
	if err != nil || end.Session.Caller.Person.Email != jeanne {
		t.Errorf("with another address: %+v, %v", end, err)
	}
	if n := o.count(t, `select count(*) from bearers where proof = 'oidc' and kind = 'session'`); n != 2 {
		t.Errorf("%d sessions by sign-on", n)
	}

	elsewhere := newCompany(t, o.URL+"/interfacing/oidc/callback", map[string]string{"j1": jeanne})
	first, mine := o.provider, o.company
	o.company, o.provider = elsewhere, o.addProvider(t, "Elsewhere", elsewhere)
	_, err = o.signOn(t, s, "j1", "")
	refused(t, "the same subject of another issuer", err, "sign_on_unknown")
	o.company, o.provider = mine, first
	o.execute(t, `update people set active = false where email = $1`, jeanne)
	_, err = o.signOn(t, s, "j1", "")
	refused(t, "an account that is closed", err, "sign_on_unknown")
}

// TestSignOnMixUp (B3): an answer is worth nothing at another provider, in
// another browser, a second time, later, or at another vendor.
func TestSignOnMixUp(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"j1": "x@y.example"})
	s := &seat{ip: "198.51.100.7"}
	o.link(t, s, jeanne, "j1")
	evil := newCompany(t, o.URL+"/interfacing/oidc/callback", map[string]string{"j1": "x@y.example"})
	evilID := o.addProvider(t, "Evil", evil)
	start := func(provider uuid.UUID) desk.SignOnStart {
		t.Helper()
		start, err := o.Desk.StartSignOn(s.ctx(t), "interfacing", provider, "")
		if err != nil {
			t.Fatal(err)
		}
		return start
	}
	finish := func(vendor, cookie string, answer identity.SignOnAnswer) error {
		end, err := o.Desk.FinishSignOn(s.ctx(t), vendor, cookie, answer)
		if err != nil && end.Session.Secret != "" {
			t.Error("a refusal comes with a session")
		}
		return err
	}
	before := o.refusals(t)
	// The code of the one is brought to the callback of the other.
	there, here := start(evilID), start(o.provider)
	answer := evil.visit(t, there.Address, "j1")
	answer.State = o.company.visit(t, here.Address, "j1").State
	refused(t, "a code of another provider", finish("interfacing", here.Cookie, answer), "sign_on_refused")

	mine, theirs := start(o.provider), start(o.provider)
	answer = o.company.visit(t, theirs.Address, "j1")
	refused(t, "in another browser", finish("interfacing", mine.Cookie, answer), "sign_on_refused")
	for name, cookie := range map[string]string{"no cookie": "", "garbage": "x", "another vendor's": theirs.Cookie, "cut": theirs.Cookie[:len(theirs.Cookie)-4], "more": theirs.Cookie + "AAAA"} {
		vendor := "interfacing"
		if name == "another vendor's" {
			vendor = "posimente"
		}
		refused(t, name, finish(vendor, cookie, answer), "sign_on_refused")
	}
	refused(t, "in its own browser", finish("interfacing", theirs.Cookie, answer), "")
	refused(t, "a second time", finish("interfacing", theirs.Cookie, answer), "sign_on_refused")

	var through atomic.Int64
	var wg sync.WaitGroup
	again := start(o.provider)
	answer = o.company.visit(t, again.Address, "j1")
	for range 8 {
		wg.Go(func() {
			if finish("interfacing", again.Cookie, answer) == nil {
				through.Add(1)
			}
		})
	}
	wg.Wait()
	if through.Load() != 1 {
		t.Errorf("one answer was taken %d times", through.Load())
	}
	late := start(o.provider)
	answer = o.company.visit(t, late.Address, "j1")
	o.later(desk.SignOnLife)
	refused(t, "too late", finish("interfacing", late.Cookie, answer), "sign_on_refused")
	refusedThere := start(o.provider)
	refused(t, "refused there", finish("interfacing", refusedThere.Cookie, identity.SignOnAnswer{Error: "access_denied", State: "x"}), "sign_on_refused")
	if n := o.refusals(t) - before; n != 2+5+1+7+1+1 {
		t.Errorf("%d refusals are audited", n)
	}
	if n := o.count(t, `select count(*) from audit where data::text like '%client secret%' or data::text like '%' || $1 || '%'`, answer.Code); n != 0 {
		t.Errorf("%d audit entries hold a secret", n)
	}
	if strings.Contains(late.Cookie, o.provider.String()) || strings.Contains(late.Address, "client+secret") {
		t.Error("what is to be kept from others can be read")
	}
}

// TestSignOnLinking (B3): an account is linked by an invitation, once, or from
// one's own account after password and code; never to two people.
func TestSignOnLinking(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"n1": "x@y.example", "n2": "x@y.example", "j1": "x@y.example"})
	s, other := &seat{ip: "198.51.100.7", agent: firefox}, &seat{ip: "203.0.113.1"}
	organization := o.mustEnter(t, other, super, stack.Password).Caller.Person.OrganizationID
	invite := func(email string) string {
		t.Helper()
		v, err := o.Store.VendorBySlug(t.Context(), "interfacing")
		if err != nil {
			t.Fatal(err)
		}
		p, err := o.Desk.AddPerson(t.Context(), v, desk.PersonInput{OrganizationID: organization, Name: "Nina", Email: email, Authorized: true})
		if err != nil {
			t.Fatal(err)
		}
		secret, hash, err := identity.NewBearer(identity.Link, "interfacing")
		if err != nil {
			t.Fatal(err)
		}
		o.execute(t, `insert into one_time_links (id, vendor_id, purpose, person_id, secret_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			uuid.New(), v.ID, desk.LinkInvitation, p.ID, hash, o.now(), o.now().Add(desk.InvitationLife))
		return secret
	}
	link := invite("nina@interfacing.example")
	end, err := o.signOn(t, s, "n1", link)
	if err != nil || end.Session.Kind != desk.SessionFull || end.Session.Caller.Person.Email != "nina@interfacing.example" || end.Session.DeviceSecret == "" {
		t.Fatalf("invited: %+v, %v", end, err)
	}
	_, err = o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, link)
	refused(t, "the invitation again", err, "link_used")
	_, err = o.Desk.ChoosePassword(s.ctx(t), link, chosen)
	refused(t, "a password with it", err, "link_used")
	end, err = o.signOn(t, other, "n1", "")
	if err != nil || end.Session.Caller.Person.Email != "nina@interfacing.example" {
		t.Errorf("later: %+v, %v", end, err)
	}
	_, err = o.signOn(t, s, "n1", invite("nora@interfacing.example"))
	refused(t, "an account that is Nina's", err, "sign_on_taken")
	reset := o.mailReset(t, s, jeanne)
	_, err = o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, reset)
	refused(t, "by a link to choose a password", err, "link_unknown")

	session := o.mustEnter(t, s, jeanne, stack.Password)
	ctx := o.as(t, s, session.Secret)
	_, err = o.Desk.LinkSignOn(ctx, o.provider, wrong, "")
	refused(t, "with a wrong password", err, "password: password_wrong")
	start, err := o.Desk.LinkSignOn(ctx, o.provider, stack.Password, "")
	refused(t, "begin to link", err, "")
	answer := o.company.visit(t, start.Address, "j1")
	_, err = o.Desk.FinishSignOn(s.ctx(t), "interfacing", start.Cookie, answer)
	refused(t, "signed out meanwhile", err, "sign_on_refused")
	for what, as := range map[string]desk.Session{"another session": o.mustEnter(t, s, jeanne, stack.Password), "somebody else": o.mustEnter(t, other, super, stack.Password)} {
		start, err = o.Desk.LinkSignOn(ctx, o.provider, stack.Password, "")
		refused(t, "begin to link", err, "")
		_, err = o.Desk.FinishSignOn(o.as(t, s, as.Secret), "interfacing", start.Cookie, o.company.visit(t, start.Address, "j1"))
		refused(t, what, err, "sign_on_refused")
	}
	if n := o.count(t, `select count(*) from oidc_accounts`); n != 1 {
		t.Errorf("%d accounts are linked", n)
	}
	o.link(t, s, jeanne, "j1")
	if got := o.notices(t, mail.SignOnLinked, jeanne); len(got) != 1 || got[0].Text != "Northern Utilities" {
		t.Errorf("told of it: %+v", got)
	}
	if list, err := o.Desk.OwnSignOns(ctx); err != nil || len(list) != 1 || !list[0].Linked {
		t.Errorf("linked: %+v, %v", list, err)
	}
	refused(t, "unlink", o.Desk.UnlinkSignOn(ctx, o.provider), "")
	refused(t, "unlink again", o.Desk.UnlinkSignOn(ctx, o.provider), "not_found")
	_, err = o.signOn(t, s, "j1", "")
	refused(t, "after that", err, "sign_on_unknown")
}

// TestSignOnKeepsTheSecondFactor: who has a second factor here is asked for it,
// also by a company's sign-on, and before they link one.
func TestSignOnKeepsTheSecondFactor(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"j1": "x@y.example"})
	s := &seat{ip: "198.51.100.7"}
	f, _, session := o.withFactor(t, s, jeanne)
	o.later(30 * time.Second)
	ctx := o.as(t, s, session.Secret)
	_, err := o.Desk.LinkSignOn(ctx, o.provider, stack.Password, "")
	refused(t, "link without a code", err, "code: code_needed")
	start, err := o.Desk.LinkSignOn(ctx, o.provider, stack.Password, f.code(t, o.now()))
	refused(t, "link with a code", err, "")
	_, err = o.Desk.FinishSignOn(ctx, "interfacing", start.Cookie, o.company.visit(t, start.Address, "j1"))
	refused(t, "linked", err, "")
	o.later(30 * time.Second)
	end, err := o.signOn(t, s, "j1", "")
	if err != nil || end.Session.Kind != desk.SessionHalf {
		t.Fatalf("signed on: %+v, %v", end, err)
	}
	whole, err := o.secondStep(t, s, end.Session, f.code(t, o.now()))
	if err != nil || whole.Kind != desk.SessionFull {
		t.Errorf("second step: %+v, %v", whole, err)
	}
	if n := o.count(t, `select count(*) from bearers where proof = 'oidc' and kind = 'session'`); n != 1 {
		t.Errorf("%d sessions by sign-on", n)
	}
}

// TestProviders: administrators decide which companies' sign-on there is; the
// secret is never given back.
func TestProviders(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"j1": "x@y.example"})
	s := &seat{ip: "198.51.100.7"}
	admin := o.as(t, s, o.mustEnter(t, s, "admin@interfacing.example", stack.Password).Secret)
	agent := o.as(t, s, o.mustEnter(t, s, "agent@interfacing.example", stack.Password).Secret)
	in := desk.ProviderInput{Name: "northern UTILITIES", Issuer: o.company.URL, ClientID: "casepath", ClientSecret: "x", Active: true}
	_, err := o.Desk.CreateProvider(admin, "", in)
	refused(t, "a name in use", err, "provider_name_taken")
	_, err = o.Desk.CreateProvider(agent, "", in)
	refused(t, "by an agent", err, "not_your_role")
	in.Name = "Another"
	for issuer, key := range map[string]string{"http://login.example": "issuer: field_not_issuer", "": "issuer: field_not_issuer", "http://127.0.0.1:1": "issuer: issuer_away", o.URL: "issuer: issuer_away"} {
		in.Issuer = issuer
		_, err := o.Desk.CreateProvider(admin, "", in)
		refused(t, issuer, err, key)
	}
	list, err := o.Desk.Providers(admin)
	if err != nil || len(list) != 1 || strings.Contains(string(list[0].ClientSecret), "client secret") {
		t.Fatalf("%+v, %v", list, err)
	}
	o.link(t, s, jeanne, "j1")
	p := list[0]
	same := desk.ProviderInput{Name: "Utilities", Issuer: p.Issuer, ClientID: p.ClientID, Active: true}
	_, err = o.Desk.UpdateProvider(agent, p.ID, p.Version, same)
	refused(t, "changed by an agent", err, "not_your_role")
	_, err = o.Desk.UpdateProvider(admin, uuid.New(), 1, same)
	refused(t, "one there is not", err, "not_found")
	changed, err := o.Desk.UpdateProvider(admin, p.ID, p.Version, same)
	if err != nil || changed.Name != "Utilities" || changed.Version != p.Version+1 {
		t.Errorf("changed to %+v, %v", changed, err)
	}
	_, err = o.Desk.UpdateProvider(admin, p.ID, p.Version, same)
	refused(t, "on the version of before", err, "changed_meanwhile")
	if end, err := o.signOn(t, s, "j1", ""); err != nil || end.Session.Secret == "" {
		t.Errorf("with the secret as it was: %v", err)
	}
	same.ClientSecret = "another"
	changed, err = o.Desk.UpdateProvider(admin, p.ID, changed.Version, same)
	refused(t, "another secret", err, "")
	_, err = o.signOn(t, s, "j1", "")
	refused(t, "with a secret that is not ours there", err, "sign_on_refused")
	if choices, err := o.Desk.SignOns(t.Context(), "interfacing"); err != nil || len(choices) != 1 || choices[0].Name != "Utilities" || choices[0].Linked {
		t.Errorf("offered: %+v, %v", choices, err)
	}
	same.Active = false
	_, err = o.Desk.UpdateProvider(admin, p.ID, changed.Version, same)
	refused(t, "switched off", err, "")
	if choices, err := o.Desk.SignOns(t.Context(), "interfacing"); err != nil || len(choices) != 0 {
		t.Errorf("offered when off: %+v, %v", choices, err)
	}
	for _, provider := range []uuid.UUID{p.ID, uuid.New()} {
		_, err = o.Desk.StartSignOn(s.ctx(t), "interfacing", provider, "")
		refused(t, "begin when off", err, "not_found")
	}
	_, err = o.Desk.StartSignOn(s.ctx(t), "posimente", p.ID, "")
	refused(t, "at another vendor", err, "not_found")
}

// TestSignOnAway: a provider that does not answer is said to be away, and its
// words are not told.
func TestSignOnAway(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"j1": "x@y.example"})
	s := &seat{ip: "198.51.100.7"}
	start, err := o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, "")
	refused(t, "begin", err, "")
	answer := o.company.visit(t, start.Address, "j1")
	o.company.Close()
	_, err = o.Desk.FinishSignOn(s.ctx(t), "interfacing", start.Cookie, answer)
	refused(t, "end", err, "sign_on_away")
	if problem.CodeOf(err) != problem.Unavailable {
		t.Error(err)
	}
	o.Desk.SignOn = identity.NewSignOn(true) // nothing is known of it any more
	_, err = o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, "")
	refused(t, "begin again", err, "sign_on_away")
	o.Desk.Seal = nil
	if choices, err := o.Desk.SignOns(t.Context(), "interfacing"); err != nil || len(choices) != 0 {
		t.Errorf("offered without a key: %+v, %v", choices, err)
	}
}
