package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/ticket"
)

// NoDeadline is the next deadline of a ticket that has none: they come last.
var NoDeadline = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// QueueFilter narrows the queue; zero values do not.
type QueueFilter struct {
	AssigneeID *uuid.UUID
	Unassigned bool
	Absent     *time.Time // only those of somebody who is absent then or has left
	Teams      []string   // codes of the pack's; nil: every ticket
	States     []string   // of the open ones
	Words      []string   // all in the title, whatever the case of the letters
	Not        []uuid.UUID
	AfterDue   *time.Time // keyset: after this deadline and id
	AfterID    uuid.UUID
	Backwards  bool // from there towards the first, the nearest first
	Limit      int
}

// QueueEntry is a ticket with its next deadline and who spoke last.
type QueueEntry struct {
	Ticket
	NextDueAt time.Time  `db:"next_due_at"` // NoDeadline for none
	VoiceAt   *time.Time `db:"voice_at"`    // last public comment; nil: nobody has spoken since the request
	Voice     *string    `db:"voice"`       // whose
	VoiceSide *string    `db:"voice_side"`  // customer or staff
	AskedName string     `db:"asked_name"`  // the colleague whose answer it waits for the longest; "": none, or a team
	AskedTeam string     `db:"asked_team"`  // the team, by its code; "": none, or a colleague
}

// Queue lists open tickets by their next deadline of any kind.
func (tx *Tx) Queue(ctx context.Context, f QueueFilter) (list []QueueEntry, err error) {
	where, args := f.condition(tx.Vendor)
	order := "next_due_at, id"
	if f.Backwards {
		order = "next_due_at desc, id desc"
	}
	from := `tickets where ` + where
	if len(f.Words) > 0 {
		titles := make([]string, len(f.Words))
		for i, word := range f.Words {
			args = append(args, "%"+likeEscaper.Replace(word)+"%")
			titles[i] = fmt.Sprintf("title ilike $%d", len(args))
		}
		from = fmt.Sprintf(`(select * from tickets where %s order by %s limit %d) tickets where `, where, order, QueueSearchMax) + strings.Join(titles, " and ")
	}
	args = append(args, f.Limit)
	query := `with page as materialized (select ` + ticketColumns + `, next_due_at from ` + from +
		fmt.Sprintf(` order by %s limit $%d)`, order, len(args)) + `
		select page.*, v.at as voice_at, v.name as voice, v.side as voice_side, coalesce(a.name, '') as asked_name, coalesce(a.team, '') as asked_team
		from page left join lateral (select p.name, c.team from collaborations c left join people p on p.id = c.person_id
			where page.hanging > 0 and c.ticket_id = page.id and c.state = 'open' order by c.asked_at, c.id limit 1) a on true left join lateral (
			select c.at, p.name, case when p.organization_id is null then 'staff' else 'customer' end as side
			from comments c join people p on p.id = c.author_id
			where c.ticket_id = page.id and c.public order by c.at desc, c.id desc limit 1) v on true
		order by ` + order
	return list, tx.list(ctx, "read the queue", &list, query, args...)
}

// QueueSearchMax is how many tickets of a queue are looked through for words:
// under row-level security no index helps, so the search is bounded instead.
const QueueSearchMax = 5000

