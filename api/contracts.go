package api

import (
	"context"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/desk"
)

func (s server) ListContracts(ctx context.Context, r ListContractsRequestObject) (ListContractsResponseObject, error) {
	list, next, err := s.desk.Contracts(ctx, r.Organization, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := ContractPage{Contracts: make([]Contract, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Contracts[i] = contractOf(v)
	}
	return ListContracts200JSONResponse(page), nil
}

func (s server) GetContract(ctx context.Context, r GetContractRequestObject) (GetContractResponseObject, error) {
	v, err := s.desk.Contract(ctx, r.Contract)
	if err != nil {
		return nil, err
	}
	return GetContract200JSONResponse(contractOf(v)), nil
}

func (s server) CreateContract(ctx context.Context, r CreateContractRequestObject) (CreateContractResponseObject, error) {
	v, err := s.desk.CreateContract(ctx, value(r.Params.IdempotencyKey), r.Organization, desk.ContractInput{
		Plan: r.Body.Plan, Reference: r.Body.Reference, From: r.Body.From.Time, Until: dateIn(r.Body.Until),
		WarrantyUntil: dateIn(r.Body.WarrantyUntil), Overrides: value(r.Body.Overrides),
	})
	if err != nil {
		return nil, err
	}
	return CreateContract201JSONResponse(contractOf(v)), nil
}

func (s server) UpdateContract(ctx context.Context, r UpdateContractRequestObject) (UpdateContractResponseObject, error) {
	v, err := s.desk.UpdateContract(ctx, r.Contract, r.Body.Version, contractInput(*r.Body))
	if err != nil {
		return nil, err
	}
	return UpdateContract200JSONResponse(contractOf(v)), nil
}

func (s server) PreviewContract(ctx context.Context, r PreviewContractRequestObject) (PreviewContractResponseObject, error) {
	p, err := s.desk.PreviewContract(ctx, r.Contract, r.Body.Version, contractInput(*r.Body), value(r.Params.After))
	if err != nil {
		return nil, err
	}
	page := ContractPreview{Tickets: make([]MovedTicket, len(p.Moves)), Next: unlessZero(p.Next)}
	for i, m := range p.Moves {
		page.Tickets[i] = MovedTicket{Number: m.Number, Deadlines: make([]MovedDeadline, len(m.Clocks))}
		for j, k := range m.Clocks {
			page.Tickets[i].Deadlines[j] = MovedDeadline{Clock: MovedDeadlineClock(k.Clock), Was: k.Was, Is: k.Is}
		}
	}
	return PreviewContract200JSONResponse(page), nil
}

func contractInput(in ContractUpdate) desk.ContractInput {
	return desk.ContractInput{
		Plan: in.Plan, Reference: in.Reference, From: in.From.Time, Until: dateIn(in.Until), WarrantyUntil: dateIn(in.WarrantyUntil),
		Overrides: value(in.Overrides),
	}
}

func contractOf(v desk.ContractView) Contract {
	return Contract{
		Id: v.ID, Version: v.Version, OrganizationId: v.OrganizationID, Plan: v.Plan, Reference: v.Reference, From: openapi_types.Date{Time: v.FromOn},
		Until: dateOut(v.UntilOn), WarrantyUntil: dateOut(v.WarrantyUntil), Overrides: v.Overrides, CreatedAt: v.CreatedAt,
	}
}

func dateIn(on *openapi_types.Date) *time.Time {
	if on == nil {
		return nil
	}
	return &on.Time
}

func dateOut(on *time.Time) *openapi_types.Date {
	if on == nil {
		return nil
	}
	return &openapi_types.Date{Time: *on}
}
