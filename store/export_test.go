package store

import "github.com/google/uuid"

// Query is the statement of a list, for the test that looks at its plan.
func (f TicketFilter) Query(vendor uuid.UUID) (string, []any) { return f.query(vendor) }

// Query is the statement of a lookup.
func (f ArrivalFilter) Query(vendor uuid.UUID) (string, []any) { return f.query(vendor, false) }
