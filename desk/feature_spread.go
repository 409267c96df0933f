package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/development"
	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// offer begins an enhancement for each organization, on the newest of its tickets
// that can have one, rather on one without an answer; its mail is how they are told. Their other tickets have their
// turn back. It answers the organizations' names.
func (one *decision) offer(ctx context.Context, tx *store.Tx) (names []string, err error) {
	offers, err := standingOffers(ctx, tx, one.row.ID)
	if err != nil {
		return nil, err
	}
	var wrong problem.Fields
	told := one.told()
	told.Offers = map[uuid.UUID]string{}
	var rest []store.FeatureVote
	for i, id := range one.in.organizations {
		path := fmt.Sprintf("organizations/%d", i)
		theirs := slices.DeleteFunc(slices.Clone(one.votes), func(v store.FeatureVote) bool { return v.OrganizationID != id })
		switch {
		case slices.Contains(one.in.organizations[:i], id):
			wrong.Add(path, "field_repeated", nil)
		case len(theirs) == 0:
			wrong.Add(path, "feature_no_vote", nil)
		case offers[id].Number != "":
			return nil, problem.New(problem.Conflict, "feature_offer_theirs", problem.Args{"organization": offers[id].Organization, "number": offers[id].Number})
		case len(ticketsOf(theirs)) == 0:
			wrong.Add(path, "feature_no_ticket", nil)
		}
		if wrong.Err() != nil {
			continue
		}
		organization, err := tx.Organization(ctx, id)
		if err != nil {
			return nil, err
		}
		names = append(names, organization.Name)
		chosen, number, err := one.offerTo(ctx, tx, theirs)
		if err != nil {
			return nil, err
		}
		told.Offers[id] = number
		told.Known = append(told.Known, theirs[chosen].ID)
		rest = append(rest, slices.Delete(theirs, chosen, chosen+1)...)
	}
	rest = slices.DeleteFunc(rest, func(v store.FeatureVote) bool { return v.Answer == feature.Offered })
	if err := wrong.Err(); err != nil {
		return names, err
	}
	return names, told.Tell(ctx, tx, rest)
}

// offerTo offers it to one organization, whose votes these are, and answers which
// of them it is offered on, by which service request.
func (one *decision) offerTo(ctx context.Context, tx *store.Tx, votes []store.FeatureVote) (chosen int, number string, err error) {
	tickets, err := tx.TicketsWith(ctx, ticketsOf(votes))
	if err != nil {
		return 0, "", err
	}
	of := slices.MaxFunc(tickets, func(a, b store.Ticket) int {
		return cmp.Or(rank(votes, a)-rank(votes, b), a.RegisteredAt.Compare(b.RegisteredAt))
	})
	vendor, err := tx.Pinned(ctx, one.c.Vendor, of.PolicyVersion)
	if err != nil {
		return 0, "", err
	}
	chosen = slices.IndexFunc(votes, func(v store.FeatureVote) bool { return v.TicketID != nil && *v.TicketID == of.ID })
	if err := tx.AnswerVotes(ctx, []uuid.UUID{votes[chosen].ID}, feature.Offered, one.At); err != nil {
		return 0, "", err
	}
	of.Version++
	key := fmt.Sprintf("feature/%s/%d/%s", one.row.ID, one.row.Version, of.ID)
	offered, err := activities.Offer(ctx, tx, vendor, &of, activities.Proposal{Key: key, By: one.c.Person.ID, Text: one.in.text, At: one.At})
	if err != nil {
		return 0, "", err
	}
	if err := tx.UpdateTicket(ctx, of); err != nil {
		return 0, "", err
	}
	return chosen, offered.Number, tx.PokeTicket(ctx, of.ID, of.Version)
}

// rank is how well an offer fits on a ticket: best on one that can have it and
// waits for an answer.
func rank(votes []store.FeatureVote, t store.Ticket) int {
	switch {
	case !activities.MayOffer(t):
		return 0
	case slices.ContainsFunc(votes, func(v store.FeatureVote) bool { return v.TicketID != nil && *v.TicketID == t.ID && v.Answer == "" }):
		return 2
	}
	return 1
}

// merge has the votes count for the other feature, and tells those who join what
// is decided about it.
func (d *Desk) merge(ctx context.Context, tx *store.Tx, one decision) error {
	into := *one.into
	if err := tx.MoveVotes(ctx, one.row.ID, into.ID); err != nil {
		return err
	}
	into.Version++
	into.UpdatedAt = one.At
	if err := tx.UpdateFeature(ctx, into); err != nil {
		return err
	}
	if err := d.featureHappened(ctx, tx, one.c, into, "merged_in", OpMergeFeature, map[string]any{"from": one.row.Number}); err != nil {
		return err
	}
	now, err := tx.FeatureVotes(ctx, into.ID)
	if err != nil {
		return err
	}
	joined := slices.DeleteFunc(now, func(v store.FeatureVote) bool {
		return !slices.ContainsFunc(one.votes, func(was store.FeatureVote) bool { return was.ID == v.ID })
	})
	if err := one.noteMerge(ctx, tx, into); err != nil {
		return err
	}
	if into.Developed() {
		if err := hang(ctx, tx, *into.DevID, joined, one.c.Person.ID, one.At); err != nil {
			return err
		}
	}
	return one.tellJoined(ctx, tx, into, joined)
}

// noteMerge writes into the history of each ticket, for staff, which feature it
// asks for now.
func (one *decision) noteMerge(ctx context.Context, tx *store.Tx, into store.Feature) error {
	tickets, err := tx.TicketsWith(ctx, ticketsOf(one.votes))
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"number": into.Number, "from": one.row.Number, "feature_id": into.ID})
	if err != nil {
		return err
	}
	for _, t := range tickets {
		line := store.Event{TicketID: t.ID, Version: t.Version, Kind: "feature_merged", ActorID: &one.c.Person.ID, At: one.At, Data: data}
		if err := tx.InsertEvent(ctx, line); err != nil {
			return err
		}
	}
	return nil
}

// develop makes the dev ticket, on which the tickets that ask hang. It answers its
// number.
func (one *decision) develop(ctx context.Context, tx *store.Tx) (string, error) {
	f := &one.row
	made := store.DevTicket{
		ID: store.DevTicketID(one.c.Vendor.ID, fmt.Sprintf("feature/%s/%d", f.ID, f.Version)), Title: f.Title, Body: f.Body, PackageID: f.PackageID,
		CreatedBy: one.c.Person.ID, CreatedAt: one.At,
	}
	if err := development.Make(ctx, tx, one.c.Vendor, &made); err != nil {
		return "", err
	}
	f.DevID = &made.ID
	return made.Number, hang(ctx, tx, made.ID, one.votes, one.c.Person.ID, one.At)
}

// hang links the tickets of votes, which are locked, to a dev ticket.
func hang(ctx context.Context, tx *store.Tx, dev uuid.UUID, votes []store.FeatureVote, by uuid.UUID, at time.Time) error {
	for _, id := range ticketsOf(votes) {
		if err := tx.LinkDev(ctx, store.DevLink{ID: store.NewID(), DevID: dev, TicketID: id, LinkedBy: by, LinkedAt: at}); err != nil {
			return err
		}
	}
	return nil
}
