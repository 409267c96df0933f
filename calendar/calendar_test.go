package calendar_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones everywhere

	"github.com/casepath/casepath/calendar"
)

type hours = map[string][][]string

// week is open at the same windows on some weekdays, "mon tue …".
func week(days string, windows ...[]string) hours {
	h := hours{}
	for name := range strings.FieldsSeq(days) {
		h[name] = windows
	}
	return h
}

const (
	working = "mon tue wed thu fri"
	daily   = working + " sat sun"
)

var (
	nine     = []string{"09:00", "17:00"}
	allDay   = []string{"00:00", "24:00"}
	office   = calendar.Spec{TimeZone: "Europe/Berlin", Hours: week(working, nine)}
	siesta   = calendar.Spec{TimeZone: "Europe/Madrid", Hours: week(working, []string{"09:00", "14:00"}, []string{"16:00", "19:00"})}
	night    = calendar.Spec{TimeZone: "Europe/Berlin", Hours: week("mon tue", []string{"22:00", "06:00"})}
	always   = calendar.Spec{TimeZone: "Europe/Berlin", Hours: week(daily, allDay)}
	holidays = calendar.Spec{
		TimeZone: "Europe/Berlin", Hours: week(working, nine), Holidays: []string{"2026-12-25", "2026-12-26", "2026-01-01"},
		Dates: hours{"2026-12-24": {{"09:00", "12:00"}}, "2026-12-26": {{"10:00", "11:00"}}, "2026-12-28": {}},
	}
	dateOnce = calendar.Spec{TimeZone: "UTC", Dates: hours{"2020-04-01": {{"01:30", "07:45"}}}}
	lunar    = calendar.Spec{TimeZone: "Europe/Berlin", Hours: week("sun", []string{"01:00", "05:00"})} // over the change of clocks
	inGap    = calendar.Spec{TimeZone: "Europe/Berlin", Hours: week("sun", []string{"02:00", "03:00"}, []string{"10:00", "12:00"})}
	nothing  = calendar.Spec{TimeZone: "Europe/Berlin", Hours: week("sun", []string{"02:10", "02:50"})}
	samoa    = calendar.Spec{TimeZone: "Pacific/Apia", Hours: week(working, nine)}
)

