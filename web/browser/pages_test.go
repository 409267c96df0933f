package browser_test

import "testing"

// pageCase is one page in one state. Everything that TestPages checks is
// checked for each line, in both languages, both themes and four widths.
type pageCase struct {
	name string
	who  string             // vendor/local part of who is signed in; "" for nobody
	path string             // {waiting} is the number of the ticket of that name
	then func(*world, *tab) // makes the state that no address has; nil: nothing
	walk walk               // how far the Tab key is followed
	own  bool               // a page of its own: its title is no other page's (statement 22)
}

// walk says what the Tab key is followed for.
type walk int

const (
	noWalk    walk = iota // a page like another one in the table
	everyStop             // statements 9 and 10
	inOrder               // and 8: as the eye reads
)

// pages is the table. A new page gets a line, and one more for each state in
// which it looks different: empty, with 200 rows, with the longest names, with
// a refused form.
var pages = []pageCase{
	{name: "front", path: "/", walk: everyStop, own: true},
	{name: "sign-in", path: "/interfacing/sign-in", walk: everyStop, own: true},
	{name: "sign-in, refused", path: "/interfacing/sign-in", then: refusedSignIn},
	{name: "nothing here", path: "/interfacing/nowhere", own: true},
	{name: "home", who: "interfacing/jeanne", path: "/interfacing", walk: inOrder, own: true},
	{name: "home, first visit", who: "interfacing/first", path: "/interfacing"},
	{name: "home, 200 rows", who: "interfacing/many", path: "/interfacing"},
	{name: "home, longest names", who: "interfacing/long", path: "/interfacing", walk: everyStop},
	{name: "ticket, registered", who: "interfacing/jeanne", path: "/interfacing/tickets/{registered}"},
	{name: "ticket, in progress", who: "interfacing/jeanne", path: "/interfacing/tickets/{progress}"},
	{name: "ticket, waiting for the customer", who: "interfacing/jeanne", path: "/interfacing/tickets/{waiting}", walk: inOrder, own: true},
	{name: "ticket, answered", who: "interfacing/jeanne", path: "/interfacing/tickets/{answered}"},
	{name: "ticket, closed", who: "interfacing/jeanne", path: "/interfacing/tickets/{closed}"},
	{name: "ticket, fifty messages", who: "interfacing/jeanne", path: "/interfacing/tickets/{fifty}"},
	{name: "ticket, longest names", who: "interfacing/long", path: "/interfacing/tickets/{longest}", walk: everyStop},
	{name: "ticket, with watchers", who: "interfacing/jeanne", path: "/interfacing/tickets/{watched}", walk: everyStop},
	{name: "ticket, somebody added refused", who: "interfacing/super", path: "/interfacing/tickets/{watched}", then: refusedWatcher},
	{name: "ticket, only watched", who: "interfacing/reader", path: "/interfacing/tickets/{watched}", walk: everyStop},
	{name: "clocks, running", who: "interfacing/jeanne", path: "/interfacing/tickets/{progress}/clocks", walk: inOrder, own: true},
	{name: "clocks, stopped", who: "interfacing/jeanne", path: "/interfacing/tickets/{answered}/clocks"},
	{name: "clocks, longest names", who: "interfacing/long", path: "/interfacing/tickets/{longest}/clocks", walk: everyStop},
	{name: "clocks, for staff", who: "interfacing/agent", path: "/interfacing/console/tickets/{waiting}/clocks", own: true},
	{name: "clocks, missed", who: "interfacing/agent", path: "/interfacing/console/tickets/{missed}/clocks", walk: inOrder},
	{name: "clocks, exclusion refused", who: "interfacing/agent", path: "/interfacing/console/tickets/{missed}/clocks", then: refusedExclusion},
	{name: "clocks, exclusion to decide", who: "interfacing/agent", path: "/interfacing/console/tickets/{missed-asked}/clocks", walk: inOrder},
	{name: "clocks, exclusion of one's own", who: "interfacing/manager", path: "/interfacing/console/tickets/{missed-asked}/clocks"},
	{name: "clocks, breach left out", who: "interfacing/agent", path: "/interfacing/console/tickets/{missed-out}/clocks"},
	{name: "clocks, exclusions over, read only", who: "interfacing/billing", path: "/interfacing/console/tickets/{missed-over}/clocks"},
	{name: "clocks, breach left out, for the customer", who: "interfacing/jeanne", path: "/interfacing/tickets/{missed-out}/clocks", walk: everyStop},
	{name: "merge, which ticket", who: "interfacing/agent", path: "/interfacing/console/tickets/{progress}/merge", walk: inOrder, own: true},
	{name: "merge, what happens", who: "interfacing/agent", path: "/interfacing/console/tickets/{progress}/merge?target={waiting}", walk: inOrder},
	{name: "merge, no such ticket", who: "interfacing/agent", path: "/interfacing/console/tickets/{progress}/merge?target=nothing"},
	{name: "split", who: "interfacing/agent", path: "/interfacing/console/tickets/{fifty}/split", walk: inOrder, own: true},
	{name: "split, nothing to move", who: "interfacing/agent", path: "/interfacing/console/tickets/{registered}/split"},
	{name: "split, longest names", who: "interfacing/agent", path: "/interfacing/console/tickets/{longest}/split", walk: everyStop},
	{name: "ticket, done", who: "interfacing/jeanne", path: "/interfacing/tickets/{waiting}?done=comment_sent"},
	{name: "ticket, news", who: "interfacing/jeanne", path: "/interfacing/tickets/{fifty}/news?version=1", own: true},
	{name: "ticket, of a customer's partner", who: "interfacing/partner", path: "/interfacing/tickets/{behalf}"},
	{name: "not registered", who: "athento/jeanne", path: "/athento/requests", own: true},
	{name: "not registered, none", who: "interfacing/jeanne", path: "/interfacing/requests"},
	{name: "not registered, something missing", who: "athento/jeanne", path: "/athento/requests/{lacking}", walk: inOrder, own: true},
	{name: "not registered, with the super-user", who: "primlogix/super", path: "/primlogix/requests/{first}", walk: everyStop},
	{name: "not registered, for staff", who: "athento/agent", path: "/athento/console/requests", own: true},
	{name: "no receipt", who: "interfacing/jeanne", path: "/interfacing/receipts", walk: inOrder, own: true},
	{name: "no receipt, found", who: "interfacing/jeanne", path: "/interfacing/receipts?subject=export"},
	{name: "no receipt, nothing arrived", who: "interfacing/jeanne", path: "/interfacing/receipts?subject=nothingofthekind"},
	{name: "no receipt, refused", who: "interfacing/agent", path: "/interfacing/console/receipts?address=nobody"},
	{name: "no receipt, for staff", who: "interfacing/agent", path: "/interfacing/console/receipts?subject=o", walk: everyStop},
	{name: "no receipt, for staff, nothing arrived", who: "interfacing/agent", path: "/interfacing/console/receipts?address=nobody@interfacing.example"},
	{name: "no receipt, longest names", who: "interfacing/long", path: "/interfacing/receipts?subject=e", walk: everyStop},
	{name: "no receipt, not registered", who: "athento/jeanne", path: "/athento/receipts?subject=api"},
	{name: "receipts that did not arrive", who: "interfacing/agent", path: "/interfacing/console/receipts/bounced", walk: inOrder, own: true},
	{name: "receipts that did not arrive, refused", who: "interfacing/agent", path: "/interfacing/console/receipts/bounced", then: refusedNote},
	{name: "receipts that did not arrive, read only", who: "interfacing/billing", path: "/interfacing/console/receipts/bounced"},
	{name: "receipts that did not arrive, none", who: "posimente/agent", path: "/posimente/console/receipts/bounced"},
	{name: "ticket, receipt did not arrive", who: "interfacing/jeanne", path: "/interfacing/tickets/{bounced}"},
	{name: "workbench, receipt did not arrive", who: "interfacing/agent", path: "/interfacing/console/tickets/{bounced-long}"},
	{name: "home, a colleague asks first", who: "primlogix/super", path: "/primlogix"},
	{name: "register, what a form asks", who: "athento/super", path: "/athento/register/evidence", walk: inOrder},
	{name: "register, something missing", who: "athento/super", path: "/athento/register/check"},
	{name: "ticket, access authority required", who: "interfacing/jeanne", path: "/interfacing/tickets/{entered}", walk: inOrder},
	{name: "access authorities", who: "interfacing/jeanne", path: "/interfacing/tickets/{allowed}/authorities", walk: inOrder, own: true},
	{name: "access authorities, none", who: "interfacing/jeanne", path: "/interfacing/tickets/{registered}/authorities"},
	{name: "access authority", who: "interfacing/signs", path: "/interfacing/tickets/{entered}/authorities/{authority}", walk: inOrder, own: true},
	{name: "access authority, refused", who: "interfacing/signs", path: "/interfacing/tickets/{entered}/authorities/{authority}", then: refusedGrantOfAccess},
	{name: "access authority, another's to answer", who: "interfacing/jeanne", path: "/interfacing/tickets/{entered}/authorities/{authority}"},
	{name: "access authority, longest names", who: "interfacing/longsigns", path: "/interfacing/tickets/{long-entered}/authorities/{long-authority}", walk: everyStop},
	{name: "access authority, completed", who: "interfacing/super", path: "/interfacing/tickets/{allowed}/authorities/{allowing}", walk: everyStop},
	{name: "access authority, for staff", who: "interfacing/agent", path: "/interfacing/console/tickets/{allowed}/authorities/{allowing}"},
	{name: "access authorities, for staff", who: "interfacing/agent", path: "/interfacing/console/tickets/{allowed}/authorities", walk: inOrder},
	{name: "access authorities, refused", who: "interfacing/agent", path: "/interfacing/console/tickets/{progress}/authorities", then: refusedAuthority},
	{name: "access authorities, longest names", who: "interfacing/longstaff", path: "/interfacing/console/tickets/{long-entered}/authorities", walk: everyStop},
	{name: "requests", who: "interfacing/jeanne", path: "/interfacing/tickets", walk: inOrder, own: true},
	{name: "requests, of the organization", who: "interfacing/super", path: "/interfacing/tickets?status=all"},
	{name: "requests, of a partner's customers", who: "interfacing/partner", path: "/interfacing/tickets"},
	{name: "requests, none yet", who: "interfacing/first", path: "/interfacing/tickets"},
	{name: "requests, none found", who: "interfacing/jeanne", path: "/interfacing/tickets?q=nothingofthekind"},
	{name: "requests, 200 rows", who: "interfacing/many", path: "/interfacing/tickets?status=all"},
	{name: "requests, longest names", who: "interfacing/long", path: "/interfacing/tickets", walk: everyStop},
	{name: "register, kind", who: "interfacing/first", path: "/interfacing/register", walk: inOrder, own: true},
	{name: "register, kind, begun", who: "interfacing/jeanne", path: "/interfacing/register"},
	{name: "register, kind, for a customer", who: "interfacing/partner", path: "/interfacing/register"},
	{name: "register, describe", who: "interfacing/jeanne", path: "/interfacing/register/describe", walk: inOrder, own: true},
	{name: "register, describe, refused", who: "interfacing/first", path: "/interfacing/register/describe", then: refusedDescription},
	{name: "register, severity", who: "interfacing/jeanne", path: "/interfacing/register/severity", walk: inOrder, own: true},
	{name: "register, evidence", who: "interfacing/jeanne", path: "/interfacing/register/evidence", walk: inOrder, own: true},
	{name: "register, check", who: "interfacing/jeanne", path: "/interfacing/register/check", walk: inOrder, own: true},
	{name: "register, check, something missing", who: "interfacing/many", path: "/interfacing/register/check"},
	{name: "register, done", who: "interfacing/jeanne", path: "/interfacing/register/done/{registered}", walk: everyStop, own: true},
	{name: "register, not allowed", who: "interfacing/reader", path: "/interfacing/register", own: true},
	{name: "second step", path: "/interfacing/sign-in", then: halfSignedIn, walk: everyStop, own: true},
	{name: "password, forgotten", path: "/interfacing/password/forgotten", walk: everyStop, own: true},
	{name: "password, invited", path: "/interfacing/password/{invitation}", walk: inOrder, own: true},
	{name: "password, link used", path: "/interfacing/password/{used}"},
	{name: "access", path: "/interfacing/access", walk: inOrder, own: true},
	{name: "access, question", path: "/interfacing/access/reply/{question}", walk: inOrder, own: true},
	{name: "account", who: "interfacing/jeanne", path: "/interfacing/account", walk: inOrder, own: true},
	{name: "account, refused", who: "interfacing/jeanne", path: "/interfacing/account", then: refusedAccount},
	{name: "account, token made", who: "interfacing/partner", path: "/interfacing/account", then: tokenMade},
	{name: "account, with a second factor", who: "interfacing/double", path: "/interfacing/account"},
	{name: "second factor", who: "interfacing/partner", path: "/interfacing/account", then: factorBegun, walk: everyStop, own: true},
	{name: "queue", who: "interfacing/agent", path: "/interfacing/console", walk: inOrder, own: true},
	{name: "queue, 200 rows", who: "interfacing/agent", path: "/interfacing/console?tab=all"},
	{name: "queue, unassigned", who: "interfacing/manager", path: "/interfacing/console?tab=unassigned"},
	{name: "queue, of one's teams", who: "athento/agent", path: "/athento/console?tab=team"},
	{name: "queue, of the absent", who: "interfacing/agent", path: "/interfacing/console?tab=absent"},
	{name: "queue, waiting", who: "interfacing/agent", path: "/interfacing/console?tab=waiting"},
	{name: "queue, none", who: "posimente/agent", path: "/posimente/console"},
	{name: "queue, none found", who: "interfacing/agent", path: "/interfacing/console?tab=all&q=nothingofthekind"},
	{name: "queue, longest names", who: "interfacing/longstaff", path: "/interfacing/console?tab=mine", walk: everyStop},
	{name: "triage", who: "interfacing/agent", path: "/interfacing/console/triage", walk: inOrder, own: true},
	{name: "triage, refused", who: "interfacing/agent", path: "/interfacing/console/triage", then: refusedTriage},
	{name: "triage, none", who: "posimente/agent", path: "/posimente/console/triage"},
	{name: "workbench, registered", who: "interfacing/agent", path: "/interfacing/console/tickets/{registered}"},
	{name: "workbench, in progress", who: "interfacing/agent", path: "/interfacing/console/tickets/{progress}?from=mine", walk: inOrder, own: true},
	{name: "workbench, waiting for the customer", who: "interfacing/agent", path: "/interfacing/console/tickets/{waiting}"},
	{name: "workbench, answered", who: "interfacing/agent", path: "/interfacing/console/tickets/{answered}"},
	{name: "workbench, closed", who: "interfacing/agent", path: "/interfacing/console/tickets/{closed}"},
	{name: "workbench, access authority required", who: "interfacing/agent", path: "/interfacing/console/tickets/{entered}"},
	{name: "workbench, fifty messages", who: "interfacing/agent", path: "/interfacing/console/tickets/{fifty}"},
	{name: "workbench, with watchers", who: "interfacing/agent", path: "/interfacing/console/tickets/{watched}"},
	{name: "workbench, longest names", who: "interfacing/longstaff", path: "/interfacing/console/tickets/{longest}", walk: everyStop},
	{name: "workbench, reply on its way", who: "interfacing/agent", path: "/interfacing/console/tickets/{leaving}", then: replied},
	{name: "workbench, changed meanwhile", who: "interfacing/agent", path: "/interfacing/console/tickets/{stale}", then: overtaken},
	{name: "workbench, read only", who: "interfacing/billing", path: "/interfacing/console/tickets/{progress}"},
	{name: "sign-on", who: "interfacing/admin", path: "/interfacing/console/sign-on", walk: inOrder, own: true},
	{name: "sign-on, none", who: "posimente/admin", path: "/posimente/console/sign-on"},
	{name: "sign-on, one", who: "interfacing/admin", path: "/interfacing/console/sign-on/{provider-on}", own: true},
	{name: "sign-on, longest name", who: "interfacing/admin", path: "/interfacing/console/sign-on/{provider-long}", then: refusedProvider},
	{name: "sign-on, changed meanwhile", who: "interfacing/admin", path: "/interfacing/console/sign-on/{provider-on}", then: staleProvider},
	{name: "audit", who: "interfacing/admin", path: "/interfacing/console/audit", walk: everyStop, own: true},
	{name: "audit, of one person", who: "interfacing/admin", path: "/interfacing/console/audit?by={admin}"},
	{name: "audit, none", who: "posimente/admin", path: "/posimente/console/audit?by={admin}"},
	{name: "stuck", who: "interfacing/admin", path: "/interfacing/console/stuck", walk: inOrder, own: true},
	{name: "stuck, nothing", who: "posimente/admin", path: "/posimente/console/stuck"},
	{name: "statement", who: "interfacing/super", path: "/interfacing/statement", own: true},
	{name: "statement, nobody receives it", who: "primlogix/super", path: "/primlogix/statement", walk: inOrder},
	{name: "statement, not theirs to read", who: "primlogix/jeanne", path: "/primlogix/statement"},
	{name: "statement, of staff", who: "interfacing/accounts", path: "/interfacing/console/organizations/{northern}/statement", own: true},
	{name: "statement, longest names", who: "interfacing/accounts", path: "/interfacing/console/organizations/{long-org}/statement"},
	{name: "statement, nothing to say", who: "interfacing/agent", path: "/interfacing/console/organizations/{empty-org}/statement", walk: inOrder},
	{name: "statements", who: "interfacing/accounts", path: "/interfacing/console/statements", own: true},
	{name: "statements, nobody receives them", who: "primlogix/accounts", path: "/primlogix/console/statements?without=1", walk: inOrder},
	{name: "organizations", who: "interfacing/accounts", path: "/interfacing/console/organizations", walk: inOrder, own: true},
	{name: "organizations, refused", who: "interfacing/accounts", path: "/interfacing/console/organizations", then: refusedOrganization},
	{name: "organizations, none found", who: "interfacing/accounts", path: "/interfacing/console/organizations?q=nothingofthekind"},
	{name: "organizations, read only", who: "interfacing/agent", path: "/interfacing/console/organizations"},
	{name: "organization", who: "interfacing/accounts", path: "/interfacing/console/organizations/{northern}", walk: inOrder, own: true},
	{name: "organization, refused", who: "interfacing/accounts", path: "/interfacing/console/organizations/{northern}", then: refusedContact},
	{name: "organization, changed meanwhile", who: "interfacing/accounts", path: "/interfacing/console/organizations/{empty-org}", then: staleOrganization},
	{name: "organization, a partner", who: "interfacing/accounts", path: "/interfacing/console/organizations/{partners}", walk: everyStop},
	{name: "organization, nobody there", who: "interfacing/accounts", path: "/interfacing/console/organizations/{empty-org}"},
	{name: "organization, longest names", who: "interfacing/accounts", path: "/interfacing/console/organizations/{long-org}", walk: everyStop},
	{name: "organization, 120 contacts", who: "interfacing/accounts", path: "/interfacing/console/organizations/{crowded-org}"},
	{name: "organization, read only", who: "interfacing/agent", path: "/interfacing/console/organizations/{northern}"},
	{name: "contact", who: "interfacing/accounts", path: "/interfacing/console/contacts/{person-jeanne}", walk: inOrder, own: true},
	{name: "contact, longest names", who: "interfacing/accounts", path: "/interfacing/console/contacts/{person-long}", walk: everyStop},
	{name: "contact, changed meanwhile", who: "interfacing/accounts", path: "/interfacing/console/contacts/{person-reader}", then: stalePerson},
	{name: "contact, read only", who: "interfacing/agent", path: "/interfacing/console/contacts/{person-long}"},
	{name: "staff", who: "interfacing/admin", path: "/interfacing/console/staff", walk: inOrder, own: true},
	{name: "staff, refused", who: "interfacing/admin", path: "/interfacing/console/staff", then: refusedStaff},
	{name: "staff, one", who: "interfacing/admin", path: "/interfacing/console/staff/{person-double}", walk: everyStop, own: true},
	{name: "staff, longest name", who: "interfacing/agent", path: "/interfacing/console/staff/{person-longstaff}"},
	{name: "teams", who: "interfacing/admin", path: "/interfacing/console/teams", walk: inOrder, own: true},
	{name: "team", who: "interfacing/admin", path: "/interfacing/console/teams/{team}", walk: inOrder, own: true},
	{name: "team, changed meanwhile", who: "interfacing/admin", path: "/interfacing/console/teams/{team}", then: staleTeam},
	{name: "team, read only", who: "interfacing/agent", path: "/interfacing/console/teams/{team}"},
	{name: "access requests", who: "interfacing/accounts", path: "/interfacing/console/access-requests", walk: everyStop, own: true},
	{name: "access requests, all", who: "interfacing/accounts", path: "/interfacing/console/access-requests?all=1"},
	{name: "access request", who: "interfacing/accounts", path: "/interfacing/console/access-requests/{asked}", walk: inOrder, own: true},
	{name: "access request, longest names", who: "interfacing/accounts", path: "/interfacing/console/access-requests/{asks}", walk: everyStop},
	{name: "access request, refused", who: "interfacing/accounts", path: "/interfacing/console/access-requests/{asked}", then: refusedGrant},
	{name: "access request, declined", who: "interfacing/accounts", path: "/interfacing/console/access-requests/{declined}"},
	{name: "contracts", who: "athento/accounts", path: "/athento/console/organizations/{athento-org}/contracts", walk: inOrder, own: true},
	{name: "contracts, none", who: "interfacing/accounts", path: "/interfacing/console/organizations/{northern}/contracts"},
	{name: "contract", who: "athento/accounts", path: "/athento/console/contracts/{contract}", walk: inOrder, own: true},
	{name: "contract, longest name", who: "athento/accounts", path: "/athento/console/contracts/{contract-long}"},
	{name: "contract, refused", who: "athento/accounts", path: "/athento/console/contracts/{contract}", then: refusedContractForm},
	{name: "contract, changed meanwhile", who: "athento/accounts", path: "/athento/console/contracts/{contract-long}", then: staleContract},
	{name: "contract, read only", who: "athento/agent", path: "/athento/console/contracts/{contract}"},
	{name: "contract, preview", who: "athento/accounts", path: "/athento/console/contracts/{contract}/preview?version=1&plan=premium&reference=AG-18&from=2026-01-01", walk: everyStop, own: true},
	{name: "ledger, for staff", who: "athento/accounts", path: "/athento/console/contracts/{contract}/ledger", walk: everyStop, own: true},
	{name: "ledger", who: "athento/super", path: "/athento/contracts/{contract}"},
	{name: "ledger, nothing taken", who: "athento/super", path: "/athento/contracts/{contract-long}"},
	{name: "own contracts", who: "athento/super", path: "/athento/contracts", walk: everyStop, own: true},
	{name: "own contracts, none", who: "interfacing/super", path: "/interfacing/contracts"},
	{name: "invoices", who: "primlogix/jeanne", path: "/primlogix/invoices", walk: inOrder, own: true},
	{name: "invoices, none", who: "interfacing/jeanne", path: "/interfacing/invoices"},
	{name: "invoices, none so", who: "primlogix/jeanne", path: "/primlogix/invoices?state=paid"},
	{name: "invoice", who: "primlogix/jeanne", path: "/primlogix/invoices/{invoice}", walk: inOrder, own: true},
	{name: "invoice, longest names", who: "primlogix/jeanne", path: "/primlogix/invoices/{invoice-long}", walk: everyStop},
	{name: "invoice, credited", who: "primlogix/jeanne", path: "/primlogix/invoices/{invoice-credited}"},
	{name: "credit note", who: "primlogix/jeanne", path: "/primlogix/invoices/{credit-note}"},
	{name: "invoices, for staff", who: "primlogix/billing", path: "/primlogix/console/invoices", walk: everyStop},
	{name: "invoices, none, for staff", who: "interfacing/billing", path: "/interfacing/console/invoices"},
	{name: "invoice, for staff", who: "primlogix/billing", path: "/primlogix/console/invoices/{invoice}", walk: inOrder},
	{name: "invoice, payment refused", who: "primlogix/billing", path: "/primlogix/console/invoices/{invoice}", then: refusedPayment},
	{name: "invoice, to issue", who: "primlogix/billing", path: "/primlogix/console/tickets/{billable}/invoice", walk: inOrder, own: true},
	{name: "invoice, nothing to bill", who: "primlogix/billing", path: "/primlogix/console/tickets/{billed}/invoice"},
	{name: "home, no ticket left", who: "athento/jeanne", path: "/athento"},
	{name: "register, kind, no ticket left", who: "athento/jeanne", path: "/athento/register"},
	{name: "register, check, no ticket left", who: "athento/jeanne", path: "/athento/register/check", walk: inOrder},
	{name: "register, check, nothing chosen", who: "athento/jeanne", path: "/athento/register/check", then: refusedChoice},
	{name: "workbench, counted", who: "athento/agent", path: "/athento/console/tickets/{counted}", walk: everyStop},
	{name: "workbench, given back", who: "athento/agent", path: "/athento/console/tickets/{released}"},
	{name: "workbench, giving back refused", who: "athento/agent", path: "/athento/console/tickets/{counted}", then: refusedGivingBack},
	{name: "teams, none", who: "posimente/admin", path: "/posimente/console/teams"},
	{name: "access requests, none", who: "posimente/accounts", path: "/posimente/console/access-requests"},
	{name: "people", who: "interfacing/super", path: "/interfacing/people", walk: everyStop, own: true},
	{name: "people, of a partner", who: "interfacing/partner", path: "/interfacing/people", walk: inOrder, own: true},
	{name: "people, of a customer", who: "interfacing/partner", path: "/interfacing/people/{northern}"},
	{name: "people, longest names", who: "interfacing/long", path: "/interfacing/people"},
	{name: "people, 120 contacts", who: "interfacing/crowd", path: "/interfacing/people"},
	{name: "products", who: "interfacing/product", path: "/interfacing/console/products", walk: inOrder, own: true},
	{name: "products, refused", who: "interfacing/product", path: "/interfacing/console/products", then: refusedProduct},
	{name: "products, none", who: "posimente/admin", path: "/posimente/console/products"},
	{name: "products, read only", who: "interfacing/agent", path: "/interfacing/console/products"},
	{name: "product", who: "interfacing/product", path: "/interfacing/console/products/{product}", walk: inOrder, own: true},
	{name: "product, longest names", who: "interfacing/product", path: "/interfacing/console/products/{product-long}"},
	{name: "package", who: "interfacing/product", path: "/interfacing/console/packages/{package}", walk: inOrder, own: true},
	{name: "package, refused", who: "interfacing/product", path: "/interfacing/console/packages/{package}", then: refusedRelease},
	{name: "package, nothing released", who: "interfacing/product", path: "/interfacing/console/packages/{package-none}"},
	{name: "package, longest names", who: "interfacing/agent", path: "/interfacing/console/packages/{package-long}"},
	{name: "release", who: "interfacing/product", path: "/interfacing/console/releases/{release}", walk: inOrder, own: true},
	{name: "release, changed meanwhile", who: "interfacing/product", path: "/interfacing/console/releases/{release-old}", then: staleRelease},
	{name: "release, longest names", who: "interfacing/agent", path: "/interfacing/console/releases/{release-long}"},
	{name: "releases", who: "interfacing/jeanne", path: "/interfacing/releases", walk: inOrder, own: true},
	{name: "releases, none", who: "posimente/jeanne", path: "/posimente/releases"},
	{name: "receipt, version not supported", who: "interfacing/jeanne", path: "/interfacing/register/done/{old}"},
	{name: "ticket, version not supported", who: "interfacing/jeanne", path: "/interfacing/tickets/{old}"},
	{name: "ticket, waiting for an upgrade", who: "interfacing/jeanne", path: "/interfacing/tickets/{upgrade}", walk: everyStop},
	{name: "workbench, version not supported", who: "interfacing/agent", path: "/interfacing/console/tickets/{old}", then: refusedAccept},
	{name: "workbench, asking for an upgrade", who: "interfacing/agent", path: "/interfacing/console/tickets/{registered}", then: asksUpgrade},
	{name: "workbench, waiting for an upgrade", who: "interfacing/agent", path: "/interfacing/console/tickets/{upgrade}"},
	{name: "time", who: "primlogix/agent", path: "/primlogix/console/tickets/{timed}/time", walk: inOrder, own: true},
	{name: "time, none", who: "primlogix/qa", path: "/primlogix/console/tickets/{untimed}/time"},
	{name: "time, refused", who: "primlogix/agent", path: "/primlogix/console/tickets/{timed}/time", then: refusedTime},
	{name: "time, timer runs", who: "primlogix/agent2", path: "/primlogix/console/tickets/{timed}/time", walk: everyStop},
	{name: "time, of others", who: "primlogix/billing", path: "/primlogix/console/tickets/{timed}/time"},
	{name: "time, read only", who: "primlogix/accounts", path: "/primlogix/console/tickets/{timed}/time"},
	{name: "time, no activities", who: "interfacing/agent", path: "/interfacing/console/tickets/{progress}/time"},
	{name: "own time", who: "primlogix/agent", path: "/primlogix/console/time", walk: inOrder, own: true},
	{name: "own time, none", who: "primlogix/qa", path: "/primlogix/console/time"},
	{name: "services", who: "primlogix/super", path: "/primlogix/service-requests", walk: inOrder},
	{name: "services, none", who: "interfacing/jeanne", path: "/interfacing/service-requests"},
	{name: "services, for staff", who: "primlogix/agent", path: "/primlogix/console/service-requests?all=1", walk: inOrder},
	{name: "services, none for staff", who: "interfacing/agent", path: "/interfacing/console/service-requests"},
	{name: "service, consent", who: "primlogix/super", path: "/primlogix/service-requests/{consent}", walk: everyStop, own: true},
	{name: "service, estimate", who: "primlogix/super", path: "/primlogix/service-requests/{estimate}", walk: inOrder},
	{name: "service, validation", who: "primlogix/super", path: "/primlogix/service-requests/{validate}"},
	{name: "service, validation refused", who: "primlogix/super", path: "/primlogix/service-requests/{validate}", then: refusedValidation},
	{name: "service, in analysis", who: "primlogix/super", path: "/primlogix/service-requests/{analysis}", walk: inOrder},
	{name: "service, over", who: "primlogix/super", path: "/primlogix/service-requests/{over}"},
	{name: "service, for staff", who: "primlogix/agent", path: "/primlogix/console/service-requests/{analysis}", walk: inOrder, own: true},
	{name: "service, in work", who: "primlogix/agent", path: "/primlogix/console/service-requests/{work}"},
	{name: "service, estimate refused", who: "primlogix/agent", path: "/primlogix/console/service-requests/{analysis}", then: refusedEstimate},
	{name: "service, read only", who: "primlogix/accounts", path: "/primlogix/console/service-requests/{estimate}"},
	{name: "service, quote offered", who: "primlogix/super", path: "/primlogix/service-requests/{quote}"},
	{name: "quote", who: "primlogix/buyer", path: "/primlogix/service-requests/{quote}/quote", walk: inOrder, own: true},
	{name: "quote, about to approve", who: "primlogix/buyer", path: "/primlogix/service-requests/{requote}/quote?answer=approve", walk: everyStop},
	{name: "quote, declining refused", who: "primlogix/buyer", path: "/primlogix/service-requests/{requote}/quote", then: refusedQuote},
	{name: "quote, for others to decide", who: "primlogix/super", path: "/primlogix/service-requests/{requote}/quote"},
	{name: "service, to be quoted", who: "primlogix/agent", path: "/primlogix/console/service-requests/{unquoted}", walk: inOrder},
	{name: "ticket, work to validate", who: "primlogix/super", path: "/primlogix/tickets/{validate-ticket}", walk: everyStop},
	{name: "workbench, work under way", who: "primlogix/agent", path: "/primlogix/console/tickets/{work-ticket}"},
	{name: "keys", who: "interfacing/agent", path: "/interfacing/console/keys", own: true},
	{name: "go", who: "interfacing/agent", path: "/interfacing/go", walk: everyStop, own: true},
	{name: "go, nothing", who: "interfacing/agent", path: "/interfacing/go?q=nothingofthekind"},
}

