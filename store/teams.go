package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
)

// Team is a group of the vendor's staff.
type Team struct {
	ID        uuid.UUID `db:"id"`
	Name      string    `db:"name"`
	Kind      string    `db:"kind"`    // support, customer_service, qa, development, training or other
	Code      string    `db:"code"`    // the team of the pack whose members it lists; "": none
	Version   int64     `db:"version"` // rises with each change, of its members too
	CreatedAt time.Time `db:"created_at"`
	// Members by name; read by Teams, Team and LockTeam.
	Members []Member `db:"-"`
}

// Member is who belongs to a team.
type Member struct {
	TeamID   uuid.UUID `db:"team_id"`
	PersonID uuid.UUID `db:"person_id"`
	Name     string    `db:"name"`
	Active   bool      `db:"active"`
}

const teamSelect = `select id, name, kind, code, version, created_at from teams `

// Team finds one; NotFound when there is none.
func (tx *Tx) Team(ctx context.Context, id uuid.UUID) (Team, error) {
	return tx.team(ctx, "find team", teamSelect+`where id = $1`, id)
}

// LockTeam is Team, and nobody else changes it until the end of the
// transaction.
func (tx *Tx) LockTeam(ctx context.Context, id uuid.UUID) (Team, error) {
	return tx.team(ctx, "lock team", teamSelect+`where id = $1 for update`, id)
}

func (tx *Tx) team(ctx context.Context, doing, query string, id uuid.UUID) (t Team, err error) {
	if err := tx.get(ctx, doing, &t, query, id); err != nil {
		return t, err
	}
	list := []Team{t}
	err = tx.readMembers(ctx, list)
	return list[0], err
}

// Teams lists teams by name, after that name and id.
func (tx *Tx) Teams(ctx context.Context, afterName string, afterID uuid.UUID, limit int) (list []Team, err error) {
	err = tx.list(ctx, "list teams", &list, teamSelect+`where vendor_id = $1 and (name, id) > ($2, $3) order by name, id limit $4`,
		tx.Vendor, afterName, afterID, limit)
	if err != nil {
		return nil, err
	}
	return list, tx.readMembers(ctx, list)
}

func (tx *Tx) readMembers(ctx context.Context, teams []Team) error {
	at := map[uuid.UUID]int{}
	ids := make([]uuid.UUID, len(teams))
	for i, t := range teams {
		ids[i], at[t.ID] = t.ID, i
	}
	var members []Member
	err := tx.list(ctx, "find members", &members, `select m.team_id, m.person_id, p.name, p.active
		from team_members m join people p on p.id = m.person_id where m.team_id = any($1) order by p.name, p.id`, pq.Array(ids))
	for _, m := range members {
		t := &teams[at[m.TeamID]]
		t.Members = append(t.Members, m)
	}
	return err
}

// InsertTeam adds a team with its members; a name in use is a Conflict.
func (tx *Tx) InsertTeam(ctx context.Context, t Team, members []uuid.UUID) error {
	_, err := tx.ExecContext(ctx, `insert into teams (id, vendor_id, name, kind, created_at, code) values ($1, $2, $3, $4, $5, $6)`,
		t.ID, tx.Vendor, t.Name, t.Kind, t.CreatedAt, t.Code)
	if err := teamFailure("insert team", t, err); err != nil {
		return err
	}
	return tx.setMembers(ctx, t.ID, members)
}

// UpdateTeam writes a locked team back, with these members alone. t.Version is
// the new version and must follow the one in the database; a name in use is a
// Conflict.
func (tx *Tx) UpdateTeam(ctx context.Context, t Team, members []uuid.UUID) error {
	err := oneRow(tx.ExecContext(ctx, `update teams set version = $2, name = $3, kind = $4, code = $5 where id = $1 and version = $2 - 1`,
		t.ID, t.Version, t.Name, t.Kind, t.Code))
	if err := teamFailure("update team", t, err); err != nil {
		return err
	}
	return tx.setMembers(ctx, t.ID, members)
}

func (tx *Tx) setMembers(ctx context.Context, team uuid.UUID, members []uuid.UUID) error {
	if members == nil {
		members = []uuid.UUID{} // NULL would keep everybody
	}
	if err := tx.exec(ctx, "remove members", `delete from team_members where team_id = $1 and person_id <> all($2)`, team, pq.Array(members)); err != nil {
		return err
	}
	return tx.exec(ctx, "add members", `insert into team_members (vendor_id, team_id, person_id)
		select $1, $2, unnest($3::uuid[]) on conflict do nothing`, tx.Vendor, team, pq.Array(members))
}

func teamFailure(doing string, t Team, err error) error {
	if violates(err, "teams_name") {
		return problem.New(problem.Conflict, "team_name_taken", problem.Args{"name": t.Name})
	}
	return failure(doing, err)
}

// ReadTeams fills in the teams of members of staff, by name.
func (tx *Tx) ReadTeams(ctx context.Context, people []Person) error {
	at := map[uuid.UUID]int{}
	ids := make([]uuid.UUID, len(people))
	for i, p := range people {
		ids[i], at[p.ID] = p.ID, i
	}
	var teams []struct {
		PersonID uuid.UUID `db:"person_id"`
		Named
	}
	err := tx.list(ctx, "find teams of people", &teams, `select m.person_id, t.id, t.name
		from team_members m join teams t on t.id = m.team_id where m.person_id = any($1) order by t.name, t.id`, pq.Array(ids))
	for _, t := range teams {
		p := &people[at[t.PersonID]]
		p.Teams = append(p.Teams, t.Named)
	}
	return err
}

// TeamCodes are the teams of the pack that teams list the members of, and those
// of them somebody is a member of.
func (tx *Tx) TeamCodes(ctx context.Context, person uuid.UUID) (listed, member []string, err error) {
	var rows []struct {
		Code   string `db:"code"`
		Member bool   `db:"member"`
	}
	err = tx.list(ctx, "find teams of the pack", &rows, `select t.code, bool_or(exists (select from team_members m where m.team_id = t.id and m.person_id = $2)) as member
		from teams t where t.vendor_id = $1 and t.code <> '' group by t.code`, tx.Vendor, person)
	for _, r := range rows {
		listed = append(listed, r.Code)
		if r.Member {
			member = append(member, r.Code)
		}
	}
	return listed, member, err
}

// Named is something by its id and name.
type Named struct {
	ID   uuid.UUID `db:"id"`
	Name string    `db:"name"`
}
