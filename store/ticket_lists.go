package store

import (
	"context"
	"fmt"
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
const SearchMax = 2000

// conditions are the filter in SQL, but for its words, place and limit.
func (f TicketFilter) conditions(vendor uuid.UUID) (where []string, args []any) {
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	add("vendor_id = $%d", vendor)
	seen, args := f.Sight.condition(args)
	where = append(where, seen)
	if len(f.States) > 0 {
		add("state = any($%d)", stringArray(f.States))
	}
	if f.AssigneeID != nil {
		add("assignee_id = $%d", *f.AssigneeID)
	}
	if f.Unassigned {
		where = append(where, "assignee_id is null")
	}
	if f.OrganizationID != nil {
		add("organization_id = $%d", *f.OrganizationID)
	}
	if f.RequesterID != nil {
		add("requester_id = $%d", *f.RequesterID)
	}
	if f.Number != "" {
		add("number = $%d", f.Number)
	}
	return where, args
}

// Tickets lists tickets, newest first. Each filter has its index.
func (tx *Tx) Tickets(ctx context.Context, f TicketFilter) (list []Ticket, err error) {
	where, args := f.conditions(tx.Vendor)
	if f.BeforeAt != nil {
		args = append(args, *f.BeforeAt, f.BeforeID)
		where = append(where, fmt.Sprintf("(registered_at, id) < ($%d, $%d)", len(args)-1, len(args)))
	}
	const newest = ` order by registered_at desc, id desc`
	query := `select ` + ticketColumns + ` from tickets where ` + strings.Join(where, " and ") + newest
	if len(f.Words) > 0 {
		matches := make([]string, len(f.Words))
		for i, word := range f.Words {
			args = append(args, "%"+likePattern.Replace(word)+"%")
			matches[i] = fmt.Sprintf("title ilike $%d", len(args))
		}
		query = fmt.Sprintf(`select * from (%s limit %d) looked_through where %s%s`, query, SearchMax, strings.Join(matches, " and "), newest)
	}
	args = append(args, f.Limit)
	return list, tx.list(ctx, "list tickets", &list, query+fmt.Sprintf(` limit $%d`, len(args)), args...)
}

// likePattern makes a word stand for itself in a pattern.
var likePattern = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// CountTickets says how many tickets of a filter stand in each open state;
// none is counted further than CountsMax. Words, place and limit do not count.
func (tx *Tx) CountTickets(ctx context.Context, f TicketFilter) (map[ticket.State]int, error) {
	f.States = nil
	where, args := f.conditions(tx.Vendor)
	args = append(args, pq.Array(ticket.OpenStates))
	var rows []struct {
		State ticket.State `db:"state"`
		Count int          `db:"count"`
	}
	err := tx.list(ctx, "count tickets", &rows, fmt.Sprintf(`select s.state, (select count(*) from (select from tickets
		where %s and tickets.state = s.state limit %d) counted) as count from unnest($%d::text[]) s(state)`,
		strings.Join(where, " and "), CountsMax, len(args)), args...)
	counts := make(map[ticket.State]int, len(rows))
	for _, r := range rows {
		counts[r.State] = r.Count
	}
	return counts, err
}
