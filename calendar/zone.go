package calendar

import (
	"slices"
	"sort"
	"time"
)

// stretch is a time without a change of the zone's offset, up to the next
// stretch. A last one, of no length, stands where the reach of calendars ends.
type stretch struct {
	from   int64 // instant, in nanoseconds since 1970
	offset int64 // what the wall is ahead of UTC
	passed int64 // open time between the beginning of all stretches and this one's
}

// stretchesOf are the stretches of a zone, with nothing passed.
func stretchesOf(zone *time.Location) (list []stretch) {
	end := time.Unix(0, lastNano)
	for t := time.Unix(0, firstNano).In(zone); t.Before(end); {
		_, seconds := t.Zone()
		offset := int64(seconds) * int64(time.Second)
		if len(list) == 0 || list[len(list)-1].offset != offset {
			list = append(list, stretch{from: t.UnixNano(), offset: offset})
		}
		_, next := t.ZoneBounds()
		switch {
		case next.IsZero():
			next = end
		case !next.After(t):
			// By its rules for years to come, ZoneBounds has each year end after 365
			// days, so that the last day of a leap year lies behind its own bound.
			next = t.Add(24 * time.Hour)
		}
		t = next.In(zone)
	}
	return append(list, stretch{from: lastNano, offset: list[len(list)-1].offset})
}

// skip takes the windows out of the plan that nobody lives through, because
// clocks are put forward over all of them, or a date is left out altogether. A
// date without any other is no working day.
func skip(p *plan, stretches []stretch) {
	for i := 1; i < len(stretches); i++ {
		from, to := stretches[i].from+stretches[i-1].offset, stretches[i].from+stretches[i].offset
		if to <= from {
			continue
		}
		for date := floor(from, day) - 1; date*day < to; date++ {
			windows := p.on(date)
			inside := func(w window) bool { return from <= date*day+w.open && date*day+w.close <= to }
			if slices.ContainsFunc(windows, inside) {
				p.set(date, slices.DeleteFunc(slices.Clone(windows), inside))
			}
		}
	}
}

// index is the stretch an instant lies in.
func (c *Calendar) index(at int64) int {
	return sort.Search(len(c.stretches)-1, func(i int) bool { return c.stretches[i+1].from > at })
}

// passed is the open time between the beginning of all stretches and an
// instant.
func (c *Calendar) passed(at int64) int64 {
	s := c.stretches[c.index(at)]
	return s.passed + c.openBefore(at+s.offset) - c.openBefore(s.from+s.offset)
}

// total is all the open time there is.
func (c *Calendar) total() int64 { return c.stretches[len(c.stretches)-1].passed }

// firstAt is the first instant at which the wall reads a time, or one after it
// where that is left out.
func (c *Calendar) firstAt(wall int64) int64 {
	i := c.index(wall - 2*day) // surely before
	for i < len(c.stretches)-1 && c.stretches[i+1].from+c.stretches[i].offset <= wall {
		i++
	}
	return max(c.stretches[i].from, wall-c.stretches[i].offset)
}
