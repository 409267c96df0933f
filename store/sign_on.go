package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// Provider is a company's sign-on (OpenID Connect).
type Provider struct {
	ID           uuid.UUID `db:"id"`
	Name         string    `db:"name"` // as the sign-in page shows it
	Issuer       string    `db:"issuer"`
	ClientID     string    `db:"client_id"`
	ClientSecret []byte    `db:"client_secret"` // sealed
	Active       bool      `db:"active"`        // offered, and good for signing in
	Version      int64     `db:"version"`       // rises with each change
	CreatedAt    time.Time `db:"created_at"`
}

const providerSelect = `select id, name, issuer, client_id, client_secret, active, version, created_at from oidc_providers `

// Providers lists the vendor's by name: all, or those in use.
func (tx *Tx) Providers(ctx context.Context, activeOnly bool) (list []Provider, err error) {
	return list, tx.list(ctx, "list sign-on providers", &list, providerSelect+`where active or not $1 order by lower(name), id`, activeOnly)
}

// Provider finds one; NotFound when there is none.
func (tx *Tx) Provider(ctx context.Context, id uuid.UUID) (p Provider, err error) {
	return p, tx.get(ctx, "find sign-on provider", &p, providerSelect+`where id = $1`, id)
}

// InsertProvider adds one; a name in use is a Conflict.
func (tx *Tx) InsertProvider(ctx context.Context, p Provider) error {
	_, err := tx.ExecContext(ctx, `insert into oidc_providers (id, vendor_id, name, issuer, client_id, client_secret, active, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, p.ID, tx.Vendor, p.Name, p.Issuer, p.ClientID, p.ClientSecret, p.Active, p.CreatedAt)
	return providerFailure("insert sign-on provider", p, err)
}

// UpdateProvider writes one back. p.Version is the new version; NotFound when
// it does not follow the one in the database. A name in use is a Conflict.
func (tx *Tx) UpdateProvider(ctx context.Context, p Provider) error {
	err := oneRow(tx.ExecContext(ctx, `update oidc_providers set version = $2, name = $3, issuer = $4, client_id = $5, client_secret = $6, active = $7
		where id = $1 and version = $2 - 1`, p.ID, p.Version, p.Name, p.Issuer, p.ClientID, p.ClientSecret, p.Active))
	return providerFailure("update sign-on provider", p, err)
}

func providerFailure(doing string, p Provider, err error) error {
	if violates(err, "oidc_providers_name") {
		return problem.New(problem.Conflict, "provider_name_taken", problem.Args{"name": p.Name})
	}
	return failure(doing, err)
}

// SignOnPerson finds whom an issuer knows by that subject; NotFound when it is
// nobody here.
func (tx *Tx) SignOnPerson(ctx context.Context, issuer, subject string) (p Person, err error) {
	return p, tx.get(ctx, "find account of sign-on", &p, personSelect+`
		where p.id = (select person_id from oidc_accounts where issuer = $1 and subject = $2)`, issuer, subject)
}

// LinkSignOn makes an issuer's subject a person's. Repeating it changes
// nothing; Conflict when it is somebody else's.
func (tx *Tx) LinkSignOn(ctx context.Context, issuer, subject string, person uuid.UUID, at time.Time) error {
	var of uuid.UUID
	err := tx.get(ctx, "link sign-on", &of, `insert into oidc_accounts as a (vendor_id, issuer, subject, person_id, created_at) values ($1, $2, $3, $4, $5)
		on conflict (vendor_id, issuer, subject) do nothing returning person_id`, tx.Vendor, issuer, subject, person, at)
	if problem.CodeOf(err) == problem.NotFound {
		err = tx.get(ctx, "find account of sign-on", &of, `select person_id from oidc_accounts where issuer = $1 and subject = $2`, issuer, subject)
	}
	if err == nil && of != person {
		return problem.New(problem.Conflict, "sign_on_taken", nil)
	}
	return err
}

// UnlinkSignOn takes an issuer's subjects from a person; NotFound when there
// was none.
func (tx *Tx) UnlinkSignOn(ctx context.Context, issuer string, person uuid.UUID) error {
	result, err := tx.ExecContext(ctx, `delete from oidc_accounts where issuer = $1 and person_id = $2`, issuer, person)
	if err != nil {
		return failure("unlink sign-on", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return problem.Missing()
	}
	return nil
}

// SignOnIssuers are the issuers that know a person.
func (tx *Tx) SignOnIssuers(ctx context.Context, person uuid.UUID) (issuers []string, err error) {
	return issuers, tx.list(ctx, "list accounts of sign-on", &issuers, `select distinct issuer from oidc_accounts where person_id = $1`, person)
}
