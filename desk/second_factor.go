package desk

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// wrongCodes is how many codes may be tried in failuresWindow: with three of a
// million right at any time, guessing for a day finds one in 700 accounts
// whose password is known already. They are counted per account wherever they
// come from; a browser the person has signed in with has a count of its own.
const wrongCodes = 5

// FactorSecret is a second factor that is being set up: Secret to be typed
// into an authenticator app, or URI as a QR code.
type FactorSecret struct{ Secret, URI string }

// QR is URI as an SVG element to stand in a page as it is.
func (f FactorSecret) QR() (svg string, err error) { return identity.QR(f.URI) }

// withCode does something in a transaction if the second factor's code (or a
// recovery code) is right; a person without second factor needs none. A code
// counts as used only if everything else goes well. Unprocessable for a
// missing or wrong code.
func (d *Desk) withCode(ctx context.Context, v store.Vendor, person store.Person, code string, do func(*store.Tx) error) error {
	if !person.SecondFactor {
		return d.Store.In(ctx, v.ID, do)
	}
	if strings.TrimSpace(code) == "" {
		return codeProblem("code_needed")
	}
	counter, err := d.codeCounter(ctx, v, person)
	if err != nil {
		return err
	}
	if err := d.throttle(ctx, counter, wrongCodes, failuresWindow); err != nil {
		return err
	}
	err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		if err := d.acceptCode(ctx, tx, v, person, code); err != nil {
			return err
		}
		return do(tx)
	})
	if err != nil {
		return err
	}
	return afterwards(d.Store.ForgetThrottle(ctx, counter))
}

func codeProblem(key string) error {
	return &problem.Error{Code: problem.Unprocessable, Key: "fields_wrong", Fields: []problem.Field{{Path: "code", Key: key}}}
}

func (d *Desk) codeCounter(ctx context.Context, v store.Vendor, person store.Person) (counter []byte, err error) {
	return counter, d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		device, err := d.knownDevice(ctx, tx, person.ID)
		counter = bucket("code", person.ID.String(), device.String())
		return err
	})
}

// acceptCode uses a code up; Unprocessable when it is wrong or was used.
func (d *Desk) acceptCode(ctx context.Context, tx *store.Tx, v store.Vendor, person store.Person, code string) error {
	if hash, ok := identity.RecoveryHash(person.ID.String(), code); ok {
		used, err := tx.UseRecoveryCode(ctx, person.ID, hash, d.Now())
		if err == nil && !used {
			err = codeProblem("code_wrong")
		}
		if err != nil {
			return err
		}
		return d.recoveryCodeUsed(ctx, tx, v, person)
	}
	sealed, _, err := tx.SecondFactor(ctx, person.ID)
	if err != nil {
		return err
	}
	secret, err := d.openFactor(sealed, person.ID)
	if err != nil {
		return err
	}
	for _, step := range identity.TOTPSteps(secret, code, d.Now()) {
		if accepted, err := tx.AcceptStep(ctx, person.ID, step); err != nil || accepted {
			return err
		}
	}
	return codeProblem("code_wrong")
}

func (d *Desk) recoveryCodeUsed(ctx context.Context, tx *store.Tx, v store.Vendor, person store.Person) error {
	left, err := tx.RecoveryCodesLeft(ctx, person.ID)
	if err != nil {
		return err
	}
	if err := d.audit(ctx, tx, Caller{Vendor: v, Person: person}, "recovery_code_used", "person", person.ID, map[string]any{"left": left}); err != nil {
		return err
	}
	return d.tellOfAccess(ctx, tx, v, person, mail.RecoveryCodeUsed, store.NewID().String(), func(n *mail.Notice) { n.Left = left })
}

func factorPurpose(person uuid.UUID) string { return "totp/" + person.String() }

// sealer is the desk's; Unavailable without a key: second factors and
// companies' sign-on are off.
func (d *Desk) sealer() (*identity.Sealer, error) {
	if d.Seal == nil {
		return nil, problem.New(problem.Unavailable, "secret_key_missing", nil)
	}
	return d.Seal, nil
}

func (d *Desk) openFactor(sealed []byte, person uuid.UUID) (string, error) {
	seal, err := d.sealer()
	if err != nil {
		return "", err
	}
	secret, err := seal.Open(sealed, factorPurpose(person))
	return string(secret), err
}

