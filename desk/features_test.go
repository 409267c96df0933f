package desk_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
)

// inbox is a house that works, with Posimente's pack and its product manager.
type inbox struct{ *office }

func (i inbox) product(t *testing.T) context.Context {
	t.Helper()
	return as(t, i.House, "posimente", "product")
}

func newInbox(t *testing.T) inbox {
	t.Helper()
	o := &office{}
	o.House = stack.NewHouse(t, stack.Parts{Worker: true})
	o.open(t)
	if err := demo.PublishTo(t.Context(), o.Desk, "posimente"); err != nil {
		t.Fatal(err)
	}
	return inbox{o}
}

// suggested is a feature that a ticket of somebody's asks for, and the ticket.
func (i inbox) suggested(t *testing.T, who, title string) (number, feature string) {
	t.Helper()
	v, err := i.Desk.Register(as(t, i.House, "posimente", who), "", desk.Registration{
		Type: "feature", Severity: "low", Title: title, Body: "It would help us.", Channel: "api", Fields: map[string]string{"customer_name": "Harbour Freight Pty"},
	})
	if err != nil || v.Pending != nil {
		t.Fatalf("%s is not registered: %v", title, err)
	}
	if _, err := i.Desk.Triage(as(t, i.House, "posimente", "agent"), "", v.Row.Number, desk.TriageInput{Reason: "feature", Level: 1, Severity: "low", Path: "feature_request"}); err != nil {
		t.Fatal(err)
	}
	if err := i.db.QueryRowContext(t.Context(), `select f.number from features f join feature_votes v on v.feature_id = f.id where v.ticket_id = $1`, v.Row.ID).Scan(&feature); err != nil {
		t.Fatal(err)
	}
	return v.Row.Number, feature
}

// told counts the mails about decisions so far.
func (i inbox) told(t *testing.T) int {
	t.Helper()
	return i.count(t, `select count(*) from outbox where kind = 'mail' and payload ->> 'Kind' = 'feature_decided'`)
}

// TestTwoManagersDecide: of two who decide on the same version one does, and
// everybody is told once.
func TestTwoManagersDecide(t *testing.T) {
	t.Parallel()
	i := newInbox(t)
	product := i.product(t)
	_, number := i.suggested(t, "jeanne", "Export to a calendar")
	var group sync.WaitGroup
	results := make([]error, 4)
	for n := range results {
		group.Go(func() {
			if n%2 == 0 {
				_, results[n] = i.Desk.DeclineFeature(product, "", number, 1, "Too special.")
			} else {
				_, results[n] = i.Desk.RoadmapFeature(product, "", number, 1, desk.Target{})
			}
		})
	}
	group.Wait()
	done := 0
	for _, err := range results {
		switch {
		case err == nil:
			done++
		case keyOf(err) != "changed_meanwhile":
			t.Error(err)
		}
	}
	if n := i.told(t); done != 1 || n != 1 {
		t.Errorf("%d decisions, %d mails", done, n)
	}
	if n := i.count(t, `select count(*) from tickets where path = 'feature_request' and hanging <> 0`); n != 0 {
		t.Error("the ticket still waits")
	}
}

// TestMergeUnitesVotes: an organization counts once, tickets move over, a feature
// is merged once, and those who join a decided one are told it.
func TestMergeUnitesVotes(t *testing.T) {
	t.Parallel()
	i := newInbox(t)
	product := i.product(t)
	_, one := i.suggested(t, "jeanne", "Export to a calendar")
	_, two := i.suggested(t, "super", "Export my calendar")
	if v, err := i.Desk.LikeFeatures(product, one, "en"); err != nil || len(v) != 1 || v[0].Number != two {
		t.Errorf("like it: %+v %v", v, err)
	}
	if _, err := i.Desk.RoadmapFeature(product, "", one, 1, desk.Target{Version: "9.1"}); err != nil {
		t.Fatal(err)
	}
	before := i.told(t)
	v, err := i.Desk.MergeFeature(product, "merge", two, 1, one)
	if err != nil || v.Row.State != feature.Merged || v.Row.MergedNumber != one {
		t.Fatalf("%+v %v", v.Row, err)
	}
	if again, err := i.Desk.MergeFeature(product, "merge", two, 1, one); err != nil || again.Row.Version != v.Row.Version {
		t.Errorf("repeated: %+v %v", again.Row, err)
	}
	if v, err = i.Desk.Feature(product, one, uuid.Nil); err != nil || v.Row.Organizations != 1 || v.Row.Tickets != 2 {
		t.Errorf("%+v %v", v.Row, err)
	}
	if n := i.told(t) - before; n != 1 {
		t.Errorf("%d were told who joined", n)
	}
	if n := i.count(t, `select count(*) from events where kind = 'feature_merged' and not public`); n != 1 {
		t.Errorf("the histories of %d tickets say that it was merged", n)
	}
	for into, key := range map[string]string{one: "feature_merge_self", two: "feature_merge_ended"} {
		_, three := i.suggested(t, "jeanne", "Export of "+into)
		if into == one {
			into = three
		}
		if _, err := i.Desk.MergeFeature(product, "", three, 1, into); keyOf(err) != key {
			t.Errorf("into %s: %v", into, err)
		}
	}
}

