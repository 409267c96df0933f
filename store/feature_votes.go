package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
)

// FeatureVote says that an organization asks for a feature.
type FeatureVote struct {
	ID             uuid.UUID     `db:"id"`
	FeatureID      uuid.UUID     `db:"feature_id"`
	OrganizationID uuid.UUID     `db:"organization_id"`
	TicketID       *uuid.UUID    `db:"ticket_id"` // nil: without one
	PersonID       uuid.UUID     `db:"person_id"`
	Note           string        `db:"note"`     // what it is worth to them, in their words
	Internal       string        `db:"internal"` // what product management notes of that
	CastAt         time.Time     `db:"cast_at"`
	Answer         feature.State `db:"answer"` // what they were told last; "": nothing yet
	ToldAt         *time.Time    `db:"told_at"`
}

const voteColumns = `v.id, v.feature_id, v.organization_id, v.ticket_id, v.person_id, v.note, v.internal, v.cast_at, v.answer, v.told_at`

// InsertFeatureVote adds a vote. Conflict when the organization has one without
// a ticket already, and this has none either.
func (tx *Tx) InsertFeatureVote(ctx context.Context, v FeatureVote) error {
	_, err := tx.ExecContext(ctx, `insert into feature_votes (id, vendor_id, feature_id, organization_id, ticket_id, person_id, note, cast_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, v.ID, tx.Vendor, v.FeatureID, v.OrganizationID, v.TicketID, v.PersonID, v.Note, v.CastAt)
	if violates(err, "feature_votes_once") {
		return problem.New(problem.Conflict, "feature_voted", nil)
	}
	return failure("insert vote", err)
}

// DeleteFeatureVote takes a vote away.
func (tx *Tx) DeleteFeatureVote(ctx context.Context, id uuid.UUID) error {
	return tx.change(ctx, "take a vote away", `delete from feature_votes where id = $1`, id)
}

// FeatureVotes are all votes for a feature, the oldest first.
func (tx *Tx) FeatureVotes(ctx context.Context, id uuid.UUID) (list []FeatureVote, err error) {
	return list, tx.list(ctx, "list votes", &list, `select `+voteColumns+` from feature_votes v where v.feature_id = $1 order by v.id`, id)
}

// FeatureVotesOf are an organization's for a feature, the oldest first.
func (tx *Tx) FeatureVotesOf(ctx context.Context, id, organization uuid.UUID) (list []FeatureVote, err error) {
	return list, tx.list(ctx, "list votes of organization", &list,
		`select `+voteColumns+` from feature_votes v where v.feature_id = $1 and v.organization_id = $2 order by v.id`, id, organization)
}

// FeatureVoteOfTicket is the vote a ticket is; nil for none.
func (tx *Tx) FeatureVoteOfTicket(ctx context.Context, ticketID uuid.UUID) (*FeatureVote, error) {
	var list []FeatureVote
	err := tx.list(ctx, "find vote of ticket", &list, `select `+voteColumns+` from feature_votes v where v.ticket_id = $1`, ticketID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// NamedVote is a vote with what it is called by.
type NamedVote struct {
	FeatureVote
	Organization string `db:"organization"`
	Person       string `db:"person"`
	Number       string `db:"number"` // of its ticket; "": without one
	Title        string `db:"title"`
}

// NamedVotes are votes for a feature, the oldest first, after one of them
// (uuid.Nil: from the start; none after what is no vote for it).
func (tx *Tx) NamedVotes(ctx context.Context, id, after uuid.UUID, limit int) (list []NamedVote, err error) {
	return list, tx.list(ctx, "list votes by name", &list, `select `+voteColumns+`, o.name as organization, p.name as person, coalesce(t.number, '') as number,
			coalesce(t.title, '') as title
		from feature_votes v join organizations o on o.id = v.organization_id join people p on p.id = v.person_id left join tickets t on t.id = v.ticket_id
		where v.feature_id = $1 and ($2::uuid = '00000000-0000-0000-0000-000000000000' or v.id > (select w.id from feature_votes w where w.id = $2::uuid and w.feature_id = $1))
		order by v.id limit $3`, id, after, limit)
}

// Voter is an organization that asks for a feature.
type Voter struct {
	ID   uuid.UUID `db:"id"`
	Name string    `db:"name"`
	// Tickets are how many of its tickets ask for it, Offered how many were offered it.
	Tickets int `db:"tickets"`
	Offered int `db:"offered"`
}

// Voters are the organizations that ask for a feature, by name, so many at most.
func (tx *Tx) Voters(ctx context.Context, id uuid.UUID, limit int) (list []Voter, err error) {
	return list, tx.list(ctx, "list voters", &list, `select o.id, o.name, count(v.ticket_id) as tickets, count(*) filter (where v.answer = 'offered') as offered
		from feature_votes v join organizations o on o.id = v.organization_id where v.feature_id = $1 group by o.id, o.name order by o.name, o.id limit $2`, id, limit)
}

// NoteVote keeps what product management notes of a vote for a feature.
func (tx *Tx) NoteVote(ctx context.Context, featureID, id uuid.UUID, internal string) error {
	return tx.change(ctx, "note what a vote is worth", `update feature_votes set internal = $3 where id = $2 and feature_id = $1`, featureID, id, internal)
}

// AnswerVotes notes what those who ask are told.
func (tx *Tx) AnswerVotes(ctx context.Context, ids []uuid.UUID, answer feature.State, at time.Time) error {
	return tx.exec(ctx, "note what voters are told", `update feature_votes set answer = $2, told_at = $3 where id = any($1)`, pq.Array(ids), answer, at)
}

// MoveVotes has the votes for a feature count for another: of two that an
// organization has without a ticket the older stays, with what both say, and with
// what they were told.
func (tx *Tx) MoveVotes(ctx context.Context, from, to uuid.UUID) error {
	if err := tx.exec(ctx, "keep what votes say", `update feature_votes o set note = concat_ws(E'\n\n', nullif(o.note, ''), nullif(v.note, '')),
			internal = concat_ws(E'\n\n', nullif(o.internal, ''), nullif(v.internal, '')),
			answer = case when o.answer = '' then v.answer else o.answer end, told_at = coalesce(o.told_at, v.told_at)
		from feature_votes v where v.ticket_id is null and o.ticket_id is null and v.organization_id = o.organization_id
			and v.feature_id in ($1, $2) and o.feature_id in ($1, $2) and v.id > o.id`, from, to); err != nil {
		return err
	}
	if err := tx.exec(ctx, "unite votes", `delete from feature_votes v using feature_votes o
		where v.ticket_id is null and o.ticket_id is null and v.organization_id = o.organization_id
			and v.feature_id in ($1, $2) and o.feature_id in ($1, $2) and v.id > o.id`, from, to); err != nil {
		return err
	}
	return tx.exec(ctx, "move votes", `update feature_votes set feature_id = $2 where feature_id = $1`, from, to)
}

// FeatureReader is somebody who is told of a feature, with the ticket that asks
// for it.
type FeatureReader struct {
	PersonID       uuid.UUID `db:"person_id"`
	OrganizationID uuid.UUID `db:"organization_id"` // that asks
	Number         string    `db:"number"`          // "": they vote without one
	Title          string    `db:"title"`
}

// FeatureReaders are the people who are told what these votes come to, in the
// order of their ids, but for those whom the votes known concern: who voted without
// a ticket; else who made the request, the contact a partner acts for and who
// watches it, as far as they may be told.
func (tx *Tx) FeatureReaders(ctx context.Context, votes, known []uuid.UUID) (list []FeatureReader, err error) {
	return list, tx.list(ctx, "find whom a feature concerns", &list, `with concerned as (select v.id as vote, c.person_id, v.organization_id, coalesce(t.number, '') as number, coalesce(t.title, '') as title
		from feature_votes v left join tickets t on t.id = v.ticket_id
		cross join lateral (select v.person_id where t.id is null union select t.requester_id where t.id is not null
			union select t.contact_id where t.contact_id is not null union select w.person_id from ticket_watchers w where w.ticket_id = t.id) c
		join people p on p.id = c.person_id
		where (v.id = any($1) or v.id = any($2)) and p.active and (p.organization_id is null or p.organization_id = v.organization_id
			or exists (select from organization_links o where o.partner_id = p.organization_id and o.customer_id = v.organization_id)))
		select person_id, organization_id, number, title from concerned
		where vote = any($1) and person_id not in (select person_id from concerned where vote = any($2)) order by person_id, number`,
		pq.Array(votes), pq.Array(known))
}

// RoadmapFilter says whose view of the features it is.
type RoadmapFilter struct {
	Organization uuid.UUID
	Person       uuid.UUID
	Whole        bool // they see what their organization asks for; else what they ask for
	ID           *uuid.UUID
	BeforeAt     *time.Time // keyset: made before this instant and id
	BeforeID     uuid.UUID
	Limit        int
}

// RoadmapItem is a feature as an organization sees it.
type RoadmapItem struct {
	Feature
	OwnTitle string        `db:"own_title"` // of the reader's newest ticket that asks for it; "": none
	Voted    bool          `db:"voted"`     // their organization asks for it
	Without  bool          `db:"without"`   // without a ticket, by the reader or, with Whole, anybody of theirs
	Answer   feature.State `db:"told"`      // what they were told last
}

// RoadmapItems are the features an organization sees, the newest first: those
// with public wording that are considered or on the roadmap, and those they ask
// for.
func (tx *Tx) RoadmapItems(ctx context.Context, r RoadmapFilter) (list []RoadmapItem, err error) {
	return list, tx.list(ctx, "list the roadmap", &list, `with mine as materialized (
			select v.feature_id, v.ticket_id, v.answer, v.told_at, v.cast_at, tickets.title from feature_votes v left join tickets on tickets.id = v.ticket_id
			where v.vendor_id = $1 and (v.person_id = $3 and `+partnerLinked+` or v.organization_id = $2 and ($4 or $3 in (tickets.requester_id, tickets.contact_id))))
		select `+featureColumns+`, coalesce((select title from mine where feature_id = f.id and title is not null order by cast_at desc limit 1), '') as own_title,
			exists (select from feature_votes v where v.feature_id = f.id and v.organization_id = $2) as voted,
			exists (select from mine where feature_id = f.id and ticket_id is null) as without,
			coalesce((select answer from mine where feature_id = f.id order by told_at desc nulls last limit 1), '') as told`+featureFrom+`
		where f.vendor_id = $1 and f.state not in ('merged', 'dropped') and ($5::uuid is null or f.id = $5)
			and (f.published and f.state in ('new', 'roadmap') or exists (select from mine where feature_id = f.id))
			and ($6::timestamptz is null or (f.created_at, f.id) < ($6, $7))
		order by f.created_at desc, f.id desc limit $8`, tx.Vendor, r.Organization, r.Person, r.Whole, r.ID, r.BeforeAt, r.BeforeID, r.Limit)
}

// FeatureOffer is a service request by which an organization was offered a
// feature.
type FeatureOffer struct {
	ID             uuid.UUID      `db:"id"`
	Number         string         `db:"number"`
	State          service.State  `db:"state"`
	Resume         service.State  `db:"resume"`
	Ending         service.Ending `db:"ending"`
	Ticket         string         `db:"ticket"`
	OrganizationID uuid.UUID      `db:"organization_id"`
	Organization   string         `db:"organization"`
}

// Out says whether the customer's word on it is waited for, or its quote.
func (o FeatureOffer) Out() bool {
	at := o.State
	if at == service.WaitingForInformation {
		at = o.Resume
	}
	return o.Ending == "" && at.Offered()
}

// Bought says whether it is approved, and done or going on.
func (o FeatureOffer) Bought() bool {
	return o.Ending == service.Completed || o.Ending == "" && !o.Out()
}

// FeatureOffers are those of the tickets that ask for a feature, the newest first,
// so many at most (0: all).
func (tx *Tx) FeatureOffers(ctx context.Context, id uuid.UUID, limit int) (list []FeatureOffer, err error) {
	return list, tx.list(ctx, "list offers of feature", &list, `select s.id, s.number, s.state, s.resume, s.ending, t.number as ticket, t.organization_id, o.name as organization
		from feature_votes v join service_requests s on s.ticket_id = v.ticket_id and s.path = 'feature_request'
		join tickets t on t.id = s.ticket_id join organizations o on o.id = t.organization_id
		where v.feature_id = $1 order by s.created_at desc, s.id desc limit nullif($2, 0)`, id, limit)
}
