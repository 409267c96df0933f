package desk

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// VersionMax is how long a version's number may be, in characters.
const VersionMax = 60

// ReleaseView is a release, and whether the vendor supports it today.
type ReleaseView struct {
	store.Release
	Supported bool
}

func (d *Desk) releaseView(c Caller, r store.Release) ReleaseView {
	return ReleaseView{r, d.supports(c, r)}
}

// supports judges a release on today's date at the vendor.
func (d *Desk) supports(c Caller, r store.Release) bool {
	return c.Vendor.Settings.Versions().Supports(r.ReleasedOn, r.Newest, d.today(c))
}

func (d *Desk) today(c Caller) time.Time { return policy.DateIn(d.Now(), c.Vendor.Settings.Location()) }

// Releases lists releases by product and package, those of a package newest
// first, and the cursor of the next page; of one package alone where it is
// named, none for one that is not there.
func (d *Desk) Releases(ctx context.Context, of *uuid.UUID, after string, limit int) (list []ReleaseView, next string, err error) {
	c, err := d.caller(ctx, OpListReleases)
	if err != nil {
		return nil, "", err
	}
	var place *store.ReleasePlace
	if after != "" {
		if place, err = readReleasePlace(after); err != nil {
			return nil, "", err
		}
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.Releases(ctx, of, place, limit+1)
		for _, r := range rows {
			list = append(list, d.releaseView(c, r))
		}
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = releasePlace(list[limit-1].Release)
	}
	return list, next, err
}

// releasePlace is a release's place in the list, as a cursor.
func releasePlace(r store.Release) string {
	return cursor(strings.Join([]string{r.ReleasedOn.Format(time.DateOnly), r.Product, r.Package}, "\t"), r.ID)
}

func readReleasePlace(s string) (*store.ReleasePlace, error) {
	value, id, err := readCursor(s)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(value, "\t")
	on, wrongDate := time.Parse(time.DateOnly, parts[0])
	if len(parts) != 3 || wrongDate != nil {
		var wrong problem.Fields
		wrong.Add("cursor", "cursor_unknown", nil)
		return nil, wrong.Err()
	}
	return &store.ReleasePlace{Product: parts[1], Package: parts[2], ReleasedOn: on, ID: id}, nil
}

// Release is one release.
func (d *Desk) Release(ctx context.Context, id uuid.UUID) (v ReleaseView, err error) {
	c, err := d.caller(ctx, OpGetRelease)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, err := tx.Release(ctx, id)
		v = d.releaseView(c, r)
		return err
	})
}

// ReleaseInput describes a release.
type ReleaseInput struct {
	Number     string    // of the version
	ReleasedOn time.Time // a date, at midnight UTC; not after today's at the vendor
	Notes      string
}

// check names every wrong field.
func (in *ReleaseInput) check(today time.Time) error {
	var wrong problem.Fields
	checkText(&wrong, "number", &in.Number, 1, VersionMax)
	checkText(&wrong, "notes", &in.Notes, 0, BodyMax)
	switch {
	case in.ReleasedOn.Year() < 1970:
		wrong.Add("released_on", "date_needed", nil)
	case in.ReleasedOn.After(today):
		wrong.Add("released_on", "release_in_future", nil)
	}
	return wrong.Err()
}

func (in ReleaseInput) facts() map[string]any {
	return map[string]any{"number": in.Number, "released_on": in.ReleasedOn.Format(time.DateOnly), "notes": in.Notes}
}

// CreateRelease adds a release to a package. A number that the package has is a
// Conflict.
func (d *Desk) CreateRelease(ctx context.Context, key string, of uuid.UUID, in ReleaseInput) (v ReleaseView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if _, err := tx.Package(ctx, of); err != nil {
			return err
		}
		if err := c.allow(OpCreateRelease); err != nil {
			return err
		}
		if err := in.check(d.today(c)); err != nil {
			return err
		}
		made, _, err := d.once(ctx, tx, c, write{action: "create_release", key: key, body: []any{of, in}}, func() (uuid.UUID, error) {
			created := store.Release{ID: store.NewID(), PackageID: of, Number: in.Number, ReleasedOn: in.ReleasedOn, Notes: in.Notes, CreatedAt: d.Now()}
			if err := tx.InsertRelease(ctx, created); err != nil {
				return uuid.Nil, err
			}
			return created.ID, d.audit(ctx, tx, c, "release_created", "release", created.ID, in.facts())
		})
		if err != nil {
			return err
		}
		r, err := tx.Release(ctx, made)
		v = d.releaseView(c, r)
		return err
	})
}

// UpdateRelease replaces what is known of a release. A version other than the
// row's is a Conflict, and so is a number that its package has. Tickets keep
// what was decided about their version.
func (d *Desk) UpdateRelease(ctx context.Context, id uuid.UUID, version int64, in ReleaseInput) (v ReleaseView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, err := tx.LockRelease(ctx, id)
		if err != nil {
			return err
		}
		if err := c.allow(OpUpdateRelease); err != nil {
			return err
		}
		if r.Version != version {
			return changedMeanwhile(r.Version)
		}
		if err := in.check(d.today(c)); err != nil {
			return err
		}
		was := ReleaseInput{r.Number, r.ReleasedOn, r.Notes}
		if changed := changes(was.facts(), in.facts()); len(changed) > 0 {
			r.Number, r.ReleasedOn, r.Notes, r.Version = in.Number, in.ReleasedOn, in.Notes, r.Version+1
			if err := tx.UpdateRelease(ctx, r); err != nil {
				return err
			}
			if err := d.audit(ctx, tx, c, "release_changed", "release", r.ID, changed); err != nil {
				return err
			}
		}
		r, err = tx.Release(ctx, id)
		v = d.releaseView(c, r)
		return err
	})
}
