package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/procedures/stack"
)

// at is the address of the page a form led to, below the vendor's.
func (v *view) at() string {
	path, _, _ := strings.Cut(v.path, "?")
	_, below, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + below
}

// ago is a date so many days ago, as a form takes it.
func ago(h *stack.House, days int) string {
	return h.Desk.Now().AddDate(0, 0, -days).Format(time.DateOnly)
}

// released makes a package of Posimente's with an old and a new release, and
// answers the address of its page.
func released(t *testing.T, h *stack.House, product *browser) string {
	t.Helper()
	made := product.submit(t, product.get(t, "/console/products").form(t, "/console/products"), "name", "Payroll")
	made.says(t, 200, "The product is there.", "Product Payroll", "This product has no packages yet.")
	pack := product.submit(t, made.form(t, "/packages"), "name", "Timesheets")
	pack.says(t, 200, "The package is there.", "Package Timesheets", "Nothing is released of this package yet.")
	for _, one := range [][2]string{{"1.0", ago(h, 3*365)}, {"3.0", ago(h, 30)}} {
		pack = product.submit(t, pack.form(t, "/releases"), "number", one[0], "released_on", one[1], "notes", "All of **"+one[0]+"**")
		pack.says(t, 200, "The release is there.", one[0])
	}
	return pack.at()
}

// TestReleases: a product manager keeps products, packages and releases;
// customers see them newest first with what is supported.
func TestReleases(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	product, jeanne := signedIn(t, h, "posimente", "product"), signedIn(t, h, "posimente", "jeanne")
	jeanne.get(t, "/releases").says(t, 200, "Posimente has not listed any release yet.", "Register a request")
	product.get(t, "/console/products").says(t, 200, "There are no products yet.")
	pack := released(t, h, product)
	page := product.get(t, pack)
	page.says(t, 200, "3.0", "Supported", "1.0", "No longer supported")
	product.submit(t, page.form(t, "/releases"), "number", "3.0", "released_on", ago(h, 1)).says(t, 409, "This package has a release 3.0 already.")
	product.submit(t, page.form(t, "/releases"), "number", "4.0", "released_on", ago(h, -3)).says(t, 422, "Released on: This date is still to come.")
	wrong := product.submit(t, page.form(t, "/releases"), "number", "4.0", "released_on", "soon", "notes", "kept")
	wrong.says(t, 422, "Released on: Give a date.", "kept")

	release := product.open(t, page.link(t, "Version 3.0"))
	stale := release.form(t, release.at())
	product.submit(t, stale, "number", "3.0.1").says(t, 200, "The release is kept.", "Timesheets 3.0.1")
	product.submit(t, stale, "number", "3.0.2").says(t, 409, "Somebody has changed this meanwhile", "It is now: 3.0.1")
	product.submit(t, page.form(t, pack), "name", "Time").says(t, 200, "The package is kept.", "Package Time")
	product.submit(t, page.form(t, pack), "name", "Sheets").says(t, 409, "Somebody has changed this meanwhile", "It is now: Time")
	list := product.get(t, "/console/products")
	list.says(t, 200, "Payroll", "Time")
	at := product.open(t, list.link(t, "Payroll"))
	product.submit(t, at.form(t, at.at()), "name", "Payroll plus").says(t, 200, "The product is kept.", "Product Payroll plus")

	v := jeanne.get(t, "/releases")
	v.says(t, 200, "Posimente supports the releases of the last 24 months, and the newest of each package.", "Payroll plus", "Time", "All of 3.0")
	if at := positions(v.text(), "3.0.1", "Supported", "1.0", "No longer supported"); !increasing(at) {
		t.Errorf("not newest first, each with its support:\n%s", v.text())
	}
	agent := signedIn(t, h, "posimente", "agent")
	agent.get(t, "/releases").says(t, 200, "Products", "Payroll plus", "Product managers and administrators change it.")
	if page := agent.get(t, pack); strings.Contains(page.text(), "New release") {
		t.Error("an agent is offered what is a product manager's")
	}
}

