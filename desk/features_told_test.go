package desk_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/mail"
)

// idea is a feature that several ask for, in the order they were suggested.
type idea struct {
	inbox
	number  string   // of the feature
	tickets []string // that ask for it
}

// shared is a feature that these people ask for, with a ticket each. The partner's
// is one of their own organization.
func (i inbox) shared(t *testing.T, who ...string) idea {
	t.Helper()
	one := idea{inbox: i}
	for n, person := range who {
		by := person
		if person == "partner" {
			by = "super"
		}
		ticket, number := i.suggested(t, by, "Export to a calendar")
		if person != by {
			i.execute(t, `with p as (select * from people where email = $2 || '@posimente.example'),
				t as (update tickets set organization_id = p.organization_id, requester_id = p.id, contract_id = null from p where number = $1 returning tickets.id, requester_id, tickets.organization_id)
				update feature_votes v set organization_id = t.organization_id, person_id = t.requester_id from t where v.ticket_id = t.id`, ticket, person)
		}
		one.tickets = append(one.tickets, ticket)
		if n == 0 {
			one.number = number
			continue
		}
		if _, err := i.Desk.MergeFeature(i.product(t), "", number, 1, one.number); err != nil {
			t.Fatal(err)
		}
	}
	return one
}

// now is the feature as staff see it.
func (i idea) now(t *testing.T) desk.FeatureView {
	t.Helper()
	v, err := i.Desk.Feature(i.product(t), i.number, uuid.Nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// offer offers it to the organizations of some of its tickets.
func (i idea) offer(t *testing.T, tickets ...int) error {
	t.Helper()
	var to []uuid.UUID
	for _, n := range tickets {
		var id uuid.UUID
		if err := i.db.QueryRowContext(t.Context(), `select organization_id from tickets where number = $1`, i.tickets[n]).Scan(&id); err != nil {
			t.Fatal(err)
		}
		to = append(to, id)
	}
	_, err := i.Desk.OfferFeature(i.product(t), "", i.number, i.now(t).Row.Version, to, "")
	return err
}

// answer is what the vote of one of its tickets was answered.
func (i idea) answer(t *testing.T, ticket int) (a feature.State) {
	t.Helper()
	if err := i.db.QueryRowContext(t.Context(), `select v.answer from feature_votes v join tickets t on t.id = v.ticket_id where t.number = $1`, i.tickets[ticket]).Scan(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

// mails counts those of a kind to somebody.
func (i inbox) mails(t *testing.T, kind, who string) int {
	t.Helper()
	return i.count(t, `select count(*) from outbox where kind = 'mail' and payload ->> 'Kind' = $1 and payload -> 'To' ->> 'Email' = $2`, kind, who+"@posimente.example")
}

// TestAssigneeHearsOfEachTicket: who has several tickets that a decision ends the
// wait of gets a mail for each.
func TestAssigneeHearsOfEachTicket(t *testing.T) {
	t.Parallel()
	i := newInbox(t).shared(t, "jeanne", "jeanne", "super")
	i.execute(t, `update tickets set assignee_id = (select id from people where email = 'agent@posimente.example') where path = 'feature_request'`)
	if _, err := i.Desk.DeclineFeature(i.product(t), "", i.number, i.now(t).Row.Version, "Too special."); err != nil {
		t.Fatal(err)
	}
	if n := i.mails(t, "feature_evaluated", "agent"); n != 3 {
		t.Errorf("%d mails of three tickets", n)
	}
}

// TestOfferIsToldOnce: who has requests of two organizations that are offered a
// feature hears of the rest of both in one mail, and who was mailed an offer gets
// no other mail.
func TestOfferIsToldOnce(t *testing.T) {
	t.Parallel()
	i := newInbox(t).shared(t, "jeanne", "partner", "super", "partner")
	i.execute(t, `insert into ticket_watchers (vendor_id, ticket_id, person_id, added_by, added_at) select t.vendor_id, t.id, p.id, p.id, now() from tickets t, people p
		where t.number = any($1) and p.email = 'agent@posimente.example'`, pq.Array(i.tickets[:2]))
	if err := i.offer(t, 0, 1); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string][2]int{"jeanne": {0, 1}, "super": {1, 0}, "partner": {1, 0}, "agent": {0, 1}} {
		if got := [2]int{i.mails(t, "interest_asked", who), i.mails(t, "feature_decided", who)}; got != want {
			t.Errorf("%s got %v mails, want %v", who, got, want)
		}
	}
	if n := i.count(t, `select jsonb_array_length(payload -> 'News' -> 'Items') from outbox where payload ->> 'Kind' = 'feature_decided' and payload -> 'To' ->> 'Email' like 'agent@%'`); n != 2 {
		t.Errorf("the mail to who watches names %d requests", n)
	}
}

// TestVoterHearsOfDevelopment: who asks for a feature without a ticket is told
// once, like the others, what development says of it.
func TestVoterHearsOfDevelopment(t *testing.T) {
	t.Parallel()
	i := newInbox(t).shared(t, "jeanne")
	product := i.product(t)
	if _, err := i.Desk.EditFeature(product, "", i.number, desk.FeatureEdit{Seen: 1, Title: "Calendars", PublicTitle: "Calendar export", Published: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Desk.VoteFeature(as(t, i.House, "posimente", "partner"), "", i.number, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Desk.RoadmapFeature(product, "", i.number, 2, desk.Target{}); err != nil {
		t.Fatal(err)
	}
	v, err := i.Desk.DevelopFeature(product, "", i.number, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.Desk.RefuseDevTicket(product, "", v.Row.DevNumber, "It does not scale."); err != nil {
		t.Fatal(err)
	}
	i.settled(t)
	for _, who := range []string{"jeanne", "partner"} {
		if n := i.mails(t, "dev_news", who); n != 1 {
			t.Errorf("%s got %d mails of development", who, n)
		}
	}
	list := i.notices(t, mail.DevNews, "partner@posimente.example")
	if len(list) != 1 || len(list[0].News.Items) != 1 || list[0].News.Items[0].Dev != i.number || list[0].News.Items[0].Title != "Calendar export" {
		t.Errorf("%+v", list)
	}
}

// settled tells all news that there is.
func (i inbox) settled(t *testing.T) {
	t.Helper()
	for {
		var ref activities.DevRef
		err := i.db.QueryRowContext(t.Context(), `select vendor_id, id from dev_news where told_all_at is null order by at limit 1`).Scan(&ref.Vendor, &ref.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (&activities.DevTickets{Store: i.Store}).SpreadNews(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
	}
}

// roadmap puts it on the roadmap into a version.
func (i idea) roadmap(t *testing.T, version string) error {
	t.Helper()
	_, err := i.Desk.RoadmapFeature(i.product(t), "", i.number, i.now(t).Row.Version, desk.Target{Version: version})
	return err
}

func (i idea) decline(t *testing.T, reason string) error {
	t.Helper()
	_, err := i.Desk.DeclineFeature(i.product(t), "", i.number, i.now(t).Row.Version, reason)
	return err
}

// TestDecisionBesideAnOffer: while a customer's word on an offer is waited for
// nothing else is decided; once they have bought it the others are answered, and
// what is said to these is not said to them.
func TestDecisionBesideAnOffer(t *testing.T) {
	t.Parallel()
	i := newInbox(t).shared(t, "super", "partner")
	if err := i.offer(t, 0); err != nil {
		t.Fatal(err)
	}
	if err := i.decline(t, "Too special."); keyOf(err) != "feature_offer_out" {
		t.Errorf("declined with an offer out: %v", err)
	}
	i.execute(t, `update service_requests set state = 'in_work'`)
	if err := i.decline(t, "Too special."); err != nil {
		t.Fatal(err)
	}
	if a, b := i.answer(t, 0), i.answer(t, 1); a != feature.Offered || b != feature.Declined {
		t.Errorf("they were answered %s and %s", a, b)
	}
	i.execute(t, `update service_requests set state = 'closed', ending = 'completed'`)
	if err := i.roadmap(t, ""); err != nil {
		t.Fatal(err)
	}
	if n, m := i.mails(t, "feature_decided", "super"), i.mails(t, "feature_decided", "partner"); n != 0 || m != 2 {
		t.Errorf("%d mails to who has bought it, %d to the other", n, m)
	}
	one, err := i.Desk.SuggestionOf(as(t, i.House, "posimente", "super"), i.tickets[0])
	if err != nil || one.Stage != desk.StageOffered {
		t.Errorf("%+v %v", one, err)
	}
}

// TestOfferLeavesTheOthersTheirAnswer: who was told of the roadmap reads that
// while it is offered to others, and is not told the same again.
func TestOfferLeavesTheOthersTheirAnswer(t *testing.T) {
	t.Parallel()
	i := newInbox(t).shared(t, "super", "partner")
	if err := i.roadmap(t, "9.1"); err != nil {
		t.Fatal(err)
	}
	if err := i.offer(t, 0); err != nil {
		t.Fatal(err)
	}
	one, err := i.Desk.SuggestionOf(as(t, i.House, "posimente", "partner"), i.tickets[1])
	if err != nil || one.Stage != desk.StagePlanned || one.Target != "9.1" {
		t.Errorf("%+v %v", one, err)
	}
	i.execute(t, `update service_requests set state = 'abandoned', ending = 'offer_withdrawn'`)
	if err := i.roadmap(t, "9.1"); err != nil {
		t.Fatal(err)
	}
	if n, m := i.mails(t, "feature_decided", "super"), i.mails(t, "feature_decided", "partner"); n != 2 || m != 1 {
		t.Errorf("%d mails to who was offered it, %d to who knows", n, m)
	}
}

// TestJoinsAnOffer: a ticket that joins a feature its organization was offered has
// its turn back with the number of that offer, and is offered nothing by itself.
func TestJoinsAnOffer(t *testing.T) {
	t.Parallel()
	i := newInbox(t).shared(t, "super")
	if err := i.offer(t, 0); err != nil {
		t.Fatal(err)
	}
	for n, who := range []string{"jeanne", "partner"} {
		late := i.shared(t, who)
		if _, err := i.Desk.MergeFeature(i.product(t), "", late.number, 1, i.number); err != nil {
			t.Fatal(err)
		}
		i.tickets = append(i.tickets, late.tickets...)
		want := []feature.State{feature.Offered, ""}[n] // who was offered nothing waits
		if got := i.answer(t, n+1); got != want {
			t.Errorf("%s was answered %q", who, got)
		}
	}
	if n := i.count(t, `select hanging from tickets where number = $1 and state = 'in_progress'`, i.tickets[1]); n != 0 {
		t.Error("the ticket still waits")
	}
	number := i.now(t).Offers[0].Number
	if list := i.notices(t, mail.FeatureDecided, "jeanne@posimente.example"); len(list) != 1 || list[0].News.Items[0].Dev != number {
		t.Errorf("%+v", list)
	}
	if err := i.offer(t, 1); keyOf(err) != "feature_offer_theirs" {
		t.Errorf("offered twice: %v", err)
	}
	if err := i.offer(t, 2); err != nil {
		t.Errorf("offered to the other: %v", err)
	}
}

// TestOfferGoesOnAnOpenTicket: of an organization's tickets the offer goes on one
// that can have it and waits for an answer, though it is older.
func TestOfferGoesOnAnOpenTicket(t *testing.T) {
	t.Parallel()
	i := newInbox(t).shared(t, "super", "jeanne", "super")
	i.execute(t, `update feature_votes v set answer = 'roadmap', told_at = now() from tickets t where t.id = v.ticket_id and t.number = $1`, i.tickets[1])
	i.execute(t, `update tickets set state = 'answered' where number = $1`, i.tickets[2])
	if err := i.offer(t, 0); err != nil {
		t.Fatal(err)
	}
	if got := i.now(t).Offers[0].Ticket; got != i.tickets[0] {
		t.Errorf("it was offered on %s of %v", got, i.tickets)
	}
}

// TestJoinsDevelopment: who joins a feature in development is told development's
// version, and that it is out once it is; nobody joins what development refused.
func TestJoinsDevelopment(t *testing.T) {
	t.Parallel()
	i := newInbox(t).shared(t, "super")
	product := i.product(t)
	if err := i.roadmap(t, "9.1"); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Desk.DevelopFeature(product, "", i.number, i.now(t).Row.Version); err != nil {
		t.Fatal(err)
	}
	for state, news := range map[string]string{"planned": "roadmap", "shipped": "shipped"} {
		i.execute(t, `update dev_tickets set state = $1, target = '9.2'`, state)
		late := i.shared(t, "partner")
		if _, err := i.Desk.MergeFeature(product, "", late.number, 1, i.number); err != nil {
			t.Fatal(err)
		}
		list := i.notices(t, mail.FeatureDecided, "partner@posimente.example")
		if last := list[len(list)-1].News; last.Kind != news || last.Target != "9.2" {
			t.Errorf("%s: %+v", state, last)
		}
	}
	i.execute(t, `update dev_tickets set state = 'refused'`)
	late := i.shared(t, "partner")
	if _, err := i.Desk.MergeFeature(product, "", late.number, 1, i.number); keyOf(err) != "feature_merge_refused" {
		t.Errorf("merged into a refused one: %v", err)
	}
	if err := i.roadmap(t, "9.1"); err != nil {
		t.Errorf("on the roadmap after all: %v", err)
	}
}

// TestMergeKeepsNotes: of two votes of an organization without a ticket what both
// say stays, and who knows is not told again.
func TestMergeKeepsNotes(t *testing.T) {
	t.Parallel()
	i := newInbox(t).shared(t, "jeanne")
	late := i.shared(t, "jeanne")
	product, partner := i.product(t), as(t, i.House, "posimente", "partner")
	for _, one := range []idea{late, i} {
		if _, err := i.Desk.EditFeature(product, "", one.number, desk.FeatureEdit{Seen: 1, Title: "Calendars", PublicTitle: "Calendar export", Published: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := i.Desk.VoteFeature(partner, "", one.number, "worth "+one.number); err != nil {
			t.Fatal(err)
		}
		if _, err := i.Desk.NoteFeatureVote(product, one.number, one.now(t).Votes[1].ID, "noted "+one.number); err != nil {
			t.Fatal(err)
		}
	}
	if err := i.roadmap(t, "9.1"); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Desk.MergeFeature(product, "", late.number, 2, i.number); err != nil {
		t.Fatal(err)
	}
	want := [2]string{"worth " + late.number + "\n\nworth " + i.number, "noted " + late.number + "\n\nnoted " + i.number}
	var got [2]string
	if err := i.db.QueryRowContext(t.Context(), `select note, internal from feature_votes where ticket_id is null and answer = 'roadmap'`).Scan(&got[0], &got[1]); err != nil || got != want {
		t.Errorf("%q %v", got, err)
	}
	if n := i.mails(t, "feature_decided", "partner"); n != 1 {
		t.Errorf("who knows got %d mails", n)
	}
}
