package api

import (
	"context"

	"github.com/casepath/casepath/words"
)

func (s server) SignIn(ctx context.Context, r SignInRequestObject) (SignInResponseObject, error) {
	session, err := s.desk.SignIn(ctx, r.Body.Vendor, r.Body.Email, r.Body.Password)
	if err != nil {
		return nil, err
	}
	return SignIn201JSONResponse{Token: session.Secret, ExpiresAt: session.ExpiresAt, Me: me(session.Caller)}, nil
}

func (s server) SignOut(ctx context.Context, _ SignOutRequestObject) (SignOutResponseObject, error) {
	if err := s.desk.SignOut(ctx); err != nil {
		return nil, err
	}
	return SignOut204Response{}, nil
}

func (s server) GetMe(ctx context.Context, _ GetMeRequestObject) (GetMeResponseObject, error) {
	c, err := s.desk.Me(ctx)
	if err != nil {
		return nil, err
	}
	return GetMe200JSONResponse(me(c)), nil
}

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
