package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/casepath/casepath/desk"
)

func TestContractIsValidAndEveryOperationIsInTheTable(t *testing.T) {
	spec, err := Spec()
	if err != nil {
		t.Fatal(err)
	}
	operations, err := operationsOf(spec)
	if err != nil {
		t.Fatal(err)
	}
	named := map[desk.Operation]bool{}
	for _, op := range operations {
		named[op] = true
	}
	for op := range desk.Permissions {
		if !named[op] {
			t.Errorf("the table has a row for %s, which the contract does not offer", op)
		}
	}
	if len(named) != len(desk.Permissions)+len(desk.Public) {
		t.Errorf("%d operations, %d rows, %d public", len(named), len(desk.Permissions), len(desk.Public))
	}
}

// A route whose operation is not in the table stops the API from starting.
func TestRouteWithoutARowIsRefused(t *testing.T) {
	for _, id := range []string{"", "grantEverything", "gettickets"} {
		spec, err := Spec()
		if err != nil {
			t.Fatal(err)
		}
		spec.Paths.Set("/v1/extra/{id}", &openapi3.PathItem{Put: &openapi3.Operation{OperationID: id}})
		if _, err := operationsOf(spec); err == nil || !strings.Contains(err.Error(), "/v1/extra/{id}") || !strings.Contains(err.Error(), http.MethodPut) {
			t.Errorf("operation %q without a row: %v", id, err)
		}
	}
}

// Every operation says how it refuses, and every one that is not public asks
// who the caller is.
func TestEveryOperationAnswersProblems(t *testing.T) {
	spec, err := Spec()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range spec.Paths.Map() {
		for method, o := range item.Operations() {
			if d := o.Responses.Default(); d == nil || d.Value.Content["application/problem+json"] == nil {
				t.Errorf("%s %s has no problem+json as default", method, path)
			}
			public := o.Security != nil && len(*o.Security) == 0
			if want := o.OperationID == string(desk.OpSignIn); public != want {
				t.Errorf("%s %s is public: %v", method, path, public)
			}
		}
	}
}
