package api_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/casepath/casepath/procedures/stack"
)

// signIn asks for a session.
func signIn(t *testing.T, h *stack.House, vendor, email, password string, headers ...string) stack.Answer {
	t.Helper()
	return ask(t, h, "", "POST", "/v1/sessions", map[string]any{"vendor": vendor, "email": email, "password": password}, headers...)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	var later atomic.Int64 // what the API's clock is ahead of the wall
	h := stack.NewHouse(t, stack.Parts{Now: func() time.Time { return time.Now().UTC().Add(time.Duration(later.Load())) }})
	t.Run("nothing to learn", func(t *testing.T) { nothingToLearn(t, h) })
	t.Run("tokens", func(t *testing.T) { tokens(t, h) })
	t.Run("rights of the moment", func(t *testing.T) { rightsOfTheMoment(t, h) })
	t.Run("expiry", func(t *testing.T) {
		session := signIn(t, h, "interfacing", "jeanne@interfacing.example", stack.Password)
		expires, err := time.Parse(time.RFC3339, session.Text("expires_at"))
		if left := time.Until(expires); err != nil || left < 11*time.Hour || left > 12*time.Hour {
			t.Errorf("a session lasts %v, %v", left, err)
		}
		for _, step := range []struct {
			at     time.Duration
			status int
		}{{12*time.Hour - time.Minute, 200}, {12*time.Hour + time.Minute, 401}, {0, 200}} {
			later.Store(int64(step.at))
			wants(t, step.at.String(), ask(t, h, session.Text("token"), "GET", "/v1/me", nil), step.status, "")
		}
	})
}

// nothingToLearn: whoever is refused learns nothing from the answer (B1).
func nothingToLearn(t *testing.T, h *stack.House) {
	db := database(t, h)
	execute(t, db, `update people set active = false where email = 'trainer@interfacing.example'`)
	execute(t, db, `update people set password_hash = '' where email = 'billing@interfacing.example'`)
	jeanne := "jeanne@interfacing.example"
	before := rows(t, db)
	for _, language := range []string{"en", "fr"} {
		wrong := signIn(t, h, "interfacing", jeanne, "not her password", "Accept-Language", language)
		wants(t, "wrong password", wrong, 401, "sign_in_failed")
		for name, c := range map[string][3]string{
			"unknown vendor":       {"nobody", jeanne, stack.Password},
			"vendor in capitals":   {"Interfacing", jeanne, stack.Password},
			"vendor with NUL":      {"interfacing\x00", jeanne, stack.Password},
			"another's vendor":     {"posimente", jeanne, stack.Password},
			"unknown address":      {"interfacing", "nobody@interfacing.example", stack.Password},
			"no address":           {"interfacing", "x", stack.Password},
			"address with NUL":     {"interfacing", "\x00", stack.Password},
			"wildcard":             {"interfacing", "%", stack.Password},
			"SQL":                  {"interfacing", "' or '1'='1", stack.Password},
			"inactive":             {"interfacing", "trainer@interfacing.example", stack.Password},
			"without password":     {"interfacing", "billing@interfacing.example", stack.Password},
			"password in part":     {"interfacing", jeanne, stack.Password[:12]},
			"password and more":    {"interfacing", jeanne, stack.Password + "\x00"},
			"password in capitals": {"interfacing", jeanne, strings.ToUpper(stack.Password)},
		} {
			same(t, name, signIn(t, h, c[0], c[1], c[2], "Accept-Language", language), wrong)
		}
	}
	if after := rows(t, db); after != before {
		t.Errorf("a refusal changed rows: %s → %s", before, after)
	}
	for name, email := range map[string]string{"as it is": jeanne, "in capitals": strings.ToUpper(jeanne), "full-width domain": "jeanne@ｉnterfacing.example"} {
		a := signIn(t, h, "interfacing", email, stack.Password)
		wants(t, name, a, 201, "")
		if a.Text("me", "email") != jeanne || !strings.HasPrefix(a.Text("token"), "cps_interfacing_") {
			t.Errorf("%s: %s", name, a.Raw)
		}
	}
	refuse(t, h, "", []bad{
		{
			name: "empty", method: "POST", path: "/v1/sessions", body: map[string]any{"vendor": "", "email": "", "password": ""}, status: 422,
			fields: map[string]string{"vendor": "field_empty", "email": "field_empty", "password": "field_empty"},
		},
		{
			name: "long", method: "POST", path: "/v1/sessions", body: map[string]any{"vendor": strings.Repeat("v", 41), "email": strings.Repeat("e", 255), "password": strings.Repeat("p", 201)},
			status: 422, fields: map[string]string{"vendor": "field_too_long", "email": "field_too_long", "password": "field_too_long"},
		},
		{name: "10 MB password", method: "POST", path: "/v1/sessions", body: `{"password":"` + strings.Repeat("p", 10<<20) + `"}`, status: 413, key: "body_too_large"},
	})
}

