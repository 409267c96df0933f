package web

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// TestNoCellIsComputed: whatever is written into a sheet comes back as one
// cell of text that no spreadsheet takes for a formula, whichever sign it
// takes for the end of a cell (abuse case B26).
func TestNoCellIsComputed(t *testing.T) {
	t.Parallel()
	pieces := []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\r\n", "\"", "'", ";", ",", " ", "\u00a0", "\u200b", "\ufeff", "HYPERLINK(\"http://evil\",\"x\")", "a", "é", "\x00"}
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SliceOfN(rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 8), func(p []string) string { return strings.Join(p, "") }), 2, 5).Draw(t, "line")
		raw := bytes.TrimPrefix(sheet([][]string{line}), []byte("\uFEFF"))
		back, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
		if err != nil || len(back) != 1 || len(back[0]) != len(line) {
			t.Fatalf("%q reads back as %q, %v", raw, back, err)
		}
		for i, cell := range back[0] {
			for part := range strings.SplitSeq(cell, ";") {
				if computed(part) {
					t.Errorf("%q of %q is computed", part, line[i])
				}
			}
			if keep(cell) != keep(line[i]) {
				t.Errorf("%q became %q", line[i], cell)
			}
		}
		if bytes.Count(raw, []byte("\n")) != 1 {
			t.Errorf("a cell breaks its line: %q", raw)
		}
	})
}

// computed says whether a spreadsheet would take a cell for a formula.
func computed(cell string) bool {
	cell = strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '"' })
	return cell != "" && strings.ContainsRune("=+-@＝＋－＠\t\r", []rune(cell)[0])
}

// keep is what of a text must outlive the export.
func keep(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\'' || unicode.IsControl(r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
