package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// merging is a house that works, in which Athento's plan gives back what is
// merged, and what is split off where more says so.
func merging(t *testing.T, more string) (h *stack.House, contract desk.ContractView) {
	t.Helper()
	h = stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "athento"); err != nil {
		t.Fatal(err)
	}
	contract, err := h.Desk.CreateContract(as(t, h, "athento", "accounts"), "c", customerOf(t, h, "athento"), desk.ContractInput{
		Plan: "standard", Reference: "AT-7", From: instant(t, "2026-03-15T00:00:00Z"), Overrides: ticketsOf(4, "at_zero: overrun, released_for: [duplicate"+more+"]"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return h, contract
}

// askedBy registers a question of somebody's and answers its number.
func askedBy(t *testing.T, h *stack.House, who, title string) string {
	t.Helper()
	v, err := h.Desk.Register(as(t, h, "athento", who), "", desk.Registration{Type: "question", Severity: "medium", Title: title, Body: "We cannot find it.", Channel: "api"})
	if err != nil || v.Pending != nil {
		t.Fatalf("%s is not registered (%v)", title, err)
	}
	return v.Row.Number
}

func keyOf(err error) string {
	if e, ok := problem.As(err); ok {
		if len(e.Fields) > 0 {
			return e.Fields[0].Key
		}
		return e.Key
	}
	return ""
}

func read(t *testing.T, h *stack.House, who, number string) desk.TicketView {
	t.Helper()
	v, err := h.Desk.Ticket(as(t, h, "athento", who), number)
	if err != nil {
		t.Fatalf("%s reads %s: %v", who, number, err)
	}
	return v
}

// TestMergeAndBack: a merged ticket goes on as another, whose watchers those it
// concerns become; nothing can be done to it meanwhile; undone, it stands where
// it stood.
func TestMergeAndBack(t *testing.T) {
	t.Parallel()
	h, contract := merging(t, "")
	agent := as(t, h, "athento", "agent")
	source, target := askedBy(t, h, "super", "How are versions compared?"), askedBy(t, h, "jeanne", "Where do I compare versions?")
	if _, err := h.Desk.Merge(as(t, h, "athento", "jeanne"), "", source, target, "x"); keyOf(err) != "not_found" {
		t.Errorf("out of sight: %v", err)
	}
	if _, err := h.Desk.Merge(as(t, h, "athento", "super"), "", source, target, "x"); keyOf(err) != "not_your_role" {
		t.Errorf("a customer merges: %v", err)
	}
	stands(t, h, contract.ID, store.Balance{Included: 4, Available: 2, Reserved: 2})
	for range 2 {
		v, err := h.Desk.Merge(agent, "m", source, target, "The same canary question")
		if err != nil || v.Row.State != ticket.Merged || v.Row.MergedFrom != ticket.Registered || v.GoesOnAs == nil || v.GoesOnAs.Number != target {
			t.Fatalf("%+v (%v)", v.Row, err)
		}
	}
	stands(t, h, contract.ID, store.Balance{Included: 4, Available: 3, Reserved: 1})
	v := read(t, h, "super", source)
	for _, k := range v.Row.Clocks {
		if k.StoppedAt == nil || !k.Merged || k.BreachedAt != nil {
			t.Errorf("%s after the merge: %+v", k.Name, k)
		}
	}
	if v.Row.AcknowledgedAt != nil {
		t.Error("a merge is no first act of staff")
	}
	if links := v.Links; len(links) != 1 || links[0].As != desk.MergedInto || links[0].Number != target || links[0].Reason != "" || links[0].By != "" {
		t.Errorf("the customer sees %+v", links)
	}
	if links := read(t, h, "agent", target).Links; len(links) != 1 || links[0].As != desk.MergedHere || links[0].Reason == "" {
		t.Errorf("staff see %+v", links)
	}
	sam := as(t, h, "athento", "super")
	caller, _ := desk.CallerFrom(sam)
	if !slices.Contains(read(t, h, "jeanne", target).Row.Watchers, caller.Person.ID) {
		t.Error("the requester does not watch what it was merged into")
	}
	refusedMerged(t, h, source, target)

	for range 2 {
		if v, err := h.Desk.Unmerge(agent, "u", source); err != nil || v.Row.State != ticket.Registered || v.GoesOnAs != nil || len(v.Links) != 0 {
			t.Fatalf("%+v (%v)", v.Row, err)
		}
	}
	stands(t, h, contract.ID, store.Balance{Included: 4, Available: 2, Reserved: 2})
	v = read(t, h, "super", source)
	for _, k := range v.Row.Clocks {
		if k.StoppedAt != nil || k.Merged || k.DueAt == nil {
			t.Errorf("%s after the merge was undone: %+v", k.Name, k)
		}
	}
	if len(read(t, h, "jeanne", target).Row.Watchers) != 0 {
		t.Error("somebody still watches what it is no more merged into")
	}
	if _, err := h.Desk.Comment(sam, "", source, "It goes on", nil); err != nil {
		t.Error(err)
	}
	mailsOfMerge(t, h, source, target)
}

// refusedMerged tries what can be done to a ticket: nothing, and each refusal
// names where it goes on.
func refusedMerged(t *testing.T, h *stack.House, source, target string) {
	t.Helper()
	sam, agent := as(t, h, "athento", "super"), as(t, h, "athento", "agent")
	for name, act := range map[string]func() error{
		"comment":  func() error { _, err := h.Desk.Comment(sam, "", source, "x", nil); return err },
		"withdraw": func() error { _, err := h.Desk.Withdraw(sam, "", source, "x"); return err },
		"note":     func() error { _, err := h.Desk.Note(agent, "", source, "x", nil); return err },
		"reply":    func() error { _, err := h.Desk.Reply(agent, "", source, "x", nil); return err },
		"answer":   func() error { _, err := h.Desk.Answer(agent, "", source, "x", nil); return err },
		"take":     func() error { _, err := h.Desk.Take(agent, "", source); return err },
		"merge":    func() error { _, err := h.Desk.Merge(agent, "", source, target, "x"); return err },
		"release":  func() error { _, err := h.Desk.ReleaseTicket(agent, "", source, "duplicate", "x"); return err },
		"split": func() error {
			_, err := h.Desk.Split(agent, "", source, desk.SplitInput{Title: "Another", Type: "question", Severity: "low", Text: "x"})
			return err
		},
		"watch": func() error {
			_, err := h.Desk.AddWatcher(agent, source, desk.NewWatcher{Email: "jeanne@athento.example"})
			return err
		},
	} {
		err := act()
		if e, ok := problem.As(err); !ok || e.Code != problem.Conflict || e.Key != "ticket_merged" || e.Args["target"] != target {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Desk.Merge(agent, "", target, source, "x"); keyOf(err) != "merge_into_ended" {
		t.Errorf("into a merged one: %v", err)
	}
}

// mailsOfMerge wants each told once of the merge and once of its end, and not
// why.
func mailsOfMerge(t *testing.T, h *stack.House, source, target string) {
	t.Helper()
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, m := range h.Mail.Messages() {
		for _, what := range []string{"Goes on as " + target, "Goes on by itself again", "Se poursuit sous le numéro " + target, "Suit de nouveau son propre cours"} {
			if strings.Contains(m.Subject, "["+source+"]") && strings.Contains(m.Subject, what) {
				told[strings.Join(m.To, ",")]++
			}
		}
		if strings.Contains(string(m.Raw), "canary") {
			t.Errorf("%s tells why it was merged", m.Subject)
		}
	}
	if len(told) != 1 || told["super@athento.example"] != 2 {
		t.Errorf("told: %v of %v", told, subjects(h.Mail))
	}
}

func subjects(catcher *onebox.MailCatcher) (list []string) {
	for _, m := range catcher.Messages() {
		list = append(list, m.Subject)
	}
	return list
}

// TestMergesCross: of two tickets merged into each other at once one is, and
// nobody waits for ever.
func TestMergesCross(t *testing.T) {
	t.Parallel()
	h, _ := merging(t, "")
	agent := as(t, h, "athento", "agent")
	for i := range 8 {
		a, b := askedBy(t, h, "jeanne", fmt.Sprint("The first question ", i)), askedBy(t, h, "jeanne", fmt.Sprint("The second question ", i))
		var keys [2]string
		var all sync.WaitGroup
		for n, pair := range [][2]string{{a, b}, {b, a}} {
			all.Go(func() {
				_, err := h.Desk.Merge(agent, "", pair[0], pair[1], "x")
				keys[n] = "done"
				if err != nil {
					keys[n] = keyOf(err)
				}
			})
		}
		all.Wait()
		slices.Sort(keys[:])
		if keys[0] != "done" || keys[1] != "merge_into_ended" && keys[1] != "ticket_merged" {
			t.Errorf("%v", keys)
		}
	}
	var circles int
	if query(t, h, &circles, `select count(*) from tickets a join tickets b on b.id = a.merged_into where b.merged_into is not null`); circles != 0 {
		t.Errorf("%d of what was merged goes on as a merged one", circles)
	}
}

// TestMergesFollow: what was merged into a ticket goes on as what that one is
// merged into, and undoing one leaves the watch of others.
func TestMergesFollow(t *testing.T) {
	t.Parallel()
	h, _ := merging(t, "")
	agent := as(t, h, "athento", "agent")
	a, b, c := askedBy(t, h, "super", "The first question"), askedBy(t, h, "super", "The second question"), askedBy(t, h, "jeanne", "The third question")
	merge := func(source, target string) {
		t.Helper()
		if _, err := h.Desk.Merge(agent, "", source, target, "x"); err != nil {
			t.Fatal(err)
		}
	}
	watched := func(want int) {
		t.Helper()
		if n := len(read(t, h, "agent", c).Row.Watchers); n != want {
			t.Errorf("%d watch the last, want %d", n, want)
		}
	}
	merge(a, b)
	merge(b, c)
	if v := read(t, h, "super", a); v.GoesOnAs == nil || v.GoesOnAs.Number != c {
		t.Errorf("the first goes on as %+v", v.GoesOnAs)
	}
	watched(1)
	if _, err := h.Desk.Unmerge(agent, "", a); err != nil {
		t.Fatal(err)
	}
	watched(1) // for the second
	if _, err := h.Desk.Unmerge(agent, "", b); err != nil {
		t.Fatal(err)
	}
	watched(0)
	var target store.Ticket
	err := h.Store.In(t.Context(), athento(t, h), func(tx *store.Tx) (err error) {
		target, err = tx.FollowMerges(t.Context(), read(t, h, "agent", a).Row.ID)
		return err
	})
	if err != nil || target.Number != a {
		t.Errorf("%s goes on as %s (%v)", a, target.Number, err)
	}
}

// TestUnmergeWindow: after as long as a closed ticket could be reopened, a merge
// stays.
func TestUnmergeWindow(t *testing.T) {
	t.Parallel()
	h, _ := merging(t, "")
	agent := as(t, h, "athento", "agent")
	a, b := askedBy(t, h, "jeanne", "The first question"), askedBy(t, h, "jeanne", "The second question")
	if _, err := h.Desk.Merge(agent, "", a, b, "x"); err != nil {
		t.Fatal(err)
	}
	if until := read(t, h, "agent", a).Row.ReopenUntil; until == nil || until.Before(time.Now()) {
		t.Fatalf("until %v", until)
	}
	h.Desk.Now = func() time.Time { return time.Now().UTC().AddDate(1, 0, 0) }
	if _, err := h.Desk.Unmerge(agent, "", a); keyOf(err) != "unmerge_window_over" {
		t.Errorf("%v", err)
	}
}

// TestMergeOfTwoOrganizations: it would show each the other's words.
func TestMergeOfTwoOrganizations(t *testing.T) {
	t.Parallel()
	h, _ := merging(t, "")
	agent := as(t, h, "athento", "agent")
	a, b := askedBy(t, h, "jeanne", "The first question"), askedBy(t, h, "super", "The second question")
	var other, moved string
	query(t, h, &other, `insert into organizations (id, vendor_id, kind, name, created_at)
		select gen_random_uuid(), vendor_id, 'customer', 'Other', now() from tickets where number = $1 and vendor_id = $2 returning id`, b, athento(t, h))
	query(t, h, &moved, `update tickets set organization_id = $1 where number = $2 returning id`, other, b)
	if _, err := h.Desk.Merge(agent, "", a, b, "x"); keyOf(err) != "merge_other_organization" {
		t.Errorf("%v", err)
	}
	if _, err := h.Desk.Link(agent, "l", a, b); err != nil {
		t.Fatal(err)
	}
	if links := read(t, h, "jeanne", a).Links; len(links) != 0 {
		t.Errorf("the customer sees %+v", links)
	}
	for _, c := range []struct{ with, want string }{{b, "tickets_linked"}, {a, "link_with_itself"}, {"PX-2026-999999", "ticket_unknown"}} {
		if _, err := h.Desk.Link(agent, "", a, c.with); keyOf(err) != c.want {
			t.Errorf("with %s: %v", c.with, err)
		}
	}
	links := read(t, h, "agent", b).Links
	if len(links) != 1 || links[0].As != desk.RelatedTo || links[0].Number != a {
		t.Fatalf("%+v", links)
	}
	if list, err := h.Desk.Unlink(agent, "", b, links[0].Link); err != nil || len(list) != 0 {
		t.Errorf("%+v (%v)", list, err)
	}
	if _, err := h.Desk.Unlink(agent, "", b, links[0].Link); err != nil {
		t.Errorf("again: %v", err)
	}
}

func athento(t *testing.T, h *stack.House) uuid.UUID {
	t.Helper()
	v, err := h.Store.VendorBySlug(t.Context(), "athento")
	if err != nil {
		t.Fatal(err)
	}
	return v.ID
}
