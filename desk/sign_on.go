package desk

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

const (
	// SignOnLife is how long somebody may take at a provider.
	SignOnLife = 10 * time.Minute
	// signOnsNetwork is how many sign-ons of one network are begun, or ended, in
	// failuresWindow: each makes us call a provider.
	signOnsNetwork = 100
)

// SignOnChoice is a company's sign-on as the sign-in page offers it.
type SignOnChoice struct {
	ID     uuid.UUID
	Name   string
	Linked bool // to the caller, where somebody is signed in
}

// SignOns are the companies' sign-ons a vendor offers, by name. They ask for
// no caller.
func (d *Desk) SignOns(ctx context.Context, vendorSlug string) ([]SignOnChoice, error) {
	v, err := d.Store.VendorBySlug(ctx, clean(vendorSlug))
	if err != nil || d.Seal == nil {
		return nil, err
	}
	return d.choices(ctx, v, uuid.Nil)
}

// OwnSignOns are the same for the caller, who sees which are linked to them.
func (d *Desk) OwnSignOns(ctx context.Context) ([]SignOnChoice, error) {
	c, err := d.caller(ctx, OpListOwnSignOns)
	if err != nil || d.Seal == nil {
		return nil, err
	}
	return d.choices(ctx, c.Vendor, c.Person.ID)
}

func (d *Desk) choices(ctx context.Context, v store.Vendor, person uuid.UUID) (list []SignOnChoice, err error) {
	return list, d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		providers, err := tx.Providers(ctx, true)
		if err != nil {
			return err
		}
		issuers, err := tx.SignOnIssuers(ctx, person)
		for _, p := range providers {
			list = append(list, SignOnChoice{ID: p.ID, Name: p.Name, Linked: slices.Contains(issuers, p.Issuer)})
		}
		return err
	})
}

// SignOnAnswer is what a browser brings back from a company's sign-on.
type SignOnAnswer = identity.SignOnAnswer

// SignOnStart is where a browser goes to sign on, and the cookie it ends it
// with: nobody can read it, and it is worth nothing to another browser.
type SignOnStart struct {
	Address   string
	Cookie    string
	ExpiresAt time.Time
}

// signOnTry is what the cookie holds.
type signOnTry struct {
	identity.SignOnTry
	Provider uuid.UUID
	Until    time.Time
	Link     string    // secret of the invitation it began with
	Person   uuid.UUID // who links it to their account, with this session
	Bearer   uuid.UUID
}

func signOnPurpose(v store.Vendor) string { return "sign-on try/" + v.ID.String() }

// StartSignOn begins to sign on with a company. link is the secret of an
// invitation, whose person the company's account will be; "" to sign in with
// one that is linked already. NotFound for a provider that is not in use,
// Unavailable when it does not answer.
func (d *Desk) StartSignOn(ctx context.Context, vendorSlug string, provider uuid.UUID, link string) (s SignOnStart, err error) {
	v, err := d.Store.VendorBySlug(ctx, clean(vendorSlug))
	if err != nil {
		return s, err
	}
	if link != "" {
		err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
			_, err := d.findLink(ctx, tx, link, LinkInvitation)
			return err
		})
		if err != nil {
			return s, err
		}
	}
	return d.beginSignOn(ctx, v, provider, signOnTry{Link: link})
}

// LinkSignOn begins to link a company's account to the caller's, who gives
// their password again, and the second factor's code if they have one.
func (d *Desk) LinkSignOn(ctx context.Context, provider uuid.UUID, password, code string) (s SignOnStart, err error) {
	c, err := d.present(ctx, OpLinkSignOn)
	if err != nil {
		return s, err
	}
	if err := d.again(ctx, c, "password", password); err != nil {
		return s, err
	}
	if err := d.withCode(ctx, c.Vendor, c.Person, code, func(*store.Tx) error { return nil }); err != nil {
		return s, err
	}
	return d.beginSignOn(ctx, c.Vendor, provider, signOnTry{Person: c.Person.ID, Bearer: c.Bearer})
}

