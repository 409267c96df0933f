package api

import (
	"context"

	"github.com/casepath/casepath/desk"
)

func (s server) AskForAccess(ctx context.Context, r AskForAccessRequestObject) (AskForAccessResponseObject, error) {
	err := s.desk.AskForAccess(ctx, r.Body.Vendor, desk.AccessInput{
		Name: r.Body.Name, Email: r.Body.Email, Organization: r.Body.Organization, Message: value(r.Body.Message), Locale: value(r.Body.Locale),
	})
	if err != nil {
		return nil, err
	}
	return AskForAccess202Response{}, nil
}

func (s server) ReplyAccess(ctx context.Context, r ReplyAccessRequestObject) (ReplyAccessResponseObject, error) {
	if err := s.desk.ReplyAccess(ctx, r.Body.Secret, r.Body.Text); err != nil {
		return nil, err
	}
	return ReplyAccess204Response{}, nil
}

func (s server) ListAccessRequests(ctx context.Context, r ListAccessRequestsRequestObject) (ListAccessRequestsResponseObject, error) {
	list, next, err := s.desk.AccessRequests(ctx, value(r.Params.All), value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := AccessRequestPage{AccessRequests: make([]AccessRequest, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.AccessRequests[i] = accessRequest(v)
	}
	return ListAccessRequests200JSONResponse(page), nil
}

func (s server) GetAccessRequest(ctx context.Context, r GetAccessRequestRequestObject) (GetAccessRequestResponseObject, error) {
	v, err := s.desk.AccessRequest(ctx, r.Access)
	if err != nil {
		return nil, err
	}
	return GetAccessRequest200JSONResponse(accessRequest(v)), nil
}

func (s server) AskBack(ctx context.Context, r AskBackRequestObject) (AskBackResponseObject, error) {
	v, err := s.desk.AskBack(ctx, r.Access, r.Body.Version, r.Body.Question)
	if err != nil {
		return nil, err
	}
	return AskBack200JSONResponse(accessRequest(v)), nil
}

func (s server) GrantAccess(ctx context.Context, r GrantAccessRequestObject) (GrantAccessResponseObject, error) {
	b := r.Body
	v, err := s.desk.GrantAccess(ctx, r.Access, b.Version, desk.PersonInput{
		OrganizationID: &b.OrganizationId, Name: value(b.Name), Locale: value(b.Locale), TimeZone: value(b.TimeZone), Roles: value(b.Roles),
		Authorized: b.Authorized == nil || *b.Authorized, SeesOrganization: value(b.SeesOrganization),
	})
	if err != nil {
		return nil, err
	}
	return GrantAccess200JSONResponse(accessRequest(v)), nil
}

func (s server) DeclineAccess(ctx context.Context, r DeclineAccessRequestObject) (DeclineAccessResponseObject, error) {
	v, err := s.desk.DeclineAccess(ctx, r.Access, r.Body.Version, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return DeclineAccess200JSONResponse(accessRequest(v)), nil
}

func accessRequest(v desk.AccessRequestView) AccessRequest {
	view := AccessRequest{
		Id: v.ID, Version: v.Version, Name: v.Name, Email: v.Email, Organization: v.Organization, OrganizationId: v.OrganizationID,
		ManagerId: v.ManagerID, Message: unlessZero(v.Message), Locale: v.Locale, State: AccessRequestState(v.State), PersonId: v.PersonID,
		Reason: unlessZero(v.Reason), CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
	if len(v.Messages) == 0 {
		return view
	}
	messages := make([]AccessMessage, len(v.Messages))
	for i, m := range v.Messages {
		messages[i] = AccessMessage{Text: m.Body, At: m.At}
		if m.AuthorID != nil {
			messages[i].Author = &Named{Id: *m.AuthorID, Name: value(m.AuthorName)}
		}
	}
	view.Messages = &messages
	return view
}
