package api_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/lib/pq" // also to look into the database

	"github.com/casepath/casepath/api"
	"github.com/casepath/casepath/procedures/stack"
)

// ask is House.Ask, and the answer must keep to the contract.
func ask(t testing.TB, h *stack.House, token, method, path string, body any, headers ...string) stack.Answer {
	t.Helper()
	a := h.Ask(t, token, method, path, body, headers...)
	keepsContract(t, method, path, a)
	return a
}

// contract is openapi.yaml as answers are measured with it: what it does not
// name may not be there, and formats count.
var contract = sync.OnceValues(func() (*openapi3.T, error) {
	spec, err := api.Spec()
	if err != nil {
		return nil, err
	}
	never := false
	for name, schema := range spec.Components.Schemas {
		// Ticket is a part of TicketDetail, which names more; ServiceRequest likewise.
		if schema.Value.Type.Is("object") && name != "Ticket" && name != "ServiceRequest" {
			schema.Value.AdditionalProperties = openapi3.BoolSchema{Has: &never}
		}
	}
	return spec, nil
})

var router = sync.OnceValues(func() (routers.Router, error) {
	spec, err := contract()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(spec)
})

// keepsContract validates an answer against the contract. What has no route
// there must be a problem.
func keepsContract(t testing.TB, method, path string, a stack.Answer) {
	t.Helper()
	if a.Header.Get("X-Request-Id") == "" || a.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s %s: headers %v", method, path, a.Header)
	}
	if a.Status >= 400 {
		isProblem(t, method, path, a)
	}
	r, err := router()
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(method, "/", http.NoBody)
	if request.URL, err = request.URL.Parse(path); err != nil {
		t.Fatal(err)
	}
	route, params, err := r.FindRoute(request)
	if err != nil {
		if a.Status < 400 && method != http.MethodOptions {
			t.Errorf("%s %s answers %d, and is not in the contract: %v", method, path, a.Status, err)
		}
		return
	}
	uuids := openapi3.WithStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC9562))
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route},
		Status:                 a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Raw)),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, MultiError: true,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{uuids},
		},
	})
	if err != nil {
		t.Errorf("%s %s answers %d against the contract: %v\n%.600s", method, path, a.Status, err, a.Raw)
	}
}

// isProblem: the answer is problem+json, says the same status as its header,
// and every message in it is a sentence.
func isProblem(t testing.TB, method, path string, a stack.Answer) {
	t.Helper()
	if method == http.MethodHead {
		return
	}
	if a.Header.Get("Content-Type") != "application/problem+json" || a.JSON["status"] != float64(a.Status) || a.Text("code") == "" ||
		a.Text("request_id") != a.Header.Get("X-Request-Id") || a.Text("title") == "" || a.Text("title") == a.Text("key") {
		t.Errorf("%s %s: %d is no proper problem: %s", method, path, a.Status, a.Raw)
	}
	for name, field := range fields(a) {
		if field["message"] == "" || field["message"] == field["key"] {
			t.Errorf("%s %s: field %s without a message: %s", method, path, name, a.Raw)
		}
	}
}

// fields are the wrong fields a problem names, by path.
func fields(a stack.Answer) map[string]map[string]string {
	named := map[string]map[string]string{}
	list, _ := a.JSON["fields"].([]any)
	for _, entry := range list {
		field, _ := entry.(map[string]any)
		texts := map[string]string{}
		for k, v := range field {
			texts[k], _ = v.(string)
		}
		named[texts["path"]] = texts
	}
	return named
}

// wants fails unless the answer has that status and, if given, that key.
func wants(t testing.TB, what string, a stack.Answer, status int, key string) {
	t.Helper()
	if a.Status != status || key != "" && a.Text("key") != key {
		t.Errorf("%s: %d %.400s; want %d %s", what, a.Status, a.Raw, status, key)
	}
}

// same fails unless two answers are equal but for the request's id.
func same(t testing.TB, what string, a, b stack.Answer) {
	t.Helper()
	if a.Status != b.Status || !bytes.Equal(withoutID(a), withoutID(b)) {
		t.Errorf("%s: the answers differ:\n%d %s\n%d %s", what, a.Status, a.Raw, b.Status, b.Raw)
	}
	x, y := a.Header.Clone(), b.Header.Clone()
	for _, name := range []string{"Date", "X-Request-Id"} {
		x.Del(name)
		y.Del(name)
	}
	if !maps.EqualFunc(x, y, slices.Equal[[]string]) {
		t.Errorf("%s: headers differ:\n%v\n%v", what, x, y)
	}
}

func withoutID(a stack.Answer) []byte {
	return bytes.ReplaceAll(a.Raw, []byte(a.Header.Get("X-Request-Id")), nil)
}

// database opens a House's database as superuser: all vendors are seen.
func database(t testing.TB, h *stack.House) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", h.DB.Admin)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(2)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func count(t testing.TB, db *sql.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func execute(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// rows is how many rows of each table have been added, changed or removed.
func rows(t testing.TB, db *sql.DB) string {
	t.Helper()
	return fmt.Sprint(stack.Writes(t, db))
}

// allColumns are the names of all columns of all tables, and each as a program
// in another language would write it.
func allColumns(t *testing.T, db *sql.DB) (names []string) {
	t.Helper()
	err := db.QueryRowContext(t.Context(), `select array_agg(distinct n) from information_schema.columns,
		lateral (values (column_name::text), (replace(initcap(column_name), '_', ''))) names(n) where table_schema = 'public'`).Scan(pq.Array(&names))
	if err != nil || len(names) < 200 {
		t.Fatalf("columns: %d, %v", len(names), err)
	}
	return names
}
