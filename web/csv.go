package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/desk"
)

// exportMax is how many requests an export holds, newest first.
const exportMax = 5000

// ticketsCSV is the list as a file for a spreadsheet: the same requests, with
// the reader's rights.
func ticketsCSV(q *request) error {
	ctx, l := q.Request().Context(), readListing(q.QueryParams())
	ask := l.query()
	ask.Limit = desk.PageMax
	rows := [][]string{}
	for {
		list, next, err := q.site.desk.Tickets(ctx, ask)
		if err != nil {
			return err
		}
		for _, v := range list {
			rows = append(rows, q.exported(v))
		}
		if next == "" || len(rows) >= exportMax {
			if next != "" {
				rows = append(rows, []string{q.say("export_more", "max", strconv.Itoa(exportMax))})
			}
			break
		}
		ask.Cursor = next
	}
	var heads []string
	for _, key := range []string{
		"column_number", "column_title", "column_status", "fact_type", "fact_severity", "column_customer", "column_requester",
		"column_registered", "column_next", "column_changed",
	} {
		heads = append(heads, q.say(key))
	}
	h := q.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+q.vendor.Slug+"-"+q.site.desk.Now().In(q.location()).Format("2006-01-02")+`.csv"`)
	return q.Blob(http.StatusOK, "text/csv; charset=utf-8", sheet(append([][]string{heads}, rows...)))
}

// exported is a request's line. Dates are in the reader's zone, as spreadsheets
// read them.
func (q *request) exported(v desk.TicketView) []string {
	p := &page{Request: q}
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.In(q.location()).Format("2006-01-02 15:04 -07:00")
	}
	return []string{
		v.Row.Number, v.Row.Title, p.T(p.Status(v.Row).Key), p.Label("type", v.Row.Type), p.Label("severity", v.Row.Severity),
		v.Names.Organizations[v.Row.OrganizationID], v.Names.People[v.Row.RequesterID],
		at(&v.Row.RegisteredAt), at(p.NextDate(v.Row).At), at(&v.Row.UpdatedAt),
	}
}

// sheet writes lines as CSV in UTF-8 that spreadsheets know by its first mark,
// each cell harmless.
func sheet(lines [][]string) []byte {
	var out bytes.Buffer
	out.WriteString("\uFEFF")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	for _, line := range lines {
		cells := make([]string, len(line))
		for i, cell := range line {
			cells[i] = harmlessCell(cell)
		}
		_ = w.Write(cells) // into memory: never fails
	}
	w.Flush()
	return out.Bytes()
}

// formula is what a spreadsheet would compute: at the beginning of a cell, or
// after what another language's spreadsheet takes for the end of one.
var formula = regexp.MustCompile(`(^|;)([\s\x{00A0}\x{200B}\x{FEFF}"']*)([=+\-@＝＋－＠])`)

// harmlessCell makes a text that no spreadsheet computes: on one line, with an
// apostrophe before what would be a formula (abuse case B26).
func harmlessCell(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	return formula.ReplaceAllString(text, "$1'$2$3")
}
