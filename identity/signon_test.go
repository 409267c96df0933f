package identity

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// liar is a provider that says whatever the test wants.
type liar struct {
	*httptest.Server
	key       *ecdsa.PrivateKey
	challenge string // what the browser came with
	nonce     string

	discovery map[string]any // members instead of the right ones
	claims    map[string]any // nil: left out
	sign      func(payload []byte) string
	answer    http.HandlerFunc // of the token endpoint, instead of ours
	asked     atomic.Int64
}

func newLiar(t *testing.T) *liar {
	t.Helper()
	l := &liar{}
	var err error
	if l.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	l.sign = func(payload []byte) string { return signed(t, jose.ES256, l.key, payload) }
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		say := map[string]any{
			"issuer": l.URL, "authorization_endpoint": l.URL + "/auth", "token_endpoint": l.URL + "/token", "jwks_uri": l.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"},
		}
		maps.Copy(say, l.discovery)
		tell(w, say)
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		tell(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: l.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", l.token)
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.asked.Add(1)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(l.Close)
	return l
}

func tell(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}

func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, payload []byte) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// token answers the exchange of a code for whoever has begun it.
func (l *liar) token(w http.ResponseWriter, r *http.Request) {
	if l.answer != nil {
		l.answer(w, r)
		return
	}
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if base64.RawURLEncoding.EncodeToString(sum[:]) != l.challenge || r.FormValue("code") != "right" {
		w.WriteHeader(http.StatusBadRequest)
		tell(w, map[string]any{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": l.URL, "sub": "jeanne", "aud": "us", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": l.nonce}
	for name, value := range l.claims {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	payload, _ := json.Marshal(claims)
	tell(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": l.sign(payload)})
}

// try begins a sign-on, as the browser would.
func (l *liar) try(t *testing.T, s *SignOn) (Client, SignOnTry) {
	t.Helper()
	c := Client{Issuer: l.URL, ID: "us", Secret: "secret", Redirect: "https://support.example/oidc/callback"}
	address, try, err := s.Begin(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	l.challenge, l.nonce = q.Get("code_challenge"), q.Get("nonce")
	if !strings.HasPrefix(address, l.URL+"/auth?") || q.Get("state") != try.State || len(try.State) < 40 || q.Get("code_challenge_method") != "S256" ||
		q.Get("redirect_uri") != c.Redirect || q.Get("response_type") != "code" || q.Get("scope") != "openid" || strings.Contains(address, try.Verifier) || strings.Contains(address, c.Secret) {
		t.Errorf("the browser is sent to %s", address)
	}
	return c, try
}

// TestSignOn (B3): issuer and subject of a right answer are somebody's
// identity; of any other, nobody's.
func TestSignOn(t *testing.T) {
	t.Parallel()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	part := func(v any) string {
		raw, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	for name, c := range map[string]struct {
		lie  func(*liar)
		back func(*SignOnAnswer)
		want error
	}{
		"right":                       {},
		"an address, verified":        {lie: func(l *liar) { l.claims = map[string]any{"email": "admin@corp.example", "email_verified": true} }},
		"several audiences":           {lie: func(l *liar) { l.claims = map[string]any{"aud": []string{"us", "them"}, "azp": "us"} }},
		"another state":               {back: func(a *SignOnAnswer) { a.State = "x" }, want: ErrSignOnRefused},
		"no state":                    {back: func(a *SignOnAnswer) { a.State = "" }, want: ErrSignOnRefused},
		"no code":                     {back: func(a *SignOnAnswer) { a.Code = "" }, want: ErrSignOnRefused},
		"another's code":              {back: func(a *SignOnAnswer) { a.Code = "stolen" }, want: ErrSignOnRefused},
		"refused there":               {back: func(a *SignOnAnswer) { a.Error = "access_denied" }, want: ErrSignOnRefused},
		"another iss":                 {back: func(a *SignOnAnswer) { a.Issuer = "https://evil.example" }, want: ErrSignOnRefused},
		"no iss where it is promised": {lie: func(l *liar) { l.discovery = map[string]any{"authorization_response_iss_parameter_supported": true} }, want: ErrSignOnRefused},
		"another issuer":              {lie: func(l *liar) { l.claims = map[string]any{"iss": "https://accounts.example"} }, want: ErrSignOnRefused},
		"another audience":            {lie: func(l *liar) { l.claims = map[string]any{"aud": "them"} }, want: ErrSignOnRefused},
		"several and no party":        {lie: func(l *liar) { l.claims = map[string]any{"aud": []string{"us", "them"}} }, want: ErrSignOnRefused},
		"another party":               {lie: func(l *liar) { l.claims = map[string]any{"azp": "them"} }, want: ErrSignOnRefused},
		"no nonce":                    {lie: func(l *liar) { l.claims = map[string]any{"nonce": nil} }, want: ErrSignOnRefused},
		"another nonce":               {lie: func(l *liar) { l.claims = map[string]any{"nonce": "x"} }, want: ErrSignOnRefused},
		"no subject":                  {lie: func(l *liar) { l.claims = map[string]any{"sub": nil} }, want: ErrSignOnRefused},
		"a long subject":              {lie: func(l *liar) { l.claims = map[string]any{"sub": strings.Repeat("x", 256)} }, want: ErrSignOnRefused},
		"too old":                     {lie: func(l *liar) { l.claims = map[string]any{"exp": time.Now().Add(-time.Hour).Unix()} }, want: ErrSignOnRefused},
		"another's key":               {lie: func(l *liar) { l.sign = func(p []byte) string { return signed(t, jose.ES256, other, p) } }, want: ErrSignOnRefused},
		"no signature": {lie: func(l *liar) {
			l.sign = func(p []byte) string {
				return part(map[string]any{"alg": "none"}) + "." + base64.RawURLEncoding.EncodeToString(p) + "."
			}
		}, want: ErrSignOnRefused},
		"signed with what is public": {lie: func(l *liar) {
			l.sign = func(p []byte) string { return signed(t, jose.HS256, []byte(strings.Repeat("secret", 8)), p) }
		}, want: ErrSignOnRefused},
		"no token": {lie: func(l *liar) {
			l.answer = func(w http.ResponseWriter, _ *http.Request) {
				tell(w, map[string]any{"access_token": "x", "token_type": "Bearer"})
			}
		}, want: ErrSignOnRefused},
		"no answer": {lie: func(l *liar) {
			l.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
		}, want: ErrSignOnAway},
		"sent elsewhere": {lie: func(l *liar) {
			l.answer = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/keys", http.StatusTemporaryRedirect)
			}
		}, want: ErrSignOnRefused},
		"an endless one": {lie: func(l *liar) {
			l.answer = func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"access_token":"` + strings.Repeat("x", 3<<20)))
			}
		}, want: ErrSignOnAway},
		"not JSON at all": {lie: func(l *liar) {
			l.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>canary</html>")) }
		}, want: ErrSignOnAway},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, s := newLiar(t), NewSignOn(true)
			if c.lie != nil {
				c.lie(l)
			}
			client, try := l.try(t, s)
			answer := SignOnAnswer{Code: "right", State: try.State}
			if c.back != nil {
				c.back(&answer)
			}
			subject, err := s.Finish(t.Context(), client, try, answer, time.Now())
			if !errors.Is(err, c.want) || (subject == "jeanne") != (c.want == nil) || (subject == "") != (c.want != nil) {
				t.Errorf("%q, %v; want %v", subject, err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), strings.Repeat("x", 300)) {
				t.Errorf("all of the other side's words are kept: %.500s", err)
			}
		})
	}
}

// TestAnothersTry (B3): what one browser has begun, another can't end.
func TestAnothersTry(t *testing.T) {
	t.Parallel()
	l, s := newLiar(t), NewSignOn(true)
	_, theirs := l.try(t, s)
	client, ours := l.try(t, s)
	for name, try := range map[string]SignOnTry{
		"state":    {State: theirs.State, Nonce: ours.Nonce, Verifier: ours.Verifier},
		"nonce":    {State: ours.State, Nonce: theirs.Nonce, Verifier: ours.Verifier},
		"verifier": {State: ours.State, Nonce: ours.Nonce, Verifier: theirs.Verifier},
		"nothing":  {},
	} {
		if subject, err := s.Finish(t.Context(), client, try, SignOnAnswer{Code: "right", State: ours.State}, time.Now()); !errors.Is(err, ErrSignOnRefused) || subject != "" {
			t.Errorf("with their %s: %q, %v", name, subject, err)
		}
	}
	if subject, err := s.Finish(t.Context(), client, ours, SignOnAnswer{Code: "right", State: ours.State, Issuer: l.URL}, time.Now()); err != nil || subject != "jeanne" {
		t.Errorf("ours: %q, %v", subject, err)
	}
}

// TestIssuers (B29): nobody has us call what is not a provider's to name.
func TestIssuers(t *testing.T) {
	t.Parallel()
	open, private := NewSignOn(false), NewSignOn(true)
	for _, issuer := range []string{
		"", "x", "//login.example", "ftp://login.example", "file:///etc/passwd", "gopher://login.example", "http://login.example", "http://10.0.0.1",
		"https://", "https://user:secret@login.example", "https://login.example?x=1", "https://login.example#x", "https://login.example/ x", "HTTPS://login.example", "https:login.example",
		"http://localhost.example", "http://127.0.0.1.example",
	} {
		if open.CheckIssuer(issuer) == nil || private.CheckIssuer(issuer) == nil {
			t.Errorf("%q may be an issuer", issuer)
		}
	}
	for issuer, both := range map[string]bool{
		"https://login.example": true, "https://login.example/realms/x/": true, "https://login.example:8443": true,
		"http://127.0.0.1:1": false, "http://[::1]:1": false, "http://localhost:1": false,
	} {
		if private.CheckIssuer(issuer) != nil || (open.CheckIssuer(issuer) == nil) != both {
			t.Errorf("%q: %v, %v", issuer, open.CheckIssuer(issuer), private.CheckIssuer(issuer))
		}
	}
	for _, host := range []string{"127.0.0.1", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "[fd00::1]", "[64:ff9b::7f00:1]", "localhost"} {
		if err := open.Discover(t.Context(), "https://"+host); !errors.Is(err, ErrIssuer) { // refused as it is written; what a name leads to, when it is dialled
			t.Errorf("https://%s: %v", host, err)
		}
	}
	for _, host := range []string{"2130706433", "0x7f.1", "0", "127.1"} {
		if err := open.Discover(t.Context(), "https://"+host); !errors.Is(err, ErrSignOnAway) {
			t.Errorf("https://%s: %v", host, err)
		}
	}
	if err := open.Discover(t.Context(), "https://192.0.2.1:5432"); !errors.Is(err, ErrIssuer) {
		t.Errorf("another port: %v", err)
	}
}

// TestDiscovery: what an issuer names is checked before it is called, asked for
// once in ten minutes, and never told.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	for name, say := range map[string]map[string]any{
		"another issuer":      {"issuer": "https://accounts.example"},
		"a token endpoint":    {"token_endpoint": "http://10.0.0.1/token"},
		"a file":              {"jwks_uri": "file:///etc/passwd"},
		"a page with a user":  {"authorization_endpoint": "https://x@login.example/"},
		"no addresses at all": {"authorization_endpoint": "", "token_endpoint": nil, "jwks_uri": nil},
	} {
		l := newLiar(t)
		l.discovery = say
		if err := NewSignOn(true).Discover(t.Context(), l.URL); !errors.Is(err, ErrSignOnAway) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l, s := newLiar(t), NewSignOn(true)
	for range 5 {
		if err := s.Discover(t.Context(), l.URL); err != nil {
			t.Fatal(err)
		}
	}
	if n := l.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	elsewhere := httptest.NewServer(http.RedirectHandler(l.URL+"/.well-known/openid-configuration", http.StatusFound))
	t.Cleanup(elsewhere.Close)
	if err := s.Discover(t.Context(), elsewhere.URL); !errors.Is(err, ErrSignOnAway) {
		t.Errorf("sent elsewhere: %v", err)
	}
	if n := l.asked.Load(); n != 1 {
		t.Error("a redirect was followed")
	}
	for i := range 2 * discoveriesMax {
		s.found[fmt.Sprint(i)] = discovery{}
	}
	m := newLiar(t)
	if err := s.Discover(t.Context(), m.URL); err != nil || len(s.found) != 1 {
		t.Errorf("%d issuers are kept, %v", len(s.found), err)
	}
}
