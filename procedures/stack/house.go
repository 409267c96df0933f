package stack

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"google.golang.org/grpc"

	"github.com/casepath/casepath/api"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/filestore"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/relay"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/web"
	"github.com/casepath/casepath/webhook"
	"github.com/casepath/casepath/worker"
	"github.com/casepath/casepath/workflows"
)

// Password is every demo person's in a House.
const Password = "correct horse battery"

// House is Casepath whole, in this process, on real parts: API, worker, relay,
// a mail catcher and the five demo vendors, in a database and a namespace of
// its own.
type House struct {
	DB     Database
	Admin  *sql.DB // the database, seen by its superuser
	Engine Engine
	Store  *store.Store
	Desk   *desk.Desk
	Client *workflows.Client
	Relay  *relay.Relay
	Mail   *onebox.MailCatcher
	URL    string // of the API

	tokens sync.Map // "vendor/local" → secret
	rest   func()   // ends the work; nil: nobody works
}

// Parts says what of a House runs by itself.
type Parts struct {
	Now         func() time.Time // the API's clock; nil: the wall
	Relay       bool             // deliver the outbox; else the test calls Relay.Drain
	Worker      bool             // work; else nothing answers an action
	Unconfirmed time.Duration    // age at which the relay pokes; 0: its default
	// Proxies are the networks whose X-Forwarded-For is believed; none: nobody's.
	Proxies []*net.IPNet
	// Intercept sees every call to the engine; nil: nobody looks.
	Intercept grpc.UnaryClientInterceptor
}

// NewHouse starts a House; everything stops after the test.
func NewHouse(t testing.TB, p Parts) *House {
	t.Helper()
	return shared(t).NewHouse(t, p)
}

// NewHouse is NewHouse on these servers.
func (s *Servers) NewHouse(t testing.TB, p Parts) *House {
	t.Helper()
	h := &House{DB: s.newDemoDatabase(t), Engine: s.NewEngine(t)}
	h.Store = h.DB.Store(t)
	var err error
	if h.Admin, err = sql.Open("postgres", h.DB.Admin); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Admin.Close() })
	options := client.Options{Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))}
	if p.Intercept != nil {
		options.ConnectionOptions.DialOptions = []grpc.DialOption{grpc.WithChainUnaryInterceptor(p.Intercept)}
	}
	if h.Client, err = workflows.Dial(h.Engine.Address, h.Engine.Namespace, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Client.Close)
	h.Desk = desk.New(h.Store, h.Client, filestore.Directory{Root: t.TempDir()})
	if h.Desk.Seal, err = identity.NewSealer(identity.NewKey()); err != nil {
		t.Fatal(err)
	}
	if p.Now != nil {
		h.Desk.Now = p.Now
	}
	if h.Mail, err = onebox.StartMailCatcher(onebox.MailOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Mail.Stop(context.Background()) })
	sender := &mail.Sender{Address: h.Mail.SMTPAddress(), TLS: "none", Hello: "localhost", Timeout: time.Minute}
	h.Relay = relay.New(h.DB.RelayStore(t), h.DB.Relay, h.Client, sender, relay.Options{
		Unconfirmed: p.Unconfirmed, Attach: invoicing.Attach(h.Store), Webhook: h.courier().Deliver, WebhookWait: webhook.Wait, WebhookTries: webhook.Tries(),
	})
	h.serve(t, p, sender)
	return h
}

// courier tells webhooks, which may be on this machine.
func (h *House) courier() webhook.Courier {
	h.Desk.Webhooks = webhook.Rules(true)
	return webhook.Courier{Store: h.Store, Seal: h.Desk.Seal, Client: h.Desk.Webhooks.Client(), Now: func() time.Time { return h.Desk.Now() }}
}

// serve runs the API and what p asks for.
func (h *House) serve(t testing.TB, p Parts, sender *mail.Sender) {
	t.Helper()
	handler, err := api.New(api.Config{Desk: h.Desk, Proxies: p.Proxies, Checks: map[string]func(context.Context) error{
		"database": h.Store.Ping, "engine": h.Client.Check, "mail": sender.Check,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := web.Mount(handler, web.Config{Desk: h.Desk, PublicURL: func() string { return h.URL }}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	h.URL, h.Store.PublicURL = server.URL, server.URL
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	if p.Relay {
		wg.Go(func() { _ = h.Relay.Run(ctx) })
	}
	if p.Worker {
		h.Work()
	}
	t.Cleanup(func() {
		server.Close()
		h.Rest()
		cancel()
		wg.Wait()
	})
}

// Work starts a worker, unless one works.
func (h *House) Work() {
	if h.rest != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = worker.Run(ctx, h.Client, h.Store, h.Desk, nil) })
	h.rest = func() { cancel(); wg.Wait() }
}

// Rest stops it, when it has finished what it has begun.
func (h *House) Rest() {
	if h.rest != nil {
		h.rest()
		h.rest = nil
	}
}

// Token signs a demo person in, once: Token(t, "interfacing", "agent").
func (h *House) Token(t testing.TB, vendor, local string) string {
	t.Helper()
	if token, ok := h.tokens.Load(vendor + "/" + local); ok {
		return token.(string) //nolint:forcetypeassert // stored below
	}
	session, err := h.Desk.SignIn(t.Context(), vendor, local+"@"+vendor+".example", Password, "")
	if err != nil {
		t.Fatalf("sign in %s at %s: %v", local, vendor, err)
	}
	h.tokens.Store(vendor+"/"+local, session.Secret)
	return session.Secret
}

// Answer is what the API said.
type Answer struct {
	Status int
	Header http.Header
	Raw    []byte
	JSON   map[string]any // nil when it is no JSON object
}

// Text is a text of the answer, found by its path: a.Text("request", "body").
func (a Answer) Text(path ...string) string {
	var v any = a.JSON
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[p]
	}
	s, _ := v.(string)
	return s
}

// Ask sends one request as the bearer of token ("" for nobody). body is sent
// as it is when it is a string or bytes, else as JSON; headers are pairs.
func (h *House) Ask(t testing.TB, token, method, path string, body any, headers ...string) Answer {
	t.Helper()
	var content io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		content = bytes.NewReader([]byte(b))
	case []byte:
		content = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, h.URL+path, content)
	if err != nil {
		t.Fatal(err)
	}
	if content != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	a := Answer{Status: response.StatusCode, Header: response.Header}
	if a.Raw, err = io.ReadAll(response.Body); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	_ = json.Unmarshal(a.Raw, &a.JSON) // nil for what is no object
	return a
}
