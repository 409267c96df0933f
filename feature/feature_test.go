package feature_test

import (
	"slices"
	"testing"
	"time"

	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
)

var at = time.Date(2026, 3, 2, 9, 0, 0, 1234, time.UTC)

func in(s feature.State) feature.Snapshot {
	return feature.Snapshot{Number: "F-2026-1", Version: 3, State: s}
}

// codeOf is the sentence a decision is refused with; "" for none.
func codeOf(err error) string {
	if e, ok := problem.As(err); ok {
		return e.Key
	}
	return ""
}

func TestDecisions(t *testing.T) {
	other := feature.Snapshot{Number: "F-2026-2", State: feature.Roadmap}
	ended := feature.Snapshot{Number: "F-2026-3", State: feature.Merged}
	self := in(feature.New)
	planned, developed := in(feature.Roadmap), in(feature.Roadmap)
	planned.Target, developed.Developed = "9.1", true
	refused := planned
	refused.Number, refused.Refused = "F-2026-4", true
	for name, c := range map[string]struct {
		s    feature.Snapshot
		c    feature.Command
		to   feature.State
		news bool
		code string
	}{
		"declined":                    {s: in(feature.New), c: feature.Command{Action: feature.ActDecline}, to: feature.Declined, news: true},
		"a change of mind":            {s: in(feature.Declined), c: feature.Command{Action: feature.ActRoadmap, Target: "9.1"}, to: feature.Roadmap, news: true},
		"and back":                    {s: planned, c: feature.Command{Action: feature.ActDecline}, to: feature.Declined, news: true},
		"another version":             {s: planned, c: feature.Command{Action: feature.ActRoadmap, Target: "9.2"}, to: feature.Roadmap, news: true},
		"later after all":             {s: planned, c: feature.Command{Action: feature.ActRoadmap}, to: feature.Roadmap, news: true},
		"offered":                     {s: in(feature.New), c: feature.Command{Action: feature.ActOffer}, to: feature.Offered, news: true},
		"offered to others":           {s: in(feature.Offered), c: feature.Command{Action: feature.ActOffer}, to: feature.Offered, news: true},
		"merged":                      {s: in(feature.New), c: feature.Command{Action: feature.ActMerge, Into: &other}, to: feature.Merged},
		"developed":                   {s: planned, c: feature.Command{Action: feature.ActDevelop}, to: feature.Roadmap},
		"the same version":            {s: planned, c: feature.Command{Action: feature.ActRoadmap, Target: "9.1"}, code: "feature_as_it_is"},
		"the same version again":      {s: refused, c: feature.Command{Action: feature.ActRoadmap, Target: "9.1"}, to: feature.Roadmap, news: true},
		"merged into a refused one":   {s: self, c: feature.Command{Action: feature.ActMerge, Into: &refused}, code: "feature_merge_refused"},
		"declined twice":              {s: in(feature.Declined), c: feature.Command{Action: feature.ActDecline}, code: "action_out_of_order"},
		"merged into itself":          {s: self, c: feature.Command{Action: feature.ActMerge, Into: &self}, code: "feature_merge_self"},
		"merged into a merged one":    {s: self, c: feature.Command{Action: feature.ActMerge, Into: &ended}, code: "feature_merge_ended"},
		"merged when decided":         {s: in(feature.Declined), c: feature.Command{Action: feature.ActMerge, Into: &other}, code: "action_out_of_order"},
		"decided when merged":         {s: in(feature.Merged), c: feature.Command{Action: feature.ActRoadmap}, code: "action_out_of_order"},
		"decided when dropped":        {s: in(feature.Dropped), c: feature.Command{Action: feature.ActOffer}, code: "action_out_of_order"},
		"decided under development":   {s: developed, c: feature.Command{Action: feature.ActDecline}, code: "feature_developed"},
		"developed before it is said": {s: in(feature.New), c: feature.Command{Action: feature.ActDevelop}, code: "action_out_of_order"},
		"unknown":                     {s: in(feature.New), c: feature.Command{Action: "x"}, code: "action_unknown"},
	} {
		c.c.Seen = c.s.Version
		got, err := feature.Decide(c.s, c.c, at)
		if codeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if c.code == "" && (got.To != c.to || got.News != c.news || got.From != c.s.State || !got.At.Equal(at.Truncate(time.Microsecond))) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestStaleDecision(t *testing.T) {
	_, err := feature.Decide(in(feature.New), feature.Command{Action: feature.ActDecline, Seen: 2}, at)
	if codeOf(err) != "changed_meanwhile" || problem.CodeOf(err) != problem.Conflict {
		t.Error(err)
	}
}

func TestPossible(t *testing.T) {
	for _, s := range feature.States {
		for _, a := range feature.Actions {
			c := feature.Command{Action: a, Seen: 3, Target: "9", Into: &feature.Snapshot{Number: "F-2026-2"}}
			_, err := feature.Decide(in(s), c, at)
			if possible := slices.Contains(feature.Possible(in(s)), a); possible != (err == nil) {
				t.Errorf("%s in %s: possible %v, but %v", a, s, possible, err)
			}
		}
	}
	developed := in(feature.Roadmap)
	if developed.Developed = true; len(feature.Possible(developed)) != 0 {
		t.Error("decided twice")
	}
}