func (d *Desk) beginSignOn(ctx context.Context, v store.Vendor, provider uuid.UUID, try signOnTry) (s SignOnStart, err error) {
	if err := d.throttle(ctx, bucket("sign-on/start", OriginFrom(ctx).Network()), signOnsNetwork, failuresWindow); err != nil {
		return s, err
	}
	client, err := d.signOnClient(ctx, v, provider)
	if err != nil {
		return s, err
	}
	try.Provider, try.Until = provider, d.Now().Add(SignOnLife)
	if s.Address, try.SignOnTry, err = d.SignOn.Begin(ctx, client); err != nil {
		return s, signOnAway(err)
	}
	raw, err := json.Marshal(try)
	if err != nil {
		return s, err
	}
	s.ExpiresAt = try.Until
	s.Cookie = base64.RawURLEncoding.EncodeToString(d.Seal.Seal(raw, signOnPurpose(v)))
	return s, nil
}

// signOnClient is how a provider in use knows the vendor.
func (d *Desk) signOnClient(ctx context.Context, v store.Vendor, provider uuid.UUID) (client identity.Client, err error) {
	var p store.Provider
	err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		if p, err = tx.Provider(ctx, provider); err == nil && !p.Active {
			err = problem.Missing()
		}
		return err
	})
	if err != nil {
		return client, err
	}
	return d.client(v, p)
}

func signOnAway(err error) error {
	e := problem.New(problem.Unavailable, "sign_on_away", nil)
	e.RetryAfter, e.Cause = time.Minute, err
	return e
}

// SignOnEnd is what came of a sign-on: a session, half where the person has a
// second factor here, or, for who was signed in, an account that is linked.
type SignOnEnd struct {
	Session Session
	Linked  bool
}

// FinishSignOn ends what StartSignOn or LinkSignOn began, in the browser that
// has the cookie. Whoever it is for is known by issuer and subject alone: an
// address in the answer links nothing. Unauthenticated when the answer proves
// nobody, or somebody nobody here is linked with; each refusal of an answer to
// a try of ours is audited. A cookie works once; what comes without one, or
// answers another try, changes nothing: any page may send a browser here.
func (d *Desk) FinishSignOn(ctx context.Context, vendorSlug, cookie string, answer SignOnAnswer) (end SignOnEnd, err error) {
	v, err := d.Store.VendorBySlug(ctx, clean(vendorSlug))
	if err != nil {
		return end, err
	}
	try, err := d.openTry(v, cookie)
	if err == nil && subtle.ConstantTimeCompare([]byte(answer.State), []byte(try.State)) != 1 {
		err = errors.New("it answers another try")
	}
	if err != nil {
		e := problem.New(problem.Unauthenticated, "sign_on_refused", nil)
		e.Cause = err
		return end, e
	}
	if err := d.useTry(ctx, v, try); err != nil {
		return end, err
	}
	client, err := d.signOnClient(ctx, v, try.Provider)
	if err != nil {
		return end, err
	}
	subject, err := d.SignOn.Finish(ctx, client, try.SignOnTry, answer, d.Now())
	switch {
	case errors.Is(err, identity.ErrSignOnRefused):
		return end, d.refuseSignOn(ctx, v, try.Provider, "sign_on_refused", err)
	case err != nil:
		return end, signOnAway(err)
	}
	switch {
	case try.Person != uuid.Nil:
		err = d.linkOwn(ctx, v, try, client.Issuer, subject)
		end.Linked = err == nil
	case try.Link != "":
		end.Session, err = d.signOnInvited(ctx, v, try, client.Issuer, subject)
	default:
		end.Session, err = d.signOnKnown(ctx, v, try, client.Issuer, subject)
	}
	if e, ok := problem.As(err); ok && (e.Code == problem.Conflict || e.Code == problem.NotFound) {
		return end, errors.Join(err, d.auditRefusal(ctx, v, try.Provider, e))
	}
	return end, err
}

// openTry is what the cookie holds; an error for one that is not ours or too
// old.
func (d *Desk) openTry(v store.Vendor, cookie string) (try signOnTry, err error) {
	seal, err := d.sealer()
	if err != nil {
		return try, err
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	if err != nil {
		return try, err
	}
	raw, err := seal.Open(sealed, signOnPurpose(v))
	if err != nil {
		return try, err
	}
	if err := json.Unmarshal(raw, &try); err != nil {
		return try, err
	}
	if !try.Until.After(d.Now()) {
		return try, errors.New("the try is too old")
	}
	return try, nil
}

// useTry uses a try up, before its provider is called: once, and not too often
// from one network.
func (d *Desk) useTry(ctx context.Context, v store.Vendor, try signOnTry) error {
	if err := d.throttle(ctx, bucket("sign-on/finish", OriginFrom(ctx).Network()), signOnsNetwork, failuresWindow); err != nil {
		return err
	}
	first, _, err := d.Store.Throttle(ctx, bucket("sign-on/try", try.State), 1, SignOnLife, d.Now())
	if err == nil && !first {
		err = d.refuseSignOn(ctx, v, try.Provider, "sign_on_refused", errors.New("the try was ended before"))
	}
	return err
}

// refuseSignOn keeps why in the audit, and tells no more than that it is
// refused.
func (d *Desk) refuseSignOn(ctx context.Context, v store.Vendor, provider uuid.UUID, key string, cause error) error {
	if problem.CodeOf(cause) == problem.Unavailable {
		return cause
	}
	if err := d.auditRefusal(ctx, v, provider, cause); err != nil {
		return err
	}
	e := problem.New(problem.Unauthenticated, key, nil)
	e.Cause = cause
	return e
}

func (d *Desk) auditRefusal(ctx context.Context, v store.Vendor, provider uuid.UUID, cause error) error {
	return d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		return d.audit(ctx, tx, Caller{Vendor: v}, "sign_on_refused", "provider", provider, map[string]any{"why": cause.Error()})
	})
}

