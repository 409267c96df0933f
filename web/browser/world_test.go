package browser_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/ticket"
)

// world is a House with people and tickets in every state a page can show.
type world struct {
	*stack.House
	admin   *sql.DB
	mu      sync.Mutex
	numbers map[string]string // of tickets, by what they are for
}

// vendor is whose pages most tests open; its people speak both languages.
const vendor = "interfacing"

// longest are as long as the desk lets names and titles be, with a word that
// no line holds.
var (
	longWord  = strings.Repeat("Donaudampfschifffahrtselektrizitäten", 3)
	longName  = fill("Maximiliane-Alexandrine von "+longWord+" ", desk.NameMax)
	longTitle = fill("The export of "+longWord+" stops ", desk.TitleMax)
)

// inside marks what only staff may ever read.
const inside = "Halifax workaround"

func fill(s string, runes int) string {
	return string([]rune(strings.Repeat(s, runes))[:runes])
}

// newWorld starts a House without tickets.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{House: stack.NewHouse(t, stack.Parts{Relay: true, Worker: true}), numbers: map[string]string{}}
	var err error
	if w.admin, err = sql.Open("postgres", w.DB.Admin); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.admin.Close() })
	return w
}

// exec changes the database as its superuser.
func (w *world) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	if _, err := w.admin.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// count is a number of rows.
func (w *world) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := w.admin.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// speak gives everybody a language.
func (w *world) speak(t testing.TB, locale string) {
	t.Helper()
	w.exec(t, `update people set locale = $1`, map[string]string{"en": "en-CA", "fr": "fr-CA"}[locale])
}

// as is a context in which a person acts: as(t, "interfacing/agent").
func (w *world) as(t testing.TB, who string) context.Context {
	t.Helper()
	v, local, _ := strings.Cut(who, "/")
	c, err := w.Desk.Authenticate(t.Context(), w.Token(t, v, local))
	if err != nil {
		t.Fatal(err)
	}
	return desk.WithCaller(t.Context(), c)
}

// tab opens a tab in which a person is signed in, "" for nobody.
func (w *world) tab(t testing.TB, who, locale string) *tab {
	t.Helper()
	return w.tabAt(t, w.URL, who, locale)
}

// tabAt is tab for the pages as they are at another address.
func (w *world) tabAt(t testing.TB, origin, who, locale string) *tab {
	t.Helper()
	b := openTab(t, origin)
	w.seat(b, who, locale)
	return b
}

// seat puts a person in front of a tab.
func (w *world) seat(b *tab, who, locale string) {
	b.t.Helper()
	b.speak(locale)
	b.forget()
	if who != "" {
		v, local, _ := strings.Cut(who, "/")
		b.cookie("casepath-session-"+v, w.Token(b.t, v, local))
	}
}

// tabs are a few that many tests share: a tab of its own costs each more than
// the page.
type tabs chan *tab

func (w *world) tabs(t testing.TB, n int) tabs {
	t.Helper()
	free := make(tabs, n)
	for range n {
		free <- openTab(t, w.URL)
	}
	return free
}

// take is a tab with a person in front of it, until the test ends.
func (free tabs) take(t testing.TB, w *world, who, locale string) *tab {
	t.Helper()
	b := <-free
	owner := b.t
	b.t = t
	t.Cleanup(func() { b.t = owner; free <- b })
	w.seat(b, who, locale)
	return b
}

// at fills numbers of tickets into a path: at("/tickets/{waiting}").
func (w *world) at(path string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, number := range w.numbers {
		path = strings.ReplaceAll(path, "{"+name+"}", number)
	}
	return path
}

// register registers a request and remembers its number under a name.
func (w *world) register(t testing.TB, who, name, title, body string) string {
	t.Helper()
	v, err := w.Desk.Register(w.as(t, who), uuid.NewString(), desk.Registration{
		Type: "bug", Severity: "medium", Title: title, Body: body, Component: "Process editor", Channel: "portal",
	})
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.numbers[name] = v.Row.Number
	return v.Row.Number
}

// subjects are the titles of tickets that are looked at.
var subjects = map[string]string{
	"registered": "Colours of the lanes are lost on import",
	"progress":   "Simulation stops at the second gateway",
	"waiting":    "Export of the process map is empty",
	"answered":   "Where is the reviewer of a process set?",
	"closed":     "Sign-in page shows the old logo",
	"fifty":      "Synchronization misses files of a folder",
}

