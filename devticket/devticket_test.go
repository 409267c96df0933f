package devticket_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// matrix is the procedure of docs/paths/defect.md: where each action leads from
// each state, and what is told; "-" where it is out of order.
const matrix = `
action     | new      | accepted        | refused | planned         | in_work         | shipped | verified | not_verified
accept_dev | accepted | -               | -       | -               | -               | -       | -        | -
refuse_dev | refused, | refused,        | -       | refused,        | -               | -       | -        | refused,
plan_dev   | -        | planned,        | -       | planned,        | in_work,        | -       | -        | planned,
begin_dev  | -        | in_work         | -       | in_work         | -               | -       | -        | in_work
ship_dev   | -        | -               | -       | shipped,        | shipped,        | -       | -        | -
verify_dev | -        | -               | -       | -               | -               | shipped | verified | not_verified
fail_dev   | -        | -               | -       | -               | -               | shipped | verified | not_verified
`

func cells(line string) (list []string) {
	for cell := range strings.SplitSeq(line, "|") {
		list = append(list, strings.TrimSpace(cell))
	}
	return list
}

func TestMatrix(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(matrix), "\n")
	states := cells(lines[0])[1:]
	for _, line := range lines[1:] {
		row := cells(line)
		for i, state := range states {
			s := devticket.Snapshot{Number: "DEV-2026-000001", Version: 3, State: devticket.State(state), Target: "8.3"}
			for _, side := range []ticket.Side{ticket.Staff, ticket.Customer, ticket.System} {
				c := devticket.Command{Action: devticket.Action(row[0]), Actor: ticket.Actor{ID: "p", Side: side}, Target: "8.4"}
				transition, err := devticket.Decide(s, c, noon)
				got, want := string(transition.To), row[i+1]
				if transition.News != "" {
					got += ","
				}
				if err != nil {
					got = string(problem.CodeOf(err))
				}
				switch {
				case (side == ticket.Customer) != slices.Contains([]string{"verify_dev", "fail_dev"}, row[0]), side == ticket.System:
					want = string(problem.Forbidden)
				case want == "-":
					want = string(problem.Conflict)
				}
				if got != want {
					t.Errorf("%s in %s by %s: %s, want %s", row[0], state, side, got, want)
				}
			}
		}
	}
}

// TestNews: planned first, then slipped; the same version again is none.
func TestNews(t *testing.T) {
	s := devticket.Snapshot{State: devticket.Accepted}
	plan := devticket.Command{Action: devticket.ActPlan, Actor: ticket.Actor{Side: ticket.Staff}, Target: "8.3"}
	tr, err := devticket.Decide(s, plan, noon)
	if err != nil || tr.News != devticket.NewsPlanned {
		t.Errorf("planned: %s %v", tr.News, err)
	}
	s.State, s.Target = devticket.Planned, "8.3"
	if _, err := devticket.Decide(s, plan, noon); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("the same version: %v", err)
	}
	plan.Target = "8.4"
	if tr, err = devticket.Decide(s, plan, noon); err != nil || tr.News != devticket.NewsSlipped {
		t.Errorf("slipped: %s %v", tr.News, err)
	}
	ship := devticket.Command{Action: devticket.ActShip, Actor: ticket.Actor{Side: ticket.Staff}}
	if tr, err = devticket.Decide(s, ship, noon); err != nil || tr.Target != "8.3" {
		t.Errorf("shipped as planned: %q %v", tr.Target, err)
	}
	s.State, s.Target = devticket.InWork, ""
	if _, err := devticket.Decide(s, ship, noon); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("shipped in no version: %v", err)
	}
}

// TestChecked: it is verified when everybody says so, and not as soon as one
// says that it fails.
func TestChecked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(devticket.States).Draw(t, "state")
		works, fails, silent := rapid.IntRange(0, 3).Draw(t, "works"), rapid.IntRange(0, 3).Draw(t, "fails"), rapid.IntRange(0, 3).Draw(t, "silent")
		got := s.Checked(works+fails+silent, works, fails)
		want := s
		if s.Delivered() {
			want = devticket.Shipped
			if fails > 0 {
				want = devticket.NotVerified
			} else if works > 0 && silent == 0 {
				want = devticket.Verified
			}
		}
		if got != want {
			t.Fatalf("%s with %d, %d, %d: %s, want %s", s, works, fails, silent, got, want)
		}
	})
	if slices.Contains(devticket.Possible(devticket.Snapshot{State: devticket.Refused}), devticket.ActPlan) {
		t.Error("what is refused is planned")
	}
}
