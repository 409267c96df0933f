package desk

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Caller is who asks: a person of a vendor, signed in.
type Caller struct {
	Vendor store.Vendor
	Person store.Person
	Bearer uuid.UUID // the session or token they came with
	// Half: the second step of their sign-in is still to come. They reach it,
	// and signing out, alone.
	Half     bool
	Token    bool // they came with an API token, not a session
	ReadOnly bool // their token may read, and nothing else

	link      bool // they came with the link of a mail, and decide on its quote alone
	tracker   bool // they are the outside tracker, in somebody's name: they move dev tickets alone
	unchecked bool // Desk.Unchecked
}

// Staff says whether the caller works for the vendor.
func (c Caller) Staff() bool { return c.Person.OrganizationID == nil }

// inside says whether the caller sees what staff alone see.
func (c Caller) inside() bool { return c.Staff() || c.unchecked }

// Actor is the caller as the domain knows them.
func (c Caller) Actor() ticket.Actor {
	side := ticket.Customer
	if c.Staff() {
		side = ticket.Staff
	}
	return ticket.Actor{ID: c.Person.ID.String(), Side: side}
}

type callerKey struct{}

// WithCaller says who asks.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom is who asks; false when nobody is signed in.
func CallerFrom(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}

// someone is the caller; Unauthenticated when nobody is signed in, or the
// second step is still to come.
func (d *Desk) someone(ctx context.Context) (Caller, error) {
	c, ok := CallerFrom(ctx)
	if !ok {
		return c, problem.New(problem.Unauthenticated, "sign_in_first", nil)
	}
	return c, c.Ready("")
}

// Ready refuses, Unauthenticated, whoever has the second step of their sign-in
// still to come, but for the operations that are theirs then. Every method
// asks; the edges may ask before they look at the rest of a request.
func (c Caller) Ready(op Operation) error {
	if c.Half && op != OpSecondStep && op != OpSignOut {
		return problem.New(problem.Unauthenticated, "second_factor_needed", nil)
	}
	return nil
}

// caller is the caller, if the operation is theirs to ask for at all.
func (d *Desk) caller(ctx context.Context, op Operation) (Caller, error) {
	c, err := d.someone(ctx)
	if err != nil {
		return c, err
	}
	return c, c.allow(op)
}

// present is the caller of an operation on their own access: it takes a
// session, since a token is a program's.
func (d *Desk) present(ctx context.Context, op Operation) (Caller, error) {
	c, err := d.caller(ctx, op)
	if err == nil && c.Token {
		err = problem.New(problem.Forbidden, "session_needed", nil)
	}
	return c, err
}

// SignIn starts a session by vendor, mail address and password, and the second
// factor's code (or a recovery code) if the person has one. A wrong vendor,
// address, password or code and a person without password or no longer active
// are the same Unauthenticated, at the same cost; only once the password is
// right, a code that is missing is asked for. RateLimited after too many
// failures, whether the account exists or not. A person who has signed in
// before is told by mail of a sign-in from a network that is new.
func (d *Desk) SignIn(ctx context.Context, vendorSlug, email, password, code string) (Session, error) {
	v, person, a, err := d.prove(ctx, vendorSlug, email, password)
	if err != nil {
		return Session{}, err
	}
	if person.SecondFactor && code == "" {
		return Session{}, problem.New(problem.Unauthenticated, "second_factor_needed", nil)
	}
	s, err := d.openSession(ctx, v, person, code, opening{proof: "password", attempt: a})
	if problem.CodeOf(err) == problem.Unprocessable { // the code
		return Session{}, refusedSignIn()
	}
	return s, err
}

// SignInPage is SignIn in a browser, in two steps: a person with a second
// factor gets a half session, which reaches SecondStep and SignOut alone. The
// browser is known from then on by the session's DeviceSecret; a sign-in with
// one that is new is told of by mail.
func (d *Desk) SignInPage(ctx context.Context, vendorSlug, email, password string) (Session, error) {
	v, person, a, err := d.prove(ctx, vendorSlug, email, password)
	if err != nil {
		return Session{}, err
	}
	return d.openPage(ctx, v, person, opening{proof: "password", page: true, attempt: a})
}

// openPage opens a browser's session, or the half one before its second step.
func (d *Desk) openPage(ctx context.Context, v store.Vendor, person store.Person, o opening) (Session, error) {
	if person.SecondFactor {
		return d.openHalf(ctx, v, person, o.proof)
	}
	return d.openSession(ctx, v, person, "", o)
}

