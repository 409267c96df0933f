package desk

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
)

// FeatureView is a feature, for staff.
type FeatureView struct {
	Row      store.Feature
	Possible []feature.Action     // what the reader may do now
	MayEdit  bool                 // its wording, and what votes are worth
	Votes    []store.NamedVote    // who asks for it, the oldest first; nil in lists
	Next     uuid.UUID            // the vote after which the rest come; uuid.Nil: that is all
	Voters   []store.Voter        // the organizations, by name; nil in lists
	Offers   []store.FeatureOffer // as paid work; nil in lists
	Events   []store.FeatureEvent // oldest first, the last hundred; nil in lists
	Releases []store.Release      // of its package, newest first, to put it into; nil in lists
}

var featureNumberForm = regexp.MustCompile(`^[Ff]-[0-9]{4}-[0-9]{1,12}$`)

// findFeature is the feature of a uuid or number; NotFound when there is none.
func findFeature(ctx context.Context, tx *store.Tx, ref string) (store.Feature, error) {
	if id, err := uuid.Parse(ref); err == nil && len(ref) == 36 {
		return tx.Feature(ctx, id)
	}
	if featureNumberForm.MatchString(ref) {
		return tx.FeatureByNumber(ctx, strings.ToUpper(ref))
	}
	return store.Feature{}, problem.Missing()
}

// featureOf is the feature staff name; NotFound when it is missing or the caller
// is no staff, Forbidden when the operation on it is not theirs.
func (d *Desk) featureOf(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string) (store.Feature, error) {
	row, err := findFeature(ctx, tx, ref)
	if err != nil {
		return row, err
	}
	if !c.inside() {
		return row, problem.Missing()
	}
	telemetry.Note(ctx, "feature", row.Number)
	return row, c.allow(op)
}

// Feature is one feature, by uuid or number, with the votes for it after one
// (uuid.Nil: from the start).
func (d *Desk) Feature(ctx context.Context, ref string, after uuid.UUID) (v FeatureView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.featureOf(ctx, tx, c, OpGetFeature, ref)
		if err == nil {
			v, err = d.viewFeature(ctx, tx, c, row, after)
		}
		return err
	})
}

// How much of a feature is read at once.
const (
	votesPage = 50
	votersMax = 500
	offersMax = 100
)

func (d *Desk) viewFeature(ctx context.Context, tx *store.Tx, c Caller, row store.Feature, after uuid.UUID) (v FeatureView, err error) {
	v = FeatureView{Row: row, Possible: possibleFeature(c, row), MayEdit: c.Reach(OpEditFeature) != Nothing && !row.State.Ended()}
	if v.Votes, err = tx.NamedVotes(ctx, row.ID, after, votesPage+1); err != nil {
		return v, err
	}
	if len(v.Votes) > votesPage {
		v.Votes = v.Votes[:votesPage]
		v.Next = v.Votes[votesPage-1].ID
	}
	if v.Voters, err = tx.Voters(ctx, row.ID, votersMax); err != nil {
		return v, err
	}
	if v.Offers, err = tx.FeatureOffers(ctx, row.ID, offersMax); err != nil {
		return v, err
	}
	if v.Events, err = tx.FeatureEvents(ctx, row.ID, 100); err != nil {
		return v, err
	}
	if row.PackageID != nil {
		v.Releases, err = tx.Releases(ctx, row.PackageID, nil, PageMax)
	}
	return v, err
}

// featureOperation names the permission of each decision.
var featureOperation = map[feature.Action]Operation{
	feature.ActDecline: OpDeclineFeature, feature.ActRoadmap: OpRoadmapFeature, feature.ActOffer: OpOfferFeature,
	feature.ActMerge: OpMergeFeature, feature.ActDevelop: OpDevelopFeature,
}

func possibleFeature(c Caller, row store.Feature) []feature.Action {
	return slices.DeleteFunc(feature.Possible(row.Snapshot()), func(a feature.Action) bool { return c.Reach(featureOperation[a]) == Nothing })
}

// FeatureQuery narrows a list of features; zero values do not.
type FeatureQuery struct {
	States    []feature.State
	ProductID *uuid.UUID
	ByAge     bool // the oldest first; else those most organizations ask for
	Cursor    string
	Limit     int // 1 to PageMax
}

