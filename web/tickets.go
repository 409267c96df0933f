package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// listPage is how many requests a page of the list shows.
const listPage = 25

// statusFilters are the customer's words for states, in the order of the list's
// links. The first is what is shown unasked.
var statusFilters = []struct {
	name, words string
	states      []ticket.State
}{
	{"open", "filter_open", ticket.OpenStates},
	{"you", "status_you", []ticket.State{ticket.WaitingForCustomer}},
	{"check", "status_check", []ticket.State{ticket.Answered}},
	{"working", "status_working", []ticket.State{ticket.Registered, ticket.Triaged, ticket.InProgress, ticket.WaitingInside}},
	{"closed", "filter_closed", []ticket.State{ticket.Closed, ticket.Withdrawn, ticket.Merged}},
	{"all", "filter_all", nil},
}

// listing is which requests somebody asks to see; it lives in the address.
type listing struct {
	Status   []string
	Mine     bool
	Person   string // uuid of the requester
	Customer string // uuid of the organization
	Words    string
}

// readListing reads the address; what it does not know it leaves out.
func readListing(query url.Values) (l listing) {
	for _, f := range statusFilters {
		if slices.Contains(query["status"], f.name) {
			l.Status = append(l.Status, f.name)
		}
	}
	l.Mine = query.Get("whose") == "mine"
	for _, one := range []struct {
		to   *string
		name string
	}{{&l.Person, "person"}, {&l.Customer, "customer"}} {
		if id := idOf(query.Get(one.name)); id != nil {
			*one.to = id.String()
		}
	}
	l.Words = strings.TrimSpace(query.Get("q"))
	if runes := []rune(l.Words); len(runes) > desk.NameMax {
		l.Words = string(runes[:desk.NameMax])
	}
	return l
}

// address is where the listing is shown; more are names and values besides.
func (l listing) address(path string, more ...string) string {
	query := url.Values{}
	query["status"] = l.Status
	if l.Mine {
		query.Set("whose", "mine")
	}
	for name, value := range map[string]string{"person": l.Person, "customer": l.Customer, "q": l.Words} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	if encoded := query.Encode(); encoded != "" {
		return path + "?" + encoded
	}
	return path
}

// shows says whether a status is among those asked for. Unasked, what is open
// is shown, and all of what is searched.
func (l listing) shows(status string) bool {
	if len(l.Status) > 0 {
		return slices.Contains(l.Status, status)
	}
	return l.Words == "" && status == "open" || l.Words != "" && status == "all"
}

var wholeNumber = regexp.MustCompile(`^[A-Za-z]{2,6}-[0-9]{4}-[0-9]{1,12}$`)

// query is the listing as the desk is asked for it. A number is looked for
// exactly, anything else in the titles.
func (l listing) query() (q desk.TicketQuery) {
	for _, f := range statusFilters {
		if !l.shows(f.name) {
			continue
		}
		if f.states == nil {
			q.States = nil
			break
		}
		q.States = append(q.States, f.states...)
	}
	q.Mine, q.RequesterID, q.OrganizationID = l.Mine, idOf(l.Person), idOf(l.Customer)
	if wholeNumber.MatchString(l.Words) {
		q.Number = l.Words
	} else {
		q.Words = l.Words
	}
	return q
}

// choice is a link that narrows the list otherwise.
type choice struct {
	Words, To string
	Here      bool
	Count     string // "" when it is not counted
}

// option is a choice of a select.
type option struct {
	ID, Name string
	Here     bool
}

// ticketsView is the list of requests.
type ticketsView struct {
	List         []desk.TicketView
	Statuses     []choice
	Whose        []choice // nil for who sees only their own
	People       []option // requesters; nil as well
	Customers    []option // partners alone
	Listing      listing
	Next, CSV    string // addresses; "" when there is no next page
	Promise      *time.Time
	Organization string
	Wide         bool // the reader sees more than their own
	Partner      bool
	MayRegister  bool
	First        bool // nothing was ever registered
}

