package policy

import (
	"fmt"

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
		days, err := holidayDates(c.Region)
		if err != nil {
			return spec, err
		}
		spec.Holidays = append(days, c.Holidays...)
	}
	return spec, nil
}

// holidayDates are the dates of a region's public holidays.
func holidayDates(region string) ([]string, error) {
	days, err := Holidays(region)
	dates := make([]string, len(days))
	for i, d := range days {
		dates[i] = d.Date
	}
	return dates, err
}
