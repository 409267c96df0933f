package clock_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones everywhere

	"github.com/casepath/casepath/calendar"
	"github.com/casepath/casepath/clock"
)

func office(t testing.TB) *calendar.Calendar {
	t.Helper()
	return open(t, []string{"09:00", "17:00"})
}

// open is a calendar from Monday to Friday in Berlin.
func open(t testing.TB, windows ...[]string) *calendar.Calendar {
	t.Helper()
	s := calendar.Spec{TimeZone: "Europe/Berlin", Hours: map[string][][]string{}}
	for name := range strings.FieldsSeq("mon tue wed thu fri") {
		s.Hours[name] = windows
	}
	c, err := calendar.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Tests happen in one week, from Monday the 23rd: "Mon 10:00".
func at(t testing.TB, text string) time.Time {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	name, clockTime, _ := strings.Cut(text, " ")
	days := slices.Index([]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "next-Mon"}, name)
	i, err := time.ParseInLocation("2006-01-02 15:04", fmt.Sprintf("2026-11-%d %s", 23+days, clockTime), berlin)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// events reads a timeline: "created Mon 10:00, paused Mon 11:00".
func events(t testing.TB, text string) (list []clock.Event) {
	t.Helper()
	for part := range strings.SplitSeq(text, ", ") {
		what, when, _ := strings.Cut(part, " ")
		list = append(list, clock.Event{What: clock.What(what), At: at(t, when)})
	}
	return list
}

func read(t testing.TB, timeline string, stop clock.What) clock.History {
	t.Helper()
	h, err := clock.Read(events(t, timeline), stop)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestReadings(t *testing.T) {
	const first = clock.FirstResponse
	for name, tt := range map[string]struct {
		timeline        string
		stop            clock.What
		due             string // of three hours; "" for none
		elapsed, paused string
		breached        bool
	}{
		"running":                                 {"created Mon 10:00", "", "Mon 13:00", "0s", "0s", false},
		"created while closed":                    {"created Sun 10:00", "", "next-Mon 12:00", "0s", "0s", false},
		"answered in time":                        {"created Mon 10:00, first_response Mon 12:00", first, "Mon 13:00", "2h", "0s", false},
		"answered on the last instant":            {"created Mon 10:00, first_response Mon 13:00", first, "Mon 13:00", "3h", "0s", false},
		"answered late":                           {"created Mon 10:00, first_response Mon 13:01", first, "Mon 13:00", "3h1m", "0s", true},
		"due on closing time, answered later":     {"created Mon 14:00, first_response Mon 19:00", first, "Mon 17:00", "3h", "0s", true},
		"an answer does not resolve":              {"created Mon 10:00, first_response Mon 11:00, closed Mon 14:00", "", "Mon 13:00", "4h", "0s", true},
		"an answer ends its clock for good":       {"created Mon 10:00, first_response Mon 11:00, paused Mon 11:00, closed Tue 14:00, reopened Wed 9:00", first, "Mon 13:00", "1h", "0s", false},
		"a pause":                                 {"created Mon 10:00, paused Mon 11:00, resumed Mon 11:30", "", "Mon 13:30", "1h", "30m", false},
		"a pause over the weekend":                {"created Fri 15:00, paused Fri 16:00, resumed next-Mon 10:00", "", "next-Mon 12:00", "1h", "2h", false},
		"a pause that begins twice":               {"created Mon 10:00, paused Mon 11:00, paused Mon 11:15, resumed Mon 11:30, resumed Mon 12:00", "", "Mon 13:30", "1h30m", "30m", false},
		"waiting still":                           {"created Mon 10:00, paused Mon 11:00", "", "Mon 13:00", "1h", "0s", false},
		"a pause after the breach":                {"created Mon 10:00, paused Mon 14:00, resumed Mon 16:00, closed Mon 16:30", "", "Mon 13:00", "4h30m", "2h", true},
		"a pause on the last instant":             {"created Mon 10:00, paused Mon 13:00, closed Mon 16:00", "", "Mon 13:00", "3h", "3h", false},
		"counted on after the last instant":       {"created Mon 10:00, paused Mon 13:00, resumed Mon 14:00, closed Mon 14:01", "", "Mon 13:00", "3h1m", "1h", true},
		"closed while waiting":                    {"created Mon 10:00, paused Mon 11:00, closed Mon 12:00", "", "Mon 14:00", "1h", "1h", false},
		"reopened":                                {"created Mon 10:00, closed Mon 11:00, reopened Mon 12:00, closed Mon 12:30", "", "Mon 14:00", "1h30m", "1h", false},
		"known to be reopened":                    {"created Mon 10:00, closed_then_reopened Mon 11:00, reopened Mon 12:00", "", "Mon 14:00", "1h", "1h", false},
		"reopened before the first response":      {"created Mon 10:00, closed Mon 11:00, reopened Mon 12:00, first_response Mon 12:30", first, "Mon 14:00", "1h30m", "1h", false},
		"closed without a response":               {"created Mon 10:00, closed Mon 11:00", first, "Mon 13:00", "1h", "0s", false},
		"reopened from a closing while waiting":   {"created Mon 10:00, paused Mon 11:00, closed Mon 12:00, reopened Mon 13:00, closed Mon 14:00", "", "Mon 15:00", "2h", "2h", false},
		"a word from the customer reopens nobody": {"created Mon 10:00, closed Mon 11:00, resumed Mon 12:00, first_response Mon 13:00", "", "Mon 13:00", "1h", "0s", false},
		"out of order":                            {"resumed Mon 11:30, created Mon 10:00, paused Mon 11:00", "", "Mon 13:30", "1h", "30m", false},
		"created waiting, then not":               {"created Mon 10:00, paused Mon 10:00, resumed Mon 11:30", "", "Mon 14:30", "0s", "1h30m", false},
		"created waiting, and waiting still":      {"created Mon 10:00, paused Mon 10:00", "", "", "0s", "0s", false},
		"created and answered at once":            {"created Mon 10:00, first_response Mon 10:00", first, "Mon 13:00", "0s", "0s", false},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := read(t, tt.timeline, tt.stop).Against(3*time.Hour, office(t))
			if err != nil {
				t.Fatal(err)
			}
			want := clock.Reading{Elapsed: span(t, tt.elapsed), Paused: span(t, tt.paused), Breached: tt.breached}
			if tt.due != "" {
				want.Due = at(t, tt.due)
			}
			if !r.Due.Equal(want.Due) || r.Elapsed != want.Elapsed || r.Paused != want.Paused || r.Breached != want.Breached {
				t.Errorf("%+v; want %+v", r, want)
			}
		})
	}
}