// ticket registers a request and takes it to a state, by the real procedure.
func (w *world) ticket(t testing.TB, name string, to ticket.State) string {
	t.Helper()
	title, known := subjects[name]
	if !known {
		title = "Export of the process map is empty (" + name + ")"
	}
	number := w.register(t, vendor+"/jeanne", name, title,
		"Since this morning the export to PDF has an empty page.\n\nSteps:\n\n1. Open the map\n2. Choose *Export*\n\n```\nexport: 0 pages\n```")
	w.advance(t, number, to)
	return number
}

func (w *world) advance(t testing.TB, number string, to ticket.State) {
	t.Helper()
	agent, d := w.as(t, vendor+"/agent"), w.Desk
	steps := []struct {
		at ticket.State
		do func() (desk.TicketView, error)
	}{
		{ticket.Triaged, func() (desk.TicketView, error) {
			return d.Triage(agent, uuid.NewString(), number, desk.TriageInput{
				Reason: "bug", Level: 1, Severity: "high", SeverityReason: "Three customers say so; mind the " + inside + ".", Path: "answer",
			})
		}},
		{ticket.InProgress, func() (desk.TicketView, error) { return d.Start(agent, uuid.NewString(), number) }},
		{ticket.Answered, func() (desk.TicketView, error) {
			return d.Answer(agent, uuid.NewString(), number, "Please choose *Whole map* in the export: it is the default again with 8.3.", nil)
		}},
		{ticket.Closed, func() (desk.TicketView, error) { return d.Close(agent, uuid.NewString(), number) }},
	}
	if to == ticket.Registered {
		return
	}
	for _, s := range steps {
		if to == ticket.WaitingForCustomer && s.at == ticket.Answered {
			_, err := d.AskInformation(agent, uuid.NewString(), number, "Which version do you use, and **which browser**?", nil)
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		if _, err := s.do(); err != nil {
			t.Fatalf("%s to %s: %v", number, s.at, err)
		}
		if s.at == to {
			return
		}
	}
}

// person adds somebody who can sign in, of an organization or of staff.
func (w *world) person(t testing.TB, local string, in desk.PersonInput) {
	t.Helper()
	v, err := w.Store.VendorBySlug(t.Context(), vendor)
	if err != nil {
		t.Fatal(err)
	}
	in.Email, in.Password = local+"@"+vendor+".example", stack.Password
	if _, err := w.Desk.AddPerson(t.Context(), v, in); err != nil {
		t.Fatal(err)
	}
}

// customer adds a customer organization.
func (w *world) customer(t testing.TB, name string) uuid.UUID {
	t.Helper()
	o, err := w.Desk.CreateOrganization(w.as(t, vendor+"/accounts"), uuid.NewString(), desk.OrganizationInput{Kind: "customer", Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// states are where the tickets of a settled world stand, by their names.
var states = map[string]ticket.State{
	"registered": ticket.Registered, "progress": ticket.InProgress, "waiting": ticket.WaitingForCustomer,
	"answered": ticket.Answered, "closed": ticket.Closed,
}

// settled is a world with every state of the table of pages.
func settled(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	for name, state := range states {
		w.ticket(t, name, state)
	}
	w.talk(t, "fifty", 50)
	w.ticket(t, "leaving", ticket.InProgress)
	w.ticket(t, "stale", ticket.InProgress)
	w.double(t)
	first, long, many := w.customer(t, "First Steps Inc."), w.customer(t, longName), w.customer(t, "Many Requests Ltd.")
	w.person(t, "first", desk.PersonInput{OrganizationID: &first, Name: "Fay First", Authorized: true, SeesOrganization: true})
	w.person(t, "long", desk.PersonInput{OrganizationID: &long, Name: longName, Authorized: true, SeesOrganization: true, Roles: []string{"super_user"}})
	w.person(t, "many", desk.PersonInput{OrganizationID: &many, Name: "Mo Many", Authorized: true, SeesOrganization: true, Roles: []string{"super_user"}})
	w.person(t, "longstaff", desk.PersonInput{Name: longName, Roles: []string{"agent"}})
	number := w.register(t, vendor+"/long", "longest", longTitle, longTitle+"\n\n"+longWord+longWord+"\n\n    "+longWord+longWord)
	w.advance(t, number, ticket.WaitingForCustomer)
	w.exec(t, `update tickets set assignee_id = (select id from people where email = 'longstaff@interfacing.example') where number = $1`, number)
	w.person(t, "long2", desk.PersonInput{OrganizationID: &long, Name: longName})
	w.watch(t, number, "long2", "longstaff")
	w.ticket(t, "watched", ticket.WaitingForCustomer)
	w.watch(t, w.at("{watched}"), "reader", "partner", "manager")
	w.rows(t, "many", 200)
	w.pending(t)
	w.behalf(t, "behalf")
	w.authorities(t, long)
	w.draft(t, "jeanne", map[string]string{
		"type": "bug", "component": "Process editor", "title": "Export of the process map is empty", "body": "Since the update **nothing** is exported.", "severity": "medium",
	})
	w.draft(t, "many", map[string]string{"title": "Import stops"})
	w.doors(t)
	w.directory(t)
	w.exclusions(t)
	w.shelf(t)
	w.contracts(t)
	w.invoices(t)
	w.bounces(t)
	w.timed(t)
	w.serviced(t)
	w.enhanced(t)
	w.developed(t)
	w.escalated(t)
	w.late(t)
	return w
}

// watch has people watch a ticket.
func (w *world) watch(t testing.TB, number string, locals ...string) {
	t.Helper()
	for _, local := range locals {
		if _, err := w.Desk.AddWatcher(w.as(t, vendor+"/agent"), number, desk.NewWatcher{Email: local + "@" + vendor + ".example"}); err != nil {
			t.Fatalf("%s: %v", local, err)
		}
	}
}

// double is a person with a second factor.
func (w *world) double(t testing.TB) {
	t.Helper()
	w.person(t, "double", desk.PersonInput{Name: "Dana Double", Roles: []string{"agent"}})
	as := w.as(t, vendor+"/double")
	factor, err := w.Desk.StartSecondFactor(as, stack.Password)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(factor.Secret, w.Desk.Now())
	if err == nil {
		_, _, err = w.Desk.ConfirmSecondFactor(as, code)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// draft is a request somebody has begun and not sent.
func (w *world) draft(t testing.TB, local string, fields map[string]string) {
	t.Helper()
	if err := w.Desk.KeepDraft(w.as(t, vendor+"/"+local), desk.DraftNew, "register", fields); err != nil {
		t.Fatal(err)
	}
}

// behalf is a ticket that a partner registered for its customer.
func (w *world) behalf(t testing.TB, name string) {
	t.Helper()
	var customer uuid.UUID
	if err := w.admin.QueryRowContext(t.Context(), `select id from organizations where name = 'Northern Utilities'`).Scan(&customer); err != nil {
		t.Fatal(err)
	}
	v, err := w.Desk.Register(w.as(t, vendor+"/partner"), uuid.NewString(), desk.Registration{
		Type: "how_to", Severity: "low", Title: "How are two maps compared?", Body: "Our customer asks how two maps are compared.", Channel: "portal",
		OnBehalfOf: &desk.OnBehalfOf{OrganizationID: customer},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.numbers[name] = v.Row.Number
}

// talk is a ticket under way with n messages, some of them internal.
func (w *world) talk(t testing.TB, name string, n int) {
	t.Helper()
	number := w.ticket(t, name, ticket.InProgress)
	for i := range n {
		say, who := w.Desk.Comment, vendor+"/jeanne"
		if i%2 == 1 {
			who = vendor + "/agent"
		}
		text := fmt.Sprintf("Message %d: the log of the export says the same on both machines, see the lines around the first failure. Thank you for looking into it.", i+1)
		if i%10 == 9 {
			say, text = w.Desk.Note, text+" "+inside
		}
		if _, err := say(w.as(t, who), uuid.NewString(), number, text, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// rows adds tickets of somebody's organization in all states, straight to the
// tables.
func (w *world) rows(t testing.TB, local string, n int) {
	t.Helper()
	w.exec(t, `with rows as (
			select gen_random_uuid() id, p.vendor_id, p.organization_id, p.id person, i, now() - ($2 - i) * interval '1 hour' as since,
				(array['high', 'medium', 'low'])[1 + i % 3] severity, 'Import of batch ' || i || ' stops at the second file' title,
				(array['registered', 'triaged', 'in_progress', 'waiting_for_customer', 'answered', 'closed'])[1 + i % 6] state
			from people p, generate_series(0, $2 - 1) i where p.email = $1
		), submitted as (
			insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
			select id, vendor_id, organization_id, person, 'portal', 'bug', severity, title, 'It stopped.', 'registered', since from rows
		)
		insert into tickets (id, vendor_id, number, state, organization_id, requester_id, title, type, severity, registered_at, updated_at,
			clocks, promised_at, next_due_at)
		select id, vendor_id, 'IF-2025-' || lpad(i::text, 6, '0'), state, organization_id, person, title, 'bug', severity, since, since,
			jsonb_build_array(jsonb_build_object('name', 'acknowledge', 'amount', '24 business hours', 'source', jsonb_build_object('kind', 'settings'),
				'warn_at', since + interval '18 hours', 'due_at', since + interval '1 day')),
			since + interval '1 day', since + interval '1 day' from rows`, local+"@"+vendor+".example", n)
}
