package api

import (
	"net"
	"slices"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/telemetry"
)

// traced makes each request a trace, and has its log lines carry its id. A
// trace somebody else has begun (W3C traceparent) is continued only when one
// of our proxies hands it over: a stranger must not write into our traces, nor
// decide what is kept.
func traced(operations map[route]desk.Operation, proxies []*net.IPNet) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			ctx, span := telemetry.WithNotes(r.Context()), telemetry.Span{}
			if telemetry.On() && !slices.Contains(probes, c.Path()) {
				if among(proxies, r.RemoteAddr) {
					ctx = telemetry.Continue(ctx, r.Header.Get("Traceparent"))
				}
				name := nameOf(c, operations)
				if name == otherName && c.Path() != "" {
					name = r.Method + " " + c.Path() // a page
				}
				ctx, span = telemetry.Serve(ctx, name,
					attribute.String("http.request.method", r.Method), attribute.String("http.route", c.Path()))
			}
			telemetry.Note(ctx, "request_id", requestIDOf(c))
			c.SetRequest(r.WithContext(ctx))
			err := next(c)
			if err != nil {
				c.Error(err)
			}
			span.Answered(c.Response().Status)
			return nil
		}
	}
}

// probes ask every few seconds whether we live; nobody wants their traces.
var probes = []string{"/healthz", "/readyz", "/metrics"}

// among says whether the address that connects is in one of these networks.
func among(networks []*net.IPNet, address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && slices.ContainsFunc(networks, func(n *net.IPNet) bool { return n.Contains(ip) })
}
