package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// field is what a column can say about a request.
type field string

// The fields; the names are those of --map.
const (
	fieldTitle     field = "title"
	fieldBody      field = "body"
	fieldType      field = "type"
	fieldSeverity  field = "severity"
	fieldRequester field = "requester"
	fieldComponent field = "component"
	fieldDate      field = "date"
	fieldID        field = "id"
)

// fields lists the fields in the order in which they are reported, and the
// names of columns understood for each, best first. A name may end in _html.
var fields = []struct {
	field field
	names []string
}{
	{fieldTitle, []string{"title", "subject", "summary"}},
	{fieldBody, []string{"body", "description", "question", "content", "message", "text"}},
	{fieldType, []string{"type", "request_type"}},
	{fieldSeverity, []string{"severity"}},
	{fieldRequester, []string{"requester", "email", "requester_email", "contact", "contact_email"}},
	{fieldComponent, []string{"component", "product", "product_component", "topic"}},
	{fieldDate, []string{"original_date", "created", "created_at", "date"}},
	{fieldID, []string{"id", "number", "ticket_id", "ticket_number"}},
}

// columns says which columns of a file make which field.
type columns struct {
	header []string
	of     map[field][]int // one column; the component may be made of several
	unused []string
}

// mapColumns finds the columns of a header. explicit maps fields to columns
// and goes first; a field mapped to "" is made of none.
func mapColumns(header []string, explicit map[string]string) (columns, error) {
	c := columns{header: header, of: map[field][]int{}}
	if err := c.explicit(explicit); err != nil {
		return c, err
	}
	taken := map[int]bool{}
	for _, list := range c.of {
		for _, i := range list {
			taken[i] = true
		}
	}
	for _, f := range fields {
		if _, set := c.of[f.field]; set {
			continue
		}
		for _, name := range f.names {
			i := slices.IndexFunc(header, func(h string) bool { return bare(h) == name })
			if i < 0 || taken[i] || len(c.of[f.field]) > 0 && f.field != fieldComponent {
				continue
			}
			c.of[f.field] = append(c.of[f.field], i)
			taken[i] = true
		}
	}
	for i, h := range header {
		if !taken[i] && !isOurs(h, i, header) {
			c.unused = append(c.unused, h)
		}
	}
	return c, c.check()
}

func (c *columns) explicit(explicit map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(explicit)) {
		column := explicit[name]
		f := field(strings.ToLower(strings.TrimSpace(name)))
		if !slices.ContainsFunc(fields, func(known struct {
			field field
			names []string
		},
		) bool {
			return known.field == f
		}) {
			return fmt.Errorf("--map %s=%s: there is no field %q; the fields are %s", name, column, name, fieldNames())
		}
		c.of[f] = []int{}
		if column == "" {
			continue
		}
		i := slices.IndexFunc(c.header, func(h string) bool { return normal(h) == normal(column) })
		if i < 0 {
			return fmt.Errorf("--map %s=%s: the file has no column %q; it has %s", name, column, column, strings.Join(c.header, ", "))
		}
		c.of[f] = []int{i}
	}
	return nil
}

func (c columns) check() error {
	for _, f := range []field{fieldTitle, fieldBody} {
		if !c.has(f) {
			return fmt.Errorf("no column for the %s: the file has %s; name the right one with --map %s=COLUMN", f, strings.Join(c.header, ", "), f)
		}
	}
	return nil
}

func fieldNames() string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f.field)
	}
	return strings.Join(names, ", ")
}

// normal is a header's name without its spelling: "Body HTML" is body_html.
func normal(header string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '_'
	}, strings.TrimSpace(header)), "_")
}

func bare(header string) string { return strings.TrimSuffix(normal(header), "_html") }

// isOurs says whether a column is one of the two that the file of rejected
// rows adds at the end.
func isOurs(h string, i int, header []string) bool {
	return i == len(header)-2 && h == columnLine && header[i+1] == columnReason || i == len(header)-1 && i > 0 && h == columnReason && header[i-1] == columnLine
}

func (c columns) has(f field) bool { return len(c.of[f]) > 0 }

// value is what a row says for a field, without blanks around it.
func (c columns) value(cells []string, f field) string {
	var parts []string
	for _, i := range c.of[f] {
		if v := strings.TrimSpace(cells[i]); v != "" {
			parts = append(parts, v)
		}
	}
	return strings.Join(parts, " / ")
}

// html says whether the column's name says that it holds HTML.
func (c columns) html(f field) bool {
	return c.has(f) && strings.HasSuffix(normal(c.header[c.of[f][0]]), "html")
}

// name is a field as its reader knows it: with the column it comes from.
func (c columns) name(f field) string {
	var names []string
	for _, i := range c.of[f] {
		if normal(c.header[i]) != string(f) {
			names = append(names, c.header[i])
		}
	}
	if len(names) == 0 {
		return string(f)
	}
	return fmt.Sprintf("%s (column %s)", f, strings.Join(names, ", "))
}

// say lists the fields found and where.
func (c columns) say() string {
	var list []string
	for _, f := range fields {
		if c.has(f.field) {
			list = append(list, c.name(f.field))
		}
	}
	return strings.Join(list, ", ")
}

// unreadable names the fields whose bytes are not UTF-8 text.
func (c columns) unreadable(cells []string) string {
	var list []string
	for _, f := range fields {
		if !utf8.ValidString(c.value(cells, f.field)) {
			list = append(list, c.name(f.field))
		}
	}
	return strings.Join(list, ", ")
}

// fingerprint is what a text is known by.
type fingerprint [sha256.Size]byte

// identity is a row's key, the same in every run, and the fingerprint of what
// the row says. The key is that of the row's id where it has one, else of what
// it says. Columns that make no field count for neither.
func (c columns) identity(origin string, cells []string) (key string, content fingerprint, err error) {
	values := make([]string, len(fields))
	for i, f := range fields {
		values[i] = c.value(cells, f.field)
	}
	if content, err = fingerprintOf(values); err != nil {
		return "", content, err
	}
	var whole fingerprint
	if id := c.value(cells, fieldID); id != "" {
		whole, err = fingerprintOf([]string{"id", origin, id})
	} else {
		whole, err = fingerprintOf([]string{"row", origin, hex.EncodeToString(content[:])})
	}
	return "import/" + hex.EncodeToString(whole[:]), content, err
}

func fingerprintOf(values []string) (fingerprint, error) {
	raw, err := json.Marshal(values)
	return sha256.Sum256(raw), err
}
