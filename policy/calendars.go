package policy

import (
	"fmt"
	"slices"

	"github.com/casepath/casepath/calendar"
)

// CalendarNamed is a calendar of the pack, made once. The error says in plain
// words what is wrong with it.
func (p *Pack) CalendarNamed(name string) (*calendar.Calendar, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if made := p.calendars[name]; made != nil {
		return made, nil
	}
	of, known := p.Calendars[name]
	if !known {
		return nil, fmt.Errorf("there is no calendar %q", name)
	}
	spec, err := p.Spec(of)
	if err != nil {
		return nil, err
	}
	made, err := calendar.New(spec)
	if err != nil {
		return nil, err
	}
	if p.calendars == nil {
		p.calendars = map[string]*calendar.Calendar{}
	}
	p.calendars[name] = made
	return made, nil
}

// Spec is a calendar of the pack as business time takes it: with the pack's
// zone where it names none, and its region's holidays.
func (p *Pack) Spec(c Calendar) (calendar.Spec, error) {
	spec := calendar.Spec{TimeZone: c.TimeZone, Hours: c.Hours, Holidays: c.Holidays, Dates: c.Dates}
	if spec.TimeZone == "" {
		spec.TimeZone = p.TimeZone
	}
	if c.Region != "" {
		days, known := p.Regions[c.Region]
		if !known {
			var err error
			if days, err = datesOf(c.Region); err != nil {
				return spec, err
			}
		}
		spec.Holidays = append(slices.Clone(days), c.Holidays...)
	}
	return spec, nil
}

// readRegions takes the public holidays of the regions the pack names from the
// program.
func (p *Pack) readRegions() error {
	p.Regions = map[string][]string{}
	for _, c := range p.Calendars {
		if c.Region == "" {
			continue
		}
		dates, err := datesOf(c.Region)
		if err != nil {
			return err
		}
		p.Regions[c.Region] = dates
	}
	return nil
}

// datesOf are the dates of a region's public holidays.
func datesOf(region string) (dates []string, err error) {
	days, err := Holidays(region)
	for _, d := range days {
		if n := len(dates); n == 0 || dates[n-1] != d.Date {
			dates = append(dates, d.Date)
		}
	}
	return dates, err
}
