package document

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

// signed is an authority with everything, in a language.
func signed(locale string) Authority {
	return Authority{
		Locale: locale, Vendor: "Posimente", ID: "0b5c1ea5", Number: "PX-2026-000123", Title: "Labels print twice",
		Customer: "Harbour Freight Pty", System: "Salesforce org 00D5g000004XYZ1", Scopes: []string{"read_only", "configuration"},
		ScopeText: "Objects Case and Account.", Reason: "The rule behind the labels can't be seen from outside: {{.Env}} ${7*7} (x) \\ )",
		AskedBy: "Alex Agent", AskedAt: "Monday 23 November 2026, 10:00", AskedUntil: "Tuesday 15 December 2026, 23:59",
		Decisions: []Decision{
			{
				Kind: "completed", Person: "Paul Roy", Name: "Paul A. Roy", Organization: "Southern Cross Consulting", Customer: "Harbour Freight Pty",
				Capacity: "partner", Basis: "Written order of 3 May, n° 17, signée à Orléans œuvre", Scopes: []string{"read_only"},
				EndsAt: "Monday 30 November 2026, 23:59", At: "Tuesday 24 November 2026, 9:30", Channel: "portal", IP: "203.0.113.7", ID: "77f0",
			},
			{Kind: "revoked", Person: "Sam Super", Organization: "Harbour Freight Pty", Capacity: "super_user", Reason: "No longer needed.", At: "Friday", Channel: "api", ID: "77f1"},
		},
		Made: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC),
	}
}

func drawn(t *testing.T, a Authority) []byte {
	t.Helper()
	raw, err := a.PDF()
	if err != nil || !bytes.HasPrefix(raw, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(raw), []byte("%%EOF")) {
		t.Fatalf("no PDF: %v, %.20q", err, raw)
	}
	return raw
}

var streams = regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`)

// textOf is what the pages say: strings of UTF-16 in what their streams hold.
func textOf(t *testing.T, raw []byte) string {
	t.Helper()
	var all strings.Builder
	for _, m := range streams.FindAllSubmatch(raw, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue // not compressed: no page
		}
		page, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(page, []byte("BT ")) {
			continue
		}
		for rest := page; ; {
			from := bytes.IndexByte(rest, '(')
			if from < 0 {
				break
			}
			var bytesOf []byte
			i := from + 1
			for ; rest[i] != ')'; i++ {
				if rest[i] == '\\' {
					i++
					bytesOf = append(bytesOf, map[byte]byte{'r': '\r', 'n': '\n'}[rest[i]])
					if last := len(bytesOf) - 1; bytesOf[last] == 0 {
						bytesOf[last] = rest[i]
					}
					continue
				}
				bytesOf = append(bytesOf, rest[i])
			}
			rest = rest[i+1:]
			units := make([]uint16, len(bytesOf)/2)
			for j := range units {
				units[j] = uint16(bytesOf[2*j])<<8 | uint16(bytesOf[2*j+1])
			}
			all.WriteString(string(utf16.Decode(units)) + "\n")
		}
	}
	return strings.ReplaceAll(all.String(), "\u00a0", " ")
}

// unwrapped has every run of blanks as one space: lines are broken where the
// sheet ends.
func unwrapped(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestAuthorityHoldsTheFacts(t *testing.T) {
	t.Parallel()
	for locale, more := range map[string][]string{
		"en": {"Access authority", "contact of a partner, on behalf of the customer", "look at it", "Taken back", "super-user of the customer", "the portal, 203.0.113.7"},
		"fr": {"Autorisation d’accès", "personne d’un partenaire, au nom du client", "le consulter", "Révoquée", "Ce qui peut être fait"},
	} {
		text := unwrapped(textOf(t, drawn(t, signed(locale))))
		for _, want := range append(more,
			"Posimente", "PX-2026-000123 · Labels print twice", "Harbour Freight Pty", "Salesforce org 00D5g000004XYZ1", "Objects Case and Account.",
			"{{.Env}} ${7*7} (x) \\ )", "Alex Agent, Posimente", "Paul A. Roy", "Paul Roy, Southern Cross Consulting", "Written order of 3 May, n° 17, signée à Orléans œuvre",
			"Monday 30 November 2026, 23:59", "No longer needed.", "77f0", "0b5c1ea5 · 1/",
		) {
			if !strings.Contains(text, want) {
				t.Errorf("%s: nothing says %q:\n%s", locale, want, text)
			}
		}
	}
	open := signed("en")
	open.Decisions = nil
	if text := unwrapped(textOf(t, drawn(t, open))); !strings.Contains(text, "it is a question, not an authority") {
		t.Errorf("not answered:\n%s", text)
	}
}

// TestEqualBytes: the same sheet is the same file, also when many are drawn at
// once.
func TestEqualBytes(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"en", "fr"} {
		want := drawn(t, signed(locale))
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if got := drawn(t, signed(locale)); !bytes.Equal(got, want) {
					t.Errorf("%s: drawn again it differs", locale)
				}
			})
		}
		wg.Wait()
		other := signed(locale)
		other.Decisions[0].Name = "Paul B. Roy"
		if bytes.Equal(drawn(t, other), want) {
			t.Error("another name, the same file")
		}
	}
}

// Whatever customers write is drawn as text: signs the fonts lack, words no
// line holds, many pages.
func TestAnyText(t *testing.T) {
	t.Parallel()
	a := signed("fr")
	a.System = strings.Repeat("Donaudampfschifffahrt", 20)
	a.Reason = strings.Repeat("A line of many.\n", 400)
	a.ScopeText = "日本語 😀 \u202e \x00 \x1b[31m \uffff {pages} tab\there"
	a.Decisions[0].Name = strings.Repeat("é", 200)
	text := textOf(t, drawn(t, a))
	if !strings.Contains(text, "??? ? ?") || !strings.Contains(text, "tab here") || !strings.Contains(text, "{ pages}") || strings.ContainsAny(text, "日\x1b\x00") {
		t.Errorf("signs the fonts lack:\n%.600s", text[max(0, strings.Index(text, "???")-50):])
	}
	if got := strings.Count(text, "A line of many."); got != 400 {
		t.Errorf("%d of 400 lines", got)
	}
	if !strings.Contains(text, " · 8/") {
		t.Error("so many lines are on fewer than eight pages")
	}
	for _, mark := range []string{"/JavaScript", "/JS", "/Launch", "/URI", "/Filespec", "/OpenAction <<"} {
		if bytes.Contains(drawn(t, a), []byte(mark)) {
			t.Errorf("the file holds %s", mark)
		}
	}
}

// TestWords: both languages have the same keys, and the code gives each.
func TestWords(t *testing.T) {
	t.Parallel()
	keys := map[string][]string{}
	for _, locale := range []string{"en", "fr"} {
		raw, err := files.ReadFile("words/" + locale + ".json")
		all := map[string]string{}
		if err == nil {
			err = json.Unmarshal(raw, &all)
		}
		if err != nil {
			t.Fatal(err)
		}
		keys[locale] = slices.Sorted(maps.Keys(all))
		for key, sentence := range all {
			if said().Say(locale, key, nil) == key || sentence == "" {
				t.Errorf("%s has no sentence for %s", locale, key)
			}
		}
	}
	if !slices.Equal(keys["en"], keys["fr"]) {
		t.Errorf("keys differ: %v %v", keys["en"], keys["fr"])
	}
}