func increasing(at []int) bool {
	for i, p := range at {
		if p < 0 || i > 0 && p < at[i-1] {
			return false
		}
	}
	return true
}

// TestUnsupportedVersion: who registers a request about an old version is told
// so, staff accept it or ask for an upgrade, and the customer reads which.
func TestUnsupportedVersion(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	jeanne, agent := signedIn(t, h, "posimente", "jeanne"), signedIn(t, h, "posimente", "agent")
	if page := jeanne.get(t, "/register"); strings.Contains(page.text(), "Version") {
		t.Error("a version is asked for where none is known")
	}
	released(t, h, signedIn(t, h, "posimente", "product"))
	v := jeanne.submit(t, jeanne.get(t, "/register").form(t, "/register"), "type", "technical", "package", "Timesheets", "version", strings.Repeat("1", 61))
	v.says(t, 422, "Version: At most 60 characters.")
	v = jeanne.submit(t, v.form(t, "/register"), "version", "1.0")
	v = jeanne.submit(t, v.form(t, "/register/describe"), "title", "Export stops after a page", "body", "It stops.")
	v = jeanne.submit(t, v.form(t, "/register/severity"), "severity", "high")
	v = jeanne.submit(t, v.form(t, "/register/evidence"))
	v.says(t, 200, "step 5 of 5", "Package Timesheets", "Version 1.0")
	v = jeanne.submit(t, v.form(t, "/register/check"))
	v.says(t, 200, "Version 1.0 No longer supported", "Your version is no longer supported. Support may ask you to upgrade before it goes on.", "Which releases are supported")
	number := strings.TrimPrefix(v.at(), "/register/done/")
	jeanne.get(t, "/tickets/"+number).says(t, 200, "Your version is no longer supported. Support may ask you to upgrade", "1.0 No longer supported")

	bench := agent.get(t, "/console/tickets/"+number)
	bench.says(t, 200, "1.0 No longer supported", "Accept the version", "Ask for an upgrade")
	agent.submit(t, bench.form(t, "/accept-version")).says(t, 422, "Reason: This can't be empty.")
	accepted := agent.submit(t, bench.form(t, "/accept-version"), "reason", "They upgrade in May")
	accepted.says(t, 200, "The version is accepted.", "Accepted:", "accepted the version, which is no longer supported. They upgrade in May")
	if strings.Contains(accepted.text(), "Why you work on it all the same") {
		t.Error("it can be accepted twice")
	}
	page := jeanne.get(t, "/tickets/"+number)
	page.says(t, 200, "Your version is no longer supported. Support works on your request all the same.")
	if strings.Contains(page.text(), "May") && strings.Contains(page.text(), "upgrade in") {
		t.Error("the customer reads why it was accepted")
	}

	agent.submit(t, accepted.form(t, "/ask-upgrade"), "text", "It is repaired there.").says(t, 422, "There is no such release.", "It is repaired there.")
	release := textOf(t, h, `select id from releases where number = '3.0'`)
	asked := agent.submit(t, agent.get(t, "/console/tickets/"+number).form(t, "/ask-upgrade"), "release_id", release, "text", "It is repaired there.")
	asked.says(t, 200, "The customer is asked to upgrade.", "asked the customer to upgrade", "Timesheets 3.0", "It is repaired there.")
	page = jeanne.get(t, "/tickets/"+number)
	page.says(t, 200, "Your turn: please upgrade", "Timesheets 3.0", "It is repaired there.")
	jeanne.submit(t, page.form(t, "/give-information"), "text", "We have it now.").says(t, 200, "Nothing to do for you now")
	if mail := mailTo(t, h, "jeanne@posimente.example"); !strings.Contains(mail, "Timesheets 3.0") || !strings.Contains(mail, "It is repaired there.") {
		t.Errorf("the mail does not name the release:\n%s", mail)
	}
}
