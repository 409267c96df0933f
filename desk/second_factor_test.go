package desk_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
)

// TestSecondFactorLife: set up by password and first code, asked for at
// sign-in, taken away by password and code.
func TestSecondFactorLife(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{ip: "198.51.100.7", agent: firefox}
	session, other := o.mustEnter(t, s, jeanne, stack.Password), o.mustEnter(t, s, jeanne, stack.Password)
	ctx := o.as(t, s, session.Secret)
	_, _, err := o.Desk.ConfirmSecondFactor(ctx, "123456")
	refused(t, "confirm what was not started", err, "second_factor_not_started")
	_, err = o.Desk.StartSecondFactor(ctx, wrong)
	refused(t, "start with a wrong password", err, "password: password_wrong")
	first, err := o.Desk.StartSecondFactor(ctx, stack.Password)
	refused(t, "start", err, "")
	started, err := o.Desk.StartSecondFactor(ctx, stack.Password)
	refused(t, "start anew", err, "")
	if svg, err := started.QR(); err != nil || !strings.HasPrefix(svg, "<svg") || !strings.HasPrefix(started.URI, "otpauth://totp/Interfacing") {
		t.Errorf("%s as %.20q, %v", started.URI, svg, err)
	}
	_, _, err = o.Desk.ConfirmSecondFactor(ctx, factor{first.Secret}.code(t, o.now()))
	refused(t, "confirm by the first one's code", err, "code: code_wrong")
	o.mustEnter(t, s, jeanne, stack.Password) // nothing is asked for yet
	f := factor{started.Secret}
	renewed, codes, err := o.Desk.ConfirmSecondFactor(ctx, f.code(t, o.now()))
	if err != nil || len(codes) != identity.RecoveryCodes || !renewed.Caller.Person.SecondFactor {
		t.Fatalf("confirm: %+v, %d codes, %v", renewed, len(codes), err)
	}
	o.gone(t, "the session it was switched on with", session.Secret)
	o.gone(t, "another session", other.Secret)
	o.live(t, "the session in its place", renewed.Secret)
	if n := o.count(t, `select count(*) from people p, recovery_codes r where position($1::bytea in p.totp_secret) > 0 or r.code_hash::text like '%' || $2 || '%'`,
		[]byte(started.Secret), codes[0]); n != 0 {
		t.Error("the secret or a code is readable in the database")
	}
	_, err = o.Desk.StartSecondFactor(o.as(t, s, renewed.Secret), stack.Password)
	refused(t, "a second one", err, "second_factor_on")

	o.later(30 * time.Second)
	half, err := o.enter(t, s, jeanne, stack.Password)
	if err != nil || half.Kind != desk.SessionHalf {
		t.Fatalf("sign-in: %q, %v", half.Kind, err)
	}
	whole, err := o.secondStep(t, s, half, f.code(t, o.now()))
	if err != nil || whole.Kind != desk.SessionFull || whole.Secret == half.Secret {
		t.Fatalf("second step: %+v, %v", whole, err)
	}
	o.gone(t, "the half session", half.Secret)
	ctx = o.as(t, s, whole.Secret)
	refused(t, "remove without a code", o.Desk.RemoveSecondFactor(ctx, stack.Password, " "), "code: code_needed")
	refused(t, "remove with a used code", o.Desk.RemoveSecondFactor(ctx, stack.Password, f.code(t, o.now())), "code: code_wrong")
	refused(t, "remove with a wrong password", o.Desk.RemoveSecondFactor(ctx, wrong, codes[0]), "password: password_wrong")
	o.later(30 * time.Second)
	refused(t, "remove", o.Desk.RemoveSecondFactor(ctx, stack.Password, f.code(t, o.now())), "")
	o.mustEnter(t, s, jeanne, stack.Password)
	if n := o.count(t, `select count(*) from recovery_codes`); n != 0 {
		t.Errorf("%d recovery codes are left", n)
	}
	for kind, want := range map[mail.Kind]int{mail.SecondFactorOn: 1, mail.SecondFactorOff: 1} {
		if got := len(o.notices(t, kind, jeanne)); got != want {
			t.Errorf("%d mails of %s", got, kind)
		}
	}
	if n := o.count(t, `select count(*) from audit where action in ('second_factor_on', 'second_factor_off') and actor_id = object_id and ip = $1 and bearer_id is not null`, s.ip); n != 2 {
		t.Errorf("%d audit entries", n)
	}
}

