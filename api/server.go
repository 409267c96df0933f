// Package api is the HTTP face: openapi.yaml is the contract, api.gen.go what
// is generated from it, and thin handlers in between that bind, call the desk
// and answer. No rule lives here.
package api

import (
	"context"
	_ "embed"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/casepath/casepath/desk"
)

//go:generate go run -modfile=../tools/oapi/go.mod github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen --config server.gen.yaml openapi.yaml
//go:generate go run -modfile=../tools/oapi/go.mod github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen --config client.gen.yaml openapi.yaml

//go:embed openapi.yaml
var contract []byte

// Config is what the API needs.
type Config struct {
	Desk *desk.Desk
	// Checks answer /readyz, by the name of what they check.
	Checks map[string]func(context.Context) error
	// Metrics serves /metrics; nil: there is none.
	Metrics http.Handler
	Observe func(operation string, status int, took time.Duration) // nil: nobody looks
	// Proxies are the networks whose X-Forwarded-For is believed; none: the
	// address that connects is the client.
	Proxies []*net.IPNet
}

// Limits of a JSON request.
const (
	bodyMax  = 1 << 20 // bytes
	depthMax = 20
)

type server struct{ desk *desk.Desk }

var _ StrictServerInterface = server{}

// Spec is the contract, read and checked.
func Spec() (*openapi3.T, error) {
	spec, err := openapi3.NewLoader().LoadFromData(contract)
	if err != nil {
		return nil, err
	}
	spec.Servers = nil // any host: the validator must not look at it
	return spec, spec.Validate(context.Background())
}

// rules are what the contract says of requests.
type rules struct {
	operations map[route]desk.Operation
	validate   echo.MiddlewareFunc
}

// ruled reads the contract once a process, however many handlers it makes.
var ruled = sync.OnceValues(func() (r rules, err error) {
	spec, err := Spec()
	if err != nil {
		return r, err
	}
	if r.operations, err = operationsOf(spec); err != nil {
		return r, err
	}
	r.validate, err = validator(spec)
	return r, err
})

// New makes the HTTP handler. It fails when the contract is wrong, or names an
// operation without a row in the table of permissions.
func New(c Config) (*echo.Echo, error) {
	rules, err := ruled()
	if err != nil {
		return nil, err
	}
	operations := rules.operations
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = handleError
	e.IPExtractor = clientIP(c.Proxies)
	e.Use(requestID, origin, traced(operations, c.Proxies), observe(c.Observe, operations), recovered, headers)
	health(e, c)
	docs(e)
	group := e.Group("", authenticate(c.Desk, operations), limitBody, rules.validate)
	RegisterHandlers(group, NewStrictHandler(server{c.Desk}, nil))
	return e, nil
}

// requestID names a request in our logs and in its answer.
func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, uuid.NewString())
		return next(c)
	}
}

// clientIP is who connects, or whom the proxies in front of us name: never the
// word of anybody else.
func clientIP(proxies []*net.IPNet) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, network := range proxies {
		options = append(options, echo.TrustIPRange(network))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// origin tells the desk from where a request comes.
func origin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		o := desk.Origin{IP: c.RealIP(), UserAgent: r.UserAgent(), RequestID: requestIDOf(c)}
		if agent := []rune(strings.ToValidUTF8(o.UserAgent, "")); len(agent) > 200 {
			o.UserAgent = string(agent[:200])
		}
		c.SetRequest(r.WithContext(desk.WithOrigin(r.Context(), o)))
		return next(c)
	}
}

// recovered turns a panic into an Internal problem and logs where it was.
var recovered = middleware.RecoverWithConfig(middleware.RecoverConfig{
	LogErrorFunc: func(c echo.Context, err error, stack []byte) error {
		slog.ErrorContext(c.Request().Context(), "panic", "error", err, "stack", string(stack))
		return err
	},
})

// headers are those of every answer: nothing is guessed, framed, cached or
// told to others.
func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		return next(c)
	}
}

// observe tells how long each operation took and how it ended.
func observe(tell func(string, int, time.Duration), operations map[route]desk.Operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		if tell == nil {
			return next
		}
		return func(c echo.Context) error {
			start := time.Now()
			err := next(c)
			if err != nil {
				c.Error(err)
			}
			tell(nameOf(c, operations), c.Response().Status, time.Since(start))
			return nil
		}
	}
}

// otherName stands for what is no operation of the contract.
const otherName = "other"

// nameOf is what a request asks for, in metrics and traces.
func nameOf(c echo.Context, operations map[route]desk.Operation) string {
	if name := string(operations[routeOf(c)]); name != "" {
		return name
	}
	return otherName
}

func requestIDOf(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }
