package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) SignIn(ctx context.Context, r SignInRequestObject) (SignInResponseObject, error) {
	session, err := s.desk.SignIn(ctx, r.Body.Vendor, r.Body.Email, r.Body.Password, value(r.Body.Code))
	if err != nil {
		return nil, err
	}
	return SignIn201JSONResponse(sessionView(session)), nil
}

func (s server) SignOut(ctx context.Context, _ SignOutRequestObject) (SignOutResponseObject, error) {
	if err := s.desk.SignOut(ctx); err != nil {
		return nil, err
	}
	return SignOut204Response{}, nil
}

func (s server) RequestPasswordReset(ctx context.Context, r RequestPasswordResetRequestObject) (RequestPasswordResetResponseObject, error) {
	if err := s.desk.RequestReset(ctx, r.Body.Vendor, r.Body.Email); err != nil {
		return nil, err
	}
	return RequestPasswordReset202Response{}, nil
}

func (s server) ChoosePassword(ctx context.Context, r ChoosePasswordRequestObject) (ChoosePasswordResponseObject, error) {
	if _, err := s.desk.ChoosePassword(ctx, r.Body.Link, r.Body.Password); err != nil {
		return nil, err
	}
	return ChoosePassword204Response{}, nil
}

func (s server) GetMe(ctx context.Context, _ GetMeRequestObject) (GetMeResponseObject, error) {
	c, err := s.desk.Me(ctx)
	if err != nil {
		return nil, err
	}
	return GetMe200JSONResponse(me(c)), nil
}

func (s server) UpdateMe(ctx context.Context, r UpdateMeRequestObject) (UpdateMeResponseObject, error) {
	c, err := s.desk.UpdateMe(ctx, r.Body.Version, desk.Profile{
		Name: r.Body.Name, Locale: r.Body.Locale, TimeZone: r.Body.TimeZone, Theme: string(r.Body.Theme), SingleKeys: r.Body.SingleKeys,
		AbsentUntil: r.Body.AbsentUntil,
	})
	if err != nil {
		return nil, err
	}
	return UpdateMe200JSONResponse(me(c)), nil
}

func (s server) ChangePassword(ctx context.Context, r ChangePasswordRequestObject) (ChangePasswordResponseObject, error) {
	session, err := s.desk.ChangePassword(ctx, r.Body.Current, r.Body.Password, value(r.Body.Code))
	if err != nil {
		return nil, err
	}
	return ChangePassword200JSONResponse(sessionView(session)), nil
}

func (s server) StartSecondFactor(ctx context.Context, r StartSecondFactorRequestObject) (StartSecondFactorResponseObject, error) {
	f, err := s.desk.StartSecondFactor(ctx, r.Body.Password)
	if err != nil {
		return nil, err
	}
	return StartSecondFactor201JSONResponse{Secret: f.Secret, Uri: f.URI}, nil
}

func (s server) ConfirmSecondFactor(ctx context.Context, r ConfirmSecondFactorRequestObject) (ConfirmSecondFactorResponseObject, error) {
	session, codes, err := s.desk.ConfirmSecondFactor(ctx, r.Body.Code)
	if err != nil {
		return nil, err
	}
	return ConfirmSecondFactor200JSONResponse{Session: sessionView(session), RecoveryCodes: codes}, nil
}

func (s server) RemoveSecondFactor(ctx context.Context, r RemoveSecondFactorRequestObject) (RemoveSecondFactorResponseObject, error) {
	if err := s.desk.RemoveSecondFactor(ctx, r.Body.Password, r.Body.Code); err != nil {
		return nil, err
	}
	return RemoveSecondFactor204Response{}, nil
}

func (s server) NewRecoveryCodes(ctx context.Context, r NewRecoveryCodesRequestObject) (NewRecoveryCodesResponseObject, error) {
	codes, err := s.desk.NewRecoveryCodes(ctx, r.Body.Password, r.Body.Code)
	if err != nil {
		return nil, err
	}
	return NewRecoveryCodes201JSONResponse{RecoveryCodes: codes}, nil
}

func (s server) ListBearers(ctx context.Context, _ ListBearersRequestObject) (ListBearersResponseObject, error) {
	list, err := s.desk.Bearers(ctx)
	if err != nil {
		return nil, err
	}
	views := BearerList{Bearers: make([]Bearer, len(list))}
	for i, b := range list {
		views.Bearers[i] = bearer(ctx, b)
	}
	return ListBearers200JSONResponse(views), nil
}

func (s server) RevokeBearer(ctx context.Context, r RevokeBearerRequestObject) (RevokeBearerResponseObject, error) {
	if err := s.desk.Revoke(ctx, r.Bearer); err != nil {
		return nil, err
	}
	return RevokeBearer204Response{}, nil
}

func (s server) RevokeOtherSessions(ctx context.Context, _ RevokeOtherSessionsRequestObject) (RevokeOtherSessionsResponseObject, error) {
	if err := s.desk.RevokeOthers(ctx); err != nil {
		return nil, err
	}
	return RevokeOtherSessions204Response{}, nil
}

func (s server) CreateToken(ctx context.Context, r CreateTokenRequestObject) (CreateTokenResponseObject, error) {
	secret, b, err := s.desk.CreateOwnToken(ctx, desk.TokenInput{Name: r.Body.Name, Scope: string(r.Body.Scope), Days: r.Body.Days})
	if err != nil {
		return nil, err
	}
	return CreateToken201JSONResponse{Token: secret, Bearer: bearer(ctx, b)}, nil
}

func (s server) EndContactSessions(ctx context.Context, r EndContactSessionsRequestObject) (EndContactSessionsResponseObject, error) {
	if err := s.desk.EndContactSessions(ctx, r.Contact); err != nil {
		return nil, err
	}
	return EndContactSessions204Response{}, nil
}

func (s server) EndStaffSessions(ctx context.Context, r EndStaffSessionsRequestObject) (EndStaffSessionsResponseObject, error) {
	if err := s.desk.EndStaffSessions(ctx, r.Person); err != nil {
		return nil, err
	}
	return EndStaffSessions204Response{}, nil
}

func sessionView(s desk.Session) Session {
	return Session{Token: s.Secret, ExpiresAt: s.ExpiresAt, Me: me(s.Caller)}
}

func me(c desk.Caller) Me {
	p := c.Person
	return Me{
		Id: p.ID, Version: p.Version, Name: p.Name, Email: p.Email, Locale: p.Locale, TimeZone: p.TimeZone, Theme: Theme(p.Theme),
		SingleKeys: p.SingleKeys, SecondFactor: p.SecondFactor, Roles: c.Roles(), OrganizationId: p.OrganizationID, Vendor: c.Vendor.Slug,
		AbsentUntil: p.AbsentUntil,
	}
}

func bearer(ctx context.Context, b store.Bearer) Bearer {
	caller, _ := desk.CallerFrom(ctx)
	name, system := desk.Browser(b.UserAgent)
	return Bearer{
		Id: b.ID, Kind: BearerKind(b.Kind), Name: unlessZero(b.Name), Scope: Scope(b.Scope), CreatedAt: b.CreatedAt, ExpiresAt: b.ExpiresAt,
		LastUsedAt: b.LastUsedAt, Ip: unlessZero(b.IP), Browser: unlessZero(name), System: unlessZero(system), Current: b.ID == caller.Bearer,
	}
}
