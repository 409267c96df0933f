package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/problem"
)

// validator checks every request against the contract and names each wrong
// field, those the contract does not have included. The body of an upload is
// not looked at here: it is no JSON.
func validator(spec *openapi3.T) (echo.MiddlewareFunc, error) {
	noMembersWhereNoBody(spec)
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		return nil, err
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, params, err := router.FindRoute(c.Request())
			if err != nil {
				return routeError(err)
			}
			query, err := url.ParseQuery(c.Request().URL.RawQuery)
			if err != nil {
				return problem.New(problem.Invalid, "request_broken", nil)
			}
			var wrong problem.Fields
			checkQuery(&wrong, query, r.Operation)
			err = openapi3filter.ValidateRequest(c.Request().Context(), &openapi3filter.RequestValidationInput{
				Request: c.Request(), PathParams: params, Route: r, Options: &openapi3filter.Options{
					MultiError: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeRequestBody: !takesJSON(r.Operation),
					SchemaValidationOptions: []openapi3.SchemaValidationOption{uuids},
				},
			})
			if err := fieldErrors(&wrong, err); err != nil {
				return err
			}
			if !takesJSON(r.Operation) && strings.HasPrefix(c.Request().Header.Get(echo.HeaderContentType), "multipart/") {
				return problem.New(problem.Invalid, "upload_in_form", nil)
			}
			return next(c)
		}
	}, nil
}

// uuids: an id that is none is a wrong field, or in the path a missing thing.
var uuids = openapi3.WithStringFormatValidator("uuid", openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForUUIDOfRFC9562))

// noMembersWhereNoBody gives every operation that takes no body an object
// without members, so that what is sent all the same is named, not ignored.
func noMembersWhereNoBody(spec *openapi3.T) {
	none := false
	empty := openapi3.NewObjectSchema()
	empty.AdditionalProperties.Has = &none
	for _, item := range spec.Paths.Map() {
		for _, o := range item.Operations() {
			if o.RequestBody == nil {
				o.RequestBody = &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithJSONSchema(empty)}
			}
		}
	}
}

// checkQuery names query parameters the operation does not have, and those
// given twice that are no lists: a filter that is ignored would be a false
// answer.
func checkQuery(wrong *problem.Fields, query url.Values, o *openapi3.Operation) {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		p := o.Parameters.GetByInAndName(openapi3.ParameterInQuery, name)
		switch {
		case p == nil:
			wrong.Add(name, "field_unknown", nil)
		case len(query[name]) > 1 && !p.Schema.Value.Type.Is(openapi3.TypeArray):
			wrong.Add(name, "field_repeated", nil)
		}
	}
}

func takesJSON(o *openapi3.Operation) bool {
	return o.RequestBody != nil && o.RequestBody.Value.Content.Get(echo.MIMEApplicationJSON) != nil
}

func routeError(err error) error {
	if errors.Is(err, routers.ErrMethodNotAllowed) {
		return problem.New(problem.Invalid, "method_not_allowed", nil)
	}
	return problem.Missing()
}

// fieldErrors turns what the validator found into fields, beside those found
// before. A path that is not of the right form is a missing thing, not a wrong
// field.
func fieldErrors(wrong *problem.Fields, err error) error {
	for _, e := range flatten(err) {
		var request *openapi3filter.RequestError
		if !errors.As(e, &request) {
			return problem.New(problem.Invalid, "request_broken", nil)
		}
		var schema *openapi3.SchemaError
		switch {
		case request.Parameter != nil && request.Parameter.In == openapi3.ParameterInPath:
			return problem.Missing()
		case errors.As(e, &schema):
			if request.Parameter == nil && len(schema.JSONPointer()) == 0 && keys[schema.SchemaField] == "field_wrong_type" {
				return problem.New(problem.Invalid, "body_not_object", nil)
			}
			addSchemaError(wrong, request, schema)
		case request.Parameter != nil && errors.Is(request.Err, openapi3filter.ErrInvalidRequired):
			wrong.Add(request.Parameter.Name, "field_missing", nil)
		case request.Parameter != nil:
			wrong.Add(request.Parameter.Name, "field_wrong_form", nil)
		case errors.Is(request.Err, openapi3filter.ErrInvalidRequired):
			return problem.New(problem.Invalid, "body_missing", nil)
		case strings.Contains(request.Reason, "Content-Type"):
			return problem.New(problem.Invalid, "media_type_wrong", nil)
		default:
			return problem.New(problem.Invalid, "body_broken", nil)
		}
	}
	return wrong.Err()
}