// TestVotes: before it is worded for the public a feature is seen by who asks for
// it alone, in their words; then others may ask for it too, once, and take that
// back while nothing is decided.
func TestVotes(t *testing.T) {
	t.Parallel()
	i := newInbox(t)
	product := i.product(t)
	_, number := i.suggested(t, "jeanne", "Our own words on calendars")
	jeanne, partner := as(t, i.House, "posimente", "jeanne"), as(t, i.House, "posimente", "partner")
	if list, _, err := i.Desk.Roadmap(jeanne, "", 10); err != nil || len(list) != 1 || list[0].Title != "Our own words on calendars" {
		t.Errorf("%+v %v", list, err)
	}
	if list, _, err := i.Desk.Roadmap(partner, "", 10); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := i.Desk.VoteFeature(partner, "", number, ""); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("unseen: %v", err)
	}
	if _, err := i.Desk.EditFeature(product, "", number, desk.FeatureEdit{Seen: 1, Title: "Calendars", PublicTitle: "Calendar export", Published: true}); err != nil {
		t.Fatal(err)
	}
	one, err := i.Desk.VoteFeature(partner, "v", number, "An hour a day")
	if err != nil || one.Title != "Calendar export" || !one.Voted || !one.MayTakeBack {
		t.Errorf("%+v %v", one, err)
	}
	if _, err := i.Desk.VoteFeature(partner, "v", number, "An hour a day"); err != nil {
		t.Errorf("repeated: %v", err)
	}
	for key, who := range map[string]context.Context{"a": partner, "b": jeanne} {
		if _, err := i.Desk.VoteFeature(who, key, number, ""); keyOf(err) != "feature_voted" {
			t.Errorf("twice: %v", err)
		}
	}
	if _, err := i.Desk.UnvoteFeature(jeanne, "", number); keyOf(err) != "feature_not_voted" {
		t.Errorf("what a ticket asks for is taken back: %v", err)
	}
	if _, err := i.Desk.UnvoteFeature(partner, "", number); err != nil {
		t.Error(err)
	}
	if _, err := i.Desk.VoteFeature(partner, "", number, ""); err != nil {
		t.Error(err)
	}
	if _, err := i.Desk.DeclineFeature(product, "", number, 2, "Too special."); err != nil {
		t.Fatal(err)
	}
	if n := i.told(t); n != 2 {
		t.Errorf("%d were told", n)
	}
	if _, err := i.Desk.UnvoteFeature(partner, "", number); keyOf(err) != "feature_decided" {
		t.Errorf("taken back from a decided one: %v", err)
	}
	if _, err := i.Desk.Feature(as(t, i.House, "athento", "product"), number, uuid.Nil); problem.CodeOf(err) != problem.NotFound {
		t.Errorf("another vendor's: %v", err)
	}
}

// TestInboxPages: the list goes on after its last entry, by votes and by age.
func TestInboxPages(t *testing.T) {
	t.Parallel()
	i := newInbox(t)
	product := i.product(t)
	for n := range 3 {
		i.suggested(t, "jeanne", fmt.Sprintf("Suggestion number %d", n))
	}
	for _, byAge := range []bool{false, true} {
		var seen []string
		for after := ""; ; {
			list, next, err := i.Desk.Features(product, desk.FeatureQuery{States: []feature.State{feature.New}, ByAge: byAge, Cursor: after, Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range list {
				seen = append(seen, v.Row.Title)
			}
			if after = next; after == "" {
				break
			}
		}
		if len(seen) != 3 || seen[0] != "Suggestion number 0" || seen[2] != "Suggestion number 2" {
			t.Errorf("by age %v: %v", byAge, seen)
		}
	}
}
