package ticket

import "time"

// RequestState is where a request stands before, or without, a ticket.
type RequestState string

// The states of a request (product section 1).
const (
	WithSuperUser    RequestState = "with_super_user" // the organization's super-user answers or forwards it
	Incomplete       RequestState = "incomplete"      // something is missing: nothing is registered, no clock runs
	Refused          RequestState = "refused"
	RegisteredAs     RequestState = "registered" // it has a ticket
	Expired          RequestState = "expired"    // it stayed incomplete for too long
	RequestWithdrawn RequestState = "withdrawn"  // taken back, or answered by the super-user
)

// Open says whether something can still come of it.
func (s RequestState) Open() bool { return s == WithSuperUser || s == Incomplete }

// What happens to a request by itself.
const (
	RequestRemind  = "remind"  // of what is missing
	RequestExpire  = "expire"  // it stayed incomplete
	RequestForward = "forward" // the super-user did not answer in time
)

// RequestStep is what happens to a request by itself next; no action: nothing
// does any more.
type RequestStep struct {
	Action string
	At     time.Time
}
