package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
)

// bad is one wrong request, and what must be said about it: the status, and
// the key of every wrong field by its path; or the key of the whole.
type bad struct {
	name, method, path string
	body               any
	status             int
	key                string
	fields             map[string]string
	headers            []string
}

// refuse sends each request as that person and looks that it is refused as it
// must be, in both languages, and changes nothing.
func refuse(t *testing.T, h *stack.House, token string, cases []bad) {
	t.Helper()
	db := database(t, h)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := rows(t, db)
			a := ask(t, h, token, c.method, c.path, c.body, append(c.headers, "Accept-Language", "en")...)
			wants(t, "answer", a, c.status, c.key)
			got := map[string]string{}
			for path, field := range fields(a) {
				got[path] = field["key"]
			}
			if !maps.Equal(got, c.fields) {
				t.Errorf("fields %v, want %v: %s", got, c.fields, a.Raw)
			}
			french := ask(t, h, token, c.method, c.path, c.body, append(c.headers, "Accept-Language", "fr-CA,fr;q=0.9")...)
			if french.Status != a.Status || french.Text("title") == a.Text("title") || french.Header.Get("Content-Language") != "fr" {
				t.Errorf("in French: %d %s", french.Status, french.Raw)
			}
			if after := rows(t, db); after != before {
				t.Errorf("rows changed: %s → %s", before, after)
			}
		})
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	jeanne := h.Token(t, "interfacing", "jeanne")
	t.Run("registration", func(t *testing.T) { refuse(t, h, jeanne, badRegistrations()) })
	t.Run("json", func(t *testing.T) { refuse(t, h, jeanne, badJSON()) })
	t.Run("people", func(t *testing.T) { refuse(t, h, h.Token(t, "interfacing", "admin"), badPeople(t, h)) })
	t.Run("triage", func(t *testing.T) {
		refuse(t, h, h.Token(t, "interfacing", "agent"), badTriage(register(t, h, jeanne)))
	})
	t.Run("queries", func(t *testing.T) { refuse(t, h, jeanne, badQueries(register(t, h, jeanne))) })
	t.Run("paths", func(t *testing.T) { badPaths(t, h, jeanne) })
	t.Run("sizes", func(t *testing.T) { sizes(t, h, jeanne) })
	t.Run("mass assignment", func(t *testing.T) { massAssignment(t, h) })
	t.Run("texts", func(t *testing.T) { texts(t, h) })
	t.Run("languages", func(t *testing.T) { languages(t, h) })
}

func badRegistrations() []bad {
	of := func(name string, more map[string]any, fields map[string]string) bad {
		return bad{name: name, method: "POST", path: "/v1/tickets", body: registration(more), status: 422, key: "fields_wrong", fields: fields}
	}
	id := uuid.NewString()
	return []bad{
		{name: "nothing", method: "POST", path: "/v1/tickets", status: 400, key: "body_missing"},
		{name: "white space", method: "POST", path: "/v1/tickets", body: " \n", status: 400, key: "body_missing"},
		{name: "an empty object", method: "POST", path: "/v1/tickets", body: "{}", status: 422, key: "fields_wrong", fields: map[string]string{
			"type": "field_missing", "severity": "field_missing", "title": "field_missing", "body": "field_missing",
		}},
		of("all empty", map[string]any{"type": "", "severity": "", "title": "", "body": ""}, map[string]string{"title": "field_empty", "body": "field_empty"}),
		of("no such choice", map[string]any{"type": "x", "severity": ""}, map[string]string{"type": "field_not_a_choice", "severity": "field_not_a_choice"}),
		of("choice of another vendor, white space", map[string]any{"type": "technical ", "title": " \t  \n  ", "body": "\n"},
			map[string]string{"type": "field_not_a_choice", "title": "field_empty", "body": "field_empty"}),
		of("too short and too long", map[string]any{"title": "four", "body": strings.Repeat("x", 60_001), "component": strings.Repeat("é", 201)},
			map[string]string{"title": "field_too_short", "body": "field_too_long", "component": "field_too_long"}),
		of("title of 301", map[string]any{"title": strings.Repeat("é", 301)}, map[string]string{"title": "field_too_long"}),
		of("short once trimmed", map[string]any{"title": "  four  "}, map[string]string{"title": "field_too_short"}),
		of("wrong types", map[string]any{"type": 1, "severity": nil, "title": []string{"a"}, "body": map[string]any{}, "component": false, "files": "x"},
			map[string]string{
				"type": "field_wrong_type", "severity": "field_wrong_type", "title": "field_wrong_type", "body": "field_wrong_type",
				"component": "field_wrong_type", "files": "field_wrong_type",
			}),
		of("unknown fields", map[string]any{"number": "IF-1", "vendor_id": id, "Title": "again"},
			map[string]string{"number": "field_unknown", "vendor_id": "field_unknown", "Title": "field_unknown"}),
		of("nested", map[string]any{"on_behalf_of": map[string]any{"organization_id": "x", "contact_id": 7, "name": "y"}, "files": []any{id, "no", 3}},
			map[string]string{
				"on_behalf_of/organization_id": "field_wrong_form", "on_behalf_of/contact_id": "field_wrong_type",
				"on_behalf_of/name": "field_unknown", "files/1": "field_wrong_form", "files/2": "field_wrong_type",
			}),
		of("nested, missing", map[string]any{"on_behalf_of": map[string]any{}}, map[string]string{"on_behalf_of/organization_id": "field_missing"}),
		of("not a partner", map[string]any{"on_behalf_of": map[string]any{"organization_id": id}}, map[string]string{"on_behalf_of": "only_partners"}),
		of("a file twice", map[string]any{"files": []string{id, id}}, map[string]string{"files/1": "field_repeated"}),
		of("21 files", map[string]any{"files": strings.Split(strings.Repeat(id+" ", 21)[:37*21-1], " ")}, map[string]string{"files": "too_many"}),
		of("unknown file", map[string]any{"files": []string{id}}, map[string]string{"files": "files_unknown"}),
	}
}

