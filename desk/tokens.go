package desk

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// The scopes of an API token: all its person may do, or only what reads.
const (
	ScopeAll  = "all"
	ScopeRead = "read"
)

// TokenDaysMax is the longest life of a token, in days.
const TokenDaysMax = 365

// TokenInput describes a new API token.
type TokenInput struct {
	Name  string // what it is for; listed
	Scope string // ScopeAll or ScopeRead
	Days  int    // how long it lasts, 1 to TokenDaysMax
}

// CreateOwnToken makes an API token with the caller's rights, of the moment it
// is used. The secret is shown once; only its hash is kept. They are told by
// mail. Forbidden with a token: it can't make others.
func (d *Desk) CreateOwnToken(ctx context.Context, in TokenInput) (secret string, b store.Bearer, err error) {
	c, err := d.present(ctx, OpCreateToken)
	if err != nil {
		return "", b, err
	}
	var wrong problem.Fields
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	if in.Scope != ScopeAll && in.Scope != ScopeRead {
		wrong.Add("scope", "field_not_a_choice", problem.Args{"choices": []string{ScopeAll, ScopeRead}})
	}
	if in.Days < 1 || in.Days > TokenDaysMax {
		wrong.Add("days", "field_out_of_range", nil)
	}
	if err := wrong.Err(); err != nil {
		return "", b, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		life := time.Duration(in.Days) * 24 * time.Hour
		if secret, b, err = d.newToken(ctx, tx, c, c, in.Name, in.Scope, life); err != nil {
			return err
		}
		return d.tellOfAccess(ctx, tx, c.Vendor, c.Person, mail.TokenCreated, b.ID.String(), func(n *mail.Notice) { n.Text = in.Name })
	})
	return secret, b, err
}

// CreateToken makes an API token with a person's rights from the command line.
// The secret is shown once; only its hash is kept.
func (d *Desk) CreateToken(ctx context.Context, c Caller, name string, life time.Duration) (secret string, id uuid.UUID, err error) {
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		var b store.Bearer
		secret, b, err = d.newToken(ctx, tx, Caller{Vendor: c.Vendor}, c, clean(name), ScopeAll, life)
		id = b.ID
		return err
	})
	return secret, id, err
}

// newToken keeps a new token of a person's; by is who makes it.
func (d *Desk) newToken(ctx context.Context, tx *store.Tx, by, of Caller, name, scope string, life time.Duration) (secret string, b store.Bearer, err error) {
	secret, hash, err := identity.NewBearer(identity.APIToken, of.Vendor.Slug)
	if err != nil {
		return "", b, err
	}
	from, now := OriginFrom(ctx), d.Now()
	b = store.Bearer{
		ID: store.NewID(), PersonID: of.Person.ID, Kind: "token", Name: name, Hash: hash, Scope: scope, Proof: "command",
		IP: from.Address(), UserAgent: from.UserAgent, CreatedAt: now, ExpiresAt: now.Add(life),
	}
	if by.Person.ID != uuid.Nil {
		b.Proof = "session"
	}
	if err := tx.InsertBearer(ctx, b); err != nil {
		return "", b, err
	}
	return secret, b, d.audit(ctx, tx, by, "token_created", "token", b.ID, map[string]any{
		"person": of.Person.ID, "name": name, "scope": scope, "until": b.ExpiresAt,
	})
}
