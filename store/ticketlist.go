package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/ticket"
)

// TicketFilter narrows a list of tickets; zero values do not.
type TicketFilter struct {
	Sight          Sight
	States         []string
	AssigneeID     *uuid.UUID
	Unassigned     bool
	OrganizationID *uuid.UUID
	RequesterID    *uuid.UUID
	Number         string
	Words          []string   // each in the title, whatever its case; of the newest SearchMax tickets alone
	BeforeAt       *time.Time // keyset: registered before this instant and id
	BeforeID       uuid.UUID
	Limit          int
}

// SearchMax is how many tickets are looked through for words, newest first:
// under row-level security no index helps, so the search is bounded instead.
const SearchMax = 1000

// Tickets lists tickets, newest first. However many there are, and however few
// of them are in one of the states asked for, a page costs a walk of its own
// length for each state (and for each column somebody may see a ticket by).
func (tx *Tx) Tickets(ctx context.Context, f TicketFilter) (list []Ticket, err error) {
	query, args := f.query(tx.Vendor)
	return list, tx.list(ctx, "list tickets", &list, query, args...)
}

// query is the statement of a list. Every branch of the union walks one index,
// state by state, in the order of the list; a ticket found by two of them is
// one. A limit inside a lateral join is what keeps the planner from reading the
// whole table instead, since it can't know how short a page is.
func (f TicketFilter) query(vendor uuid.UUID) (string, []any) {
	states := f.States
	if len(states) == 0 {
		for _, s := range ticket.States {
			states = append(states, string(s))
		}
	}
	walk := f.Limit
	if len(f.Words) > 0 {
		walk = SearchMax
	}
	args := arguments{vendor, stringArray(states), walk}
	filters := f.filters(&args)
	ways := f.Sight.ways(&args)
	branches := make([]string, len(ways))
	for i, way := range ways {
		branches[i] = `select t.registered_at, t.id from unnest($2::text[]) s(state) cross join lateral (
			select registered_at, id from tickets where ` + strings.Join(slices.Concat([]string{"vendor_id = $1", way, "state = s.state"}, filters), " and ") + `
			order by registered_at desc, id desc limit $3) t`
	}
	query := `select t.* from (` + strings.Join(branches, `
		union `) + ` order by 1 desc, 2 desc limit $3) page
		cross join lateral (select ` + ticketColumns + ` from tickets where id = page.id limit 1) t` + f.matches(&args) + `
		order by page.registered_at desc, page.id desc`
	if len(f.Words) > 0 {
		query += " limit " + args.add(f.Limit)
	}
	return query, args
}

// matches is the condition that every word is in the title.
func (f TicketFilter) matches(args *arguments) string {
	var conditions []string
	for _, word := range f.Words {
		conditions = append(conditions, "t.title ilike "+args.add("%"+likePattern.Replace(word)+"%"))
	}
	if len(conditions) == 0 {
		return ""
	}
	return " where " + strings.Join(conditions, " and ")
}

// likePattern makes a word stand for itself in a pattern.
var likePattern = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// CountTickets says how many tickets of a filter stand in each open state;
// none is counted further than CountsMax. States, words, place and limit do
// not count. As in a list, each state is walked by one index for each way.
func (tx *Tx) CountTickets(ctx context.Context, f TicketFilter) (map[ticket.State]int, error) {
	f.BeforeAt = nil
	args := arguments{tx.Vendor, pq.Array(ticket.OpenStates), CountsMax}
	filters := f.filters(&args)
	ways := f.Sight.ways(&args)
	for i, way := range ways {
		ways[i] = `(select id from tickets where ` + strings.Join(slices.Concat([]string{"vendor_id = $1", way, "state = s.state"}, filters), " and ") + ` limit $3)`
	}
	var rows []struct {
		State ticket.State `db:"state"`
		Count int          `db:"count"`
	}
	err := tx.list(ctx, "count tickets", &rows, `select s.state, c.count from unnest($2::text[]) s(state) cross join lateral (
		select count(*) from (select id from (`+strings.Join(ways, " union ")+`) found limit $3) counted) c`, args...)
	counts := make(map[ticket.State]int, len(rows))
	for _, r := range rows {
		counts[r.State] = r.Count
	}
	return counts, err
}

// arguments are a statement's, in order.
type arguments []any

// add answers the name of one more: $4.
func (a *arguments) add(value any) string {
	*a = append(*a, value)
	return fmt.Sprintf("$%d", len(*a))
}

// filters are the conditions every ticket of the list meets.
func (f TicketFilter) filters(args *arguments) (conditions []string) {
	if f.AssigneeID != nil {
		conditions = append(conditions, "assignee_id = "+args.add(*f.AssigneeID))
	}
	if f.Unassigned {
		conditions = append(conditions, "assignee_id is null")
	}
	if f.OrganizationID != nil {
		conditions = append(conditions, "organization_id = "+args.add(*f.OrganizationID))
	}
	if f.RequesterID != nil {
		conditions = append(conditions, "requester_id = "+args.add(*f.RequesterID))
	}
	if f.Number != "" {
		conditions = append(conditions, "number = "+args.add(f.Number))
	}
	if f.BeforeAt != nil {
		conditions = append(conditions, "(registered_at, id) < ("+args.add(*f.BeforeAt)+", "+args.add(f.BeforeID)+")")
	}
	return conditions
}

// ways are the conditions by one of which a ticket is in sight, each with an
// index.
func (s Sight) ways(args *arguments) (ways []string) {
	if s.All {
		return []string{"true"}
	}
	if s.Organization != nil { // requester and contact are of one of the two
		organization := args.add(*s.Organization)
		ways = []string{"organization_id = " + organization, "partner_id = " + organization + " and " + partnerLinked}
	} else {
		person := args.add(s.Person)
		ways = []string{"requester_id = " + person + " and " + partnerLinked, "contact_id = " + person}
	}
	if s.Watched { // few enough to be found one by one
		ways = append(ways, "id = any(array(select w.ticket_id from ticket_watchers w where w.person_id = "+args.add(s.Person)+"))")
	}
	return ways
}
