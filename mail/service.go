package mail

import "github.com/casepath/casepath/words"

// work is what the templates see of a service request.
type work struct {
	Number, Path, Waits, Step, Ending string
	Rate                              string // 125.00 CAD
	Hours, Amount                     string // of an estimate: 3 h 30, 437.50 CAD
	Quote, Total                      string // of a quote: its number, 1,724.63 CAD
	By                                string
	Version, Minimum, Round           int
	BillsAnalysis, Lapses, Bills      bool
}

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
	w.Quote, w.Version = oneLine(s.Quote, maxName), s.Version
	if s.Total != "" {
		w.Total = words.Price(s.Total, s.Currency, loc.tag)
	}
	if s.Amount != "" {
		w.Amount = words.Price(s.Amount, s.Currency, loc.tag)
	}
	return w
}
