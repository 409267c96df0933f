package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// queueTabs are the queues of the console, in order; the first is shown when
// none is named.
var queueTabs = []struct {
	name  string
	query desk.QueueQuery
}{
	{"mine", desk.QueueQuery{Mine: true}},
	{"team", desk.QueueQuery{MyTeams: true}},
	{"unassigned", desk.QueueQuery{Unassigned: true}},
	{"absent", desk.QueueQuery{Absent: true}},
	{"all", desk.QueueQuery{}},
	{"waiting", desk.QueueQuery{States: []ticket.State{ticket.WaitingForCustomer}}},
}

// queueMax is how many tickets one page of the queue shows.
const queueMax = 50

// place is where in the queues a reader is: it travels in the query of what
// they open from there.
type place struct {
	Tab    string // "": they came from no queue
	Search string
	Page   string // the cursor their page of the queue began at
	At     string // the entry they have opened
}

// placeIn reads a place from a query.
func placeIn(query url.Values) place {
	for _, tab := range queueTabs {
		if query.Get("from") == tab.name {
			return place{tab.name, query.Get("q"), query.Get("page"), query.Get("at")}
		}
	}
	return place{}
}

// values are the place as a query.
func (p place) values() url.Values {
	v := url.Values{}
	for _, one := range []struct{ name, value string }{{"from", p.Tab}, {"q", p.Search}, {"page", p.Page}, {"at", p.At}} {
		if one.value != "" && p.Tab != "" {
			v.Set(one.name, one.value)
		}
	}
	return v
}

// query is what of the queue the place is in, after the entry opened.
func (p place) query() (q desk.QueueQuery) {
	for _, tab := range queueTabs {
		if tab.name == p.Tab {
			q = tab.query
		}
	}
	q.Words, q.Cursor = p.Search, p.At
	return q
}

// Back is the address of the page of the queue, at the row of a ticket.
func (p place) Back(number string) string {
	v := url.Values{}
	for _, one := range []struct{ name, value string }{{"tab", p.Tab}, {"q", p.Search}, {"after", p.Page}} {
		if one.value != "" {
			v.Set(one.name, one.value)
		}
	}
	return "/console" + query(v) + "#n-" + number
}

