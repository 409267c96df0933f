package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) ListOwnSignOns(ctx context.Context, _ ListOwnSignOnsRequestObject) (ListOwnSignOnsResponseObject, error) {
	list, err := s.desk.OwnSignOns(ctx)
	if err != nil {
		return nil, err
	}
	views := SignOnList{SignOns: make([]SignOn, len(list))}
	for i, c := range list {
		views.SignOns[i] = SignOn{Id: c.ID, Name: c.Name, Linked: c.Linked}
	}
	return ListOwnSignOns200JSONResponse(views), nil
}

func (s server) UnlinkSignOn(ctx context.Context, r UnlinkSignOnRequestObject) (UnlinkSignOnResponseObject, error) {
	if err := s.desk.UnlinkSignOn(ctx, r.Provider); err != nil {
		return nil, err
	}
	return UnlinkSignOn204Response{}, nil
}

func (s server) ListSignOnProviders(ctx context.Context, _ ListSignOnProvidersRequestObject) (ListSignOnProvidersResponseObject, error) {
	list, err := s.desk.Providers(ctx)
	if err != nil {
		return nil, err
	}
	views := ProviderList{Providers: make([]Provider, len(list))}
	for i, p := range list {
		views.Providers[i] = provider(p)
	}
	return ListSignOnProviders200JSONResponse(views), nil
}

func (s server) CreateSignOnProvider(ctx context.Context, r CreateSignOnProviderRequestObject) (CreateSignOnProviderResponseObject, error) {
	p, err := s.desk.CreateProvider(ctx, value(r.Params.IdempotencyKey), desk.ProviderInput{
		Name: r.Body.Name, Issuer: r.Body.Issuer, ClientID: r.Body.ClientId, ClientSecret: r.Body.ClientSecret,
		Active: r.Body.Active == nil || *r.Body.Active,
	})
	if err != nil {
		return nil, err
	}
	return CreateSignOnProvider201JSONResponse(provider(p)), nil
}

func (s server) UpdateSignOnProvider(ctx context.Context, r UpdateSignOnProviderRequestObject) (UpdateSignOnProviderResponseObject, error) {
	p, err := s.desk.UpdateProvider(ctx, r.Provider, r.Body.Version, desk.ProviderInput{
		Name: r.Body.Name, Issuer: r.Body.Issuer, ClientID: r.Body.ClientId, ClientSecret: value(r.Body.ClientSecret), Active: r.Body.Active,
	})
	if err != nil {
		return nil, err
	}
	return UpdateSignOnProvider200JSONResponse(provider(p)), nil
}

func provider(p store.Provider) Provider {
	return Provider{
		Id: p.ID, Version: p.Version, Name: p.Name, Issuer: p.Issuer, ClientId: p.ClientID, Active: p.Active, CreatedAt: p.CreatedAt,
	}
}
