package desk

import (
	"testing"

	"github.com/casepath/casepath/store"
)

// TestAlike: what is half typed, inflected, or in other accents and case finds
// the title that means the same; another matter does not.
func TestAlike(t *testing.T) {
	t.Parallel()
	titles := []string{
		"Export stops after 10,000 rows", "Imported diagrams lose their colours", "Les couleurs des diagrammes changent à l’impression",
		"How do I change the language of a report?", "Users can not sign in since Monday",
	}
	var rows []store.Ticket
	for _, title := range titles {
		rows = append(rows, store.Ticket{Number: title, Title: title})
	}
	for typed, want := range map[string]string{
		titles[0]: titles[0], "export": titles[0], "Exports stopping at row 10000": titles[0], "EXPORT STOPS": titles[0],
		"diagram colours lost": titles[1], "couleur du diagramme a l'impression": titles[2], "change report language": titles[3],
		"nobody can sign in": titles[4], "invoice shows the wrong tax": "", "xyz": "", "Drucker brennt": "",
	} {
		found := alike(trigrams(typed), rows)
		got := ""
		if len(found) > 0 {
			got = found[0].Title
		}
		if got != want {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
	many := make([]store.Ticket, 40)
	for i := range many {
		many[i] = store.Ticket{Number: string(rune('a' + i)), Title: titles[0]}
	}
	if found := alike(trigrams(titles[0]), many); len(found) != likeMax || found[0].Number != "a" {
		t.Errorf("%d alike, first %v: want the five newest", len(found), found[0].Number)
	}
}
