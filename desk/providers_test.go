package desk_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
)

// TestProviders: administrators decide which companies' sign-on there is; the
// secret is never given back.
func TestProviders(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"j1": "x@y.example"})
	s := &seat{ip: "198.51.100.7"}
	admin := o.as(t, s, o.mustEnter(t, s, "admin@interfacing.example", stack.Password).Secret)
	agent := o.as(t, s, o.mustEnter(t, s, "agent@interfacing.example", stack.Password).Secret)
	in := desk.ProviderInput{Name: "northern UTILITIES", Issuer: o.company.URL, ClientID: "casepath", ClientSecret: "x", Active: true}
	_, err := o.Desk.CreateProvider(admin, "", in)
	refused(t, "a name in use", err, "provider_name_taken")
	_, err = o.Desk.CreateProvider(agent, "", in)
	refused(t, "by an agent", err, "not_your_role")
	in.Name = "Another"
	for issuer, key := range map[string]string{"http://login.example": "issuer: field_not_issuer", "": "issuer: field_not_issuer", "http://127.0.0.1:1": "issuer: issuer_away", o.URL: "issuer: issuer_away"} {
		in.Issuer = issuer
		_, err := o.Desk.CreateProvider(admin, "", in)
		refused(t, issuer, err, key)
	}
	list, err := o.Desk.Providers(admin)
	if err != nil || len(list) != 1 || strings.Contains(string(list[0].ClientSecret), "client secret") {
		t.Fatalf("%+v, %v", list, err)
	}
	o.link(t, s, jeanne, "j1")
	p := list[0]
	same := desk.ProviderInput{Name: "Utilities", Issuer: p.Issuer, ClientID: p.ClientID, Active: true}
	_, err = o.Desk.UpdateProvider(agent, p.ID, p.Version, same)
	refused(t, "changed by an agent", err, "not_your_role")
	_, err = o.Desk.UpdateProvider(admin, uuid.New(), 1, same)
	refused(t, "one there is not", err, "not_found")
	changed, err := o.Desk.UpdateProvider(admin, p.ID, p.Version, same)
	if err != nil || changed.Name != "Utilities" || changed.Version != p.Version+1 {
		t.Errorf("changed to %+v, %v", changed, err)
	}
	again, err := o.Desk.UpdateProvider(admin, p.ID, p.Version, same)
	if err != nil || again.Version != changed.Version {
		t.Errorf("the same twice: %+v, %v", again, err)
	}
	other := same
	other.Name = "Others"
	_, err = o.Desk.UpdateProvider(admin, p.ID, p.Version, other)
	refused(t, "on the version of before", err, "changed_meanwhile")
	other.Issuer = stack.NewCompany(t, o.URL+"/interfacing/oidc/callback", nil).URL
	_, err = o.Desk.UpdateProvider(admin, p.ID, changed.Version, other)
	refused(t, "another issuer with the old one's secret", err, "client_secret: field_empty")
	if end, err := o.signOn(t, s, "j1", ""); err != nil || end.Session.Secret == "" {
		t.Errorf("with the secret as it was: %v", err)
	}
	same.ClientSecret = "another"
	changed, err = o.Desk.UpdateProvider(admin, p.ID, changed.Version, same)
	refused(t, "another secret", err, "")
	_, err = o.signOn(t, s, "j1", "")
	refused(t, "with a secret that is not ours there", err, "sign_on_refused")
	if choices, err := o.Desk.SignOns(t.Context(), "interfacing"); err != nil || len(choices) != 1 || choices[0].Name != "Utilities" || choices[0].Linked {
		t.Errorf("offered: %+v, %v", choices, err)
	}
	same.Active = false
	_, err = o.Desk.UpdateProvider(admin, p.ID, changed.Version, same)
	refused(t, "switched off", err, "")
	if choices, err := o.Desk.SignOns(t.Context(), "interfacing"); err != nil || len(choices) != 0 {
		t.Errorf("offered when off: %+v, %v", choices, err)
	}
	for _, provider := range []uuid.UUID{p.ID, uuid.New()} {
		_, err = o.Desk.StartSignOn(s.ctx(t), "interfacing", provider, "")
		refused(t, "begin when off", err, "not_found")
	}
	_, err = o.Desk.StartSignOn(s.ctx(t), "posimente", p.ID, "")
	refused(t, "at another vendor", err, "not_found")
}

// TestSignOnAway: a provider that does not answer is said to be away, and its
// words are not told.
func TestSignOnAway(t *testing.T) {
	t.Parallel()
	o := newSignOnOffice(t, map[string]string{"j1": "x@y.example"})
	s := &seat{ip: "198.51.100.7"}
	start, err := o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, "")
	refused(t, "begin", err, "")
	answer := visit(t, o.company, start.Address, "j1")
	o.company.Close()
	_, err = o.Desk.FinishSignOn(s.ctx(t), "interfacing", start.Cookie, answer)
	refused(t, "end", err, "sign_on_away")
	if problem.CodeOf(err) != problem.Unavailable {
		t.Error(err)
	}
	o.Desk.SignOn = identity.NewSignOn(true) // nothing is known of it any more
	_, err = o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, "")
	refused(t, "begin again", err, "sign_on_away")
	o.Desk.Seal = nil
	if choices, err := o.Desk.SignOns(t.Context(), "interfacing"); err != nil || len(choices) != 0 {
		t.Errorf("offered without a key: %+v, %v", choices, err)
	}
}
