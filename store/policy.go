package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
)

// Publication is one time a version of a pack became a vendor's procedure.
type Publication struct {
	Version     string     `db:"version"`
	PublishedAt time.Time  `db:"published_at"`
	PublishedBy *uuid.UUID `db:"published_by"` // nil: from the command line
	Name        string     `db:"name"`         // whose; "" from the command line
	Note        string     `db:"note"`
	Open        int        `db:"open"` // open tickets that are run by that version
}

// KeepPack keeps a pack under its version; a version that is there stays.
func (tx *Tx) KeepPack(ctx context.Context, p *policy.Pack) error {
	regions, err := json.Marshal(p.Regions)
	if err != nil {
		return err
	}
	return tx.exec(ctx, "keep policy pack", `insert into policy_packs (vendor_id, version, text, regions) values ($1, $2, $3, $4) on conflict do nothing`,
		tx.Vendor, p.Version, p.Text, regions)
}

// LockVendor keeps others from publishing until the transaction ends, and tells
// the version in force, "" for none.
func (tx *Tx) LockVendor(ctx context.Context) (version string, err error) {
	return version, tx.get(ctx, "lock vendor", &version, `select coalesce(policy_version, '') from vendors where id = $1 for update`, tx.Vendor)
}

// Publish makes a kept version the vendor's procedure.
func (tx *Tx) Publish(ctx context.Context, p Publication) error {
	if err := tx.exec(ctx, "publish policy pack", `insert into policy_publications (vendor_id, version, published_at, published_by, note)
		values ($1, $2, $3, $4, $5)`, tx.Vendor, p.Version, p.PublishedAt, p.PublishedBy, p.Note); err != nil {
		return err
	}
	return tx.change(ctx, "set the policy in force", `update vendors set policy_version = $2 where id = $1`, tx.Vendor, p.Version)
}

// Publications lists what was published, newest first.
func (tx *Tx) Publications(ctx context.Context, limit int) (list []Publication, err error) {
	return list, tx.list(ctx, "list publications", &list, `select p.version, p.published_at, p.published_by, coalesce(w.name, '') as name, p.note,
		(select count(*) from tickets t where t.vendor_id = $1 and t.policy_version = p.version and t.state not in ('closed', 'withdrawn', 'merged')) as open
		from policy_publications p left join people w on w.id = p.published_by where p.vendor_id = $1 order by p.id desc limit $2`, tx.Vendor, limit)
}

// Pinned is a vendor as one of its tickets knows it: with the settings that the
// version of the pack the ticket is pinned to makes. NotFound when the vendor
// never had that version.
func (tx *Tx) Pinned(ctx context.Context, v Vendor, version string) (Vendor, error) {
	return tx.store.pinned(v, version, func() (keptPack, error) { return tx.keptPack(ctx, version) })
}

// Pinned is described with that of a transaction.
func (s *Store) Pinned(ctx context.Context, v Vendor, version string) (Vendor, error) {
	return s.pinned(v, version, func() (keptPack, error) { return s.keptPack(ctx, v.ID, version) })
}

func (s *Store) pinned(v Vendor, version string, read func() (keptPack, error)) (Vendor, error) {
	if version == v.Settings.PolicyVersion() {
		return v, nil
	}
	own, err := policy.Parse(v.Raw)
	if err != nil || version == "" {
		v.Settings = own
		return v, err
	}
	p, err := s.pack(v.ID, version, read)
	if err != nil {
		return v, err
	}
	v.Settings = p.Settings(own)
	return v, nil
}

// keptPack is a pack as the database keeps it.
type keptPack struct {
	Text    string `db:"text"`
	Regions []byte `db:"regions"`
}

func (s *Store) keptPack(ctx context.Context, vendor uuid.UUID, version string) (k keptPack, err error) {
	err = s.In(ctx, vendor, func(tx *Tx) error {
		k, err = tx.keptPack(ctx, version)
		return err
	})
	return k, err
}

func (tx *Tx) keptPack(ctx context.Context, version string) (keptPack, error) {
	var k keptPack
	err := tx.get(ctx, "read policy pack", &k, `select text, regions from policy_packs where vendor_id = $1 and version = $2`, tx.Vendor, version)
	return k, err
}

// pack is a version of a vendor's packs. It never changes, so it is read once.
func (s *Store) pack(vendor uuid.UUID, version string, read func() (keptPack, error)) (*policy.Pack, error) {
	type key struct {
		vendor  uuid.UUID
		version string
	}
	if known, is := s.packs.Load(key{vendor, version}); is {
		return known.(*policy.Pack), nil //nolint:forcetypeassert // stored below
	}
	kept, err := read()
	if err != nil {
		return nil, err
	}
	var regions map[string][]string
	err = json.Unmarshal(kept.Regions, &regions)
	var p *policy.Pack
	if err == nil {
		p, err = policy.ParseKept([]byte(kept.Text), regions)
	}
	if err != nil {
		return nil, fmt.Errorf("policy pack %s: %w", policy.ShortVersion(version), err)
	}
	known, _ := s.packs.LoadOrStore(key{vendor, version}, p)
	return known.(*policy.Pack), nil //nolint:forcetypeassert // stored above
}

// Unpinned lists open tickets that are pinned to another version than this one,
// by number, after a number.
func (tx *Tx) Unpinned(ctx context.Context, version, after string, limit int) (list []Ticket, err error) {
	return list, tx.list(ctx, "list tickets of other versions", &list, `select `+ticketColumns+` from tickets where vendor_id = $1 and policy_version <> $2
		and number > $3 and state not in ('closed', 'withdrawn', 'merged') order by number limit $4`, tx.Vendor, version, after, limit)
}
