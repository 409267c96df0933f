package api

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

func (s server) ListAuthorities(ctx context.Context, r ListAuthoritiesRequestObject) (ListAuthoritiesResponseObject, error) {
	v, err := s.desk.Authorities(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	all := AuthorityList{Authorities: make([]Authority, len(v.List))}
	for i, v := range v.List {
		all.Authorities[i] = authority(v)
	}
	return ListAuthorities200JSONResponse(all), nil
}

func (s server) AskAuthority(ctx context.Context, r AskAuthorityRequestObject) (AskAuthorityResponseObject, error) {
	v, err := s.desk.AskAuthority(ctx, value(r.Params.IdempotencyKey), r.Ticket, desk.AuthorityInput{
		System: r.Body.System, Scopes: codes(r.Body.Scopes), ScopeText: value(r.Body.ScopeText), Reason: r.Body.Reason, Until: r.Body.Until,
	})
	if err != nil {
		return nil, err
	}
	return AskAuthority201JSONResponse{AuthorityAnswerJSONResponse(authority(v))}, nil
}

func (s server) GetAuthority(ctx context.Context, r GetAuthorityRequestObject) (GetAuthorityResponseObject, error) {
	v, err := s.desk.Authority(ctx, r.Ticket, r.Authority)
	if err != nil {
		return nil, err
	}
	return GetAuthority200JSONResponse{AuthorityAnswerJSONResponse(authority(v))}, nil
}

func (s server) PrintAuthority(ctx context.Context, r PrintAuthorityRequestObject) (PrintAuthorityResponseObject, error) {
	caller, _ := desk.CallerFrom(ctx)
	name, pdf, err := s.desk.PrintAuthority(ctx, r.Ticket, r.Authority, words.Match(caller.Person.Locale))
	if err != nil {
		return nil, err
	}
	return printed{download{name: name, size: int64(len(pdf)), content: io.NopCloser(bytes.NewReader(pdf))}}, nil
}

// printed is a file drawn for whoever asks: saved, never shown in place.
type printed struct{ download }

// VisitPrintAuthorityResponse writes the file.
func (p printed) VisitPrintAuthorityResponse(w http.ResponseWriter) error {
	return p.VisitDownloadFileResponse(w)
}

func (s server) CompleteAuthority(ctx context.Context, r CompleteAuthorityRequestObject) (CompleteAuthorityResponseObject, error) {
	b := r.Body
	v, err := s.desk.CompleteAuthority(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Authority, desk.AuthorityAnswer{
		Version: b.Version, Channel: "api", Scopes: codes(b.Scopes), ScopeText: value(b.ScopeText), Until: b.Until,
		Basis: value(b.Basis), Name: b.Name, Confirmed: b.Confirmed,
	})
	if err != nil {
		return nil, err
	}
	return CompleteAuthority200JSONResponse{AuthorityAnswerJSONResponse(authority(v))}, nil
}

func (s server) DeclineAuthority(ctx context.Context, r DeclineAuthorityRequestObject) (DeclineAuthorityResponseObject, error) {
	v, err := s.desk.DeclineAuthority(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Authority, reasoned(r.Body))
	if err != nil {
		return nil, err
	}
	return DeclineAuthority200JSONResponse{AuthorityAnswerJSONResponse(authority(v))}, nil
}

func (s server) RevokeAuthority(ctx context.Context, r RevokeAuthorityRequestObject) (RevokeAuthorityResponseObject, error) {
	v, err := s.desk.RevokeAuthority(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Authority, reasoned(r.Body))
	if err != nil {
		return nil, err
	}
	return RevokeAuthority200JSONResponse{AuthorityAnswerJSONResponse(authority(v))}, nil
}

func (s server) ListAccesses(ctx context.Context, r ListAccessesRequestObject) (ListAccessesResponseObject, error) {
	list, next, err := s.desk.Accesses(ctx, r.Ticket, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := AccessPage{Accesses: make([]Access, len(list)), Next: unlessZero(next)}
	for i, a := range list {
		page.Accesses[i] = access(a)
	}
	return ListAccesses200JSONResponse(page), nil
}

func (s server) LogAccess(ctx context.Context, r LogAccessRequestObject) (LogAccessResponseObject, error) {
	a, err := s.desk.LogAccess(ctx, value(r.Params.IdempotencyKey), r.Ticket, desk.AccessEntry{
		AuthorityID: r.Body.AuthorityId, Scope: string(r.Body.Scope), Text: r.Body.Text,
	})
	if err != nil {
		return nil, err
	}
	return LogAccess201JSONResponse(access(a)), nil
}

func reasoned(b *AuthorityReason) desk.AuthorityAnswer {
	return desk.AuthorityAnswer{Version: b.Version, Channel: "api", Reason: b.Reason}
}

func codes(scopes []AccessScope) []string {
	list := make([]string, len(scopes))
	for i, s := range scopes {
		list[i] = string(s)
	}
	return list
}

func scopes(codes []string) []AccessScope {
	list := make([]AccessScope, len(codes))
	for i, code := range codes {
		list[i] = AccessScope(code)
	}
	return list
}

// granted are scopes of what is completed; nil otherwise.
func granted(codes []string) *[]AccessScope {
	if len(codes) == 0 {
		return nil
	}
	list := scopes(codes)
	return &list
}

func authority(v desk.AuthorityView) Authority {
	view := Authority{
		Id: v.ID, Version: v.Version, Ticket: v.Number, Organization: Named{Id: v.OrganizationID, Name: v.Organization}, System: v.System,
		Scopes: scopes(v.Scopes), ScopeText: unlessZero(v.ScopeText), Reason: v.Reason, AskedBy: Named{Id: v.AskedBy, Name: v.AskedByName},
		AskedAt: v.AskedAt, WantedUntil: v.WantedUntil, Standing: AuthorityStanding(v.Standing), Valid: v.Valid(),
		Granted: granted(v.Granted), EndsAt: v.EndsAt,
	}
	if v.Decisions == nil {
		return view
	}
	decisions := make([]AuthorityDecision, len(v.Decisions))
	for i, d := range v.Decisions {
		decisions[i] = AuthorityDecision{
			Id: d.ID, Kind: AuthorityDecisionKind(d.Kind), Person: Named{Id: d.PersonID, Name: d.PersonName}, Organization: d.Organization,
			Customer: d.Customer, Capacity: AuthorityDecisionCapacity(d.Capacity), Basis: unlessZero(d.Basis), Scopes: granted(d.Scopes),
			ScopeText: unlessZero(d.ScopeText), EndsAt: d.EndsAt, Name: unlessZero(d.Name), Reason: unlessZero(d.Reason), At: d.At,
			Channel: AuthorityDecisionChannel(d.Channel), Ip: unlessZero(d.IP),
		}
	}
	view.Decisions = &decisions
	return view
}

func access(a store.Access) Access {
	return Access{
		Id: a.ID, AuthorityId: a.AuthorityID, System: a.System, Person: Named{Id: a.PersonID, Name: a.PersonName}, Scope: AccessScope(a.Scope),
		Text: a.Body, At: a.At,
	}
}
