package api_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// addDevelopment hangs a QA review that is over on every ticket, and adds a dev
// ticket that was refused to each vendor; jeanne's own ticket waits for one.
func (w *world) addDevelopment(t *testing.T) {
	t.Helper()
	for _, ticket := range w.objects["ticket"] {
		o := ticket
		o.id = uuid.NewString()
		if !ticket.notThere {
			execute(t, w.db, `insert into qa_reviews (id, vendor_id, number, ticket_id, state, created_by, created_at, updated_at, ended_at)
				select $1, vendor_id, 'QA-' || number, id, 'cancelled', requester_id, now(), now(), now() from tickets where id = $2`, o.id, ticket.id)
		}
		w.objects["review"] = append(w.objects["review"], o)
	}
	w.objects["webhook delivery"] = []object{{name: "missing", id: uuid.NewString(), notThere: true}}
	for _, ticket := range w.objects["ticket"] {
		o := ticket
		o.id = uuid.NewString()
		if !ticket.notThere {
			execute(t, w.db, `insert into collaborations (id, vendor_id, ticket_id, state, team, question, asked_by, asked_at, ended_at)
				select $1, vendor_id, id, 'taken_back', 'walk', 'walk', requester_id, now(), now() from tickets where id = $2`, o.id, ticket.id)
		}
		w.objects["collaboration"] = append(w.objects["collaboration"], o)
	}
	w.objects["escalation"] = []object{{name: "missing", id: uuid.NewString(), notThere: true}}
	w.objects["dev"] = []object{{name: "missing", id: uuid.NewString(), notThere: true}}
	for _, name := range []string{"admin", "foreign admin"} {
		c := w.caller(t, name)
		o := object{name: c.vendor + "'s", vendor: c.vendor, id: uuid.NewString()}
		execute(t, w.db, `insert into dev_tickets (id, vendor_id, number, state, title, created_by, created_at, updated_at)
			select $1, vendor_id, 'DEV-2020-000001', 'refused', 'Walk past', id, now(), now() from people where id = $2`, o.id, c.id)
		w.objects["dev"] = append(w.objects["dev"], o)
		delivery := object{name: c.vendor + "'s", vendor: c.vendor, id: uuid.NewString()}
		execute(t, w.db, `with effect as (insert into outbox (vendor_id, kind, key, payload, state)
				select vendor_id, 'webhook', 'walk webhook', '{}', 'sent' from dev_tickets where id = $2 returning id)
			insert into webhook_deliveries (id, vendor_id, endpoint_id, effect_id, event, dev_ticket_id, body, created_at)
			select $1, d.vendor_id, e.id, effect.id, 'dev_ticket.created', d.id, '{}', now() from dev_tickets d join webhook_endpoints e on e.vendor_id = d.vendor_id, effect
			where d.id = $2`, delivery.id, o.id)
		w.objects["webhook delivery"] = append(w.objects["webhook delivery"], delivery)
	}
	execute(t, w.db, `insert into dev_ticket_links (id, vendor_id, dev_ticket_id, ticket_id, linked_by, linked_at)
		select gen_random_uuid(), vendor_id, $1, id, requester_id, now() from tickets where id = $2`, w.object(t, "dev", "interfacing's").id, w.object(t, "ticket", "own").id)
}

// addFeatures adds to both vendors a feature that nobody asks for any more, so that
// whatever is decided is refused, and one that customers see.
func (w *world) addFeatures(t *testing.T) {
	t.Helper()
	for _, kind := range []string{"feature", "suggestion"} {
		w.objects[kind] = []object{{name: "missing", id: uuid.NewString(), notThere: true}}
	}
	for _, name := range []string{"jeanne", "foreign jeanne"} {
		c := w.caller(t, name)
		ended := object{name: c.vendor + "'s", vendor: c.vendor, id: uuid.NewString()}
		execute(t, w.db, `insert into features (id, vendor_id, number, state, title, created_by, created_at, updated_at)
			select $1, vendor_id, 'F-2020-000001', 'dropped', 'Walk past', id, now(), now() from people where id = $2`, ended.id, c.id)
		execute(t, w.db, `insert into feature_votes (id, vendor_id, feature_id, organization_id, person_id, cast_at)
			select $1, vendor_id, $1, organization_id, id, now() from people where id = $2`, ended.id, c.id)
		w.objects["feature"] = append(w.objects["feature"], ended)
		shown := object{name: c.vendor + "'s", vendor: c.vendor, id: uuid.NewString()}
		execute(t, w.db, `insert into features (id, vendor_id, number, state, title, public_title, published, created_by, created_at, updated_at)
			select $1, vendor_id, 'F-2020-000002', 'roadmap', 'Walk past', 'Walk past', true, id, now(), now() from people where id = $2`, shown.id, c.id)
		w.objects["suggestion"] = append(w.objects["suggestion"], shown)
	}
}