// ticketsPage lists the requests the reader sees.
func ticketsPage(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console")
	}
	ctx, l := q.Request().Context(), readListing(q.QueryParams())
	v := ticketsView{
		Listing: l, CSV: l.address("/tickets.csv"), Partner: q.caller.Person.OrganizationKind == "partner",
		Wide: q.caller.Reach(desk.OpListTickets) > desk.Own, MayRegister: q.mayRegister(),
	}
	ask := l.query()
	ask.Limit, ask.Cursor = listPage, q.QueryParam("after")
	found, err := q.site.desk.TicketPage(ctx, ask)
	if err != nil {
		return err
	}
	if v.List = found.List; found.Next != "" {
		v.Next = l.address("/tickets", "after", found.Next)
	}
	v.Promise = found.Promise
	q.countStatuses(&v, found.Counts)
	if err := q.offerFilters(ctx, &v); err != nil {
		return err
	}
	if len(v.List) == 0 && l.address("") == "" {
		ever, _, err := q.site.desk.Tickets(ctx, desk.TicketQuery{Limit: 1})
		if err != nil {
			return err
		}
		v.First = len(ever) == 0
	}
	return q.show(http.StatusOK, "tickets", "tickets_title", v)
}

// mayRegister says whether the reader may register requests.
func (q *request) mayRegister() bool {
	return q.caller.Person.Authorized && q.caller.Reach(desk.OpRegisterTicket) != desk.Nothing
}

// countStatuses makes the links by status, each with its number.
func (q *request) countStatuses(v *ticketsView, counts map[ticket.State]int) {
	for _, f := range statusFilters {
		narrowed, n := v.Listing, 0
		for _, s := range f.states {
			n += counts[s]
		}
		narrowed.Status = []string{f.name}
		if f.name == "open" && narrowed.Words == "" {
			narrowed.Status = nil // the plain address
		}
		one := choice{Words: q.say(f.words), To: narrowed.address("/tickets"), Here: v.Listing.shows(f.name)}
		if len(f.states) > 0 && f.states[0].Open() {
			one.Count = counted(n)
		}
		v.Statuses = append(v.Statuses, one)
	}
}

// counted is a number that is not counted further than store.CountsMax.
func counted(n int) string {
	if n >= store.CountsMax {
		return strconv.Itoa(store.CountsMax) + "+"
	}
	return strconv.Itoa(n)
}

// offerFilters makes the choices of whose requests are shown.
func (q *request) offerFilters(ctx context.Context, v *ticketsView) error {
	own, err := q.site.desk.Organization(ctx, *q.caller.Person.OrganizationID)
	if err != nil {
		return err
	}
	v.Organization = own.Name
	if v.Wide {
		all, mine := v.Listing, v.Listing
		all.Mine, mine.Mine = false, true
		v.Whose = []choice{
			{Words: q.say("filter_organization"), To: all.address("/tickets"), Here: !v.Listing.Mine},
			{Words: q.say("filter_mine"), To: mine.address("/tickets"), Here: v.Listing.Mine},
		}
		people, _, err := q.site.desk.Contacts(ctx, nil, "", desk.PageMax)
		if err != nil {
			return err
		}
		for _, p := range people {
			v.People = append(v.People, option{p.ID.String(), p.Name, v.Listing.Person == p.ID.String()})
		}
		known := slices.ContainsFunc(v.People, func(o option) bool { return o.Here })
		if !known && v.Listing.Person != "" && len(v.List) > 0 { // a partner's, or one of very many
			v.People = append(v.People, option{v.Listing.Person, v.List[0].Names.People[v.List[0].Row.RequesterID], true})
		}
	}
	if v.Partner {
		customers, _, err := q.site.desk.Organizations(ctx, "", desk.PageMax)
		if err != nil {
			return err
		}
		for _, o := range customers {
			v.Customers = append(v.Customers, option{o.ID.String(), o.Name, v.Listing.Customer == o.ID.String()})
		}
	}
	return nil
}
