package ticket

// Outcome is what committing a transition found.
type Outcome string

// The outcomes of a commit.
const (
	Applied        Outcome = "applied"
	AlreadyApplied Outcome = "already_applied" // the key was used: nothing changed now
	Stale          Outcome = "stale"           // the row has moved on: decide again on what it is
)
