package procedures

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/client"
)

// posimenteFeatures is the story of a suggestion: by the form at any time, the
// product manager's to decide, and in some cases offered as paid work.
type posimenteFeatures struct {
	*World
	customer, agent, product *Person
	idea                     client.TicketDetail
	feature                  client.FeatureDetail
	before                   int // mails to the customer so far
}

func TestPosimenteFeatures(t *testing.T) {
	w := packed(t, "posimente", monday(t, "Australia/Melbourne").Add(-34*time.Hour)) // Saturday, eleven at night
	person := func(local string) *Person { return w.Person("posimente", local) }
	s := &posimenteFeatures{World: w, customer: person("jeanne"), agent: person("agent"), product: person("product")}
	w.Step("we accept feature requests anytime through our portal form", s.anytime)
	w.Step("our team forwards it to our product manager for consideration", s.forwarded)
	w.Step("it is their decision whether or not to include the feature on the product roadmap", s.decided)
	w.Step("they change their mind, and everybody is told once", s.changed)
	w.Step("a duplicate is merged, and told what is decided", s.merged)
	w.Step("development takes it up, and what it plans reaches the customer", s.developed)
	w.Step("in some cases, we offer the client the opportunity to pay for the enhancement", s.offered)
	w.Step("a suggestion that is taken back leaves nothing to decide", s.takenBack)
}

func (s *posimenteFeatures) featureOf(a interface {
	answer
	GetJSON200() *client.FeatureDetail
}, err error,
) client.FeatureDetail {
	s.T.Helper()
	return got[client.FeatureDetail](s.World)(a, err)
}

// suggest registers a suggestion, and the agent forwards it.
func (s *posimenteFeatures) suggest(title string) {
	s.T.Helper()
	ctx := s.T.Context()
	s.idea = made[client.TicketDetail](s.World)(s.customer.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "feature", Severity: "low", Title: title, Body: "We would save an hour each day.", Package: new("Portal"), Version: new("1.0"),
		Fields: &client.FormFields{"customer_name": "Harbour Freight Pty"},
	}))
	s.triage("feature", "feature_request")
	list := got[client.FeaturePage](s.World)(s.product.ListFeaturesWithResponse(ctx, &client.ListFeaturesParams{Sort: new(client.SortAge)})).Features
	s.feature = s.featureOf(s.product.GetFeatureWithResponse(ctx, list[len(list)-1].Number, nil))
	s.before = len(s.customer.Inbox())
}

func (s *posimenteFeatures) triage(reason, path string) {
	s.T.Helper()
	s.idea = got[client.TicketDetail](s.World)(s.agent.TriageTicketWithResponse(s.T.Context(), s.idea.Number, nil,
		client.Triage{Reason: reason, Level: 1, Severity: "low", Path: path}))
}

// told wants one new mail to the customer, with these words.
func (s *posimenteFeatures) told(words ...string) {
	s.T.Helper()
	inbox := s.customer.Inbox()
	if len(inbox) != s.before+1 {
		s.T.Fatalf("%d new mails", len(inbox)-s.before)
	}
	last := inbox[len(inbox)-1]
	for _, word := range words {
		if !strings.Contains(last.Subject+last.Text, word) {
			s.T.Errorf("%q is not in %s\n%s", word, last.Subject, last.Text)
		}
	}
	s.before = len(inbox)
}

// stage wants the customer to read where their suggestion stands.
func (s *posimenteFeatures) stage(want client.SuggestionStage) {
	s.T.Helper()
	one := got[client.TicketSuggestion](s.World)(s.customer.GetFeatureOfTicketWithResponse(s.T.Context(), s.idea.Number)).Suggestion
	if one == nil || one.Stage != want {
		s.T.Errorf("%+v, want %s", one, want)
	}
}

func (s *posimenteFeatures) state(want client.State) {
	s.T.Helper()
	s.idea = got[client.TicketDetail](s.World)(s.agent.GetTicketWithResponse(s.T.Context(), s.idea.Number))
	if s.idea.State != want {
		s.T.Errorf("the ticket is %s, want %s", s.idea.State, want)
	}
}