// StartSecondFactor makes a second factor for the caller, who gives their
// password again. It is asked for only after ConfirmSecondFactor; starting
// anew forgets what was started. Conflict when there is one already.
func (d *Desk) StartSecondFactor(ctx context.Context, password string) (f FactorSecret, err error) {
	c, err := d.present(ctx, OpStartSecondFactor)
	if err != nil {
		return f, err
	}
	if c.Person.SecondFactor {
		return f, problem.New(problem.Conflict, "second_factor_on", nil)
	}
	seal, err := d.sealer()
	if err != nil {
		return f, err
	}
	if err := d.again(ctx, c, "password", password); err != nil {
		return f, err
	}
	if f.Secret, f.URI, err = identity.NewTOTP(c.Vendor.Name, c.Person.Email); err != nil {
		return f, err
	}
	sealed := seal.Seal([]byte(f.Secret), factorPurpose(c.Person.ID))
	return f, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error { return tx.SetPendingFactor(ctx, c.Person.ID, sealed) })
}

// ConfirmSecondFactor switches the second factor on that was started, by its
// first code. It answers recovery codes, shown once, and the session that
// takes the place of the caller's; all their other sessions end.
func (d *Desk) ConfirmSecondFactor(ctx context.Context, code string) (s Session, codes []string, err error) {
	c, err := d.present(ctx, OpConfirmSecondFactor)
	if err != nil {
		return s, nil, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		_, pending, err := tx.SecondFactor(ctx, c.Person.ID)
		if err != nil {
			return err
		}
		if pending == nil {
			return problem.New(problem.Conflict, "second_factor_not_started", nil)
		}
		secret, err := d.openFactor(pending, c.Person.ID)
		if err != nil {
			return err
		}
		steps := identity.TOTPSteps(secret, code, d.Now())
		if len(steps) == 0 {
			return codeProblem("code_wrong")
		}
		if err := tx.ConfirmFactor(ctx, c.Person.ID, pending, steps[len(steps)-1]); err != nil {
			return err
		}
		if codes, err = d.newRecoveryCodes(ctx, tx, c); err != nil {
			return err
		}
		if err := d.audit(ctx, tx, c, "second_factor_on", "person", c.Person.ID, nil); err != nil {
			return err
		}
		if err := d.tellOfAccess(ctx, tx, c.Vendor, c.Person, mail.SecondFactorOn, store.NewID().String(), nil); err != nil {
			return err
		}
		s, err = d.renewSession(ctx, tx, c)
		return err
	})
	return s, codes, err
}

func (d *Desk) newRecoveryCodes(ctx context.Context, tx *store.Tx, c Caller) ([]string, error) {
	codes := identity.NewRecoveryCodes()
	var hashes [][]byte
	for _, code := range codes {
		hash, _ := identity.RecoveryHash(c.Person.ID.String(), code)
		hashes = append(hashes, hash)
	}
	return codes, tx.ReplaceRecoveryCodes(ctx, c.Person.ID, hashes)
}

// RemoveSecondFactor switches the caller's second factor off, by password and
// code. Their recovery codes are forgotten.
func (d *Desk) RemoveSecondFactor(ctx context.Context, password, code string) error {
	c, err := d.present(ctx, OpRemoveSecondFactor)
	if err != nil {
		return err
	}
	if !c.Person.SecondFactor {
		return problem.New(problem.Conflict, "second_factor_off", nil)
	}
	if err := d.again(ctx, c, "password", password); err != nil {
		return err
	}
	return d.withCode(ctx, c.Vendor, c.Person, code, func(tx *store.Tx) error {
		if err := tx.RemoveSecondFactor(ctx, c.Person.ID); err != nil {
			return err
		}
		if err := d.audit(ctx, tx, c, "second_factor_off", "person", c.Person.ID, nil); err != nil {
			return err
		}
		return d.tellOfAccess(ctx, tx, c.Vendor, c.Person, mail.SecondFactorOff, store.NewID().String(), nil)
	})
}

// NewRecoveryCodes replaces the caller's recovery codes, by password and code.
// They are shown once.
func (d *Desk) NewRecoveryCodes(ctx context.Context, password, code string) (codes []string, err error) {
	c, err := d.present(ctx, OpNewRecoveryCodes)
	if err != nil {
		return nil, err
	}
	if !c.Person.SecondFactor {
		return nil, problem.New(problem.Conflict, "second_factor_off", nil)
	}
	if err := d.again(ctx, c, "password", password); err != nil {
		return nil, err
	}
	err = d.withCode(ctx, c.Vendor, c.Person, code, func(tx *store.Tx) error {
		if codes, err = d.newRecoveryCodes(ctx, tx, c); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "recovery_codes_replaced", "person", c.Person.ID, nil)
	})
	return codes, err
}
