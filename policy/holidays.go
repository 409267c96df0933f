package policy

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

//go:embed holidays/*.yaml
var holidayFiles embed.FS

// Holiday is a public holiday of a region.
type Holiday struct {
	Date    string `yaml:"date" json:"date"` // 2026-01-31
	Name    string `yaml:"name" json:"name"` // in the region's language
	English string `yaml:"en" json:"en"`
}

// Regions names the regions whose public holidays come with the program, as
// ISO 3166-2 has them, in small letters ("au-vic").
func Regions() []string { return namesIn(holidayFiles, "holidays") }

// Holidays are a region's public holidays by date, for the years its file has
// (policy/holidays). The error says in plain words, with its line where there is
// one, that there is no such region or what is wrong in the file.
func Holidays(region string) ([]Holiday, error) {
	text, err := holidayFiles.ReadFile(path.Join("holidays", region+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("there are no holidays of %q; there are those of %s", region, strings.Join(Regions(), ", "))
	}
	days, err := parseHolidays(region, text)
	if err != nil {
		return nil, fmt.Errorf("holidays of %s: %w", region, err)
	}
	return days, nil
}

func parseHolidays(region string, text []byte) ([]Holiday, error) {
	var file struct {
		Region   string    `yaml:"region"`
		Language string    `yaml:"language"` // of the names
		Holidays []Holiday `yaml:"holidays"`
	}
	if err := yaml.Load(text, &file, yaml.WithKnownFields()); err != nil {
		return nil, faultsOf(err)
	}
	switch {
	case file.Region != region:
		return nil, fmt.Errorf("the file says it is of %q", file.Region)
	case file.Language == "":
		return nil, errors.New("language names the language of the names, such as fr")
	case len(file.Holidays) == 0:
		return nil, errors.New("there is not one holiday")
	}
	for i, d := range file.Holidays {
		if _, err := time.Parse(time.DateOnly, d.Date); err != nil {
			return nil, fmt.Errorf("%q is no date such as 2026-01-31", d.Date)
		}
		if d.Name == "" || d.English == "" {
			return nil, fmt.Errorf("%s needs a name and one in English (en)", d.Date)
		}
		if i == 0 {
			continue
		}
		if before := file.Holidays[i-1]; d.Date < before.Date || d == before {
			return nil, fmt.Errorf("%s stands after %s: write each holiday once, in the order of dates", d.Date, before.Date)
		}
	}
	return file.Holidays, nil
}

// namesIn are the YAML files of a folder, without their endings.
func namesIn(files embed.FS, folder string) (names []string) {
	entries, err := files.ReadDir(folder)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}
