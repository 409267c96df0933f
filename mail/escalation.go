package mail

import "time"

// The kinds about an escalation, which Escalation says; URL is its page. It may
// concern no ticket.
const (
	// EscalationTold tells whose turn it is of a complaint, to be acknowledged by Due; Text is the complaint.
	EscalationTold Kind = "escalation_told"
	// EscalationReceived tells the customer that their complaint is registered; Rung is whose turn it is, Due when that one is told,
	// Text what they have written.
	EscalationReceived Kind = "escalation_received"
	// EscalationEnded tells the customer how it ended, and what happened on the way; or, with Escalation.Told, who was told of
	// it that it was withdrawn. Text is why.
	EscalationEnded Kind = "escalation_ended"
)

// Escalation is what a mail says about an escalation.
type Escalation struct {
	Number string
	// Rung is whose turn it is, Customer who complains, Ticket what it is about; "" for none.
	Rung     string `json:",omitempty"`
	Customer string `json:",omitempty"`
	Ticket   string `json:",omitempty"`
	// Clock is the promise whose breach has pulled it; "": a complaint.
	Clock string `json:",omitempty"`
	// Ending is resolved or withdrawn; "" before.
	Ending string `json:",omitempty"`
	// Told says that the reader is of the vendor, and was told that it is their turn.
	Told bool `json:",omitempty"`
	// Steps are what happened, in order.
	Steps []EscalationStep `json:",omitempty"`
}

// EscalationStep is one thing that happened: Kind is opened, told, nobody_told,
// passed, acknowledged, held, resumed, resolved or withdrawn; Rung is whose turn it was.
type EscalationStep struct {
	Kind, Rung string
	Name       string `json:",omitempty"` // who did it
	At         time.Time
}

// complaint is what the templates see of an escalation.
type complaint struct {
	Number, Rung, Customer, Ticket, Clock, Ending string
	Told                                          bool
	Steps                                         []complaintStep
}

type complaintStep struct{ Kind, Rung, Name, At string }

func newComplaint(n Notice, loc *locale) (c complaint) {
	e := n.Escalation
	if e == nil {
		return c
	}
	c = complaint{
		Number: oneLine(e.Number, maxName),
		Rung:   oneLine(e.Rung, maxName), Customer: oneLine(e.Customer, maxName), Ticket: oneLine(e.Ticket, maxName), Clock: e.Clock, Ending: e.Ending, Told: e.Told,
	}
	in := zone(n.TimeZone)
	for _, s := range e.Steps {
		c.Steps = append(c.Steps, complaintStep{s.Kind, oneLine(s.Rung, maxName), oneLine(s.Name, maxName), dateIn(&s.At, in, loc)})
	}
	return c
}
