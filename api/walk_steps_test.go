package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// step is how the walk asks for one operation.
type step struct {
	op           desk.Operation
	method, path string
	kind         string // of the object in the path; "" for none
	body         func(w *world, o object) any
}

func fixed(body any) func(*world, object) any { return func(*world, object) any { return body } }

// as makes a body of the object's own row, under a new name: an update names
// the version it was written on. Where there is no such row another one of the
// rows is taken: what is answered must not depend on it.
func as(rows string, columns ...string) func(*world, object) any {
	pairs := "'version', version"
	for _, c := range columns {
		pairs += fmt.Sprintf(", '%s', %s", c, c)
	}
	return func(w *world, o object) any {
		var raw []byte
		body := map[string]any{}
		err := w.db.QueryRow(`select jsonb_strip_nulls(jsonb_build_object(`+pairs+`)) from `+rows+` order by id = $1 desc limit 1`, o.id).Scan(&raw)
		if err := errors.Join(err, json.Unmarshal(raw, &body)); err != nil {
			panic(err)
		}
		body["name"] = "Walk " + uuid.NewString()
		return body
	}
}

// versioned is a body that names the version of the object's row.
func versioned(table string, more map[string]any) func(*world, object) any {
	return func(w *world, o object) any {
		var version int
		if err := w.db.QueryRow(`select coalesce((select version from `+table+` where id = $1), 1)`, o.id).Scan(&version); err != nil {
			panic(err)
		}
		body := maps.Clone(more)
		body["version"] = version
		return body
	}
}

var aContract = map[string]any{"plan": "walk", "reference": "Walk", "from": "2020-01-01", "until": "2020-12-31"}

var (
	asOrganization = as("organizations", "external_id", "account_manager_id")
	asContact      = as("people where organization_id is not null", "email", "locale", "time_zone", "roles", "authorized", "sees_organization", "active")
	asTeam         = as("teams", "kind")
	asStaff        = as("people where organization_id is null", "email", "locale", "time_zone", "roles", "active")
)

// tomorrow is a day that is a last one anywhere.
func tomorrow() string { return time.Now().AddDate(0, 0, 2).Format(time.DateOnly) }

