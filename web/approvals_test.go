package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// office is PRIM Logix with a quote of a customization that super has asked for.
type office struct {
	*stack.House
	service string // its number
}

func newOffice(t *testing.T) *office {
	t.Helper()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	o := &office{House: h}
	execute(t, h, `update people set locale = 'en-CA' where organization_id is not null`)
	for _, local := range []string{"buyer", "second"} {
		o.approver(t, local, nil)
	}
	number := o.asks(t, "super", "/v1/tickets", map[string]any{
		"type": "configuration", "severity": "normal", "title": "A report of our own", "body": "As on paper.",
		"fields": map[string]string{"wanted": "customization", "needs": "A report by branch."},
	}).Text("number")
	o.asks(t, "agent", "/v1/tickets/"+number+"/triage", map[string]any{"reason": "customization", "level": 2, "severity": "normal", "path": "customization"})
	list := h.Ask(t, h.Token(t, "primlogix", "agent"), "GET", "/v1/tickets/"+number+"/service-requests", nil)
	o.service = list.JSON["service_requests"].([]any)[0].(map[string]any)["number"].(string) //nolint:forcetypeassert // as the contract says
	o.asks(t, "super", "/v1/service-requests/"+o.service+"/consent", map[string]any{"agrees": true})
	return o
}

// approver adds one with a limit in minor units, nil for none.
func (o *office) approver(t *testing.T, local string, limit *int64) {
	t.Helper()
	v, err := o.Store.VendorBySlug(t.Context(), "primlogix")
	if err != nil {
		t.Fatal(err)
	}
	c, err := o.Desk.Authenticate(t.Context(), o.Token(t, "primlogix", "super"))
	if err != nil {
		t.Fatal(err)
	}
	in := desk.PersonInput{OrganizationID: c.Person.OrganizationID, Name: "Billie " + local, Email: local + "@primlogix.example", Password: stack.Password, Roles: []string{"approver"}, Locale: "en-CA"}
	if limit != nil {
		in.ApprovalLimit, in.ApprovalCurrency = limit, "CAD"
	}
	if _, err := o.Desk.AddPerson(t.Context(), v, in); err != nil {
		t.Fatal(err)
	}
}

func (o *office) asks(t *testing.T, local, path string, body any) stack.Answer {
	t.Helper()
	a := o.Ask(t, o.Token(t, "primlogix", local), "POST", path, body)
	if a.Status > 299 {
		t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
	}
	return a
}

// offers offers a quote, and answers the address of an approver's link.
func (o *office) offers(t *testing.T, local, unit string) string {
	t.Helper()
	o.asks(t, "agent", "/v1/service-requests/"+o.service+"/quotes", map[string]any{
		"currency": "CAD", "lines": []map[string]string{{"text": "The report", "quantity": "1", "unit": unit}}, "text": "As we said.",
	})
	return o.link(t, local)
}

func (o *office) link(t *testing.T, local string) string {
	t.Helper()
	_, after, found := strings.Cut(mailTo(t, o.House, local+"@primlogix.example"), o.URL+"/primlogix/approvals/")
	if !found {
		t.Fatal("no link to approve in the mail")
	}
	return "/approvals/" + strings.Fields(after)[0]
}

// outsider is a browser nobody is signed in with.
func (o *office) outsider(t *testing.T) *browser { return visitor(t, o.House, "primlogix") }

var sixDigits = regexp.MustCompile(`(?m)^\d{6}\r?$`)

// code has one mailed, and reads it.
func (o *office) code(t *testing.T, b *browser, at, local string) string {
	t.Helper()
	b.submit(t, b.get(t, at+"?answer=approve").form(t, at+"/code")).says(t, 200, "The code is on its way")
	code := strings.TrimSpace(sixDigits.FindString(mailTo(t, o.House, local+"@primlogix.example")))
	if code == "" {
		t.Fatal("no code in the mail")
	}
	return code
}

func (o *office) decisions(t *testing.T) int {
	t.Helper()
	return count(t, o.House, `select count(*) from decisions where question = 'quote'`)
}

// A mail scanner that opens everything, in whatever way, decides nothing and
// leaves the link as good as it was (abuse case B31).
func TestScannersDecideNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	at := o.offers(t, "buyer", "1200")
	b := o.outsider(t)
	b.get(t, at).says(t, 200, "1,379.70 CAD", "A report of our own", "version 1", "Billie buyer")
	opened := rows(t, o.House, watched...)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodGet} {
		for _, answer := range []string{"", "?answer=approve", "?answer=decline"} {
			o.outsider(t).send(t, method, "/primlogix"+at+answer, nil, "")
		}
	}
	if page := b.get(t, at+"?answer=approve"); strings.Contains(page.raw, "<script>") || strings.Contains(page.raw, "autosubmit") {
		t.Error("a script could send the form")
	}
	unchanged(t, o.House, "a scanner", opened)
	// Pressing every button as a crawler does: no name or code, no decision.
	f := b.get(t, at+"?answer=approve").form(t, at)
	b.submit(t, f).says(t, 422)
	b.submit(t, f, "name", "Billie", "code", "000000").says(t, 422)
	if n := o.decisions(t); n != 0 {
		t.Fatalf("%d decisions", n)
	}
	if n := count(t, o.House, `select count(*) from audit where action = 'quote_opened'`); n != 1 {
		t.Errorf("opened %d times in the audit trail", n)
	}
}

