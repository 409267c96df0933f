package api_test

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/casepath/casepath/api"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/telemetry"
)

// A trace that somebody else has begun is continued when one of our proxies
// hands it over, and by nobody else's word; what asks whether we live is no
// trace.
func TestWhoseTraceIsContinued(t *testing.T) {
	seen := tracetest.NewInMemoryExporter()
	stop := telemetry.Use(sdktrace.NewSimpleSpanProcessor(seen))
	t.Cleanup(func() { _ = stop(context.Background()) })
	_, proxies, err := net.ParseCIDR("192.0.2.0/24")
	if err != nil {
		t.Fatal(err)
	}
	theirs := strings.Repeat("ab", 16)
	for _, c := range []struct {
		from, path string
		trusted    []*net.IPNet
		spans      int
		continued  bool
	}{
		{"192.0.2.7:1234", "/v1/me", []*net.IPNet{proxies}, 1, true},
		{"198.51.100.7:1234", "/v1/me", []*net.IPNet{proxies}, 1, false},
		{"192.0.2.7:1234", "/v1/me", nil, 1, false},
		{"192.0.2.7:1234", "/healthz", []*net.IPNet{proxies}, 0, false},
	} {
		seen.Reset()
		handler, err := api.New(api.Config{Desk: desk.New(nil, nil, nil), Proxies: c.trusted})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), "GET", c.path, nil)
		r.RemoteAddr = c.from
		r.Header.Set("Traceparent", "00-"+theirs+"-"+strings.Repeat("cd", 8)+"-01")
		r.Header.Set("X-Forwarded-For", "192.0.2.9")
		handler.ServeHTTP(httptest.NewRecorder(), r)
		list := seen.GetSpans()
		if len(list) != c.spans {
			t.Errorf("%s from %s: %d spans, want %d", c.path, c.from, len(list), c.spans)
		}
		for _, s := range list {
			if s.Name != "getMe" || (s.SpanContext.TraceID().String() == theirs) != c.continued {
				t.Errorf("%s from %s: %s in trace %s", c.path, c.from, s.Name, s.SpanContext.TraceID())
			}
		}
	}
}