func span(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLedgerSaysWhy(t *testing.T) {
	h := read(t, "created Mon 10:00, first_response Mon 10:30, paused Mon 11:00, closed Mon 12:00, reopened Tue 9:00, paused Tue 10:00, resumed Tue 10:30", "")
	want := []string{
		"Mon 10:00 Mon 11:00 counted created", "Mon 11:00 Mon 12:00 paused paused", "Mon 12:00 Tue 09:00 paused closed",
		"Tue 09:00 Tue 10:00 counted reopened", "Tue 10:00 Tue 10:30 paused paused",
	}
	var got []string
	for _, i := range h.Ledger {
		got = append(got, fmt.Sprintf("%s %s %s %s", i.From.Format("Mon 15:04"), i.To.Format("Mon 15:04"), i.Kind, i.Cause))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q; want %q", got, want)
	}
}

func TestReadRefuses(t *testing.T) {
	for timeline, want := range map[string]string{
		"paused Mon 10:00":                     "the timeline does not begin with the ticket's creation",
		"paused Mon 9:00, created Mon 10:00":   "the timeline does not begin with the ticket's creation",
		"created Mon 9:00, created Mon 10:00":  "the ticket was created twice",
		"created Mon 9:00, answered Mon 10:00": `"answered" is no event of a timeline`,
	} {
		if _, err := clock.Read(events(t, timeline), ""); err == nil || err.Error() != want {
			t.Errorf("%s: %v; want %s", timeline, err, want)
		}
	}
	if _, err := clock.Read(nil, ""); err == nil {
		t.Error("read nothing")
	}
}