// signOnKnown signs in whoever the account is linked to.
func (d *Desk) signOnKnown(ctx context.Context, v store.Vendor, try signOnTry, issuer, subject string) (s Session, err error) {
	var person store.Person
	err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		person, err = tx.SignOnPerson(ctx, issuer, subject)
		return err
	})
	if problem.CodeOf(err) == problem.NotFound || err == nil && !person.Active {
		return s, d.refuseSignOn(ctx, v, try.Provider, "sign_on_unknown", errors.New("nobody active is linked with the account"))
	}
	if err != nil {
		return s, err
	}
	return d.openPage(ctx, v, person, opening{proof: "oidc", page: true})
}

// signOnInvited links the account to whom the invitation is for, and signs
// them in.
func (d *Desk) signOnInvited(ctx context.Context, v store.Vendor, try signOnTry, issuer, subject string) (s Session, err error) {
	var person store.Person
	err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		var l store.Link
		if l, person, err = d.personalLink(ctx, tx, try.Link); err != nil {
			return err
		}
		if l.Purpose != LinkInvitation {
			return unknownLink()
		}
		if err := tx.UseLink(ctx, l.ID, d.Now()); err != nil {
			return err
		}
		return d.linkAccount(ctx, tx, Caller{Vendor: v, Person: person}, try.Provider, issuer, subject)
	})
	if err != nil {
		return s, err
	}
	return d.openPage(ctx, v, person, opening{proof: "oidc", page: true})
}

// linkOwn links the account to the caller's, if they are the one who began it
// with the session they have.
func (d *Desk) linkOwn(ctx context.Context, v store.Vendor, try signOnTry, issuer, subject string) error {
	c, err := d.present(ctx, OpLinkSignOn)
	if err != nil || c.Vendor.ID != v.ID || c.Person.ID != try.Person || c.Bearer != try.Bearer {
		return d.refuseSignOn(ctx, v, try.Provider, "sign_on_refused", errors.New("another session than it began with"))
	}
	return d.Store.In(ctx, v.ID, func(tx *store.Tx) error { return d.linkAccount(ctx, tx, c, try.Provider, issuer, subject) })
}

func (d *Desk) linkAccount(ctx context.Context, tx *store.Tx, c Caller, provider uuid.UUID, issuer, subject string) error {
	if err := tx.LinkSignOn(ctx, issuer, subject, c.Person.ID, d.Now()); err != nil {
		return err
	}
	p, err := tx.Provider(ctx, provider)
	if err != nil {
		return err
	}
	if err := d.audit(ctx, tx, c, "sign_on_linked", "person", c.Person.ID, map[string]any{"provider": provider, "issuer": issuer}); err != nil {
		return err
	}
	return d.tellOfAccess(ctx, tx, c.Vendor, c.Person, mail.SignOnLinked, store.NewID().String(), func(n *mail.Notice) { n.Text = p.Name })
}

// UnlinkSignOn takes the accounts of a company's sign-on from the caller's;
// NotFound when there are none.
func (d *Desk) UnlinkSignOn(ctx context.Context, provider uuid.UUID) error {
	c, err := d.present(ctx, OpUnlinkSignOn)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		p, err := tx.Provider(ctx, provider)
		if err != nil {
			return err
		}
		if err := tx.UnlinkSignOn(ctx, p.Issuer, c.Person.ID); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "sign_on_unlinked", "person", c.Person.ID, map[string]any{"provider": provider, "issuer": p.Issuer})
	})
}
