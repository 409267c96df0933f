package api_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// named is one place beside the path in which a request names something by
// id: as who, on what, and what may not be told from a missing id there.
type named struct {
	op           desk.Operation
	field        string // as the contract writes it
	by           string // caller
	state        string // of the ticket before, for actions
	method, path string
	body         func(id string) any
	hidden       []string // ids that must look like a missing one
	status       int
}

// idsBesideThePath puts ids of others into body, query and cursor: the answer
// is that to a missing id, and nothing happens.
func (w *world) idsBesideThePath(t *testing.T) {
	places := w.places(t)
	covered := map[string]bool{}
	for _, p := range places {
		covered[string(p.op)+" "+p.field] = true
		t.Run(string(p.op)+" "+p.field, func(t *testing.T) {
			if state, of := strings.CutPrefix(p.state, "service "); of {
				execute(t, w.db, `update service_requests set state = $1 where id = $2`, state, w.object(t, "service", "own").id)
			} else if !w.inState(t, p.state) && p.state != "" {
				execute(t, w.db, `update tickets set state = $1, waiting = '', resume = case $1 when 'waiting_for_customer' then 'triaged' else '' end`, p.state)
			}
			token, before := w.caller(t, p.by).token, rows(t, w.db)
			send := func(id string) (string, any) { return strings.Replace(p.path, "{id}", queryText(id), 1), p.body(id) }
			path, body := send(uuid.NewString())
			missing := ask(t, w.House, token, p.method, path, body)
			wants(t, "missing", missing, p.status, "")
			for _, id := range p.hidden {
				path, body := send(id)
				same(t, id, ask(t, w.House, token, p.method, path, body), missing)
			}
			if after := rows(t, w.db); after != before {
				t.Errorf("rows changed: %s → %s", before, after)
			}
		})
	}
	for _, place := range idPlaces(t) {
		if !covered[place] {
			t.Errorf("%s takes an id and is not tried with a foreign one", place)
		}
	}
}

func noBody(string) any { return nil }

