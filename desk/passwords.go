package desk

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Limits of asking for a new password. They are not told of: whoever asks
// always gets the same answer.
const (
	resetWindow  = time.Hour
	resetAddress = 3   // mails to one address
	resetNetwork = 30  // from one network
	resetVendor  = 600 // of one vendor: a day of it can't flood its mail server
)

// hashPassword is the hash of a password that may be chosen; else
// Unprocessable at path.
func hashPassword(path, password string) (string, error) {
	if identity.ValidPassword(password) != nil {
		return "", fieldProblem(path, "password_wrong_length", problem.Args{"min": identity.MinPassword, "max": identity.MaxPassword})
	}
	return identity.HashPassword(password)
}

func fieldProblem(path, key string, args problem.Args) *problem.Error {
	return &problem.Error{Code: problem.Unprocessable, Key: "fields_wrong", Fields: []problem.Field{{Path: path, Key: key, Args: args}}}
}

// again makes sure that it is the caller who sits at their session: they give
// their password once more. Unprocessable at path for a wrong one, RateLimited
// after too many.
func (d *Desk) again(ctx context.Context, c Caller, path, password string) error {
	counter := bucket("again", c.Person.ID.String())
	if err := d.throttle(ctx, counter, failuresHere, failuresWindow); err != nil {
		return err
	}
	right, err := identity.CheckPassword(ctx, c.Person.PasswordHash, password)
	if err != nil {
		return problem.NotKnownYet(err)
	}
	if !right {
		return fieldProblem(path, "password_wrong", nil)
	}
	return d.Store.ForgetThrottle(ctx, counter)
}

// ChangePassword replaces the caller's password, by the current one and the
// second factor's code if they have one. It answers the session that takes the
// place of theirs; all their other sessions end, their browsers are new ones,
// and they are told by mail. Tokens go on.
func (d *Desk) ChangePassword(ctx context.Context, current, password, code string) (s Session, err error) {
	c, err := d.present(ctx, OpChangePassword)
	if err != nil {
		return s, err
	}
	if err := d.again(ctx, c, "current", current); err != nil {
		return s, err
	}
	hash, err := hashPassword("password", password)
	if err != nil {
		return s, err
	}
	err = d.withCode(ctx, c.Vendor, c.Person, code, func(tx *store.Tx) error {
		if err := d.setPassword(ctx, tx, c, c.Person, hash); err != nil {
			return err
		}
		if s, err = d.renewSession(ctx, tx, c); err != nil {
			return err
		}
		s.DeviceSecret, err = d.rememberDevice(ctx, tx, c.Vendor, c.Person.ID)
		return err
	})
	return s, err
}

// setPassword replaces a password; by is who does it. Whoever had one is told.
func (d *Desk) setPassword(ctx context.Context, tx *store.Tx, by Caller, person store.Person, hash string) error {
	if err := tx.SetPassword(ctx, person.ID, hash, d.Now()); err != nil {
		return err
	}
	if err := tx.ForgetDevices(ctx, person.ID); err != nil {
		return err
	}
	if err := d.audit(ctx, tx, by, "password_changed", "person", person.ID, nil); err != nil || person.PasswordHash == "" {
		return err
	}
	return d.tellOfAccess(ctx, tx, by.Vendor, person, mail.PasswordChanged, store.NewID().String(), nil)
}

// RequestReset mails a link with which a new password can be chosen to the
// person with that address. Whether there is one, and whether too much has been
// asked for, changes neither the answer nor what it costs: nil, unless the
// database does not answer.
func (d *Desk) RequestReset(ctx context.Context, vendorSlug, email string) error {
	v, err := d.Store.VendorBySlug(ctx, clean(vendorSlug))
	if problem.CodeOf(err) == problem.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	email = canonical(email)
	for _, limit := range []struct {
		bucket []byte
		most   int
	}{
		{bucket("reset/network", OriginFrom(ctx).Network()), resetNetwork},
		{bucket("reset/address", v.Slug, strings.ToLower(email)), resetAddress},
		{bucket("reset/vendor", v.Slug), resetVendor},
	} {
		allowed, _, err := d.Store.Throttle(ctx, limit.bucket, limit.most, resetWindow, d.Now())
		if err != nil || !allowed {
			return err
		}
	}
	return d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		person, err := tx.PersonByEmail(ctx, email)
		if err != nil && problem.CodeOf(err) != problem.NotFound {
			return err
		}
		return tx.Rehearse(ctx, err == nil && person.Active, func() error { return d.mailReset(ctx, tx, v, person) })
	})
}

// mailReset makes the link and decides its mail. A person who does not exist is
// one without id.
func (d *Desk) mailReset(ctx context.Context, tx *store.Tx, v store.Vendor, person store.Person) error {
	url, until, err := d.newLink(ctx, tx, v, LinkReset, known(person.ID), nil, ResetLife)
	if err != nil {
		return err
	}
	if err := d.audit(ctx, tx, Caller{Vendor: v}, "reset_asked", "person", person.ID, nil); err != nil {
		return err
	}
	return notice.Account(ctx, tx, v, mail.PasswordReset, store.NewID().String(), person, d.Now(), func(n *mail.Notice) {
		n.SecretURL, n.Until = url, &until
	})
}