func badJSON() []bad {
	of := func(name, body string, status int, key string, headers ...string) bad {
		return bad{name: name, method: "POST", path: "/v1/tickets", body: body, status: status, key: key, headers: headers}
	}
	good, _ := json.Marshal(registration(nil)) //nolint:errchkjson // a map of texts
	member := func(m string) string { return strings.TrimSuffix(string(good), "}") + "," + m + "}" }
	return []bad{
		of("no JSON", "title=Export", 400, "body_broken"),
		of("cut off", string(good[:20]), 400, "body_broken"),
		of("two values", string(good)+string(good), 400, "body_broken"),
		of("trailing garbage", string(good)+"x", 400, "body_broken"),
		of("a closing brace more", string(good)+"}", 400, "body_broken"),
		of("byte order mark", "\ufeff"+string(good), 400, "body_broken"),
		of("comment", "/* */"+string(good), 400, "body_broken"),
		of("trailing comma", `{"title": "x",}`, 400, "body_broken"),
		of("single quotes", `{'title': 'x'}`, 400, "body_broken"),
		of("not a number", `{"title": NaN}`, 400, "body_broken"),
		of("field twice", member(`"title":"another one"`), 400, "body_key_repeated"),
		of("field twice, escaped", member(`"\u0074itle":"another one"`), 400, "body_key_repeated"),
		of("nested field twice", member(`"on_behalf_of":{"contact_id":"a","contact_id":"b"}`), 400, "body_key_repeated"),
		of("deep", strings.Repeat("[", 21)+strings.Repeat("]", 21), 400, "body_too_deep"),
		of("very deep", strings.Repeat(`{"a":`, 100_000), 400, "body_too_deep"),
		of("an array", "[]", 400, "body_not_object"),
		of("null", "null", 400, "body_not_object"),
		of("a text", `"x"`, 400, "body_not_object"),
		of("2 MiB", `{"title":"`+strings.Repeat("x", 2<<20)+`"}`, 413, "body_too_large"),
		of("form", string(good), 400, "media_type_wrong", "Content-Type", "application/x-www-form-urlencoded"),
		of("text", string(good), 400, "media_type_wrong", "Content-Type", "text/plain"),
		of("xml", string(good), 400, "media_type_wrong", "Content-Type", "application/xml"),
		of("no media type at all", string(good), 400, "media_type_wrong", "Content-Type", "x"),
	}
}

