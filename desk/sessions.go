package desk

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// How long sessions last. A half one waits for its second step.
const (
	SessionLife = 12 * time.Hour
	HalfLife    = 10 * time.Minute
)

// The kinds of a session.
const (
	SessionFull = "session"
	SessionHalf = "half"
)

// Session is a sign-in's result. Secret is shown once.
type Session struct {
	Kind      string // SessionFull or SessionHalf
	Secret    string
	ExpiresAt time.Time
	Caller    Caller
	// DeviceSecret is what the browser's cookie is to be set to, for
	// DeviceLife; "" when it is known already, or is no browser.
	DeviceSecret string
}

// opening is how a session comes to be.
type opening struct {
	proof   string    // password or oidc; a half session has its own
	page    bool      // in a browser
	half    uuid.UUID // half session that ends with it; uuid.Nil: none
	attempt attempt   // whose failures are forgotten
}

// newSession keeps a new session and its audit entry.
func (d *Desk) newSession(ctx context.Context, tx *store.Tx, v store.Vendor, person store.Person, kind, proof string) (Session, error) {
	secret, hash, err := identity.NewBearer(identity.Session, v.Slug)
	if err != nil {
		return Session{}, err
	}
	life := SessionLife
	if kind == SessionHalf {
		life = HalfLife
	}
	from, now := OriginFrom(ctx), d.Now()
	b := store.Bearer{
		ID: store.NewID(), PersonID: person.ID, Kind: kind, Hash: hash, Scope: ScopeAll, Proof: proof, IP: from.Address(), UserAgent: from.UserAgent,
		CreatedAt: now, ExpiresAt: now.Add(life),
	}
	c := Caller{Vendor: v, Person: person, Bearer: b.ID, Half: kind == SessionHalf}
	if err := tx.InsertBearer(ctx, b); err != nil {
		return Session{}, err
	}
	s := Session{Kind: kind, Secret: secret, ExpiresAt: b.ExpiresAt, Caller: c}
	return s, d.audit(ctx, tx, c, "signed_in", "session", b.ID, map[string]any{"kind": kind, "proof": proof})
}

func (d *Desk) openHalf(ctx context.Context, v store.Vendor, person store.Person, proof string) (s Session, err error) {
	return s, d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		s, err = d.newSession(ctx, tx, v, person, SessionHalf, proof)
		return err
	})
}

// openSession opens a session for a person who has proven themself, but for
// the second factor, whose code is looked at here. Their failures at this
// place are forgotten.
func (d *Desk) openSession(ctx context.Context, v store.Vendor, person store.Person, code string, o opening) (s Session, err error) {
	err = d.withCode(ctx, v, person, code, func(tx *store.Tx) error {
		if o.half != uuid.Nil {
			if o.proof, err = tx.EndHalf(ctx, o.half, d.Now()); err != nil {
				return err
			}
		}
		o.attempt.device, err = d.knownDevice(ctx, tx, person.ID)
		if err != nil {
			return err
		}
		if err := d.tellOfSignIn(ctx, tx, v, person, o); err != nil {
			return err
		}
		if s, err = d.newSession(ctx, tx, v, person, SessionFull, o.proof); err != nil || !o.page {
			return err
		}
		if o.attempt.device != uuid.Nil {
			return tx.TouchDevice(ctx, o.attempt.device, OriginFrom(ctx).UserAgent, d.Now())
		}
		s.DeviceSecret, err = d.rememberDevice(ctx, tx, v, person.ID)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	return s, afterwards(d.Store.ForgetThrottle(ctx, o.attempt.here()))
}

// tellOfSignIn tells a person who has signed in before of a sign-in with a
// browser, or by a program from a network, that is new.
func (d *Desk) tellOfSignIn(ctx context.Context, tx *store.Tx, v store.Vendor, person store.Person, o opening) error {
	if o.attempt.device != uuid.Nil {
		return nil
	}
	if before, err := tx.HasSignedIn(ctx, person.ID); err != nil || !before {
		return err
	}
	if !o.page {
		known, err := tx.HasSignedInFrom(ctx, person.ID, OriginFrom(ctx).Network(), d.Now().Add(-knownFor))
		if err != nil || known {
			return err
		}
	}
	return d.tellOfAccess(ctx, tx, v, person, mail.SignIn, store.NewID().String(), nil)
}

// tellOfAccess tells a person what happened to their own access, when, from
// where, and where they can undo it.
func (d *Desk) tellOfAccess(ctx context.Context, tx *store.Tx, v store.Vendor, person store.Person, kind mail.Kind, event string, fill func(*mail.Notice)) error {
	return notice.Account(ctx, tx, v, kind, event, person, d.Now(), func(n *mail.Notice) {
		from := OriginFrom(ctx)
		n.IP = from.IP
		n.Browser, n.System = identity.Browser(from.UserAgent)
		if v.Portal != "" {
			n.URL = v.Portal + "/account"
		}
		if fill != nil {
			fill(n)
		}
	})
}

// Bearers are the caller's own live sessions and tokens, newest first.
func (d *Desk) Bearers(ctx context.Context) (list []store.Bearer, err error) {
	c, err := d.caller(ctx, OpListBearers)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.Bearers(ctx, c.Person.ID, d.Now())
		return err
	})
}

