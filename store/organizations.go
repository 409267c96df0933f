package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// Organization is a customer or a partner of the vendor.
type Organization struct {
	ID               uuid.UUID  `db:"id"`
	Kind             string     `db:"kind"` // customer or partner
	Name             string     `db:"name"`
	ExternalID       *string    `db:"external_id"` // Salesforce org id or DMS customer number
	AccountManagerID *uuid.UUID `db:"account_manager_id"`
	TimeZone         *string    `db:"time_zone"` // IANA; nil: the vendor's
	Version          int64      `db:"version"`   // rises with each change
	CreatedAt        time.Time  `db:"created_at"`
	// AccountManager is their name; nil without one; read, never written here.
	AccountManager *string `db:"account_manager"`
}

const organizationSelect = `select o.id, o.kind, o.name, o.external_id, o.account_manager_id, o.time_zone, o.version, o.created_at,
	(select m.name from people m where m.id = o.account_manager_id) as account_manager from organizations o `

// Organization finds one; NotFound when there is none.
func (tx *Tx) Organization(ctx context.Context, id uuid.UUID) (o Organization, err error) {
	return o, tx.get(ctx, "find organization", &o, organizationSelect+`where o.id = $1`, id)
}

// LockOrganization is Organization, and nobody else changes the row until the
// end of the transaction.
func (tx *Tx) LockOrganization(ctx context.Context, id uuid.UUID) (o Organization, err error) {
	return o, tx.get(ctx, "lock organization", &o, organizationSelect+`where o.id = $1 for update`, id)
}

// OrganizationFilter narrows a list of organizations; zero values do not.
type OrganizationFilter struct {
	VisibleTo  *uuid.UUID // this organization and the customers linked to it
	PartnerID  *uuid.UUID // the customers linked to this partner
	CustomerID *uuid.UUID // the partners linked to this customer
	Text       string     // in the name, or the whole external id; the case of letters does not count
	AfterName  string
	AfterID    uuid.UUID
	Limit      int
}

// Organizations lists organizations by name.
func (tx *Tx) Organizations(ctx context.Context, f OrganizationFilter) (list []Organization, err error) {
	return list, tx.list(ctx, "list organizations", &list, organizationSelect+`
		where ($1::uuid is null or o.id = $1 or exists (select from organization_links l where l.partner_id = $1 and l.customer_id = o.id))
		  and ($5::uuid is null or exists (select from organization_links l where l.partner_id = $5 and l.customer_id = o.id))
		  and ($6::uuid is null or exists (select from organization_links l where l.partner_id = o.id and l.customer_id = $6))
		  and ($7 = '' or position(lower($7) in lower(o.name)) > 0 or lower(o.external_id) = lower($7))
		  and (o.name, o.id) > ($2, $3) order by o.name, o.id limit $4`,
		f.VisibleTo, f.AfterName, f.AfterID, f.Limit, f.PartnerID, f.CustomerID, f.Text)
}

// InsertOrganization adds one; a name or external id in use is a Conflict.
func (tx *Tx) InsertOrganization(ctx context.Context, o Organization) error {
	_, err := tx.ExecContext(ctx, `insert into organizations (id, vendor_id, kind, name, external_id, account_manager_id, time_zone, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, o.ID, tx.Vendor, o.Kind, o.Name, o.ExternalID, o.AccountManagerID, o.TimeZone, o.CreatedAt)
	return organizationFailure("insert organization", o, err)
}

// UpdateOrganization writes a locked row back, but for its kind. o.Version is
// the new version and must follow the one in the database; a name or external
// id in use is a Conflict.
func (tx *Tx) UpdateOrganization(ctx context.Context, o Organization) error {
	err := oneRow(tx.ExecContext(ctx, `update organizations set version = $2, name = $3, external_id = $4, account_manager_id = $5,
		time_zone = $6 where id = $1 and version = $2 - 1`, o.ID, o.Version, o.Name, o.ExternalID, o.AccountManagerID, o.TimeZone))
	return organizationFailure("update organization", o, err)
}

func organizationFailure(doing string, o Organization, err error) error {
	switch {
	case violates(err, "organizations_name"):
		return problem.New(problem.Conflict, "organization_name_taken", problem.Args{"name": o.Name})
	case violates(err, "organizations_external_id"):
		return problem.New(problem.Conflict, "external_id_taken", nil)
	}
	return failure(doing, err)
}

// LinkPartner lets a partner act for a customer, and says whether it is new;
// repeating it changes nothing.
func (tx *Tx) LinkPartner(ctx context.Context, partner, customer uuid.UUID) (added bool, err error) {
	result, err := tx.ExecContext(ctx, `insert into organization_links (vendor_id, partner_id, customer_id)
		values ($1, $2, $3) on conflict do nothing`, tx.Vendor, partner, customer)
	if err != nil {
		return false, failure("link partner", err)
	}
	n, err := result.RowsAffected()
	return n == 1, failure("link partner", err)
}

// UnlinkPartner ends that a partner may act for a customer; NotFound when it
// does not.
func (tx *Tx) UnlinkPartner(ctx context.Context, partner, customer uuid.UUID) error {
	return tx.change(ctx, "unlink partner", `delete from organization_links where partner_id = $1 and customer_id = $2`, partner, customer)
}

// Linked says whether the partner may act for the customer.
func (tx *Tx) Linked(ctx context.Context, partner, customer uuid.UUID) (linked bool, err error) {
	return linked, tx.get(ctx, "look for link", &linked,
		`select exists (select from organization_links where partner_id = $1 and customer_id = $2)`, partner, customer)
}
