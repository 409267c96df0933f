package policy

import "time"

// versionWindowMax bounds the window, in months: a hundred years.
const versionWindowMax = 1200

// Versions is which releases the vendor supports.
func (s Settings) Versions() Versions { return Versions{Months: s.VersionWindowMonths} }

// ConcernsVersion says whether the window concerns a kind of request: a wish for
// the next version does not depend on the one in use.
func (s Settings) ConcernsVersion(kind string) bool {
	if s.Pack == nil {
		return true
	}
	form, known := s.Pack.Form(kind)
	return !known || !form.NoVersion
}

// Supports says whether a release is supported on a date: released within the
// window, whose last date is the one of the same day so many months later (the
// month's last where it has no such day), or on the date of its package's newest
// release. All are dates, at midnight UTC. Without a window every release is.
func (v Versions) Supports(released, newest, on time.Time) bool {
	return v.Months <= 0 || !released.Before(newest) || !on.After(monthsLater(released, v.Months))
}

// monthsLater is the same day so many months later, or the last of that month.
func monthsLater(date time.Time, months int) time.Time {
	year, month, day := date.Date()
	last := time.Date(year, month+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC)
	return last.AddDate(0, 0, min(day, last.Day())-last.Day())
}

// DateIn is the date of an instant in a zone, at midnight UTC.
func DateIn(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