func made(t testing.TB, s calendar.Spec) *calendar.Calendar {
	t.Helper()
	c, err := calendar.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at is an instant as the calendar's clock on the wall reads it, or with its
// offset.
func at(t testing.TB, c *calendar.Calendar, text string) time.Time {
	t.Helper()
	i, err := time.ParseInLocation("2006-01-02 15:04:05.999999999", text, c.Zone())
	if err != nil {
		i, err = time.Parse(time.RFC3339, text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestDue(t *testing.T) {
	for name, tt := range map[string]struct {
		spec        calendar.Spec
		start, span string
		want        string // RFC 3339, or ""
	}{
		"within a window":                     {office, "2026-11-25 10:00:00", "3h", "2026-11-25T13:00:00+01:00"},
		"on closing time":                     {office, "2026-11-25 10:00:00", "7h", "2026-11-25T17:00:00+01:00"},
		"a nanosecond after closing time":     {office, "2026-11-25 10:00:00", "7h1ns", "2026-11-26T09:00:00.000000001+01:00"},
		"over the weekend":                    {office, "2026-11-27 16:00:00", "2h", "2026-11-30T10:00:00+01:00"},
		"from the weekend":                    {office, "2026-11-28 16:00:00", "2h", "2026-11-30T11:00:00+01:00"},
		"nothing, when open":                  {office, "2026-11-25 10:00:00", "0s", "2026-11-25T10:00:00+01:00"},
		"nothing, on closing time":            {office, "2026-11-27 17:00:00", "0s", "2026-11-30T09:00:00+01:00"},
		"nothing, in the break":               {siesta, "2026-11-27 15:00:00", "0s", "2026-11-27T16:00:00+01:00"},
		"over a break":                        {siesta, "2026-11-27 13:00:00", "2h", "2026-11-27T17:00:00+01:00"},
		"over a half-day and holidays":        {holidays, "2026-12-23 16:00:00", "6h", "2026-12-29T10:00:00+01:00"},
		"into other hours of a holiday":       {holidays, "2026-12-24 11:00:00", "1h30m", "2026-12-26T10:30:00+01:00"},
		"over midnight":                       {night, "2026-11-23 23:00:00", "3h", "2026-11-24T02:00:00+01:00"},
		"over midnight into the next night":   {night, "2026-11-23 23:00:00", "8h", "2026-11-24T23:00:00+01:00"},
		"over midnight into a closed date":    {night, "2026-11-24 23:00:00", "7h", "2026-11-25T06:00:00+01:00"},
		"over midnight from its own tail":     {night, "2026-11-25 05:30:00", "1h", "2026-11-30T22:30:00+01:00"},
		"a day that is 23 hours":              {always, "2026-03-28 12:00:00", "24h", "2026-03-29T13:00:00+02:00"},
		"a day that is 25 hours":              {always, "2026-10-24 12:00:00", "24h", "2026-10-25T11:00:00+01:00"},
		"a window shortened by the gap":       {lunar, "2026-03-29 01:00:00", "3h", "2026-03-29T05:00:00+02:00"},
		"a window with an hour twice":         {lunar, "2026-10-25 01:00:00", "5h", "2026-10-25T05:00:00+01:00"},
		"a window lost in the gap":            {nothing, "2026-03-22 02:50:00", "1m", "2026-04-05T02:11:00+02:00"},
		"years":                               {office, "2026-11-25 09:00:00", "4160h", "2028-11-21T17:00:00+01:00"},
		"only dates":                          {dateOnce, "2020-01-01 00:00:00", "6h15m", "2020-04-01T07:45:00Z"},
		"more than the dates have":            {dateOnce, "2020-01-01 00:00:00", "6h16m", ""},
		"never open again":                    {dateOnce, "2020-04-01 07:45:00", "0s", ""},
		"beyond every year":                   {office, "2026-11-25 09:00:00", "2562047h", ""},
		"backwards":                           {office, "2026-11-25 09:00:00", "-1ns", ""},
		"from before all calendars":           {office, "1959-12-31 09:00:00", "1h", ""},
		"from after all calendars":            {office, "2250-01-02 09:00:00", "1h", ""},
		"in the last day of a far leap year":  {office, "2096-12-31 09:00:00", "9h", "2097-01-01T10:00:00+01:00"},
		"over a date that was left out":       {samoa, "2011-12-29 16:00:00", "2h", "2012-01-02T10:00:00+14:00"},
		"a start given in another zone":       {office, "2026-11-25T03:00:00-05:00", "1h", "2026-11-25T10:00:00+01:00"},
		"a start between two whole seconds":   {office, "2026-11-25 16:59:59.5", "1s", "2026-11-26T09:00:00.5+01:00"},
		"over the change of clocks in office": {office, "2026-10-23 16:00:00", "2h", "2026-10-26T10:00:00+01:00"},
	} {
		t.Run(name, func(t *testing.T) {
			c := made(t, tt.spec)
			span, err := time.ParseDuration(tt.span)
			if err != nil {
				t.Fatal(err)
			}
			same(t, tt.want)(c.Due(at(t, c, tt.start), span))
		})
	}
}

func same(t *testing.T, want string) func(time.Time, error) {
	return func(got time.Time, err error) {
		t.Helper()
		if text := got.Format(time.RFC3339Nano); err == nil && text != want || err != nil && want != "" {
			t.Errorf("%s, %v; want %s", text, err, want)
		}
	}
}

// The rule of business days, word by word.
func TestDueDays(t *testing.T) {
	for name, tt := range map[string]struct {
		spec  calendar.Spec
		start string
		days  int
		want  string
	}{
		"Friday 16:00 and one day is Monday 16:00":        {office, "2026-11-27 16:00:00", 1, "2026-11-30T16:00:00+01:00"},
		"Friday 20:00 and one day is Tuesday 09:00":       {office, "2026-11-27 20:00:00", 1, "2026-12-01T09:00:00+01:00"},
		"Saturday and one day is Tuesday 09:00":           {office, "2026-11-28 11:00:00", 1, "2026-12-01T09:00:00+01:00"},
		"Friday on closing time is Friday 20:00":          {office, "2026-11-27 17:00:00", 1, "2026-12-01T09:00:00+01:00"},
		"before opening moves to the opening":             {office, "2026-11-27 07:00:00", 1, "2026-11-30T09:00:00+01:00"},
		"a half-day closes at 12:00":                      {holidays, "2026-12-23 16:00:00", 1, "2026-12-24T12:00:00+01:00"},
		"a half-day before its closing":                   {holidays, "2026-12-23 11:00:00", 1, "2026-12-24T11:00:00+01:00"},
		"holidays are no business days":                   {holidays, "2026-12-24 10:30:00", 2, "2026-12-29T10:30:00+01:00"},
		"before the opening of a date, its opening":       {holidays, "2026-12-24 09:30:00", 1, "2026-12-26T10:00:00+01:00"},
		"in a break, its beginning":                       {mixed("09:00-17:00", "09:00-12:00 14:00-17:00"), "2026-11-23 13:00:00", 1, "2026-11-24T12:00:00+01:00"},
		"a break's end is open":                           {mixed("09:00-17:00", "09:00-12:00 14:00-17:00"), "2026-11-23 14:00:00", 1, "2026-11-24T14:00:00+01:00"},
		"from a break to the next opening":                {siesta, "2026-11-23 15:00:00", 1, "2026-11-24T16:00:00+01:00"},
		"no days, when open":                              {office, "2026-11-27 16:00:00", 0, "2026-11-27T16:00:00+01:00"},
		"no days, when closed":                            {office, "2026-11-27 20:00:00", 0, "2026-11-30T09:00:00+01:00"},
		"ten days":                                        {office, "2026-11-25 10:00:00", 10, "2026-12-09T10:00:00+01:00"},
		"after midnight is the day before's business day": {night, "2026-11-24 02:00:00", 1, "2026-11-25T02:00:00+01:00"},
		"the same local time over a change of clocks":     {office, "2026-10-23 16:00:00", 1, "2026-10-26T16:00:00+01:00"},
		"a local time that is left out":                   {always, "2026-03-28 02:30:00", 1, "2026-03-29T03:00:00+02:00"},
		"a local time that comes twice, the first":        {always, "2026-10-24 02:30:00", 1, "2026-10-25T02:30:00+02:00"},
		"a window that is left out":                       {inGap, "2026-03-22 02:30:00", 1, "2026-03-29T10:00:00+02:00"},
		"a day of which all is left out":                  {nothing, "2026-03-22 02:30:00", 1, "2026-04-05T02:30:00+02:00"},
		"a date that was left out is none":                {samoa, "2011-12-29 10:00:00", 1, "2012-01-02T10:00:00+14:00"},
		"never again":                                     {dateOnce, "2020-04-01 02:00:00", 1, ""},
		"in a thousand years":                             {office, "2026-11-25 10:00:00", 260_000, ""},
		"absurdly late":                                   {office, "2026-11-25 10:00:00", 1 << 62, ""},
		"backwards":                                       {office, "2026-11-25 10:00:00", -1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := made(t, tt.spec)
			same(t, tt.want)(c.DueDays(at(t, c, tt.start), tt.days))
		})
	}
}

// mixed is open at some hours on Mondays and at others on Tuesdays.
func mixed(monday, tuesday string) calendar.Spec {
	windows := func(text string) (list [][]string) {
		for w := range strings.FieldsSeq(text) {
			list = append(list, strings.Split(w, "-"))
		}
		return list
	}
	return calendar.Spec{TimeZone: "Europe/Berlin", Hours: hours{"mon": windows(monday), "tue": windows(tuesday)}}
}

func TestElapsed(t *testing.T) {
	for name, tt := range map[string]struct {
		spec           calendar.Spec
		from, to, want string
	}{
		"within a window":        {office, "2026-11-25 10:00:00", "2026-11-25 10:30:00", "30m"},
		"over a night":           {office, "2026-11-25 16:00:00", "2026-11-26 10:00:00", "2h"},
		"over a weekend":         {office, "2026-11-27 16:00:00", "2026-11-30 10:00:00", "2h"},
		"while closed":           {office, "2026-11-27 20:00:00", "2026-11-30 09:00:00", "0s"},
		"no time":                {office, "2026-11-25 10:00:00", "2026-11-25 10:00:00", "0s"},
		"over holidays":          {holidays, "2026-12-23 09:00:00", "2026-12-29 09:00:00", "12h"},
		"over midnight":          {night, "2026-11-23 00:00:00", "2026-11-30 00:00:00", "16h"},
		"in the day of 23 hours": {always, "2026-03-29 00:00:00", "2026-03-30 00:00:00", "23h"},
		"in the day of 25 hours": {always, "2026-10-25 00:00:00", "2026-10-26 00:00:00", "25h"},
		"in the gap":             {nothing, "2026-03-29 00:00:00", "2026-03-30 00:00:00", "0s"},
		"in the hour twice":      {nothing, "2026-10-25 00:00:00", "2026-10-26 00:00:00", "1h20m"},
		"a whole reach":          {always, "1960-01-02 00:00:00", "2249-12-31 00:00:00", "2542056h"},
	} {
		t.Run(name, func(t *testing.T) {
			c := made(t, tt.spec)
			got, err := c.Elapsed(at(t, c, tt.from), at(t, c, tt.to))
			if want, _ := time.ParseDuration(tt.want); err != nil || got != want {
				t.Errorf("%s, %v; want %s", got, err, tt.want)
			}
		})
	}
	c := made(t, office)
	now := at(t, c, "2026-11-25 10:00:00")
	if _, err := c.Elapsed(now, now.Add(-1)); !errors.Is(err, calendar.ErrBackwards) {
		t.Errorf("backwards: %v", err)
	}
	if _, err := c.Elapsed(now.AddDate(-100, 0, 0), now); !errors.Is(err, calendar.ErrReach) {
		t.Errorf("out of reach: %v", err)
	}
	if _, err := c.Elapsed(now, now.AddDate(10_000, 0, 0)); !errors.Is(err, calendar.ErrReach) {
		t.Errorf("out of reach: %v", err)
	}
}

func TestOpen(t *testing.T) {
	c := made(t, siesta)
	for text, want := range map[string]string{
		"2026-11-27 08:59:59":  "2026-11-27 09:00:00",
		"2026-11-27 09:00:00":  "",
		"2026-11-27 13:59:59":  "",
		"2026-11-27 14:00:00":  "2026-11-27 16:00:00",
		"2026-11-27 19:00:00":  "2026-11-30 09:00:00",
		"2026-11-28 09:00:00":  "2026-11-30 09:00:00",
		"2026-11-30T07:00:00Z": "2026-11-30 09:00:00",
	} {
		now := at(t, c, text)
		next, ok := c.NextOpen(now)
		if want == "" {
			want = text
		}
		if !ok || !next.Equal(at(t, c, want)) || c.Open(now) != (want == text) {
			t.Errorf("%s: open %v, next %s %v; want %s", text, c.Open(now), next, ok, want)
		}
	}
	c = made(t, dateOnce)
	for _, text := range []string{"2020-04-01 07:45:00", "2249-12-31 23:59:59", "2300-01-01 00:00:00", "1700-01-01 00:00:00"} {
		if next, ok := c.NextOpen(at(t, c, text)); ok || c.Open(at(t, c, text)) {
			t.Errorf("%s: %s", text, next)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for want, spec := range map[string]calendar.Spec{
		`the calendar names no time zone such as Europe/Paris, but ""`:                      {Hours: office.Hours},
		`there is no time zone "Mars/Base"; a time zone is named such as Europe/Paris`:      {TimeZone: "Mars/Base", Hours: office.Hours},
		`there is no time zone "../etc/passwd"; a time zone is named such as Europe/Paris`:  {TimeZone: "../etc/passwd", Hours: office.Hours},
		`"monday" is no weekday; they are mon, tue, wed, thu, fri, sat, sun`:                {TimeZone: "UTC", Hours: week("monday", nine)},
		`mon: "9" is no time of day such as 09:00`:                                          {TimeZone: "UTC", Hours: week("mon", []string{"9", "17:00"})},
		`mon: "24:01" is no time of day such as 09:00`:                                      {TimeZone: "UTC", Hours: week("mon", []string{"09:00", "24:01"})},
		`mon: a window is an opening and a closing time, not ["09:00"]`:                     {TimeZone: "UTC", Hours: week("mon", []string{"09:00"})},
		`mon: the window 09:00–09:00 is empty; a whole day is 00:00–24:00`:                  {TimeZone: "UTC", Hours: week("mon", []string{"09:00", "09:00"})},
		`mon: a window can close at 24:00, not open`:                                        {TimeZone: "UTC", Hours: week("mon", []string{"24:00", "09:00"})},
		`mon: the windows 09:00–12:00 and 11:00–13:00 overlap`:                              {TimeZone: "UTC", Hours: week("mon", []string{"11:00", "13:00"}, []string{"09:00", "12:00"})},
		`mon: the windows 22:00–06:00 and 23:00–24:00 overlap`:                              {TimeZone: "UTC", Hours: week("mon", []string{"22:00", "06:00"}, []string{"23:00", "24:00"})},
		`22:00–06:00 of sun runs into 05:00–12:00 of mon`:                                   {TimeZone: "UTC", Hours: hours{"sun": {{"22:00", "06:00"}}, "mon": {{"05:00", "12:00"}}}},
		`22:00–06:00 of 2026-11-23 runs into 05:00–12:00 of 2026-11-24`:                     {TimeZone: "UTC", Hours: night.Hours, Dates: hours{"2026-11-24": {{"05:00", "12:00"}}}},
		`22:00–10:00 of 2026-11-23 runs into 09:00–17:00 of 2026-11-24`:                     {TimeZone: "UTC", Hours: office.Hours, Dates: hours{"2026-11-23": {{"22:00", "10:00"}}}},
		`holidays: "2026-02-30" is no date such as 2026-01-01`:                              {TimeZone: "UTC", Hours: office.Hours, Holidays: []string{"2026-02-30"}},
		`holidays: 0026-02-03: only the years 1960 to 2249 are within reach`:                {TimeZone: "UTC", Hours: office.Hours, Holidays: []string{"0026-02-03"}},
		`dates: "24.12.2026" is no date such as 2026-01-01`:                                 {TimeZone: "UTC", Hours: office.Hours, Dates: hours{"24.12.2026": {nine}}},
		`2026-12-24: the window 09:00–09:00 is empty; a whole day is 00:00–24:00`:           {TimeZone: "UTC", Hours: office.Hours, Dates: hours{"2026-12-24": {{"09:00", "09:00"}}}},
		`the calendar is never open`:                                                        {TimeZone: "UTC"},
		`the calendar names no time zone such as Europe/Paris, but "Local"`:                 {TimeZone: "Local", Hours: office.Hours},
		`mon: a window is an opening and a closing time, not ["09:00" "12:00" "13:00"]`:     {TimeZone: "UTC", Hours: week("mon", []string{"09:00", "12:00", "13:00"})},
		`mon: "09:00 Uhr" is no time of day such as 09:00`:                                  {TimeZone: "UTC", Hours: week("mon", []string{"09:00 Uhr", "12:00"})},
		`dates: 2250-01-01: only the years 1960 to 2249 are within reach`:                   {TimeZone: "UTC", Hours: office.Hours, Dates: hours{"2250-01-01": {nine}}},
		`2026-12-24: the windows 09:00–12:00 and 11:59–13:00 overlap`:                       {TimeZone: "UTC", Dates: hours{"2026-12-24": {{"09:00", "12:00"}, {"11:59", "13:00"}}}},
		`sun: the windows 00:00–24:00 and 08:00–09:00 overlap`:                              {TimeZone: "UTC", Hours: week("sun", []string{"08:00", "09:00"}, allDay)},
		`22:00–07:00 of 2026-11-29 runs into 06:00–08:00 of 2026-11-30`:                     {TimeZone: "UTC", Dates: hours{"2026-11-30": {{"06:00", "08:00"}}, "2026-11-29": {{"22:00", "07:00"}}}},
		`there is no time zone "europe/paris/x"; a time zone is named such as Europe/Paris`: {TimeZone: "europe/paris/x", Hours: office.Hours},
	} {
		if _, err := calendar.New(spec); err == nil || err.Error() != want {
			t.Errorf("%v; want %s", err, want)
		}
	}
}
