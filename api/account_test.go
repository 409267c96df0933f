package api_test

import (
	"bufio"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// standing is a clock that moves when the test says so, so that answers which
// name a time are the same bytes.
type standing struct{ at atomic.Int64 }

func (s *standing) now() time.Time { return time.UnixMicro(s.at.Load()).UTC() }

func newStanding() *standing {
	s := &standing{}
	s.at.Store(time.Now().UnixMicro())
	return s
}

func (s *standing) later(d time.Duration) { s.at.Add(d.Microseconds()) }

// behindProxy is a House that believes who a proxy on this machine says asks.
func behindProxy(t *testing.T) (*stack.House, *standing) {
	t.Helper()
	clock := newStanding()
	_, loopback, err := net.ParseCIDR("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	return stack.NewHouse(t, stack.Parts{Now: clock.now, Proxies: []*net.IPNet{loopback}}), clock
}

// resetLink is the secret of the newest link mailed to somebody, and the
// address of its page.
func resetLink(t *testing.T, db *sql.DB, email string) (secret, address string) {
	t.Helper()
	err := db.QueryRowContext(t.Context(), `select payload->>'SecretURL' from outbox where kind = 'mail' and payload->>'Kind' = 'password_reset'
		and payload->'To'->>'Email' = $1 order by id desc limit 1`, email).Scan(&address)
	if err != nil {
		t.Fatal(err)
	}
	return address[strings.LastIndex(address, "/")+1:], address
}

// TestEnumeration (B1): sign-in, reset and links answer the same bytes whether
// an account exists or not, also once there were too many tries.
func TestEnumeration(t *testing.T) {
	t.Parallel()
	h, _ := behindProxy(t)
	db := database(t, h)
	execute(t, db, `update people set active = false where email = 'qa@interfacing.example'`)
	execute(t, db, `update people set password_hash = '' where email = 'billing@interfacing.example'`)
	accounts := []string{"jeanne@interfacing.example", "nobody@interfacing.example", "qa@interfacing.example", "billing@interfacing.example"}
	for try := range 12 {
		var first stack.Answer
		for i, email := range accounts {
			a := signIn(t, h, "interfacing", email, "not the password", "X-Forwarded-For", fmt.Sprintf("203.0.%d.1", i))
			if i == 0 {
				first = a
			}
			same(t, fmt.Sprintf("try %d at %s", try, email), a, first)
		}
		status, key := 401, "sign_in_failed"
		if try >= 10 {
			status, key = 429, "too_many_attempts"
		}
		wants(t, fmt.Sprintf("try %d", try), first, status, key)
		if try >= 10 && first.Header.Get("Retry-After") != "900" {
			t.Errorf("Retry-After: %v", first.Header)
		}
	}
	before := rows(t, db)
	reset := func(vendor, email string) stack.Answer {
		return ask(t, h, "", "POST", "/v1/password-resets", map[string]any{"vendor": vendor, "email": email}, "X-Forwarded-For", "192.0.2.1")
	}
	unknown := reset("interfacing", "nobody@interfacing.example")
	wants(t, "reset of nobody's", unknown, 202, "")
	for _, c := range [][2]string{{"nobody", "jeanne@interfacing.example"}, {"interfacing", "qa@interfacing.example"}, {"interfacing", "no address"}, {"posimente", "jeanne@interfacing.example"}} {
		same(t, fmt.Sprint(c), reset(c[0], c[1]), unknown)
	}
	if after := rows(t, db); after != before {
		t.Errorf("rows changed: %s → %s", before, after)
	}
	for range 5 {
		same(t, "reset of somebody's", reset("interfacing", "jeanne@interfacing.example"), unknown)
	}
	if n := count(t, db, `select count(*) from outbox where kind = 'mail'`); n != 3 {
		t.Errorf("%d mails", n)
	}
}

// TestResetPoisoning (B4): whatever a request says of the host it is meant
// for, the link leads to the vendor's own pages.
func TestResetPoisoning(t *testing.T) {
	t.Parallel()
	clock := newStanding()
	h := stack.NewHouse(t, stack.Parts{Now: clock.now})
	db := database(t, h)
	host := strings.TrimPrefix(h.URL, "http://")
	body := `{"vendor":"interfacing","email":"jeanne@interfacing.example"}`
	for name, head := range map[string]string{
		"Host":             "POST /v1/password-resets HTTP/1.1\r\nHost: evil.example\r\n",
		"X-Forwarded-Host": "POST /v1/password-resets HTTP/1.1\r\nHost: " + host + "\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n",
		"Forwarded":        "POST /v1/password-resets HTTP/1.1\r\nHost: " + host + "\r\nForwarded: host=evil.example;proto=https\r\n",
		"absolute form":    "POST http://evil.example/v1/password-resets HTTP/1.1\r\nHost: " + host + "\r\n",
		"Origin":           "POST /v1/password-resets HTTP/1.1\r\nHost: " + host + "\r\nOrigin: https://evil.example\r\nReferer: https://evil.example/\r\n",
		"two Hosts":        "POST /v1/password-resets HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.example\r\n",
		"Host with user":   "POST /v1/password-resets HTTP/1.1\r\nHost: evil.example@" + host + "\r\n",
	} {
		clock.later(time.Hour)
		before := count(t, db, `select count(*) from outbox`)
		status := raw(t, host, head+fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body))
		if status != 202 && (status < 400 || status > 499 || count(t, db, `select count(*) from outbox`) != before) {
			t.Errorf("%s: %d", name, status)
		}
		if status == 202 {
			if _, address := resetLink(t, db, "jeanne@interfacing.example"); !strings.HasPrefix(address, h.URL+"/interfacing/password/cpl_interfacing_") {
				t.Errorf("%s: a link to %s", name, address)
			}
		}
	}
	if n := count(t, db, `select count(*) from outbox where payload::text like '%evil%'`); n != 0 {
		t.Errorf("%d mails name the other host", n)
	}
}

// raw sends bytes and answers the status.
func raw(t *testing.T, host, request string) int {
	t.Helper()
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// TestTokenGames (B5): a link works once, and nothing that only looks like one
// works at all.
func TestTokenGames(t *testing.T) {
	t.Parallel()
	h, clock := behindProxy(t)
	db := database(t, h)
	jeanne := "jeanne@interfacing.example"
	session := h.Token(t, "interfacing", "jeanne")
	link := func() string {
		t.Helper()
		clock.later(time.Hour)
		wants(t, "reset", ask(t, h, "", "POST", "/v1/password-resets", map[string]any{"vendor": "interfacing", "email": jeanne}), 202, "")
		secret, _ := resetLink(t, db, jeanne)
		return secret
	}
	choose := func(secret any) stack.Answer {
		return ask(t, h, "", "POST", "/v1/passwords", map[string]any{"link": secret, "password": "a password of my own"}, "Accept-Language", "en")
	}
	first := link()
	unknown := choose("cpl_interfacing_" + strings.Repeat("A", 43))
	wants(t, "unknown", unknown, 404, "link_unknown")
	for _, secret := range []string{"%", "*", "_", "cpl_", "null", session, strings.ToUpper(first), first + "A", "cpl_posimente_" + strings.TrimPrefix(first, "cpl_interfacing_"), first + "\x00"} {
		same(t, secret, choose(secret), unknown)
	}
	for name, value := range map[string]any{"array": []string{first}, "object": map[string]any{"$ne": ""}, "number": 1, "empty": "", "nothing": nil, "long": strings.Repeat("a", 201)} {
		wants(t, name, choose(value), 422, "fields_wrong")
	}
	wants(t, "10 MB", choose(strings.Repeat("a", 10<<20)), 413, "body_too_large")
	wants(t, "as a session", ask(t, h, first, "GET", "/v1/me", nil), 401, "bearer_unknown")
	second := link()
	wants(t, "replaced", choose(first), 409, "link_used")
	wants(t, "chosen", choose(second), 204, "")
	wants(t, "again", choose(second), 409, "link_used")
	wants(t, "the session of before", ask(t, h, session, "GET", "/v1/me", nil), 401, "bearer_unknown")
	third := link()
	clock.later(desk.ResetLife)
	wants(t, "too late", choose(third), 409, "link_expired")
	wants(t, "the new password", signIn(t, h, "interfacing", jeanne, "a password of my own"), 201, "")
}

// TestStaleSessions (B6): every rise of rights gives a new secret and ends the
// others; the secret is never the caller's to choose.
func TestStaleSessions(t *testing.T) {
	t.Parallel()
	h, clock := behindProxy(t)
	jeanne := "jeanne@interfacing.example"
	known := h.Token(t, "interfacing", "jeanne")
	fixed := signIn(t, h, "interfacing", jeanne, stack.Password, "Authorization", "Bearer "+known, "Cookie", "session="+known+"; __Host-session="+known)
	wants(t, "sign in with a session", fixed, 201, "")
	if fixed.Text("token") == known {
		t.Error("the session is the one of before")
	}
	me := func(token string) stack.Answer { return ask(t, h, token, "GET", "/v1/me", nil) }
	renewed := ask(t, h, fixed.Text("token"), "PUT", "/v1/me/password", map[string]any{"current": stack.Password, "password": "a password of my own"})
	wants(t, "change the password", renewed, 200, "")
	wants(t, "the session of before", me(fixed.Text("token")), 401, "bearer_unknown")
	wants(t, "the other session", me(known), 401, "bearer_unknown")
	token := renewed.Text("token")
	started := ask(t, h, token, "POST", "/v1/me/second-factor", map[string]any{"password": "a password of my own"})
	wants(t, "start a second factor", started, 201, "")
	code, err := totp.GenerateCode(started.Text("secret"), clock.now())
	if err != nil {
		t.Fatal(err)
	}
	on := ask(t, h, token, "POST", "/v1/me/second-factor/confirm", map[string]any{"code": code})
	wants(t, "switch it on", on, 200, "")
	wants(t, "the session of before", me(token), 401, "bearer_unknown")
	wants(t, "the session in its place", me(on.Text("session", "token")), 200, "")
	if on.JSON["session"].(map[string]any)["me"].(map[string]any)["second_factor"] != true { //nolint:forcetypeassert // the contract
		t.Errorf("switched on: %s", on.Raw)
	}
}

// TestSecondFactorByAPI (B7): codes are accepted once, and a half session is
// refused by every operation but signing out.
func TestSecondFactorByAPI(t *testing.T) {
	t.Parallel()
	h, clock := behindProxy(t)
	token := h.Token(t, "interfacing", "admin")
	started := ask(t, h, token, "POST", "/v1/me/second-factor", map[string]any{"password": stack.Password})
	wants(t, "start", started, 201, "")
	code := func() string {
		code, err := totp.GenerateCode(started.Text("secret"), clock.now())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	wants(t, "confirm", ask(t, h, token, "POST", "/v1/me/second-factor/confirm", map[string]any{"code": code()}), 200, "")
	in := func(password, code string) stack.Answer {
		body := map[string]any{"vendor": "interfacing", "email": "admin@interfacing.example", "password": password, "code": code}
		return ask(t, h, "", "POST", "/v1/sessions", body, "Accept-Language", "en")
	}
	clock.later(time.Minute)
	wrong := in("not the password", code())
	wants(t, "a wrong password with a right code", wrong, 401, "sign_in_failed")
	same(t, "a right password with a wrong code", in(stack.Password, "000000"), wrong)
	wants(t, "no code", in(stack.Password, ""), 401, "second_factor_needed")
	wants(t, "the code", in(stack.Password, code()), 201, "")
	same(t, "the code again", in(stack.Password, code()), wrong)

	half, err := h.Desk.SignInPage(t.Context(), "interfacing", "admin@interfacing.example", stack.Password)
	if err != nil || half.Kind != desk.SessionHalf {
		t.Fatalf("%q, %v", half.Kind, err)
	}
	spec, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for path, item := range spec.Paths.Map() {
		for method, o := range item.Operations() {
			if o.Security != nil || o.OperationID == string(desk.OpSignOut) {
				continue
			}
			target := pathMember.ReplaceAllString(path, uuid.NewString())
			a := ask(t, h, half.Secret, method, target, nil)
			if a.Status != 401 || a.Text("key") != "second_factor_needed" {
				t.Errorf("%s with a half session: %d %s", o.OperationID, a.Status, a.Raw)
			}
			tried++
		}
	}
	if tried < 30 {
		t.Errorf("only %d operations tried", tried)
	}
	wants(t, "sign out", ask(t, h, half.Secret, "DELETE", "/v1/sessions/current", nil), 204, "")
	wants(t, "signed out", ask(t, h, half.Secret, "GET", "/v1/me", nil), 401, "bearer_unknown")
}

// TestLimitsAreNotDodged (B34): an address that no proxy of ours names is not
// believed.
func TestLimitsAreNotDodged(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	jeanne := "jeanne@interfacing.example"
	for n := range 10 {
		forwarded := fmt.Sprintf("203.0.%d.1", n)
		a := signIn(t, h, "interfacing", []string{jeanne, strings.ToUpper(jeanne), " " + jeanne}[n%3], "not the password",
			"X-Forwarded-For", forwarded, "X-Real-IP", forwarded, "Forwarded", "for="+forwarded)
		wants(t, forwarded, a, 401, "sign_in_failed")
	}
	wants(t, "the eleventh", signIn(t, h, "interfacing", jeanne, stack.Password, "X-Forwarded-For", "203.0.200.1"), 429, "too_many_attempts")
}