// condition is what of the tickets is in the queue, in SQL with its arguments;
// words are looked for beside it.
func (f QueueFilter) condition(vendor uuid.UUID) (string, []any) {
	where, args := []string{"vendor_id = $1", "state not in ('closed', 'withdrawn', 'merged')"}, []any{vendor}
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, condition)
	}
	if f.AssigneeID != nil {
		add("assignee_id = ?", *f.AssigneeID)
	}
	if f.Unassigned {
		add("assignee_id is null")
	}
	if f.Absent != nil {
		add(`assignee_id in (select p.id from people p where p.vendor_id = $1 and p.organization_id is null and (not p.active or p.absent_until > ?))`, *f.Absent)
	}
	if f.Teams != nil {
		add("team = any(?)", stringArray(f.Teams))
	}
	if len(f.States) > 0 {
		add("state = any(?)", stringArray(f.States))
	}
	if len(f.Not) > 0 {
		add("id <> all(?)", pq.Array(f.Not))
	}
	switch {
	case f.AfterDue != nil && f.Backwards:
		add("(next_due_at, id) < (?, ?)", *f.AfterDue, f.AfterID)
	case f.AfterDue != nil:
		add("(next_due_at, id) > (?, ?)", *f.AfterDue, f.AfterID)
	}
	return strings.Join(where, " and "), args
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// QueueCount counts the tickets of a queue, no further than CountsMax + 1;
// words are not looked at.
func (tx *Tx) QueueCount(ctx context.Context, f QueueFilter) (n int, err error) {
	where, args := f.condition(tx.Vendor)
	return n, tx.get(ctx, "count the queue", &n, `select count(*) from (select from tickets where `+where+
		fmt.Sprintf(` limit %d) counted`, CountsMax+1), args...)
}

// UnassignedSince is since when the one that nobody has had for the longest has
// had nobody; nil: somebody has each.
func (tx *Tx) UnassignedSince(ctx context.Context) (since *time.Time, err error) {
	return since, tx.get(ctx, "find the oldest nobody has", &since, `select min(unassigned_since) from tickets
		where vendor_id = $1 and assignee_id is null and state not in ('closed', 'withdrawn', 'merged')`, tx.Vendor)
}

// CountsMax is how far anything is counted for a page.
const CountsMax = 1000

// Counts are how many tickets in sight stand in each state, open ones alone;
// none is counted further than CountsMax.
func (tx *Tx) Counts(ctx context.Context, sight Sight) (map[ticket.State]int, error) {
	return tx.CountTickets(ctx, TicketFilter{Sight: sight})
}

// NextPromise is the earliest instant by which somebody must have taken up a
// ticket in sight; nil for none.
func (tx *Tx) NextPromise(ctx context.Context, sight Sight) (at *time.Time, err error) {
	args := arguments{tx.Vendor, pq.Array(ticket.OpenStates)}
	ways := sight.ways(&args)
	for i, way := range ways {
		ways[i] = `select promised_at as due from tickets where vendor_id = $1 and state = s.state and ` + way
	}
	return at, tx.get(ctx, "find next promise", &at, `select min(t.due) from unnest($2::text[]) s(state) cross join lateral (`+
		strings.Join(ways, " union all ")+`) t`, args...)
}

// FixesToCheck are the closed tickets of a sight whose customer has not said
// whether what was shipped for them works, the newest first.
func (tx *Tx) FixesToCheck(ctx context.Context, sight Sight, limit int) (list []Ticket, err error) {
	delivered := slices.DeleteFunc(slices.Clone(devticket.States), func(s devticket.State) bool { return !s.Delivered() })
	args := arguments{tx.Vendor, pq.Array(delivered), limit}
	ways := sight.ways(&args)
	return list, tx.list(ctx, "find fixes to check", &list, `select `+ticketColumns+` from tickets where id in (
			select l.ticket_id from dev_ticket_links l join dev_tickets d on d.id = l.dev_ticket_id
			where l.vendor_id = $1 and l.works is null and d.state = any($2))
		and vendor_id = $1 and state = 'closed' and (`+strings.Join(ways, " or ")+`) order by registered_at desc, id desc limit $3`, args...)
}

// Questions are the newest question or answer to each of these tickets, by
// ticket: what the customer's side is asked.
func (tx *Tx) Questions(ctx context.Context, tickets []uuid.UUID) (map[uuid.UUID]string, error) {
	var rows []struct {
		Ticket uuid.UUID `db:"ticket_id"`
		Body   string    `db:"body"`
	}
	err := tx.list(ctx, "find questions", &rows, `select distinct on (ticket_id) ticket_id, body from comments
		where ticket_id = any($1) and public and kind in ('question', 'answer') order by ticket_id, at desc, id desc`, pq.Array(tickets))
	questions := make(map[uuid.UUID]string, len(rows))
	for _, r := range rows {
		questions[r.Ticket] = r.Body
	}
	return questions, err
}
