package web

import (
	"slices"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// Rights are what a person may do, in words, what matters most first. Limits
// of approval are for staff to read.
func (p *page) Rights(who store.Person) (list []string) {
	if who.OrganizationID == nil {
		return p.RoleNames(who.Roles)
	}
	if who.Authorized {
		list = append(list, p.T("right_registers"))
	} else {
		list = append(list, p.T("right_registers_not"))
	}
	if who.SeesOrganization {
		list = append(list, p.T("right_sees"))
	}
	for _, role := range desk.ContactRoles {
		switch {
		case !slices.Contains(who.Roles, string(role)):
		case role == desk.RoleApprover && p.Staff():
			list = append(list, p.approval(who))
		default:
			list = append(list, p.T("role_"+string(role)))
		}
	}
	return list
}

// approval is what somebody may approve.
func (p *page) approval(who store.Person) string {
	if who.ApprovalLimit == nil {
		return p.T("right_approves")
	}
	return p.T("right_approves_to", "amount", amountOf(*who.ApprovalLimit, who.ApprovalCurrency, p.Request.locale))
}

// RoleNames are roles in words.
func (p *page) RoleNames(roles []string) (list []string) {
	for _, role := range slices.Concat(desk.ContactRoles, desk.StaffRoles) {
		if slices.Contains(roles, string(role)) {
			list = append(list, p.T("role_"+string(role)))
		}
	}
	return list
}

// admission is how somebody gets in, with the instant that belongs to it and the
// name of its looks.
type admission struct {
	Words, Look string
	At          *time.Time
}

// AccessOf is whether and how a person gets in now. Whether they have chosen a
// password is for staff to read.
func (p *page) AccessOf(who store.Person) admission {
	switch {
	case !who.Active:
		return admission{Words: "access_ended", Look: "closed"}
	case p.Staff() && !who.HasCome && who.InvitedAt != nil:
		return admission{"access_invited", "others", who.InvitedAt}
	case p.Staff() && !who.HasCome:
		return admission{Words: "access_none_yet", Look: "others"}
	case who.AbsentUntil != nil && !p.Past(who.AbsentUntil):
		return admission{"access_absent", "others", who.AbsentUntil}
	}
	return admission{Words: "access_active", Look: "done"}
}

// RoleHint says what a contact's role is there for; "" for a role of staff.
func (p *page) RoleHint(role desk.Role) string {
	if slices.Contains(desk.ContactRoles, role) {
		return p.T("role_hint_" + string(role))
	}
	return ""
}

// HereIn names the reader's zone.
func (p *page) HereIn() string { return city(p.Request.location()) }

// Locales are the languages the pages speak.
func (p *page) Locales() []string { return words.Locales }