func badTriage(number string) []bad {
	of := func(name string, more map[string]any, fields map[string]string) bad {
		body := map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"}
		maps.Copy(body, more)
		return bad{name: name, method: "POST", path: "/v1/tickets/" + number + "/triage", body: body, status: 422, key: "fields_wrong", fields: fields}
	}
	raw := func(name, body string, fields map[string]string) bad {
		b := of(name, nil, fields)
		b.body = body
		return b
	}
	to := func(name, action string, body any, fields map[string]string) bad {
		b := of(name, nil, fields)
		b.path, b.body = "/v1/tickets/"+number+"/"+action, body
		return b
	}
	return []bad{
		of("all wrong", map[string]any{"reason": "", "severity": "worst", "path": "defect"},
			map[string]string{"reason": "field_not_a_choice", "severity": "field_not_a_choice", "severity_reason": "field_empty", "path": "field_not_a_choice"}),
		of("severity changed without reason", map[string]any{"severity": "high", "severity_reason": " "}, map[string]string{"severity_reason": "field_empty"}),
		of("level of another path", map[string]any{"level": 2}, map[string]string{"level": "level_not_of_path"}),
		of("level 0", map[string]any{"level": 0}, map[string]string{"level": "field_out_of_range"}),
		of("level 4", map[string]any{"level": 4}, map[string]string{"level": "field_out_of_range"}),
		of("level 1.5", map[string]any{"level": 1.5}, map[string]string{"level": "field_wrong_type"}),
		of("level as text", map[string]any{"level": "1"}, map[string]string{"level": "field_wrong_type"}),
		raw("level 1e0", `{"reason":"bug","level":1e0,"severity":"medium","path":"answer"}`, map[string]string{"level": "field_wrong_type"}),
		raw("level 1e400", `{"reason":"bug","level":1e400,"severity":"medium","path":"answer"}`, map[string]string{"level": "field_wrong_type"}),
		of("assignee no id", map[string]any{"assignee_id": "me"}, map[string]string{"assignee_id": "field_wrong_form"}),
		of("assignee unknown", map[string]any{"assignee_id": uuid.NewString()}, map[string]string{"assignee_id": "assignee_unknown"}),
		to("question of white space", "ask-information", map[string]any{"text": " \n\t"}, map[string]string{"text": "field_empty"}),
		to("nothing to reassign", "reassign", map[string]any{}, map[string]string{"assignee_id": "field_missing"}),
		to("members where none are taken", "start", map[string]any{"assignee_id": uuid.NewString(), "force": true},
			map[string]string{"assignee_id": "field_unknown", "force": "field_unknown"}),
		to("unknown member of a note", "notes", map[string]any{"text": "x", "public": true}, map[string]string{"public": "field_unknown"}),
	}
}

func badPeople(t *testing.T, h *stack.House) []bad {
	t.Helper()
	me := ask(t, h, h.Token(t, "interfacing", "jeanne"), "GET", "/v1/me", nil)
	of := func(name string, more map[string]any, fields map[string]string) bad {
		body := map[string]any{"organization_id": me.Text("organization_id"), "name": "New", "email": "new@interfacing.example"}
		maps.Copy(body, more)
		return bad{name: name, method: "POST", path: "/v1/contacts", body: body, status: 422, key: "fields_wrong", fields: fields}
	}
	cases := []bad{
		of("all wrong", map[string]any{"name": " ", "email": "new", "locale": "e", "time_zone": "Mars/Base", "password": "  twelve  spaces are fine"[:12]},
			map[string]string{"name": "field_empty", "email": "field_not_mail", "locale": "field_not_locale", "time_zone": "field_not_zone"}),
		of("password short", map[string]any{"password": "eleven char"}, map[string]string{"password": "field_too_short"}),
		of("password of spaces", map[string]any{"password": strings.Repeat(" ", 12)}, map[string]string{"password": "password_wrong_length"}),
		of("zone of this machine", map[string]any{"time_zone": "Local"}, map[string]string{"time_zone": "field_not_zone"}),
		of("zone as path", map[string]any{"time_zone": "../../etc/passwd"}, map[string]string{"time_zone": "field_not_zone"}),
		{
			name: "staff without role", method: "POST", path: "/v1/staff", body: map[string]any{"name": "x", "email": "x@interfacing.example", "roles": []string{}},
			status: 422, fields: map[string]string{"roles": "field_empty"},
		},
		{
			name: "staff with a contact's role", method: "POST", path: "/v1/staff", body: map[string]any{"name": "x", "email": "x@interfacing.example", "roles": []string{"super_user"}},
			status: 422, fields: map[string]string{"roles/0": "field_not_a_choice"},
		},
		{
			name: "kind", method: "POST", path: "/v1/organizations", body: map[string]any{"kind": "vendor", "name": "x", "external_id": ""},
			status: 422, fields: map[string]string{"kind": "field_not_a_choice", "external_id": "field_empty"},
		},
		{
			name: "name in use", method: "POST", path: "/v1/organizations", body: map[string]any{"kind": "customer", "name": "northern UTILITIES"},
			status: 409, key: "organization_name_taken",
		},
		{
			name: "external id in use", method: "POST", path: "/v1/organizations", body: map[string]any{"kind": "customer", "name": "x", "external_id": "nu-2201"},
			status: 409, key: "external_id_taken",
		},
		{
			name: "address in use", method: "POST", path: "/v1/contacts", body: map[string]any{"organization_id": me.Text("organization_id"), "name": "x", "email": "JEANNE@interfacing.EXAMPLE"},
			status: 409, key: "email_taken",
		},
	}
	// Addresses no mail can reach, and those that look like another's (B2).
	for _, email := range []string{
		"a b@x.example", "a@b@x.example", "<a@x.example>", "A <a@x.example>", `"a b"@x.example`, "a@[127.0.0.1]", "é@x.example",
		"a@x.example,b@x.example", "a@x.example\r\nBcc: b@x.example", "a\x00@x.example", "abc", "abc@", "@x.example", "a@x..example", "a(c)@x.example",
	} {
		cases = append(cases, of(fmt.Sprintf("address %q", email), map[string]any{"email": email}, map[string]string{"email": "field_not_mail"}))
	}
	for _, email := range []string{"jeanne@interfacing.example\u200b", "jeanne@ｉnterfacing.example"} {
		b := of(fmt.Sprintf("look-alike %q", email), map[string]any{"email": email}, nil)
		b.status, b.key = 409, "email_taken"
		cases = append(cases, b)
	}
	return cases
}

