package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Pool is the people a team's ticket may be given to: active members of staff
// who hold one of the roles Able and are not absent at At. Members are those the
// vendor's teams of that code list; where there is no such team, whoever holds
// one of Roles.
type Pool struct {
	Team  string // code of the pack's
	Roles []string
	Able  []string
	At    time.Time
}

// NextInTurn is who of a pool had their last turn longest ago; the fewest open
// tickets come first when byLoad is set. It is noted as their turn. nil: there
// is nobody. Two transactions choose one after the other.
func (tx *Tx) NextInTurn(ctx context.Context, p Pool, byLoad bool) (*uuid.UUID, error) {
	if err := tx.exec(ctx, "wait for the turn", `select pg_advisory_xact_lock(hashtextextended($1::text || '/' || $2, 0))`, tx.Vendor, p.Team); err != nil {
		return nil, err
	}
	var found []uuid.UUID
	err := tx.list(ctx, "find who comes next", &found, `select p.id from people p
		left join assignment_turns t on t.vendor_id = $1 and t.team = $2 and t.person_id = p.id
		where p.vendor_id = $1 and p.organization_id is null and p.active and p.roles && $4
			and case when exists (select from teams where vendor_id = $1 and code = $2)
				then exists (select from team_members m join teams o on o.id = m.team_id where m.person_id = p.id and o.code = $2)
				else p.roles && $3 end
			and (p.absent_until is null or p.absent_until <= $5)
		order by case when $6 then (select count(*) from tickets o
				where o.vendor_id = $1 and o.assignee_id = p.id and o.state not in ('closed', 'withdrawn', 'merged')) end,
			t.turn nulls first, p.id limit 1`,
		tx.Vendor, p.Team, stringArray(p.Roles), stringArray(p.Able), p.At, byLoad)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], tx.exec(ctx, "note the turn", `insert into assignment_turns (vendor_id, team, person_id, turn)
		select $1, $2, $3, coalesce(max(turn), 0) + 1 from assignment_turns where vendor_id = $1 and team = $2
		on conflict (vendor_id, team, person_id) do update set turn = excluded.turn`, tx.Vendor, p.Team, found[0])
}

// ProductOf is the name of the product a package belongs to, whatever the case
// of its letters; "" when there is no such package.
func (tx *Tx) ProductOf(ctx context.Context, pack string) (string, error) {
	var found []string
	err := tx.list(ctx, "find product of package", &found, `select p.name from packages k join products p on p.id = k.product_id
		where k.vendor_id = $1 and lower(k.name) = lower($2)`, tx.Vendor, pack)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}
