package desk

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TestTable: what must hold of every row of the table of permissions.
func TestTable(t *testing.T) {
	customers := append([]Role{RoleContact, RolePartner}, ContactRoles...)
	for op, row := range Permissions {
		if slices.Contains(Public, op) {
			t.Errorf("%s is public and has a row", op)
		}
		for role, reach := range row {
			switch {
			case !slices.Contains(customers, role) && !slices.Contains(StaffRoles, role):
				t.Errorf("%s: role %q is unknown", op, role)
			case slices.Contains(customers, role) && reach == Everything:
				t.Errorf("%s: %s reaches everything of the vendor", op, role)
			case slices.Contains(StaffRoles, role) && reach == Organization:
				t.Errorf("%s: %s has no organization", op, role)
			}
		}
		if row[RoleSuperUser] != Nothing && row[RoleSuperUser] < row[RoleContact] {
			t.Errorf("%s: a super-user reaches less far than a contact", op)
		}
	}
	for _, action := range ticket.HumanActions {
		if Permissions[operationOf[action]] == nil {
			t.Errorf("%s has no operation with a row", action)
		}
	}
}

// TestRolesHeld: which roles somebody holds is decided by what they are: a
// contact's row that says admin makes nobody staff, and the other way round.
func TestRolesHeld(t *testing.T) {
	organization := uuid.New()
	everything := []string{"contact", "super_user", "partner_contact", "agent", "manager", "admin", "account_manager"}
	for _, c := range []struct {
		name string
		p    store.Person
		want []string
	}{
		{"contact", store.Person{OrganizationID: &organization, OrganizationKind: "customer"}, []string{"contact"}},
		{"contact with every role", store.Person{OrganizationID: &organization, OrganizationKind: "customer", Roles: everything}, []string{"contact", "super_user"}},
		{"approver and signatory", store.Person{OrganizationID: &organization, Roles: []string{"signatory", "approver"}}, []string{"contact", "approver", "signatory"}},
		{"staff as approver", store.Person{Roles: []string{"approver"}}, []string{}},
		{"sees the organization", store.Person{OrganizationID: &organization, SeesOrganization: true}, []string{"contact", "super_user"}},
		{"partner", store.Person{OrganizationID: &organization, OrganizationKind: "partner"}, []string{"contact", "partner_contact"}},
		{"agent", store.Person{Roles: []string{"agent"}}, []string{"agent"}},
		{"staff with customers' roles", store.Person{Roles: []string{"agent", "contact", "super_user"}, SeesOrganization: true}, []string{"agent"}},
		{"staff without role", store.Person{}, []string{}},
		{"unknown role", store.Person{Roles: []string{"root", "Admin", "admin "}}, []string{}},
	} {
		if got := (Caller{Person: c.p}).Roles(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestReach: the farthest role counts, and an operation without a row is
// nobody's.
func TestReach(t *testing.T) {
	organization := uuid.New()
	contact := Caller{Person: store.Person{OrganizationID: &organization}}
	admin := Caller{Person: store.Person{Roles: []string{"admin", "agent"}}}
	for _, c := range []struct {
		caller Caller
		op     Operation
		want   Reach
	}{
		{contact, OpGetTicket, Own},
		{contact, OpTriage, Nothing},
		{contact, "unheardOf", Nothing},
		{admin, "unheardOf", Nothing},
		{admin, "", Nothing},
		{admin, OpTriage, Everything},
		{admin, OpCreateStaff, Everything},
		{admin, OpRegisterTicket, Nothing},
		{Caller{Person: store.Person{OrganizationID: &organization, SeesOrganization: true}}, OpGetTicket, Organization},
		{Caller{Person: store.Person{Roles: []string{"qa"}}}, OpTriage, Nothing},
	} {
		if got := c.caller.Reach(c.op); got != c.want {
			t.Errorf("%v %s: %d, want %d", c.caller.Person.Roles, c.op, got, c.want)
		}
	}
}

// TestKeys: a key is told apart by each of its parts, however they are cut,
// and an empty one is new each time.
func TestKeys(t *testing.T) {
	c := Caller{Vendor: store.Vendor{ID: uuid.New()}, Person: store.Person{ID: uuid.New()}}
	other := c
	other.Person.ID = uuid.New()
	foreign := c
	foreign.Vendor.ID = uuid.New()
	seen := map[string]bool{}
	for _, key := range []string{
		c.Key("a", "b", "c"), c.Key("ab", "", "c"), c.Key("a", "bc", "x"), c.Key("", "ab", "c"), c.Key("a", "b", "C"), c.Key("a", "b", "c "),
		other.Key("a", "b", "c"), foreign.Key("a", "b", "c"), c.Key("a", "b", ""), c.Key("a", "b", ""),
	} {
		if seen[key] || len(key) != 64 {
			t.Errorf("%s is there twice", key)
		}
		seen[key] = true
	}
	if first, second := c.Key("a", "b", "c"), c.Key("a", "b", "c"); first != second {
		t.Error("the same key twice is not the same")
	}
}
