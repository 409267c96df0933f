package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/roadmap"
	"github.com/casepath/casepath/store"
)

// featureDeed is one thing product management decides, before it is checked.
type featureDeed struct {
	action        feature.Action
	ref           string // by uuid or number
	key           string // idempotency key of the caller
	seen          int64  // the version it was decided on
	text          string
	target        Target
	into          string      // by uuid or number
	organizations []uuid.UUID // to which it is offered
}

// DeclineFeature declines a feature for a reason, which everybody who asks for it
// reads. Conflict while an offer of it is out.
func (d *Desk) DeclineFeature(ctx context.Context, key, ref string, seen int64, reason string) (FeatureView, error) {
	return d.decideFeature(ctx, featureDeed{action: feature.ActDecline, key: key, ref: ref, seen: seen, text: reason})
}

// RoadmapFeature puts a feature on the roadmap, into a version, or later when none
// is named; everybody who asks for it is told. Conflict while an offer of it is
// out.
func (d *Desk) RoadmapFeature(ctx context.Context, key, ref string, seen int64, into Target) (FeatureView, error) {
	return d.decideFeature(ctx, featureDeed{action: feature.ActRoadmap, key: key, ref: ref, seen: seen, target: into})
}

// OfferFeature offers a feature as paid work to organizations that ask for it with
// a ticket: an enhancement begins on the newest of each that is open. text goes
// with it to the customer.
func (d *Desk) OfferFeature(ctx context.Context, key, ref string, seen int64, to []uuid.UUID, text string) (FeatureView, error) {
	return d.decideFeature(ctx, featureDeed{action: feature.ActOffer, key: key, ref: ref, seen: seen, organizations: to, text: text})
}

// MergeFeature has the votes and tickets of a feature count for another. Those who
// join one that is decided are told that.
func (d *Desk) MergeFeature(ctx context.Context, key, ref string, seen int64, into string) (FeatureView, error) {
	return d.decideFeature(ctx, featureDeed{action: feature.ActMerge, key: key, ref: ref, seen: seen, into: into})
}

// DevelopFeature makes a dev ticket of a feature on the roadmap. The tickets that
// ask for it hang on that: what becomes of it is told by what development says.
func (d *Desk) DevelopFeature(ctx context.Context, key, ref string, seen int64) (FeatureView, error) {
	return d.decideFeature(ctx, featureDeed{action: feature.ActDevelop, key: key, ref: ref, seen: seen})
}

// decideFeature does one of the above once for its key.
func (d *Desk) decideFeature(ctx context.Context, in featureDeed) (v FeatureView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	op := featureOperation[in.action]
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.featureOf(ctx, tx, c, op, in.ref)
		if err != nil {
			return err
		}
		into, err := in.check(ctx, tx, row)
		if err != nil {
			return err
		}
		w := write{action: string(op), key: in.key, body: []any{row.ID, in.seen, in.text, in.target, in.into, in.organizations}}
		if _, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) { return row.ID, d.decided(ctx, tx, c, row, into, in) }); err != nil {
			return err
		}
		if row, err = tx.Feature(ctx, row.ID); err == nil {
			v, err = d.viewFeature(ctx, tx, c, row, uuid.Nil)
		}
		return err
	})
}

// check names every wrong field of a deed on a feature, and answers what that is
// merged into, nil for none.
func (in *featureDeed) check(ctx context.Context, tx *store.Tx, row store.Feature) (into *store.Feature, err error) {
	var wrong problem.Fields
	switch in.action {
	case feature.ActDecline:
		checkText(&wrong, "text", &in.text, 1, BodyMax)
	case feature.ActRoadmap:
		if err := in.target.resolve(ctx, tx, row.PackageID, &wrong); err != nil {
			return nil, err
		}
		checkText(&wrong, "version", &in.target.Version, 0, VersionMax)
	case feature.ActOffer:
		checkText(&wrong, "text", &in.text, 0, BodyMax)
		if len(in.organizations) == 0 {
			wrong.Add("organizations", "field_empty", nil)
		}
	case feature.ActMerge:
		found, err := findFeature(ctx, tx, in.into)
		switch {
		case problem.CodeOf(err) == problem.NotFound:
			wrong.Add("into", "feature_unknown", nil)
		case err != nil:
			return nil, err
		}
		into = &found
	case feature.ActDevelop:
	}
	return into, wrong.Err()
}

