package desk

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/roadmap"
	"github.com/casepath/casepath/store"
)

// Suggestion is a feature as a customer sees it: in the vendor's public wording,
// or the words of their own ticket, and never in another organization's.
type Suggestion struct {
	ID     uuid.UUID
	Number string
	Title  string // "": nothing that they may read
	Body   string // the public one
	Stage  Stage
	Target string // the version it is planned into or has shipped with; "": none yet
	Reason string // why it is declined
	Voted  bool   // their organization asks for it
	// MayVote and MayTakeBack say what the reader may do now.
	MayVote     bool
	MayTakeBack bool
	CreatedAt   time.Time
}

// Stage is where a suggestion stands, as a customer reads it.
type Stage string

// The stages.
const (
	StageConsidered Stage = "considered"
	StageDeclined   Stage = "declined"
	StageOffered    Stage = "offered"
	StageLater      Stage = "later"   // on the roadmap, without a version
	StagePlanned    Stage = "planned" // on the roadmap, with one
	StageShipped    Stage = "shipped"
)

// stageOf is what a feature is to somebody who was answered so ("": nothing), and
// its version. What was last said to them counts, whatever others were offered
// since.
func stageOf(f store.Feature, told feature.State) (Stage, string) {
	if told == "" && f.State != feature.Offered {
		told = f.State
	}
	switch told {
	case feature.Declined:
		return StageDeclined, ""
	case feature.Offered:
		return StageOffered, ""
	case feature.Roadmap:
		target := f.Target
		if f.DevTarget != "" && f.DevState != devticket.Refused {
			target = f.DevTarget
		}
		switch {
		case f.DevState.Delivered():
			return StageShipped, target
		case target != "":
			return StagePlanned, target
		}
		return StageLater, ""
	}
	return StageConsidered, ""
}

func suggestion(c Caller, r store.RoadmapItem) Suggestion {
	s := Suggestion{ID: r.ID, Number: r.Number, Title: r.OwnTitle, Voted: r.Voted, CreatedAt: r.CreatedAt}
	if r.Published {
		s.Title, s.Body = r.PublicTitle, r.PublicBody
	}
	s.Stage, s.Target = stageOf(r.Feature, r.Answer)
	if s.Stage == StageDeclined {
		s.Reason = r.Reason
	}
	s.MayVote = r.Published && r.State.Shown() && !r.Voted && c.Reach(OpVoteFeature) != Nothing
	s.MayTakeBack = r.Without && r.State == feature.New && c.Reach(OpUnvoteFeature) != Nothing
	return s
}

// roadmapOf is what the caller sees of the features.
func roadmapOf(c Caller) store.RoadmapFilter {
	f := store.RoadmapFilter{Person: c.Person.ID, Whole: c.Reach(OpListRoadmap) >= Organization}
	if c.Person.OrganizationID != nil {
		f.Organization = *c.Person.OrganizationID
	}
	return f
}

// Roadmap lists the features a customer sees, the newest first: those the vendor
// has worded for the public that are considered or on the roadmap, and those they
// ask for; and the cursor of the next page ("" on the last).
func (d *Desk) Roadmap(ctx context.Context, after string, limit int) (list []Suggestion, next string, err error) {
	c, err := d.caller(ctx, OpListRoadmap)
	if err != nil {
		return nil, "", err
	}
	f := roadmapOf(c)
	f.Limit = limit + 1
	if after != "" {
		at, id, err := timeCursor(after)
		if err != nil {
			return nil, "", err
		}
		f.BeforeAt, f.BeforeID = &at, id
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.RoadmapItems(ctx, f)
		if len(rows) > limit {
			rows = rows[:limit]
			last := rows[limit-1]
			next = cursor(last.CreatedAt.UTC().Format(time.RFC3339Nano), last.ID)
		}
		for _, r := range rows {
			list = append(list, suggestion(c, r))
		}
		return err
	})
}

// seen is the feature of a uuid or number as the caller sees it; NotFound when
// they do not.
func seen(ctx context.Context, tx *store.Tx, c Caller, ref string) (r store.RoadmapItem, err error) {
	row, err := findFeature(ctx, tx, ref)
	if err != nil {
		return r, err
	}
	if c.inside() {
		return store.RoadmapItem{Feature: row}, nil
	}
	f := roadmapOf(c)
	f.ID, f.Limit = &row.ID, 1
	list, err := tx.RoadmapItems(ctx, f)
	if err == nil && len(list) == 0 {
		err = problem.Missing()
	}
	if err != nil {
		return r, err
	}
	return list[0], nil
}

// VoteFeature says that the caller's organization needs a feature too; note is
// what it is worth to them, for the vendor. Conflict when they have said so, or
// nobody can ask for it any more.
func (d *Desk) VoteFeature(ctx context.Context, key, ref, note string) (Suggestion, error) {
	return d.vote(ctx, OpVoteFeature, key, ref, note, func(tx *store.Tx, c Caller, r store.RoadmapItem) error {
		if !r.Published || !r.State.Shown() {
			return problem.New(problem.Conflict, "feature_ended", problem.Args{"number": r.Number})
		}
		theirs, err := tx.FeatureVotesOf(ctx, r.ID, *c.Person.OrganizationID)
		if err != nil {
			return err
		}
		if len(theirs) > 0 {
			return problem.New(problem.Conflict, "feature_voted", nil)
		}
		return tx.InsertFeatureVote(ctx, store.FeatureVote{
			ID: store.NewID(), FeatureID: r.ID, OrganizationID: *c.Person.OrganizationID, PersonID: c.Person.ID, Note: note, CastAt: d.Now(),
		})
	})
}

