package desk

import (
	"maps"
	"slices"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Role is what a person is here. Contacts always hold RoleContact; those of a
// partner hold RolePartner too.
type Role string

// The roles (product section 2).
const (
	RoleContact        Role = "contact"
	RoleSuperUser      Role = "super_user"
	RolePartner        Role = "partner_contact"
	RoleAgent          Role = "agent"
	RoleQA             Role = "qa"
	RoleDeveloper      Role = "developer"
	RoleProductManager Role = "product_manager"
	RoleTrainer        Role = "trainer"
	RoleAccountManager Role = "account_manager"
	RoleBilling        Role = "billing"
	RoleManager        Role = "manager"
	RoleAdmin          Role = "admin"
)

// StaffRoles are the roles a member of staff may be given.
var StaffRoles = []Role{
	RoleAgent, RoleQA, RoleDeveloper, RoleProductManager, RoleTrainer, RoleAccountManager, RoleBilling, RoleManager, RoleAdmin,
}

// Reach is how far a permission goes.
type Reach int

// The reaches, from nothing to everything of the vendor. Organization takes in
// the customers a partner is linked to where the object is an organization.
const (
	Nothing Reach = iota
	Own
	Organization
	Everything
)

// Operation is one thing that can be asked for; in the API it is the
// operationId.
type Operation string

// The operations.
const (
	OpSignIn             Operation = "signIn"
	OpSignOut            Operation = "signOut"
	OpGetMe              Operation = "getMe"
	OpGetVendor          Operation = "getVendor"
	OpRegisterTicket     Operation = "registerTicket"
	OpListTickets        Operation = "listTickets"
	OpGetTicket          Operation = "getTicket"
	OpGetHistory         Operation = "getHistory"
	OpListComments       Operation = "listComments"
	OpAddComment         Operation = "addComment"
	OpAddNote            Operation = "addNote"
	OpTriage             Operation = "triageTicket"
	OpStart              Operation = "startTicket"
	OpAskInformation     Operation = "askInformation"
	OpGiveInformation    Operation = "giveInformation"
	OpAnswer             Operation = "answerTicket"
	OpClose              Operation = "closeTicket"
	OpReassign           Operation = "reassignTicket"
	OpWithdraw           Operation = "withdrawTicket"
	OpReopen             Operation = "reopenTicket"
	OpUploadFile         Operation = "uploadFile"
	OpDownloadFile       Operation = "downloadFile"
	OpListOrganizations  Operation = "listOrganizations"
	OpGetOrganization    Operation = "getOrganization"
	OpCreateOrganization Operation = "createOrganization"
	OpLinkCustomer       Operation = "linkCustomer"
	OpListContacts       Operation = "listContacts"
	OpGetContact         Operation = "getContact"
	OpCreateContact      Operation = "createContact"
	OpListStaff          Operation = "listStaff"
	OpCreateStaff        Operation = "createStaff"

	// What only the pages ask for.
	OpKeepDraft   Operation = "keepDraft"
	OpQueue       Operation = "queue"
	OpWorkbench   Operation = "workbench"
	OpReply       Operation = "reply"
	OpCancelReply Operation = "cancelReply"
)

// Public are the operations that need no caller. They are listed, like the
// rows of the table, so that nothing is open by omission.
var Public = []Operation{OpSignIn}

// row is who may do one thing, and how far.
type row map[Role]Reach

// everyone is every signed-in person.
func everyone(customers Reach) row {
	r := row{RoleContact: customers}
	for _, role := range StaffRoles {
		r[role] = Everything
	}
	return r
}

func with(r row, more row) row {
	maps.Copy(r, more)
	return r
}

func staff() row {
	r := everyone(Nothing)
	delete(r, RoleContact)
	return r
}

var (
	support   = row{RoleAgent: Everything, RoleManager: Everything}
	customers = row{RoleContact: Own, RoleSuperUser: Organization}
	readers   = with(everyone(Own), row{RoleSuperUser: Organization})
	directory = row{RoleAccountManager: Everything, RoleAdmin: Everything}
)

// Permissions is the one table: operation by role. An operation without a row
// is refused to everybody, and a route without a row fails the build.
var Permissions = map[Operation]row{
	OpSignOut:   everyone(Own),
	OpGetMe:     everyone(Own),
	OpGetVendor: everyone(Own),

	OpRegisterTicket: customers,
	OpListTickets:    readers,
	OpGetTicket:      readers,
	OpGetHistory:     readers,
	OpListComments:   readers,
	OpAddComment:     readers,
	OpAddNote:        staff(),

	OpTriage:          support,
	OpStart:           support,
	OpAskInformation:  support,
	OpAnswer:          support,
	OpClose:           support,
	OpReassign:        support,
	OpGiveInformation: customers,
	OpWithdraw:        customers,
	OpReopen:          customers,

	OpUploadFile:   everyone(Own),
	OpDownloadFile: readers,

	OpListOrganizations:  with(everyone(Organization), nil),
	OpGetOrganization:    with(everyone(Organization), nil),
	OpCreateOrganization: directory,
	OpLinkCustomer:       directory,
	OpListContacts:       with(staff(), row{RoleSuperUser: Organization, RolePartner: Organization}),
	OpGetContact:         with(staff(), row{RoleSuperUser: Organization, RolePartner: Organization}),
	OpCreateContact:      directory,
	OpListStaff:          staff(),
	OpCreateStaff:        {RoleAdmin: Everything},

	OpKeepDraft:   everyone(Own),
	OpQueue:       staff(),
	OpWorkbench:   staff(),
	OpReply:       staff(),
	OpCancelReply: staff(),
}

// Reach is how far the caller may go with an operation: the farthest of their
// roles. A contact who may see the organization's tickets reaches as far as a
// super-user does.
func (c Caller) Reach(op Operation) Reach {
	reach := Nothing
	for role, r := range Permissions[op] {
		if c.holds(role) {
			reach = max(reach, r)
		}
	}
	return reach
}

func (c Caller) holds(role Role) bool {
	switch {
	case c.Staff():
		return slices.Contains(StaffRoles, role) && slices.Contains(c.Person.Roles, string(role))
	case role == RoleContact:
		return true
	case role == RolePartner:
		return c.Person.OrganizationKind == "partner"
	case role == RoleSuperUser:
		return c.Person.SeesOrganization || slices.Contains(c.Person.Roles, string(RoleSuperUser))
	}
	return false
}

// allow refuses an operation that is not the caller's at all. Where the path
// names an object, the object comes first: what is out of sight is NotFound,
// whatever the caller's role.
func (c Caller) allow(op Operation) error {
	if c.Reach(op) == Nothing {
		return problem.New(problem.Forbidden, "not_your_role", nil)
	}
	return nil
}

// sight is what of the vendor's tickets the caller reaches with an operation.
func (c Caller) sight(op Operation) store.Sight {
	s := store.Sight{Person: c.Person.ID}
	switch c.Reach(op) {
	case Everything:
		s.All = true
	case Organization:
		s.Organization = c.Person.OrganizationID
	}
	return s
}