// decision is one under way: every row it may change is locked, those of the
// tickets first.
type decision struct {
	c    Caller
	in   featureDeed
	row  store.Feature
	was  store.Feature  // before the decision
	into *store.Feature // what it is merged into
	// votes are those for the feature.
	votes []store.FeatureVote
	feature.Transition
}

func (d *Desk) decided(ctx context.Context, tx *store.Tx, c Caller, row store.Feature, into *store.Feature, in featureDeed) (err error) {
	one := decision{c: c, in: in, row: row, into: into}
	if err := one.lock(ctx, tx); err != nil {
		return err
	}
	command := feature.Command{Action: in.action, Seen: in.seen, Target: in.target.Version}
	if one.into != nil {
		s := one.into.Snapshot()
		command.Into = &s
	}
	if one.Transition, err = feature.Decide(one.row.Snapshot(), command, d.Now()); err != nil {
		return err
	}
	one.was = one.row
	f := &one.row
	f.Version++
	f.State, f.UpdatedAt, f.DecidedBy, f.DecidedAt = one.To, one.At, &c.Person.ID, &one.At
	facts := map[string]any{}
	switch in.action {
	case feature.ActDecline:
		f.Target, f.ReleaseID, f.Reason = "", nil, in.text
		err = one.answer(ctx, tx)
	case feature.ActRoadmap:
		f.Target, f.ReleaseID, f.Reason = one.Target, in.target.ReleaseID, ""
		facts["version"] = f.Target
		err = one.answer(ctx, tx)
	case feature.ActOffer:
		facts["organizations"], err = one.offer(ctx, tx)
	case feature.ActMerge:
		f.MergedInto, facts["into"] = &one.into.ID, one.into.Number
		err = d.merge(ctx, tx, one)
	case feature.ActDevelop:
		facts["dev_ticket"], err = one.develop(ctx, tx)
	}
	if err != nil {
		return err
	}
	if err := tx.UpdateFeature(ctx, *f); err != nil {
		return err
	}
	return d.featureHappened(ctx, tx, c, *f, string(in.action), featureOperation[in.action], facts)
}

// lock takes the locks of the tickets that ask, then those of the features, and
// reads both. Conflict when a ticket has joined meanwhile.
func (one *decision) lock(ctx context.Context, tx *store.Tx) error {
	before, err := tx.FeatureVotes(ctx, one.row.ID)
	if err != nil {
		return err
	}
	locked := ticketsOf(before)
	if err := tx.LockTickets(ctx, locked...); err != nil {
		return err
	}
	ids := []uuid.UUID{one.row.ID}
	if one.into != nil && one.into.ID != one.row.ID {
		ids = append(ids, one.into.ID)
		slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }) // always in one order
	}
	for _, id := range ids {
		f, err := tx.LockFeature(ctx, id)
		switch {
		case err != nil:
			return err
		case id == one.row.ID:
			one.row = f
		default:
			one.into = &f
		}
	}
	if one.votes, err = tx.FeatureVotes(ctx, one.row.ID); err != nil {
		return err
	}
	for _, id := range ticketsOf(one.votes) {
		if !slices.Contains(locked, id) {
			return problem.New(problem.Conflict, "changed_meanwhile", nil)
		}
	}
	return nil
}

func ticketsOf(votes []store.FeatureVote) (ids []uuid.UUID) {
	for _, v := range votes {
		if v.TicketID != nil {
			ids = append(ids, *v.TicketID)
		}
	}
	return ids
}

// told is the decision as those who ask are told.
func (one *decision) told() roadmap.Decided {
	return roadmap.Decided{
		Vendor: one.c.Vendor, Row: one.row, Answer: one.To, Actor: one.c.Actor(), By: one.c.Person.ID, At: one.At,
		Event: fmt.Sprintf("feature/%s/%d", one.row.ID, one.row.Version),
	}
}

// featureHappened keeps what was done in the feature's history and the trail.
func (d *Desk) featureHappened(ctx context.Context, tx *store.Tx, c Caller, row store.Feature, kind string, op Operation, facts map[string]any) error {
	data, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	e := store.FeatureEvent{FeatureID: row.ID, Version: row.Version, Kind: kind, ActorID: &c.Person.ID, At: row.UpdatedAt, Data: data}
	if err := tx.InsertFeatureEvent(ctx, e); err != nil {
		return err
	}
	return d.audit(ctx, tx, c, string(op), "feature", row.ID, map[string]any{"number": row.Number})
}
