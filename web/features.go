package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// suggesting are the pages of features: product management's inbox, and what
// customers see of it.
var suggesting = []route{
	{"GET", "/features", desk.OpListRoadmap, roadmapPage},
	{"POST", "/features/:feature/vote", desk.OpVoteFeature, voteFeature},
	{"POST", "/features/:feature/vote/removal", desk.OpUnvoteFeature, unvoteFeature},
	{"GET", "/console/features", desk.OpListFeatures, featuresPage},
	{"GET", "/console/features/:feature", desk.OpGetFeature, featurePage},
	{"POST", "/console/features/:feature/edit", desk.OpEditFeature, editFeature},
	{"POST", "/console/features/:feature/decline", desk.OpDeclineFeature, declineFeature},
	{"POST", "/console/features/:feature/roadmap", desk.OpRoadmapFeature, roadmapFeature},
	{"POST", "/console/features/:feature/offer", desk.OpOfferFeature, offerFeature},
	{"POST", "/console/features/:feature/merge", desk.OpMergeFeature, mergeFeature},
	{"POST", "/console/features/:feature/develop", desk.OpDevelopFeature, developFeature},
	{"POST", "/console/features/:feature/note", desk.OpNoteFeatureVote, noteFeatureVote},
}

// roadmapView is what a customer sees of the features.
type roadmapView struct {
	List  []desk.Suggestion
	First bool
	Next  string // address of the next page; "" on the last
}

func (q *request) roadmap() (v roadmapView, err error) {
	list, next, err := q.site.desk.Roadmap(q.Request().Context(), q.QueryParam("after"), directoryPage)
	v = roadmapView{List: list, First: q.QueryParam("after") == ""}
	if next != "" {
		v.Next = q.to("/features" + query(url.Values{"after": {next}}))
	}
	return v, err
}

func roadmapPage(q *request) error {
	v, err := q.roadmap()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "roadmap", "roadmap_title", v)
}

func voteFeature(q *request) error {
	_, wrong := q.site.desk.VoteFeature(q.Request().Context(), q.formKey(), q.Param("feature"), q.text("note"))
	return q.voted(wrong, "feature_voted")
}

func unvoteFeature(q *request) error {
	_, wrong := q.site.desk.UnvoteFeature(q.Request().Context(), q.formKey(), q.Param("feature"))
	return q.voted(wrong, "feature_unvoted")
}

// voted goes back to the roadmap, with what was typed when it is refused.
func (q *request) voted(wrong error, done string) error {
	if wrong == nil {
		return q.seeOther("/features?done=" + done)
	}
	if code := problem.CodeOf(wrong); code == problem.NotFound || code == problem.Forbidden {
		return wrong
	}
	v, err := q.roadmap()
	if err != nil {
		return err
	}
	return q.refusedForm(wrong, "vote-"+q.Param("feature"), "roadmap", "roadmap_title", v)
}

// featuresView is product management's inbox.
type featuresView struct {
	List     []desk.FeatureView
	State    string // "": those to be decided
	Product  string // id; "": of any
	Sort     string // votes or age
	Products []store.Product
	First    bool
	Next     string // address of the next page; "" on the last
}

// Tabs are the states the list is parted by.
func (v featuresView) Tabs() []feature.State {
	return []feature.State{feature.Roadmap, feature.Offered, feature.Declined, feature.Merged, feature.Dropped}
}

// With is the list with another state, product or order than now.
func (v featuresView) With(name, value string) string {
	values := url.Values{"state": {v.State}, "product": {v.Product}, "sort": {v.Sort}}
	values.Set(name, value)
	return "/console/features" + query(values)
}

