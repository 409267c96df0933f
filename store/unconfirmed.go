package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Unconfirmed is a ticket, or a service request or review of one, or a dev
// ticket, whose newest transition its workflow may not know.
type Unconfirmed struct {
	VendorID  uuid.UUID  `db:"vendor_id"`
	TicketID  *uuid.UUID `db:"ticket_id"`          // nil: a dev ticket
	ServiceID *uuid.UUID `db:"service_request_id"` // nil: no service request
	Path      string     `db:"path"`               // the service request's; "" for none
	WorkKind  string     `db:"work_kind"`          // WorkReview, WorkDev, or "" for neither
	WorkID    *uuid.UUID `db:"work_id"`
	Number    string     `db:"number"` // the ticket's; "" for a dev ticket
}

// is is the condition that a command moves the same thing: its vendor, ticket,
// service request and work are $1 to $4.
const is = `vendor_id = $1 and ticket_id is not distinct from $2 and service_request_id is not distinct from $3 and work_id is not distinct from $4`

func (u Unconfirmed) args() []any { return []any{u.VendorID, u.TicketID, u.ServiceID, u.WorkID} }

// PokeWaitMax is the longest wait between two pokes for one transition.
const PokeWaitMax = time.Hour

// Unconfirmed lists what has a transition committed, but not confirmed,
// for longer than age, whose workflow is due for a poke: the wait after one
// begins with age and doubles with each, up to PokeWaitMax, so that a workflow
// that can't go on does not gather them. Run as the relay's role.
func (s *Store) Unconfirmed(ctx context.Context, age time.Duration) (list []Unconfirmed, err error) {
	err = s.db.SelectContext(ctx, &list, `select distinct c.vendor_id, c.ticket_id, c.service_request_id, c.work_kind, c.work_id, coalesce(t.number, '') as number,
			coalesce(r.path, '') as path
		from commands c left join tickets t on t.id = c.ticket_id left join service_requests r on r.id = c.service_request_id
		where c.committed_at < now() - make_interval(secs => $1) and c.confirmed_at is null
		  and (c.poked_at is null or c.poked_at < now() - make_interval(secs => least($1 * power(2, least(c.pokes, 30)), $2)))
		order by c.ticket_id, c.service_request_id, c.work_id limit 1000`, age.Seconds(), PokeWaitMax.Seconds())
	return list, failure("list unconfirmed transitions", err)
}

// moved is which row a command c moves: the kind of its work, and its id.
const moved = `case when c.service_request_id is not null then (select case when r.path ` + enhanced + ` then 'enhancement' else 'service_request' end
		from service_requests r where r.id = c.service_request_id) when c.work_id is not null then c.work_kind else 'ticket' end as work,
	coalesce(c.service_request_id, c.work_id, c.ticket_id) as id`

// CountUnconfirmed counts rows with a transition unconfirmed for longer than age,
// over all vendors, by kind; those of which there is none are left out.
func (s *Store) CountUnconfirmed(ctx context.Context, age time.Duration) (map[string]int, error) {
	return s.countWorks(ctx, "count unconfirmed transitions", `select distinct `+moved+` from commands c
		where c.committed_at < now() - make_interval(secs => $1) and c.confirmed_at is null`, age.Seconds())
}

// countWorks counts what a query lists, by its work.
func (s *Store) countWorks(ctx context.Context, what, query string, args ...any) (map[string]int, error) {
	var list []struct {
		Work string `db:"work"`
		N    int    `db:"n"`
	}
	err := s.db.SelectContext(ctx, &list, `select work, count(*) as n from (`+query+`) listed where id is not null group by work`, args...)
	counts := make(map[string]int, len(list))
	for _, c := range list {
		counts[c.Work] = c.N
	}
	return counts, failure(what, err)
}

// NotePoke notes that the workflow of a ticket was poked for the transitions
// that are still unconfirmed.
func (s *Store) NotePoke(ctx context.Context, u Unconfirmed) error {
	_, err := s.db.ExecContext(ctx, `update commands set pokes = pokes + 1, poked_at = now()
		where `+is+` and committed_at is not null and confirmed_at is null`, u.args()...)
	return failure("note a poke", err)
}

// ForgetUnconfirmed confirms the transitions of a ticket or service request whose
// workflow has ended with its life: nobody is left who must know. It answers
// whether the row says so too; if not, nothing is changed.
func (s *Store) ForgetUnconfirmed(ctx context.Context, u Unconfirmed) (bool, error) {
	result, err := s.db.ExecContext(ctx, `update commands set confirmed_at = now()
		where `+is+` and committed_at is not null and confirmed_at is null
		  and case when $3::uuid is not null then exists (select from service_requests r where r.id = $3 and r.state in ('closed', 'abandoned'))
			when $4::uuid is not null then exists (select from qa_reviews r where r.id = $4 and r.state in ('done', 'cancelled'))
				or exists (select from dev_tickets d where d.id = $4 and d.state = 'refused')
			else exists (select from tickets t where t.id = $2 and t.state in ('closed', 'withdrawn', 'merged')) end`, u.args()...)
	if err != nil {
		return false, failure("forget unconfirmed transitions", err)
	}
	n, err := result.RowsAffected()
	return n > 0, failure("forget unconfirmed transitions", err)
}
