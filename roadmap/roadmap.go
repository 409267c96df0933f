// Package roadmap is what a ticket and the feature it asks for mean to each
// other, inside whatever transaction asks: how a feature begins, how it loses who
// asks for it, and how they are told what product management decides. Whoever
// calls holds the locks of the tickets first, then that of the feature.
package roadmap

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Path is the path that product management decides on.
const Path = "feature_request"

// Begin adds a feature with the vendor's next number, and the vote of the ticket
// that asks for it. Its id, texts, package, maker and instant are set.
func Begin(ctx context.Context, tx *store.Tx, vendor store.Vendor, f *store.Feature, of store.Ticket) error {
	f.VendorID, f.Version, f.State, f.UpdatedAt = vendor.ID, 1, feature.New, f.CreatedAt
	if err := tx.InsertFeature(ctx, f, f.CreatedAt.In(vendor.Settings.Location()).Year()); err != nil {
		return err
	}
	if err := event(ctx, tx, *f, "created", &f.CreatedBy, f.CreatedAt, map[string]any{"ticket": of.Number}); err != nil {
		return err
	}
	return tx.InsertFeatureVote(ctx, store.FeatureVote{
		ID: store.NewID(), FeatureID: f.ID, OrganizationID: of.OrganizationID, TicketID: &of.ID, PersonID: of.RequesterID, CastAt: f.CreatedAt,
	})
}

// Leave takes away the vote that a locked ticket is; the feature ends when nobody
// else asks for it and it is not decided. It answers the feature, nil when the
// ticket asks for none.
func Leave(ctx context.Context, tx *store.Tx, of store.Ticket, by *uuid.UUID, at time.Time) (*store.Feature, error) {
	vote, err := tx.FeatureVoteOfTicket(ctx, of.ID)
	if err != nil || vote == nil {
		return nil, err
	}
	f, err := tx.LockFeature(ctx, vote.FeatureID)
	if err != nil {
		return nil, err
	}
	if err := tx.DeleteFeatureVote(ctx, vote.ID); err != nil {
		return nil, err
	}
	if err := event(ctx, tx, f, "vote_left", by, at, map[string]any{"ticket": of.Number}); err != nil {
		return nil, err
	}
	return &f, DropIfAlone(ctx, tx, f, by, at)
}

// DropIfAlone ends a locked feature that nobody asks for any more, unless it is
// decided or development has it.
func DropIfAlone(ctx context.Context, tx *store.Tx, f store.Feature, by *uuid.UUID, at time.Time) error {
	votes, err := tx.FeatureVotes(ctx, f.ID)
	if err != nil || len(votes) > 0 || f.State != feature.New {
		return err
	}
	f.Version++
	f.State, f.UpdatedAt = feature.Dropped, at
	if err := tx.UpdateFeature(ctx, f); err != nil {
		return err
	}
	return event(ctx, tx, f, "dropped", by, at, nil)
}

// Decided is what product management has decided, as those who ask are told.
type Decided struct {
	Vendor store.Vendor
	Row    store.Feature // as it is now
	Answer feature.State // declined, roadmap or offered
	Actor  ticket.Actor
	By     uuid.UUID
	Event  string // the identity of the decision: it is told once
	At     time.Time
	// Known are votes whom it concerns hear of it otherwise: by the offer itself.
	Known []uuid.UUID
	// Offers are the service requests by which it is offered, by organization.
	Offers  map[uuid.UUID]string
	Shipped bool // it is on the roadmap no more: it is out with its target
}

// Tell answers votes for a feature. Each of their tickets, which are locked, has
// a line in its history; one that waits has its turn back, so that its assignee
// answers the customer. Everybody concerned is told by mail, once for all of
// theirs.
func (d Decided) Tell(ctx context.Context, tx *store.Tx, votes []store.FeatureVote) error {
	if len(votes) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(votes))
	for i, v := range votes {
		ids[i] = v.ID
	}
	if err := tx.AnswerVotes(ctx, ids, d.Answer, d.At); err != nil {
		return err
	}
	for _, v := range votes {
		if v.TicketID == nil {
			continue
		}
		if err := d.tellTicket(ctx, tx, *v.TicketID, v.Answer == ""); err != nil {
			return err
		}
	}
	return d.notice(d.Vendor).Decided(ctx, tx, ids, d.Known)
}

func (d Decided) notice(v store.Vendor) notice.Feature {
	return notice.Feature{Vendor: v, Row: d.Row, Answer: d.Answer, By: d.By, Event: d.Event, At: d.At, Offers: d.Offers, Shipped: d.Shipped}
}

// tellTicket notes the decision on a ticket; waits says that it has waited for
// it.
func (d Decided) tellTicket(ctx context.Context, tx *store.Tx, id uuid.UUID, waits bool) error {
	of, err := tx.Ticket(ctx, id)
	if err != nil {
		return err
	}
	vendor, err := tx.Pinned(ctx, d.Vendor, of.PolicyVersion)
	if err != nil {
		return err
	}
	if waits {
		if of.Hanging, err = tx.Hanging(ctx, of.ID); err != nil {
			return err
		}
		of.Version++
		// It is its assignee's again, also while something else hangs on it: that alone
		// keeps it from being answered.
		if err := promise.Turn(ctx, tx, vendor.Settings, &of, ticket.Command{Actor: d.Actor}, d.At, ticket.InProgress); err != nil {
			return err
		}
		of.UpdatedAt = d.At
		if err := tx.UpdateTicket(ctx, of); err != nil {
			return err
		}
		if err := tx.PokeTicket(ctx, of.ID, of.Version); err != nil {
			return err
		}
	}
	facts := map[string]any{"number": d.Row.Number, "answer": d.Answer, "version": d.Row.Target, "feature_id": d.Row.ID}
	if offer := d.Offers[of.OrganizationID]; offer != "" {
		facts["offer"] = offer
	}
	data, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	line := store.Event{TicketID: of.ID, Version: of.Version, Kind: "feature_" + string(d.Answer), Public: true, ActorID: &d.By, At: d.At, Data: data}
	if err := tx.InsertEvent(ctx, line); err != nil || !waits {
		return err
	}
	return notice.About{Vendor: vendor, Ticket: of}.FeatureEvaluated(ctx, tx, d.notice(vendor))
}

// event is a line of a feature's history.
func event(ctx context.Context, tx *store.Tx, f store.Feature, kind string, by *uuid.UUID, at time.Time, facts map[string]any) error {
	e := store.FeatureEvent{FeatureID: f.ID, Version: f.Version, Kind: kind, ActorID: by, At: at}
	if facts != nil {
		var err error
		if e.Data, err = json.Marshal(facts); err != nil {
			return err
		}
	}
	return tx.InsertFeatureEvent(ctx, e)
}
