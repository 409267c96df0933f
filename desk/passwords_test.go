package desk_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/procedures/stack"
)

const chosen = "a password of my own"

// mailReset asks for a reset and answers the secret of its link.
func (o *office) mailReset(t *testing.T, s *seat, email string) string {
	t.Helper()
	if err := o.Desk.RequestReset(s.ctx(t), "interfacing", email); err != nil {
		t.Fatal(err)
	}
	return o.linkOf(t, email)
}

// TestResetTellsNothing (B1): asking for a link for an account that does not
// exist, or is closed, answers the same and leaves nothing.
func TestResetTellsNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.execute(t, `update people set active = false where email = 'qa@interfacing.example'`)
	s := &seat{ip: "198.51.100.7"}
	for _, c := range [][2]string{
		{"interfacing", "nobody@interfacing.example"},
		{"interfacing", "qa@interfacing.example"},
		{"interfacing", "jeanne@posimente.example"},
		{"interfacing", ""},
		{"interfacing", "%"},
		{"interfacing", "\x00"},
		{"nobody", jeanne},
		{"", jeanne},
		{"interfacing\x00", jeanne},
	} {
		refused(t, fmt.Sprint(c), o.Desk.RequestReset(s.ctx(t), c[0], c[1]), "")
	}
	if n := o.count(t, `select (select count(*) from one_time_links) + (select count(*) from outbox) + (select count(*) from audit where action = 'reset_asked')`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	refused(t, "an account that exists", o.Desk.RequestReset(s.ctx(t), "interfacing", strings.ToUpper(jeanne)), "")
	if got := o.notices(t, mail.PasswordReset, jeanne); len(got) != 1 || got[0].Until == nil {
		t.Errorf("mails: %+v", got)
	}
}

// TestResetIsLimitedUntold (B1, B34): too many requests answer the same and
// mail nothing more, from one network, for one address, for one vendor.
func TestResetIsLimitedUntold(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	mails := func() int { return o.count(t, `select count(*) from outbox where kind = 'mail'`) }
	for n := range 5 {
		refused(t, "for one address", o.Desk.RequestReset((&seat{ip: fmt.Sprintf("203.0.%d.1", n)}).ctx(t), "interfacing", jeanne), "")
	}
	if n := mails(); n != 3 {
		t.Errorf("%d mails to one address", n)
	}
	refused(t, "for another", o.Desk.RequestReset((&seat{ip: "203.0.0.1"}).ctx(t), "interfacing", super), "")
	refused(t, "at another vendor", o.Desk.RequestReset((&seat{ip: "203.0.0.1"}).ctx(t), "posimente", "jeanne@posimente.example"), "")
	if n := mails(); n != 5 {
		t.Errorf("%d mails", n)
	}
	o.later(time.Hour)
	flood := &seat{ip: "192.0.2.1"}
	for n := range 30 {
		refused(t, "from one network", o.Desk.RequestReset(flood.ctx(t), "interfacing", fmt.Sprintf("nobody%d@interfacing.example", n)), "")
	}
	refused(t, "from one network", o.Desk.RequestReset(flood.ctx(t), "interfacing", jeanne), "")
	if n := mails(); n != 5 {
		t.Errorf("%d mails after a flood", n)
	}
	refused(t, "from another", o.Desk.RequestReset((&seat{ip: "203.0.0.1"}).ctx(t), "interfacing", jeanne), "")
	if n := mails(); n != 6 {
		t.Errorf("%d mails in the next hour", n)
	}
}

// TestLinksWorkOnce (B5): a link can be looked at for ever and used once, while
// it is the newest, fresh, and nothing has been chosen since. It ends all
// sessions and signs nobody in.
func TestLinksWorkOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{ip: "198.51.100.7", agent: firefox}
	before := o.mustEnter(t, s, jeanne, stack.Password)
	old, link := o.mailReset(t, s, jeanne), o.mailReset(t, s, jeanne)
	for range 3 { // a mail scanner opens whatever it finds
		for secret, want := range map[string]string{link: desk.LinkFine, old: desk.LinkUsed} {
			view, err := o.Desk.LookAtLink(s.ctx(t), secret)
			if err != nil || view.State != want || view.Vendor.Slug != "interfacing" || (view.Email == jeanne) != (want == desk.LinkFine) {
				t.Errorf("looked at: %+v, %v", view, err)
			}
		}
	}
	choose := func(secret, password string) error {
		_, err := o.Desk.ChoosePassword(s.ctx(t), secret, password)
		return err
	}
	refused(t, "replaced by a newer one", choose(old, chosen), "link_used")
	refused(t, "with a password too short", choose(link, "short"), "password: password_wrong_length")
	_, err := o.Desk.Authenticate(s.ctx(t), link)
	refused(t, "as a session", err, "bearer_unknown")
	got, err := o.Desk.ChoosePassword(s.ctx(t), link, chosen)
	if err != nil || got.Email != jeanne || !strings.HasPrefix(got.DeviceSecret, "cpd_interfacing_") {
		t.Fatalf("chosen: %+v, %v", got, err)
	}
	refused(t, "again", choose(link, "yet another password"), "link_used")
	o.gone(t, "a session of before", before.Secret)
	if n := o.count(t, `select count(*) from bearers where revoked_at is null`); n != 0 {
		t.Errorf("the link has opened %d sessions", n)
	}
	o.mustEnter(t, s, jeanne, chosen)
	o.fail(t, s, jeanne, 1)
	if got := o.notices(t, mail.PasswordChanged, jeanne); len(got) != 1 || got[0].IP != s.ip || got[0].Browser != "Firefox" || got[0].URL != o.URL+"/interfacing/account" {
		t.Errorf("told of it: %+v", got)
	}

	o.later(time.Hour)
	link = o.mailReset(t, s, jeanne)
	o.later(desk.ResetLife - time.Second)
	refused(t, "just in time, with no password", choose(link, ""), "password: password_wrong_length")
	o.later(time.Second)
	refused(t, "too late", choose(link, chosen), "link_expired")
	if view, err := o.Desk.LookAtLink(s.ctx(t), link); err != nil || view.State != desk.LinkExpired || view.Email != "" {
		t.Errorf("an old link: %+v, %v", view, err)
	}
	refused(t, "a new one in its place", o.Desk.RenewLink(s.ctx(t), link), "")
	if renewed := o.linkOf(t, jeanne); renewed == link {
		t.Error("the link is the same")
	}

	o.later(time.Hour)
	link = o.mailReset(t, s, jeanne)
	session := o.mustEnter(t, s, jeanne, chosen)
	if _, err := o.Desk.ChangePassword(o.as(t, s, session.Secret), chosen, "the next password of mine", ""); err != nil {
		t.Fatal(err)
	}
	refused(t, "after the password was changed", choose(link, chosen), "link_used")
	link = o.mailReset(t, s, jeanne)
	o.execute(t, `update people set active = false where email = $1`, jeanne)
	refused(t, "of a closed account", choose(link, chosen), "link_unknown")
	_, err = o.Desk.LookAtLink(s.ctx(t), link)
	refused(t, "looked at, of a closed account", err, "link_unknown")
}