// UnvoteFeature takes back what VoteFeature has said, while nothing is decided:
// one's own word, or with the organization's sight that of a colleague. Who asks
// with a ticket withdraws that.
func (d *Desk) UnvoteFeature(ctx context.Context, key, ref string) (Suggestion, error) {
	return d.vote(ctx, OpUnvoteFeature, key, ref, "", func(tx *store.Tx, c Caller, r store.RoadmapItem) error {
		theirs, err := tx.FeatureVotesOf(ctx, r.ID, *c.Person.OrganizationID)
		if err != nil {
			return err
		}
		whole := c.Reach(OpUnvoteFeature) >= Organization
		i := slices.IndexFunc(theirs, func(v store.FeatureVote) bool { return v.TicketID == nil && (whole || v.PersonID == c.Person.ID) })
		switch {
		case i < 0:
			return problem.New(problem.Conflict, "feature_not_voted", problem.Args{"number": r.Number})
		case r.State != feature.New:
			return problem.New(problem.Conflict, "feature_decided", problem.Args{"number": r.Number})
		}
		if err := tx.DeleteFeatureVote(ctx, theirs[i].ID); err != nil {
			return err
		}
		return roadmap.DropIfAlone(ctx, tx, r.Feature, &c.Person.ID, d.Now())
	})
}

// vote changes who asks for a feature once for its key, with the feature's row
// locked.
func (d *Desk) vote(ctx context.Context, op Operation, key, ref, note string, do func(*store.Tx, Caller, store.RoadmapItem) error) (s Suggestion, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return s, err
	}
	return s, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, err := seen(ctx, tx, c, ref)
		if err != nil {
			return err
		}
		if err := c.allow(op); err != nil {
			return err
		}
		if c.Person.OrganizationID == nil {
			return problem.New(problem.Forbidden, "not_your_role", nil)
		}
		var wrong problem.Fields
		checkText(&wrong, "note", &note, 0, BodyMax)
		if err := wrong.Err(); err != nil {
			return err
		}
		if _, _, err := d.once(ctx, tx, c, write{action: string(op), key: key, body: []any{r.ID, note}}, func() (uuid.UUID, error) {
			if r.Feature, err = tx.LockFeature(ctx, r.ID); err != nil {
				return r.ID, err
			}
			if err := do(tx, c, r); err != nil {
				return r.ID, err
			}
			row := r.Feature
			row.UpdatedAt = d.Now()
			return r.ID, d.featureHappened(ctx, tx, c, row, string(op), op, map[string]any{"organization": c.Person.OrganizationID})
		}); err != nil {
			return err
		}
		now, err := seen(ctx, tx, c, r.ID.String())
		if problem.CodeOf(err) == problem.NotFound { // taken back, and not for all to see
			s = Suggestion{ID: r.ID, Number: r.Number, Stage: StageConsidered, CreatedAt: r.CreatedAt}
			return nil
		}
		s = suggestion(c, now)
		return err
	})
}

// NoteFeatureVote keeps what product management notes of what a vote for a
// feature is worth; staff read it.
func (d *Desk) NoteFeatureVote(ctx context.Context, ref string, vote uuid.UUID, text string) (v FeatureView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.featureOf(ctx, tx, c, OpNoteFeatureVote, ref)
		if err != nil {
			return err
		}
		var wrong problem.Fields
		checkText(&wrong, "text", &text, 0, BodyMax)
		if err := wrong.Err(); err != nil {
			return err
		}
		if err := tx.NoteVote(ctx, row.ID, vote, text); err != nil {
			return err
		}
		row.UpdatedAt = d.Now()
		if err := d.featureHappened(ctx, tx, c, row, "noted", OpNoteFeatureVote, map[string]any{"vote": vote}); err != nil {
			return err
		}
		v, err = d.viewFeature(ctx, tx, c, row, uuid.Nil)
		return err
	})
}

// SuggestionOf is the feature a ticket asks for, as its reader sees it; nil when
// it asks for none.
func (d *Desk) SuggestionOf(ctx context.Context, ref string) (s *Suggestion, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, err
	}
	return s, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		t, err := d.find(ctx, tx, c, OpGetTicketFeature, ref)
		if err != nil {
			return err
		}
		s, err = suggestionOf(ctx, tx, c, t)
		return err
	})
}

func suggestionOf(ctx context.Context, tx *store.Tx, c Caller, t store.Ticket) (*Suggestion, error) {
	vote, err := tx.FeatureVoteOfTicket(ctx, t.ID)
	if err != nil || vote == nil {
		return nil, err
	}
	row, err := tx.Feature(ctx, vote.FeatureID)
	if err != nil {
		return nil, err
	}
	s := suggestion(c, store.RoadmapItem{Feature: row, OwnTitle: t.Title, Voted: true, Answer: vote.Answer})
	return &s, nil
}
