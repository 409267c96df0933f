package desk_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/procedures/stack"
)

// TestSignOnAddressLinksNothing (B3): whoever a company says has somebody's
// address is nobody here until the account is linked, and then it is issuer and
// subject that count.
func TestSignOnAddressLinksNothing(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"evil": "admin@interfacing.example", "j1": "somebody@else.example"})
	s := &seat{ip: "198.51.100.7", agent: firefox}
	_, err := o.signOn(t, s, "evil", "")
	refused(t, "an administrator's address", err, "sign_on_unknown")
	if n := o.refusals(t); n != 1 {
		t.Errorf("%d refusals are audited", n)
	}
	o.link(t, s, jeanne, "j1")
	end, err := o.signOn(t, s, "j1", "")
	if err != nil || end.Session.Kind != desk.SessionFull || end.Session.Caller.Person.Email != jeanne {
		t.Fatalf("signed on as %+v, %v", end, err)
	}
	o.live(t, "the session", end.Session.Secret)
	o.company.People["j1"].Email = "admin@interfacing.example"
	end, err = o.signOn(t, s, "j1", "")
	if err != nil || end.Session.Caller.Person.Email != jeanne {
		t.Errorf("with another address: %+v, %v", end, err)
	}
	if n := o.count(t, `select count(*) from bearers where proof = 'oidc' and kind = 'session'`); n != 2 {
		t.Errorf("%d sessions by sign-on", n)
	}

	elsewhere := stack.NewCompany(t, o.URL+"/interfacing/oidc/callback", map[string]string{"j1": jeanne})
	first, mine := o.provider, o.company
	o.company, o.provider = elsewhere, o.addProvider(t, "Elsewhere", elsewhere)
	_, err = o.signOn(t, s, "j1", "")
	refused(t, "the same subject of another issuer", err, "sign_on_unknown")
	o.company, o.provider = mine, first
	o.execute(t, `update people set active = false where email = $1`, jeanne)
	_, err = o.signOn(t, s, "j1", "")
	refused(t, "an account that is closed", err, "sign_on_unknown")
}