func (s *posimenteFeatures) anytime(t *testing.T) {
	s.suggest("Export to a calendar")
	if list := got[client.Clocks](s.World)(s.customer.GetClocksWithResponse(t.Context(), s.idea.Number)).Clocks; len(list) != 0 {
		t.Errorf("a suggestion has clocks: %+v", list)
	}
}

func (s *posimenteFeatures) forwarded(t *testing.T) {
	ctx := t.Context()
	f := s.feature
	if f.Feature.State != client.FeatureNew || f.Feature.Title != "Export to a calendar" || !strings.Contains(f.Body, "an hour each day") || f.Feature.Organizations != 1 || len(f.Votes) != 1 {
		t.Errorf("%+v", f)
	}
	s.state("waiting_inside")
	s.stage(client.SuggestionConsidered)
	s.refused(409)(s.agent.AnswerTicketWithResponse(ctx, s.idea.Number, nil, client.Message{Text: "Soon."}))
	s.refused(403)(s.agent.DeclineFeatureWithResponse(ctx, f.Feature.Number, nil, client.FeatureDecline{Version: 1, Text: "No."}))
	s.refused(404)(s.customer.GetFeatureWithResponse(ctx, f.Feature.Number, nil))
	s.refused(404)(s.Person("interfacing", "product").GetFeatureWithResponse(ctx, f.Feature.Id.String(), nil))
}

func (s *posimenteFeatures) decided(t *testing.T) {
	ctx := t.Context()
	key := &client.DeclineFeatureParams{IdempotencyKey: new("decline-once")}
	for range 2 {
		s.feature = s.featureOf(s.product.DeclineFeatureWithResponse(ctx, s.feature.Feature.Number, key, client.FeatureDecline{Version: 1, Text: "Calendars differ too much."}))
	}
	s.told(s.idea.Number, "Calendars differ too much.")
	s.state("in_progress")
	s.stage(client.SuggestionDeclined)
	s.refused(409)(s.product.RoadmapFeatureWithResponse(ctx, s.feature.Feature.Number, nil, client.FeatureRoadmap{Version: 1}))
	got[client.TicketDetail](s.World)(s.agent.AnswerTicketWithResponse(ctx, s.idea.Number, nil, client.Message{Text: "Our product manager has declined it."}))
	s.before = len(s.customer.Inbox())
}

func (s *posimenteFeatures) changed(t *testing.T) {
	ctx := t.Context()
	on := func(target *string) client.FeatureDetail {
		return s.featureOf(s.product.RoadmapFeatureWithResponse(ctx, s.feature.Feature.Number, nil, client.FeatureRoadmap{Version: s.feature.Feature.Version, Target: target}))
	}
	s.feature = on(nil)
	s.told("on our roadmap", s.idea.Number)
	s.stage(client.SuggestionLater)
	s.feature = on(new("9.1"))
	s.told("version 9.1")
	s.stage(client.SuggestionPlanned)
	s.refused(409)(s.product.RoadmapFeatureWithResponse(ctx, s.feature.Feature.Number, nil, client.FeatureRoadmap{Version: s.feature.Feature.Version, Target: new("9.1")}))
}

func (s *posimenteFeatures) merged(t *testing.T) {
	ctx := t.Context()
	into := s.feature.Feature.Number
	first := s.idea
	s.suggest("Export my calendar as a file")
	s.feature = s.featureOf(s.product.MergeFeatureWithResponse(ctx, s.feature.Feature.Number, nil, client.FeatureMerge{Version: 1, Into: into}))
	if *s.feature.Feature.MergedInto != into {
		t.Errorf("%+v", s.feature)
	}
	s.told("version 9.1", s.idea.Number)
	s.state("in_progress")
	s.feature = s.featureOf(s.product.GetFeatureWithResponse(ctx, into, nil))
	if f := s.feature.Feature; f.Organizations != 1 || f.Tickets != 2 {
		t.Errorf("%+v", f)
	}
	s.refused(409)(s.product.MergeFeatureWithResponse(ctx, into, nil, client.FeatureMerge{Version: s.feature.Feature.Version, Into: into}))
	s.idea = first
}