// walk has every operation of the contract. A new one without a line here
// fails the test.
var walk = []step{
	{desk.OpGetMe, "GET", "/v1/me", "", nil},
	{desk.OpGetVendor, "GET", "/v1/vendor", "", nil},
	{desk.OpRegisterTicket, "POST", "/v1/tickets", "", fixed(map[string]any{"type": "bug", "severity": "low", "title": "Walk past", "body": "x"})},
	{desk.OpListForms, "GET", "/v1/forms", "", nil},
	{desk.OpListRequests, "GET", "/v1/requests", "", nil},
	{desk.OpGetRequest, "GET", "/v1/requests/{}", "request", nil},
	{desk.OpCompleteRequest, "POST", "/v1/requests/{}/completion", "request", fixed(map[string]any{"fields": map[string]any{"x": "walk"}})},
	{desk.OpWithdrawRequest, "POST", "/v1/requests/{}/withdrawal", "request", nil},
	{desk.OpAnswerRequest, "POST", "/v1/requests/{}/answer", "request", fixed(map[string]any{"text": "walk"})},
	{desk.OpForwardRequest, "POST", "/v1/requests/{}/forwarding", "request", nil},
	{desk.OpListRefusals, "GET", "/v1/refusals", "", nil},
	{desk.OpListReceipts, "GET", "/v1/receipts?address=jeanne@interfacing.example&subject=e", "", nil},
	{desk.OpResendReceipt, "POST", "/v1/tickets/{}/receipt", "ticket", nil},
	{desk.OpListBounced, "GET", "/v1/receipts/bounced", "", nil},
	{desk.OpDealWithBounced, "POST", "/v1/receipts/bounced/{}/dealt-with", "receipt", fixed(map[string]any{"note": "walk"})},
	{desk.OpListTickets, "GET", "/v1/tickets?limit=100", "", nil},
	{desk.OpGetTicket, "GET", "/v1/tickets/{}", "ticket", nil},
	{desk.OpGetHistory, "GET", "/v1/tickets/{}/history", "ticket", nil},
	{desk.OpGetClocks, "GET", "/v1/tickets/{}/clocks", "ticket", nil},
	{desk.OpExcludeBreach, "POST", "/v1/tickets/{}/exclusions", "ticket", fixed(map[string]any{"clock": "acknowledge", "reason": "walk", "evidence": "walk"})},
	{desk.OpDecideExclusion, "POST", "/v1/tickets/{}/exclusions/{exclusion}/decision", "ticket", fixed(map[string]any{"agree": false, "reason": "walk"})},
	{desk.OpRevokeExclusion, "POST", "/v1/tickets/{}/exclusions/{exclusion}/revocation", "ticket", fixed(map[string]any{"reason": "walk"})},
	{desk.OpListComments, "GET", "/v1/tickets/{}/comments", "ticket", nil},
	{desk.OpAddComment, "POST", "/v1/tickets/{}/comments", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpAddNote, "POST", "/v1/tickets/{}/notes", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpTriage, "POST", "/v1/tickets/{}/triage", "ticket", fixed(map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"})},
	{desk.OpStart, "POST", "/v1/tickets/{}/start", "ticket", nil},
	{desk.OpAskInformation, "POST", "/v1/tickets/{}/ask-information", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpGiveInformation, "POST", "/v1/tickets/{}/give-information", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpAnswer, "POST", "/v1/tickets/{}/answer", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpClose, "POST", "/v1/tickets/{}/close", "ticket", nil},
	{desk.OpReassign, "POST", "/v1/tickets/{}/reassign", "ticket", func(w *world, _ object) any { return map[string]any{"assignee_id": w.callers[6].id} }},
	{desk.OpWithdraw, "POST", "/v1/tickets/{}/withdraw", "ticket", nil},
	{desk.OpReopen, "POST", "/v1/tickets/{}/reopen", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpMerge, "POST", "/v1/tickets/{}/merge", "ticket", func(_ *world, o object) any { return map[string]any{"target": o.id, "reason": "walk"} }},
	{desk.OpUnmerge, "POST", "/v1/tickets/{}/unmerge", "ticket", nil},
	{desk.OpSplit, "POST", "/v1/tickets/{}/split", "ticket", fixed(map[string]any{"title": "Walk past", "type": "bug", "severity": "low", "text": "walk"})},
	{desk.OpListLinks, "GET", "/v1/tickets/{}/links", "ticket", nil},
	{desk.OpLink, "POST", "/v1/tickets/{}/links", "ticket", func(w *world, o object) any { return map[string]any{"ticket": w.linkable(o)} }},
	{desk.OpUnlink, "POST", "/v1/tickets/{}/links/{link}/removal", "ticket", nil},
	{desk.OpListWatchers, "GET", "/v1/tickets/{}/watchers", "ticket", nil},
	{desk.OpAddWatcher, "POST", "/v1/tickets/{}/watchers", "ticket", func(w *world, _ object) any { return map[string]any{"person_id": w.spare} }},
	{desk.OpRemoveWatcher, "DELETE", "/v1/tickets/{}/watchers/{watcher}", "ticket", nil},
	{desk.OpListServiceRequestsOf, "GET", "/v1/tickets/{}/service-requests", "ticket", nil},
	{desk.OpListServiceRequests, "GET", "/v1/service-requests?limit=100", "", nil},
	{desk.OpGetServiceRequest, "GET", "/v1/service-requests/{}", "service", nil},
	{desk.OpAnswerRate, "POST", "/v1/service-requests/{}/consent", "service", fixed(map[string]any{"agrees": true})},
	{desk.OpAskEstimate, "POST", "/v1/service-requests/{}/ask-estimate", "service", fixed(map[string]any{})},
	{desk.OpOfferEstimate, "POST", "/v1/service-requests/{}/estimates", "service", fixed(map[string]any{"minutes": 60, "amount": "1", "currency": ""})},
	{desk.OpDecideEstimate, "POST", "/v1/service-requests/{}/estimate-decision", "service", fixed(map[string]any{"revision": 0, "accepts": true})},
	{desk.OpOfferQuote, "POST", "/v1/service-requests/{}/quotes", "service", fixed(map[string]any{"currency": "CAD", "lines": []any{map[string]any{"text": "walk", "quantity": "1", "unit": "1"}}})},
	{desk.OpDownloadQuote, "GET", "/v1/service-requests/{}/quotes/1/document", "service", nil},
	{desk.OpDecideQuote, "POST", "/v1/service-requests/{}/quote-decision", "service", fixed(map[string]any{"version": 0, "approves": true, "name": "walk"})},
	{desk.OpBeginWork, "POST", "/v1/service-requests/{}/begin", "service", nil},
	{desk.OpAgreeDates, "POST", "/v1/service-requests/{}/dates", "service", fixed(map[string]any{"replaces": 0, "sessions": []any{map[string]any{"start": tomorrow() + "T10:00:00Z", "end": tomorrow() + "T11:00:00Z", "place": "walk"}}})},
	{desk.OpDeliverTraining, "POST", "/v1/service-requests/{}/delivery", "service", nil},
	{desk.OpAskValidation, "POST", "/v1/service-requests/{}/ask-validation", "service", fixed(map[string]any{"text": "walk"})},
	{desk.OpValidateWork, "POST", "/v1/service-requests/{}/validation", "service", fixed(map[string]any{"round": 0, "accepts": true})},
	{desk.OpCloseServiceRequest, "POST", "/v1/service-requests/{}/close", "service", nil},
	{desk.OpReassignServiceRequest, "POST", "/v1/service-requests/{}/reassign", "service", fixed(map[string]any{})},
	{desk.OpCancelServiceRequest, "POST", "/v1/service-requests/{}/cancel", "service", fixed(map[string]any{"text": "walk"})},
	{desk.OpWithdrawServiceRequest, "POST", "/v1/service-requests/{}/withdraw", "service", fixed(map[string]any{"text": "walk"})},
	{desk.OpAnswerInterest, "POST", "/v1/service-requests/{}/interest", "service", fixed(map[string]any{"interested": true})},
	{desk.OpChooseSupport, "POST", "/v1/service-requests/{}/support-choice", "service", fixed(map[string]any{"choice": "quote"})},
	{desk.OpWithdrawOffer, "POST", "/v1/service-requests/{}/withdraw-offer", "service", fixed(map[string]any{"text": "walk"})},
	{desk.OpRecordEstimate, "POST", "/v1/service-requests/{}/efforts", "service", fixed(map[string]any{"lines": []any{map[string]any{"phase": "scoping", "role": "walk", "minutes": 60}}})},
	{desk.OpScheduleWork, "POST", "/v1/service-requests/{}/schedule", "service", fixed(map[string]any{"first_day": tomorrow(), "last_day": tomorrow()})},
	{desk.OpSettleWork, "POST", "/v1/service-requests/{}/settlement", "service", fixed(map[string]any{"keep": "0", "text": "walk"})},
	{desk.OpListEscalations, "GET", "/v1/escalations?limit=100", "", nil},
	{desk.OpGetEscalation, "GET", "/v1/escalations/{}", "escalation", nil},
	{desk.OpEscalate, "POST", "/v1/escalations", "", fixed(map[string]any{"reason": "walk"})},
	{desk.OpAcknowledgeEscalation, "POST", "/v1/escalations/{}/acknowledge", "escalation", nil},
	{desk.OpHoldEscalation, "POST", "/v1/escalations/{}/hold", "escalation", fixed(map[string]any{"reason": "walk"})},
	{desk.OpResumeEscalation, "POST", "/v1/escalations/{}/resume", "escalation", nil},
	{desk.OpResolveEscalation, "POST", "/v1/escalations/{}/resolve", "escalation", fixed(map[string]any{"reason": "walk"})},
	{desk.OpWithdrawEscalation, "POST", "/v1/escalations/{}/withdraw", "escalation", fixed(map[string]any{"reason": "walk"})},
	{desk.OpListCollaborations, "GET", "/v1/collaborations?limit=100", "", nil},
	{desk.OpListCollaborationsOf, "GET", "/v1/tickets/{}/collaborations", "ticket", nil},
	{desk.OpAskColleague, "POST", "/v1/tickets/{}/collaborations", "ticket", func(w *world, o object) any {
		i := slices.IndexFunc(w.callers, func(c caller) bool { return c.vendor == o.vendor && c.organization == uuid.Nil })
		return map[string]any{"text": "walk", "person_id": w.callers[max(i, 0)].id}
	}},
	{desk.OpAnswerColleague, "POST", "/v1/collaborations/{}/answer", "collaboration", fixed(map[string]any{"text": "walk"})},
	{desk.OpTakeQuestionBack, "POST", "/v1/collaborations/{}/take-back", "collaboration", nil},
	{desk.OpListQAReviewsOf, "GET", "/v1/tickets/{}/qa-reviews", "ticket", nil},
	{desk.OpListQAReviews, "GET", "/v1/qa-reviews?limit=100", "", nil},
	{desk.OpGetQAReview, "GET", "/v1/qa-reviews/{}", "review", nil},
	{desk.OpListCandidates, "GET", "/v1/qa-reviews/{}/candidates?q=walk", "review", nil},
	{desk.OpBeginReview, "POST", "/v1/qa-reviews/{}/begin", "review", nil},
	{desk.OpAskFromReview, "POST", "/v1/qa-reviews/{}/ask-information", "review", fixed(map[string]any{"text": "walk"})},
	{desk.OpGiveVerdict, "POST", "/v1/qa-reviews/{}/verdict", "review", fixed(map[string]any{"verdict": "not_reproducible", "text": "walk"})},
	{desk.OpUndoVerdict, "POST", "/v1/qa-reviews/{}/undo", "review", nil},
	{desk.OpReassignReview, "POST", "/v1/qa-reviews/{}/reassign", "review", fixed(map[string]any{})},
	{desk.OpListRoadmap, "GET", "/v1/roadmap?limit=100", "", nil},
	{desk.OpListFeatures, "GET", "/v1/features?limit=100", "", nil},
	{desk.OpGetFeature, "GET", "/v1/features/{}", "feature", nil},
	{desk.OpGetTicketFeature, "GET", "/v1/tickets/{}/feature", "ticket", nil},
	{desk.OpListFeatureCandidates, "GET", "/v1/features/{}/candidates", "feature", nil},
	{desk.OpEditFeature, "POST", "/v1/features/{}/edit", "feature", versioned("features", map[string]any{"title": "Walk past"})},
	{desk.OpDeclineFeature, "POST", "/v1/features/{}/decline", "feature", versioned("features", map[string]any{"text": "walk"})},
	{desk.OpRoadmapFeature, "POST", "/v1/features/{}/roadmap", "feature", versioned("features", map[string]any{})},
	{desk.OpOfferFeature, "POST", "/v1/features/{}/offer", "feature", versioned("features", map[string]any{"organizations": []string{uuid.NewString()}})},
	{desk.OpMergeFeature, "POST", "/v1/features/{}/merge", "feature", func(_ *world, o object) any { return map[string]any{"version": 1, "into": o.id} }},
	{desk.OpDevelopFeature, "POST", "/v1/features/{}/develop", "feature", versioned("features", map[string]any{})},
	{desk.OpNoteFeatureVote, "PUT", "/v1/features/{}/votes/{}/note", "feature", fixed(map[string]any{"text": "walk"})},
	{desk.OpVoteFeature, "POST", "/v1/features/{}/vote", "suggestion", fixed(map[string]any{"note": "walk"})},
	{desk.OpUnvoteFeature, "DELETE", "/v1/features/{}/vote", "suggestion", nil},
	{desk.OpListDevTickets, "GET", "/v1/dev-tickets?limit=100", "", nil},
	{desk.OpCreateDevTicket, "POST", "/v1/dev-tickets", "", fixed(map[string]any{"title": "Walk past"})},
	{desk.OpGetDevTicket, "GET", "/v1/dev-tickets/{}", "dev", nil},
	{desk.OpAcceptDevTicket, "POST", "/v1/dev-tickets/{}/accept", "dev", nil},
	{desk.OpRefuseDevTicket, "POST", "/v1/dev-tickets/{}/refuse", "dev", fixed(map[string]any{"text": "walk"})},
	{desk.OpPlanDevTicket, "POST", "/v1/dev-tickets/{}/plan", "dev", fixed(map[string]any{"version": "9"})},
	{desk.OpBeginDevTicket, "POST", "/v1/dev-tickets/{}/begin", "dev", nil},
	{desk.OpShipDevTicket, "POST", "/v1/dev-tickets/{}/ship", "dev", fixed(map[string]any{"version": "9"})},
	{desk.OpShipRelease, "POST", "/v1/releases/{}/ship", "release", nil},
	{desk.OpListDevTicketsOf, "GET", "/v1/tickets/{}/dev-tickets", "ticket", nil},
	{desk.OpVerifyFix, "POST", "/v1/tickets/{}/verification", "ticket", fixed(map[string]any{"dev_ticket": "DEV-2020-999999", "works": true})},
	{desk.OpListAuthorities, "GET", "/v1/tickets/{}/authorities", "authorities", nil},
	{desk.OpAskAuthority, "POST", "/v1/tickets/{}/authorities", "ticket", fixed(map[string]any{"system": "Walk", "scopes": []string{"read_only"}, "reason": "walk", "until": tomorrow()})},
	{desk.OpGetAuthority, "GET", "/v1/tickets/{}", "authority", nil},
	{desk.OpPrintAuthority, "GET", "/v1/tickets/{}/document", "authority", nil},
	{desk.OpCompleteAuthority, "POST", "/v1/tickets/{}/complete", "authority", fixed(map[string]any{
		"version": 1, "scopes": []string{"read_only"}, "until": tomorrow(), "basis": "walk", "name": "Walk", "confirmed": true,
	})},
	{desk.OpDeclineAuthority, "POST", "/v1/tickets/{}/decline", "authority", fixed(map[string]any{"version": 1, "reason": "walk"})},
	{desk.OpRevokeAuthority, "POST", "/v1/tickets/{}/revoke", "authority", fixed(map[string]any{"version": 2, "reason": "walk"})},
	{desk.OpListAccesses, "GET", "/v1/tickets/{}/accesses?limit=100", "authorities", nil},
	{desk.OpListTimeEntries, "GET", "/v1/tickets/{}/time-entries?limit=100", "ticket", nil},
	{desk.OpAddTimeEntry, "POST", "/v1/tickets/{}/time-entries", "ticket", fixed(map[string]any{"activity": "mail", "minutes": 5})},
	{desk.OpReverseTimeEntry, "POST", "/v1/time-entries/{}/reversal", "time", fixed(map[string]any{"reason": "walk"})},
	{desk.OpStartTimer, "POST", "/v1/tickets/{}/timer", "ticket", fixed(map[string]any{})},
	{desk.OpGetTimer, "GET", "/v1/timer", "", nil},
	{desk.OpStopTimer, "POST", "/v1/timer/stop", "", fixed(map[string]any{"discard": true})},
	{desk.OpListOwnTime, "GET", "/v1/me/time?week=2026-11-26&limit=100", "", nil},
	{desk.OpLogAccess, "POST", "/v1/tickets/{}/accesses", "ticket", fixed(map[string]any{"scope": "read_only", "text": "walk"})},
	{desk.OpListInvoices, "GET", "/v1/invoices?limit=100", "", nil},
	{desk.OpGetInvoice, "GET", "/v1/invoices/{}", "invoice", nil},
	{desk.OpDownloadInvoice, "GET", "/v1/invoices/{}/document", "invoice", nil},
	{desk.OpPreviewInvoice, "GET", "/v1/tickets/{}/invoices/preview", "ticket", nil},
	{desk.OpIssueInvoice, "POST", "/v1/tickets/{}/invoices", "ticket", fixed(map[string]any{})},
	{desk.OpRecordPayment, "POST", "/v1/invoices/{}/payments", "invoice", fixed(map[string]any{"amount": "1.00", "currency": "CAD", "paid_on": "2026-01-01", "how": "cash"})},
	{desk.OpCreditInvoice, "POST", "/v1/invoices/{}/credit", "invoice", fixed(map[string]any{"reason": "walk"})},
	{desk.OpSetPaymentKey, "PUT", "/v1/payment-key", "", fixed(map[string]any{"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})},
	{desk.OpUploadFile, "POST", "/v1/files?name=walk.txt", "", fixed("walk")},
	{desk.OpDownloadFile, "GET", "/v1/files/{}/content", "file", nil},
	{desk.OpListOrganizations, "GET", "/v1/organizations?limit=100", "", nil},
	{desk.OpGetOrganization, "GET", "/v1/organizations/{}", "organization", nil},
	{desk.OpCreateOrganization, "POST", "/v1/organizations", "", func(*world, object) any {
		return map[string]any{"kind": "customer", "name": uuid.NewString()}
	}},
	{desk.OpLinkCustomer, "POST", "/v1/organizations/{}/customers", "organization", func(w *world, _ object) any {
		return map[string]any{"customer_id": w.callers[0].organization}
	}},
	{desk.OpUpdateOrganization, "PUT", "/v1/organizations/{}", "organization", asOrganization},
	{desk.OpListCustomers, "GET", "/v1/organizations/{}/customers", "organization", nil},
	{desk.OpUnlinkCustomer, "DELETE", "/v1/organizations/{}/customers/{customer}", "organization", nil},
	{desk.OpListContacts, "GET", "/v1/contacts?limit=100", "", nil},
	{desk.OpGetContact, "GET", "/v1/contacts/{}", "contact", nil},
	{desk.OpCreateContact, "POST", "/v1/contacts", "", func(w *world, _ object) any {
		return map[string]any{"organization_id": w.callers[0].organization, "name": "Walk", "email": uuid.NewString() + "@interfacing.example"}
	}},
	{desk.OpUpdateContact, "PUT", "/v1/contacts/{}", "contact", asContact},
	{desk.OpInviteContact, "POST", "/v1/contacts/{}/invitation", "contact", nil},
	{desk.OpInviteStaff, "POST", "/v1/staff/{}/invitation", "staff", nil},
	{desk.OpGetStaff, "GET", "/v1/staff/{}", "staff", nil},
	{desk.OpUpdateStaff, "PUT", "/v1/staff/{}", "staff", asStaff},
	{desk.OpListTeams, "GET", "/v1/teams?limit=100", "", nil},
	{desk.OpGetTeam, "GET", "/v1/teams/{}", "team", nil},
	{desk.OpCreateTeam, "POST", "/v1/teams", "", func(*world, object) any {
		return map[string]any{"name": uuid.NewString(), "kind": "qa", "members": []string{}}
	}},
	{desk.OpUpdateTeam, "PUT", "/v1/teams/{}", "team", func(w *world, o object) any {
		body := asTeam(w, o).(map[string]any) //nolint:forcetypeassert // it makes one
		body["members"] = []string{}
		return body
	}},
	{desk.OpListProducts, "GET", "/v1/products?limit=100", "", nil},
	{desk.OpGetProduct, "GET", "/v1/products/{}", "product", nil},
	{desk.OpCreateProduct, "POST", "/v1/products", "", func(*world, object) any { return map[string]any{"name": uuid.NewString()} }},
	{desk.OpUpdateProduct, "PUT", "/v1/products/{}", "product", as("products")},
	{desk.OpCreatePackage, "POST", "/v1/products/{}/packages", "product", func(*world, object) any { return map[string]any{"name": uuid.NewString()} }},
	{desk.OpGetPackage, "GET", "/v1/packages/{}", "package", nil},
	{desk.OpUpdatePackage, "PUT", "/v1/packages/{}", "package", as("packages")},
	{desk.OpCreateRelease, "POST", "/v1/packages/{}/releases", "package", func(*world, object) any {
		return map[string]any{"number": uuid.NewString(), "released_on": "2026-01-31"}
	}},
	{desk.OpListReleases, "GET", "/v1/releases?limit=100", "", nil},
	{desk.OpGetRelease, "GET", "/v1/releases/{}", "release", nil},
	{desk.OpUpdateRelease, "PUT", "/v1/releases/{}", "release", func(w *world, o object) any {
		return versioned("releases", map[string]any{"number": uuid.NewString(), "released_on": "2026-01-31", "notes": ""})(w, o)
	}},
	{desk.OpAskUpgrade, "POST", "/v1/tickets/{}/ask-upgrade", "ticket", func(w *world, _ object) any {
		return map[string]any{"release_id": w.objects["release"][1].id}
	}},
	{desk.OpAcceptVersion, "POST", "/v1/tickets/{}/accept-version", "ticket", fixed(map[string]any{"reason": "walk"})},
	{desk.OpListAudit, "GET", "/v1/audit?limit=100", "", nil},
	{desk.OpPreviewStatement, "GET", "/v1/organizations/{}/statement", "account", nil},
	{desk.OpListReceivers, "GET", "/v1/organizations/{}/statement-receivers", "account", nil},
	{desk.OpReportNobodyReceives, "POST", "/v1/organizations/{}/statement-receivers/nobody", "account", nil},
	{desk.OpListStatements, "GET", "/v1/organizations/{}/statements", "account", nil},
	{desk.OpGetStatement, "GET", "/v1/organizations/{}/statements/2026-W48", "account", nil},
	{desk.OpSendStatement, "POST", "/v1/organizations/{}/statements", "account", fixed(map[string]any{})},
	{desk.OpListStandings, "GET", "/v1/statement-standings", "", nil},
	{desk.OpListContracts, "GET", "/v1/organizations/{}/contracts", "account", nil},
	{desk.OpCreateContract, "POST", "/v1/organizations/{}/contracts", "account", fixed(aContract)},
	{desk.OpGetContract, "GET", "/v1/contracts/{}", "contract", nil},
	{desk.OpUpdateContract, "PUT", "/v1/contracts/{}", "contract", versioned("contracts", aContract)},
	{desk.OpGetLedger, "GET", "/v1/contracts/{}/ledger", "contract", nil},
	{desk.OpGetEntitlement, "GET", "/v1/entitlement?type=bug", "", nil},
	{desk.OpGetTicketEntitlement, "GET", "/v1/tickets/{}/entitlement", "ticket", nil},
	{desk.OpReleaseTicket, "POST", "/v1/tickets/{}/release", "ticket", fixed(map[string]any{"reason": "warranty", "note": "walk"})},
	{desk.OpPreviewContract, "POST", "/v1/contracts/{}/preview", "contract", versioned("contracts", aContract)},
	{desk.OpListAccessRequests, "GET", "/v1/access-requests?limit=100", "", nil},
	{desk.OpGetAccessRequest, "GET", "/v1/access-requests/{}", "access request", nil},
	{desk.OpAskBack, "POST", "/v1/access-requests/{}/ask-back", "access request", versioned("access_requests", map[string]any{"question": "walk"})},
	{desk.OpGrantAccess, "POST", "/v1/access-requests/{}/grant", "access request", func(w *world, o object) any {
		return versioned("access_requests", map[string]any{"organization_id": w.callers[0].organization})(w, o)
	}},
	{desk.OpDeclineAccess, "POST", "/v1/access-requests/{}/decline", "access request", versioned("access_requests", map[string]any{"reason": "walk"})},
	{desk.OpListStaff, "GET", "/v1/staff?limit=100", "", nil},
	{desk.OpCreateStaff, "POST", "/v1/staff", "", func(*world, object) any {
		return map[string]any{"name": "Walk", "email": uuid.NewString() + "@interfacing.example", "roles": []string{"agent"}}
	}},
	{desk.OpUpdateMe, "PUT", "/v1/me", "", fixed(map[string]any{"version": 1, "name": "Walk", "locale": "en", "time_zone": "UTC", "theme": "dark", "single_keys": false})},
	{desk.OpChangePassword, "PUT", "/v1/me/password", "", fixed(map[string]any{"current": "not theirs", "password": "correct horse staple"})},
	{desk.OpStartSecondFactor, "POST", "/v1/me/second-factor", "", fixed(map[string]any{"password": stack.Password})},
	{desk.OpConfirmSecondFactor, "POST", "/v1/me/second-factor/confirm", "", fixed(map[string]any{"code": "no code"})},
	{desk.OpRemoveSecondFactor, "POST", "/v1/me/second-factor/remove", "", fixed(map[string]any{"password": stack.Password, "code": "123456"})},
	{desk.OpNewRecoveryCodes, "POST", "/v1/me/recovery-codes", "", fixed(map[string]any{"password": stack.Password, "code": "123456"})},
	{desk.OpListBearers, "GET", "/v1/me/bearers", "", nil},
	{desk.OpRevokeBearer, "DELETE", "/v1/me/bearers/{}", "bearer", nil},
	{desk.OpRevokeOthers, "DELETE", "/v1/me/other-sessions", "", nil},
	{desk.OpCreateToken, "POST", "/v1/me/tokens", "", fixed(map[string]any{"name": "walk", "scope": "read", "days": 1})},
	{desk.OpResetContactSecondFactor, "POST", "/v1/contacts/{}/reset-second-factor", "contact", nil},
	{desk.OpResetStaffSecondFactor, "POST", "/v1/staff/{}/reset-second-factor", "staff", nil},
	{desk.OpEndContactSessions, "POST", "/v1/contacts/{}/end-sessions", "contact", nil},
	{desk.OpEndStaffSessions, "POST", "/v1/staff/{}/end-sessions", "staff", nil},
	{desk.OpListProviders, "GET", "/v1/sign-on-providers", "", nil},
	{desk.OpListWebhooks, "GET", "/v1/webhook-endpoints", "", nil},
	{desk.OpCreateWebhook, "POST", "/v1/webhook-endpoints", "", func(*world, object) any {
		return map[string]any{"name": "Walk " + uuid.NewString(), "url": "https://tracker.example/hook", "events": []string{"dev_ticket.changed"}}
	}},
	{desk.OpGetWebhook, "GET", "/v1/webhook-endpoints/{}", "webhook", nil},
	{desk.OpUpdateWebhook, "PUT", "/v1/webhook-endpoints/{}", "webhook", as("webhook_endpoints", "url", "events", "active")},
	{desk.OpRotateWebhook, "POST", "/v1/webhook-endpoints/{}/secret", "webhook", nil},
	{desk.OpListWebhookDeliveries, "GET", "/v1/webhook-endpoints/{}/deliveries", "webhook", nil},
	{desk.OpRetryWebhook, "POST", "/v1/webhook-deliveries/{}/retry", "webhook delivery", nil},
	{desk.OpSetWebhookKey, "POST", "/v1/webhook-key", "", nil},
	{desk.OpListWebhookMessages, "GET", "/v1/webhook-messages", "", nil},
	{desk.OpCreateProvider, "POST", "/v1/sign-on-providers", "", fixed(map[string]any{"name": "Walk", "issuer": "http://login.example", "client_id": "x", "client_secret": "x"})},
	{desk.OpUpdateProvider, "PUT", "/v1/sign-on-providers/{}", "provider", as("oidc_providers", "issuer", "client_id", "active")},
	{desk.OpListOwnSignOns, "GET", "/v1/me/sign-ons", "", nil},
	{desk.OpUnlinkSignOn, "DELETE", "/v1/me/sign-ons/{}", "sign-on", nil},
	{desk.OpListStuck, "GET", "/v1/stuck", "", nil},
	{desk.OpRetryDead, "POST", "/v1/deliveries/{}/retry", "delivery", nil},
	{desk.OpSignOut, "DELETE", "/v1/sessions/current", "", nil},
}
