package importer

import (
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// all reads a file: its header, its rows, and why reading ended before the end.
func all(t *testing.T, content, encoding string) (header []string, rows []record, err error) {
	t.Helper()
	s, err := openSource(file(t, content), encoding)
	if err != nil {
		return nil, nil, err
	}
	defer s.close()
	for {
		r, err := s.next()
		if errors.Is(err, io.EOF) {
			return s.header, rows, nil
		}
		if err != nil {
			return s.header, rows, err
		}
		rows = append(rows, r)
	}
}

func utf16le(s string) string {
	b := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func TestSourceReadsEveryDialect(t *testing.T) {
	want := [][]string{{"é", "two\nlines"}, {"b;c", "d"}}
	for name, c := range map[string]struct{ content, encoding string }{
		"plain":        {"title,body\né,\"two\nlines\"\nb;c,d\n", ""},
		"BOM":          {"\xEF\xBB\xBFtitle,body\né,\"two\nlines\"\nb;c,d\n", ""},
		"CRLF":         {"title,body\r\né,\"two\r\nlines\"\r\nb;c,d\r\n", ""},
		"no last line": {"title,body\né,\"two\nlines\"\nb;c,d", ""},
		"semicolon":    {"title;body\né;\"two\nlines\"\n\"b;c\";d\n", ""},
		"tab":          {"title\tbody\né\t\"two\nlines\"\nb;c\td\n", ""},
		"blank rows":   {"\n\ntitle,body\n\n,\né,\"two\nlines\"\n , \nb;c,d\n\n", ""},
		"extra empty":  {"title,body\né,\"two\nlines\",,\nb;c,d,\n", ""},
		"windows-1252": {"title,body\n\xe9,\"two\nlines\"\nb;c,d\n", "windows-1252"},
		"UTF-16":       {utf16le("title\tbody\r\né\t\"two\r\nlines\"\r\nb;c\td\r\n"), ""},
		"UTF-8 named":  {"\xEF\xBB\xBFtitle,body\né,\"two\nlines\"\nb;c,d\n", "utf-8"},
	} {
		header, rows, err := all(t, c.content, c.encoding)
		if err != nil || !reflect.DeepEqual(header, []string{"title", "body"}) || len(rows) != 2 {
			t.Errorf("%s: header %q, %d rows, %v", name, header, len(rows), err)
			continue
		}
		for i, r := range rows {
			if !reflect.DeepEqual(r.cells, want[i]) || r.fault != "" {
				t.Errorf("%s: row %q %q, want %q", name, r.cells, r.fault, want[i])
			}
		}
	}
}

func TestSourceSetsRowsAside(t *testing.T) {
	_, rows, err := all(t, "title,body\na\nb,c,d\ne 5\" disk,f\n\"g\nh\",i\n", "")
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, want := range []struct {
		line  int
		fault string
	}{{2, "This row has 1 columns, the header has 2."}, {3, "This row has 3 columns, the header has 2."}, {4, "Line 4 has a quote"}, {5, ""}} {
		if rows[i].line != want.line || !strings.HasPrefix(rows[i].fault, want.fault) || want.fault == "" && rows[i].fault != "" {
			t.Errorf("row %d: line %d, %q; want line %d, %q", i, rows[i].line, rows[i].fault, want.line, want.fault)
		}
	}
}

func TestSourceRefusesWhatItCantReadOn(t *testing.T) {
	for name, c := range map[string]struct{ content, encoding, want string }{
		"empty":          {"", "", "the file is empty"},
		"only a BOM":     {"\xEF\xBB\xBF", "", "the file is empty"},
		"quotes":         {"title,body\n\"a\"b,c\n", "", "line 2 has quotes that don't match"},
		"quote open":     {"title,body\n\"a,b\nc,d\n", "", "line 2 has quotes that don't match"},
		"giant":          {"title,body\n\"a," + strings.Repeat("x\n", rowMax) + "\n", "", "larger than 16 MiB"},
		"odd encoding":   {"title,body\n", "klingon", `no encoding is called "klingon"`},
		"header's quote": {"ti\"tle,body\n", "", "the first line must name the columns"},
	} {
		if _, _, err := all(t, c.content, c.encoding); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestColumnsAreFoundByTheirNames(t *testing.T) {
	for name, c := range map[string]struct {
		header   string
		explicit map[string]string
		want     map[field][]int
		unused   []string
	}{
		"real file": {
			"id,created,subject,body_html,product,topic,locale", nil,
			map[field][]int{fieldID: {0}, fieldDate: {1}, fieldTitle: {2}, fieldBody: {3}, fieldComponent: {4, 5}},
			[]string{"locale"},
		},
		"spelling": {
			"Number,Created At,TITLE,Description HTML,Contact E-Mail,email", nil,
			map[field][]int{fieldID: {0}, fieldDate: {1}, fieldTitle: {2}, fieldBody: {3}, fieldRequester: {5}},
			[]string{"Contact E-Mail"},
		},
		"best name first": {
			"subject,title,question,body", nil,
			map[field][]int{fieldTitle: {1}, fieldBody: {3}},
			[]string{"subject", "question"},
		},
		"by hand": {
			"subject,problem,body",
			map[string]string{"Body": "Problem", "title": "subject"},
			map[field][]int{fieldTitle: {0}, fieldBody: {1}},
			[]string{"body"},
		},
		"switched off": {
			"title,body,email",
			map[string]string{"requester": ""},
			map[field][]int{fieldTitle: {0}, fieldBody: {1}, fieldRequester: {}},
			[]string{"email"},
		},
		"rejected rows": {"title,body,line,reason", nil, map[field][]int{fieldTitle: {0}, fieldBody: {1}}, nil},
		"same twice":    {"title,body,title", nil, map[field][]int{fieldTitle: {0}, fieldBody: {1}}, []string{"title"}},
	} {
		got, err := mapColumns(strings.Split(c.header, ","), c.explicit)
		if err != nil || !reflect.DeepEqual(got.of, c.want) || !reflect.DeepEqual(got.unused, c.unused) {
			t.Errorf("%s: %v, unused %q, %v; want %v, %q", name, got.of, got.unused, err, c.want, c.unused)
		}
	}
}

func TestColumnsThatCantBeFound(t *testing.T) {
	for name, c := range map[string]struct {
		header   string
		explicit map[string]string
		want     string
	}{
		"no body":   {"title,foo", nil, "no column for the body: the file has title, foo; name the right one with --map body=COLUMN"},
		"no title":  {"body", nil, "no column for the title"},
		"no field":  {"title,body", map[string]string{"colour": "body"}, `there is no field "colour"; the fields are title, body, type`},
		"no column": {"title,body", map[string]string{"type": "kind"}, `the file has no column "kind"; it has title, body`},
		"taken off": {"title,body", map[string]string{"body": ""}, "no column for the body"},
	} {
		if _, err := mapColumns(strings.Split(c.header, ","), c.explicit); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	melbourne, err := time.LoadLocation("Australia/Melbourne")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"2023-04-01 15:08:48 -0700":       "2023-04-01T22:08:48Z",
		"2023-04-01T15:08:48Z":            "2023-04-01T15:08:48Z",
		"2023-04-01T15:08:48.25+02:00":    "2023-04-01T13:08:48Z",
		"2023-04-01T15:08:48":             "2023-04-01T04:08:48Z", // the vendor's zone
		"2023-07-01 15:08:48":             "2023-07-01T05:08:48Z",
		"2023-07-01":                      "2023-06-30T14:00:00Z",
		"2023-04-01 15:08:48 UTC":         "2023-04-01T15:08:48Z",
		"Sat, 1 Apr 2023 15:08:48 +0000":  "2023-04-01T15:08:48Z",
		"Sat, 01 Apr 2023 15:08:48 GMT":   "2023-04-01T15:08:48Z",
		"April 1, 2023":                   "2023-03-31T13:00:00Z",
		"2023-10-01 02:30:00":             "2023-09-30T16:30:00Z", // skipped by daylight saving: taken as the hour after
		"2024-02-29":                      "2024-02-28T13:00:00Z",
		"2026-03-01T12:00:00Z":            "2026-03-01T12:00:00Z", // hours ahead: another clock
		"04/01/2023":                      "",
		"2023-02-29":                      "",
		"2023-13-01":                      "",
		"yesterday":                       "",
		"0000-00-00 00:00:00":             "",
		"1969-12-31T23:59:59Z":            "",
		"2026-03-03":                      "",
		"0001-01-01":                      "",
		strings.Repeat("9", 1000):         "",
		"2023-04-01 15:08:48 -0700 extra": "",
	} {
		at, err := parseDate(in, melbourne, now)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q was read as %s", in, at)
		case want == "" && len(err.Error()) > 250:
			t.Errorf("%q: a reason of %d characters", in, len(err.Error()))
		case want != "" && (err != nil || at.Location() != time.UTC || at.Truncate(time.Second).Format(time.RFC3339) != want):
			t.Errorf("%q: %s, %v; want %s", in, at, err, want)
		}
	}
}
