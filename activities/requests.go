package activities

import (
	"context"
	"time"

	"github.com/casepath/casepath/ticket"
)

// Registrar does what comes to a request by itself: package desk's Desk.
type Registrar interface {
	NextOfRequest(ctx context.Context, vendor, request string) (ticket.RequestStep, error)
	ReachRequest(ctx context.Context, vendor, request string, step ticket.RequestStep, at time.Time) error
}

// Requests are the local activities of the Request workflow.
type Requests struct {
	Registrar Registrar
}

// RequestRef names a request and its vendor.
type RequestRef struct{ Vendor, Request string }

// ReachedStep is a step of a request and the instant at which it came.
type ReachedStep struct {
	RequestRef
	Step ticket.RequestStep
	At   time.Time
}

// LookAtRequest reads what happens to a request by itself next.
func (a *Requests) LookAtRequest(ctx context.Context, ref RequestRef) (ticket.RequestStep, error) {
	step, err := a.Registrar.NextOfRequest(ctx, ref.Vendor, ref.Request)
	return step, AsApplication(err)
}

// ReachRequest does it; repeated, or late, it does nothing twice.
func (a *Requests) ReachRequest(ctx context.Context, r ReachedStep) error {
	return AsApplication(a.Registrar.ReachRequest(ctx, r.Vendor, r.Request, r.Step, r.At))
}
