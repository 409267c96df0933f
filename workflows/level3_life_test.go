package workflows_test

import (
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/workflows"
)

// chain is a life of several workflows, lived by hand and found by SQL.
type chain struct {
	*person
}

func newChain(t *testing.T, vendor string) *chain {
	t.Helper()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, vendor); err != nil {
		t.Fatal(err)
	}
	return &chain{&person{t: t, h: h, vendor: vendor}}
}

// asks is a call that must come to something good, and what it decides is
// delivered.
func (c *chain) asks(local, path string, body any) stack.Answer {
	c.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	a := c.h.Ask(c.t, c.h.Token(c.t, c.vendor, local), "POST", path, body)
	if a.Status > 299 {
		c.t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
	}
	if _, err := c.h.Relay.Drain(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	return a
}

// one reads one text from the database.
func (c *chain) one(query string) (text string) {
	c.t.Helper()
	if err := c.h.Admin.QueryRowContext(c.t.Context(), query).Scan(&text); err != nil {
		c.t.Fatalf("%s: %v", query, err)
	}
	return text
}

func (c *chain) exec(query string) {
	c.t.Helper()
	if _, err := c.h.Admin.ExecContext(c.t.Context(), query); err != nil {
		c.t.Fatalf("%s: %v", query, err)
	}
}

// whole wants a workflow to end well.
func (c *chain) whole(workflow string) {
	c.t.Helper()
	if err := c.h.Client.Engine().GetWorkflow(c.t.Context(), workflow, "").Get(c.t.Context(), nil); err != nil {
		c.t.Errorf("%s ended with %v", workflow, err)
	}
}

// kept replays the histories, by the names they are kept under, and records them
// where that is wanted.
func (c *chain) kept(histories map[string]string) {
	c.t.Helper()
	for name, workflow := range histories {
		replayAndRecord(c.t, name, historyOf(c.t, c.h, workflow))
	}
}

// TestDefectLife is TestLives on level 3: a review from triage to its verdict, the
// dev ticket it makes until that is verified, what customers are told of it, and
// the ticket it is all about.
func TestDefectLife(t *testing.T) {
	c := newChain(t, "primlogix")
	a := c.asks("super", "/v1/tickets", map[string]any{"type": "problem", "severity": "normal", "title": "MARKER-TITLE", "body": "MARKER-BODY"})
	c.id, c.number = a.Text("id"), a.Text("number")
	at := "/v1/tickets/" + c.number
	c.asks("agent", at+"/triage", map[string]any{"reason": "level_3", "level": 3, "severity": "normal", "path": "defect"})
	review := c.one(`select id from qa_reviews`)
	c.asks("qa", "/v1/qa-reviews/"+c.one(`select number from qa_reviews`)+"/begin", nil)
	c.asks("qa", "/v1/qa-reviews/"+c.one(`select number from qa_reviews`)+"/verdict", map[string]any{"verdict": "new", "title": "MARKER-DEFECT"})
	c.asks("agent", at+"/answer", text)
	dev := "/v1/dev-tickets/" + c.one(`select number from dev_tickets`)
	for _, step := range []struct {
		action string
		body   any
	}{
		{"accept", nil},
		{"plan", map[string]any{"version": "8.3"}}, // news
		{"plan", map[string]any{"version": "8.4"}}, // slipped: news again
		{"begin", nil},
		{"ship", map[string]any{}},
	} {
		c.asks("dev", dev+"/"+step.action, step.body)
	}
	news := c.one(`select id from dev_news where kind = 'shipped'`)
	c.whole(workflows.DevNewsID(news))
	c.asks("super", at+"/verification", map[string]any{"dev_ticket": c.one(`select number from dev_tickets`), "works": true})
	c.kept(map[string]string{
		"qa_review": workflows.QAReviewID(review), "dev_ticket": workflows.DevTicketID(c.one(`select id from dev_tickets`)),
		"dev_news": workflows.DevNewsID(news), "ticket_of_a_defect": workflows.TicketID(c.id),
	})
}

// TestDevelopmentLife is TestLives for what development decides by a form: the
// ticket waits for it, and one that is refused ends its dev ticket's workflow.
func TestDevelopmentLife(t *testing.T) {
	c := newChain(t, "primlogix")
	a := c.asks("super", "/v1/tickets", map[string]any{
		"type": "configuration", "severity": "normal", "title": "MARKER-TITLE", "body": "MARKER-BODY",
		"fields": map[string]string{"wanted": "development", "needs": "MARKER-NEEDS"},
	})
	c.id, c.number = a.Text("id"), a.Text("number")
	c.asks("agent", "/v1/tickets/"+c.number+"/triage", map[string]any{"reason": "development", "level": 3, "severity": "normal", "path": "development_request"})
	c.asks("dev", "/v1/dev-tickets/"+c.one(`select number from dev_tickets`)+"/refuse", map[string]any{"text": "MARKER-WHY"})
	dev, news := workflows.DevTicketID(c.one(`select id from dev_tickets`)), workflows.DevNewsID(c.one(`select id from dev_news`))
	c.whole(dev)
	c.whole(news)
	c.asks("agent", "/v1/tickets/"+c.number+"/answer", text)
	c.kept(map[string]string{"dev_ticket_refused": dev, "dev_news_refused": news, "ticket_of_development": workflows.TicketID(c.id)})
}

// TestWaysUpLife is TestLives for both ways up: a question to colleagues that is
// reminded of and answered, and a complaint that passes a rung nobody stands on and
// one nobody acknowledges on, is held, and resolved.
func TestWaysUpLife(t *testing.T) {
	c := newChain(t, "advendio")
	manager := c.h.Ask(t, c.h.Token(t, "advendio", "manager"), "GET", "/v1/me", nil).Text("id")
	billing := c.h.Ask(t, c.h.Token(t, "advendio", "billing"), "GET", "/v1/me", nil).Text("id")
	for code, who := range map[string][]string{"success": {}, "coo": {billing}, "ceo": {manager}} {
		c.asks("admin", "/v1/teams", map[string]any{"name": code, "kind": "other", "code": code, "members": who})
	}
	c.exec(`update people set roles = '{manager}' where email = 'billing@advendio.example'`)
	a := c.asks("jeanne", "/v1/tickets", map[string]any{"type": "bug", "severity": "1", "title": "MARKER-TITLE", "body": "MARKER-BODY"})
	c.id, c.number = a.Text("id"), a.Text("number")
	c.asks("agent", "/v1/tickets/"+c.number+"/triage", triaged("bug", "1"))

	c.asks("agent", "/v1/tickets/"+c.number+"/collaborations", map[string]any{"text": "MARKER-QUESTION", "team": "development"})
	question := c.one(`select id from collaborations`)
	c.exec(`update collaborations set remind_at = now()`)
	if err := c.h.Client.PokeCollaboration(t.Context(), question); err != nil {
		t.Fatal(err)
	}
	c.waits("reminded of", func() bool { return c.one(`select count(*) from collaborations where remind_at is null`) == "1" })
	c.asks("dev", "/v1/collaborations/"+question+"/answer", map[string]any{"text": "MARKER-ANSWER"})
	c.whole(workflows.CollaborationID(question))

	c.asks("jeanne", "/v1/escalations", map[string]any{"ticket": c.number, "reason": "MARKER-COMPLAINT"})
	id := c.one(`select id from escalations`)
	told := func(rung string) {
		t.Helper()
		c.waits("told on rung "+rung, func() bool {
			return c.one(`select count(*) from escalations where told_at is not null and rung = `+rung) == "1"
		})
	}
	told("2") // the first has nobody
	c.exec(`update escalations set pass_at = now()`)
	if err := c.h.Client.PokeEscalation(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	told("3")
	at := "/v1/escalations/" + c.one(`select number from escalations`)
	c.asks("manager", at+"/acknowledge", nil)
	c.asks("manager", at+"/hold", map[string]any{"reason": "MARKER-HOLD"})
	c.asks("manager", at+"/resume", nil)
	c.asks("manager", at+"/resolve", map[string]any{"reason": "MARKER-RESOLVED"})
	c.whole(workflows.EscalationID(id))
	c.kept(map[string]string{"collaboration": workflows.CollaborationID(question), "escalation": workflows.EscalationID(id)})
}
