package desk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/procedures/stack"
)

// TestSignInNotices: somebody who has signed in before is told of a browser
// that is new, once; a program's sign-in is told of when its network is new.
func TestSignInNotices(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	home, cafe := &seat{ip: "198.51.100.7", agent: firefox}, &seat{ip: "203.0.113.1", agent: firefox}
	expect := func(what string, want int) {
		t.Helper()
		if got := len(o.notices(t, mail.SignIn, jeanne)); got != want {
			t.Errorf("%s: told %d times, want %d", what, got, want)
		}
	}
	o.mustEnter(t, home, jeanne, stack.Password)
	expect("the first sign-in ever", 0)
	o.mustEnter(t, home, jeanne, stack.Password)
	home.ip = "192.0.2.1"
	o.mustEnter(t, home, jeanne, stack.Password)
	expect("the same browser elsewhere", 0)
	o.fail(t, cafe, jeanne, 1)
	expect("a refusal", 0)
	o.mustEnter(t, cafe, jeanne, stack.Password)
	expect("a new browser", 1)
	n := o.notices(t, mail.SignIn, jeanne)[0]
	if n.IP != cafe.ip || n.Browser != "Firefox" || n.System != "Windows" || n.URL != o.URL+"/interfacing/account" || n.To.Email != jeanne {
		t.Errorf("told as %+v", n)
	}
	program := func(ip string) {
		t.Helper()
		_, err := o.Desk.SignIn((&seat{ip: ip, agent: "curl/8"}).ctx(t), "interfacing", jeanne, stack.Password, "")
		refused(t, "a program", err, "")
	}
	program("203.0.113.99")
	expect("a program in a known network", 1)
	program("192.0.2.200")
	expect("a program in another", 1)
	program("198.18.0.1")
	expect("a program in a new network", 2)
	o.later(desk.DeviceLife)
	o.mustEnter(t, cafe, jeanne, stack.Password)
	expect("a browser not used for long", 3)
}

// TestOwnBearers: everybody lists and ends their own sessions and tokens, and
// nobody else's.
func TestOwnBearers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{ip: "198.51.100.7", agent: firefox}
	session, other, colleague := o.mustEnter(t, s, jeanne, stack.Password), o.mustEnter(t, s, jeanne, stack.Password), o.mustEnter(t, s, super, stack.Password)
	ctx := o.as(t, s, session.Secret)
	for what, in := range map[string]desk.TokenInput{
		"name: field_empty":         {Scope: desk.ScopeAll, Days: 1},
		"scope: field_not_a_choice": {Name: "x", Days: 1},
		"days: field_out_of_range":  {Name: "x", Scope: desk.ScopeAll, Days: 366},
	} {
		_, _, err := o.Desk.CreateOwnToken(ctx, in)
		refused(t, "a token", err, what)
	}
	secret, made, err := o.Desk.CreateOwnToken(ctx, desk.TokenInput{Name: "nightly", Scope: desk.ScopeRead, Days: 365})
	refused(t, "a token", err, "")
	if !strings.HasPrefix(secret, "cpt_interfacing_") || made.ExpiresAt.Sub(made.CreatedAt) != 365*24*time.Hour {
		t.Errorf("made %+v", made)
	}
	if got := o.notices(t, mail.TokenCreated, jeanne); len(got) != 1 || got[0].Text != "nightly" {
		t.Errorf("told of the token: %+v", got)
	}
	o.as(t, s, secret)
	list, err := o.Desk.Bearers(ctx)
	if err != nil || len(list) != 3 || list[0].ID != made.ID || list[0].LastUsedAt == nil || list[0].Scope != desk.ScopeRead || list[2].IP != s.ip || list[2].UserAgent != firefox {
		t.Errorf("listed %+v, %v", list, err)
	}
	for what, id := range map[string]uuid.UUID{"a colleague's session": colleague.Caller.Bearer, "nothing": uuid.New()} {
		refused(t, what, o.Desk.Revoke(ctx, id), "not_found")
	}
	refused(t, "a token", o.Desk.Revoke(ctx, made.ID), "")
	refused(t, "a token again", o.Desk.Revoke(ctx, made.ID), "not_found")
	o.gone(t, "the token", secret)
	refused(t, "other sessions", o.Desk.RevokeOthers(ctx), "")
	o.gone(t, "another session", other.Secret)
	o.live(t, "this session", session.Secret)
	o.live(t, "a colleague's", colleague.Secret)
	if n := o.count(t, `select count(*) from audit where action in ('token_created', 'token_ended', 'other_sessions_ended') and ip = $1`, s.ip); n != 3 {
		t.Errorf("%d audit entries", n)
	}
	if n := o.count(t, `select count(*) from audit where data::text like '%cpt\_%' or data::text like '%cps\_%'`); n != 0 {
		t.Errorf("%d audit entries hold a secret", n)
	}
}

// TestLastUse is kept to the minute, so that reading writes little.
func TestLastUse(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{}
	session := o.mustEnter(t, s, jeanne, stack.Password)
	last := func() (at time.Time) {
		o.as(t, s, session.Secret)
		if err := o.db.QueryRowContext(t.Context(), `select last_used_at from bearers where id = $1`, session.Caller.Bearer).Scan(&at); err != nil {
			t.Fatal(err)
		}
		return at
	}
	first := last()
	o.later(50 * time.Second)
	if again := last(); !again.Equal(first) {
		t.Errorf("noted again after 50 s: %v, %v", first, again)
	}
	o.later(10 * time.Second)
	if again := last(); again.Sub(first) < time.Minute {
		t.Errorf("not noted after a minute: %v, %v", first, again)
	}
}

