package desk

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/roadmap"
	"github.com/casepath/casepath/store"
)

// standingOffers are the offers of a feature that count for an organization, by its id:
// those that wait for its word, and those it has approved.
func standingOffers(ctx context.Context, tx *store.Tx, id uuid.UUID) (map[uuid.UUID]store.FeatureOffer, error) {
	offers, err := tx.FeatureOffers(ctx, id, 0)
	of := map[uuid.UUID]store.FeatureOffer{}
	for _, o := range offers {
		if o.Out() || o.Bought() {
			of[o.OrganizationID] = o
		}
	}
	return of, err
}

// answer tells everybody who asks and does not know it yet. Who has bought it keeps
// the answer that it was offered: they get it. Conflict "feature_offer_out" while
// somebody's word on an offer is waited for.
func (one *decision) answer(ctx context.Context, tx *store.Tx) error {
	offers, err := standingOffers(ctx, tx, one.row.ID)
	if err != nil {
		return err
	}
	for _, o := range offers {
		if o.Out() {
			return problem.New(problem.Conflict, "feature_offer_out", problem.Args{"number": o.Number})
		}
	}
	if one.was.Refused() {
		one.row.DevID = nil // what is decided now counts
	}
	votes := slices.DeleteFunc(slices.Clone(one.votes), func(v store.FeatureVote) bool {
		_, bought := offers[v.OrganizationID]
		return bought || one.known(v)
	})
	return one.told().Tell(ctx, tx, votes)
}

// known says whether a vote was answered the same before, and nothing else since:
// the feature was offered to others meanwhile.
func (one *decision) known(v store.FeatureVote) bool {
	if v.Answer != one.To || one.was.Refused() {
		return false
	}
	if one.To == feature.Declined {
		return one.was.Reason == one.row.Reason
	}
	return one.was.Target == one.row.Target
}

// tellJoined tells the votes that have joined a feature what is decided about it,
// but those who know. To an organization that has an offer of it, or has bought it,
// it is offered by that; what is offered to some is not said to the others: each is
// offered it by itself.
func (one *decision) tellJoined(ctx context.Context, tx *store.Tx, into store.Feature, joined []store.FeatureVote) error {
	offers, err := standingOffers(ctx, tx, into.ID)
	if err != nil {
		return err
	}
	told := roadmap.Decided{
		Vendor: one.c.Vendor, Row: into, Answer: feature.Offered, Actor: one.c.Actor(), By: one.c.Person.ID, At: one.At,
		Event: fmt.Sprintf("feature/%s/%d", into.ID, into.Version), Offers: map[uuid.UUID]string{},
	}
	for id, o := range offers {
		told.Offers[id] = o.Number
	}
	var offered, rest []store.FeatureVote
	for _, v := range joined {
		switch {
		case v.Answer != "": // carried over from the vote it was united with
		case told.Offers[v.OrganizationID] != "":
			offered = append(offered, v)
		default:
			rest = append(rest, v)
		}
	}
	if err := told.Tell(ctx, tx, offered); err != nil || into.State != feature.Declined && into.State != feature.Roadmap {
		return err
	}
	stage, target := stageOf(into, "")
	told.Event += "/rest" // of two organizations' they may have been told both
	told.Answer, told.Row.Target, told.Shipped, told.Offers = into.State, target, stage == StageShipped, nil
	return told.Tell(ctx, tx, rest)
}