// TestHalfSessionReachesTheSecondStepAlone (B7): whoever has passed the
// password alone can do nothing else, and has not long.
func TestHalfSessionReachesTheSecondStepAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{ip: "198.51.100.7"}
	f, _, _ := o.withFactor(t, s, "admin@interfacing.example")
	o.later(30 * time.Second)
	half, err := o.enter(t, s, "admin@interfacing.example", stack.Password)
	refused(t, "sign-in", err, "")
	ctx := o.as(t, s, half.Secret)
	for what, ask := range map[string]func(context.Context) error{
		"me": func(ctx context.Context) error { _, err := o.Desk.Me(ctx); return err },
		"tickets": func(ctx context.Context) error {
			_, _, err := o.Desk.Tickets(ctx, desk.TicketQuery{Limit: 1})
			return err
		},
		"a token": func(ctx context.Context) error {
			_, _, err := o.Desk.CreateOwnToken(ctx, desk.TokenInput{Name: "x", Scope: "all", Days: 1})
			return err
		},
		"sessions": func(ctx context.Context) error { _, err := o.Desk.Bearers(ctx); return err },
		"the password": func(ctx context.Context) error {
			_, err := o.Desk.ChangePassword(ctx, stack.Password, "another one of mine", "")
			return err
		},
		"removing it": func(ctx context.Context) error {
			return o.Desk.RemoveSecondFactor(ctx, stack.Password, f.code(t, o.now()))
		},
		"recovery codes": func(ctx context.Context) error {
			_, err := o.Desk.NewRecoveryCodes(ctx, stack.Password, f.code(t, o.now()))
			return err
		},
	} {
		refused(t, what, ask(ctx), "second_factor_needed")
	}
	_, err = o.Desk.SecondStep(s.ctx(t), f.code(t, o.now()))
	refused(t, "the second step without the first", err, "sign_in_first")
	ended, err := o.enter(t, s, "admin@interfacing.example", stack.Password)
	refused(t, "another half session", err, "")
	refused(t, "its end", o.Desk.SignOut(o.as(t, s, ended.Secret)), "")
	o.gone(t, "a half session signed out of", ended.Secret)
	o.later(desk.HalfLife - time.Second)
	o.live(t, "the half session", half.Secret)
	o.later(time.Second)
	o.gone(t, "the half session later", half.Secret)
	_, err = o.Desk.SecondStep(ctx, f.code(t, o.now())) // the request was under way
	refused(t, "the second step too late", err, "bearer_unknown")
	whole, err := o.Desk.SignIn(s.ctx(t), "interfacing", "admin@interfacing.example", stack.Password, f.code(t, o.now()))
	refused(t, "in one step", err, "")
	_, err = o.Desk.SecondStep(o.as(t, s, whole.Secret), f.code(t, o.now()))
	refused(t, "the second step with a whole session", err, "sign_in_first")
}

// TestCodesWorkOnce (B7): a code by time is accepted once, and none after it
// that is older; a recovery code once for ever. Of many at the same time one
// gets through.
func TestCodesWorkOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{ip: "198.51.100.7"}
	f, codes, _ := o.withFactor(t, s, jeanne)
	in := func(code string) error {
		_, err := o.Desk.SignIn(s.ctx(t), "interfacing", jeanne, stack.Password, code)
		return err
	}
	refused(t, "no code", in(""), "second_factor_needed")
	refused(t, "the code it was switched on with", in(f.code(t, o.now())), "sign_in_failed")
	refused(t, "the code before", in(f.code(t, o.now().Add(-30*time.Second))), "sign_in_failed")
	o.later(time.Minute)
	for what, code := range map[string]string{"by time": f.code(t, o.now()), "for recovery": codes[0]} {
		o.execute(t, `delete from throttles`) // which is another test
		var through, limited atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				switch err := in(code); problem.CodeOf(err) {
				case "":
					through.Add(1)
				case problem.RateLimited:
					limited.Add(1)
				case problem.Unauthenticated:
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if through.Load() != 1 {
			t.Errorf("one code %s let %d of 20 through, %d had to wait", what, through.Load(), limited.Load())
		}
		o.execute(t, `delete from throttles`)
		refused(t, what+" again", in(code), "sign_in_failed")
	}
	refused(t, "the next code a little early", in(f.code(t, o.now().Add(30*time.Second))), "")
	refused(t, "another recovery code, as it is typed", in(" "+strings.ToLower(strings.ReplaceAll(codes[1], "-", " "))), "")
	told := o.notices(t, mail.RecoveryCodeUsed, jeanne)
	if len(told) != 2 || told[1].Left != identity.RecoveryCodes-2 {
		t.Errorf("told of recovery codes: %+v", told)
	}

	session := o.mustRenew(t, s, codes[2])
	refused(t, "a code of before", in(codes[3]), "sign_in_failed")
	refused(t, "a new code", in(session[0]), "")
}

