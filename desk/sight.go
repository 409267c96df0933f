package desk

import (
	"slices"

	"github.com/casepath/casepath/store"
)

// sight is what of the vendor's tickets the caller reaches with an operation.
func (c Caller) sight(op Operation) store.Sight {
	s := store.Sight{Person: c.Person.ID, Watched: slices.Contains(watched, op)}
	switch c.Reach(op) {
	case Everything:
		s.All = true
	case Organization:
		s.Organization = c.Person.OrganizationID
	}
	return s
}
