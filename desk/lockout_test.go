package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
)

const (
	jeanne = "jeanne@interfacing.example"
	super  = "super@interfacing.example"
	wrong  = "not the password"
)

// fail tries a wrong password n times.
func (o *office) fail(t *testing.T, s *seat, email string, n int) {
	t.Helper()
	for i := range n {
		_, err := o.enter(t, s, email, wrong)
		refused(t, fmt.Sprintf("failure %d at %s from %s", i+1, email, s.ip), err, "sign_in_failed")
	}
}

// TestLockoutCountsByAccountAndNetwork (B34): guesses at one account are slowed
// where they come from, however the address or the network is written, and
// whether the account exists or not; nobody else is.
func TestLockoutCountsByAccountAndNetwork(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	attacker := &seat{ip: "2001:db8:bad::1"}
	o.fail(t, attacker, jeanne, 5)
	o.fail(t, &seat{ip: "2001:db8:bad::2"}, strings.ToUpper(jeanne), 3)
	o.fail(t, &seat{ip: "2001:db8:bad:0:1234::"}, " jeanne@ｉnterfacing.example ", 2)
	_, err := o.enter(t, attacker, jeanne, stack.Password)
	refused(t, "the right password after ten wrong ones", err, "too_many_attempts")
	if e, _ := problem.As(err); e.Code != problem.RateLimited || e.RetryAfter <= 0 || e.RetryAfter > 15*time.Minute {
		t.Errorf("refused as %+v", e)
	}
	nobody := "nobody@interfacing.example"
	o.fail(t, attacker, nobody, 10)
	_, unknown := o.enter(t, attacker, nobody, stack.Password)
	if unknown == nil || unknown.Error() != err.Error() {
		t.Errorf("an account that does not exist is refused by %v, one that does by %v", unknown, err)
	}
	o.mustEnter(t, attacker, super, stack.Password)
	o.mustEnter(t, &seat{ip: "2001:db8:bad:1::1"}, jeanne, stack.Password)
	_, err = o.enter(t, attacker, jeanne, stack.Password)
	refused(t, "after a sign-in from another network", err, "too_many_attempts")
	o.later(15 * time.Minute)
	o.mustEnter(t, attacker, jeanne, stack.Password)
	o.fail(t, attacker, jeanne, 9)
	o.mustEnter(t, attacker, jeanne, stack.Password)
	o.fail(t, &seat{ip: attacker.ip}, jeanne, 10) // the count began anew, and a browser without cookie is none that is known
}

// besiege has fifty failures at an account from five networks, ten of each,
// without the work of fifty hashes.
func (o *office) besiege(t *testing.T, email string) {
	t.Helper()
	o.execute(t, `delete from throttles`)
	for n := range 5 {
		o.fail(t, &seat{ip: fmt.Sprintf("203.0.%d.1", n)}, email, 1)
	}
	o.execute(t, `update throttles set hits = hits * 10`)
}

// TestLockoutNeverShutsTheOwnerOut (B34): somebody who guesses at an account
// from many networks closes it to new networks; its owner's browser and
// networks get in, and so does whoever chooses a new password by mail.
func TestLockoutNeverShutsTheOwnerOut(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	home := &seat{ip: "198.51.100.7", agent: firefox}
	o.mustEnter(t, home, jeanne, stack.Password)
	o.besiege(t, jeanne)
	abroad := &seat{ip: "192.0.2.1", agent: firefox}
	_, err := o.enter(t, abroad, jeanne, stack.Password)
	refused(t, "a new network", err, "too_many_attempts")
	o.mustEnter(t, &seat{ip: "198.51.100.200"}, jeanne, stack.Password) // a known network
	home.ip = "192.0.2.99"
	o.mustEnter(t, home, jeanne, stack.Password) // a known browser, wherever it is

	if err := o.Desk.RequestReset(abroad.ctx(t), "interfacing", jeanne); err != nil {
		t.Fatal(err)
	}
	chosen, err := o.Desk.ChoosePassword(abroad.ctx(t), o.linkOf(t, jeanne), "a password of my own")
	if err != nil {
		t.Fatal(err)
	}
	o.besiege(t, jeanne)
	_, err = o.enter(t, &seat{ip: "198.18.0.1"}, jeanne, "a password of my own")
	refused(t, "a new network again", err, "too_many_attempts")
	abroad.device = chosen.DeviceSecret
	o.mustEnter(t, abroad, jeanne, "a password of my own")
	o.later(91 * 24 * time.Hour) // the networks are new again
	o.besiege(t, jeanne)
	_, err = o.enter(t, &seat{ip: "198.51.100.7"}, jeanne, "a password of my own")
	refused(t, "a network not seen for long", err, "too_many_attempts")
	o.mustEnter(t, abroad, jeanne, "a password of my own")
}

// TestLockoutOfKnownBrowsers: a browser somebody has signed in with has a count
// of its own, for that person alone.
func TestLockoutOfKnownBrowsers(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	kiosk := &seat{ip: "198.51.100.7"}
	o.mustEnter(t, kiosk, jeanne, stack.Password)
	o.fail(t, kiosk, jeanne, 10)
	_, err := o.enter(t, kiosk, jeanne, stack.Password)
	refused(t, "the browser after ten failures", err, "too_many_attempts")
	o.mustEnter(t, &seat{ip: kiosk.ip}, jeanne, stack.Password) // its network is not
	o.mustEnter(t, kiosk, super, stack.Password)
	if n := o.count(t, `select count(*) from devices`); n != 3 {
		t.Errorf("%d browsers are known", n)
	}
	o.later(15 * time.Minute)
	before := o.count(t, `select count(*) from devices`)
	o.mustEnter(t, kiosk, jeanne, stack.Password) // both are known to it still
	o.mustEnter(t, kiosk, super, stack.Password)
	if n := o.count(t, `select count(*) from devices`); n != before {
		t.Errorf("a browser two people share is new again: %d", n)
	}
	stolen := &seat{ip: "203.0.113.1", device: kiosk.device}
	o.fail(t, stolen, "agent@interfacing.example", 10)
	_, err = o.enter(t, stolen, "agent@interfacing.example", stack.Password)
	refused(t, "somebody else's cookie", err, "too_many_attempts")
	for _, device := range []string{"", ".", "x", strings.Repeat("cpd_interfacing_"+strings.Repeat("A", 43)+".", 1000)} {
		o.mustEnter(t, &seat{ip: "203.0.113.2", device: device}, "qa@interfacing.example", stack.Password)
	}
}

// TestLockoutOfNetworks (B34): one password tried on many accounts is stopped
// for the network; a browser that is known there goes on.
func TestLockoutOfNetworks(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	desk := &seat{ip: "198.51.100.7"}
	o.mustEnter(t, desk, jeanne, stack.Password)
	// Not by a hundred hashes: they count before anything is looked at.
	o.execute(t, `update throttles set hits = 95 where hits = 0`)
	sprayer := &seat{ip: "198.51.100.8"}
	for n := range 5 {
		o.fail(t, sprayer, fmt.Sprintf("someone%d@interfacing.example", n), 1)
	}
	_, err := o.enter(t, sprayer, super, stack.Password)
	refused(t, "the network", err, "too_many_attempts")
	o.mustEnter(t, desk, jeanne, stack.Password)
	o.mustEnter(t, &seat{ip: "198.51.101.8"}, super, stack.Password)
}