// mustRenew replaces jeanne's recovery codes, by one of them.
func (o *office) mustRenew(t *testing.T, s *seat, code string) []string {
	t.Helper()
	half, err := o.enter(t, s, jeanne, stack.Password)
	refused(t, "sign-in", err, "")
	whole, err := o.secondStep(t, s, half, code)
	refused(t, "second step by recovery code", err, "")
	_, err = o.Desk.NewRecoveryCodes(o.as(t, s, whole.Secret), stack.Password, code)
	refused(t, "renew by a used code", err, "code: code_wrong")
	o.execute(t, `update people set totp_step = 0`)
	var secret []byte
	if err := o.db.QueryRowContext(t.Context(), `select totp_secret from people where email = $1`, jeanne).Scan(&secret); err != nil {
		t.Fatal(err)
	}
	opened, err := o.Desk.Seal.Open(secret, "totp/"+whole.Caller.Person.ID.String())
	if err != nil {
		t.Fatal(err)
	}
	codes, err := o.Desk.NewRecoveryCodes(o.as(t, s, whole.Secret), stack.Password, factor{string(opened)}.code(t, o.now()))
	if err != nil || len(codes) != identity.RecoveryCodes {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	return codes
}

// TestCodesAreNotGuessed (B7): codes are counted per account, from however many
// networks they come; the owner's browser has a count of its own.
func TestCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	home := &seat{ip: "198.51.100.7"}
	f, codes, _ := o.withFactor(t, home, jeanne)
	o.later(time.Minute)
	guess := func(n int, code string) error {
		_, err := o.Desk.SignIn((&seat{ip: fmt.Sprintf("203.0.%d.1", n)}).ctx(t), "interfacing", jeanne, stack.Password, code)
		return err
	}
	for n := range 5 {
		refused(t, "a guess", guess(n, "000000"), "sign_in_failed")
	}
	for n := range 3 {
		refused(t, "the right code after five guesses", guess(100+n, f.code(t, o.now())), "too_many_attempts")
		refused(t, "a recovery code after five guesses", guess(200+n, codes[n]), "too_many_attempts")
	}
	half, err := o.enter(t, home, jeanne, stack.Password)
	refused(t, "sign-in at home", err, "")
	_, err = o.secondStep(t, home, half, "000000")
	refused(t, "a wrong code at home", err, "code: code_wrong")
	whole, err := o.secondStep(t, home, half, f.code(t, o.now()))
	refused(t, "at home", err, "")
	o.later(15 * time.Minute)
	refused(t, "later", guess(1, f.code(t, o.now())), "")

	ctx := o.as(t, home, whole.Secret) // nor by whoever has got hold of a session
	for range 10 {
		refused(t, "a guess at the password", o.Desk.RemoveSecondFactor(ctx, wrong, "000000"), "password: password_wrong")
	}
	refused(t, "the right password after ten guesses", o.Desk.RemoveSecondFactor(ctx, stack.Password, codes[0]), "too_many_attempts")
}

// TestSecondFactorNeedsItsKey: without the key that opens them, nobody with a
// second factor gets in, and nobody can make one.
func TestSecondFactorNeedsItsKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	s := &seat{ip: "198.51.100.7"}
	f, _, _ := o.withFactor(t, s, jeanne)
	o.later(time.Minute)
	session := o.mustEnter(t, s, super, stack.Password)
	o.Desk.Seal = nil
	_, err := o.Desk.SignIn(s.ctx(t), "interfacing", jeanne, stack.Password, f.code(t, o.now()))
	refused(t, "sign-in without the key", err, "secret_key_missing")
	_, err = o.Desk.StartSecondFactor(o.as(t, s, session.Secret), stack.Password)
	refused(t, "start without the key", err, "secret_key_missing")
	if o.Desk.Seal, err = identity.NewSealer(identity.NewKey()); err != nil {
		t.Fatal(err)
	}
	_, err = o.Desk.SignIn(s.ctx(t), "interfacing", jeanne, stack.Password, f.code(t, o.now()))
	if problem.CodeOf(err) != problem.Internal {
		t.Errorf("sign-in with another key: %v", err)
	}
}