// SecondStep makes a session of a half one by the second factor's code or a
// recovery code. The half session ends, and the session has a secret of its
// own. Unprocessable for a wrong code, RateLimited after too many of the
// person's, from wherever they came.
func (d *Desk) SecondStep(ctx context.Context, code string) (Session, error) {
	c, ok := CallerFrom(ctx)
	if !ok || !c.Half {
		return Session{}, problem.New(problem.Unauthenticated, "sign_in_first", nil)
	}
	if err := c.allow(OpSecondStep); err != nil {
		return Session{}, err
	}
	a := attempt{vendor: c.Vendor.Slug, email: strings.ToLower(c.Person.Email), network: OriginFrom(ctx).Network()}
	return d.openSession(ctx, c.Vendor, c.Person, code, opening{page: true, half: c.Bearer, attempt: a})
}

func refusedSignIn() error { return problem.New(problem.Unauthenticated, "sign_in_failed", nil) }

// prove finds the person whose password it is. Every refusal is the same, at
// the same cost.
func (d *Desk) prove(ctx context.Context, vendorSlug, email, password string) (v store.Vendor, person store.Person, a attempt, err error) {
	a = attempt{vendor: clean(vendorSlug), email: strings.ToLower(canonical(email)), network: OriginFrom(ctx).Network()}
	v, err = d.Store.VendorBySlug(ctx, a.vendor)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return v, person, a, err
	}
	if err == nil {
		err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
			person, err = tx.PersonByEmail(ctx, canonical(email))
			if err != nil && problem.CodeOf(err) != problem.NotFound {
				return err
			}
			a.device, err = d.knownDevice(ctx, tx, person.ID)
			return err
		})
		if err != nil {
			return v, person, a, err
		}
	}
	if err := d.admit(ctx, a, v, person.ID); err != nil {
		return v, person, a, err
	}
	right, err := identity.CheckPassword(ctx, person.PasswordHash, password)
	if err != nil {
		return v, person, a, problem.NotKnownYet(err)
	}
	if !right || !person.Active {
		return v, person, a, refusedSignIn()
	}
	return v, person, a, d.excuse(ctx, a)
}

// Authenticate finds the caller behind a session or token secret, with the
// rights they have now. Unauthenticated for anything else.
func (d *Desk) Authenticate(ctx context.Context, secret string) (Caller, error) {
	refused := problem.New(problem.Unauthenticated, "bearer_unknown", nil)
	_, slug, hash, err := identity.ParseBearer(secret)
	if err != nil {
		return Caller{}, refused
	}
	c := Caller{unchecked: d.Unchecked}
	if c.Vendor, err = d.Store.VendorBySlug(ctx, slug); err == nil {
		err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
			signedIn, err := tx.SignedIn(ctx, hash, d.Now())
			if err != nil {
				return err
			}
			c.Person, c.Bearer = signedIn.Person, signedIn.Bearer.ID
			c.Half, c.Token, c.ReadOnly = signedIn.Bearer.Kind == "half", signedIn.Bearer.Kind == "token", signedIn.Bearer.Scope == "read"
			return tx.TouchBearer(ctx, signedIn.Bearer, d.Now())
		})
	}
	if problem.CodeOf(err) == problem.NotFound {
		return Caller{}, refused
	}
	return c, err
}

// SignOut ends the caller's session, token or half session; repeating it
// changes nothing.
func (d *Desk) SignOut(ctx context.Context) error {
	c, ok := CallerFrom(ctx)
	if !ok {
		return problem.New(problem.Unauthenticated, "sign_in_first", nil)
	}
	if err := c.allow(OpSignOut); err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := tx.RevokeBearer(ctx, c.Bearer, d.Now()); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "signed_out", "session", c.Bearer, nil)
	})
}

// Me is the caller.
func (d *Desk) Me(ctx context.Context) (Caller, error) { return d.caller(ctx, OpGetMe) }

// Vendor is the caller's vendor, whose choices a request is made of.
func (d *Desk) Vendor(ctx context.Context) (Caller, error) { return d.caller(ctx, OpGetVendor) }

// Roles are the caller's, as the table of permissions knows them.
func (c Caller) Roles() []string {
	roles := []string{}
	all := slices.Concat([]Role{RoleContact, RoleSuperUser, RolePartner}, ContactRoles[1:], StaffRoles)
	for _, role := range all {
		if c.holds(role) {
			roles = append(roles, string(role))
		}
	}
	return roles
}
