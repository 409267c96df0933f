package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// insteadOf is what an operation of one's own access answers where what the
// walk sends can't be done, but is theirs to ask for.
var insteadOf = map[desk.Operation]struct {
	status int
	key    string
}{
	desk.OpChangePassword: {422, "fields_wrong"}, desk.OpConfirmSecondFactor: {422, "fields_wrong"},
	desk.OpAddTimeEntry: {409, "time_withdrawn"}, desk.OpStartTimer: {409, "time_withdrawn"}, desk.OpStopTimer: {409, "timer_not_running"},
	desk.OpReportNobodyReceives: {409, "statement_off"}, desk.OpSendStatement: {409, "statement_nobody"},
	desk.OpReleaseTicket: {409, "entitlement_not_taken"}, desk.OpCreateContract: {409, "no_policy_pack"}, desk.OpUpdateContract: {409, "no_policy_pack"}, desk.OpPreviewContract: {409, "no_policy_pack"},
	desk.OpEditFeature: {409, "feature_ended"}, desk.OpUnvoteFeature: {409, "feature_not_voted"},
	desk.OpAskColleague: {409, "question_too_late"}, desk.OpAnswerColleague: {409, "question_ended"}, desk.OpTakeQuestionBack: {409, "question_ended"},
	desk.OpEscalate:       {409, "no_ladder"},
	desk.OpIssueInvoice:   {422, "no_rate"},
	desk.OpShipRelease:    {409, "release_ships_nothing"},
	desk.OpVerifyFix:      {422, "fields_wrong"},
	desk.OpCreateProvider: {422, "fields_wrong"}, desk.OpRemoveSecondFactor: {409, "second_factor_off"}, desk.OpNewRecoveryCodes: {409, "second_factor_off"},
}

// TestPermissions walks every operation × every caller × objects of every
// distance (abuse case B8). What must come out is computed from the table of
// permissions: not visible is the 404 of a missing id, visible but not allowed
// is 403, and neither leaves a trace.
func TestPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var walked []string
	for _, s := range walk {
		walked = append(walked, string(s.op))
		t.Run(string(s.op), func(t *testing.T) { w.walk(t, s) })
	}
	for op := range desk.Permissions {
		if !slices.Contains(walked, string(op)) && !slices.Contains(desk.PagesOnly, op) {
			t.Errorf("the walk leaves out %s", op)
		}
	}
	t.Run("lists", w.lists)
	t.Run("ids beside the path", w.idsBesideThePath)
}

func (w *world) walk(t *testing.T, s step) {
	before := rows(t, w.db)
	for name, secret := range w.strangers {
		for _, o := range w.objectsOf(s)[:1] {
			a := w.ask(t, secret, s, o)
			key := map[string]string{"nobody": "sign_in_first"}[name]
			if key == "" {
				key = "bearer_unknown"
			}
			wants(t, name+" "+o.name, a, 401, key)
		}
	}
	for _, c := range w.callers {
		denied, allowed := w.split(c, s)
		var missing stack.Answer
		for _, o := range denied {
			a := w.ask(t, c.token, s, o)
			if o.notThere && missing.Raw == nil {
				missing = a // the first of its kind
			}
			if s.kind != "" && !c.visible(s.kind, o, w.customers) {
				wants(t, c.name+", "+o.name+", out of sight", a, 404, "not_found")
				same(t, c.name+", "+o.name, a, missing)
				continue
			}
			wants(t, c.name+", "+o.name+", not theirs to do", a, 403, notTheirs(c, s.op))
		}
		if after := rows(t, w.db); after != before {
			t.Errorf("%s: a refusal changed rows: %s → %s", c.name, before, after)
		}
		for _, o := range allowed {
			w.allowed(t, c, s, o)
		}
		before = rows(t, w.db)
	}
}

// notTheirs is the refusal of an operation that is not the caller's: of what
// others decide it says who may.
func notTheirs(c caller, op desk.Operation) string {
	switch op {
	case desk.OpCompleteAuthority, desk.OpDeclineAuthority:
		return "authority_not_yours"
	case desk.OpRevokeAuthority:
		return "authority_not_yours_to_revoke"
	case desk.OpReverseTimeEntry:
		if c.reach(op) != desk.Nothing {
			return "time_not_yours"
		}
	}
	return "not_your_role"
}

// objectsOf are the objects a step is tried on; one nothing for none.
func (w *world) objectsOf(s step) []object {
	if s.kind == "" {
		return []object{{name: "-"}}
	}
	return w.objects[s.kind]
}

func (w *world) split(c caller, s step) (denied, allowed []object) {
	for _, o := range w.objectsOf(s) {
		if s.kind != "" && !c.visible(s.kind, o, w.customers) || !c.may(s.op, s.kind, o) {
			denied = append(denied, o)
		} else {
			allowed = append(allowed, o)
		}
	}
	return denied, allowed
}

