package desk

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Limits of failed sign-ins. They slow whoever guesses and can't be used to
// shut somebody else out: what others do wrong counts neither for a browser
// the person has signed in with before, nor, below failuresAccount, for
// another network (OWASP Authentication Cheat Sheet: device cookies). A new
// password can always be chosen by mail, and makes that browser known.
const (
	failuresWindow = 15 * time.Minute
	// failuresHere is what one person mistypes at one place: 960 guesses a day.
	failuresHere = 10
	// failuresNetwork stops one network trying a common password on many
	// accounts, and what that costs us in hashes; an office behind one address
	// stays below it.
	failuresNetwork = 100
	// failuresAccount stops guesses at one account from many networks; beyond
	// it new networks alone are refused.
	failuresAccount = 50
	// knownFor is how long a network stays known after a sign-in from it.
	knownFor = 90 * 24 * time.Hour
)

// bucket is the name of a counter: what is counted, made unreadable.
func bucket(parts ...string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return sum[:]
}

// attempt is one try to sign in, by whomever.
type attempt struct {
	vendor, email string // as written; email in small letters
	network       string
	device        uuid.UUID // uuid.Nil: not a browser this person has signed in with
}

// here is the counter of the place the attempt comes from.
func (a attempt) here() []byte {
	if a.device != uuid.Nil {
		return bucket("sign-in/device", a.device.String())
	}
	return bucket("sign-in/here", a.vendor, a.email, a.network)
}

func (a attempt) account() []byte { return bucket("sign-in/account", a.vendor, a.email) }

func (a attempt) everywhere() []byte { return bucket("sign-in/network", a.network) }

// admit counts an attempt as failed before its password is looked at, so that
// many at once are all counted, and refuses it with RateLimited where there
// were too many. Whether the account exists changes neither the answer nor
// what it costs.
func (d *Desk) admit(ctx context.Context, a attempt, v store.Vendor, person uuid.UUID) error {
	type counter struct {
		bucket []byte
		limit  int
	}
	counters := []counter{{a.here(), failuresHere}}
	if a.device == uuid.Nil {
		counters = []counter{{a.everywhere(), failuresNetwork}, {a.here(), failuresHere}, {a.account(), failuresAccount}}
	}
	for i, c := range counters {
		allowed, retry, err := d.Store.Throttle(ctx, c.bucket, c.limit, failuresWindow, d.Now())
		if err == nil && !allowed && i == 2 {
			allowed, err = d.knownNetwork(ctx, v, person, a.network)
		}
		if err != nil {
			return err
		}
		if !allowed {
			return tooMany(retry)
		}
	}
	return nil
}

// excuse takes an attempt back that was none of the failures: its password was
// right.
func (d *Desk) excuse(ctx context.Context, a attempt) error {
	buckets := [][]byte{a.here()}
	if a.device == uuid.Nil {
		buckets = append(buckets, a.everywhere(), a.account())
	}
	for _, b := range buckets {
		if err := d.Store.Unthrottle(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// forgive forgets what was tried at a person's account from here and over all:
// they have proven by mail that it is theirs.
func (d *Desk) forgive(ctx context.Context, v store.Vendor, person store.Person) error {
	a := attempt{vendor: v.Slug, email: strings.ToLower(person.Email), network: OriginFrom(ctx).Network()}
	if err := d.Store.ForgetThrottle(ctx, a.here()); err != nil {
		return err
	}
	return d.Store.ForgetThrottle(ctx, a.account())
}

// knownNetwork says whether the person has signed in from that network lately.
func (d *Desk) knownNetwork(ctx context.Context, v store.Vendor, person uuid.UUID, network string) (known bool, err error) {
	return known, d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		known, err = tx.HasSignedInFrom(ctx, person, network, d.Now().Add(-knownFor))
		return err
	})
}

// throttle counts one try and answers RateLimited when there were too many.
func (d *Desk) throttle(ctx context.Context, bucket []byte, limit int, window time.Duration) error {
	allowed, retry, err := d.Store.Throttle(ctx, bucket, limit, window, d.Now())
	if err == nil && !allowed {
		return tooMany(retry)
	}
	return err
}

func tooMany(retry time.Duration) error {
	e := problem.New(problem.RateLimited, "too_many_attempts", nil)
	e.RetryAfter = retry
	return e
}
