package web

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// colleagues are the portal's pages of an organization's people.
var colleagues = []route{
	{"GET", "/people", desk.OpListContacts, peoplePage},
	{"GET", "/people/:organization", desk.OpListContacts, peoplePage},
}

// peopleView is who is at an organization, as its own side sees it.
type peopleView struct {
	desk.OrganizationSheet
	MoreContacts, MoreCustomers string // addresses of the rest; "" for none
	Own                         bool   // the reader's own organization
}

// peoplePage shows the people of the reader's organization, or of a customer
// it acts for; staff have the console's page.
func peoplePage(q *request) error {
	path, id := "/people", uuid.Nil
	if q.Param("organization") != "" {
		var err error
		if id, err = q.idIn("organization"); err != nil {
			return err
		}
		path += "/" + id.String()
	}
	if q.caller.Staff() {
		if id == uuid.Nil {
			return q.seeOther("/console/organizations")
		}
		return q.seeOther("/console/organizations/" + id.String())
	}
	if id == uuid.Nil {
		id = *q.caller.Person.OrganizationID
	}
	at := desk.SheetPlace{Contacts: q.QueryParam("after"), Customers: q.QueryParam("customers"), Limit: directoryPage}
	sheet, err := q.site.desk.PeopleOf(q.Request().Context(), id, at)
	if err != nil {
		return err
	}
	v := peopleView{OrganizationSheet: sheet, Own: id == *q.caller.Person.OrganizationID}
	v.MoreContacts, v.MoreCustomers = q.moreOf(sheet, path)
	return q.show(http.StatusOK, "people", "people_at", v, "name", v.Name)
}
