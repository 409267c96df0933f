package api_test

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
)

// badQueries: every filter, limit and cursor that is not of its form.
func badQueries(number string) (cases []bad) {
	add := func(path, field, key string) {
		cases = append(cases, bad{name: path[:min(len(path), 60)], method: "GET", path: path, status: 422, key: "fields_wrong", fields: map[string]string{field: key}})
	}
	for _, list := range []string{"/v1/tickets", "/v1/organizations", "/v1/tickets/" + number + "/comments", "/v1/tickets/" + number + "/history"} {
		for limit, key := range map[string]string{
			"0": "field_out_of_range", "101": "field_out_of_range", "-1": "field_out_of_range", "1000000000": "field_out_of_range",
			"1e9": "field_wrong_form", "abc": "field_wrong_form", "1.5": "field_wrong_form", "99999999999999999999": "field_wrong_form", "0x10": "field_wrong_form",
		} {
			add(list+"?limit="+limit, "limit", key)
		}
		for _, cursor := range []string{
			"x", "%00", "%ff%fe", "' or 1=1 --", "9223372036854775808",
			base64.RawURLEncoding.EncodeToString([]byte(uuid.NewString() + "\x00")), base64.RawURLEncoding.EncodeToString([]byte("no uuid, but long enough to be one of them")),
		} {
			add(list+"?cursor="+queryText(cursor), "cursor", "cursor_unknown")
		}
		add(list+"?cursor="+strings.Repeat("a", 1001), "cursor", "field_too_long")
		add(list+"?page=2", "page", "field_unknown")
		add(list+"?limit=5&limit=6", "limit", "field_repeated")
	}
	at := func(value string) string {
		return queryText(base64.RawURLEncoding.EncodeToString([]byte(uuid.NewString() + value)))
	}
	for _, value := range []string{"", "yesterday", "99999-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "\xff"} {
		add("/v1/tickets?cursor="+at(value), "cursor", "cursor_unknown")
	}
	for _, field := range []string{"assignee_id", "organization_id", "requester_id"} {
		add("/v1/tickets?"+field+"=me", field, "field_wrong_form")
		add("/v1/tickets?"+field+"=", field, "field_wrong_form")
	}
	add("/v1/tickets?unassigned=maybe", "unassigned", "field_wrong_form")
	add("/v1/tickets?state=open", "state/0", "field_not_a_choice")
	add("/v1/tickets?state=closed&state=all", "state/1", "field_not_a_choice")
	add("/v1/tickets?number="+strings.Repeat("1", 41), "number", "field_too_long")
	add("/v1/tickets?filter%5Binternal_note%5D=~secret", "filter[internal_note]", "field_unknown")
	add("/v1/tickets?sort=internal", "sort", "field_unknown")
	return cases
}

// badPaths: what is no address of ours, or is written so as to be taken for
// another one, is a 404 and nothing else (abuse case B27).
func badPaths(t *testing.T, h *stack.House, token string) {
	number, id := register(t, h, token), uuid.NewString()
	missing := ask(t, h, token, "GET", "/v1/tickets/"+id, nil)
	for _, id := range []string{"x", "0", "-1", "1e3", "1.0", "%00", "99999999999999999999"} {
		same(t, "delivery "+id, ask(t, h, token, "POST", "/v1/deliveries/"+id+"/retry", nil), missing)
	}
	for _, path := range []string{
		"/v1", "/v1/", "/v1/nothing", "/v1/me/", "/v1/me.", "/v1/ME", "/v1//me", "//v1/me", "/v1/./me", "/v1/x/../me", "/v1/%2e%2e/v1/me",
		"/v1/tickets/", "/v1/tickets/%00", "/v1/tickets/%ff", "/v1/tickets/..", "/v1/tickets/%2e%2e/me", "/v1/tickets/..;/me", "/v1/tickets/'--",
		"/v1/tickets/" + number + "/", "/v1/tickets/" + number + ".", "/v1/tickets/" + number + "%2fhistory", "/v1/tickets/" + number + "%00",
		"/v1/tickets/" + number + "%20", "/v1/tickets/" + number + ";a=b", "/v1/tickets//" + number, "/v1/tickets/" + number + "//history",
		"/v1/tickets/{" + id + "}", "/v1/tickets/urn:uuid:" + id, "/v1/tickets/" + strings.ReplaceAll(id, "-", ""), "/v1/tickets/" + strings.Repeat("1", 41),
		"/v1/tickets/IF-2026-999999999999999", "/v1/tickets/IF%2D2026-9", "/v1/tickets/" + id + "/history", "/v1/tickets/" + id + "/comments",
		"/v1/files/x/content", "/v1/files/" + id + "/content", "/v1/files/%2e%2e%2fetc%2fpasswd/content", "/v1/files/" + strings.ReplaceAll(id, "-", "") + "/content",
		"/v1/organizations/x", "/v1/organizations/" + id, "/v1/contacts/" + id, "/v1/contacts/1",
	} {
		a := ask(t, h, token, "GET", path, nil)
		same(t, path, a, missing)
		if a.Status != 404 {
			t.Errorf("%s: %d", path, a.Status)
		}
		if nobody := ask(t, h, "", "GET", path, nil); nobody.Status != 401 {
			t.Errorf("%s as nobody: %d %s", path, nobody.Status, nobody.Raw)
		}
	}
	wants(t, "the same ticket, escaped", ask(t, h, token, "GET", "/v1/tickets/"+strings.ToLower(strings.Replace(number, "-", "%2D", 1)), nil), 200, "")
	methods(t, h, token, number)
}