// TestPages opens every page of the table: in both languages, weighed, and
// last in a world full of what attackers write. One world serves
// all, for they only read; each changes what the next needs and nothing else.
func TestPages(t *testing.T) {
	w := settled(t)
	keys := &rings{seen: map[string]bool{}}
	t.Run("en", func(t *testing.T) { inLanguage(t, w, "en", keys) })
	t.Run("weight", func(t *testing.T) { weigh(t, w) })
	t.Run("fr", func(t *testing.T) { inLanguage(t, w, "fr", keys) })
	t.Run("smuggled", func(t *testing.T) {
		w.smuggle(t)
		nothingSmuggledRuns(t, w)
	})
}

// inLanguage checks every page when everybody has that language: so the same
// data is read in both.
func inLanguage(t *testing.T, w *world, locale string, keys *rings) {
	t.Helper()
	w.speak(t, locale)
	titles, free := &titles{pages: map[string]string{}}, w.tabs(t, 2)
	for _, p := range pages {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			v := &visit{tab: free.take(t, w, p.who, locale), page: p, locale: locale, rings: keys}
			v.enter(w)
			titles.add(v)
			v.read()
			v.look()
			v.audit()
			v.enlarge()
			v.print()
			v.tabThrough()
			v.nothingWrong("in the end")
		})
	}
}
