package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
)

// Contract is what an organization has agreed with the vendor. Dates are in the
// vendor's zone.
type Contract struct {
	ID             uuid.UUID  `db:"id"`
	OrganizationID uuid.UUID  `db:"organization_id"`
	Plan           string     `db:"plan"`
	Reference      string     `db:"reference"`
	FromOn         time.Time  `db:"from_on"`
	UntilOn        *time.Time `db:"until_on"` // last day; nil: until further notice
	WarrantyUntil  *time.Time `db:"warranty_until"`
	Raw            []byte     `db:"overrides"`
	Version        int64      `db:"version"`
	CreatedAt      time.Time  `db:"created_at"`
}

const contractColumns = `id, organization_id, plan, reference, from_on, until_on, warranty_until, overrides, version, created_at`

// Terms are the contract's, as policy asks for them.
func (c Contract) Terms() (policy.Terms, error) {
	o, err := policy.ParseOverrides(c.Raw)
	if err != nil {
		return policy.Terms{}, fmt.Errorf("overrides of contract %s: %w", c.ID, err)
	}
	return policy.Terms{Plan: c.Plan, Reference: c.Reference, Overrides: o}, nil
}

// ContractOn finds the contract an organization has on a date, the one that
// began last; nil for none.
func (tx *Tx) ContractOn(ctx context.Context, organization uuid.UUID, on time.Time) (*Contract, error) {
	return tx.contractOn(ctx, "find contract", "", organization, on)
}

// HoldContractOn is ContractOn, and nobody changes the contract until the end
// of the transaction. It takes the lock that a ticket's reference to its
// contract takes anyway.
func (tx *Tx) HoldContractOn(ctx context.Context, organization uuid.UUID, on time.Time) (*Contract, error) {
	return tx.contractOn(ctx, "hold contract", " for key share", organization, on)
}

func (tx *Tx) contractOn(ctx context.Context, doing, lock string, organization uuid.UUID, on time.Time) (*Contract, error) {
	var list []Contract
	err := tx.list(ctx, doing, &list, `select `+contractColumns+` from contracts where organization_id = $1 and from_on <= $2
		and (until_on is null or until_on >= $2) order by from_on desc, id desc limit 1`+lock, organization, on.Format(time.DateOnly))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// Contract finds a contract; NotFound when there is none.
func (tx *Tx) Contract(ctx context.Context, id uuid.UUID) (c Contract, err error) {
	return c, tx.get(ctx, "find contract", &c, `select `+contractColumns+` from contracts where id = $1`, id)
}

// TermsOf are the terms a ticket stands under: its contract's as it says now,
// else none of its own.
func (tx *Tx) TermsOf(ctx context.Context, t Ticket) (policy.Terms, error) {
	if t.ContractID == nil {
		return policy.Terms{}, nil
	}
	c, err := tx.Contract(ctx, *t.ContractID)
	if err != nil {
		return policy.Terms{}, err
	}
	return c.Terms()
}

// InsertContract adds a contract.
func (tx *Tx) InsertContract(ctx context.Context, c Contract) error {
	if c.Raw == nil {
		c.Raw = json.RawMessage(`{}`)
	}
	return tx.exec(ctx, "insert contract", `insert into contracts (id, vendor_id, organization_id, plan, reference, from_on, until_on, warranty_until,
		overrides, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		c.ID, tx.Vendor, c.OrganizationID, c.Plan, c.Reference, c.FromOn, c.UntilOn, c.WarrantyUntil, c.Raw, c.CreatedAt)
}

// LockContract is Contract, and nobody else changes it until the end of the
// transaction.
func (tx *Tx) LockContract(ctx context.Context, id uuid.UUID) (c Contract, err error) {
	return c, tx.get(ctx, "lock contract", &c, `select `+contractColumns+` from contracts where id = $1 for update`, id)
}

// UpdateContract writes a locked contract back. c.Version is the new version
// and must follow the one in the database.
func (tx *Tx) UpdateContract(ctx context.Context, c Contract) error {
	return tx.change(ctx, "update contract", `update contracts set version = $2, plan = $3, reference = $4, from_on = $5, until_on = $6,
		warranty_until = $7, overrides = $8 where id = $1 and version = $2 - 1`,
		c.ID, c.Version, c.Plan, c.Reference, c.FromOn, c.UntilOn, c.WarrantyUntil, c.Raw)
}

// Contracts lists an organization's, the one that begins last first, after a
// first day and id; the zero day begins the list.
func (tx *Tx) Contracts(ctx context.Context, organization uuid.UUID, before time.Time, beforeID uuid.UUID, limit int) (list []Contract, err error) {
	if before.IsZero() {
		before = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return list, tx.list(ctx, "list contracts", &list, `select `+contractColumns+` from contracts where organization_id = $1
		and (from_on, id) < ($2, $3) order by from_on desc, id desc limit $4`, organization, before.Format(time.DateOnly), beforeID, limit)
}

// Overlapping finds another contract of the organization with a day in common
// with this one; nil for none. The organization must be locked, so that of two
// writers one is first.
func (tx *Tx) Overlapping(ctx context.Context, c Contract) (*Contract, error) {
	var list []Contract
	err := tx.list(ctx, "find overlapping contract", &list, `select `+contractColumns+` from contracts where organization_id = $1 and id <> $2
		and daterange(from_on, until_on, '[]') && daterange($3, $4, '[]') order by from_on limit 1`, c.OrganizationID, c.ID, c.FromOn, c.UntilOn)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// UnderContract lists the open tickets of a contract by number, after a number.
func (tx *Tx) UnderContract(ctx context.Context, contract uuid.UUID, after string, limit int) (list []Ticket, err error) {
	return list, tx.list(ctx, "list tickets of a contract", &list, `select `+ticketColumns+` from tickets where contract_id = $1 and number > $2
		and state not in ('closed', 'withdrawn', 'merged') order by number limit $3`, contract, after, limit)
}
