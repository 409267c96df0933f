package mail

import (
	"strings"
	"time"

	"github.com/casepath/casepath/words"
)

// maxPlace is how much of a session's place a mail says, in runes.
const maxPlace = 500

// work is what the templates see of a service request.
type work struct {
	Number, Path, Waits, Step, Ending string
	Rate                              string // 125.00 CAD
	Hours, Amount                     string // of an estimate: 3 h 30, 437.50 CAD
	Quote, Total                      string // of a quote: its number, 1,724.63 CAD
	By                                string
	Version, Minimum, Round           int
	BillsAnalysis, Lapses, Bills      bool
	Taxed, Replaces                   bool // of a quote: it has taxes, it is not the first version
	Sessions                          []sitting
	Moved                             bool
	Cites                             string
	First, Last                       string // of a time frame
	Kept                              string // 300.00 AUD
	Deciders                          string // of a quote, by name
	Schedules, Settles, Yours         bool
}

// sitting is what the templates see of a session of a training.
type sitting struct{ Start, Length, Place string }

func newWork(n Notice, loc *locale) work {
	s := n.Service
	if s == nil {
		return work{}
	}
	w := work{
		Number: oneLine(s.Number, maxName), Path: s.Path, Waits: s.Waits, Step: s.Step, Ending: s.Ending, Minimum: s.Minimum, Round: s.Round,
		BillsAnalysis: s.BillsAnalysis, Lapses: s.Lapses, Bills: s.Bills, By: dateIn(s.By, zone(n.TimeZone), loc),
	}
	if s.PerHour != "" {
		w.Rate = words.Price(s.PerHour, s.Currency, loc.tag)
	}
	if s.Minutes > 0 {
		w.Hours = words.Hours(s.Minutes)
	}
	w.Quote, w.Version, w.Taxed, w.Replaces = oneLine(s.Quote, maxName), s.Version, s.Taxed, s.Version > 1
	if s.Total != "" {
		w.Total = words.Price(s.Total, s.Currency, loc.tag)
	}
	w.Deciders = oneLine(strings.Join(s.Deciders, ", "), maxPlace)
	w.Moved, w.Schedules, w.Settles, w.Yours = s.Moved, s.Schedules, s.Settles, s.Yours
	w.Cites, w.First, w.Last = oneLine(s.Cites, maxPlace), oneLine(s.First, maxName), oneLine(s.Last, maxName)
	if s.Kept != "" {
		w.Kept = words.Price(s.Kept, s.Currency, loc.tag)
	}
	for _, one := range s.Sessions {
		w.Sessions = append(w.Sessions, sitting{
			Start: dateIn(&one.Start, zone(n.TimeZone), loc), Length: words.Hours(int(one.End.Sub(one.Start) / time.Minute)), Place: quote(oneLine(one.Place, maxPlace)),
		})
	}
	if s.Amount != "" {
		w.Amount = words.Price(s.Amount, s.Currency, loc.tag)
	}
	return w
}