// methods: one not in the contract is refused, however it is asked for.
func methods(t *testing.T, h *stack.House, token, number string) {
	t.Helper()
	db := database(t, h)
	before := rows(t, db)
	for _, method := range []string{"PUT", "PATCH", "DELETE", "HEAD", "TRACE", "PROPFIND"} {
		for _, path := range []string{"/v1/tickets", "/v1/tickets/" + number, "/v1/vendor"} {
			wants(t, method+" "+path, ask(t, h, token, method, path, nil), 405, map[bool]string{false: "method_not_allowed"}[method == "HEAD"])
		}
	}
	wants(t, "GET on an action", ask(t, h, token, "GET", "/v1/tickets/"+number+"/withdraw", nil), 405, "method_not_allowed")
	for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"} {
		wants(t, header, ask(t, h, token, "GET", "/v1/tickets/"+number+"/withdraw", nil, header, "POST"), 405, "method_not_allowed")
		wants(t, header, ask(t, h, token, "POST", "/v1/tickets/"+number+"/comments", nil, header, "GET"), 400, "body_missing")
	}
	if a := h.Ask(t, token, "OPTIONS", "/v1/tickets", nil); a.Status >= 500 || len(a.Raw) > 0 && a.JSON == nil || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("OPTIONS: %d %v %s", a.Status, a.Header, a.Raw)
	}
	if after := rows(t, db); after != before {
		t.Errorf("rows changed: %s → %s", before, after)
	}
}

// TestBrokenRequests sends bytes that are hardly HTTP: an answer comes, and it
// is a refusal.
func TestBrokenRequests(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	token := "Authorization: Bearer " + h.Token(t, "interfacing", "jeanne") + "\r\n"
	host := strings.TrimPrefix(h.URL, "http://")
	for name, request := range map[string]string{
		"body shorter than promised": "POST /v1/tickets HTTP/1.1\r\nHost: x\r\n" + token + "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"type\":",
		"broken chunks":              "POST /v1/tickets HTTP/1.1\r\nHost: x\r\n" + token + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"upload cut off":             "POST /v1/files?name=a HTTP/1.1\r\nHost: x\r\n" + token + "Content-Type: application/octet-stream\r\nContent-Length: 500\r\n\r\nabc",
		"query not UTF-8":            "GET /v1/tickets?number=%ff%00 HTTP/1.1\r\nHost: x\r\n" + token + "Connection: close\r\n\r\n",
		"broken escape":              "GET /v1/tickets?number=%zz HTTP/1.1\r\nHost: x\r\n" + token + "Connection: close\r\n\r\n",
		"absolute address":           "GET http://evil.example/v1/nothing HTTP/1.1\r\nHost: x\r\n" + token + "Connection: close\r\n\r\n",
		"header of 2 MiB":            "GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + strings.Repeat("a", 2<<20) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", host)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			_, _ = io.WriteString(c, request) // the server may have had enough before the end
			if strings.Contains(request, "Content-Length") {
				_ = c.(*net.TCPConn).CloseWrite() //nolint:forcetypeassert // dialled above
			}
			line, err := bufio.NewReader(c).ReadString('\n')
			status := strings.TrimPrefix(line, "HTTP/1.1 ")
			refused := strings.HasPrefix(status, "4") || strings.HasPrefix(status, "503")
			if name == "query not UTF-8" {
				refused = strings.HasPrefix(status, "200") // no such number
			}
			if !refused && (err == nil || name != "header of 2 MiB") {
				t.Errorf("%s %v", line, err)
			}
		})
	}
	if n := count(t, database(t, h), `select count(*) from commands`); n != 0 {
		t.Errorf("%d writes were kept", n)
	}
}

// TestPublicPages: what needs no sign-in says nothing but what is public.
func TestPublicPages(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	for path, mediaType := range map[string]string{
		"/healthz": "application/json", "/readyz": "application/json", "/readyz?only=database": "application/json",
		"/openapi.yaml": "application/yaml", "/docs": "text/html; charset=UTF-8", "/docs/start.js": "text/javascript",
	} {
		a := h.Ask(t, "", http.MethodGet, path, nil)
		if a.Status != 200 || a.Header.Get("Content-Type") != mediaType || a.Header.Get("X-Content-Type-Options") != "nosniff" || len(a.Raw) == 0 {
			t.Errorf("%s: %d %v %.100s", path, a.Status, a.Header, a.Raw)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/docs/../v1/me", "/docs/assets/../../v1/me", "/.env", "/setup"} {
		if a := h.Ask(t, "", http.MethodGet, path, nil); a.Status != 401 && a.Status != 404 {
			t.Errorf("%s: %d %.100s", path, a.Status, a.Raw)
		}
	}
}

// queryText is a text as it stands in a query or a path.
func queryText(s string) string { return url.QueryEscape(s) }
