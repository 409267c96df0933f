package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/casepath/casepath/outgoing"
)

var (
	// ErrIssuer is an address that can't be an issuer's: https, and nothing but scheme, host and path.
	ErrIssuer = errors.New("this can't be the address of an issuer")
	// ErrSignOnAway is a provider that can't be reached, or answers nonsense.
	ErrSignOnAway = errors.New("the sign-on provider does not answer as it should")
	// ErrSignOnRefused is an answer that proves nobody: another issuer, audience, nonce, code or key
	// than it must be, or one that is too old.
	ErrSignOnRefused = errors.New("the sign-on provider's answer proves nobody")
)

const (
	signOnTimeout   = 10 * time.Second // of one call
	signOnAnswerMax = 1 << 20          // bytes
	discoveryAge    = 10 * time.Minute
	discoveriesMax  = 1000
)

// SignOn signs people in with companies' providers (OpenID Connect Core 1.0, authorization code
// with PKCE). It calls the addresses that a configured issuer names and no others: by https, without
// following redirects, for limited time and size, and never inside our own network, unless private.
type SignOn struct {
	rules  outgoing.Rules
	client *http.Client
	mu     sync.Mutex
	found  map[string]discovery // by issuer
}

type discovery struct {
	*oidc.Provider
	iss bool // it names itself in its answers (RFC 9207)
	at  time.Time
}

// NewSignOn makes one. private: providers may also be at private addresses, and at http on this
// machine, as the operator of an installation may decide for its own network.
func NewSignOn(private bool) *SignOn {
	rules := outgoing.Rules{Timeout: signOnTimeout, AnswerMax: signOnAnswerMax, Ports: []uint16{443, 8443}, Private: private}
	return &SignOn{rules: rules, client: rules.Client(), found: map[string]discovery{}}
}

// CheckIssuer refuses with ErrIssuer what can't be an issuer's address (OpenID Connect Discovery
// 1.0, 3). It calls nobody.
func (s *SignOn) CheckIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	if err != nil || !s.rules.MayCall(u) || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" || u.String() != issuer {
		return ErrIssuer
	}
	return nil
}

// Discover asks the issuer for its addresses, or knows them since less than ten minutes. It answers
// ErrIssuer or ErrSignOnAway, and never what the other side said.
func (s *SignOn) Discover(ctx context.Context, issuer string) error {
	_, err := s.discover(ctx, issuer)
	return err
}

func (s *SignOn) discover(ctx context.Context, issuer string) (discovery, error) {
	if err := s.CheckIssuer(issuer); err != nil {
		return discovery{}, err
	}
	s.mu.Lock()
	d, ok := s.found[issuer]
	s.mu.Unlock()
	if ok && time.Since(d.at) < discoveryAge {
		return d, nil
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, s.client), issuer)
	if err != nil {
		return d, away("discovery", err)
	}
	var names struct {
		JWKS string `json:"jwks_uri"`
		Iss  bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := provider.Claims(&names); err != nil {
		return d, away("discovery", err)
	}
	for _, address := range []string{provider.Endpoint().AuthURL, provider.Endpoint().TokenURL, names.JWKS} {
		if u, err := url.Parse(address); err != nil || !s.rules.MayCall(u) {
			return d, away("discovery", fmt.Errorf("an address that may not be called: %.200q", address))
		}
	}
	d = discovery{Provider: provider, iss: names.Iss, at: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.found) >= discoveriesMax {
		clear(s.found)
	}
	s.found[issuer] = d
	return d, nil
}

// away keeps of an error what our logs need: never all of what the other side said.
func away(doing string, err error) error {
	return fmt.Errorf("%w: %s: %.200s", ErrSignOnAway, doing, err.Error())
}

// Client is how a provider knows us.
type Client struct {
	Issuer, ID, Secret string
	Redirect           string // the address of our callback
}

// SignOnTry is one try to sign in, which only the browser that began it can end. All three are
// secrets, of 256 bits each or more.
type SignOnTry struct {
	State    string // comes back in the answer
	Nonce    string // comes back in the signed token
	Verifier string // proves that whoever ends it has begun it (RFC 7636)
}

