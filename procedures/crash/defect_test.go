package crash

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/ticket"
)

// hookedReviews and hookedDevs are the same of QA reviews and dev tickets; of news
// after each batch.
type hookedReviews struct {
	*activities.QAReviews
	after func()
}

// CommitReview commits, then lets after happen.
func (a *hookedReviews) CommitReview(ctx context.Context, t qa.Transition) (activities.ReviewResult, error) {
	result, err := a.QAReviews.CommitReview(ctx, t)
	if err == nil && result.Outcome == ticket.Applied {
		a.after()
	}
	return result, err
}

type hookedDevs struct {
	*activities.DevTickets
	after func()
}

// CommitDev commits, then lets after happen.
func (a *hookedDevs) CommitDev(ctx context.Context, t devticket.Transition) (activities.DevResult, error) {
	result, err := a.DevTickets.CommitDev(ctx, t)
	if err == nil && result.Outcome == ticket.Applied {
		a.after()
	}
	return result, err
}

// SpreadNews goes on with news, then lets after happen.
func (a *hookedDevs) SpreadNews(ctx context.Context, ref activities.DevRef) (bool, error) {
	left, err := a.DevTickets.SpreadNews(ctx, ref)
	if err == nil {
		a.after()
	}
	return left, err
}

// A worker dies inside the commit of each step from triage to a version that
// fails; the next one finds the key used. Every step is made once, and every
// customer told once.
func TestWorkerKilledOnTheWayToTheVersion(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	s := &serviced{House: h, t: t}
	s.ticket = s.ask("super", "POST", "/v1/tickets", map[string]any{"type": "problem", "severity": "normal", "title": "The export stops at page two", "body": "It ends."}, "").Text("number")
	deed := func(who, path string, body any) {
		t.Helper()
		h.Rest()
		child := suicidal(t, h)
		key, token := fmt.Sprint("k", path), s.Token(t, "primlogix", who)
		answer := untilKnown(func() stack.Answer { return s.Ask(t, token, "POST", path, body, "Idempotency-Key", key) })
		died(t, child)
		h.Work()
		if a := <-answer; a.Status > 299 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
		}
	}
	at := "/v1/tickets/" + s.ticket
	deed("agent", at+"/triage", map[string]any{"reason": "level_3", "level": 3, "severity": "normal", "path": "defect"})
	list := s.ask("qa", "GET", at+"/qa-reviews", nil, "")
	review := "/v1/qa-reviews/" + list.JSON["qa_reviews"].([]any)[0].(map[string]any)["number"].(string) //nolint:forcetypeassert // as the contract says
	deed("qa", review+"/begin", nil)
	deed("qa", review+"/verdict", map[string]any{"verdict": "new", "title": "Paging of exports"})
	dev := s.ask("qa", "GET", review, nil, "").JSON["dev_ticket"].(map[string]any)["number"].(string) //nolint:forcetypeassert // as the contract says
	deed("agent", at+"/answer", map[string]any{"text": "It is a defect."})
	deed("dev", "/v1/dev-tickets/"+dev+"/accept", nil)
	deed("dev", "/v1/dev-tickets/"+dev+"/plan", map[string]any{"version": "8.3"})
	s.told(1)
	deed("dev", "/v1/dev-tickets/"+dev+"/ship", map[string]any{})
	s.told(2)
	deed("super", at+"/verification", map[string]any{"dev_ticket": dev, "works": false, "text": "It still stops."})
	if a := s.ask("agent", "GET", at, nil, ""); a.Text("state") != "waiting_inside" {
		t.Errorf("reopened it is %s", a.Text("state"))
	}
	for what, want := range map[string]int{
		`select count(*) from decisions`: 2, `select count(*) from dev_tickets`: 1, `select count(*) from dev_ticket_links`: 1,
		`select count(*) from dev_news`: 2, `select count(*) from qa_reviews`: 2, `select count(*) from events where kind = 'reopen'`: 1,
	} {
		if n := count(t, h, what); n != want {
			t.Errorf("%s: %d, want %d", what, n, want)
		}
	}
	s.ask("agent", "POST", at+"/ask-information", map[string]any{"text": "Which page?"}, "") // its workflow lives again
}

// told waits until everybody has been told so much news.
func (s *serviced) told(news int) {
	s.t.Helper()
	eventually(s.t, 3*time.Minute, "the news is told", func() bool {
		return count(s.t, s.House, `select count(*) from dev_news where told_all_at is not null`) >= news
	})
	if n := count(s.t, s.House, `select count(*) from outbox where kind = 'mail' and key like 'mail/dev_news/%'`); n != news {
		s.t.Errorf("%d mails of %d news", n, news)
	}
}