func (w *world) places(t *testing.T) []named {
	t.Helper()
	who := func(name string) string { return w.caller(t, name).id.String() }
	organization := func(name string) string { return w.caller(t, name).organization.String() }
	own := "/v1/tickets/" + w.object(t, "ticket", "own").id
	staff := []string{who("foreign agent"), who("jeanne"), who("qa"), who("foreign jeanne")}
	list := []named{
		{desk.OpTriage, "assignee_id", "agent", "registered", "POST", own + "/triage", func(id string) any {
			return map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer", "assignee_id": id}
		}, staff, 422},
		{desk.OpAskColleague, "person_id", "agent", "triaged", "POST", own + "/collaborations", func(id string) any {
			return map[string]any{"text": "walk", "person_id": id}
		}, []string{who("jeanne"), who("foreign agent"), who("foreign jeanne")}, 422},
		{desk.OpEscalate, "about", "jeanne", "triaged", "POST", "/v1/escalations", func(id string) any {
			return map[string]any{"reason": "walk", "ticket": w.object(t, "ticket", "own").id, "about": []string{id}}
		}, []string{who("jeanne"), who("foreign agent"), who("foreign jeanne")}, 422},
		{desk.OpReassign, "assignee_id", "agent", "triaged", "POST", own + "/reassign", func(id string) any { return map[string]any{"assignee_id": id} }, staff, 422},
		{desk.OpRegisterTicket, "on_behalf_of/organization_id", "partner", "", "POST", "/v1/tickets", func(id string) any {
			return registration(map[string]any{"on_behalf_of": map[string]any{"organization_id": id}})
		}, []string{organization("foreign jeanne"), organization("olga"), organization("partner")}, 422},
		{desk.OpRegisterTicket, "on_behalf_of/contact_id", "partner", "", "POST", "/v1/tickets", func(id string) any {
			return registration(map[string]any{"on_behalf_of": map[string]any{"organization_id": organization("jeanne"), "contact_id": id}})
		}, []string{who("foreign jeanne"), who("olga"), who("agent"), who("partner")}, 422},
		{desk.OpCreateOrganization, "account_manager_id", "admin", "", "POST", "/v1/organizations", func(id string) any {
			return map[string]any{"kind": "customer", "name": "Never kept", "account_manager_id": id}
		}, []string{who("foreign admin"), who("agent"), who("jeanne")}, 422},
		{desk.OpLinkCustomer, "customer_id", "accounts", "", "POST", "/v1/organizations/" + organization("partner") + "/customers", func(id string) any {
			return map[string]any{"customer_id": id}
		}, []string{organization("foreign jeanne"), organization("partner")}, 422},
		{desk.OpCreateContact, "organization_id", "accounts", "", "POST", "/v1/contacts", func(id string) any {
			return map[string]any{"organization_id": id, "name": "Never", "email": "never@interfacing.example"}
		}, []string{organization("foreign jeanne")}, 422},
		{desk.OpUpdateOrganization, "account_manager_id", "admin", "", "PUT", "/v1/organizations/" + organization("olga"), func(id string) any {
			return map[string]any{"version": w.version(t, "organizations", organization("olga")), "name": "Never kept", "account_manager_id": id}
		}, []string{who("foreign admin"), who("agent"), who("jeanne")}, 422},
		{desk.OpCreateContact, "delegate_id", "accounts", "", "POST", "/v1/contacts", func(id string) any {
			return map[string]any{"organization_id": organization("jeanne"), "name": "Never", "email": "never@interfacing.example", "roles": []string{"approver"}, "delegate_id": id}
		}, []string{who("foreign jeanne"), who("olga"), who("agent"), who("jeanne")}, 422},
		{desk.OpUpdateContact, "delegate_id", "accounts", "", "PUT", "/v1/contacts/" + who("jeanne"), func(id string) any {
			body := asContact(w, w.object(t, "contact", "jeanne")).(map[string]any) //nolint:forcetypeassert // it makes one
			body["roles"], body["delegate_id"] = []string{"approver"}, id
			return body
		}, []string{who("foreign jeanne"), who("olga"), who("agent"), who("super"), who("jeanne")}, 422},
		{desk.OpGrantAccess, "organization_id", "accounts", "", "POST", "/v1/access-requests/" + w.object(t, "access request", "interfacing's").id + "/grant", func(id string) any {
			return versioned("access_requests", map[string]any{"organization_id": id})(w, w.object(t, "access request", "interfacing's"))
		}, []string{organization("foreign jeanne")}, 422},
		{desk.OpGetEntitlement, "organization_id", "jeanne", "", "GET", "/v1/entitlement?organization_id={id}", noBody, []string{
			organization("foreign jeanne"), organization("olga"), organization("partner"),
		}, 404},
		{desk.OpSendStatement, "again_to", "accounts", "", "POST", "/v1/organizations/" + organization("jeanne") + "/statements", func(id string) any {
			return map[string]any{"again_to": id}
		}, []string{who("foreign jeanne"), who("olga"), who("agent"), who("partner")}, 422},
		{desk.OpListInvoices, "organization_id", "billing", "", "GET", "/v1/invoices?organization_id={id}", noBody, []string{organization("foreign jeanne"), who("jeanne")}, 200},
		{desk.OpListAudit, "actor_id", "admin", "", "GET", "/v1/audit?actor_id={id}", noBody, []string{who("foreign admin")}, 200},
		{desk.OpListAudit, "object_id", "admin", "", "GET", "/v1/audit?object_id={id}", noBody, []string{who("foreign jeanne"), w.object(t, "ticket", "foreign").id, w.object(t, "team", "posimente's").id}, 200},
		{desk.OpAddWatcher, "person_id", "jeanne", "", "POST", own + "/watchers", func(id string) any { return map[string]any{"person_id": id} }, []string{
			who("foreign jeanne"), who("foreign agent"), who("olga"), who("agent"),
		}, 422},
		{desk.OpLogAccess, "authority_id", "agent", "", "POST", own + "/accesses", func(id string) any {
			return map[string]any{"authority_id": id, "scope": "read_only", "text": "Never kept"}
		}, []string{w.authority(t, "foreign"), w.authority(t, "colleague's, watched"), w.object(t, "ticket", "own").id}, 422},
		{desk.OpCreateTeam, "members", "admin", "", "POST", "/v1/teams", func(id string) any {
			return map[string]any{"name": "Never kept", "kind": "qa", "members": []string{id}}
		}, []string{who("foreign agent"), who("jeanne")}, 422},
		{desk.OpUpdateTeam, "members", "admin", "", "PUT", "/v1/teams/" + w.object(t, "team", "interfacing's").id, func(id string) any {
			return map[string]any{"version": w.version(t, "teams", w.object(t, "team", "interfacing's").id), "name": "Never kept", "kind": "qa", "members": []string{id}}
		}, []string{who("foreign agent"), who("jeanne")}, 422},
		{desk.OpAskUpgrade, "release_id", "agent", "triaged", "POST", own + "/ask-upgrade", func(id string) any {
			return map[string]any{"release_id": id}
		}, []string{w.object(t, "release", "posimente's").id, w.object(t, "package", "interfacing's").id}, 422},
		{desk.OpListReleases, "package_id", "jeanne", "", "GET", "/v1/releases?package_id={id}", noBody, []string{w.object(t, "package", "posimente's").id}, 200},
		{desk.OpListTickets, "assignee_id", "agent", "", "GET", "/v1/tickets?assignee_id={id}", noBody, []string{who("foreign agent")}, 200},
		{
			desk.OpListTickets, "organization_id", "jeanne", "", "GET", "/v1/tickets?organization_id={id}", noBody,
			[]string{organization("foreign jeanne"), organization("olga")},
			200,
		},
		{desk.OpListTickets, "requester_id", "jeanne", "", "GET", "/v1/tickets?requester_id={id}", noBody, []string{who("foreign jeanne"), who("super"), who("olga")}, 200},
		{
			desk.OpListTickets, "number", "jeanne", "", "GET", "/v1/tickets?number={id}", noBody,
			[]string{w.object(t, "ticket", "foreign").number, w.object(t, "ticket", "other's").number, w.object(t, "ticket", "colleague's, watched").number},
			200,
		},
		{
			desk.OpListContacts, "organization_id", "super", "", "GET", "/v1/contacts?organization_id={id}", noBody,
			[]string{organization("foreign jeanne"), organization("olga"), organization("partner")},
			404,
		},
		{desk.OpListContacts, "organization_id", "agent", "", "GET", "/v1/contacts?organization_id={id}", noBody, []string{organization("foreign jeanne")}, 200},
		{desk.OpListRequests, "cursor", "jeanne", "", "GET", "/v1/requests?cursor={id}", noBody, []string{
			w.object(t, "request", "request of foreign jeanne").id, w.object(t, "request", "request of olga").id,
		}, 422},
		{desk.OpListComments, "cursor", "jeanne", "", "GET", own + "/comments?cursor={id}", noBody, nil, 422},
		{desk.OpGetHistory, "cursor", "jeanne", "", "GET", own + "/history?cursor={id}", noBody, nil, 422},
	}
	return slices.Concat(list, w.filePlaces(t, own), w.exclusionPlaces(t, own), w.mergingPlaces(t, own), w.timePlaces(t, own))
}

