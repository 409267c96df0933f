package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/casepath/casepath/policy"
)

const holidayDir = "../../policy/holidays"

func readHolidayFile(t *testing.T, dir, region string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, region+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What the files hold is written the way refresh writes it, so that its next
// run changes no more than the days that have changed.
func TestHolidayFilesAreWrittenAsRefreshWritesThem(t *testing.T) {
	if len(holidayRegions) != len(policy.Regions()) {
		t.Errorf("refresh writes %d regions, and there are %v", len(holidayRegions), policy.Regions())
	}
	for _, of := range holidayRegions {
		region := strings.ToLower(of.region)
		days, err := policy.Holidays(region)
		if err != nil {
			t.Fatal(err)
		}
		if want := holidayFile(of.region, of.name, of.language, days); readHolidayFile(t, holidayDir, region) != want {
			t.Errorf("%s is not as refresh writes it:\n%s", region, want)
		}
	}
}

// Where npm and its registry answer, refresh writes the files that are here, to
// the byte. Where they don't, it says so and touches nothing.
func TestRefreshWritesTheFilesThatAreHere(t *testing.T) {
	dir := t.TempDir()
	err := refreshCommand{Years: "2025-2028", Dir: dir}.Run(t.Context())
	if errors.Is(err, errNoPackage) {
		t.Log(err)
		if written, _ := os.ReadDir(dir); len(written) > 0 {
			t.Errorf("wrote %v all the same", written)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, region := range policy.Regions() {
		if got := readHolidayFile(t, dir, region); got != readHolidayFile(t, holidayDir, region) {
			t.Errorf("%s comes out as\n%s", region, got)
		}
	}
}

func TestRefreshSaysWhatItLacks(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	for years, want := range map[string]string{
		"2025-2028": "no holidays without date-holidays 3.37.0: there is no node on this machine",
		"2028":      "--years 2028: give the first and the last year, such as 2025-2028",
		"2028-2027": "--years 2028-2027: give the first and the last year, such as 2025-2028",
	} {
		err := refreshCommand{Years: years, Dir: dir}.Run(t.Context())
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v; want %s", years, err, want)
		}
	}
}
