package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) ListOrganizations(ctx context.Context, r ListOrganizationsRequestObject) (ListOrganizationsResponseObject, error) {
	list, next, err := s.desk.Organizations(ctx, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListOrganizations200JSONResponse(organizations(list, next)), nil
}

func (s server) CreateOrganization(ctx context.Context, r CreateOrganizationRequestObject) (CreateOrganizationResponseObject, error) {
	o, err := s.desk.CreateOrganization(ctx, value(r.Params.IdempotencyKey), desk.OrganizationInput{
		Kind: string(r.Body.Kind), Name: r.Body.Name, ExternalID: r.Body.ExternalId, AccountManagerID: r.Body.AccountManagerId, TimeZone: r.Body.TimeZone,
	})
	if err != nil {
		return nil, err
	}
	return CreateOrganization201JSONResponse(organization(o)), nil
}

func (s server) GetOrganization(ctx context.Context, r GetOrganizationRequestObject) (GetOrganizationResponseObject, error) {
	o, err := s.desk.Organization(ctx, r.Organization)
	if err != nil {
		return nil, err
	}
	return GetOrganization200JSONResponse(organization(o)), nil
}

func (s server) LinkCustomer(ctx context.Context, r LinkCustomerRequestObject) (LinkCustomerResponseObject, error) {
	if err := s.desk.LinkCustomer(ctx, r.Organization, r.Body.CustomerId); err != nil {
		return nil, err
	}
	return LinkCustomer204Response{}, nil
}

func (s server) UpdateOrganization(ctx context.Context, r UpdateOrganizationRequestObject) (UpdateOrganizationResponseObject, error) {
	o, err := s.desk.UpdateOrganization(ctx, r.Organization, r.Body.Version, desk.OrganizationInput{
		Name: r.Body.Name, ExternalID: r.Body.ExternalId, AccountManagerID: r.Body.AccountManagerId, TimeZone: r.Body.TimeZone,
	})
	if err != nil {
		return nil, err
	}
	return UpdateOrganization200JSONResponse(organization(o)), nil
}

func (s server) ListCustomers(ctx context.Context, r ListCustomersRequestObject) (ListCustomersResponseObject, error) {
	list, next, err := s.desk.Customers(ctx, r.Organization, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListCustomers200JSONResponse(organizations(list, next)), nil
}

func (s server) UnlinkCustomer(ctx context.Context, r UnlinkCustomerRequestObject) (UnlinkCustomerResponseObject, error) {
	if err := s.desk.UnlinkCustomer(ctx, r.Organization, r.Customer); err != nil {
		return nil, err
	}
	return UnlinkCustomer204Response{}, nil
}

func organizations(list []store.Organization, next string) OrganizationPage {
	page := OrganizationPage{Organizations: make([]Organization, len(list)), Next: unlessZero(next)}
	for i, o := range list {
		page.Organizations[i] = organization(o)
	}
	return page
}

func organization(o store.Organization) Organization {
	return Organization{
		Id: o.ID, Version: o.Version, Kind: OrganizationKind(o.Kind), Name: o.Name, ExternalId: o.ExternalID,
		AccountManagerId: o.AccountManagerID, TimeZone: o.TimeZone, CreatedAt: o.CreatedAt,
	}
}
