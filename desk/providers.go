package desk

import (
	"context"
	"crypto/subtle"
	"errors"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// ProviderInput describes a company's sign-on (OpenID Connect).
type ProviderInput struct {
	Name         string // as the sign-in page shows it
	Issuer       string // https://…
	ClientID     string
	ClientSecret string `json:"-"` // "" in an update: as it was; never part of a fingerprint
	Active       bool   // offered, and good for signing in
}

// Providers are the vendor's, by name. Their client secrets stay sealed.
func (d *Desk) Providers(ctx context.Context) (list []store.Provider, err error) {
	c, err := d.caller(ctx, OpListProviders)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.Providers(ctx, false)
		return err
	})
}

// CreateProvider adds a company's sign-on. Its issuer is asked for its
// addresses first: Unprocessable when it can't be one, or does not answer.
func (d *Desk) CreateProvider(ctx context.Context, key string, in ProviderInput) (p store.Provider, err error) {
	c, err := d.caller(ctx, OpCreateProvider)
	if err != nil {
		return p, err
	}
	if err := d.checkProvider(ctx, &in, "", true); err != nil {
		return p, err
	}
	created := store.Provider{ID: store.NewID(), Active: in.Active, Name: in.Name, Issuer: in.Issuer, ClientID: in.ClientID, Version: 1, CreatedAt: d.Now()}
	if created.ClientSecret, err = d.sealClient(created.ID, in.ClientSecret); err != nil {
		return p, err
	}
	w := write{action: "create_provider", key: key, body: in}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		made, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			if err := tx.InsertProvider(ctx, created); err != nil {
				return created.ID, err
			}
			return created.ID, d.audit(ctx, tx, c, "provider_created", "provider", created.ID, in)
		})
		if err == nil {
			p, err = tx.Provider(ctx, made)
		}
		return err
	})
	return p, err
}

// UpdateProvider changes a company's sign-on. version is the row's that was
// read: Conflict with the present one when it was changed meanwhile, unless to
// just this. Accounts stay those of the issuer they were linked with; another
// issuer needs its own secret, or it would be sent the old one's.
func (d *Desk) UpdateProvider(ctx context.Context, id uuid.UUID, version int64, in ProviderInput) (p store.Provider, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	var was store.Provider
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if was, err = tx.Provider(ctx, id); err == nil && !c.Staff() {
			err = problem.Missing()
		}
		return err
	})
	if err != nil {
		return p, err
	}
	if err := c.allow(OpUpdateProvider); err != nil {
		return p, err
	}
	if was.Version == version+1 && d.sameProvider(was, in) {
		return was, nil
	}
	if was.Version != version {
		return p, changedMeanwhile(was.Version)
	}
	if err := d.checkProvider(ctx, &in, was.Issuer, in.Issuer != was.Issuer); err != nil {
		return p, err
	}
	p = store.Provider{
		ID: id, Name: in.Name, Issuer: in.Issuer, ClientID: in.ClientID, ClientSecret: was.ClientSecret, Active: in.Active,
		Version: version + 1, CreatedAt: was.CreatedAt,
	}
	if in.ClientSecret != "" {
		if p.ClientSecret, err = d.sealClient(id, in.ClientSecret); err != nil {
			return p, err
		}
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := tx.UpdateProvider(ctx, p); problem.CodeOf(err) == problem.NotFound {
			return changedMeanwhile(version + 1)
		} else if err != nil {
			return err
		}
		before := ProviderInput{Name: was.Name, Issuer: was.Issuer, ClientID: was.ClientID, Active: was.Active}
		return d.audit(ctx, tx, c, "provider_changed", "provider", id, map[string]any{"was": before, "is": in, "new_secret": in.ClientSecret != ""})
	})
}

// sameProvider says whether a provider is what the input says already.
func (d *Desk) sameProvider(p store.Provider, in ProviderInput) bool {
	if p.Name != clean(in.Name) || p.Issuer != in.Issuer || p.ClientID != clean(in.ClientID) || p.Active != in.Active {
		return false
	}
	seal, err := d.sealer()
	if err != nil || in.ClientSecret == "" {
		return err == nil
	}
	secret, err := seal.Open(p.ClientSecret, clientPurpose(p.ID))
	return err == nil && subtle.ConstantTimeCompare(secret, []byte(in.ClientSecret)) == 1
}

// checkProvider names every wrong field. A new issuer is asked for its
// addresses; what it answers is not told.
func (d *Desk) checkProvider(ctx context.Context, in *ProviderInput, issuerBefore string, secretNeeded bool) error {
	if _, err := d.sealer(); err != nil {
		return err
	}
	var wrong problem.Fields
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	checkText(&wrong, "client_id", &in.ClientID, 1, NameMax)
	if in.ClientSecret != "" || secretNeeded {
		checkText(&wrong, "client_secret", &in.ClientSecret, 1, 1000)
	}
	if d.SignOn.CheckIssuer(in.Issuer) != nil {
		wrong.Add("issuer", "field_not_issuer", nil)
	}
	if err := wrong.Err(); err != nil || in.Issuer == issuerBefore {
		return err
	}
	if err := d.SignOn.Discover(ctx, in.Issuer); err != nil {
		e := fieldProblem("issuer", "issuer_away", nil)
		e.Cause = err
		return e
	}
	return nil
}

func clientPurpose(provider uuid.UUID) string { return "sign-on client/" + provider.String() }

func (d *Desk) sealClient(provider uuid.UUID, secret string) ([]byte, error) {
	seal, err := d.sealer()
	if err != nil {
		return nil, err
	}
	return seal.Seal([]byte(secret), clientPurpose(provider)), nil
}

// client is how a provider knows the vendor.
func (d *Desk) client(v store.Vendor, p store.Provider) (c identity.Client, err error) {
	seal, err := d.sealer()
	if err != nil {
		return c, err
	}
	secret, err := seal.Open(p.ClientSecret, clientPurpose(p.ID))
	if err == nil && v.Portal == "" {
		err = errors.New("the address of the vendor's pages is not known")
	}
	return identity.Client{Issuer: p.Issuer, ID: p.ClientID, Secret: string(secret), Redirect: v.Portal + "/oidc/callback"}, err
}
