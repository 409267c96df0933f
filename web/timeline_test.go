package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
)

// TestTimeline: by the reader's days, what happened by itself folded together,
// and only what is asked for.
func TestTimeline(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/Toronto")
	if err != nil {
		t.Fatal(err)
	}
	somebody := uuid.New()
	var events []store.Event
	for _, e := range []struct {
		kind, at string
		byItself bool
	}{
		{"registered", "2026-11-25T18:00:00Z", false},
		{"acknowledge_warning", "2026-11-26T01:00:00Z", true},
		{"acknowledge_breach", "2026-11-26T04:59:59Z", true},
		{"acknowledge_breach", "2026-11-26T05:00:00Z", true}, // midnight in Toronto
		{"triage", "2026-11-26T15:00:00Z", false},
		{"note", "2026-11-26T16:00:00Z", false},
		{"auto_close", "2026-11-26T17:00:00Z", true},
	} {
		at, err := time.Parse(time.RFC3339, e.at)
		if err != nil {
			t.Fatal(err)
		}
		one := store.Event{Kind: e.kind, At: at, ActorID: &somebody}
		if e.byItself {
			one.ActorID = nil
		}
		events = append(events, one)
	}
	for show, want := range map[string]string{
		"all":       "25: registered 2×; 26: 1× triage note 1×",
		"messages":  "25: registered; 26: note",
		"decisions": "26: triage",
		"nonsense":  "25: registered 2×; 26: 1× triage note 1×",
	} {
		var days []string
		for _, d := range timeline(events, show, zone) {
			words := []string{fmt.Sprintf("%d:", d.At.Day())}
			for _, l := range d.Lines {
				if l.Fold != nil {
					words = append(words, fmt.Sprintf("%d×", len(l.Fold)))
				} else {
					words = append(words, l.Event.Kind)
				}
			}
			days = append(days, strings.Join(words, " "))
		}
		if got := strings.Join(days, "; "); got != want {
			t.Errorf("%s: %s, want %s", show, got, want)
		}
	}
}

// TestBounded: what is not known is never nothing, and what was not counted to
// the end says so.
func TestBounded(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{-1: "?", 0: "0", store.CountsMax: "1000", store.CountsMax + 1: "1000+"} {
		if got := bounded(n); got != want {
			t.Errorf("%d is shown as %s, want %s", n, got, want)
		}
	}
}