func featuresPage(q *request) error {
	ctx := q.Request().Context()
	v := featuresView{State: q.QueryParam("state"), Product: q.QueryParam("product"), Sort: "votes", First: q.QueryParam("after") == ""}
	ask := desk.FeatureQuery{States: []feature.State{feature.New}, Cursor: q.QueryParam("after"), Limit: directoryPage}
	if slices.Contains(v.Tabs(), feature.State(v.State)) {
		ask.States = []feature.State{feature.State(v.State)}
	} else {
		v.State = ""
	}
	if q.QueryParam("sort") == "age" {
		v.Sort, ask.ByAge = "age", true
	}
	if id, err := uuid.Parse(v.Product); err == nil {
		ask.ProductID = &id
	} else {
		v.Product = ""
	}
	var next string
	var err error
	if v.List, next, err = q.site.desk.Features(ctx, ask); err != nil {
		return err
	}
	if next != "" {
		v.Next = q.to(v.With("after", next))
	}
	if v.Products, _, err = q.site.desk.ProductList(ctx, "", desk.PageMax); err != nil {
		return err
	}
	return q.show(http.StatusOK, "features", "features_title", v)
}

// featureView is one feature's page.
type featureView struct {
	asIs
	desk.FeatureView
	Like []desk.LikeFeature // what it may be merged with
	At   string             // its address
	More string             // address of the rest of the votes; "": that is all
}

// May says whether the reader may do something now.
func (v featureView) May(action string) bool {
	return slices.Contains(v.Possible, feature.Action(action))
}

// Main is the next step, the one to be seen first; "" for none.
func (v featureView) Main() string {
	switch v.Row.State {
	case feature.Roadmap:
		return string(feature.ActDevelop)
	case feature.New:
		return string(feature.ActRoadmap)
	}
	return ""
}

// Tells is how many organizations are told a decision: those that ask and have not
// bought it.
func (v featureView) Tells() int {
	bought := map[uuid.UUID]bool{}
	for _, o := range v.Offers {
		bought[o.OrganizationID] = bought[o.OrganizationID] || o.Bought()
	}
	n := v.Row.Organizations
	for _, did := range bought {
		if did {
			n--
		}
	}
	return max(0, n)
}

func (q *request) feature(ref string) (v featureView, err error) {
	ctx := q.Request().Context()
	after, _ := uuid.Parse(q.QueryParam("after"))
	if v.FeatureView, err = q.site.desk.Feature(ctx, ref, after); err != nil {
		return v, err
	}
	v.At = "/console/features/" + v.Row.Number
	v.asIs = asIs{
		"edit":    {"title": {v.Row.Title}, "public_title": {v.Row.PublicTitle}, "public_body": {v.Row.PublicBody}},
		"roadmap": {"target": {v.Row.Target}},
	}
	if v.Row.Published {
		v.asIs["edit"]["published"] = []string{"1"}
	}
	for _, one := range v.Votes {
		v.asIs["note-"+one.ID.String()] = formValues{"note": {one.Internal}}
	}
	if v.Next != uuid.Nil {
		v.More = q.to(v.At + query(url.Values{"after": {v.Next.String()}}))
	}
	if v.May(string(feature.ActMerge)) {
		v.Like, err = q.site.desk.LikeFeatures(ctx, ref, q.locale)
	}
	return v, err
}

func featurePage(q *request) error {
	v, err := q.feature(q.Param("feature"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "feature", "feature_title", v, "number", v.Row.Number)
}

// featured is a form on a feature's page. When it is refused its page comes back
// with what was typed.
func (q *request) featured(form, done string, do func(ctx context.Context, key, ref string, seen int64) (desk.FeatureView, error)) error {
	ref := q.Param("feature")
	if _, wrong := do(q.Request().Context(), q.formKey(), ref, q.version()); wrong != nil {
		v, err := q.feature(ref)
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, form, "feature", "feature_title", v, "number", v.Row.Number)
	}
	return q.seeOther("/console/features/" + ref + "?done=" + done)
}

func editFeature(q *request) error {
	return q.featured("edit", "feature_edited", func(ctx context.Context, key, ref string, seen int64) (desk.FeatureView, error) {
		return q.site.desk.EditFeature(ctx, key, ref, desk.FeatureEdit{
			Seen: seen, Title: q.text("title"), PublicTitle: q.text("public_title"), PublicBody: q.text("public_body"), Published: q.text("published") != "",
		})
	})
}

func declineFeature(q *request) error {
	return q.featured("decline", "feature_declined", func(ctx context.Context, key, ref string, seen int64) (desk.FeatureView, error) {
		return q.site.desk.DeclineFeature(ctx, key, ref, seen, q.text("text"))
	})
}