// Begin answers where to send the browser, and what must be kept for Finish: in the browser alone,
// and unreadable there.
func (s *SignOn) Begin(ctx context.Context, c Client) (address string, try SignOnTry, err error) {
	d, err := s.discover(ctx, c.Issuer)
	if err != nil {
		return "", try, err
	}
	try = SignOnTry{State: rand.Text() + rand.Text(), Nonce: rand.Text() + rand.Text(), Verifier: oauth2.GenerateVerifier()}
	return c.oauth(d).AuthCodeURL(try.State, oidc.Nonce(try.Nonce), oauth2.S256ChallengeOption(try.Verifier)), try, nil
}

func (c Client) oauth(d discovery) *oauth2.Config {
	return &oauth2.Config{ClientID: c.ID, ClientSecret: c.Secret, Endpoint: d.Endpoint(), RedirectURL: c.Redirect, Scopes: []string{oidc.ScopeOpenID}}
}

// SignOnAnswer is what the browser brings back from a provider. Code and State come from outside:
// they prove nothing by themselves.
type SignOnAnswer struct {
	Code, State string
	Issuer      string // "iss" (RFC 9207); "" for none
	Error       string // why the provider refused; "" when it did not
}

// Finish answers the subject under which the issuer knows whoever has signed in there: the pair is
// their identity, and nothing else the provider says is looked at. It is ErrSignOnRefused unless the
// answer belongs to the try, and code, signature, issuer, audience, expiry and nonce are right;
// ErrSignOnAway when the provider can't be asked. at is now.
func (s *SignOn) Finish(ctx context.Context, c Client, try SignOnTry, answer SignOnAnswer, at time.Time) (subject string, err error) {
	if try.State == "" || subtle.ConstantTimeCompare([]byte(answer.State), []byte(try.State)) != 1 {
		return "", refusedBecause("state", nil)
	}
	if answer.Error != "" || answer.Code == "" {
		return "", refusedBecause("the provider refuses", nil)
	}
	d, err := s.discover(ctx, c.Issuer)
	if err != nil {
		return "", err
	}
	if answer.Issuer != c.Issuer && (answer.Issuer != "" || d.iss) {
		return "", refusedBecause("issuer of the answer", nil)
	}
	ctx = oidc.ClientContext(ctx, s.client)
	token, err := c.oauth(d).Exchange(ctx, answer.Code, oauth2.VerifierOption(try.Verifier))
	if err != nil {
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && refused.Response.StatusCode < 500 {
			return "", refusedBecause("code", err)
		}
		return "", away("exchange of the code", err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return "", refusedBecause("no token of identity", nil)
	}
	id, err := d.Verifier(&oidc.Config{ClientID: c.ID, Now: func() time.Time { return at }}).Verify(ctx, raw)
	if err != nil {
		return "", refusedBecause("token", err)
	}
	if err := checkClaims(id, c.ID, try.Nonce); err != nil {
		return "", err
	}
	return id.Subject, nil
}

// subjectMax is how long a subject may be, in characters of ASCII (OpenID Connect Core 1.0, 2).
const subjectMax = 255

func checkClaims(id *oidc.IDToken, client, nonce string) error {
	var claims struct {
		Party string `json:"azp"`
	}
	switch err := id.Claims(&claims); {
	case err != nil:
		return refusedBecause("claims", err)
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1:
		return refusedBecause("nonce", nil)
	case len(id.Audience) > 1 && claims.Party == "" || claims.Party != "" && claims.Party != client:
		return refusedBecause("authorized party", nil)
	case id.Subject == "" || len(id.Subject) > subjectMax:
		return refusedBecause("subject", nil)
	}
	return nil
}

func refusedBecause(what string, err error) error {
	if err == nil {
		return fmt.Errorf("%w: %s", ErrSignOnRefused, what)
	}
	return fmt.Errorf("%w: %s: %.200s", ErrSignOnRefused, what, err.Error())
}
