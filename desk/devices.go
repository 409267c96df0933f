package desk

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/store"
)

const (
	// DeviceLife is how long a browser is known after its last sign-in; its
	// cookie is kept as long.
	DeviceLife = 400 * 24 * time.Hour
	// devicesInCookie is how many people of one vendor can share a browser and
	// all stay known to it.
	devicesInCookie = 5
)

// deviceSecrets are the secrets in a device cookie: what is none is left out.
func deviceSecrets(cookie string) (secrets []string, hashes [][]byte) {
	for s := range strings.SplitSeq(cookie, ".") {
		if kind, _, hash, err := identity.ParseBearer(s); err == nil && kind == identity.Device && len(secrets) < devicesInCookie {
			secrets, hashes = append(secrets, s), append(hashes, hash)
		}
	}
	return secrets, hashes
}

// knownDevice is the browser that asks, if the person has signed in with it
// before; else uuid.Nil.
func (d *Desk) knownDevice(ctx context.Context, tx *store.Tx, person uuid.UUID) (uuid.UUID, error) {
	_, hashes := deviceSecrets(OriginFrom(ctx).Device)
	if len(hashes) == 0 {
		return uuid.Nil, nil
	}
	return tx.Device(ctx, person, hashes, d.Now().Add(-DeviceLife))
}

// rememberDevice makes the browser that asks one the person is known with, and
// answers the cookie that tells so later: those of others who share it stay in
// it.
func (d *Desk) rememberDevice(ctx context.Context, tx *store.Tx, v store.Vendor, person uuid.UUID) (cookie string, err error) {
	secret, hash, err := identity.NewBearer(identity.Device, v.Slug)
	if err != nil {
		return "", err
	}
	from, now := OriginFrom(ctx), d.Now()
	others, _ := deviceSecrets(from.Device)
	if len(others) == devicesInCookie {
		others = others[:devicesInCookie-1]
	}
	return strings.Join(append([]string{secret}, others...), "."), tx.InsertDevice(ctx, store.Device{
		ID: store.NewID(), PersonID: person, Hash: hash, UserAgent: from.UserAgent, CreatedAt: now, LastUsedAt: now,
	})
}
