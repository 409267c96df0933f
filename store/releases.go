package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// Release is a version of a package that was released.
type Release struct {
	ID         uuid.UUID `db:"id"`
	PackageID  uuid.UUID `db:"package_id"`
	Number     string    `db:"number"`      // of the version: 8.3.1
	ReleasedOn time.Time `db:"released_on"` // a date in the vendor's zone, at midnight UTC
	Notes      string    `db:"notes"`
	Version    int64     `db:"version"` // of the row
	CreatedAt  time.Time `db:"created_at"`
	// Read, never written: what the package and its product are called, and the
	// date of the package's newest release.
	Package   string    `db:"package"`
	ProductID uuid.UUID `db:"product_id"`
	Product   string    `db:"product"`
	Newest    time.Time `db:"newest"`
}

const releaseSelect = `select r.id, r.package_id, r.number, r.released_on, r.notes, r.version, r.created_at, k.name as package, k.product_id, p.name as product,
	(select max(n.released_on) from releases n where n.package_id = r.package_id) as newest
	from releases r join packages k on k.id = r.package_id join products p on p.id = k.product_id `

// ReleasePlace is a place in the list of releases.
type ReleasePlace struct {
	Product, Package string
	ReleasedOn       time.Time
	ID               uuid.UUID
}

// Releases lists releases by product and package, those of a package newest
// first, after a place (nil: from the start); of one package alone where it is
// named.
func (tx *Tx) Releases(ctx context.Context, of *uuid.UUID, after *ReleasePlace, limit int) (list []Release, err error) {
	if after == nil {
		after = &ReleasePlace{ReleasedOn: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}
	}
	return list, tx.list(ctx, "list releases", &list, releaseSelect+`where r.vendor_id = $1 and ($2::uuid is null or r.package_id = $2)
		and (p.name, k.name, date '9999-01-01' - r.released_on, r.id) > ($3, $4, date '9999-01-01' - $5::date, $6)
		order by p.name, k.name, r.released_on desc, r.id limit $7`,
		tx.Vendor, of, after.Product, after.Package, after.ReleasedOn, after.ID, limit)
}

// Release finds one; NotFound when there is none.
func (tx *Tx) Release(ctx context.Context, id uuid.UUID) (r Release, err error) {
	return r, tx.get(ctx, "find release", &r, releaseSelect+`where r.id = $1`, id)
}

// Named is what people call it: its package and number.
func (r Release) Named() string { return r.Package + " " + r.Number }

// LockRelease is Release, and nobody else changes it until the end of the
// transaction.
func (tx *Tx) LockRelease(ctx context.Context, id uuid.UUID) (r Release, err error) {
	return r, tx.get(ctx, "lock release", &r, releaseSelect+`where r.id = $1 for update of r`, id)
}

// KnownReleases are the releases, two at most, that somebody may mean by a
// package's name ("": any) and a version's number.
func (tx *Tx) KnownReleases(ctx context.Context, pack, number string) (list []Release, err error) {
	return list, tx.list(ctx, "find known releases", &list, releaseSelect+`where r.vendor_id = $1 and lower(r.number) = lower($3)
		and ($2 = '' or lower(k.name) = lower($2)) limit 2`, tx.Vendor, pack, number)
}

// InsertRelease adds a release; a number that its package has is a Conflict.
func (tx *Tx) InsertRelease(ctx context.Context, r Release) error {
	_, err := tx.ExecContext(ctx, `insert into releases (id, vendor_id, package_id, number, released_on, notes, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		r.ID, tx.Vendor, r.PackageID, r.Number, r.ReleasedOn, r.Notes, r.CreatedAt)
	return releaseFailure("insert release", r, err)
}

// UpdateRelease writes a locked release back. r.Version is the new version and
// must follow the one in the database; a number that its package has is a
// Conflict.
func (tx *Tx) UpdateRelease(ctx context.Context, r Release) error {
	err := oneRow(tx.ExecContext(ctx, `update releases set version = $2, number = $3, released_on = $4, notes = $5 where id = $1 and version = $2 - 1`,
		r.ID, r.Version, r.Number, r.ReleasedOn, r.Notes))
	return releaseFailure("update release", r, err)
}

func releaseFailure(doing string, r Release, err error) error {
	if violates(err, "releases_number") {
		return problem.New(problem.Conflict, "release_number_taken", problem.Args{"number": r.Number})
	}
	return failure(doing, err)
}

// AcceptVersion notes that staff work on a ticket whose version is not
// supported any more. It is no step of the procedure: the row keeps its version.
func (tx *Tx) AcceptVersion(ctx context.Context, ticket, by uuid.UUID, at time.Time) error {
	return tx.exec(ctx, "accept a ticket's version", `update tickets set version_accepted_at = $2, version_accepted_by = $3 where id = $1`, ticket, at, by)
}