func (s *posimenteFeatures) developed(t *testing.T) {
	ctx := t.Context()
	s.feature = s.featureOf(s.product.DevelopFeatureWithResponse(ctx, s.feature.Feature.Number, nil, client.FeatureSeen{Version: s.feature.Feature.Version}))
	dev := *s.feature.Feature.DevTicket
	if list := s.feature.PossibleActions; len(list) != 0 {
		t.Errorf("decided here and there: %v", list)
	}
	got[client.DevTicketDetail](s.World)(s.product.AcceptDevTicketWithResponse(ctx, dev, nil))
	got[client.DevTicketDetail](s.World)(s.product.PlanDevTicketWithResponse(ctx, dev, nil, client.DevTarget{Version: new("9.2")}))
	s.Advance(time.Second) // news is told batch by batch
	s.told("9.2", s.idea.Number)
	got[client.DevTicketDetail](s.World)(s.product.ShipDevTicketWithResponse(ctx, dev, nil, client.DevTarget{}))
	s.Advance(time.Second)
	s.told("9.2")
	s.stage(client.SuggestionShipped)
}

func (s *posimenteFeatures) offered(t *testing.T) {
	ctx := t.Context()
	s.suggest("A report of our own")
	organization := s.feature.Votes[0].OrganizationId
	offer := client.FeatureOffering{Version: 1, Organizations: []uuid.UUID{organization}, Text: new("We could build it for you.")}
	s.feature = s.featureOf(s.product.OfferFeatureWithResponse(ctx, s.feature.Feature.Number, nil, offer))
	s.told(s.idea.Number, "We could build it for you.")
	s.state("waiting_for_customer")
	s.stage(client.SuggestionOffered)
	work := got[client.ServiceRequestPage](s.World)(s.agent.ListServiceRequestsOfTicketWithResponse(ctx, s.idea.Number)).ServiceRequests
	if len(work) != 1 || work[0].State != "waiting_for_interest" {
		t.Fatalf("%+v", work)
	}
	decline := client.FeatureDecline{Version: s.feature.Feature.Version, Text: "Too few would use it."}
	s.refused(409)(s.product.DeclineFeatureWithResponse(ctx, s.feature.Feature.Number, nil, decline))
	if _, err := s.product.WithdrawOfferWithResponse(ctx, work[0].Number, nil, client.ServiceReason{Text: "We have thought again."}); err != nil {
		t.Fatal(err)
	}
	s.before = len(s.customer.Inbox())
	s.feature = s.featureOf(s.product.DeclineFeatureWithResponse(ctx, s.feature.Feature.Number, nil, decline))
	s.told("Too few would use it.")
	s.state("in_progress")
}

func (s *posimenteFeatures) takenBack(t *testing.T) {
	ctx := t.Context()
	s.suggest("Bigger buttons everywhere")
	got[client.TicketDetail](s.World)(s.customer.WithdrawTicketWithResponse(ctx, s.idea.Number, nil, client.Withdrawal{}))
	s.feature = s.featureOf(s.product.GetFeatureWithResponse(ctx, s.feature.Feature.Number, nil))
	if f := s.feature.Feature; f.State != client.FeatureDropped || f.Organizations != 0 {
		t.Errorf("%+v", f)
	}
	s.suggest("Smaller buttons everywhere")
	s.triage("question", "answer")
	s.state("triaged")
	s.feature = s.featureOf(s.product.GetFeatureWithResponse(ctx, s.feature.Feature.Number, nil))
	if s.feature.Feature.State != client.FeatureDropped {
		t.Errorf("%+v", s.feature.Feature)
	}
}
