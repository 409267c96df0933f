package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
)

// Feature is what product management has decided on a feature.
type Feature struct {
	Vendor store.Vendor
	Row    store.Feature
	Answer feature.State // declined, roadmap or offered
	By     uuid.UUID
	Event  string // the identity of what was decided
	At     time.Time
	// Offers are the service requests by which it is offered, by organization.
	Offers  map[uuid.UUID]string
	Shipped bool // on the roadmap, and out with its target
}

// news is what mails call the decision.
func (f Feature) news() string {
	if f.Shipped {
		return "shipped"
	}
	return string(f.Answer)
}

// Decided tells the people these votes concern, each once for all of theirs; but
// not those whom the votes known concern, who are told of it otherwise.
func (f Feature) Decided(ctx context.Context, tx *store.Tx, votes, known []uuid.UUID) error {
	readers, err := tx.FeatureReaders(ctx, votes, known)
	if err != nil {
		return err
	}
	of := map[uuid.UUID][]store.FeatureReader{}
	var ids []uuid.UUID
	for _, r := range readers {
		if of[r.PersonID] == nil {
			ids = append(ids, r.PersonID)
		}
		of[r.PersonID] = append(of[r.PersonID], r)
	}
	people, err := tx.PeopleWith(ctx, ids)
	if err != nil {
		return err
	}
	effects := make([]store.Effect, len(people))
	for i, p := range people {
		if effects[i], err = f.mail(p, of[p.ID]); err != nil {
			return err
		}
	}
	return tx.InsertEffect(ctx, effects...)
}

// mail is what one person is told. Of the texts of a feature they read the
// public one alone.
func (f Feature) mail(to store.Person, tickets []store.FeatureReader) (store.Effect, error) {
	key := effectKey(mail.FeatureDecided, f.Event, to.ID)
	n := mail.Notice{
		Kind: mail.FeatureDecided, Locale: to.Locale, TimeZone: to.TimeZone, At: f.At.UTC(), To: mail.Address{Name: to.Name, Email: to.Email},
		Vendor: sender(f.Vendor), MessageID: messageID(f.Vendor, key),
		News: &mail.News{Kind: f.news(), Feature: f.Row.Number},
	}
	portal := f.Vendor.Portal
	if portal != "" {
		n.URL = portal + "/features"
	}
	switch f.Answer {
	case feature.Declined:
		n.Text = f.Row.Reason
	case feature.Roadmap:
		n.News.Target = f.Row.Target
	}
	if f.Row.Published {
		n.News.Title = f.Row.PublicTitle
	}
	for _, t := range tickets {
		if t.Number == "" {
			continue
		}
		one := mail.NewsItem{Number: t.Number, Title: t.Title, Dev: f.Offers[t.OrganizationID]}
		if portal != "" {
			one.URL = portal + "/tickets/" + t.Number
		}
		n.News.Items = append(n.News.Items, one)
	}
	payload, err := json.Marshal(n)
	if err != nil {
		return store.Effect{}, fmt.Errorf("write notice: %w", err)
	}
	return store.Effect{Kind: store.EffectMail, Key: key, Payload: payload}, nil
}

// FeatureEvaluated tells who has the ticket what product management has decided
// on the feature it asks for.
func (a About) FeatureEvaluated(ctx context.Context, tx *store.Tx, f Feature) error {
	name, err := tx.PersonName(ctx, f.By)
	if err != nil {
		return err
	}
	said := mail.Review{Number: f.Offers[a.Ticket.OrganizationID], Verdict: f.news(), Dev: f.Row.Number}
	if f.Answer == feature.Roadmap {
		said.Target = f.Row.Target
	}
	event := f.Event + "/" + a.Ticket.ID.String() // who has several is told of each
	return a.Tell(ctx, tx, mail.FeatureEvaluated, event, Assignee(a.Ticket), &f.By, f.At, func(n *mail.Notice) {
		n.Review, n.Actor = &said, name
		if f.Answer == feature.Declined {
			n.Text = f.Row.Reason
		}
	})
}
