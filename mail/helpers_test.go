package mail

import (
	"bufio"
	"bytes"
	"mime"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/jhillyerd/enmime/v2"
)

const nbsp = "\u00a0"

func at(s string) *time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return &t
}

// notice is a complete one of the given kind and locale.
func notice(kind Kind, locale string) Notice {
	return Notice{
		Kind: kind, Locale: locale, TimeZone: "Europe/Berlin",
		To: Address{Name: "Jeanne Martin", Email: "jeanne@acme.example"},
		Vendor: Vendor{
			Name: "Posimente", From: Address{Name: "Posimente Support", Email: "support@posimente.example"},
			ReplyTo: "tickets@posimente.example", Phone: "+61 3 9000 0000",
			Postal: "1 Collins Street\nMelbourne VIC 3000", PrivacyURL: "https://posimente.example/privacy",
		},
		MessageID: "b2f1.receipt.1@posimente.example", Thread: "b2f1.receipt.0@posimente.example",
		At:     *at("2026-11-20T14:05:06.789Z"),
		Number: "PX-2026-000123", Subject: "Labels print twice",
		URL:       "https://support.posimente.example/tickets/PX-2026-000123",
		SecretURL: "https://support.posimente.example/posimente/password/once", SecretCode: "123456", Until: at("2026-11-27T09:00:00Z"),
		Browser: "Firefox", System: "Windows", IP: "203.0.113.7", Left: 9,
		Actor: "Paul Roy", Organization: "Groupe Nord", OnBehalfOf: "Acme",
		Text: "First line.\nSecond line.",
		Due:  at("2026-11-23T09:00:00Z"), Closed: true, ReopenUntil: at("2026-12-01T16:30:00Z"),
		Clock: "first_response", Late: true, Unassigned: true,
		Other: "PX-2026-000099", OtherURL: "https://support.posimente.example/tickets/PX-2026-000099",
		Files:       []string{"labels.csv", "screen.png"},
		TheirSystem: "Salesforce org 00D5g000004XYZ1", Scopes: []string{"read_only", "configuration"},
		Invoice: "INV-2026-0001", Credits: "INV-2026-0007", Amount: "251.51 CAD", DueDay: "1 December 2026",
		Details: "Objects Case and Account.", Ends: at("2026-12-15T22:59:59Z"),
		Service: &Service{
			Number: "SR-2026-000042", Path: "service_request", Waits: "validation", Step: "ask_adjustments", Ending: "gave_up",
			PerHour: "125.00", Currency: "CAD", Minimum: 15, Minutes: 210, Amount: "437.5", BillsAnalysis: true, Round: 2,
			By: at("2026-12-08T16:30:00Z"), Bills: true, Moved: true, Cites: "Support Policy", First: "1 December 2026", Last: "12 December 2026", Kept: "300.00", Settles: true,
			Sessions: []Session{
				{*at("2026-12-08T14:00:00Z"), *at("2026-12-08T17:30:00Z"), "Room 4, Montréal"},
				{*at("2026-12-09T14:00:00Z"), *at("2026-12-09T14:45:00Z"), "https://meet.example/4"},
			},
		},
		Statement: statement(),
		Review:    &Review{Number: "QA-2026-000003", Verdict: "known", Release: "8.2", Dev: "DEV-2026-000009", Target: "8.4"},
		News: &News{Kind: "slipped", Target: "8.5", Items: []NewsItem{
			{Number: "PX-2026-000123", Title: "Labels print twice", Dev: "DEV-2026-000009", URL: "https://support.posimente.example/tickets/PX-2026-000123"},
			{Number: "PX-2026-000124", Title: "Export stops", Dev: "DEV-2026-000011"},
		}},
	}
}

// statement is a complete one.
func statement() *Statement {
	return &Statement{
		Organization: "Acme", Week: "2026-W48", At: *at("2026-11-23T07:00:00Z"), Since: *at("2026-10-26T07:00:00Z"), Weeks: 4, TimeZone: "Europe/Berlin",
		Open: []StatementRequest{
			{
				Number: "PX-2026-000123", Title: "Labels print twice", Status: "you", Since: *at("2026-11-20T14:05:00Z"), WaitsFor: "Jeanne Martin",
				Question: "Which printer?\nWhich driver?", Minutes: 90, Work: []StatementWork{{"SR-2026-000007", "waiting_for_validation"}},
			},
			{Number: "PX-2026-000124", Title: "Export stops", Status: "working", Since: *at("2026-11-21T08:00:00Z")},
		},
		OpenCount: 33, Yours: 1, OpenMinutes: 150,
		Completed:      []StatementRequest{{Number: "PX-2026-000100", Title: "Colours", Status: "closed", Since: *at("2026-11-02T10:00:00Z"), Minutes: 45}},
		CompletedCount: 1, CompletedMinutes: 45,
		Tickets: &StatementTickets{Reference: "PX-7", Included: 50, Left: 12, Until: at("2026-12-31T00:00:00Z")},
	}
}

func render(t testing.TB, n Notice) *Message {
	t.Helper()
	m, err := Render(n)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func parse(t testing.TB, raw []byte) *enmime.Envelope {
	t.Helper()
	e, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Errors) > 0 {
		t.Fatalf("enmime complains: %v", e.Errors)
	}
	return e
}

// fieldsOf lists the header field names of a raw mail in order.
func fieldsOf(raw []byte) []string {
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	var names []string
	for line := range strings.SplitSeq(string(header), "\r\n") {
		if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			name, _, _ := strings.Cut(line, ":")
			names = append(names, name)
		}
	}
	return names
}

var allFields = []string{
	"Auto-Submitted", "Content-Language", "Date", "In-Reply-To", "Message-ID", "MIME-Version",
	"References", "Subject", "X-Auto-Response-Suppress", "From", "To", "Reply-To",
	"Content-Transfer-Encoding", "Content-Type",
}

// checkWire asserts what holds for every mail, whatever its data.
func checkWire(t testing.TB, raw []byte, fields []string) {
	t.Helper()
	got := fieldsOf(raw)
	slices.Sort(got)
	want := slices.Sorted(slices.Values(fields))
	if !slices.Equal(got, want) {
		t.Errorf("header fields\n got %v\nwant %v", got, want)
	}
	rest := bytes.ReplaceAll(raw, []byte("\r\n"), nil)
	for i, c := range rest {
		if c >= 0x7F || c < ' ' && c != '\t' {
			t.Fatalf("byte %#x in the mail near %.60q", c, rest[max(0, i-30):])
		}
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	header, err := textproto.NewReader(newReader(raw)).ReadMIMEHeader()
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		decoded, err := new(mime.WordDecoder).DecodeHeader(values[0])
		if err != nil || len(values) != 1 {
			t.Errorf("%s: %q: %v", name, values, err)
		}
		if i := strings.IndexFunc(decoded, func(r rune) bool {
			return unicode.IsControl(r) || isBidiMark(r) || isBidiOverride(r)
		}); i >= 0 {
			t.Errorf("%s holds a control character: %q", name, decoded)
		}
		if strings.Contains(decoded, "=?") {
			t.Errorf("%s would be decoded twice: %q", name, decoded)
		}
	}
}

// ours is the body without what is set off as the words of others.
func ours(text string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "|") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func wantParts(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("missing %q in:\n%s", part, text)
		}
	}
}

func newReader(raw []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(raw)) }
