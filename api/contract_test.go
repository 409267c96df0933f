package api

import (
	"maps"
	"net/http"
	"slices"
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
	for _, op := range slices.AppendSeq(slices.Clone(desk.Public), maps.Keys(desk.Permissions)) {
		if named[op] == slices.Contains(desk.PagesOnly, op) {
			t.Errorf("%s: the contract offers it: %v; it is for pages alone: %v", op, named[op], !named[op])
		}
	}
	if len(named) != len(desk.Permissions)+len(desk.Public)-len(desk.PagesOnly) {
		t.Errorf("%d operations, %d rows, %d public, %d for pages alone", len(named), len(desk.Permissions), len(desk.Public), len(desk.PagesOnly))
	}
}

// What only reads is asked for by GET and the rest is not, so that a token
// that may only read changes nothing.
func TestReadsAreGets(t *testing.T) {
	spec, err := Spec()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range spec.Paths.Map() {
		for method, o := range item.Operations() {
			op := desk.Operation(o.OperationID)
			if op != desk.OpSignOut && slices.Contains(desk.Reads, op) != (method == http.MethodGet) {
				t.Errorf("%s %s: %s is among the reads: %v", method, path, op, method != http.MethodGet)
			}
		}
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
			if want := slices.Contains(desk.Public, desk.Operation(o.OperationID)); public != want {
				t.Errorf("%s %s is public: %v", method, path, public)
			}
		}
	}
}
