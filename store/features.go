package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/feature"
)

// WorkFeature is the kind of thing that a feature is, for its numbers.
const WorkFeature = "feature"

// Feature is a feature's row. Instants are UTC.
type Feature struct {
	ID          uuid.UUID     `db:"id"`
	VendorID    uuid.UUID     `db:"vendor_id"`
	Number      string        `db:"number"`
	Version     int64         `db:"version"` // rises with each decision and edit, not with votes
	State       feature.State `db:"state"`
	Title       string        `db:"title"` // for staff, like Body
	Body        string        `db:"body"`
	PublicTitle string        `db:"public_title"` // what customers read once it is published
	PublicBody  string        `db:"public_body"`
	Published   bool          `db:"published"`
	PackageID   *uuid.UUID    `db:"package_id"` // nil: of which is not known
	Target      string        `db:"target"`     // of the roadmap, as last told: the version, as people call it; "": later
	ReleaseID   *uuid.UUID    `db:"release_id"` // the release that is; nil: there is none yet
	Reason      string        `db:"reason"`     // why it is declined, as last told; customers read it
	MergedInto  *uuid.UUID    `db:"merged_into"`
	DevID       *uuid.UUID    `db:"dev_ticket_id"` // what development makes of it
	CreatedBy   uuid.UUID     `db:"created_by"`
	CreatedAt   time.Time     `db:"created_at"`
	UpdatedAt   time.Time     `db:"updated_at"`
	DecidedBy   *uuid.UUID    `db:"decided_by"`
	DecidedAt   *time.Time    `db:"decided_at"`
	// Read, never written: what its package and product are called, how many
	// organizations and tickets ask for it, what it is merged into, and its dev ticket.
	Package       string          `db:"package"`
	Product       string          `db:"product"`
	Organizations int             `db:"organizations"`
	Tickets       int             `db:"tickets"`
	MergedNumber  string          `db:"merged_number"`
	DevNumber     string          `db:"dev_number"`
	DevState      devticket.State `db:"dev_state"`
	DevTarget     string          `db:"dev_target"`
}

// Developed says whether development has it, and has not refused it.
func (f Feature) Developed() bool { return f.DevID != nil && f.DevState != devticket.Refused }

// Refused says whether development has refused it, and nothing is decided since.
func (f Feature) Refused() bool { return f.DevID != nil && f.DevState == devticket.Refused }

// Snapshot is what a decision looks at.
func (f Feature) Snapshot() feature.Snapshot {
	return feature.Snapshot{Number: f.Number, Version: f.Version, State: f.State, Target: f.Target, Developed: f.Developed(), Refused: f.Refused()}
}

const featureColumns = `f.id, f.vendor_id, f.number, f.version, f.state, f.title, f.body, f.public_title, f.public_body, f.published, f.package_id, f.target,
	f.release_id, f.reason, f.merged_into, f.dev_ticket_id, f.created_by, f.created_at, f.updated_at, f.decided_by, f.decided_at,
	coalesce(k.name, '') as package, coalesce(p.name, '') as product, coalesce(m.number, '') as merged_number,
	coalesce(d.number, '') as dev_number, coalesce(d.state, '') as dev_state, coalesce(d.target, '') as dev_target,
	(select count(distinct v.organization_id) from feature_votes v where v.feature_id = f.id) as organizations,
	(select count(v.ticket_id) from feature_votes v where v.feature_id = f.id) as tickets`

const featureFrom = ` from features f left join packages k on k.id = f.package_id left join products p on p.id = k.product_id
	left join features m on m.id = f.merged_into left join dev_tickets d on d.id = f.dev_ticket_id `

const featureSelect = `select ` + featureColumns + featureFrom

// FeatureID is the id of the feature a command makes: a repeat makes the same.
func FeatureID(vendor uuid.UUID, key string) uuid.UUID {
	return uuid.NewSHA1(vendor, []byte("feature/"+key))
}

// InsertFeature adds a feature with the vendor's next number of that year.
func (tx *Tx) InsertFeature(ctx context.Context, f *Feature, year int) (err error) {
	if f.Number, err = tx.nextNumber(ctx, WorkFeature, "F", year); err != nil {
		return err
	}
	return tx.exec(ctx, "insert feature", `insert into features (id, vendor_id, number, version, state, title, body, package_id, created_by, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`, f.ID, tx.Vendor, f.Number, f.Version, f.State, f.Title, f.Body, f.PackageID, f.CreatedBy, f.CreatedAt)
}

// Feature finds one of the vendor's; NotFound when there is none.
func (tx *Tx) Feature(ctx context.Context, id uuid.UUID) (f Feature, err error) {
	return f, tx.get(ctx, "find feature", &f, featureSelect+`where f.id = $1`, id)
}

// FeatureByNumber finds one by its number, in capitals.
func (tx *Tx) FeatureByNumber(ctx context.Context, number string) (f Feature, err error) {
	return f, tx.get(ctx, "find feature by number", &f, featureSelect+`where f.number = $1`, number)
}

// LockFeature is Feature, and nobody else changes the row until the end of the
// transaction. Whoever locks tickets too locks those first.
func (tx *Tx) LockFeature(ctx context.Context, id uuid.UUID) (f Feature, err error) {
	if err := tx.get(ctx, "lock feature", &id, `select id from features where id = $1 for update`, id); err != nil {
		return f, err
	}
	return tx.Feature(ctx, id) // as it is once the lock is held
}