// Browser is a browser and its system in words, from what a session or token
// was opened with; "" for what is not known.
func Browser(userAgent string) (name, system string) { return identity.Browser(userAgent) }

// Revoke ends one of the caller's own sessions or tokens at once; NotFound for
// anybody else's, and for one that has ended.
func (d *Desk) Revoke(ctx context.Context, id uuid.UUID) error {
	c, err := d.caller(ctx, OpRevokeBearer)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		b, err := tx.RevokeOwn(ctx, c.Person.ID, id, d.Now())
		if err != nil {
			return err
		}
		return d.audit(ctx, tx, c, b.Kind+"_ended", b.Kind, id, map[string]any{"name": b.Name})
	})
}

// RevokeOthers ends all of the caller's sessions but the one they ask with.
// Tokens go on.
func (d *Desk) RevokeOthers(ctx context.Context) error {
	c, err := d.present(ctx, OpRevokeOthers)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := tx.EndSessions(ctx, c.Person.ID, c.Bearer, d.Now()); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "other_sessions_ended", "person", c.Person.ID, nil)
	})
}

// renewSession ends all of the caller's sessions and opens one with a new
// secret in place of theirs: what somebody else may know is worth nothing.
func (d *Desk) renewSession(ctx context.Context, tx *store.Tx, c Caller) (Session, error) {
	if err := tx.EndSessions(ctx, c.Person.ID, uuid.Nil, d.Now()); err != nil {
		return Session{}, err
	}
	person, err := tx.Person(ctx, c.Person.ID) // as they are now
	if err != nil {
		return Session{}, err
	}
	return d.newSession(ctx, tx, c.Vendor, person, SessionFull, "password")
}

// EndContactSessions ends all sessions and tokens of a contact, and makes
// their browsers new ones.
func (d *Desk) EndContactSessions(ctx context.Context, contact uuid.UUID) error {
	return d.endSessions(ctx, OpEndContactSessions, contact, false)
}

// EndStaffSessions is EndContactSessions for a member of staff.
func (d *Desk) EndStaffSessions(ctx context.Context, member uuid.UUID) error {
	return d.endSessions(ctx, OpEndStaffSessions, member, true)
}

func (d *Desk) endSessions(ctx context.Context, op Operation, id uuid.UUID, staff bool) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		person, err := tx.Person(ctx, id)
		if err != nil {
			return err
		}
		if (person.OrganizationID == nil) != staff || staff && !c.inside() {
			return problem.Missing()
		}
		if !staff {
			if err := d.mayOpen(ctx, tx, c, *person.OrganizationID); err != nil {
				return err
			}
		}
		if err := c.allow(op); err != nil {
			return err
		}
		ended, err := tx.EndAccess(ctx, id, d.Now())
		if err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "access_ended", "person", id, map[string]any{"ended": ended})
	})
}
