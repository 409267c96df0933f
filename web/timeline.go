package web

import (
	"slices"
	"strings"
	"time"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// day is one day of a timeline.
type day struct {
	At    time.Time
	Lines []line
}

// line is one thing that happened, or several that happened by themselves.
type line struct {
	Event store.Event
	Fold  []store.Event // by themselves, one after the other; nil: Event
}

// What a timeline can show.
var (
	timelineShows = []string{"all", "messages", "decisions"}

	timelineKinds = map[string][]string{
		"messages": {
			"registered", "receipt_sent_again", "comment", "note", "reply_cancelled", string(ticket.ActAskInformation), string(ticket.ActGiveInformation),
			string(ticket.ActAnswer), string(ticket.ActReopen), string(ticket.ActWithdraw),
		},
		"decisions": {
			string(ticket.ActTriage), string(ticket.ActStart), string(ticket.ActAskInformation), string(ticket.ActAnswer),
			string(ticket.ActClose), string(ticket.ActReassign), string(ticket.ActReopen), string(ticket.ActWithdraw), "version_accepted", "authority", "assigned",
			"give_verdict", "undo_verdict", "dev_requested", "dev_accepted", "dev_planned", "dev_slipped", "dev_shipped", "dev_refused", "fix_verified",
			"feature_forwarded", "feature_declined", "feature_roadmap", "feature_offered", "feature_merged",
			"exclusion_agreed", "exclusion_declined", "exclusion_revoked",
			string(ticket.ActMerge), string(ticket.ActUnmerge), "merged_here", "unmerged_here", "split", "split_from",
		},
	}
)

// timeline parts events, oldest first, into the reader's days. What happened
// by itself is folded together.
func timeline(events []store.Event, show string, zone *time.Location) (days []day) {
	for _, e := range events {
		if kinds, some := timelineKinds[show]; some && !slices.Contains(kinds, e.Kind) {
			continue
		}
		at := e.At.In(zone)
		if n := len(days); n == 0 || !sameDay(days[n-1].At, at) {
			days = append(days, day{At: at})
		}
		today := &days[len(days)-1]
		if e.ActorID != nil {
			today.Lines = append(today.Lines, line{Event: e})
			continue
		}
		if n := len(today.Lines); n > 0 && today.Lines[n-1].Fold != nil {
			today.Lines[n-1].Fold = append(today.Lines[n-1].Fold, e)
			continue
		}
		today.Lines = append(today.Lines, line{Event: e, Fold: []store.Event{e}})
	}
	return days
}

func sameDay(a, b time.Time) bool {
	y1, m1, d1 := a.Date()
	y2, m2, d2 := b.Date()
	return y1 == y2 && m1 == m2 && d1 == d2
}

// Happened says what an event was.
func (p *page) Happened(e store.Event, colleagues []store.Person) string {
	name := ""
	if e.ActorName != nil {
		name = *e.ActorName
	}
	values := []any{"name", name}
	if what := field(e.Data, "authority"); what != "" {
		return p.T("event_authority_"+what, values...)
	}
	if strings.HasPrefix(e.Kind, "service_") {
		return p.T("event_"+e.Kind, append(values, "number", field(e.Data, "number"))...)
	}
	switch e.Kind {
	case string(ticket.ActTriage):
		values = append(values, "reason", p.Label("reason", field(e.Data, "reason")), "severity", p.Label("severity", field(e.Data, "severity")),
			"path", p.T("path_"+field(e.Data, "path")), "level", wholeIn(e.Data, "level"))
	case "watcher_added", "watcher_removed":
		if e.ActorID != nil && e.ActorID.String() == field(e.Data, "person_id") {
			return p.T(map[string]string{"watcher_added": "event_watcher_began", "watcher_removed": "event_watcher_ended"}[e.Kind], values...)
		}
		who := p.T("somebody")
		if e.WhoName != nil {
			who = *e.WhoName
		}
		values = append(values, "who", who)
	case "review_created", "review_cancelled", "begin_review", "give_verdict", "undo_verdict", "reassign_review", "dev_requested", "dev_accepted", "dev_planned", "dev_slipped", "dev_shipped", "dev_refused", "fix_verified",
		"feature_forwarded", "feature_declined", "feature_roadmap", "feature_offered", "feature_merged":
		values = append(values, "number", field(e.Data, "number"), "from", field(e.Data, "from"), "version", field(e.Data, "version"), "verdict", p.T("verdict_"+field(e.Data, "verdict")))
	case string(ticket.ActMerge), string(ticket.ActUnmerge), "merged_here", "unmerged_here", "split", "split_from", "linked", "unlinked":
		values = append(values, "number", field(e.Data, "number"))
	case string(ticket.ActAskInformation):
		if field(e.Data, "release_id") != "" {
			return p.T("event_ask_upgrade", values...)
		}
	case string(ticket.ActReassign), "assigned":
		if e.ActorID != nil && e.ActorID.String() == field(e.Data, "assignee_id") {
			return p.T("event_took", values...)
		}
		to := p.T("somebody")
		for _, c := range colleagues {
			if c.ID.String() == field(e.Data, "assignee_id") {
				to = c.Name
			}
		}
		values = append(values, "to", to)
		if team := p.TeamCalled(field(e.Data, "team")); team != "" && e.Kind == string(ticket.ActReassign) {
			return p.T("event_handed", append(values, "team", team)...)
		}
	}
	return p.T("event_"+e.Kind, values...)
}

// Because is what staff gave as the reason of an event; "" for none.
func (p *page) Because(e store.Event) string {
	switch e.Kind {
	case string(ticket.ActTriage):
		return field(e.Data, "severity_reason")
	case string(ticket.ActReassign), "version_accepted":
		return field(e.Data, "reason")
	case "entitlement_released":
		return field(e.Data, "note")
	}
	return ""
}
