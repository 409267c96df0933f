package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// mayDecide: it is the caller's to answer the authority or to take it back.
// The one partner there is acts for jeanne's organization, and has signed all.
func (c caller) mayDecide(op desk.Operation, o object) bool {
	own := o.organization == c.organization
	switch {
	case c.organization == uuid.Nil:
		return c.reach(op) == desk.Everything
	case own && slices.Contains(c.roles, desk.RoleSignatory):
		return true
	case own && op == desk.OpRevokeAuthority:
		return slices.Contains(c.roles, desk.RoleSuperUser)
	}
	return !own && slices.Contains(c.roles, desk.RolePartner)
}

// addAuthorities has an access authority asked for on every ticket; in a path
// it is named beside its ticket, and one named beside another is missing.
func (w *world) addAuthorities(t *testing.T) {
	t.Helper()
	tickets := w.objects["ticket"]
	w.objects["authorities"] = tickets
	for _, ticket := range tickets {
		o := ticket
		id := uuid.NewString()
		if !o.notThere {
			execute(t, w.db, `insert into access_authorities (id, vendor_id, ticket_id, organization_id, system, scopes, reason, asked_by, asked_at, wanted_until)
				select $1, vendor_id, id, organization_id, 'Org', '{read_only}', 'why', requester_id, now(), now() + interval '9 days' from tickets where id = $2`, id, o.id)
		}
		o.id += "/authorities/" + id
		w.objects["authority"] = append(w.objects["authority"], o)
		w.objects["authority"] = append(w.objects["authority"], object{
			name: o.name + ", on another ticket", vendor: "interfacing", id: tickets[1+len(w.objects["authority"])%2].id + "/authorities/" + uuid.NewString(), notThere: true,
		})
	}
	list := w.objects["authority"]
	for i := range list { // beside another ticket than its own
		if of, named := strings.CutSuffix(list[i].name, ", on another ticket"); named && !list[i-1].notThere {
			_, id, _ := strings.Cut(list[i-1].id, "/")
			other := tickets[1]
			if of == other.name {
				other = tickets[2]
			}
			list[i].id = other.id + "/" + id
		}
	}
}
