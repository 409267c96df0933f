package desk

import (
	"slices"

	"github.com/casepath/casepath/problem"
)

// Reach is how far the caller may go with an operation: the farthest of their
// roles. A contact who may see the organization's tickets reaches as far as a
// super-user does. With a token that may only read, nobody reaches a write.
func (c Caller) Reach(op Operation) Reach {
	reach := Nothing
	switch {
	case c.unchecked:
		return Everything
	case c.barred(op):
		return reach
	case c.tracker:
		return trackerReach(op)
	}
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
	return slices.Contains(ContactRoles, role) && slices.Contains(c.Person.Roles, string(role))
}

// barred says whether the caller's token keeps them from an operation.
func (c Caller) barred(op Operation) bool { return c.ReadOnly && !slices.Contains(Reads, op) }

// allow refuses an operation that is not the caller's at all. Where the path
// names an object, the object comes first: what is out of sight is NotFound,
// whatever the caller's role.
func (c Caller) allow(op Operation) error {
	if c.barred(op) {
		return problem.New(problem.Forbidden, "token_reads_only", nil)
	}
	if c.Reach(op) == Nothing {
		return problem.New(problem.Forbidden, "not_your_role", nil)
	}
	return nil
}