// TestReadOnlyTokens: a token that may read changes nothing, whoever's it is.
func TestReadOnlyTokens(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{}
	session := o.mustEnter(t, s, "admin@interfacing.example", stack.Password)
	secret, _, err := o.Desk.CreateOwnToken(o.as(t, s, session.Secret), desk.TokenInput{Name: "reader", Scope: desk.ScopeRead, Days: 1})
	refused(t, "a token", err, "")
	ctx := o.as(t, s, secret)
	_, err = o.Desk.Me(ctx)
	refused(t, "me", err, "")
	_, _, err = o.Desk.Organizations(ctx, "", 10)
	refused(t, "organizations", err, "")
	c, _ := desk.CallerFrom(ctx)
	for op := range desk.Permissions {
		read := false
		for _, r := range desk.Reads {
			read = read || r == op
		}
		if !read && c.Reach(op) != desk.Nothing {
			t.Errorf("%s is within reach", op)
		}
	}
	for what, ask := range map[string]func(context.Context) error{
		"an organization": func(ctx context.Context) error {
			_, err := o.Desk.CreateOrganization(ctx, "", desk.OrganizationInput{Kind: "customer", Name: "x"})
			return err
		},
		"a token": func(ctx context.Context) error {
			_, _, err := o.Desk.CreateOwnToken(ctx, desk.TokenInput{Name: "x", Scope: "all", Days: 1})
			return err
		},
		"sessions": func(ctx context.Context) error { return o.Desk.RevokeOthers(ctx) },
		"somebody": func(ctx context.Context) error { return o.Desk.EndContactSessions(ctx, session.Caller.Person.ID) },
	} {
		want := "token_reads_only"
		if what == "somebody" {
			want = "not_found" // no contact: what is out of sight comes first
		}
		refused(t, what, ask(ctx), want)
	}
	refused(t, "its own end", o.Desk.SignOut(ctx), "")
	o.gone(t, "the token", secret)
}

// TestEndSessions (B6): who is responsible for somebody ends all they could
// still get in with, at once.
func TestEndSessions(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s, home := &seat{}, &seat{ip: "198.51.100.7"}
	session := o.mustEnter(t, home, jeanne, stack.Password)
	token, _, err := o.Desk.CreateOwnToken(o.as(t, home, session.Secret), desk.TokenInput{Name: "x", Scope: desk.ScopeAll, Days: 1})
	refused(t, "a token", err, "")
	agent := o.mustEnter(t, s, "agent@interfacing.example", stack.Password)
	accounts := o.as(t, s, o.mustEnter(t, s, "accounts@interfacing.example", stack.Password).Secret)
	admin := o.as(t, s, o.mustEnter(t, s, "admin@interfacing.example", stack.Password).Secret)
	contact, member := session.Caller.Person.ID, agent.Caller.Person.ID
	refused(t, "a contact, by an agent", o.Desk.EndContactSessions(o.as(t, s, agent.Secret), contact), "not_your_role")
	refused(t, "an agent, by an account manager", o.Desk.EndStaffSessions(accounts, member), "not_your_role")
	refused(t, "an agent as a contact", o.Desk.EndContactSessions(admin, member), "not_found")
	refused(t, "a contact as staff", o.Desk.EndStaffSessions(admin, contact), "not_found")
	refused(t, "staff, by a contact", o.Desk.EndStaffSessions(o.as(t, home, session.Secret), member), "not_found")
	refused(t, "a contact, by their account manager", o.Desk.EndContactSessions(accounts, contact), "")
	o.gone(t, "the contact's session", session.Secret)
	o.gone(t, "the contact's token", token)
	o.mustEnter(t, home, jeanne, stack.Password)
	if n := len(o.notices(t, mail.SignIn, jeanne)); n != 1 {
		t.Errorf("a browser of before is still known: told %d times", n)
	}
	o.live(t, "the agent's session", agent.Secret)
	refused(t, "an agent, by an administrator", o.Desk.EndStaffSessions(admin, member), "")
	o.gone(t, "the agent's session", agent.Secret)
}

// TestUpdateMe: everybody decides their name, language and colours, and nothing
// else; two who write at once don't undo each other.
func TestUpdateMe(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{}
	session := o.mustEnter(t, s, jeanne, stack.Password)
	ctx := o.as(t, s, session.Secret)
	me, err := o.Desk.Me(ctx)
	refused(t, "me", err, "")
	want := desk.Profile{Name: "Jeanne M.", Locale: "fr-CA", TimeZone: "America/Toronto", Theme: "dark", SingleKeys: false}
	now, err := o.Desk.UpdateMe(ctx, me.Person.Version, want)
	if err != nil || desk.ProfileOf(now.Person) != want || now.Person.Version != me.Person.Version+1 {
		t.Errorf("changed to %+v, %v", now.Person, err)
	}
	_, err = o.Desk.UpdateMe(ctx, me.Person.Version, want)
	refused(t, "on the version of before", err, "changed_meanwhile")
	for path, in := range map[string]desk.Profile{
		"name: field_empty":         {Locale: "en", TimeZone: "UTC", Theme: "light"},
		"locale: field_not_locale":  {Name: "x", Locale: "!", TimeZone: "UTC", Theme: "light"},
		"time_zone: field_not_zone": {Name: "x", Locale: "en", TimeZone: "Local", Theme: "light"},
		"theme: field_not_a_choice": {Name: "x", Locale: "en", TimeZone: "UTC", Theme: "pink"},
	} {
		_, err := o.Desk.UpdateMe(ctx, now.Person.Version, in)
		refused(t, "a profile", err, path)
	}
}
