package api_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// addServices hangs a service request that is over, with a quote, on every ticket.
func (w *world) addServices(t *testing.T) {
	t.Helper()
	for i, ticket := range w.objects["ticket"] {
		o := ticket
		o.id = uuid.NewString()
		if !ticket.notThere {
			execute(t, w.db, `insert into service_requests (id, vendor_id, number, ticket_id, path, state, ending, created_by, created_at, updated_at, ended_at)
				select $1, vendor_id, 'SR-2026-' || $3::text, id, 'customization', 'closed', 'completed', requester_id, now(), now(), now() from tickets where id = $2`,
				o.id, ticket.id, 1000+i)
			execute(t, w.db, `insert into quotes (id, vendor_id, number, version, service_request_id, ticket_id, currency, net, total, lines, taxes, digest, offered_by, offered_at, sender)
				select gen_random_uuid(), vendor_id, 'Q-2026-' || id, 1, $1, id, 'CAD', 100, 100, '[{"text": "x", "quantity": "1", "unit": "100", "net": "100"}]', '[]', 'x',
				requester_id, now(), '{"name": "x"}' from tickets where id = $2`, o.id, ticket.id)
		}
		w.objects["service"] = append(w.objects["service"], o)
	}
}

// servicePlaces: people and files of others beside the path.
func (w *world) servicePlaces(t *testing.T, hidden func(but string) []string, staff []string) []named {
	t.Helper()
	own := "/v1/service-requests/" + w.object(t, "service", "own").id
	return []named{
		{desk.OpAskValidation, "files", "agent", "service in_work", "POST", own + "/ask-validation", func(id string) any {
			return map[string]any{"text": "x", "files": []string{id}}
		}, hidden("agent"), 422},
		{desk.OpValidateWork, "files", "jeanne", "service waiting_for_validation", "POST", own + "/validation", func(id string) any {
			return map[string]any{"round": 0, "accepts": false, "text": "x", "files": []string{id}}
		}, hidden("jeanne"), 422},
		{desk.OpChooseSupport, "partner_id", "jeanne", "service waiting_for_choice", "POST", own + "/support-choice", func(id string) any {
			return map[string]any{"choice": "partner", "partner_id": id}
		}, []string{w.caller(t, "foreign jeanne").organization.String(), w.caller(t, "olga").organization.String(), w.caller(t, "jeanne").organization.String()}, 422},
		{desk.OpReassignServiceRequest, "assignee_id", "agent", "service in_work", "POST", own + "/reassign", func(id string) any {
			return map[string]any{"assignee_id": id}
		}, staff, 422},
		{desk.OpListServiceRequests, "assignee", "agent", "", "GET", "/v1/service-requests?assignee={id}", noBody, append([]string{}, staff...), 200},
	}
}
