package store

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
)

// The kinds of links between tickets.
const (
	LinkRelated = "related" // has something to do with it, either way
	LinkMerged  = "merged"  // From goes on as To
	LinkSplit   = "split"   // To was split off From
)

// TicketLink says that two tickets belong together.
type TicketLink struct {
	ID       uuid.UUID  `db:"id"`
	From     uuid.UUID  `db:"from_id"`
	To       uuid.UUID  `db:"to_id"`
	Kind     string     `db:"kind"`
	Reason   string     `db:"reason"`   // of a merge; for staff alone
	Released bool       `db:"released"` // a merge has given back what From had taken from its contract
	ByID     uuid.UUID  `db:"by_id"`
	By       string     `db:"by_name"` // read, never written here
	At       time.Time  `db:"at"`
	Removed  *time.Time `db:"removed_at"`
}

const linkSelect = `select l.id, l.from_id, l.to_id, l.kind, l.reason, l.released, l.by_id, p.name as by_name, l.at, l.removed_at
	from ticket_links l join people p on p.id = l.by_id `

// InsertTicketLink links two tickets. Conflict "tickets_linked" when they are
// related already.
func (tx *Tx) InsertTicketLink(ctx context.Context, l TicketLink) error {
	_, err := tx.ExecContext(ctx, `insert into ticket_links (id, vendor_id, from_id, to_id, kind, reason, released, by_id, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, l.ID, tx.Vendor, l.From, l.To, l.Kind, l.Reason, l.Released, l.ByID, l.At)
	if violates(err, "ticket_links_related") {
		return problem.New(problem.Conflict, "tickets_linked", nil)
	}
	return failure("link tickets", err)
}

// TicketLinks lists the links of a ticket that stand, the newest first.
func (tx *Tx) TicketLinks(ctx context.Context, of uuid.UUID, limit int) (list []TicketLink, err error) {
	return list, tx.list(ctx, "list links", &list, linkSelect+`where $1 in (l.from_id, l.to_id) and l.removed_at is null
		order by l.at desc, l.id desc limit $2`, of, limit)
}

// TicketLink finds a link of a ticket, also one that was removed; NotFound when
// it never had such.
func (tx *Tx) TicketLink(ctx context.Context, of, id uuid.UUID) (l TicketLink, err error) {
	return l, tx.get(ctx, "find link", &l, linkSelect+`where l.id = $2 and $1 in (l.from_id, l.to_id)`, of, id)
}

// MergeOf is the link of a merged ticket with what it goes on as; NotFound when
// it is not merged.
func (tx *Tx) MergeOf(ctx context.Context, of uuid.UUID) (l TicketLink, err error) {
	return l, tx.get(ctx, "find merge", &l, linkSelect+`where l.from_id = $1 and l.kind = 'merged' and l.removed_at is null`, of)
}

// RemoveTicketLink ends a link; NotFound when it does not stand.
func (tx *Tx) RemoveTicketLink(ctx context.Context, id, by uuid.UUID, at time.Time) error {
	return tx.change(ctx, "remove link", `update ticket_links set removed_by = $2, removed_at = $3 where id = $1 and removed_at is null`, id, by, at)
}

// TicketsOf finds tickets by id, in no order; those that are missing are left
// out.
func (tx *Tx) TicketsOf(ctx context.Context, ids []uuid.UUID) (list []Ticket, err error) {
	return list, tx.list(ctx, "find tickets", &list, `select `+ticketColumns+` from tickets where id = any($1)`, pq.Array(ids))
}

// LockTickets keeps everybody else from changing these tickets until the end of
// the transaction. They are locked in the order of their numbers, as whoever
// else locks several does, so that two never wait for each other.
func (tx *Tx) LockTickets(ctx context.Context, ids ...uuid.UUID) error {
	var locked []uuid.UUID
	return tx.list(ctx, "lock tickets", &locked, `select id from tickets where id = any($1) order by number for update`, pq.Array(ids))
}

// onward are the tickets that ticket $1 goes on as, one after the other, itself
// first; and inward are those that go on as ticket $1, at whatever remove,
// itself too. Merges make no circles: only what is open is merged, and only
// into what is open.
const (
	onward = `with recursive onward (id, step) as (
		select $1::uuid, 0
		union all select t.merged_into, o.step + 1 from onward o join tickets t on t.id = o.id where t.merged_into is not null)`
	inward = `with recursive inward (id) as (
		select $1::uuid
		union all select t.id from inward i join tickets t on t.merged_into = i.id)`
)

// Mergeable is nil when a ticket can be merged into another one, which both are
// as they are now: open, of one organization, and two.
func Mergeable(t, into Ticket) error {
	args := problem.Args{"number": t.Number, "target": into.Number}
	switch {
	case t.ID == into.ID:
		return problem.New(problem.Conflict, "merge_into_itself", args)
	case t.OrganizationID != into.OrganizationID:
		return problem.New(problem.Conflict, "merge_other_organization", args)
	case !into.State.Open():
		return problem.New(problem.Conflict, "merge_into_ended", args)
	}
	return nil
}

// FollowMerges is the ticket that a ticket goes on as, however often it was
// merged: the ticket itself when it was not. NotFound when there is no such.
func (tx *Tx) FollowMerges(ctx context.Context, id uuid.UUID) (t Ticket, err error) {
	return t, tx.get(ctx, "follow merges", &t, onward+` select `+ticketColumns+` from tickets
		where id = (select id from onward order by step desc limit 1)`, id)
}

// concerned are the people of a ticket t who hear of it by itself: its
// requester, its contact, and who watches it not only since another was merged
// into it.
const concerned = `(select t.requester_id as person union select t.contact_id where t.contact_id is not null
	union select o.person_id from ticket_watchers o where o.ticket_id = t.id and o.merged_from is null)`

// WatchMerged has the people of a ticket, and of those merged into it, watch
// what it was merged into, as far as they may be told of that: but for those it
// concerns or who watch it already.
func (tx *Tx) WatchMerged(ctx context.Context, of uuid.UUID, into Ticket, by uuid.UUID, at time.Time) error {
	var people []struct {
		ID   uuid.UUID `db:"person"`
		From uuid.UUID `db:"id"`
	}
	if err := tx.list(ctx, "find whom a merge concerns", &people, inward+` select distinct on (c.person) c.person, t.id
		from inward i join tickets t on t.id = i.id cross join lateral `+concerned+` c order by c.person, t.id <> $1, t.id`, of); err != nil {
		return err
	}
	ids := make([]uuid.UUID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	told, err := tx.Recipients(ctx, into, ids)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.ID == into.RequesterID || into.ContactID != nil && p.ID == *into.ContactID || !slices.ContainsFunc(told, func(t Person) bool { return t.ID == p.ID }) {
			continue
		}
		if err := tx.exec(ctx, "watch what was merged into", `insert into ticket_watchers (vendor_id, ticket_id, person_id, added_by, added_at, merged_from)
			values ($1, $2, $3, $4, $5, $6) on conflict do nothing`, tx.Vendor, into.ID, p.ID, by, at, p.From); err != nil {
			return err
		}
	}
	return nil
}

// UnwatchMerged ends what WatchMerged began for a ticket, and for those merged
// into it, on all it went on as; but people who would watch those for another
// ticket that is still merged into them go on for that one. It is asked for
// before the merge is undone.
func (tx *Tx) UnwatchMerged(ctx context.Context, of uuid.UUID) error {
	var gone, on []uuid.UUID
	if err := tx.list(ctx, "find what is merged", &gone, inward+` select id from inward`, of); err != nil {
		return err
	}
	if err := tx.list(ctx, "follow merges", &on, onward+` select id from onward where step > 0`, of); err != nil {
		return err
	}
	const other = `(select t.id from inward i join tickets t on t.id = i.id where t.id <> $1 and t.id <> all($2) and w.person_id in ` + concerned + ` order by t.id limit 1)`
	for _, into := range on {
		if err := tx.exec(ctx, "keep who watches for another", inward+` update ticket_watchers w set merged_from = `+other+`
			where w.ticket_id = $1 and w.merged_from = any($2) and exists `+other, into, pq.Array(gone)); err != nil {
			return err
		}
		if err := tx.exec(ctx, "end watches of a merge", `delete from ticket_watchers where ticket_id = $1 and merged_from = any($2)`, into, pq.Array(gone)); err != nil {
			return err
		}
	}
	return nil
}

// CopyWatchers has whoever watches a ticket watch what was split off it, but
// for those who do only since another was merged into it.
func (tx *Tx) CopyWatchers(ctx context.Context, from, to uuid.UUID) error {
	return tx.exec(ctx, "copy watchers", `insert into ticket_watchers (vendor_id, ticket_id, person_id, added_by, added_at)
		select vendor_id, $2, person_id, added_by, added_at from ticket_watchers where ticket_id = $1 and merged_from is null`, from, to)
}

// Movable are the comments of a ticket among these that can move to another
// one: none that is held, and none that the ticket's own course stands on. The
// ticket must be locked.
func (tx *Tx) Movable(ctx context.Context, ticket uuid.UUID, comments []uuid.UUID) (ids []uuid.UUID, err error) {
	return ids, tx.list(ctx, "find what can move", &ids, `select c.id from comments c where c.ticket_id = $1 and c.id = any($2) and c.kind = any($3)
		and (c.held_until is null or c.held_until <= now())`, ticket, pq.Array(comments), stringArray(MovableKinds))
}

// MovableKinds are the kinds of comments that can be split off a ticket.
// Questions and answers stay: its states and clocks come from them.
var MovableKinds = []string{"comment", "information", "reopening"}

// MoveSplit moves comments with their files, and files of the request itself,
// from one ticket to another; each keeps author, time and who sees it. Files
// that are none of the request's make it refuse all, naming files as the wrong
// field.
func (tx *Tx) MoveSplit(ctx context.Context, from, to uuid.UUID, comments, files []uuid.UUID) error {
	if err := tx.exec(ctx, "move files of comments", `update files set ticket_id = $2 where ticket_id = $1 and comment_id = any($3)`, from, to, pq.Array(comments)); err != nil {
		return err
	}
	if err := tx.exec(ctx, "move comments", `update comments set ticket_id = $2 where ticket_id = $1 and id = any($3)`, from, to, pq.Array(comments)); err != nil {
		return err
	}
	n, err := count(tx.ExecContext(ctx, `update files set ticket_id = $2 where ticket_id = $1 and comment_id is null and id = any($3)`, from, to, pq.Array(files)))
	if err != nil {
		return failure("move files", err)
	}
	if n != int64(len(files)) {
		var wrong problem.Fields
		wrong.Add("files", "files_unknown", nil)
		return wrong.Err()
	}
	return nil
}