// Features lists features, and the cursor of the next page ("" on the last).
func (d *Desk) Features(ctx context.Context, q FeatureQuery) (list []FeatureView, next string, err error) {
	c, err := d.caller(ctx, OpListFeatures)
	if err != nil {
		return nil, "", err
	}
	f := store.FeatureFilter{ProductID: q.ProductID, ByAge: q.ByAge, Limit: q.Limit + 1}
	for _, s := range q.States {
		f.States = append(f.States, string(s))
	}
	if q.Cursor != "" {
		f.After = true
		if f.Organizations, f.AfterAt, f.AfterID, err = votesCursor(q.Cursor); err != nil {
			return nil, "", err
		}
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.Features(ctx, f)
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := rows[q.Limit-1]
			next = cursor(fmt.Sprintf("%d %s", last.Organizations, last.CreatedAt.UTC().Format(time.RFC3339Nano)), last.ID)
		}
		for _, row := range rows {
			list = append(list, FeatureView{Row: row, Possible: possibleFeature(c, row)})
		}
		return err
	})
}

// votesCursor reads the place in a list of features: how many organizations, and
// when it was made.
func votesCursor(s string) (n int, at time.Time, id uuid.UUID, err error) {
	value, id, err := readCursor(s)
	if err != nil {
		return n, at, id, err
	}
	votes, made, _ := strings.Cut(value, " ")
	if n, err = strconv.Atoi(votes); err == nil && n >= 0 && n < 1<<30 {
		if at, err = time.Parse(time.RFC3339Nano, made); err == nil && at.Year() > 0 && at.Year() < 9999 {
			return n, at, id, nil
		}
	}
	var wrong problem.Fields
	wrong.Add("cursor", "cursor_unknown", nil)
	return n, at, id, wrong.Err()
}

// LikeFeature is a feature that may be the same as another, and why.
type LikeFeature struct {
	store.FeatureCandidate
	SamePackage bool // it is about the same package
}

// LikeFeatures are features that one may be merged with, the likeliest first, by
// the words of its title. locale is the language whose words are marked.
func (d *Desk) LikeFeatures(ctx context.Context, ref, locale string) (list []LikeFeature, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.featureOf(ctx, tx, c, OpListFeatureCandidates, ref)
		if err != nil {
			return err
		}
		found, err := tx.FeatureCandidates(ctx, row.ID, row.Title, locale, CandidatesMax)
		for _, f := range found {
			list = append(list, LikeFeature{FeatureCandidate: f, SamePackage: row.PackageID != nil && f.PackageID != nil && *row.PackageID == *f.PackageID})
		}
		return err
	})
}

// FeatureEdit is how the vendor words a feature.
type FeatureEdit struct {
	Seen        int64  // the version that was edited
	Title       string // for staff
	PublicTitle string
	PublicBody  string
	Published   bool // customers see the public wording
}

// EditFeature words a feature, for staff and for customers. Conflict when others
// have changed it since, or it is merged or dropped.
func (d *Desk) EditFeature(ctx context.Context, key, ref string, in FeatureEdit) (v FeatureView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.featureOf(ctx, tx, c, OpEditFeature, ref)
		if err != nil {
			return err
		}
		var wrong problem.Fields
		least := 0
		if in.Published {
			least = TitleMin
		}
		checkText(&wrong, "title", &in.Title, TitleMin, TitleMax)
		checkText(&wrong, "public_title", &in.PublicTitle, least, TitleMax)
		checkText(&wrong, "public_body", &in.PublicBody, 0, BodyMax)
		if err := wrong.Err(); err != nil {
			return err
		}
		w := write{action: string(OpEditFeature), key: key, body: []any{row.ID, in}}
		if _, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) { return row.ID, d.editFeature(ctx, tx, c, row.ID, in) }); err != nil {
			return err
		}
		if row, err = tx.Feature(ctx, row.ID); err == nil {
			v, err = d.viewFeature(ctx, tx, c, row, uuid.Nil)
		}
		return err
	})
}

func (d *Desk) editFeature(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID, in FeatureEdit) error {
	row, err := tx.LockFeature(ctx, id)
	switch {
	case err != nil:
		return err
	case row.Version != in.Seen:
		return problem.New(problem.Conflict, "changed_meanwhile", nil)
	case row.State.Ended():
		return problem.New(problem.Conflict, "feature_ended", problem.Args{"number": row.Number})
	}
	row.Version++
	row.Title, row.PublicTitle, row.PublicBody, row.Published, row.UpdatedAt = in.Title, in.PublicTitle, in.PublicBody, in.Published, d.Now()
	if err := tx.UpdateFeature(ctx, row); err != nil {
		return err
	}
	return d.featureHappened(ctx, tx, c, row, "edited", OpEditFeature, map[string]any{"published": in.Published})
}
