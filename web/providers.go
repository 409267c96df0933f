package web

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// administering is what an administrator looks after: companies' sign-on, the
// audit, and what is stuck.
var administering = []route{
	{"GET", "/console/sign-on", desk.OpListProviders, providers},
	{"POST", "/console/sign-on", desk.OpCreateProvider, createProvider},
	{"GET", "/console/sign-on/:provider", desk.OpListProviders, provider},
	{"POST", "/console/sign-on/:provider", desk.OpUpdateProvider, updateProvider},
	{"GET", "/console/audit", desk.OpListAudit, audit},
	{"GET", "/console/stuck", desk.OpListStuck, stuck},
	{"POST", "/console/stuck/retry", desk.OpRetryDead, retryDead},
}

// providersView lists the companies' sign-ons.
type providersView struct {
	List     []store.Provider
	Callback string // what a provider must be told
}

// Fresh is what the form of a new one holds: it is offered at once.
func (providersView) Fresh() store.Provider { return store.Provider{Active: true} }

func (q *request) providersView() (v providersView, err error) {
	v.Callback = q.vendor.Portal + "/oidc/callback"
	v.List, err = q.site.desk.Providers(q.Request().Context())
	return v, err
}

func providers(q *request) error {
	v, err := q.providersView()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "providers", "providers_title", v)
}

// providerInput is what the forms say. A new one is offered at once.
func (q *request) providerInput() desk.ProviderInput {
	return desk.ProviderInput{
		Name: q.text("name"), Issuer: q.text("issuer"), ClientID: q.text("client_id"), ClientSecret: q.Request().PostForm.Get("client_secret"),
		Active: q.text("active") != "",
	}
}

func createProvider(q *request) error {
	in := q.providerInput()
	q.Request().PostForm.Del("client_secret")
	if _, err := q.site.desk.CreateProvider(q.Request().Context(), q.formKey(), in); err != nil {
		v, failed := q.providersView()
		if failed != nil {
			return failed
		}
		return q.showForm(err, "providers", "providers_title", v)
	}
	return q.seeOther("/console/sign-on?done=provider_kept")
}

// providerView is one of them, as it is now.
type providerView struct {
	store.Provider
	Callback string
}

// providerAt is the one the address names.
func (q *request) providerAt() (v providerView, err error) {
	all, err := q.providersView()
	if err != nil {
		return v, err
	}
	id, err := uuid.Parse(q.Param("provider"))
	if err != nil {
		return v, problem.Missing()
	}
	for _, p := range all.List {
		if p.ID == id {
			return providerView{p, all.Callback}, nil
		}
	}
	return v, problem.Missing()
}

func provider(q *request) error {
	v, err := q.providerAt()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "provider", "provider_title", v, "name", v.Name)
}

// updateProvider changes one. Where somebody else did so meanwhile, the page
// shows what is there now beside what was typed.
func updateProvider(q *request) error {
	in := q.providerInput()
	q.Request().PostForm.Del("client_secret")
	id, err := uuid.Parse(q.Param("provider"))
	if err != nil {
		return problem.Missing()
	}
	if _, err = q.site.desk.UpdateProvider(q.Request().Context(), id, q.version(), in); err == nil {
		return q.seeOther("/console/sign-on?done=provider_kept")
	}
	if code := problem.CodeOf(err); code == problem.NotFound || code == problem.Forbidden {
		return err
	}
	v, failed := q.providerAt()
	if failed != nil {
		return failed
	}
	return q.showForm(err, "provider", "provider_title", v, "name", v.Name)
}