// query is a query with its mark, or nothing.
func query(v url.Values) string {
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// queuePage is the console's first page.
type queuePage struct {
	Place  place
	Tabs   []queueTab
	Groups []queueGroup
	Next   string    // the rest of the queue; "" on the last page
	First  bool      // the page begins at the first entry
	Waits  int       // how many wait for the customer; -1 when that is unknown
	Oldest *desk.Age // of what nobody has, in the queue of that; nil: nothing
	Takes  bool      // the reader may take tickets
}

// WaitsShown is how many wait for the customer, as text.
func (v queuePage) WaitsShown() string { return bounded(v.Waits) }

// SearchMax is how many tickets are looked through for words.
func (queuePage) SearchMax() int { return store.QueueSearchMax }

type queueTab struct {
	Name, To, Count string
	Here            bool
}

type queueGroup struct {
	Name string
	Rows []queueRow
}

type queueRow struct {
	desk.QueueView
	Deadline ticket.Deadline // what the next deadline is about; "": none
	To       string
	Late     bool
	Voice    voice
}

// voice is who spoke last.
type voice struct {
	Name     string
	At       time.Time
	Customer bool
}

// queue shows one of the queues by the next deadline, or opens the ticket
// whose number is searched for.
func queue(q *request) error {
	ctx := q.Request().Context()
	at := place{Tab: queueTabs[0].name, Search: q.QueryParam("q"), Page: q.QueryParam("after")}
	for _, tab := range queueTabs {
		if q.QueryParam("tab") == tab.name {
			at.Tab = tab.name
		}
	}
	if at.Search != "" {
		found, err := q.site.desk.FindNumber(ctx, at.Search)
		if err == nil {
			return q.seeOther("/console/tickets/" + found.Row.Number + "?from=" + at.Tab)
		}
		if problem.CodeOf(err) != problem.NotFound {
			return err
		}
	}
	wanted := at.query()
	wanted.Cursor, wanted.Limit = at.Page, queueMax
	list, next, err := q.site.desk.Queue(ctx, wanted)
	if err != nil {
		return err
	}
	v := queuePage{Place: at, Groups: q.queueGroups(list, at), First: at.Page == "", Takes: q.caller.Reach(desk.OpReassign) != desk.Nothing}
	v.Tabs, v.Waits = q.queueTabs(at.Tab)
	if at.Tab == "unassigned" {
		if v.Oldest, err = q.site.desk.Unassigned(ctx); err != nil {
			return err
		}
	}
	if next != "" {
		rest := url.Values{"tab": {at.Tab}, "after": {next}}
		if at.Search != "" {
			rest.Set("q", at.Search)
		}
		v.Next = q.to("/console" + query(rest))
	}
	return q.show(http.StatusOK, "queue", "queue_title_"+at.Tab, v)
}

// queueTabs are the tabs with their counts. A count that can't be had is
// unknown, never nothing.
func (q *request) queueTabs(here string) (tabs []queueTab, waits int) {
	queries := make([]desk.QueueQuery, len(queueTabs))
	for i, tab := range queueTabs {
		queries[i] = tab.query
	}
	counts, err := q.site.desk.QueueCounts(q.Request().Context(), queries...)
	for i, tab := range queueTabs {
		n := -1
		if err == nil {
			n = counts[i]
		}
		tabs = append(tabs, queueTab{tab.name, q.to("/console?tab=" + tab.name), bounded(n), tab.name == here})
		waits = n // of the last, those that wait for the customer
	}
	return tabs, waits
}

// bounded is a count that was not counted further than store.CountsMax + 1; "?"
// for an unknown one.
func bounded(n int) string {
	switch {
	case n < 0:
		return "?"
	case n > store.CountsMax:
		return strconv.Itoa(store.CountsMax) + "+"
	}
	return strconv.Itoa(n)
}

// queueGroups parts a page of the queue by the reader's days.
func (q *request) queueGroups(list []desk.QueueView, from place) (groups []queueGroup) {
	now, zone := q.site.desk.Now(), q.location()
	rows := map[string][]queueRow{}
	for _, entry := range list {
		name := dueGroup(entry.NextDueAt, entry.Last, now, zone)
		row := queueRow{QueueView: entry, Late: name == "overdue"}
		row.Deadline, _, _ = ticket.NextDeadline(entry.Snapshot(false))
		from.At = entry.Cursor
		row.To = q.to("/console/tickets/" + entry.Number + query(from.values()))
		row.Voice = voice{entry.Names.People[entry.RequesterID], entry.RegisteredAt, true}
		if entry.VoiceAt != nil && entry.Voice != nil && entry.VoiceSide != nil {
			row.Voice = voice{*entry.Voice, *entry.VoiceAt, *entry.VoiceSide == "customer"}
		}
		rows[name] = append(rows[name], row)
	}
	for _, name := range dueGroups {
		if len(rows[name]) > 0 {
			groups = append(groups, queueGroup{name, rows[name]})
		}
	}
	return groups
}

// takeNext hands out the first free ticket and opens it.
func takeNext(q *request) error {
	v, err := q.site.desk.TakeNext(q.Request().Context(), q.formKey())
	if problem.CodeOf(err) == problem.NotFound {
		return q.seeOther("/console?tab=unassigned&done=nothing_free")
	}
	if err != nil {
		return err
	}
	return q.seeOther("/console/tickets/" + v.Row.Number + "?from=mine&done=taken")
}

// keys explains the single-key shortcuts.
func keys(q *request) error { return q.show(http.StatusOK, "keys", "keys_title", nil) }

// goView is the list of pages and the ticket a command names.
type goView struct {
	Text  string
	Pages []link
}

// goTo is the command list: a ticket by its number, or a page by its name.
func goTo(q *request) error {
	text := q.QueryParam("q")
	if text != "" {
		found, err := q.site.desk.FindNumber(q.Request().Context(), text)
		if err == nil {
			return q.seeOther(q.ticketPath(found.Row.Number))
		}
		if problem.CodeOf(err) != problem.NotFound {
			return err
		}
	}
	return q.show(http.StatusOK, "go", "go_title", goView{text, q.pagesNamed(text)})
}
