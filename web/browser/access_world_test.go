package browser_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/procedures/stack"
)

// doors gives the world what the pages around signing in and the
// administrator's show: companies' sign-on, links, and what is stuck.
func (w *world) doors(t testing.TB) {
	t.Helper()
	w.Desk.SignOn = identity.NewSignOn(true)
	company := stack.NewCompany(t, w.URL+"/"+vendor+"/oidc/callback", nil)
	for name, active := range map[string]bool{"Northern Utilities": true, longName: false} {
		p, err := w.Desk.CreateProvider(w.as(t, vendor+"/admin"), "", desk.ProviderInput{
			Name: name, Issuer: company.URL, ClientID: "casepath", ClientSecret: "secret", Active: active,
		})
		if err != nil {
			t.Fatal(err)
		}
		w.numbers["provider-"+map[bool]string{true: "on", false: "long"}[active]] = p.ID.String()
	}
	w.hooks(t)
	w.suggested(t)
	manager := w.me(t, "manager")
	w.numbers["admin"] = w.me(t, "admin").String()
	w.link(t, "invitation", `insert into one_time_links (id, vendor_id, purpose, secret_hash, created_at, expires_at, person_id)
		select $1, $2, $3, $4, $5, $6, $7`, desk.LinkInvitation, manager)
	w.link(t, "used", `insert into one_time_links (id, vendor_id, purpose, secret_hash, created_at, expires_at, person_id, used_at)
		select $1, $2, $3, $4, $5, $6, $7, $5`, desk.LinkReset, manager)
	asked := uuid.New()
	w.exec(t, `insert into access_requests (id, vendor_id, name, email, organization, locale, state, created_at, updated_at)
		select $1, id, 'Nora New', 'nora@new.example', 'Newcomers Ltd.', 'en', 'asked', now(), now() from vendors where slug = $2`, asked, vendor)
	w.exec(t, `insert into access_messages (id, vendor_id, request_id, at, author_id, body)
		select $1, vendor_id, $2, now(), id, 'Which contract is it about?' from people where id = $3`, uuid.New(), asked, manager)
	w.link(t, "question", `insert into one_time_links (id, vendor_id, purpose, secret_hash, created_at, expires_at, access_request_id)
		select $1, $2, $3, $4, $5, $6, $7`, desk.LinkAccessReply, asked)
	w.exec(t, `insert into outbox (vendor_id, kind, key, payload, state, attempts, last_error, ticket_id)
		select vendor_id, 'mail', 'stuck-' || n, '{}', 'dead', 60, $1, id from tickets, generate_series(1, 2) n where number = $2`,
		"451 4.7.1 greylisted, try again later: "+longWord, w.at("{registered}"))
	w.exec(t, `update outbox set created_at = now() - interval '1 hour' where key like 'stuck-%'`)
}

// me is somebody's id.
func (w *world) me(t testing.TB, local string) (id uuid.UUID) {
	t.Helper()
	if err := w.admin.QueryRowContext(t.Context(), `select id from people where email = $1`, local+"@"+vendor+".example").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// link makes a one-time link and remembers its secret under a name.
func (w *world) link(t testing.TB, name, insert, purpose string, of uuid.UUID) {
	t.Helper()
	v, err := w.Store.VendorBySlug(t.Context(), vendor)
	if err != nil {
		t.Fatal(err)
	}
	secret, hash, err := identity.NewBearer(identity.Link, vendor)
	if err != nil {
		t.Fatal(err)
	}
	w.exec(t, insert, uuid.New(), v.ID, purpose, hash, w.Desk.Now(), w.Desk.Now().Add(time.Hour), of)
	w.numbers[name] = secret
}

// refusedAccount gives a wrong password on the page of one's account.
func refusedAccount(_ *world, b *tab) {
	b.fill("#password-current", "not theirs at all")
	b.fill("#password-password", "correct horse staple")
	if status := b.load(b.click(button("/account/password"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("a wrong password: %d", status)
	}
}

// tokenMade has made a token, which is shown once.
func tokenMade(_ *world, b *tab) {
	b.fill("#token-name", "Build server")
	if status := b.load(b.click(button("/account/tokens"))); status != http.StatusOK {
		b.t.Errorf("a token: %d", status)
	}
}

// factorBegun sets up a second factor and has not confirmed it.
func factorBegun(_ *world, b *tab) {
	b.fill("#factor-password", stack.Password)
	if status := b.load(b.click(button("/account/second-factor"))); status != http.StatusOK {
		b.t.Errorf("a second factor: %d", status)
	}
}

// refusedProvider names an issuer that is none.
func refusedProvider(_ *world, b *tab) {
	b.fill("#issuer", "https://127.0.0.1:1/"+strings.Repeat("x", 40))
	if status := b.load(b.click(".btn.main")); status != http.StatusUnprocessableEntity {
		b.t.Errorf("an issuer that is none: %d", status)
	}
}

// staleProvider changes what somebody else has changed meanwhile.
func staleProvider(w *world, b *tab) {
	w.exec(b.t, `update oidc_providers set version = version + 1 where name = 'Northern Utilities'`)
	b.fill("#name", "Northern Power")
	if status := b.load(b.click(".btn.main")); status != http.StatusConflict {
		b.t.Errorf("a stale form: %d", status)
	}
}