var pathMember = regexp.MustCompile(`\{[a-z_]+\}`)

// takes says whether the body of an operation has such a member.
func takes(o *openapi3.Operation, member string) bool {
	if o.RequestBody == nil || o.RequestBody.Value.Content.Get("application/json") == nil {
		return false
	}
	_, there := o.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties[member]
	return there
}

// massAssignment: columns nobody may set are unknown fields wherever a body is
// taken (abuse case B9).
func massAssignment(t *testing.T, h *stack.House) {
	spec, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	db, admin := database(t, h), h.Token(t, "interfacing", "admin")
	before := rows(t, db)
	columns := append(allColumns(t, db), "role", "vendorId", "is_staff", "isStaff", "passwordHash", "email_verified", "price", "paid_at", "created_by", "__proto__")
	tried := 0
	for path, item := range spec.Paths.Map() {
		for method, o := range item.Operations() {
			if method == "GET" || o.OperationID == "uploadFile" || o.OperationID == "receivePayment" || o.OperationID == "receiveDevStatus" { // what is not signed is not read
				continue
			}
			body := map[string]any{}
			for _, c := range columns {
				if !takes(o, c) {
					body[c] = "x"
				}
			}
			target := pathMember.ReplaceAllString(strings.NewReplacer("{ticket}", "IF-2026-000001", "/webhook-deliveries/{delivery}", "/webhook-deliveries/"+uuid.NewString(), "{delivery}", "1").Replace(path), uuid.NewString())
			a := ask(t, h, admin, method, target, body)
			named := fields(a)
			for c := range body {
				if key := named[c]["key"]; a.Status != 422 || key != "field_unknown" {
					t.Errorf("%s: %s is %d %q", o.OperationID, c, a.Status, key)
				}
			}
			tried++
		}
	}
	if after := rows(t, db); after != before || tried < 17 {
		t.Errorf("%d operations tried; rows %s → %s", tried, before, after)
	}
}

