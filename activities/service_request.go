package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
)

// ServiceRequests are the local activities of the ServiceRequest workflow.
type ServiceRequests struct {
	Store *store.Store
}

// ServiceRef names a service request and its vendor.
type ServiceRef struct{ Vendor, Service string }

// ServiceResult is the row after a commit, whatever its outcome.
type ServiceResult struct {
	Outcome ticket.Outcome
	Row     service.Snapshot
}

// LoadService reads the row and confirms every transition it shows: the workflow
// knows them now. NotFound is permanent.
func (a *ServiceRequests) LoadService(ctx context.Context, ref ServiceRef) (service.Snapshot, error) {
	id, vendor, err := a.parties(ctx, ref)
	if err != nil {
		return service.Snapshot{}, AsApplication(err)
	}
	var row store.ServiceRequest
	err = a.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		if row, err = tx.ServiceRequest(ctx, id); err != nil {
			return err
		}
		return tx.ConfirmService(ctx, id, row.Version)
	})
	return a.snapshot(ctx, vendor, row, err)
}

// snapshot is a row as its workflow may know it, by the pack it is pinned to.
func (a *ServiceRequests) snapshot(ctx context.Context, vendor store.Vendor, row store.ServiceRequest, err error) (service.Snapshot, error) {
	if err == nil {
		vendor, err = a.Store.Pinned(ctx, vendor, row.PolicyVersion)
	}
	return row.Snapshot(vendor.Settings), AsApplication(err)
}

// CommitService makes a decided transition in one transaction, once for its key,
// with what it means to the ticket. Stale and already applied are results, not
// errors.
func (a *ServiceRequests) CommitService(ctx context.Context, t service.Transition) (ServiceResult, error) {
	id, vendor, err := a.parties(ctx, ServiceRef{Vendor: t.Vendor, Service: t.Service})
	if err != nil {
		return ServiceResult{}, AsApplication(err)
	}
	ticketID, err := uuid.Parse(t.Ticket)
	if err != nil {
		return ServiceResult{}, AsApplication(fmt.Errorf("ticket id: %w", err))
	}
	outcome, row, err := a.Store.CommitService(ctx, vendor.ID, store.ServiceChange{
		Ticket: ticketID, Service: id, Key: t.Key, Expected: t.Expected, Action: string(t.Action), Human: t.Actor.Side != ticket.System,
		Apply: func(tx *store.Tx, of *store.Ticket, row *store.ServiceRequest, body json.RawMessage) error {
			pinned, err := tx.Pinned(ctx, vendor, row.PolicyVersion)
			if err != nil {
				return err
			}
			return applyService(ctx, tx, pinned, of, row, t, body)
		},
	})
	telemetry.Note(ctx, "service_request", row.Number)
	telemetry.Note(ctx, "outcome", string(outcome))
	snapshot, err := a.snapshot(ctx, vendor, row, err)
	return ServiceResult{Outcome: outcome, Row: snapshot}, err
}

func (a *ServiceRequests) parties(ctx context.Context, ref ServiceRef) (uuid.UUID, store.Vendor, error) {
	vendorID, err := uuid.Parse(ref.Vendor)
	if err != nil {
		return uuid.Nil, store.Vendor{}, fmt.Errorf("vendor id: %w", err)
	}
	id, err := uuid.Parse(ref.Service)
	if err != nil {
		return uuid.Nil, store.Vendor{}, fmt.Errorf("service request id: %w", err)
	}
	vendor, err := a.Store.Vendor(ctx, vendorID)
	return id, vendor, err
}
