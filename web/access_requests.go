package web

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
)

// admitting are the console's pages about who asks for access.
var admitting = []route{
	{"GET", "/console/access-requests", desk.OpListAccessRequests, accessRequestsPage},
	{"GET", "/console/access-requests/:access", desk.OpGetAccessRequest, accessRequestPage},
	{"POST", "/console/access-requests/:access/ask", desk.OpAskBack, askBack},
	{"POST", "/console/access-requests/:access/grant", desk.OpGrantAccess, grantAccess},
	{"POST", "/console/access-requests/:access/decline", desk.OpDeclineAccess, declineAccess},
}

// accessRequestsView is the list of requests for access.
type accessRequestsView struct {
	List  []desk.AccessRequestView
	All   bool
	First bool
	Next  string // address of the rest; "" on the last page
}

func accessRequestsPage(q *request) error {
	v := accessRequestsView{All: q.QueryParam("all") != "", First: q.QueryParam("after") == ""}
	list, next, err := q.site.desk.AccessRequests(q.Request().Context(), v.All, q.QueryParam("after"), directoryPage)
	if err != nil {
		return err
	}
	v.List = list
	if next != "" {
		rest := url.Values{"after": {next}}
		if v.All {
			rest.Set("all", "1")
		}
		v.Next = q.to("/console/access-requests" + query(rest))
	}
	return q.show(http.StatusOK, "access_requests", "access_requests_title", v)
}

// accessView is one request for access.
type accessView struct {
	asIs
	desk.AccessRequestView
	Offered   []desk.Role
	Approvers []option // nobody: a new contact's delegate is chosen later
}

// Asked is the newest question of ours; "" for none.
func (v accessView) Asked() (text string) {
	for _, m := range v.Messages {
		if m.AuthorID != nil {
			text = m.Body
		}
	}
	return text
}

func (q *request) access(id uuid.UUID) (v accessView, err error) {
	if v.AccessRequestView, err = q.site.desk.AccessRequest(q.Request().Context(), id); err != nil {
		return v, err
	}
	grant := q.newPerson()
	grant["name"], grant["locale"] = []string{v.Name}, []string{v.Locale}
	grant["organization_id"] = []string{v.Organization}
	if v.FoundName != nil {
		grant["organization_id"] = []string{*v.FoundName}
	}
	v.Offered, v.asIs = desk.ContactRoles, asIs{"grant": grant}
	return v, nil
}

func accessRequestPage(q *request) error {
	id, err := q.idIn("access")
	if err != nil {
		return err
	}
	v, err := q.access(id)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "access_request", "access_request_title", v, "name", v.Name)
}

// decided is a form that does something to a request for access. same says
// whether what the form wants has been done: then it was sent twice.
func (q *request) decided(form, done string, do func(uuid.UUID) error, same func(accessView) bool) error {
	id, err := q.idIn("access")
	if err != nil {
		return err
	}
	if wrong := do(id); wrong != nil {
		v, err := q.access(id)
		if err != nil {
			return err
		}
		if e, ok := problem.As(wrong); !ok || e.Key != staleKey || !same(v) {
			return q.refusedForm(wrong, form, "access_request", "access_request_title", v, "name", v.Name)
		}
	}
	return q.seeOther("/console/access-requests/" + id.String() + "?done=" + done)
}

func askBack(q *request) error {
	return q.decided("ask", "access_asked_back", func(id uuid.UUID) error {
		_, err := q.site.desk.AskBack(q.Request().Context(), id, q.version(), q.text("question"))
		return err
	}, func(v accessView) bool { return v.State == "asked" && v.Asked() == q.text("question") })
}

// grantAccess makes them a contact of the organization that is named.
func grantAccess(q *request) error {
	var organization uuid.UUID
	return q.decided("grant", "access_granted", func(id uuid.UUID) error {
		if _, err := q.site.desk.AccessRequest(q.Request().Context(), id); err != nil {
			return err // out of sight before anything the form says
		}
		in, wrong := q.personInput()
		if wrong == nil {
			organization, wrong = q.organizationNamed("organization_id")
		}
		if wrong != nil {
			return wrong
		}
		in.OrganizationID = &organization
		_, err := q.site.desk.GrantAccess(q.Request().Context(), id, q.version(), in)
		return err
	}, func(v accessView) bool {
		return v.State == "invited" && v.OrganizationID != nil && *v.OrganizationID == organization
	})
}

func declineAccess(q *request) error {
	return q.decided("decline", "access_declined", func(id uuid.UUID) error {
		_, err := q.site.desk.DeclineAccess(q.Request().Context(), id, q.version(), q.text("reason"))
		return err
	}, func(v accessView) bool { return v.State == "declined" && v.Reason == q.text("reason") })
}

// AskedLook is the name of the looks of a request's state: whose turn it is.
func (p *page) AskedLook(state string) string {
	switch state {
	case "new", "replied":
		return "you"
	case "asked":
		return "others"
	case "invited":
		return "done"
	}
	return "closed"
}
