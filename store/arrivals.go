package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/ticket"
)

// Arrival is something that has arrived: a ticket, a request without one, or
// what was refused at the door.
type Arrival struct {
	At             time.Time  `db:"at"` // registered, submitted or refused
	ID             uuid.UUID  `db:"id"`
	State          string     `db:"state"`  // of the request; refused at the door too
	Number         string     `db:"number"` // of the ticket; "" without one
	Title          string     `db:"title"`
	Reason         string     `db:"reason"` // of a refusal: the problem's key
	RequesterID    uuid.UUID  `db:"requester_id"`
	ContactID      *uuid.UUID `db:"contact_id"`
	OrganizationID uuid.UUID  `db:"organization_id"`
	Requester      string     `db:"requester"`    // name
	Organization   string     `db:"organization"` // name
}

// ArrivalFilter narrows them; zero values do not.
type ArrivalFilter struct {
	Sight    Sight
	Address  string     // mail address of the requester, the customer's contact or a receipt, whatever its case
	Words    []string   // each in the title, whatever its case
	BeforeAt *time.Time // keyset: arrived before this instant and id
	BeforeID uuid.UUID
	Limit    int
}

// ArrivalsMax is how many arrivals in sight are looked through at once, the
// newest first: under row-level security no index helps with words.
const ArrivalsMax = 5000

// sentMax is how many receipts to an address that was somebody else's then, or
// is nobody's now, are followed.
const sentMax = 1000

// Arrivals are what was found among the newest ArrivalsMax, newest first, and
// the last of those that were looked through where there may be more beyond.
func (tx *Tx) Arrivals(ctx context.Context, f ArrivalFilter) (list []Arrival, last *Arrival, err error) {
	query, args := f.query(tx.Vendor, false)
	if err := tx.list(ctx, "look up what arrived", &list, query, args...); err != nil || len(list) >= f.Limit {
		return list, nil, err
	}
	query, args = f.query(tx.Vendor, true)
	var edge []Arrival
	if err := tx.list(ctx, "find how far was looked", &edge, query, args...); err != nil || len(edge) == 0 {
		return list, nil, err
	}
	return list, &edge[0], nil
}

// query is the statement of the lookup, or with edge that of the last arrival
// looked through when there are as many as are looked through. As in a list of
// tickets every branch walks one index in the order of the list, no further
// than ArrivalsMax.
func (f ArrivalFilter) query(vendor uuid.UUID, edge bool) (string, []any) {
	walk := f.walk()
	args := arguments{vendor, walk}
	with := ""
	if f.Address != "" {
		with = fmt.Sprintf(`with holder as materialized (select id from people where vendor_id = $1 and lower(email) = lower(%[1]s) limit 1),
			sent as materialized (select ticket_id from outbox where vendor_id = $1 and receipt_to = lower(%[1]s)
				and receipt_for is distinct from (select id from holder) order by id desc limit %[2]d) `, args.add(f.Address), sentMax)
	}
	before := ""
	if f.BeforeAt != nil {
		before = " < (" + args.add(*f.BeforeAt) + ", " + args.add(f.BeforeID) + ")"
	}
	branches := append(f.tickets(&args, before), f.unregistered(&args, before)...)
	query := with + `select a.*, p.name as requester, o.name as organization
		from (select * from (` + strings.Join(branches, " union ") + `) found order by at desc, id desc limit $2) a
		join people p on p.id = a.requester_id join organizations o on o.id = a.organization_id`
	if edge {
		return query + fmt.Sprintf(` order by a.at desc, a.id desc offset %d`, walk-1), args
	}
	var conditions []string
	if f.Address != "" && !f.Sight.All {
		conditions = append(conditions, `(a.requester_id = (select id from holder) or a.contact_id = (select id from holder) or a.id in (select ticket_id from sent))`)
	}
	for _, word := range f.Words {
		conditions = append(conditions, "a.title ilike "+args.add("%"+likePattern.Replace(word)+"%"))
	}
	if len(conditions) > 0 {
		query += " where " + strings.Join(conditions, " and ")
	}
	return query + " order by a.at desc, a.id desc limit " + args.add(f.Limit), args
}

// walk is how many arrivals in sight are looked through: no more than are
// listed when every one of them is.
func (f ArrivalFilter) walk() int {
	if len(f.Words) == 0 && f.Sight.All {
		return f.Limit
	}
	return ArrivalsMax
}

// tickets are the branches of what is registered.
func (f ArrivalFilter) tickets(args *arguments, before string) (branches []string) {
	ways := f.Sight.ways(args)
	if f.Sight.All && f.Address != "" {
		ways = []string{"requester_id = (select id from holder)", "contact_id = (select id from holder)", "id = any(array(select ticket_id from sent))"}
	}
	states := make([]string, len(ticket.States))
	for i, s := range ticket.States {
		states[i] = string(s)
	}
	all := args.add(stringArray(states))
	if before != "" {
		before = " and (registered_at, id)" + before
	}
	for _, way := range ways {
		branches = append(branches, `select t.* from unnest(`+all+`::text[]) s(state) cross join lateral (
			select registered_at as at, id, 'registered' as state, number, title, '' as reason, requester_id, contact_id, organization_id from tickets
			where vendor_id = $1 and `+way+` and state = s.state`+before+` order by registered_at desc, id desc limit $2) t`)
	}
	return branches
}

// unregistered are those of what has no number.
func (f ArrivalFilter) unregistered(args *arguments, before string) []string {
	requests, refusals := f.unregisteredWays(args)
	var branches []string
	beforeRequest, beforeRefusal := "", ""
	if before != "" {
		beforeRequest, beforeRefusal = " and (submitted_at, id)"+before, " and (at, id)"+before
	}
	for _, way := range requests {
		branches = append(branches, `(select submitted_at as at, id, state, '' as number, title, '' as reason, requester_id, contact_id, organization_id from requests
			where vendor_id = $1 and state <> 'registered' and `+way+beforeRequest+` order by submitted_at desc, id desc limit $2)`)
	}
	for _, way := range refusals {
		branches = append(branches, `(select at, id, 'refused' as state, '' as number, title, reason, person_id as requester_id, null::uuid as contact_id, organization_id from refusals
			where vendor_id = $1 and `+way+beforeRefusal+` order by at desc, id desc limit $2)`)
	}
	return branches
}

// unregisteredWays are the conditions by one of which a request without a
// ticket, or a refusal, is one that is looked for.
func (f ArrivalFilter) unregisteredWays(args *arguments) (requests, refusals []string) {
	switch {
	case f.Sight.All && f.Address == "":
		return []string{"true"}, []string{"true"}
	case f.Sight.All:
		return []string{"requester_id = (select id from holder)", "contact_id = (select id from holder)"}, []string{"person_id = (select id from holder)"}
	}
	person := args.add(f.Sight.Person)
	requests, refusals = []string{"requester_id = " + person}, []string{"person_id = " + person}
	if f.Sight.Organization != nil {
		organization := args.add(*f.Sight.Organization)
		requests, refusals = append(requests, "organization_id = "+organization), append(refusals, "organization_id = "+organization)
	}
	return requests, refusals
}