// authority is the id of a ticket's access authority.
func (w *world) authority(t *testing.T, of string) string {
	t.Helper()
	_, id, _ := strings.Cut(w.object(t, "authority", of).id, "/authorities/")
	return id
}

// version is the one a row has now.
func (w *world) version(t *testing.T, table, id string) int {
	t.Helper()
	return count(t, w.db, `select version from `+table+` where id = $1`, id)
}

// filePlaces: files of others, or that hang on something already, in whatever
// message could name them (abuse case B22).
func (w *world) filePlaces(t *testing.T, own string) (list []named) {
	t.Helper()
	hidden := func(but string) (ids []string) {
		for _, o := range w.objects["file"] {
			if o.name != but+"'s unattached" && !o.notThere {
				ids = append(ids, o.id)
			}
		}
		return ids
	}
	message := func(id string) any { return map[string]any{"text": "with a file", "files": []string{id}} }
	for _, p := range []struct {
		op              desk.Operation
		by, state, path string
	}{
		{desk.OpAddComment, "jeanne", "triaged", "/comments"},
		{desk.OpAddNote, "agent", "triaged", "/notes"},
		{desk.OpAskInformation, "agent", "registered", "/ask-information"},
		{desk.OpAnswer, "agent", "triaged", "/answer"},
		{desk.OpGiveInformation, "jeanne", "waiting_for_customer", "/give-information"},
		{desk.OpReopen, "jeanne", "answered", "/reopen"},
	} {
		list = append(list, named{p.op, "files", p.by, p.state, "POST", own + p.path, message, hidden(p.by), 422})
	}
	list = append(list, named{
		desk.OpCompleteRequest, "files", "jeanne", "", "POST", "/v1/requests/" + w.object(t, "request", "request of jeanne").id + "/completion",
		func(id string) any { return map[string]any{"files": []string{id}} }, hidden("jeanne"), 422,
	})
	list = append(list, named{desk.OpAskUpgrade, "files", "agent", "triaged", "POST", own + "/ask-upgrade", func(id string) any {
		return map[string]any{"release_id": w.object(t, "release", "interfacing's").id, "files": []string{id}}
	}, hidden("agent"), 422})
	list = append(list, w.servicePlaces(t, hidden, []string{w.caller(t, "foreign agent").id.String(), w.caller(t, "jeanne").id.String(), w.caller(t, "qa").id.String()})...)
	list = append(list, w.developmentPlaces(t, hidden, []string{w.caller(t, "foreign agent").id.String(), w.caller(t, "jeanne").id.String(), w.caller(t, "qa").id.String()})...)
	return append(list, named{desk.OpRegisterTicket, "files", "jeanne", "", "POST", "/v1/tickets", func(id string) any {
		return registration(map[string]any{"files": []string{id}})
	}, hidden("jeanne"), 422})
}

