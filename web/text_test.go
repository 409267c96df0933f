package web

import (
	"strings"
	"testing"
)

// TestTextStaysSmall: what is shown of a text is no more than some times its
// length, whatever somebody makes of tables, lists and quotes; and an honest
// table is one.
func TestTextStaysSmall(t *testing.T) {
	t.Parallel()
	const most = 60_000
	for name, s := range map[string]string{
		"a table of short rows":   strings.Repeat("a|", 7500) + "\n" + strings.Repeat("-|", 7500) + "\n" + strings.Repeat("|\n", 15000),
		"a smaller one":           strings.Repeat("a|", 500) + "\n" + strings.Repeat("-|", 500) + "\n" + strings.Repeat("|\n", 1000),
		"tables in a row":         strings.Repeat("a|b\n-|-\n|\n\n", 5000),
		"quotes in quotes":        strings.Repeat(">", most),
		"lists in lists":          strings.Repeat("- ", most/2),
		"emphasis without an end": strings.Repeat("*a _b ", most/6),
		"brackets":                strings.Repeat("[", most),
		"links":                   strings.Repeat("[a](", most/4),
		"addresses":               strings.Repeat("http://a.example ", most/17),
	} {
		if got := len(textHTML(s)); got > 100*len(s) {
			t.Errorf("%s: %d bytes of %d", name, got, len(s))
		}
	}
	if got := string(textHTML("a|b\n-|-\n1|2\n")); !strings.Contains(got, "<td>2</td>") {
		t.Errorf("a table is %s", got)
	}
}