// UpdateFeature writes a locked one back. f.Version is the new version and must
// follow the one in the database.
func (tx *Tx) UpdateFeature(ctx context.Context, f Feature) error {
	return tx.change(ctx, "update feature", `update features set version = $2, state = $3, title = $4, body = $5, public_title = $6, public_body = $7, published = $8,
		target = $9, release_id = $10, reason = $11, merged_into = $12, dev_ticket_id = $13, updated_at = $14, decided_by = $15, decided_at = $16, package_id = $17
		where id = $1 and version = $2 - 1`,
		f.ID, f.Version, f.State, f.Title, f.Body, f.PublicTitle, f.PublicBody, f.Published, f.Target, f.ReleaseID, f.Reason, f.MergedInto, f.DevID, f.UpdatedAt,
		f.DecidedBy, f.DecidedAt, f.PackageID)
}

// FeatureFilter narrows a list of features; zero values do not.
type FeatureFilter struct {
	States    []string
	ProductID *uuid.UUID
	ByAge     bool // the oldest first; else those most organizations ask for
	// Keyset: after one that so many organizations ask for (not looked at with
	// ByAge), of this instant and id.
	After         bool
	Organizations int
	AfterAt       time.Time
	AfterID       uuid.UUID
	Limit         int
}

// Features lists features.
func (tx *Tx) Features(ctx context.Context, f FeatureFilter) (list []Feature, err error) {
	args := arguments{tx.Vendor, f.Limit}
	where := []string{"f.vendor_id = $1"}
	if len(f.States) > 0 {
		where = append(where, "f.state = any("+args.add(stringArray(f.States))+")")
	}
	if f.ProductID != nil {
		where = append(where, "p.id = "+args.add(*f.ProductID))
	}
	after, order := "", "created_at, id"
	if f.After {
		after = "(created_at, id) > (" + args.add(f.AfterAt) + ", " + args.add(f.AfterID) + ")"
	}
	if !f.ByAge {
		order = "organizations desc, " + order
		if f.After {
			n := args.add(f.Organizations)
			after = "(organizations < " + n + " or organizations = " + n + " and " + after + ")"
		}
	}
	if after != "" {
		after = " where " + after
	}
	return list, tx.list(ctx, "list features", &list, `select * from (`+featureSelect+`where `+strings.Join(where, " and ")+`) found`+after+
		` order by `+order+` limit $2`, args...)
}

// CountNewFeatures counts those under consideration, no further than CountsMax + 1.
func (tx *Tx) CountNewFeatures(ctx context.Context) (n int, err error) {
	return n, tx.get(ctx, "count new features", &n,
		`select count(*) from (select from features where vendor_id = $1 and state = 'new' limit $2) counted`, tx.Vendor, CountsMax+1)
}

// FeatureEvent is something that happened to a feature.
type FeatureEvent struct {
	ID        int64           `db:"id"`
	FeatureID uuid.UUID       `db:"feature_id"`
	Version   int64           `db:"version"`
	Kind      string          `db:"kind"`
	ActorID   *uuid.UUID      `db:"actor_id"`   // nil: it happened by itself
	ActorName *string         `db:"actor_name"` // read, never written here
	At        time.Time       `db:"at"`
	Data      json.RawMessage `db:"data"`
}

// InsertFeatureEvent appends an event; events are never changed or deleted.
func (tx *Tx) InsertFeatureEvent(ctx context.Context, e FeatureEvent) error {
	if e.Data == nil {
		e.Data = json.RawMessage(`{}`)
	}
	return tx.exec(ctx, "insert event of feature", `insert into feature_events (vendor_id, feature_id, version, kind, actor_id, at, data)
		values ($1, $2, $3, $4, $5, $6, $7)`, tx.Vendor, e.FeatureID, e.Version, e.Kind, e.ActorID, e.At, []byte(e.Data))
}

// FeatureEvents are the last of a feature, oldest first.
func (tx *Tx) FeatureEvents(ctx context.Context, id uuid.UUID, limit int) (list []FeatureEvent, err error) {
	return list, tx.list(ctx, "list events of feature", &list, `select * from (
			select e.id, e.feature_id, e.version, e.kind, e.actor_id, p.name as actor_name, e.at, e.data
			from feature_events e left join people p on p.id = e.actor_id where e.feature_id = $1 order by e.id desc limit $2) latest order by id`, id, limit)
}

// FeatureCandidate is a feature that may be the same as another. Marked parts of
// its title lie between MarkStart and MarkEnd, which no text holds.
type FeatureCandidate struct {
	Feature
	MarkedTitle string `db:"marked_title"`
	MarkedBody  string `db:"marked_body"`
}

// FeatureCandidates finds features other than one by words of either language,
// the likeliest first; locale is the language whose words are marked.
func (tx *Tx) FeatureCandidates(ctx context.Context, other uuid.UUID, words, locale string, limit int) (list []FeatureCandidate, err error) {
	config := "english"
	if locale == "fr" {
		config = "french"
	}
	return list, tx.list(ctx, "find features like it", &list, `with asked as materialized (
			select replace(plainto_tsquery('english', $1)::text, ' & ', ' | ')::tsquery || replace(plainto_tsquery('french', $1)::text, ' & ', ' | ')::tsquery as query),
		found as materialized (select s.id, s.rank, asked.query from asked cross join lateral search_features(asked.query, $2 + 1) s where s.id <> $6)
		select f.*, ts_headline($3::regconfig, translate(f.title, $4, ''), found.query, 'HighlightAll=true,' || $5) as marked_title,
			ts_headline($3::regconfig, translate(left(f.body, 20000), $4, ''), found.query, 'MaxFragments=2,MaxWords=20,MinWords=8,' || $5) as marked_body
		from found join (`+featureSelect+`) f on f.id = found.id order by found.rank desc, f.id limit $2`,
		words, limit, config, MarkStart+MarkEnd, "StartSel="+MarkStart+",StopSel="+MarkEnd, other)
}
