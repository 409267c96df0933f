package desk_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/identity"
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