// registration is a request's body with some members more, or other ones.
func registration(more map[string]any) map[string]any {
	body := map[string]any{"type": "bug", "severity": "medium", "title": "Export stops at 10,000 rows", "body": "It ends without a word."}
	maps.Copy(body, more)
	return body
}

// idPlaces lists every place of the contract, beside the path, that takes an
// id: "operation field".
func idPlaces(t *testing.T) (places []string) {
	t.Helper()
	spec, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range spec.Paths.Map() {
		for _, o := range item.Operations() {
			for _, p := range o.Parameters {
				if p.Value.In == "query" && p.Value.Schema.Value.Format == "uuid" {
					places = append(places, o.OperationID+" "+p.Value.Name)
				}
			}
			if o.RequestBody == nil {
				continue
			}
			for _, content := range o.RequestBody.Value.Content {
				for _, field := range idFields("", content.Schema.Value) {
					places = append(places, o.OperationID+" "+field)
				}
			}
		}
	}
	slices.Sort(places)
	if len(places) < 17 {
		t.Errorf("found only %d places: %v", len(places), places)
	}
	return places
}

func idFields(path string, s *openapi3.Schema) (fields []string) {
	if s.Format == "uuid" {
		return []string{strings.Trim(path, "/")}
	}
	if s.Items != nil {
		fields = append(fields, idFields(path, s.Items.Value)...)
	}
	for name, property := range s.Properties {
		fields = append(fields, idFields(path+"/"+name, property.Value)...)
	}
	return fields
}