// TestLinksAreNotGuessed (B5): what is not exactly a link is none, whatever it
// looks like.
func TestLinksAreNotGuessed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{ip: "198.51.100.7"}
	link := o.mailReset(t, s, jeanne)
	session := o.mustEnter(t, s, jeanne, stack.Password)
	random := strings.TrimPrefix(link, "cpl_interfacing_")
	for _, secret := range []string{
		"", "%", "*", "_", "[]", "null", "cpl_", "cpl_interfacing_", link + "A", link[1:], strings.ToUpper(link), " " + link, link + "\x00",
		"cpl_posimente_" + random, "cpl_nobody_" + random, "cps_interfacing_" + random, "cpl_interfacing_" + strings.Repeat("A", 43),
		"cpl_interfacing_" + strings.Repeat("%", 43), session.Secret, strings.Repeat("a", 10<<20),
	} {
		_, err := o.Desk.ChoosePassword(s.ctx(t), secret, chosen)
		refused(t, fmt.Sprintf("%.30q", secret), err, "link_unknown")
		_, err = o.Desk.LookAtLink(s.ctx(t), secret)
		refused(t, fmt.Sprintf("%.30q looked at", secret), err, "link_unknown")
		refused(t, "a new one in its place", o.Desk.RenewLink(s.ctx(t), secret), "")
	}
	if n := len(o.notices(t, mail.PasswordReset, jeanne)); n != 1 {
		t.Errorf("%d links were mailed", n)
	}
	if n := o.count(t, `select count(*) from one_time_links where encode(secret_hash, 'escape') like '%' || $1 || '%'`, random); n != 0 {
		t.Error("the secret itself is kept")
	}
	if _, err := o.Desk.ChoosePassword(s.ctx(t), link, chosen); err != nil {
		t.Errorf("the link itself: %v", err)
	}
}

// TestChangePassword (B6): whoever is signed in gives the password again, and
// is the only one who stays signed in, with a new secret.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s, elsewhere := &seat{ip: "198.51.100.7", agent: firefox}, &seat{ip: "203.0.113.1"}
	session, other := o.mustEnter(t, s, jeanne, stack.Password), o.mustEnter(t, elsewhere, jeanne, stack.Password)
	ctx := o.as(t, s, session.Secret)
	token, _, err := o.Desk.CreateOwnToken(ctx, desk.TokenInput{Name: "nightly", Scope: desk.ScopeAll, Days: 1})
	refused(t, "a token", err, "")
	change := func(ctx context.Context, current, password string) (desk.Session, error) {
		return o.Desk.ChangePassword(ctx, current, password, "")
	}
	_, err = change(ctx, wrong, chosen)
	refused(t, "a wrong current one", err, "current: password_wrong")
	_, err = change(ctx, stack.Password, "short")
	refused(t, "too short a new one", err, "password: password_wrong_length")
	_, err = change(o.as(t, s, token), stack.Password, chosen)
	refused(t, "with a token", err, "session_needed")
	renewed, err := change(ctx, stack.Password, chosen)
	refused(t, "change", err, "")
	o.gone(t, "the session it was changed with", session.Secret)
	o.gone(t, "another session", other.Secret)
	o.live(t, "the session in its place", renewed.Secret)
	o.live(t, "a token", token)
	_, err = o.enter(t, s, jeanne, stack.Password)
	refused(t, "the password of before", err, "sign_in_failed")
	told := len(o.notices(t, mail.SignIn, jeanne))
	s.device = renewed.DeviceSecret
	o.mustEnter(t, s, jeanne, chosen)
	if n := len(o.notices(t, mail.SignIn, jeanne)); n != told {
		t.Error("the browser it was changed with is new")
	}
	o.mustEnter(t, elsewhere, jeanne, chosen)
	if n := len(o.notices(t, mail.SignIn, jeanne)); n != told+1 {
		t.Error("another browser is still known")
	}
}
