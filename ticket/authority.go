package ticket

import (
	"slices"
	"time"
)

// ForAccessAuthority is the wait for the customer to allow that staff enter a
// system of theirs.
const ForAccessAuthority Waiting = "access_authority"

// What may be done in a customer's system under an access authority.
const (
	ScopeReadOnly      = "read_only"
	ScopeConfiguration = "configuration"
	ScopeDataChange    = "data_change"
)

// Scopes lists them, the narrowest first.
var Scopes = []string{ScopeReadOnly, ScopeConfiguration, ScopeDataChange}

// Covers says whether an authority for these scopes allows what needs scope:
// one that is among them; and whoever may change anything may look.
func Covers(granted []string, scope string) bool {
	return slices.Contains(granted, scope) || scope == ScopeReadOnly && len(granted) > 0
}

// AuthorityStanding is what an access authority is worth at an instant.
type AuthorityStanding string

// Where an access authority may stand.
const (
	AuthorityAsked    AuthorityStanding = "asked"    // to be answered
	AuthorityLapsed   AuthorityStanding = "lapsed"   // asked, not answered, and no longer wanted
	AuthorityValid    AuthorityStanding = "valid"    // completed and good
	AuthorityExpired  AuthorityStanding = "expired"  // completed, and its time is over
	AuthorityDeclined AuthorityStanding = "declined" // the customer said no
	AuthorityRevoked  AuthorityStanding = "revoked"  // taken back
)

// AuthorityStands judges an authority by its state (asked, completed, declined or
// revoked) and the last instant it is asked for or good.
func AuthorityStands(state string, until, at time.Time) AuthorityStanding {
	over := at.After(until)
	switch {
	case state == "completed" && over:
		return AuthorityExpired
	case state == "completed":
		return AuthorityValid
	case state == "asked" && over:
		return AuthorityLapsed
	}
	return AuthorityStanding(state)
}
