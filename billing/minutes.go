package billing

import (
	"slices"

	"github.com/casepath/casepath/policy"
)

// Entry is minutes somebody worked, as they were entered. One that reverses
// another has minutes below zero.
type Entry struct {
	ID       string
	Activity string // code of the pack's
	Minutes  int
	Reverses string // the entry it undoes; "": none
}

// Standing are the entries that count: neither reversals nor what was reversed.
func Standing(entries []Entry) (list []Entry) {
	gone := map[string]bool{}
	for _, e := range entries {
		if e.Reverses != "" {
			gone[e.Reverses] = true
		}
	}
	for _, e := range entries {
		if e.Reverses == "" && !gone[e.ID] {
			list = append(list, e)
		}
	}
	return list
}

// Billable is how many minutes are billed of an entry's: each entry is rounded
// by itself, a half up where it is to the nearest. Without a rule it is the
// minutes.
func Billable(minutes int, r *policy.Rounding) int {
	if r == nil || r.Minutes < 1 || minutes <= 0 {
		return max(minutes, 0)
	}
	down := minutes / r.Minutes * r.Minutes
	rest := minutes - down
	switch {
	case rest == 0, r.Mode == "down", r.Mode == "nearest" && 2*rest < r.Minutes:
		return down
	}
	return down + r.Minutes
}

// RateFor is the rate of an activity under a plan: the one that names both, else
// the activity, else the plan, else neither; of equals the first. ok is false
// when the pack has none.
func RateFor(rates []policy.Rate, activity, plan string) (rate policy.Rate, ok bool) {
	for _, wanted := range []policy.Rate{{Activity: activity, Plan: plan}, {Activity: activity}, {Plan: plan}, {}} {
		i := slices.IndexFunc(rates, func(r policy.Rate) bool { return r.Activity == wanted.Activity && r.Plan == wanted.Plan })
		if i >= 0 {
			return rates[i], true
		}
	}
	return rate, false
}
