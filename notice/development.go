package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// ReviewAssigned tells whoever carries a QA review out that it is theirs, unless
// they gave it to themselves. event is what made it so.
func (a About) ReviewAssigned(ctx context.Context, tx *store.Tx, r store.QAReview, event string, by ticket.Actor, at time.Time) error {
	if r.AssigneeID == nil || r.AssigneeID.String() == by.ID {
		return nil
	}
	return a.Tell(ctx, tx, mail.ReviewAssigned, event, []uuid.UUID{*r.AssigneeID}, nil, at, func(n *mail.Notice) {
		n.Review = &mail.Review{Number: r.Number}
		if a.Vendor.Portal != "" {
			n.URL = a.Vendor.Portal + "/console/qa/" + r.Number
		}
	})
}

// Finding is what quality assurance has found about a ticket.
type Finding struct {
	Review  store.QAReview
	Release string           // that solves it; "": none
	Dev     *store.DevTicket // that it is; nil: none
	By      uuid.UUID
	Text    string // what was written
	Event   string // the command's key
	At      time.Time
}

// ReviewDecided tells who has the ticket what quality assurance has found.
func (a About) ReviewDecided(ctx context.Context, tx *store.Tx, f Finding) error {
	name, err := tx.PersonName(ctx, f.By)
	if err != nil {
		return err
	}
	said := mail.Review{Number: f.Review.Number, Verdict: string(f.Review.Verdict), Release: f.Release}
	if f.Dev != nil {
		said.Dev, said.Target = f.Dev.Number, f.Dev.Target
	}
	return a.Tell(ctx, tx, mail.ReviewDecided, f.Event, Assignee(a.Ticket), &f.By, f.At, func(n *mail.Notice) {
		n.Review, n.Actor, n.Text = &said, name, f.Text
	})
}

// RequestEvaluated tells who has the ticket what development has decided on the
// dev ticket it asks for. event is the command's key.
func (a About) RequestEvaluated(ctx context.Context, tx *store.Tx, d store.DevTicket, why string, by uuid.UUID, event string, at time.Time) error {
	name, err := tx.PersonName(ctx, by)
	if err != nil {
		return err
	}
	said := mail.Review{Verdict: string(d.State), Dev: d.Number}
	return a.Tell(ctx, tx, mail.RequestEvaluated, event, Assignee(a.Ticket), &by, at, func(n *mail.Notice) {
		n.Review, n.Actor, n.Text = &said, name, why
	})
}

// DevNews is the mail that tells one person what has become of what their
// requests wait for: one for all of them.
func DevNews(v store.Vendor, news store.DevNews, to store.Person, items []store.NewsItem) (store.Effect, error) {
	key := effectKey(mail.DevNews, "news/"+news.ID.String(), to.ID)
	n := mail.Notice{
		Kind: mail.DevNews, Locale: to.Locale, TimeZone: to.TimeZone, At: news.At.UTC(), To: mail.Address{Name: to.Name, Email: to.Email},
		Vendor: sender(v), MessageID: messageID(v, key), URL: v.Portal, Text: news.Words,
		News: &mail.News{Kind: string(news.Kind), Target: news.Target},
	}
	for _, i := range items {
		one := mail.NewsItem{Number: i.Number, Title: i.Title, Dev: i.DevNumber}
		page := "/tickets/" + i.Number
		if i.Feature != "" {
			one.Dev, page = i.Feature, "/features" // of dev tickets they know nothing
		}
		if v.Portal != "" {
			one.URL = v.Portal + page
		}
		n.News.Items = append(n.News.Items, one)
	}
	payload, err := json.Marshal(n)
	if err != nil {
		return store.Effect{}, fmt.Errorf("write notice: %w", err)
	}
	return store.Effect{Kind: store.EffectMail, Key: key, Payload: payload}, nil
}