func (w *world) ask(t *testing.T, token string, s step, o object) stack.Answer {
	t.Helper()
	var body any
	if s.body != nil {
		body = s.body(w, o)
	}
	var headers []string
	if s.op == desk.OpUploadFile {
		headers = []string{"Content-Type", "application/octet-stream"}
	}
	a := ask(t, w.House, token, s.method, w.path(s, o.id), body, headers...)
	if s.op == desk.OpGetTicket && o.number != "" {
		same(t, "by number: "+o.name, a, ask(t, w.House, token, s.method, w.path(s, o.number), body))
	}
	return a
}

// again makes what an operation has undone, so that the next caller can undo
// it too.
func (w *world) again(t *testing.T, op desk.Operation) {
	t.Helper()
	switch op {
	case desk.OpRemoveWatcher:
		execute(t, w.db, `insert into ticket_watchers select vendor_id, id, $1, requester_id, now() from tickets
			where vendor_id = (select vendor_id from people where id = $1) on conflict do nothing`, w.spare)
	case desk.OpCompleteAuthority, desk.OpDeclineAuthority:
		execute(t, w.db, `delete from authority_decisions`)
		execute(t, w.db, `update access_authorities set state = 'asked', version = 1`)
	case desk.OpRevokeAuthority:
		execute(t, w.db, `delete from authority_decisions`)
		execute(t, w.db, `update access_authorities set state = 'completed', version = 2`)
		partner := w.caller(t, "partner")
		execute(t, w.db, `insert into authority_decisions (id, vendor_id, authority_id, kind, person_id, organization_id, organization, customer, capacity, scopes, ends_at, at, channel)
			select gen_random_uuid(), vendor_id, id, 'completed', $1, $2, 'x', 'x', 'partner', scopes, wanted_until, now(), 'api' from access_authorities
			where vendor_id = (select vendor_id from people where id = $1)`, partner.id, partner.organization)
	case desk.OpReverseTimeEntry:
		execute(t, w.db, `delete from time_entries where reverses is not null`)
	case desk.OpUpdateMe:
		execute(t, w.db, `update people set version = 1`)
	case desk.OpAskBack, desk.OpGrantAccess, desk.OpDeclineAccess:
		execute(t, w.db, `update access_requests set state = 'new', email = gen_random_uuid() || '@walk.example'`)
	case desk.OpResendReceipt:
		execute(t, w.db, `delete from outbox where payload ->> 'Again' = 'true'`)
	case desk.OpDealWithBounced:
		execute(t, w.db, `update outbox set dealt_at = null`)
	case desk.OpExcludeBreach:
		execute(t, w.db, `delete from clock_exclusions where clock = 'acknowledge'`)
	case desk.OpDecideExclusion, desk.OpRevokeExclusion:
		execute(t, w.db, `update clock_exclusions set decided_by = null, decided_at = null, agreed = null, revoked_at = null, revoked_by = null`)
	case desk.OpVoteFeature, desk.OpUnvoteFeature:
		execute(t, w.db, `delete from feature_votes where feature_id in (select id from features where published)`)
	case desk.OpLink:
		execute(t, w.db, `delete from ticket_links`)
	case desk.OpUnlink:
		w.addLinks(t)
	case desk.OpUnlinkCustomer:
		execute(t, w.db, `insert into organization_links select vendor_id, $1, id from organizations where id = $2 on conflict do nothing`,
			w.caller(t, "partner").organization, w.callers[0].organization)
	}
}

// path is a step's, with the object's id and, where it names a second thing,
// that one's: of the caller's own vendor, so that only the object decides.
func (w *world) path(s step, id string) string {
	exclusion := ""
	if strings.Contains(s.path, "{exclusion}") {
		exclusion = w.exclusionOf(id)
	}
	link := ""
	if strings.Contains(s.path, "{link}") {
		link = w.linkOf(id)
	}
	return strings.NewReplacer(
		"{}", id, "{customer}", w.callers[0].organization.String(), "{watcher}", w.spare.String(), "{exclusion}", exclusion, "{link}", link).Replace(s.path)
}

