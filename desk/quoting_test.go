package desk

import (
	"strings"
	"testing"
)

func TestQuotes(t *testing.T) {
	t.Parallel()
	const note = "Careful: their contract ends in March and the account manager knows it.\nAsk Devon first.\nThe export worker leaks memory."
	const said = "The customer wrote: our nightly export has been stopping at 17:00 since Tuesday."
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"nothing of it":                          {"Thank you, we look at the export now.", false},
		"a short piece, as anybody writes":       {"The account manager knows it.", false},
		"a short line of its own":                {"Ask Devon first.", false},
		"a passage":                              {"We know that their contract ends in March and the account manager knows it.", true},
		"a passage, quoted":                      {"> Careful: their contract ends in March\n> and the account manager knows it.", true},
		"a passage, quoted twice":                {">> Careful: their contract\n>> ends in March and the account manager", true},
		"a passage in other letters and marks":   {"**THEIR CONTRACT** ends,  in\n\n- March and the `account` manager", true},
		"a whole line":                           {"Hello,\n> The export worker leaks memory.\nBye", true},
		"thirty-nine characters":                 {"their contract ends in March and the ac", false},
		"over the end of a line":                 {"manager knows it. Ask Devon first. The export", true},
		"a note, but the customer's own words":   {"> our nightly export has been stopping at 17:00 since Tuesday", false},
		"the customer's own words and then more": {"> our nightly export has been stopping at 17:00\nThe export worker leaks memory.", true},
	} {
		if got := quotes(c.text, []string{"x", note, said}, []string{"Help!", strings.TrimPrefix(said, "The customer wrote: ")}); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if quotes("anything", nil, nil) || quotes("", []string{""}, nil) {
		t.Error("nothing is quoted of nothing")
	}
	if !quotes("é"+strings.Repeat("à", passageMin), []string{strings.Repeat("à", passageMin) + "ô"}, nil) {
		t.Error("characters are counted, not bytes")
	}
}
