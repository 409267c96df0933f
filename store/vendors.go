package store

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
)

// Vendor is a company whose support runs here.
type Vendor struct {
	ID        uuid.UUID `db:"id"`
	Slug      string    `db:"slug"` // its name in addresses and at sign-in
	Name      string    `db:"name"`
	Prefix    string    `db:"prefix"` // of its ticket numbers
	Raw       []byte    `db:"settings"`
	CreatedAt time.Time `db:"created_at"`
	Policy    *string   `db:"policy_version"` // of the pack in force; nil: its settings alone

	Settings policy.Settings `db:"-"` // as the pack in force makes them
	// Portal is where its pages are, without a slash at the end: its settings'
	// portal_url, else the installation's address and its slug. "" when neither
	// is known.
	Portal string `db:"-"`
}

const vendorColumns = `id, slug, name, prefix, settings, created_at, policy_version`

// VendorBySlug finds a vendor; NotFound when there is none. What it answers may
// be a second old.
func (s *Store) VendorBySlug(ctx context.Context, slug string) (Vendor, error) {
	return s.vendors.find(slug, func() (Vendor, error) {
		return s.vendor(ctx, `select `+vendorColumns+` from vendors where slug = $1`, slug)
	})
}

// Vendor finds a vendor by id; NotFound when there is none. What it answers may
// be a second old.
func (s *Store) Vendor(ctx context.Context, id uuid.UUID) (Vendor, error) {
	return s.vendors.find(id, func() (Vendor, error) {
		return s.vendor(ctx, `select `+vendorColumns+` from vendors where id = $1`, id)
	})
}

func (s *Store) vendor(ctx context.Context, query string, arg any) (Vendor, error) {
	var v Vendor
	if err := s.db.GetContext(ctx, &v, query, arg); err != nil {
		return v, failure("find vendor", err)
	}
	var err error
	if v.Settings, err = policy.Parse(v.Raw); err != nil {
		return v, err
	}
	if v.Policy != nil {
		p, err := s.pack(v.ID, *v.Policy, func() (keptPack, error) { return s.keptPack(ctx, v.ID, *v.Policy) })
		if err != nil {
			return v, err
		}
		v.Settings = p.Settings(v.Settings)
	}
	v.Portal = s.portal(v)
	return v, nil
}

func (s *Store) portal(v Vendor) string {
	switch {
	case v.Settings.PortalURL != "":
		return strings.TrimSuffix(v.Settings.PortalURL, "/")
	case s.PublicURL != "":
		return strings.TrimSuffix(s.PublicURL, "/") + "/" + v.Slug
	}
	return ""
}

// vendorAge is how long what was read of a vendor is used again. Every request
// and every commit asks for one, and reading its settings costs as much as the
// rest of finding out who asks. Nobody's rights are in a vendor's row.
const vendorAge = time.Second

// vendorCache keeps what was read of vendors, by slug and by id. Readers share
// the settings: nobody may write into them.
type vendorCache struct {
	kept   sync.Map
	forgot atomic.Int64 // how often; what was begun to be read before is not used again
}

type keptVendor struct {
	Vendor
	read   time.Time
	forgot int64
}

func (c *vendorCache) find(key any, read func() (Vendor, error)) (Vendor, error) {
	now, forgot := time.Now(), c.forgot.Load()
	if kept, ok := c.kept.Load(key); ok {
		if k, ok := kept.(keptVendor); ok && k.forgot == forgot && now.Sub(k.read) < vendorAge {
			return k.Vendor, nil
		}
	}
	v, err := read()
	if err == nil {
		c.kept.Store(key, keptVendor{v, now, forgot})
	}
	return v, err
}

// ForgetVendors has what was read of vendors read anew: a change of one counts
// at once in this process, and within a second in others.
func (s *Store) ForgetVendors() { s.vendors.forgot.Add(1) }

// VendorIDs lists every vendor.
func (s *Store) VendorIDs(ctx context.Context) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.db.SelectContext(ctx, &ids, `select id from vendors order by slug`)
	return ids, failure("list vendors", err)
}

// InsertVendor adds a vendor. A slug or prefix in use is a Conflict.
func (tx *Tx) InsertVendor(ctx context.Context, v Vendor) error {
	_, err := tx.ExecContext(ctx, `insert into vendors (id, slug, name, prefix, settings) values ($1, $2, $3, $4, $5)`,
		v.ID, v.Slug, v.Name, v.Prefix, v.Raw)
	switch {
	case violates(err, "vendors_slug_key"):
		return problem.New(problem.Conflict, "vendor_slug_taken", problem.Args{"slug": v.Slug})
	case violates(err, "vendors_prefix_key"):
		return problem.New(problem.Conflict, "vendor_prefix_taken", problem.Args{"prefix": v.Prefix})
	}
	return failure("insert vendor", err)
}