// allowed asks for what the table allows: done, or refused by the procedure
// alone.
func (w *world) allowed(t *testing.T, c caller, s step, o object) {
	t.Helper()
	if s.op == desk.OpSignOut { // with a secret of its own, or the caller is gone
		person, err := w.Desk.ByEmail(t.Context(), c.vendor, strings.TrimPrefix(c.name, "foreign ")+"@"+c.vendor+".example")
		if err != nil {
			t.Fatal(err)
		}
		if c.token, _, err = w.Desk.CreateToken(t.Context(), person, "walk", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	w.again(t, s.op)
	a := w.ask(t, c.token, s, o)
	what := fmt.Sprintf("%s, %s, allowed", c.name, o.name)
	if strings.HasSuffix(s.path, "/end-sessions") { // so that the walk goes on
		execute(t, w.db, `update bearers set revoked_at = null where kind = 'session'`)
	}
	switch instead, ok := insteadOf[s.op]; {
	case ok:
		wants(t, what, a, instead.status, instead.key)
	case c.vendor != "interfacing" && a.Status == 422: // the body names what that vendor has not
	case s.op == desk.OpAddWatcher && o.organization != w.callers[0].organization:
		wants(t, what, a, 422, "fields_wrong") // spare can't watch another organization's
	case s.op == desk.OpRemoveWatcher && strings.HasPrefix(c.name, "partner") && o.organization != w.callers[0].organization:
		wants(t, what, a, 404, "not_found") // a partner knows of its own and the ticket's people alone
	case c.vendor != "interfacing" && (s.op == desk.OpRemoveWatcher || s.op == desk.OpUnlink && a.Status == 404):
		wants(t, what, a, 404, "not_found")
	case s.op == desk.OpLogAccess && a.Status == 409:
		wants(t, what, a, 409, "")
		if !strings.HasPrefix(a.Text("key"), "access_needs_") {
			t.Errorf("%s: %s", what, a.Raw)
		}
	case s.op == desk.OpRegisterTicket && c.unauthorized:
		wants(t, what, a, 403, "contact_not_authorized")
	case s.op == desk.OpResetStaffSecondFactor && o.id == c.id.String():
		wants(t, what, a, 409, "own_second_factor")
	case s.op == desk.OpInviteContact || s.op == desk.OpInviteStaff: // they have passwords
		wants(t, what, a, 409, "invitation_accepted")
	case s.kind == "request" && a.Status == 403:
		wants(t, what, a, 403, "request_not_yours")
	case s.kind == "request" && a.Status == 409:
		wants(t, what, a, 409, "request_over")
	case a.Status == 409 && a.Text("key") == "action_out_of_order":
		wants(t, what, a, 409, "")
		over := "withdrawn"
		if other, some := map[string]string{"service": "closed", "review": "cancelled", "dev": "refused", "feature": "dropped"}[s.kind]; some {
			over = other
		}
		if a.Text("state") != over || fmt.Sprint(a.JSON["possible"]) != "[]" {
			t.Errorf("%s: a conflict without state and possible actions: %s", what, a.Raw)
		}
	case s.op == desk.OpSplit:
		wants(t, what, a, 409, "split_ended")
	case s.op == desk.OpAcceptVersion: // nobody works on it any more
		wants(t, what, a, 409, "version_not_in_question")
	case (s.op == desk.OpLinkCustomer || s.op == desk.OpUnlinkCustomer) && o.name != "partner's":
		wants(t, what, a, 409, "not_a_partner")
	case a.Status < 200 || a.Status > 299:
		t.Errorf("%s: %d %s", what, a.Status, a.Raw)
	}
}

// lists: each caller's lists hold what they may see and nothing else.
func (w *world) lists(t *testing.T) {
	for _, c := range w.callers {
		for _, l := range []struct{ op, path, kind, member string }{
			{"listTickets", "/v1/tickets?limit=100", "ticket", "tickets"},
			{"listOrganizations", "/v1/organizations?limit=100", "organization", "organizations"},
			{"listContacts", "/v1/contacts?limit=100", "contact", "people"},
			{"listStaff", "/v1/staff?limit=100", "staff", "people"},
			{"listTeams", "/v1/teams?limit=100", "team", "teams"},
			{"listProducts", "/v1/products?limit=100", "product", "products"},
			{"listProducts", "/v1/products?limit=100", "package", "products"},
			{"listReleases", "/v1/releases?limit=100", "release", "releases"},
			{"listQAReviews", "/v1/qa-reviews?limit=100", "review", "qa_reviews"},
			{"listDevTickets", "/v1/dev-tickets?limit=100", "dev", "dev_tickets"},
			{"listFeatures", "/v1/features?limit=100", "feature", "features"},
			{"listRoadmap", "/v1/roadmap?limit=100", "suggestion", "suggestions"},
			{"listInvoices", "/v1/invoices?limit=100", "invoice", "invoices"},
			{"listAccessRequests", "/v1/access-requests?all=true&limit=100", "access request", "access_requests"},
		} {
			a := ask(t, w.House, c.token, "GET", l.path, nil)
			if c.reach(desk.Operation(l.op)) == desk.Nothing {
				continue // the walk has looked
			}
			for _, o := range w.objects[l.kind] {
				shown := strings.Contains(string(a.Raw), `"id":"`+o.id+`"`)
				due := c.visible(l.kind, o, w.customers)
				if l.kind == "contact" && c.organization != uuid.Nil && o.organization != c.organization {
					due = false // linked customers' contacts are listed by naming the customer
				}
				if shown != due {
					t.Errorf("%s of %s: %s is shown: %v, want %v", l.op, c.name, o.name, shown, due)
				}
			}
		}
	}
}
