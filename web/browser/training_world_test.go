package browser_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// trained are trainings of PRIM Logix: one to be offered, one without dates and
// one whose dates have moved. begun begins one.
func (w *world) trained(t testing.TB, begun func(name, title, path string) string) {
	t.Helper()
	agent, buyer := w.as(t, "primlogix/agent"), w.as(t, "primlogix/buyer")
	begun("training", "Training for our new colleagues", "training")
	for _, name := range []string{"approved", "dated"} {
		number := begun(name, "Training for "+longWord, "training")
		_, err := w.Desk.OfferQuote(agent, uuid.NewString(), number, desk.QuoteInput{Package: "advanced", Currency: "CAD", Lines: []desk.QuoteLineInput{
			{Text: "Going further, one day", Quantity: "7", Unit: "125"},
		}}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Desk.DecideQuote(buyer, uuid.NewString(), number, desk.QuoteAnswer{Version: 1, Approves: true, Name: "Billie Buyer"}); err != nil {
			t.Fatal(err)
		}
		if name == "approved" {
			continue
		}
		for revision := range 2 {
			at := w.Desk.Now().AddDate(0, 0, 7+revision).Truncate(time.Hour)
			if _, err := w.Desk.AgreeDates(agent, uuid.NewString(), number, desk.DatesInput{Replaces: revision, Sessions: []desk.SessionInput{
				{Start: at, End: at.Add(3 * time.Hour), Place: "https://meet.example/" + strings.Repeat("x", 400)},
				{Start: at.AddDate(0, 0, 1), End: at.AddDate(0, 0, 1).Add(20 * time.Hour), Place: longWord},
			}}, "As we said on the phone."); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// refusedDates agrees on a session without an end.
func refusedDates(_ *world, b *tab) {
	b.fill("#dates-sessions-0-place", "Room 4")
	if status := b.load(b.click(button("/dates"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("a session at no time: %d", status)
	}
}