// The code that was mailed apart decides, once, as the person the link is for.
func TestDecideByLink(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	at, other := o.offers(t, "buyer", "1200"), o.link(t, "second")
	b := o.outsider(t)
	code := o.code(t, b, at, "buyer")
	f := b.get(t, at+"?answer=approve").form(t, at)
	b.submit(t, f, "name", "Billie Buyer", "code", "12 34 56").says(t, 422, "not the code of our newest mail")
	theirs := o.outsider(t) // the code of one link is no good for another
	theirs.submit(t, theirs.get(t, other+"?answer=approve").form(t, other), "name", "Eve", "code", code).says(t, 422)
	for range 2 { // sent twice it is done once
		b.submit(t, f, "name", "Billie Buyer", "code", code[:3]+" "+code[3:]).says(t, 200, "Your answer is sent", "version 1: 1,379.70 CAD with taxes")
	}
	if n := count(t, o.House, `select count(*) from decisions d join people p on p.id = d.person_id
		where question = 'quote' and answer = 'accepted' and channel = 'link' and d.name = 'Billie Buyer' and p.email = 'buyer@primlogix.example' and object_version = 1`); n != 1 {
		t.Errorf("%d decisions by the link", n)
	}
	b.get(t, at).says(t, 410, "has been decided on")
	signedIn(t, o.House, "primlogix", "super").get(t, "/service-requests/"+o.service).says(t, 200, "Billie buyer", "link")
	// The other approver is told who was first, and nothing more; an old link
	// tells not even that.
	page := o.outsider(t).get(t, other)
	page.says(t, 410, "has been decided on", "Quote approved: Billie buyer")
	if strings.Contains(page.raw, "1,379") || strings.Contains(page.raw, "A report") {
		t.Errorf("a link to what is over says more: %s", page.text())
	}
	execute(t, o.House, `update approval_links set expires_at = now() - interval '1 second'`)
	if page := o.outsider(t).get(t, other); page.status != 410 || strings.Contains(page.raw, "Billie") {
		t.Errorf("an old link tells who decided: %d %s", page.status, page.text())
	}
}

// A link that was altered, is of an older version, of somebody who may not
// decide any more, or too old, decides nothing and tells nothing (abuse case B32).
func TestLinksThatAreNoGood(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	limit := int64(100_000)
	o.approver(t, "small", &limit)
	at := o.offers(t, "buyer", "1200")
	if n := count(t, o.House, `select count(*) from approval_links l join people p on p.id = l.person_id where p.email = 'small@primlogix.example'`); n != 0 {
		t.Error("who may not approve so much got a link")
	}
	altered := at[:len(at)-1] + map[bool]string{true: "B", false: "A"}[strings.HasSuffix(at, "A")]
	missing := o.outsider(t).get(t, "/approvals/nothing")
	if page := o.outsider(t).get(t, altered); page.status != 404 || plain(page) != plain(missing) {
		t.Errorf("altered: %d %s", page.status, page.text())
	}
	newer := o.offers(t, "buyer", "900")
	b := o.outsider(t)
	b.get(t, at).says(t, 410, "Another version")
	code := o.code(t, b, newer, "buyer")
	page := b.get(t, newer+"?answer=approve")
	page.says(t, 200, "version 2", "1,200.00 CAD → 900.00 CAD")
	f := page.form(t, newer)
	for range 5 { // five wrong codes use the right one up
		b.submit(t, f, "name", "Billie", "code", "x").says(t, 422)
	}
	b.submit(t, f, "name", "Billie", "code", code).says(t, 422, "works no more")
	code = o.code(t, b, newer, "buyer")
	execute(t, o.House, `update people set roles = '{}' where email = 'buyer@primlogix.example'`)
	b.submit(t, f, "name", "Billie", "code", code).says(t, 404)
	execute(t, o.House, `update people set roles = '{approver}' where email = 'buyer@primlogix.example'`)
	o.asks(t, "super", "/v1/service-requests/"+o.service+"/withdraw", map[string]any{"text": "No budget."})
	b.get(t, newer).says(t, 410, "There is nothing left to decide")
	execute(t, o.House, `update approval_links set expires_at = now() - interval '1 second'`)
	b.submit(t, f, "name", "Billie", "code", code).says(t, 410)
	if n := o.decisions(t); n != 0 {
		t.Errorf("%d decisions", n)
	}
}

// Of approvals and refusals at the same instant one is the decision, and the
// others are told who was first.
func TestOneDecision(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.offers(t, "buyer", "1200")
	var mu sync.Mutex
	var statuses []int
	var all sync.WaitGroup
	for i := range 20 {
		local := []string{"buyer", "second"}[i%2]
		token := o.Token(t, "primlogix", local)
		body, key := map[string]any{"version": 1, "approves": i%3 == 0, "name": "Billie " + local, "text": "As said."}, uuid.NewString()
		all.Go(func() {
			a := stack.Answer{Status: 503}
			for tries := 0; a.Status == 503 && tries < 10; tries++ { // not known yet: asked again
				a = o.Ask(t, token, "POST", "/v1/service-requests/"+o.service+"/quote-decision", body, "Idempotency-Key", key)
			}
			mu.Lock()
			defer mu.Unlock()
			statuses = append(statuses, a.Status)
		})
	}
	all.Wait()
	slices.Sort(statuses)
	if statuses[0] != 200 || statuses[1] != 409 || statuses[len(statuses)-1] != 409 || o.decisions(t) != 1 {
		t.Errorf("%v, %d decisions", statuses, o.decisions(t))
	}
}
