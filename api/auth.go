package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
)

// route is a method and a path as Echo writes it.
type route struct{ method, path string }

func routeOf(c echo.Context) route { return route{c.Request().Method, c.Path()} }

// operationsOf is the operation of every route of the contract. A route whose
// operation is not in the table of permissions is an error: nothing is open,
// or shut, by omission.
func operationsOf(spec *openapi3.T) (map[route]desk.Operation, error) {
	operations := map[route]desk.Operation{}
	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			op := desk.Operation(operation.OperationID)
			if _, listed := desk.Permissions[op]; !listed && !slices.Contains(desk.Public, op) {
				return nil, fmt.Errorf("%s %s: operation %q has no row in desk.Permissions", method, path, op)
			}
			operations[route{method, strings.NewReplacer("{", ":", "}", "").Replace(path)}] = op
		}
	}
	return operations, nil
}

// authenticate finds the caller before anything of the request is looked at.
func authenticate(d *desk.Desk, operations map[route]desk.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			op := operations[routeOf(c)]
			if slices.Contains(desk.Public, op) {
				return next(c)
			}
			scheme, secret, _ := strings.Cut(c.Request().Header.Get(echo.HeaderAuthorization), " ")
			if !strings.EqualFold(scheme, "Bearer") {
				return problem.New(problem.Unauthenticated, "sign_in_first", nil)
			}
			caller, err := d.Authenticate(c.Request().Context(), strings.TrimSpace(secret))
			if err == nil {
				err = caller.Ready(op)
			}
			if err != nil {
				return err
			}
			c.SetRequest(c.Request().WithContext(desk.WithCaller(c.Request().Context(), caller)))
			return next(c)
		}
	}
}