// flatten lists the single errors of what may be many.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	var many openapi3.MultiError
	if multi, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // a MultiError inside a RequestError belongs to that request
		many = multi
	} else if request, ok := err.(*openapi3filter.RequestError); ok { //nolint:errorlint // as above
		inner, ok := request.Err.(openapi3.MultiError) //nolint:errorlint // as above
		if !ok {
			return []error{err}
		}
		for _, e := range inner {
			copied := *request
			copied.Err = e
			many = append(many, &copied)
		}
	} else {
		return []error{err}
	}
	var list []error
	for _, e := range many {
		if e == err { //nolint:errorlint // the very same one, not its like
			continue
		}
		list = append(list, flatten(e)...)
	}
	return list
}

// keys is the message for each rule of the contract that can be broken.
var keys = map[string]string{
	"required": "field_missing", "properties": "field_unknown", "type": "field_wrong_type", "nullable": "field_wrong_type",
	"minLength": "field_too_short", "maxLength": "field_too_long", "enum": "field_not_a_choice", "maxItems": "too_many",
	"minimum": "field_out_of_range", "maximum": "field_out_of_range", "format": "field_wrong_form", "pattern": "field_wrong_form", "minItems": "field_empty",
}

func addSchemaError(wrong *problem.Fields, request *openapi3filter.RequestError, e *openapi3.SchemaError) {
	path := strings.Join(e.JSONPointer(), "/")
	if request.Parameter != nil {
		path = strings.TrimSuffix(request.Parameter.Name+"/"+path, "/")
	}
	key, known := keys[e.SchemaField]
	if !known {
		key = "field_wrong_form"
	}
	args := problem.Args{}
	switch e.SchemaField {
	case "properties": // the path is that of the object; the name is in the reason alone
		var name string
		_, _ = fmt.Sscanf(e.Reason, "property %q is unsupported", &name)
		path = strings.TrimPrefix(path+"/"+name, "/")
	case "minLength":
		args["min"] = e.Schema.MinLength
		if e.Value == "" {
			key = "field_empty"
		}
	case "maxLength":
		args["max"] = *e.Schema.MaxLength
	case "maxItems":
		args["max"] = *e.Schema.MaxItems
	case "enum":
		args["choices"] = e.Schema.Enum
	}
	wrong.Add(path, key, args)
}

// limitBody reads a JSON body once, no larger than bodyMax, and refuses what a
// decoder would let pass: repeated names, deep nesting, text after the end.
// Uploads pass unread.
func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if c.Path() == "/v1/files" || r.Body == nil || r.Body == http.NoBody {
			return next(c)
		}
		raw, err := io.ReadAll(io.LimitReader(r.Body, bodyMax+1))
		switch {
		case err != nil:
			return problem.New(problem.Invalid, "request_broken", nil)
		case len(raw) > bodyMax:
			return problem.New(problem.Invalid, "body_too_large", problem.Args{"max": bodyMax >> 20})
		case len(bytes.TrimSpace(raw)) == 0:
			r.Body, r.ContentLength = http.NoBody, 0
			return next(c)
		}
		if err := strictJSON(raw); err != nil {
			return err
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		if r.Header.Get(echo.HeaderContentType) == "" {
			r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
		}
		return next(c)
	}
}

// strictJSON walks one JSON value.
func strictJSON(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := walk(decoder, 0); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return problem.New(problem.Invalid, "body_broken", nil)
	}
	return nil
}

func walk(d *json.Decoder, depth int) error {
	broken := problem.New(problem.Invalid, "body_broken", nil)
	token, err := d.Token()
	if err != nil {
		return broken
	}
	open, isDelim := token.(json.Delim)
	if !isDelim {
		return nil
	}
	if depth == depthMax {
		return problem.New(problem.Invalid, "body_too_deep", nil)
	}
	var names []string
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return broken
			}
			text, _ := name.(string)
			if slices.Contains(names, text) {
				return problem.New(problem.Invalid, "body_key_repeated", problem.Args{"field": text})
			}
			names = append(names, text)
			if len(names) > 1000 {
				return broken
			}
		}
		if err := walk(d, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return broken
	}
	return nil
}