// inState brings the object of that kind that is beside a path into a state.
func (w *world) inState(t *testing.T, state string) (done bool) {
	t.Helper()
	kind, state, _ := strings.Cut(state, " ")
	switch kind {
	case "review":
		execute(t, w.db, `update qa_reviews set state = $1, ended_at = null where id = $2`, state, w.object(t, "review", "own").id)
		execute(t, w.db, `update tickets set state = 'waiting_inside', waiting = '', resume = ''`)
	case "feature":
		execute(t, w.db, `update features set state = $1 where id = $2`, state, w.object(t, "feature", "interfacing's").id)
	case "dev":
		execute(t, w.db, `update dev_tickets set state = $1 where id = $2`, state, w.object(t, "dev", "interfacing's").id)
	}
	return kind == "review" || kind == "dev" || kind == "feature"
}

// developmentPlaces: people, releases, packages and files of others beside the
// path.
func (w *world) developmentPlaces(t *testing.T, hidden func(but string) []string, staff []string) []named {
	t.Helper()
	review, dev := "/v1/qa-reviews/"+w.object(t, "review", "own").id, "/v1/dev-tickets/"+w.object(t, "dev", "interfacing's").id
	idea := "/v1/features/" + w.object(t, "feature", "interfacing's").id
	release, pack := []string{w.object(t, "release", "posimente's").id}, []string{w.object(t, "package", "posimente's").id}
	with := func(field string, more ...any) func(id string) any {
		return func(id string) any {
			body := map[string]any{field: id}
			for i := 0; i+1 < len(more); i += 2 {
				body[more[i].(string)] = more[i+1] //nolint:forcetypeassert // written here
			}
			return body
		}
	}
	return []named{
		{desk.OpAskFromReview, "files", "qa", "review in_review", "POST", review + "/ask-information", func(id string) any {
			return map[string]any{"text": "x", "files": []string{id}}
		}, hidden("qa"), 422},
		{desk.OpGiveVerdict, "release_id", "qa", "review in_review", "POST", review + "/verdict", with("release_id", "verdict", "solved_in"), release, 422},
		{desk.OpReassignReview, "assignee_id", "qa", "review in_review", "POST", review + "/reassign", with("assignee_id"), append([]string{w.caller(t, "agent").id.String()}, staff[:2]...), 422},
		{desk.OpListQAReviews, "assignee", "qa", "", "GET", "/v1/qa-reviews?assignee={id}", noBody, append([]string{}, staff...), 200},
		{desk.OpRoadmapFeature, "release_id", "product", "feature new", "POST", idea + "/roadmap", with("release_id", "version", 1), release, 422},
		{desk.OpOfferFeature, "organizations", "product", "feature new", "POST", idea + "/offer", func(id string) any {
			return map[string]any{"version": 1, "organizations": []string{id}}
		}, []string{w.caller(t, "foreign jeanne").organization.String()}, 422},
		{desk.OpListFeatures, "product", "product", "", "GET", "/v1/features?product={id}", noBody, []string{w.object(t, "product", "posimente's").id}, 200},
		{desk.OpGetFeature, "after", "product", "", "GET", idea + "?after={id}", noBody, []string{w.object(t, "feature", "posimente's").id}, 200},
		{desk.OpCreateDevTicket, "package_id", "dev", "", "POST", "/v1/dev-tickets", with("package_id", "title", "Walk past"), pack, 422},
		{desk.OpPlanDevTicket, "release_id", "dev", "dev accepted", "POST", dev + "/plan", with("release_id"), release, 422},
		{desk.OpShipDevTicket, "release_id", "dev", "dev planned", "POST", dev + "/ship", with("release_id"), release, 422},
		{desk.OpVerifyFix, "files", "jeanne", "dev shipped", "POST", "/v1/tickets/" + w.object(t, "ticket", "own").id + "/verification", func(id string) any {
			return map[string]any{"dev_ticket": "DEV-2020-000001", "works": true, "files": []string{id}}
		}, hidden("jeanne"), 422},
	}
}

// addWebhooks adds a webhook to both vendors, with a delivery that arrived.
func (w *world) addWebhooks(t *testing.T) {
	t.Helper()
	for _, name := range []string{"admin", "foreign admin"} {
		c := w.caller(t, name)
		a := ask(t, w.House, c.token, "POST", "/v1/webhook-endpoints", map[string]any{"name": "Tracker", "url": "https://tracker.example/hook", "events": []string{"dev_ticket.created"}})
		wants(t, "webhook", a, 201, "")
		o := object{name: c.vendor + "'s", vendor: c.vendor, id: a.Text("id")}
		w.objects["webhook"] = append(w.objects["webhook"], o)
	}
}
