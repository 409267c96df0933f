package main

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/casepath/casepath/policy"
)

// The npm package that holidays come from, pinned by its lock with all it needs,
// and the script that asks it.
//
//go:embed holidays
var holidaySource embed.FS

// holidayPackage is the version that the lock pins.
const holidayPackage = "date-holidays 3.37.0"

// holidayRegions are the regions there are holidays for.
var holidayRegions = []struct{ region, name, language string }{
	{"AU-VIC", "Victoria", "en"},
	{"CA-QC", "Québec", "fr"},
	{"DE-HH", "Hamburg", "de"},
	{"ES-AN", "Andalusia", "es"},
}

// ourEnglish are English names that the package lacks.
var ourEnglish = strings.NewReplacer(
	"Fiesta Nacional de España", "National Day of Spain",
	"Día de Andalucía", "Day of Andalusia",
	"Día de la Constitución Española", "Constitution Day",
)

type refreshCommand struct {
	Years string `help:"The years, the first and the last." default:"2025-2028" placeholder:"FROM-TO"`
	Dir   string `help:"Where the files are." default:"policy/holidays" type:"existingdir"`
}

// errNoPackage says that the package could not be had; no file is touched then.
var errNoPackage = errors.New("no holidays without " + holidayPackage)

// Run writes the files of public holidays anew, from the package of npm: all of
// them or, when it can't be had or asked, none.
func (r refreshCommand) Run(ctx context.Context) error {
	var first, last int
	if n, _ := fmt.Sscanf(r.Years, "%4d-%4d", &first, &last); n != 2 || first < 1970 || last < first || last > 2249 {
		return fmt.Errorf("--years %s: give the first and the last year, such as 2025-2028", r.Years)
	}
	found, err := askPackage(ctx, first, last)
	if err != nil {
		return err
	}
	for _, of := range holidayRegions {
		days := found[of.region]
		if len(days) == 0 {
			return fmt.Errorf("%s knows no public holidays of %s", holidayPackage, of.region)
		}
		for i := range days {
			days[i].English = ourEnglish.Replace(days[i].English)
		}
		file := filepath.Join(r.Dir, strings.ToLower(of.region)+".yaml")
		text := holidayFile(of.region, of.name, of.language, days)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // source text
			return err
		}
		fmt.Printf("%s: %d public holidays\n", file, len(days))
	}
	return nil
}

// askPackage installs the package in a folder of its own and asks it for the
// public holidays of every region.
func askPackage(ctx context.Context, first, last int) (map[string][]policy.Holiday, error) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("%w: there is no %s on this machine", errNoPackage, program)
		}
	}
	folder, err := os.MkdirTemp("", "casepath-holidays-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	for _, name := range []string{"package.json", "package-lock.json", "holidays.js"} {
		text, err := holidaySource.ReadFile("holidays/" + name)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			return nil, err
		}
	}
	if _, err := runIn(ctx, folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=1"); err != nil {
		return nil, fmt.Errorf("%w: npm could not install it; does this machine reach the registry? %w", errNoPackage, err)
	}
	arguments := []string{"holidays.js", fmt.Sprint(first), fmt.Sprint(last)}
	for _, of := range holidayRegions {
		arguments = append(arguments, of.region+":"+of.language)
	}
	answer, err := runIn(ctx, folder, "node", arguments...)
	if err != nil {
		return nil, err
	}
	var found map[string][]policy.Holiday
	return found, json.Unmarshal(answer, &found)
}

// runIn runs a program in a folder; its error holds the beginning of what the program said.
func runIn(ctx context.Context, folder, program string, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, program, arguments...) //nolint:gosec // npm and node, with our arguments
	command.Dir = folder
	var wrong bytes.Buffer
	command.Stderr = &wrong
	out, err := command.Output()
	if err != nil {
		said := strings.TrimSpace(wrong.String())
		return nil, fmt.Errorf("%s: %w: %s", program, err, said[:min(len(said), 300)])
	}
	return out, nil
}

// holidayFile is the text of a region's file.
func holidayFile(region, name, language string, days []policy.Holiday) string {
	slices.SortStableFunc(days, func(a, b policy.Holiday) int { return cmp.Compare(a.Date, b.Date) })
	first, last := days[0].Date[:4], days[len(days)-1].Date[:4]
	var text strings.Builder
	fmt.Fprintf(&text, `# Public holidays of %s (%s), %s to %s. Left out are bank, optional
# and school holidays, and days that are only observed.
#
# Data: %s (npm; https://github.com/commenthol/date-holidays),
# by commenthol and contributors after Wikipedia. The package names as its
# licence ISC AND CC-BY-3.0; its LICENSE file has the data under CC BY-SA 3.0
# (https://creativecommons.org/licenses/by-sa/3.0/), and so is this file. Chosen
# from it: these regions and years, and public holidays; added: English names
# that it lacks.
#
# Written by `+"`casepath calendar refresh`"+`. Edit it by hand where the region decides
# otherwise; the next refresh writes what the package says.
region: %s
language: %s
holidays:
`, name, region, first, last, holidayPackage, strings.ToLower(region), language)
	for _, d := range days {
		fmt.Fprintf(&text, "  - {date: %s, name: %q, en: %q}\n", d.Date, d.Name, d.English)
	}
	return text.String()
}
