package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

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
		TimeZone: value(b.TimeZone), Roles: value(b.Roles), Authorized: b.Authorized == nil || *b.Authorized,
		SeesOrganization: value(b.SeesOrganization), ApprovalLimit: b.ApprovalLimit, ApprovalCurrency: value(b.ApprovalCurrency),
		DelegateID: b.DelegateId, Password: value(b.Password),
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
	in := desk.PersonInput{
		Name: b.Name, Email: b.Email, Locale: value(b.Locale), TimeZone: value(b.TimeZone), Roles: b.Roles, Password: value(b.Password),
	}
	p, err := s.desk.CreateStaff(ctx, value(r.Params.IdempotencyKey), in)
	if err != nil {
		return nil, err
	}
	return CreateStaff201JSONResponse(person(p)), nil
}

func (s server) UpdateContact(ctx context.Context, r UpdateContactRequestObject) (UpdateContactResponseObject, error) {
	b := r.Body
	p, err := s.desk.UpdateContact(ctx, r.Contact, desk.PersonUpdate{Version: b.Version, Active: b.Active, PersonInput: desk.PersonInput{
		Name: b.Name, Email: b.Email, Locale: b.Locale, TimeZone: b.TimeZone, Roles: b.Roles, Authorized: b.Authorized,
		SeesOrganization: b.SeesOrganization, ApprovalLimit: b.ApprovalLimit, ApprovalCurrency: value(b.ApprovalCurrency),
		DelegateID: b.DelegateId, AbsentUntil: b.AbsentUntil,
	}})
	if err != nil {
		return nil, err
	}
	return UpdateContact200JSONResponse(person(p)), nil
}

func (s server) GetStaff(ctx context.Context, r GetStaffRequestObject) (GetStaffResponseObject, error) {
	p, err := s.desk.StaffMember(ctx, r.Person)
	if err != nil {
		return nil, err
	}
	return GetStaff200JSONResponse(person(p)), nil
}

func (s server) UpdateStaff(ctx context.Context, r UpdateStaffRequestObject) (UpdateStaffResponseObject, error) {
	b := r.Body
	p, err := s.desk.UpdateStaff(ctx, r.Person, desk.PersonUpdate{Version: b.Version, Active: b.Active, PersonInput: desk.PersonInput{
		Name: b.Name, Email: b.Email, Locale: b.Locale, TimeZone: b.TimeZone, Roles: b.Roles, AbsentUntil: b.AbsentUntil,
	}})
	if err != nil {
		return nil, err
	}
	return UpdateStaff200JSONResponse(person(p)), nil
}

func (s server) InviteContact(ctx context.Context, r InviteContactRequestObject) (InviteContactResponseObject, error) {
	p, err := s.desk.InviteContact(ctx, value(r.Params.IdempotencyKey), r.Contact)
	if err != nil {
		return nil, err
	}
	return InviteContact200JSONResponse(person(p)), nil
}

func (s server) InviteStaff(ctx context.Context, r InviteStaffRequestObject) (InviteStaffResponseObject, error) {
	p, err := s.desk.InviteStaff(ctx, value(r.Params.IdempotencyKey), r.Person)
	if err != nil {
		return nil, err
	}
	return InviteStaff200JSONResponse(person(p)), nil
}

func (s server) ResetContactSecondFactor(ctx context.Context, r ResetContactSecondFactorRequestObject) (ResetContactSecondFactorResponseObject, error) {
	if err := s.desk.ResetContactSecondFactor(ctx, r.Contact); err != nil {
		return nil, err
	}
	return ResetContactSecondFactor204Response{}, nil
}

func (s server) ResetStaffSecondFactor(ctx context.Context, r ResetStaffSecondFactorRequestObject) (ResetStaffSecondFactorResponseObject, error) {
	if err := s.desk.ResetStaffSecondFactor(ctx, r.Person); err != nil {
		return nil, err
	}
	return ResetStaffSecondFactor204Response{}, nil
}

func people(list []store.Person, next string) PersonPage {
	page := PersonPage{People: make([]Person, len(list)), Next: unlessZero(next)}
	for i, p := range list {
		page.People[i] = person(p)
	}
	return page
}

func person(p store.Person) Person {
	view := Person{
		Id: p.ID, Version: p.Version, OrganizationId: p.OrganizationID, Name: p.Name, Email: p.Email, Locale: p.Locale, TimeZone: p.TimeZone,
		Roles: p.Roles, Active: p.Active, AbsentUntil: p.AbsentUntil, ApprovalLimit: p.ApprovalLimit, ApprovalCurrency: unlessZero(p.ApprovalCurrency),
		DelegateId: p.DelegateID, InvitedAt: p.InvitedAt, PasswordSet: unlessZero(p.PasswordHash != ""),
	}
	if p.OrganizationID != nil {
		view.Authorized, view.SeesOrganization = &p.Authorized, &p.SeesOrganization
	}
	if len(p.Teams) > 0 {
		teams := make([]Named, len(p.Teams))
		for i, t := range p.Teams {
			teams[i] = Named{Id: t.ID, Name: t.Name}
		}
		view.Teams = &teams
	}
	return view
}
