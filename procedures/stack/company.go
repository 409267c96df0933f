package stack

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

// Company is a real OpenID provider with its people.
type Company struct {
	*httptest.Server
	People map[string]*storage.User // by their id there
}

// GetUserByID finds one of its people.
func (c *Company) GetUserByID(id string) *storage.User { return c.People[id] }

// GetUserByUsername finds one of its people.
func (c *Company) GetUserByUsername(name string) *storage.User {
	for _, u := range c.People {
		if u.Username == name {
			return u
		}
	}
	return nil
}

// ExampleClientID is asked for by the provider and not used.
func (*Company) ExampleClientID() string { return "service" }

var setUp sync.Mutex // the example server's setup writes into its package

// NewCompany starts a provider whose people all have the password "secret":
// their id there → their address.
func NewCompany(t testing.TB, redirect string, people map[string]string) *Company {
	t.Helper()
	setUp.Lock()
	defer setUp.Unlock()
	c := &Company{People: map[string]*storage.User{}}
	for id, email := range people {
		c.People[id] = &storage.User{ID: id, Username: id, Password: "secret", Email: email, EmailVerified: true}
	}
	var handler http.Handler
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(c.Close)
	clients := map[string]*storage.Client{"casepath": storage.WebClient("casepath", "client secret", redirect)}
	handler = exampleop.SetupServer(c.URL, storage.NewStorageWithClients(c, clients), slog.New(slog.DiscardHandler), false)
	return c
}

// Visit is what a browser does at the provider: it signs somebody in there, and
// answers where it sends them back to.
func (c *Company) Visit(t testing.TB, address, who string) *url.URL {
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
	return back
}