// TestSignOnMixUp (B3): an answer is worth nothing at another provider, in
// another browser, a second time, later, or at another vendor.
func TestSignOnMixUp(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"j1": "x@y.example"})
	s := &seat{ip: "198.51.100.7"}
	o.link(t, s, jeanne, "j1")
	evil := stack.NewCompany(t, o.URL+"/interfacing/oidc/callback", map[string]string{"j1": "x@y.example"})
	evilID := o.addProvider(t, "Evil", evil)
	start := func(provider uuid.UUID) desk.SignOnStart {
		t.Helper()
		start, err := o.Desk.StartSignOn(s.ctx(t), "interfacing", provider, "")
		if err != nil {
			t.Fatal(err)
		}
		return start
	}
	finish := func(vendor, cookie string, answer identity.SignOnAnswer) error {
		end, err := o.Desk.FinishSignOn(s.ctx(t), vendor, cookie, answer)
		if err != nil && end.Session.Secret != "" {
			t.Error("a refusal comes with a session")
		}
		return err
	}
	before := o.refusals(t)
	// The code of the one is brought to the callback of the other.
	there, here := start(evilID), start(o.provider)
	answer := visit(t, evil, there.Address, "j1")
	answer.State = visit(t, o.company, here.Address, "j1").State
	refused(t, "a code of another provider", finish("interfacing", here.Cookie, answer), "sign_on_refused")

	mine, theirs := start(o.provider), start(o.provider)
	answer = visit(t, o.company, theirs.Address, "j1")
	refused(t, "in another browser", finish("interfacing", mine.Cookie, answer), "sign_on_refused")
	for name, cookie := range map[string]string{"no cookie": "", "garbage": "x", "another vendor's": theirs.Cookie, "cut": theirs.Cookie[:len(theirs.Cookie)-4], "more": theirs.Cookie + "AAAA"} {
		vendor := "interfacing"
		if name == "another vendor's" {
			vendor = "posimente"
		}
		refused(t, name, finish(vendor, cookie, answer), "sign_on_refused")
	}
	refused(t, "in its own browser", finish("interfacing", theirs.Cookie, answer), "")
	refused(t, "a second time", finish("interfacing", theirs.Cookie, answer), "sign_on_refused")

	var through atomic.Int64
	var wg sync.WaitGroup
	again := start(o.provider)
	answer = visit(t, o.company, again.Address, "j1")
	for range 8 {
		wg.Go(func() {
			if finish("interfacing", again.Cookie, answer) == nil {
				through.Add(1)
			}
		})
	}
	wg.Wait()
	if through.Load() != 1 {
		t.Errorf("one answer was taken %d times", through.Load())
	}
	late := start(o.provider)
	answer = visit(t, o.company, late.Address, "j1")
	o.later(desk.SignOnLife)
	refused(t, "too late", finish("interfacing", late.Cookie, answer), "sign_on_refused")
	refusedThere := start(o.provider)
	refused(t, "refused there", finish("interfacing", refusedThere.Cookie, identity.SignOnAnswer{Error: "access_denied", State: "x"}), "sign_on_refused")
	// What came without a try of ours, or answered another, is nobody's to keep.
	if n := o.refusals(t) - before; n != 1+1+7 {
		t.Errorf("%d refusals are audited", n)
	}
	if n := o.count(t, `select count(*) from audit where data::text like '%client secret%' or data::text like '%' || $1 || '%'`, answer.Code); n != 0 {
		t.Errorf("%d audit entries hold a secret", n)
	}
	if strings.Contains(late.Cookie, o.provider.String()) || strings.Contains(late.Address, "client+secret") {
		t.Error("what is to be kept from others can be read")
	}
}

