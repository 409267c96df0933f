package web

import (
	"context"
	"html"
	"net/url"
	"strings"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// link is one entry of the navigation.
type link struct {
	To, Words, Key string
	Here           string // of aria-current: page, true for a page below it, "" elsewhere
}

// hereIf is what aria-current says of an entry.
func hereIf(here bool) string {
	if here {
		return "page"
	}
	return ""
}

// navigation lists the pages of each side, with the operation that opens them.
var navigation = []struct {
	path, words, key string
	op               desk.Operation
	staff            bool
}{
	{"", "nav_home", "", desk.OpListTickets, false},
	{"/tickets", "nav_requests", "", desk.OpListTickets, false},
	{"/register", "nav_register", "", desk.OpRegisterTicket, false},
	{"/service-requests", "nav_services", "", desk.OpListServiceRequests, false},
	{"/quotes", "quotes_title", "", desk.OpListServiceRequests, false},
	{"/features", "roadmap_title", "", desk.OpListRoadmap, false},
	{"/people", "nav_people", "", desk.OpListContacts, false},
	{"/releases", "releases_title", "", desk.OpListReleases, false},
	{"/contracts", "nav_contracts", "", desk.OpListContracts, false},
	{"/statement", "nav_statement", "", desk.OpListReceivers, false},
	{"/invoices", "nav_invoices", "", desk.OpListInvoices, false},
	{"/escalations", "escalations_title", "", desk.OpEscalate, false},
	{"/console", "nav_queue", "q", desk.OpQueue, true},
	{"/console/triage", "nav_triage", "", desk.OpTriage, true},
	{"/console/time", "own_time_title", "", desk.OpAddTimeEntry, true},
	{"/console/requests", "requests_title", "", desk.OpListRefusals, true},
	{"/console/service-requests", "nav_services", "", desk.OpQueue, true},
	{"/console/qa", "nav_qa", "", desk.OpListQAReviews, true},
	{"/console/dev", "nav_dev", "", desk.OpListDevTickets, true},
	{"/console/features", "features_title", "", desk.OpListFeatures, true},
	{"/console/questions", "nav_questions", "", desk.OpListCollaborations, true},
	{"/console/escalations", "escalations_title", "", desk.OpListEscalations, true},
	{"/console/receipts", "nav_receipts", "", desk.OpListBounced, true},
	{"/console/organizations", "nav_people", "", desk.OpDirectory, true},
	{"/console/statements", "statements_title", "", desk.OpListStandings, true},
	{"/console/invoices", "nav_invoices", "", desk.OpListInvoices, true},
	{"/console/products", "products_title", "", desk.OpCatalog, true},
	{"/console/sign-on", "nav_sign_on", "", desk.OpListProviders, true},
	{"/console/webhooks", "webhooks_title", "", desk.OpListWebhooks, true},
	{"/console/audit", "nav_audit", "", desk.OpListAudit, true},
	{"/console/stuck", "nav_stuck", "", desk.OpListStuck, true},
}

// beside are pages that belong to another's entry of the navigation.
var beside = map[string][]string{
	"/tickets":               {"/requests", "/receipts"},
	"/console/organizations": {"/console/contacts", "/console/staff", "/console/teams", "/console/access-requests", "/console/contracts"},
	"/console/products":      {"/console/packages", "/console/releases"},
}

// Nav is the navigation as far as it is the reader's. Where they are is the
// page itself or the nearest above it.
func (p *page) Nav() (links []link) {
	q := p.Request
	here, nearest, at := -1, 0, q.address().Path
	for _, n := range navigation {
		if n.staff != q.caller.Staff() || q.caller.Reach(n.op) == desk.Nothing || strings.HasSuffix(n.path, "/escalations") && !q.complains() {
			continue
		}
		for _, path := range append([]string{n.path}, beside[n.path]...) {
			to := q.to(path)
			if (at == to || path != "" && strings.HasPrefix(at, to+"/")) && len(to) > nearest {
				here, nearest = len(links), len(to)
			}
		}
		words := q.say(n.words)
		switch n.op {
		case desk.OpListStuck:
			words += q.howMany(q.site.desk.GivenUp)
		case desk.OpListBounced:
			words += q.howMany(q.site.desk.BouncedCount)
		case desk.OpListFeatures:
			if q.caller.Reach(desk.OpDeclineFeature) != desk.Nothing {
				words += q.howMany(q.site.desk.NewFeatures)
			}
		}
		links = append(links, link{To: q.to(n.path), Words: words, Key: n.key})
	}
	if here >= 0 {
		links[here].Here = "true"
		if links[here].To == at {
			links[here].Here = "page"
		}
	}
	return links
}

// complains says whether there is a ladder, and complaints may come to the
// reader, or from them.
func (q *request) complains() bool {
	if !q.climbs() {
		return false
	}
	may, err := q.site.desk.Climbs(q.Request().Context())
	return may || err != nil // unknown is never nothing
}

// howMany is how many of something wait for somebody, to stand behind the name
// of their page; "" for none.
func (q *request) howMany(count func(context.Context) (int, error)) string {
	n, err := count(q.Request().Context())
	switch {
	case err != nil:
		n = -1 // unknown is never nothing
	case n == 0:
		return ""
	}
	return " (" + bounded(n) + ")"
}

// pagesNamed are the reader's pages whose name holds the text, all with "".
func (q *request) pagesNamed(text string) (links []link) {
	p := &page{Request: q}
	all := append(p.Nav(), link{To: q.to("/console/keys"), Words: q.say("keys_title")})
	for _, l := range all {
		if strings.Contains(strings.ToLower(l.Words), strings.ToLower(strings.TrimSpace(text))) {
			links = append(links, l)
		}
	}
	return links
}

// Home is the reader's first page.
func (p *page) Home() string {
	if p.Request.vendor.Slug == "" {
		return "/"
	}
	return p.Request.to("")
}

// Vendor is whose pages these are; nil for nobody's.
func (p *page) Vendor() *store.Vendor {
	if p.Request.vendor.Name == "" {
		return nil
	}
	return &p.Request.vendor
}

// language is another language of the same page.
type language struct{ Tag, Name, To string }

var languageNames = map[string]string{"en": "English", "fr": "Français"}

// Languages are the page's in other languages, for who is not signed in.
func (p *page) Languages() (list []language) {
	u := p.Request.address()
	if strings.HasSuffix(u.Path, "/oidc/callback") { // whose answer is used up
		u = &url.URL{Path: p.Request.to("/sign-in")}
	}
	for _, l := range words.Locales {
		if l == p.Request.locale {
			continue
		}
		query := u.Query()
		query.Set("lang", l)
		list = append(list, language{l, languageNames[l], (&url.URL{Path: u.Path, RawQuery: query.Encode()}).String()})
	}
	return list
}

// RequestID names the request in our logs.
func (p *page) RequestID() string { return p.Request.Response().Header().Get("X-Request-Id") }

// SingleKeys says whether the reader uses single-key shortcuts.
func (p *page) SingleKeys() bool { return p.Request.signedIn && p.Request.caller.Person.SingleKeys }

// FieldID is where a wrong field is on the page.
func (p *page) FieldID(path string) string {
	id := strings.ReplaceAll(path, "/", "-")
	if form := p.Values.Get("form"); form != "" {
		return form + "-" + id
	}
	return id
}

// FieldMessage is what is wrong with a field, with what the field is called.
func (p *page) FieldMessage(f problem.Field) string {
	sentence := p.fieldSentence(f)
	if row := p.rowCalled(f.Path); row != "" {
		return p.T("field_and_problem", "field", row, "problem", sentence)
	}
	if called := p.FieldCalled(p.Values.Get("form"), f.Path); called != "" {
		return p.T("field_and_problem", "field", called, "problem", sentence)
	}
	return sentence
}

// FieldCalled is what a field is called: on that form if it has a name of its own
// there, else on any; "" for one without a name.
func (p *page) FieldCalled(form, path string) string {
	field := strings.ReplaceAll(path, "/", "_")
	for _, key := range []string{"field_name_" + strings.ReplaceAll(form, "-", "_") + "_" + field, "field_name_" + field} {
		if called := p.T(key); called != key {
			return called
		}
	}
	return ""
}

// Draft is what the reader has typed before and not sent.
func (p *page) Draft(kind, field string) string {
	if v, ok := p.Data.(interface {
		draft(kind, field string) string
	}); ok {
		return v.draft(kind, field)
	}
	return ""
}

// DraftFiles are the files the reader's draft of that kind names.
func (p *page) DraftFiles(kind string) []store.File {
	if v, ok := p.Data.(interface {
		draftFiles(kind string) []store.File
	}); ok {
		return v.draftFiles(kind)
	}
	return nil
}

func (v ticketView) draftFiles(kind string) []store.File { return v.Kept[kind] }

func (v ticketView) draft(kind, field string) string { return v.Drafts[kind][field] }

// Severity is a severity's rank (1 the most severe, 4 at least) and name.
func (p *page) Severity(code string) map[string]any {
	rank := 4
	for i, c := range p.Request.vendor.Settings.Severities {
		if c.Code == code {
			rank = min(i+1, 4)
		}
	}
	return map[string]any{"Rank": rank, "Name": p.Label("severity", code)}
}

// Short is the beginning of what somebody wrote, on one line and without marks.
func (p *page) Short(text string) string {
	line := strings.Join(strings.Fields(html.UnescapeString(wordsAlone.Sanitize(string(p.Text(text))))), " ")
	if runes := []rune(line); len(runes) > 160 {
		return string(runes[:159]) + "…"
	}
	return line
}
