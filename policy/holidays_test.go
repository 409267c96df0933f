package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/de"
)

func TestEveryRegionHasItsHolidays(t *testing.T) {
	if got := strings.Join(Regions(), " "); got != "au-vic ca-qc de-hh es-an" {
		t.Errorf("regions %s", got)
	}
	perYear := map[string]int{"au-vic": 13, "ca-qc": 8, "de-hh": 10, "es-an": 12} // without days in place of others
	for _, region := range Regions() {
		days, err := Holidays(region)
		if err != nil {
			t.Fatal(err)
		}
		for year := 2025; year <= 2028; year++ {
			n := 0
			for _, d := range days {
				if strings.HasPrefix(d.Date, fmt.Sprint(year)) && !strings.Contains(d.English, "substitute") {
					n++
				}
			}
			if year == 2028 && region == "au-vic" {
				n-- // New Year's Day is a Saturday; Monday is one too, under the same name
			}
			if n != perYear[region] {
				t.Errorf("%s has %d holidays in %d; want %d", region, n, year, perYear[region])
			}
		}
	}
}

// Another library has the holidays that stand on a date or hang on Easter on the
// same dates. Victoria's days in place of those that fall on a weekend, and the
// Friday before the football final, are decided apart and differ by library.
func TestHolidaysAgreeWithAnotherLibrary(t *testing.T) {
	for region, theirs := range map[string][]*cal.Holiday{
		"de-hh":  de.HolidaysHH,
		"au-vic": {au.NewYear, au.GoodFriday, au.EasterSaturday, au.EasterSunday, au.EasterMonday, au.AnzacDay, au.LabourDayVic, au.QueensBirthday, au.MelbourneCup, au.ChristmasDay, au.BoxingDay},
	} {
		days, err := Holidays(region)
		if err != nil {
			t.Fatal(err)
		}
		dates := make([]string, len(days))
		for i, d := range days {
			dates[i] = d.Date
		}
		agreed := 0
		for year := 2025; year <= 2028; year++ {
			for _, h := range theirs {
				on, _ := h.Calc(year)
				if !slices.Contains(dates, on.Format("2006-01-02")) {
					t.Errorf("%s: %s is on %s", region, h.Name, on.Format("2006-01-02"))
				}
				agreed++
			}
		}
		if region == "de-hh" && agreed != len(days) {
			t.Errorf("Hamburg has %d holidays here and %d there", len(days), agreed)
		}
	}
}

func TestHolidayFilesAreReadStrictly(t *testing.T) {
	const head = "region: x\nlanguage: en\nholidays:\n"
	const day = "  - {date: 2026-01-01, name: A, en: A}\n"
	for text, want := range map[string]string{
		head + day: "",
		head + `  - {date: "2026-01-01", name: A, en: A}`:     "",
		"region: y\nlanguage: en\nholidays:\n" + day:          `the file says it is of "y"`,
		"region: x\nholidays:\n" + day:                        "language names the language of the names, such as fr",
		"region: x\nlanguage: en\n":                           "there is not one holiday",
		head + day + "  - {date: 2026-01-02, nom: A, en: A}":  `line 5: "nom" is no key here`,
		head + day + "region: x":                              `line 5: the key "region" stands here and on line 1`,
		head + "  - {date: 2026-02-30, name: A, en: A}":       `"2026-02-30" is no date such as 2026-01-31`,
		head + "  - {date: 2026-01-01, name: A}":              "2026-01-01 needs a name and one in English (en)",
		head + day + day:                                      "2026-01-01 stands after 2026-01-01: write each holiday once, in the order of dates",
		head + day + "  - {date: 2025-12-31, name: B, en: B}": "2025-12-31 stands after 2026-01-01: write each holiday once, in the order of dates",
		head + day + "  - {date: 2026-01-01, name: B, en: B}": "",
	} {
		_, err := parseHolidays("x", []byte(text))
		if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
			t.Errorf("%s: %v; want %s", text, err, want)
		}
	}
	if _, err := Holidays("fr-75"); err == nil || err.Error() != `there are no holidays of "fr-75"; there are those of au-vic, ca-qc, de-hh, es-an` {
		t.Error(err)
	}
}
