package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/words"
)

func (s server) GetVendor(ctx context.Context, _ GetVendorRequestObject) (GetVendorResponseObject, error) {
	c, err := s.desk.Vendor(ctx)
	if err != nil {
		return nil, err
	}
	v, locale := c.Vendor.Settings, words.Match(c.Person.Locale)
	return GetVendor200JSONResponse{
		Name: c.Vendor.Name, Slug: c.Vendor.Slug, Locales: v.Locales, TimeZone: v.TimeZone, Paths: v.Paths,
		Types: choices(v.Types, locale, v), Severities: choices(v.Severities, locale, v), Reasons: choices(v.Reasons, locale, v),
	}, nil
}

func (s server) ListOrganizations(ctx context.Context, r ListOrganizationsRequestObject) (ListOrganizationsResponseObject, error) {
	list, next, err := s.desk.Organizations(ctx, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := OrganizationPage{Organizations: make([]Organization, len(list)), Next: unlessZero(next)}
	for i, o := range list {
		page.Organizations[i] = organization(o)
	}
	return ListOrganizations200JSONResponse(page), nil
}

func (s server) CreateOrganization(ctx context.Context, r CreateOrganizationRequestObject) (CreateOrganizationResponseObject, error) {
	o, err := s.desk.CreateOrganization(ctx, value(r.Params.IdempotencyKey), desk.OrganizationInput{
		Kind: string(r.Body.Kind), Name: r.Body.Name, ExternalID: r.Body.ExternalId, AccountManagerID: r.Body.AccountManagerId,
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

func (s server) ListContacts(ctx context.Context, r ListContactsRequestObject) (ListContactsResponseObject, error) {
	list, next, err := s.desk.Contacts(ctx, r.Params.OrganizationId, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListContacts200JSONResponse(people(list, next)), nil
}

func (s server) GetContact(ctx context.Context, r GetContactRequestObject) (GetContactResponseObject, error) {
	p, err := s.desk.Contact(ctx, r.Contact)
	if err != nil {
		return nil, err
	}
	return GetContact200JSONResponse(person(p)), nil
}

func (s server) CreateContact(ctx context.Context, r CreateContactRequestObject) (CreateContactResponseObject, error) {
	b := r.Body
	in := desk.PersonInput{
		OrganizationID: &b.OrganizationId, Name: b.Name, Email: b.Email, Locale: value(b.Locale),
		TimeZone: value(b.TimeZone), Authorized: b.Authorized == nil || *b.Authorized, SeesOrganization: value(b.SeesOrganization),
		Password: value(b.Password),
	}
	if value(b.SuperUser) {
		in.Roles = []string{string(desk.RoleSuperUser)}
	}
	p, err := s.desk.CreateContact(ctx, value(r.Params.IdempotencyKey), in)
	if err != nil {
		return nil, err
	}
	return CreateContact201JSONResponse(person(p)), nil
}

func (s server) ListStaff(ctx context.Context, r ListStaffRequestObject) (ListStaffResponseObject, error) {
	list, next, err := s.desk.Staff(ctx, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListStaff200JSONResponse(people(list, next)), nil
}

func (s server) CreateStaff(ctx context.Context, r CreateStaffRequestObject) (CreateStaffResponseObject, error) {
	b := r.Body
	in := desk.PersonInput{Name: b.Name, Email: b.Email, Locale: value(b.Locale), TimeZone: value(b.TimeZone), Password: value(b.Password)}
	for _, role := range b.Roles {
		in.Roles = append(in.Roles, string(role))
	}
	p, err := s.desk.CreateStaff(ctx, value(r.Params.IdempotencyKey), in)
	if err != nil {
		return nil, err
	}
	return CreateStaff201JSONResponse(person(p)), nil
}