func roadmapFeature(q *request) error {
	return q.featured("roadmap", "feature_roadmap", func(ctx context.Context, key, ref string, seen int64) (desk.FeatureView, error) {
		return q.site.desk.RoadmapFeature(ctx, key, ref, seen, desk.Target{Version: q.text("target")})
	})
}

func offerFeature(q *request) error {
	return q.featured("offer", "feature_offered", func(ctx context.Context, key, ref string, seen int64) (desk.FeatureView, error) {
		var to []uuid.UUID
		for _, text := range q.Request().PostForm["organizations"] {
			id, _ := uuid.Parse(text) // what is no id is nobody's
			to = append(to, id)
		}
		return q.site.desk.OfferFeature(ctx, key, ref, seen, to, q.text("text"))
	})
}

func mergeFeature(q *request) error {
	return q.featured("merge", "feature_merged", func(ctx context.Context, key, ref string, seen int64) (desk.FeatureView, error) {
		return q.site.desk.MergeFeature(ctx, key, ref, seen, q.text("into"))
	})
}

func developFeature(q *request) error {
	return q.featured("develop", "feature_developed", q.site.desk.DevelopFeature)
}

func noteFeatureVote(q *request) error {
	vote, err := uuid.Parse(q.text("vote"))
	if err != nil {
		return problem.Missing()
	}
	return q.featured("note-"+vote.String(), "feature_noted", func(ctx context.Context, _, ref string, _ int64) (desk.FeatureView, error) {
		return q.site.desk.NoteFeatureVote(ctx, ref, vote, q.text("note"))
	})
}

// FeatureStatus is what a feature's state is called for staff.
func (p *page) FeatureStatus(f store.Feature) Status {
	look := map[feature.State]string{
		feature.New: "you", feature.Declined: "closed", feature.Roadmap: "working", feature.Offered: "others", feature.Merged: "closed", feature.Dropped: "closed",
	}[f.State]
	if f.DevState.Delivered() && f.DevState != devticket.NotVerified {
		look = "done"
	}
	return Status{"feature_" + string(f.State), look}
}

// StageStatus is where a suggestion stands, for a customer.
func (p *page) StageStatus(s desk.Stage) Status {
	look := map[desk.Stage]string{
		desk.StageConsidered: "working", desk.StageDeclined: "closed", desk.StageOffered: "you", desk.StageLater: "others", desk.StagePlanned: "working", desk.StageShipped: "done",
	}[s]
	return Status{"stage_" + string(s), look}
}

// FeatureHappened says what happened to a feature.
func (p *page) FeatureHappened(e store.FeatureEvent) string {
	name := ""
	if e.ActorName != nil {
		name = *e.ActorName
	}
	number := ""
	for _, fact := range []string{"into", "from", "ticket", "dev_ticket"} {
		if one := field(e.Data, fact); one != "" {
			number = one
		}
	}
	if version := field(e.Data, "version"); version != "" && e.Kind == string(feature.ActRoadmap) {
		return p.T("feature_event_planned", "name", name, "version", version)
	}
	return p.T("feature_event_"+e.Kind, "name", name, "number", number)
}

// offeredBy is the service request by which what a ticket asks for was offered on
// another ticket; "" for none.
func offeredBy(events []store.Event) (number string) {
	for _, e := range events {
		if e.Kind == "feature_offered" {
			number = field(e.Data, "offer")
		}
	}
	return number
}

// SuggestionProposal is what the customer can be told, in their language, of the
// decision on what their ticket asks for; "" while there is nothing to say.
func (p *page) SuggestionProposal(w workbenchView) string {
	s := w.Suggestion
	if s == nil || s.Stage == desk.StageConsidered || len(w.Told) == 0 {
		return ""
	}
	facts := map[string]any{"version": s.Target, "reason": s.Reason}
	if s.Stage == desk.StageOffered {
		if facts["number"] = offeredBy(w.Events); facts["number"] == "" {
			return "" // it was offered on this ticket: that tells them
		}
	}
	return said.Say(words.Match(w.Told[0].Locale), "suggestion_"+string(s.Stage), facts)
}
