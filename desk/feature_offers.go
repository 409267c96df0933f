package desk

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
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