// texts: whatever characters a text has, it is kept and given back as data.
func texts(t *testing.T, h *stack.House) {
	jeanne, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent")
	for name, text := range map[string]struct{ in, out string }{
		"script":         {`"<script>alert('1')</script>& ${7*7} {{.Env}}"`, "<script>alert('1')</script>& ${7*7} {{.Env}}"},
		"NUL":            {`"abc\u0000def"`, "abc\uFFFDdef"},
		"control":        {`"a\u0001\u001b[31mb\u007f\r\nc"`, "a\x01\x1b[31mb\x7f\r\nc"},
		"direction":      {`"abc\u202egnp.exe"`, "abc\u202egnp.exe"},
		"lone surrogate": {`"ab\ud800cdef"`, "ab\uFFFDcdef"},
		"half a pair":    {`"\udc00abcdef"`, "\uFFFDabcdef"},
		"invalid UTF-8":  {"\"abc\xff\xfedef\"", "abc\uFFFD\uFFFDdef"},
		"overlong":       {"\"abc\xc0\xafdef\"", "abc\uFFFD\uFFFDdef"},
		"emoji":          {`"\ud83d\ude00👨‍👩‍👧 é e\u0301"`, "😀👨‍👩‍👧 é e\u0301"},
		"SQL":            {`"'; drop table tickets; --"`, "'; drop table tickets; --"},
		"lines":          {`"a\u2028b\u2029c\u0085d"`, "a\u2028b\u2029c\u0085d"},
		"300 characters": {`"` + strings.Repeat("𝒳", 300) + `"`, strings.Repeat("𝒳", 300)},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, h, jeanne, "POST", "/v1/tickets", `{"type":"bug","severity":"medium","title":`+text.in+`,"body":`+text.in+`,"component":`+component(text.in)+`}`)
			wants(t, "register", a, 201, "")
			for _, token := range []string{jeanne, agent} {
				back := ask(t, h, token, "GET", "/v1/tickets/"+a.Text("number"), nil)
				if back.Text("title") != text.out || back.Text("request", "body") != text.out {
					t.Errorf("given back: %q %q", back.Text("title"), back.Text("request", "body"))
				}
				if strings.Contains(string(back.Raw), "<script") || back.Header.Get("Content-Type") != "application/json" {
					t.Errorf("not escaped: %s", back.Raw)
				}
			}
			for _, path := range []string{"/comments", "/notes"} {
				c := ask(t, h, agent, "POST", "/v1/tickets/"+a.Text("number")+path, `{"text":`+text.in+`}`)
				if c.Status != 201 || c.Text("text") != text.out {
					t.Errorf("%s: %d %s", path, c.Status, c.Raw)
				}
			}
			if all := ask(t, h, agent, "GET", "/v1/tickets/"+a.Text("number")+"/comments", nil); len(all.JSON["comments"].([]any)) != 2 { //nolint:forcetypeassert // the contract
				t.Errorf("comments: %s", all.Raw)
			}
		})
	}
	t.Run("names", func(t *testing.T) {
		a := ask(t, h, h.Token(t, "interfacing", "admin"), "POST", "/v1/organizations", "{\"kind\":\"customer\",\"name\":\"<b>\\u0000\xff\\u202e\",\"external_id\":\"a\\u0000b\"}")
		if a.Status != 201 || a.Text("name") != "<b>\uFFFD\uFFFD\u202e" || a.Text("external_id") != "a\uFFFDb" {
			t.Errorf("%d %s", a.Status, a.Raw)
		}
	})
}

// languages: a refusal is said in the language asked for, else in the
// reader's own.
func languages(t *testing.T, h *stack.House) {
	english, french := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "super")
	for _, c := range []struct{ token, asked, want string }{
		{english, "", "en"},
		{french, "", "fr"},
		{english, "fr-FR", "fr"},
		{french, "en;q=0.9, de", "en"},
		{french, "de", "fr"},
		{french, "\xff;;", "fr"},
		{"", "", "en"},
		{"", "fr", "fr"},
		{"", "zh", "en"},
	} {
		var headers []string
		if c.asked != "" {
			headers = []string{"Accept-Language", c.asked}
		}
		a := ask(t, h, c.token, "GET", "/v1/tickets/nothing", nil, headers...)
		title := map[string]string{"en": "There is nothing here for you to see.", "fr": "Introuvable, ou hors de votre vue."}[c.want]
		if c.token == "" {
			title = map[string]string{"en": "Please sign in.", "fr": "Veuillez vous connecter."}[c.want]
		}
		if a.Text("title") != title || a.Header.Get("Content-Language") != c.want {
			t.Errorf("%q: %s, want %s: %s", c.asked, a.Header.Get("Content-Language"), c.want, a.Raw)
		}
	}
}

// component is a text short enough for that field.
func component(literal string) string {
	if len(literal) > 200 {
		return `"x"`
	}
	return literal
}

// sizes: what the contract states as the limit is taken, one more is not.
func sizes(t *testing.T, h *stack.House, token string) {
	for _, c := range []struct {
		field  string
		length int
		status int
	}{{"title", 5, 201}, {"title", 300, 201}, {"title", 301, 422}, {"body", 60_000, 201}, {"body", 60_001, 422}, {"component", 200, 201}, {"component", 201, 422}} {
		for _, r := range []string{"x", "é", "𝒳"} {
			a := ask(t, h, token, "POST", "/v1/tickets", registration(map[string]any{c.field: strings.Repeat(r, c.length)}))
			wants(t, fmt.Sprintf("%s of %d %s", c.field, c.length, r), a, c.status, "")
			if named := slices.Collect(maps.Keys(fields(a))); c.status == 422 && !slices.Equal(named, []string{c.field}) {
				t.Errorf("%s of %d %s: fields %v", c.field, c.length, r, named)
			}
		}
	}
}
