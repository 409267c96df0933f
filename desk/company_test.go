package desk_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/procedures/stack"
)

// visit is what a browser does at a company's provider, and the answer it
// brings back.
func visit(t *testing.T, c *stack.Company, address, who string) identity.SignOnAnswer {
	t.Helper()
	back := c.Visit(t, address, who)
	if back.Path != "/interfacing/oidc/callback" {
		t.Fatalf("sent back to %s", back)
	}
	q := back.Query()
	return identity.SignOnAnswer{Code: q.Get("code"), State: q.Get("state"), Issuer: q.Get("iss"), Error: q.Get("error")}
}

// signOnOffice is an office with a company's sign-on.
type signOnOffice struct {
	*office
	company  *stack.Company
	provider uuid.UUID
}

func newSignOnOffice(t *testing.T, people map[string]string) *signOnOffice {
	t.Helper()
	o := &signOnOffice{office: newOffice(t)}
	o.Desk.SignOn = identity.NewSignOn(true)
	o.company = stack.NewCompany(t, o.URL+"/interfacing/oidc/callback", people)
	o.provider = o.addProvider(t, "Northern Utilities", o.company)
	return o
}

func (o *signOnOffice) addProvider(t *testing.T, name string, c *stack.Company) uuid.UUID {
	t.Helper()
	s := &seat{}
	admin := o.mustEnter(t, s, "admin@interfacing.example", stack.Password)
	p, err := o.Desk.CreateProvider(o.as(t, s, admin.Secret), "", desk.ProviderInput{
		Name: name, Issuer: c.URL, ClientID: "casepath", ClientSecret: "client secret", Active: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

// signOn goes the whole way: here, there, and back.
func (o *signOnOffice) signOn(t *testing.T, s *seat, who, link string) (desk.SignOnEnd, error) {
	t.Helper()
	start, err := o.Desk.StartSignOn(s.ctx(t), "interfacing", o.provider, link)
	if err != nil {
		t.Fatal(err)
	}
	return o.Desk.FinishSignOn(s.ctx(t), "interfacing", start.Cookie, visit(t, o.company, start.Address, who))
}

// link links a company's account to somebody's from the page of their account.
func (o *signOnOffice) link(t *testing.T, s *seat, email, who string) desk.Session {
	t.Helper()
	session := o.mustEnter(t, s, email, stack.Password)
	ctx := o.as(t, s, session.Secret)
	start, err := o.Desk.LinkSignOn(ctx, o.provider, stack.Password, "")
	if err != nil {
		t.Fatal(err)
	}
	end, err := o.Desk.FinishSignOn(ctx, "interfacing", start.Cookie, visit(t, o.company, start.Address, who))
	if err != nil || !end.Linked || end.Session.Secret != "" {
		t.Fatalf("link: %+v, %v", end, err)
	}
	return session
}

func (o *signOnOffice) refusals(t *testing.T) int {
	t.Helper()
	return o.count(t, `select count(*) from audit where action = 'sign_on_refused'`)
}