// TestSignOnLinking (B3): an account is linked by an invitation, once, or from
// one's own account after password and code; never to two people.
func TestSignOnLinking(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"n1": "x@y.example", "n2": "x@y.example", "j1": "x@y.example"})
	s, other := &seat{ip: "198.51.100.7", agent: firefox}, &seat{ip: "203.0.113.1"}
	organization := o.mustEnter(t, other, super, stack.Password).Caller.Person.OrganizationID
	invite := func(email string) string {
		t.Helper()
		v, err := o.Store.VendorBySlug(t.Context(), "interfacing")
		if err != nil {
			t.Fatal(err)
		}
		p, err := o.Desk.AddPerson(t.Context(), v, desk.PersonInput{OrganizationID: organization, Name: "Nina", Email: email, Authorized: true})
		if err != nil {
			t.Fatal(err)
		}
		secret, hash, err := identity.NewBearer(identity.Link, "interfacing")
		if err != nil {
			t.Fatal(err)
		}
		o.execute(t, `insert into one_time_links (id, vendor_id, purpose, person_id, secret_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			uuid.New(), v.ID, desk.LinkInvitation, p.ID, hash, o.now(), o.now().Add(desk.InvitationLife))
		return secret
	}
	link := invite("nina@interfacing.example")
	end, err := o.signOn(t, s, "n1", link)
	if err != nil || end.Session.Kind != desk.SessionFull || end.Session.Caller.Person.Email != "nina@interfacing.example" || end.Session.DeviceSecret == "" {
		t.Fatalf("invited: %+v, %v", end, err)
	}
	_, err = o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, link)
	refused(t, "the invitation again", err, "link_used")
	_, err = o.Desk.ChoosePassword(s.ctx(t), link, chosen)
	refused(t, "a password with it", err, "link_used")
	end, err = o.signOn(t, other, "n1", "")
	if err != nil || end.Session.Caller.Person.Email != "nina@interfacing.example" {
		t.Errorf("later: %+v, %v", end, err)
	}
	_, err = o.signOn(t, s, "n1", invite("nora@interfacing.example"))
	refused(t, "an account that is Nina's", err, "sign_on_taken")
	reset := o.mailReset(t, s, jeanne)
	_, err = o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, reset)
	refused(t, "by a link to choose a password", err, "link_unknown")

	session := o.mustEnter(t, s, jeanne, stack.Password)
	ctx := o.as(t, s, session.Secret)
	_, err = o.Desk.LinkSignOn(ctx, o.provider, wrong, "")
	refused(t, "with a wrong password", err, "password: password_wrong")
	start, err := o.Desk.LinkSignOn(ctx, o.provider, stack.Password, "")
	refused(t, "begin to link", err, "")
	answer := visit(t, o.company, start.Address, "j1")
	_, err = o.Desk.FinishSignOn(s.ctx(t), "interfacing", start.Cookie, answer)
	refused(t, "signed out meanwhile", err, "sign_on_refused")
	for what, as := range map[string]desk.Session{"another session": o.mustEnter(t, s, jeanne, stack.Password), "somebody else": o.mustEnter(t, other, super, stack.Password)} {
		start, err = o.Desk.LinkSignOn(ctx, o.provider, stack.Password, "")
		refused(t, "begin to link", err, "")
		_, err = o.Desk.FinishSignOn(o.as(t, s, as.Secret), "interfacing", start.Cookie, visit(t, o.company, start.Address, "j1"))
		refused(t, what, err, "sign_on_refused")
	}
	if n := o.count(t, `select count(*) from oidc_accounts`); n != 1 {
		t.Errorf("%d accounts are linked", n)
	}
	o.link(t, s, jeanne, "j1")
	if got := o.notices(t, mail.SignOnLinked, jeanne); len(got) != 1 || got[0].Text != "Northern Utilities" {
		t.Errorf("told of it: %+v", got)
	}
	if list, err := o.Desk.OwnSignOns(ctx); err != nil || len(list) != 1 || !list[0].Linked {
		t.Errorf("linked: %+v, %v", list, err)
	}
	refused(t, "unlink", o.Desk.UnlinkSignOn(ctx, o.provider), "")
	refused(t, "unlink again", o.Desk.UnlinkSignOn(ctx, o.provider), "not_found")
	_, err = o.signOn(t, s, "j1", "")
	refused(t, "after that", err, "sign_on_unknown")
}

// TestSignOnKeepsTheSecondFactor: who has a second factor here is asked for it,
// also by a company's sign-on, and before they link one.
func TestSignOnKeepsTheSecondFactor(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"j1": "x@y.example"})
	s := &seat{ip: "198.51.100.7"}
	f, _, session := o.withFactor(t, s, jeanne)
	o.later(30 * time.Second)
	ctx := o.as(t, s, session.Secret)
	_, err := o.Desk.LinkSignOn(ctx, o.provider, stack.Password, "")
	refused(t, "link without a code", err, "code: code_needed")
	start, err := o.Desk.LinkSignOn(ctx, o.provider, stack.Password, f.code(t, o.now()))
	refused(t, "link with a code", err, "")
	_, err = o.Desk.FinishSignOn(ctx, "interfacing", start.Cookie, visit(t, o.company, start.Address, "j1"))
	refused(t, "linked", err, "")
	o.later(30 * time.Second)
	end, err := o.signOn(t, s, "j1", "")
	if err != nil || end.Session.Kind != desk.SessionHalf {
		t.Fatalf("signed on: %+v, %v", end, err)
	}
	whole, err := o.secondStep(t, s, end.Session, f.code(t, o.now()))
	if err != nil || whole.Kind != desk.SessionFull {
		t.Errorf("second step: %+v, %v", whole, err)
	}
	if n := o.count(t, `select count(*) from bearers where proof = 'oidc' and kind = 'session'`); n != 1 {
		t.Errorf("%d sessions by sign-on", n)
	}
}
