package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Names of the lines that have a measure to reach.
const (
	lineRegister = "register, burst"
	lineGet      = "get a ticket"
	lineList     = "list of 25 open"
	lineLife     = "whole level 1 life"
	linePage     = "page: "
)

// request is one request to the API or the pages.
type request struct {
	method, path  string
	token, cookie string // of a session
	body          any    // sent as JSON
	gzip          bool   // take a compressed answer, as browsers do; it is not opened
}

// clients keep their connections, as browsers and programs do.
var clients = &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}

// ask sends a request and answers what came back; anything but success is an
// error.
func (b *bench) ask(ctx context.Context, r request) ([]byte, error) {
	var body io.Reader
	if r.body != nil {
		raw, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	q, err := http.NewRequestWithContext(ctx, r.method, b.url+r.path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		q.Header.Set("Authorization", "Bearer "+r.token)
	}
	if r.gzip {
		q.Header.Set("Accept-Encoding", "gzip")
	}
	if r.cookie != "" {
		q.Header.Set("Cookie", r.cookie)
	}
	answer, err := clients.Do(q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %s", r.method, r.path, answer.StatusCode, raw)
	}
	return raw, err
}

// tell is ask for one text of a JSON answer.
func (b *bench) tell(ctx context.Context, r request, field string) (string, error) {
	raw, err := b.ask(ctx, r)
	if err != nil {
		return "", err
	}
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return "", err
	}
	text, _ := fields[field].(string)
	return text, nil
}

// signIn answers a demo person's session.
func (b *bench) signIn(ctx context.Context, local string) (string, error) {
	return b.tell(ctx, request{method: "POST", path: "/v1/sessions", body: map[string]string{
		"vendor": vendor, "email": local + "@" + vendor + ".example", "password": b.password,
	}}, "token")
}

// register registers one request and answers its ticket's id.
func (b *bench) register(ctx context.Context, token string, i int) (string, error) {
	return b.tell(ctx, request{method: "POST", path: "/v1/tickets", token: token, body: map[string]string{
		"type": "bug", "severity": "medium", "title": fmt.Sprintf("Export stops at 10,000 rows (%d)", i),
		"body": strings.Repeat("The export ends without a word, whatever the format. ", 8),
	}}, "id")
}

// burst registers many requests at once, with everything else running.
func (b *bench) burst(ctx context.Context) error {
	jeanne, err := b.signIn(ctx, "jeanne")
	if err != nil {
		return err
	}
	do := func(ctx context.Context, i int) error {
		_, err := b.register(ctx, jeanne, i)
		return err
	}
	if _, err := each(ctx, work{n: 100, clients: b.clients, do: do}); err != nil { // warm
		return err
	}
	if err := b.delivered(ctx); err != nil {
		return err
	}
	_, err = b.measure(ctx, work{name: lineRegister, n: b.plan.burst, clients: b.clients, do: do, settle: b.delivered})
	return err
}

// lives takes tickets from registration to close, as a contact and an agent
// do: every ticket one step, then every ticket the next, since nobody triages a
// request in the instant it is registered.
func (b *bench) lives(ctx context.Context) error {
	jeanne, err := b.signIn(ctx, "jeanne")
	if err != nil {
		return err
	}
	agent, err := b.signIn(ctx, "agent")
	if err != nil {
		return err
	}
	ids := make([]string, b.plan.lives)
	step := func(action string, body any) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			_, err := b.ask(ctx, request{method: "POST", path: "/v1/tickets/" + ids[i] + "/" + action, token: agent, body: body})
			return err
		}
	}
	whole := result{name: lineLife, n: b.plan.lives, clients: 4, whole: usage{}}
	for _, phase := range []struct {
		name string
		do   func(context.Context, int) error
	}{
		{"register, one after the other", func(ctx context.Context, i int) (err error) { ids[i], err = b.register(ctx, jeanne, i); return err }},
		{"triage", step("triage", map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"})},
		{"answer", step("answer", map[string]any{"text": "The limit is a setting, under Export."})},
		{"close", step("close", map[string]any{})},
	} {
		r, err := b.measure(ctx, work{name: phase.name, n: b.plan.lives, clients: 4, do: phase.do, settle: b.delivered})
		if err != nil {
			return err
		}
		whole.took += r.took + r.settled
		whole.yardstick += r.yardstick / 4
		for p, d := range r.whole {
			whole.whole[p] += d
		}
	}
	b.results = append(b.results, whole)
	return nil
}

// reading measures what people look at most, with few tickets and with many,
// and a comment.
func (b *bench) reading(ctx context.Context) error {
	for _, tickets := range []int{b.few, b.many} {
		if err := b.seed(ctx, tickets); err != nil {
			return err
		}
		if err := b.readingOf(ctx, tickets); err != nil {
			return err
		}
	}
	jeanne, err := b.signIn(ctx, "jeanne")
	if err != nil {
		return err
	}
	id, err := b.register(ctx, jeanne, 0)
	if err != nil {
		return err
	}
	if err := b.delivered(ctx); err != nil {
		return err
	}
	_, err = b.measure(ctx, work{name: "comment", n: b.requests / 2, clients: 4, settle: b.delivered, do: func(ctx context.Context, i int) error {
		_, err := b.ask(ctx, request{method: "POST", path: "/v1/tickets/" + id + "/comments", token: jeanne, body: map[string]string{
			"text": fmt.Sprintf("It happened again, for the %dth time.", i),
		}})
		return err
	}})
	return err
}

func (b *bench) readingOf(ctx context.Context, tickets int) error {
	size := fmt.Sprintf(" (%d tickets)", tickets)
	tokens := map[string]string{}
	for _, local := range []string{"agent", "jeanne", "super", "partner"} {
		var err error
		if tokens[local], err = b.signIn(ctx, local); err != nil {
			return err
		}
	}
	var ids []string
	if err := b.admin.SelectContext(ctx, &ids, `select t.id from tickets t join vendors v on v.id = t.vendor_id
		where v.slug = $1 order by md5(t.id::text) limit 500`, vendor); err != nil {
		return err
	}
	var next atomic.Int64
	lines := []struct {
		name, as string
		path     func() string
	}{
		{lineGet, "agent", func() string { return "/v1/tickets/" + ids[int(next.Add(1))%len(ids)] }},
		{lineList + ": agent, all", "agent", fixed(open + "limit=25")},
		{lineList + ": agent, unassigned", "agent", fixed(open + "limit=25&unassigned=true")},
		{lineList + ": contact, own", "jeanne", fixed(open + "limit=25")},
		{lineList + ": super-user, organization's", "super", fixed(open + "limit=25")},
		{lineList + ": partner's", "partner", fixed(open + "limit=25")},
	}
	for _, l := range lines {
		do := func(ctx context.Context, _ int) error {
			_, err := b.ask(ctx, request{method: "GET", path: l.path(), token: tokens[l.as]})
			return err
		}
		if _, err := each(ctx, work{n: 50, clients: 4, do: do}); err != nil { // warm
			return err
		}
		if _, err := b.measure(ctx, work{name: l.name + size, n: b.requests, clients: 4, do: do}); err != nil {
			return err
		}
	}
	return nil
}

// open is the path of a list of tickets somebody still has to do something
// about.
const open = "/v1/tickets?state=registered&state=triaged&state=in_progress&state=waiting_for_customer&state=answered&"

func fixed(path string) func() string { return func() string { return path } }