// ChosenPassword is what the page that chooses a password goes on with.
type ChosenPassword struct {
	Vendor       store.Vendor
	Email        string // under which they sign in now
	DeviceSecret string // what the browser's cookie is to be set to
}

// LinkView is a link as its page shows it, before anything is decided.
type LinkView struct {
	Vendor store.Vendor
	State  string // LinkFine, LinkUsed or LinkExpired
	// Purpose is LinkInvitation or LinkReset; Name and Email are the person's.
	// They are given for a link that works alone.
	Purpose, Name, Email string
}

// The states of a link. A used one may have been replaced by a newer one.
const (
	LinkFine    = "fine"
	LinkUsed    = "used"
	LinkExpired = "expired"
)

// LookAtLink says what a link of an invitation or a reset is good for. It
// changes nothing, however often a mail scanner opens the link. NotFound for
// one there never was, or of somebody no longer active.
func (d *Desk) LookAtLink(ctx context.Context, secret string) (view LinkView, err error) {
	if view.Vendor, err = d.linkVendor(ctx, secret); err != nil {
		return view, err
	}
	err = d.Store.In(ctx, view.Vendor.ID, func(tx *store.Tx) error {
		l, person, err := d.personalLink(ctx, tx, secret)
		if e, ok := problem.As(err); ok && e.Code == problem.Conflict {
			view.State = map[string]string{"link_used": LinkUsed, "link_expired": LinkExpired}[e.Key]
			return nil
		}
		if err == nil {
			view.State, view.Purpose, view.Name, view.Email = LinkFine, l.Purpose, person.Name, person.Email
		}
		return err
	})
	return view, err
}

// personalLink finds a link to choose a password, and whose it is.
func (d *Desk) personalLink(ctx context.Context, tx *store.Tx, secret string) (l store.Link, person store.Person, err error) {
	if l, err = d.findLink(ctx, tx, secret, LinkInvitation, LinkReset); err != nil {
		return l, person, err
	}
	if person, err = tx.Person(ctx, *l.PersonID); err == nil && !person.Active {
		err = unknownLink()
	}
	return l, person, err
}

// ChoosePassword uses a link of an invitation or a reset up and sets the
// password. All sessions of the person end, and so do all their links; nobody
// is signed in, but the browser is one the person is known with: others'
// failures don't keep them out. Unprocessable for a password that can't be
// chosen, which does not use the link up; NotFound and Conflict as findLink.
func (d *Desk) ChoosePassword(ctx context.Context, secret, password string) (chosen ChosenPassword, err error) {
	if chosen.Vendor, err = d.linkVendor(ctx, secret); err != nil {
		return chosen, err
	}
	look := func(tx *store.Tx) error {
		_, _, err := d.personalLink(ctx, tx, secret)
		return err
	}
	if err := d.Store.In(ctx, chosen.Vendor.ID, look); err != nil {
		return chosen, err // before the work of a hash
	}
	hash, err := hashPassword("password", password)
	if err != nil {
		return chosen, err
	}
	var person store.Person
	err = d.Store.In(ctx, chosen.Vendor.ID, func(tx *store.Tx) error {
		var l store.Link
		if l, person, err = d.personalLink(ctx, tx, secret); err != nil {
			return err
		}
		if err := tx.UseLink(ctx, l.ID, d.Now()); err != nil {
			return err
		}
		if err := d.setPassword(ctx, tx, Caller{Vendor: chosen.Vendor, Person: person}, person, hash); err != nil {
			return err
		}
		chosen.DeviceSecret, err = d.rememberDevice(ctx, tx, chosen.Vendor, person.ID)
		return err
	})
	if err != nil {
		return ChosenPassword{}, err
	}
	chosen.Email = person.Email
	return chosen, afterwards(d.forgive(ctx, chosen.Vendor, person))
}

// RenewLink mails a link to choose a password in place of one that has been
// used or is too old, to the person whose it was. It always gives the same
// answer, and is limited as RequestReset is.
func (d *Desk) RenewLink(ctx context.Context, secret string) error {
	v, err := d.linkVendor(ctx, secret)
	if problem.CodeOf(err) == problem.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	_, _, hash, err := identity.ParseBearer(secret)
	if err != nil {
		return err
	}
	var person store.Person
	err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		l, err := tx.Link(ctx, hash)
		if err == nil && l.PersonID != nil {
			person, err = tx.Person(ctx, *l.PersonID)
		}
		return err
	})
	if err != nil || person.ID == uuid.Nil {
		return nilIf(err, problem.NotFound)
	}
	return d.RequestReset(ctx, v.Slug, person.Email)
}

func nilIf(err error, code problem.Code) error {
	if problem.CodeOf(err) == code {
		return nil
	}
	return err
}
