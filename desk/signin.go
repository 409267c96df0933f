package desk

import (
	"context"
	"slices"
	"time"

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
}

// Staff says whether the caller works for the vendor.
func (c Caller) Staff() bool { return c.Person.OrganizationID == nil }

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

// someone is the caller; Unauthenticated when nobody is signed in.
func (d *Desk) someone(ctx context.Context) (Caller, error) {
	c, ok := CallerFrom(ctx)
	if !ok {
		return c, problem.New(problem.Unauthenticated, "sign_in_first", nil)
	}
	return c, nil
}

// caller is the caller, if the operation is theirs to ask for at all.
func (d *Desk) caller(ctx context.Context, op Operation) (Caller, error) {
	c, err := d.someone(ctx)
	if err != nil {
		return c, err
	}
	return c, c.allow(op)
}

// SessionLife is how long a session lasts.
const SessionLife = 12 * time.Hour

// Session is a sign-in's result. Secret is shown once.
type Session struct {
	Secret    string
	ExpiresAt time.Time
	Caller    Caller
}

// SignIn starts a session by vendor, mail address and password. A wrong
// vendor, address or password and a person without password or no longer
// active are the same Unauthenticated, at the same cost.
func (d *Desk) SignIn(ctx context.Context, vendorSlug, email, password string) (Session, error) {
	refused := problem.New(problem.Unauthenticated, "sign_in_failed", nil)
	vendor, err := d.Store.VendorBySlug(ctx, clean(vendorSlug))
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return Session{}, err
	}
	var person store.Person
	if err == nil {
		err = d.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
			person, err = tx.PersonByEmail(ctx, canonical(email))
			return err
		})
		if err != nil && problem.CodeOf(err) != problem.NotFound {
			return Session{}, err
		}
	}
	right, err := identity.CheckPassword(ctx, person.PasswordHash, password)
	if err != nil {
		return Session{}, problem.NotKnownYet(err)
	}
	if !right || !person.Active {
		return Session{}, refused
	}
	return d.openSession(ctx, vendor, person)
}

func (d *Desk) openSession(ctx context.Context, vendor store.Vendor, person store.Person) (Session, error) {
	secret, hash, err := identity.NewBearer(identity.Session, vendor.Slug)
	if err != nil {
		return Session{}, err
	}
	now := d.Now()
	b := store.Bearer{ID: store.NewID(), PersonID: person.ID, Kind: "session", Hash: hash, CreatedAt: now, ExpiresAt: now.Add(SessionLife)}
	err = d.Store.In(ctx, vendor.ID, func(tx *store.Tx) error { return tx.InsertBearer(ctx, b) })
	return Session{Secret: secret, ExpiresAt: b.ExpiresAt, Caller: Caller{Vendor: vendor, Person: person, Bearer: b.ID}}, err
}

// Authenticate finds the caller behind a session or token secret, with the
// rights they have now. Unauthenticated for anything else.
func (d *Desk) Authenticate(ctx context.Context, secret string) (Caller, error) {
	refused := problem.New(problem.Unauthenticated, "bearer_unknown", nil)
	_, slug, hash, err := identity.ParseBearer(secret)
	if err != nil {
		return Caller{}, refused
	}
	c := Caller{}
	if c.Vendor, err = d.Store.VendorBySlug(ctx, slug); err == nil {
		err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
			signedIn, err := tx.SignedIn(ctx, hash, d.Now())
			c.Person, c.Bearer = signedIn.Person, signedIn.Bearer
			return err
		})
	}
	if problem.CodeOf(err) == problem.NotFound {
		return Caller{}, refused
	}
	return c, err
}

// SignOut ends the caller's session; repeating it changes nothing.
func (d *Desk) SignOut(ctx context.Context) error {
	c, err := d.caller(ctx, OpSignOut)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error { return tx.RevokeBearer(ctx, c.Bearer, d.Now()) })
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
