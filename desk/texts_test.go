package desk

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/casepath/casepath/problem"
)

// anyText is text as an attacker writes it: any bytes, often with what means
// something to somebody.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 400), func(b []byte) string { return string(b) }),
		rapid.StringMatching(`[ ./\\:"<>|?*\x{202e}\x{200b}\x{0}a-z]{0,300}`))
}

// Whatever a file is called, the name it is shown by is one harmless line.
func TestFileNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := anyText().Draw(t, "name")
		name := fileName(given)
		switch {
		case name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 151:
			t.Fatalf("%q: %q", given, name)
		case strings.ContainsAny(name, `/\<>:"|?*`), strings.ContainsFunc(name, unicode.IsControl), name[0] == '.':
			t.Fatalf("%q: %q", given, name)
		case strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Cf, r) }), device.MatchString(name):
			t.Fatalf("%q: %q", given, name)
		}
	})
}

// What can be stored is stored as it was written; the rest becomes visible.
func TestClean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := anyText().Draw(t, "text")
		got := clean(given)
		if !utf8.ValidString(got) || strings.Contains(got, "\x00") || clean(got) != got {
			t.Fatalf("%q: %q", given, got)
		}
		if utf8.ValidString(given) && !strings.Contains(given, "\x00") && got != given {
			t.Fatalf("%q was changed to %q", given, got)
		}
	})
}

// A cursor leads back to its place, and garbage is refused, never worse.
func TestCursors(t *testing.T) {
	id, at := uuid.New(), time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	gotAt, gotID, err := timeCursor(cursor(at.Format(time.RFC3339Nano), id))
	if err != nil || gotID != id || !gotAt.Equal(at) {
		t.Errorf("%v %v %v", gotAt, gotID, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := clean(anyText().Draw(t, "name"))
		value, back, err := readCursor(cursor(name, id))
		if err != nil || value != name || back != id {
			t.Fatalf("%q: %q %v %v", name, value, back, err)
		}
		for _, garbage := range []string{anyText().Draw(t, "garbage"), cursor(anyText().Draw(t, "value"), id)} {
			if _, _, err := timeCursor(garbage); err != nil && problem.CodeOf(err) != problem.Unprocessable {
				t.Fatalf("%q: %v", garbage, err)
			}
		}
	})
}

// One mailbox is one person, however its domain is written.
func TestCanonicalAddresses(t *testing.T) {
	for given, want := range map[string]string{
		"ann@x.example": "ann@x.example", " Ann@X.Example ": "Ann@X.Example", "ann@ｘ.example": "ann@x.example", "ann@x.example\u200b": "ann@x.example",
		"ann@müller.example": "ann@xn--mller-kva.example", "ann@MÜLLER.example": "ann@xn--mller-kva.example", "ann@xn--mller-kva.example": "ann@xn--mller-kva.example",
		"nonsense": "nonsense", "a\x00@x.example": "a\uFFFD@x.example",
	} {
		if got := canonical(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