// tokens: what is not exactly a live secret is nobody's (abuse case B5).
func tokens(t *testing.T, h *stack.House) {
	session := signIn(t, h, "interfacing", "jeanne@interfacing.example", stack.Password)
	secret := session.Text("token")
	random := secret[len("cps_interfacing_"):]
	flipped := map[bool]string{true: "B", false: "A"}[random[0] == 'A'] + random[1:]
	refused := ask(t, h, "cps_interfacing_"+strings.Repeat("A", 43), "GET", "/v1/me", nil, "Accept-Language", "en")
	wants(t, "unknown", refused, 401, "bearer_unknown")
	for name, value := range map[string]string{
		"percent": "%", "star": "*", "underscore": "_", "array": "[]", "long": strings.Repeat("a", 16<<10), "API token's prefix": "cpt_interfacing_" + random,
		"another vendor's": "cps_posimente_" + random, "no vendor's": "cps_nobody_" + random, "one letter off": "cps_interfacing_" + flipped,
		"cut": secret[:len(secret)-1], "more": secret + "A", "capitals": strings.ToUpper(secret), "twice": secret + " " + secret, "quoted": `"` + secret + `"`,
		"the id": session.Text("me", "id"), "escaped": strings.ReplaceAll(secret, "_", "%5F"), "comma": secret + ",", "wildcard": "cps_interfacing_" + strings.Repeat("%", 43),
	} {
		same(t, name, ask(t, h, "", "GET", "/v1/me", nil, "Accept-Language", "en", "Authorization", "Bearer "+value), refused)
	}
	for name, value := range map[string]string{"empty": "", "no scheme": secret, "basic": "Basic " + secret, "scheme alone": "Bearer", "tab": "Bearer\t" + secret} {
		a := ask(t, h, "", "GET", "/v1/me", nil, "Authorization", value)
		if a.Status != 401 || a.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %d %v", name, a.Status, a.Header)
		}
	}
	for _, path := range []string{"/v1/me?access_token=" + secret, "/v1/me?token=" + secret} {
		wants(t, path[:12], ask(t, h, "", "GET", path, nil), 401, "sign_in_first")
	}
	wants(t, "cookie", ask(t, h, "", "GET", "/v1/me", nil, "Cookie", "token="+secret+"; session="+secret), 401, "sign_in_first")
	wants(t, "small scheme", ask(t, h, "", "GET", "/v1/me", nil, "Authorization", "bearer "+secret), 200, "")
	if n := count(t, database(t, h), `select count(*) from bearers where encode(secret_hash, 'escape') || name like '%' || $1::text || '%'`, secret); n != 0 {
		t.Error("the secret itself is kept")
	}
	other := signIn(t, h, "interfacing", "jeanne@interfacing.example", stack.Password).Text("token")
	wants(t, "sign out", ask(t, h, secret, "DELETE", "/v1/sessions/current", nil), 204, "")
	same(t, "signed out", ask(t, h, secret, "GET", "/v1/me", nil, "Accept-Language", "en"), refused)
	wants(t, "the other session", ask(t, h, other, "GET", "/v1/me", nil), 200, "")
}

// rightsOfTheMoment: what is taken away is gone with the next request.
func rightsOfTheMoment(t *testing.T, h *stack.House) {
	db := database(t, h)
	number := register(t, h, h.Token(t, "interfacing", "jeanne"))
	dev, reader, agent := h.Token(t, "interfacing", "dev"), h.Token(t, "interfacing", "reader"), h.Token(t, "interfacing", "agent2")
	triage := map[string]any{"reason": "", "level": 1, "severity": "medium", "path": "answer"}
	as := func(set, email string) {
		execute(t, db, `update people set `+set+` where email = $1`, email+"@interfacing.example")
	}
	try := func(what, token string, status int, key string) {
		t.Helper()
		wants(t, what, ask(t, h, token, "POST", "/v1/tickets/"+number+"/triage", triage), status, key)
	}
	try("a developer", dev, 403, "not_your_role")
	as(`roles = '{agent}'`, "dev")
	try("made an agent", dev, 422, "fields_wrong")
	as(`roles = '{developer}'`, "dev")
	try("a developer again", dev, 403, "not_your_role")
	wants(t, "a colleague's ticket", ask(t, h, reader, "GET", "/v1/tickets/"+number, nil), 404, "not_found")
	as(`sees_organization = true`, "reader")
	wants(t, "sees the organization", ask(t, h, reader, "GET", "/v1/tickets/"+number, nil), 200, "")
	as(`sees_organization = false`, "reader")
	wants(t, "no more", ask(t, h, reader, "GET", "/v1/tickets/"+number, nil), 404, "not_found")
	as(`roles = '{admin,agent}'`, "reader") // a contact stays one, whatever the row says
	wants(t, "a contact with staff's roles", ask(t, h, reader, "GET", "/v1/staff", nil), 403, "not_your_role")
	as(`authorized = true`, "reader")
	wants(t, "authorized", ask(t, h, reader, "POST", "/v1/tickets", registration(nil)), 201, "")
	as(`authorized = false`, "reader")
	wants(t, "not authorized", ask(t, h, reader, "POST", "/v1/tickets", registration(nil)), 403, "contact_not_authorized")
	as(`active = false`, "agent2")
	wants(t, "deactivated", ask(t, h, agent, "GET", "/v1/me", nil), 401, "bearer_unknown")
	as(`active = true`, "agent2")
	caller, err := h.Desk.ByEmail(t.Context(), "interfacing", "agent2@interfacing.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Desk.SetPassword(t.Context(), caller, "another good password"); err != nil {
		t.Fatal(err)
	}
	wants(t, "password changed", ask(t, h, agent, "GET", "/v1/me", nil), 401, "bearer_unknown")
	wants(t, "old password", signIn(t, h, "interfacing", "agent2@interfacing.example", stack.Password), 401, "sign_in_failed")
	wants(t, "new password", signIn(t, h, "interfacing", "agent2@interfacing.example", "another good password"), 201, "")
}
