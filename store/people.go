package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
)

// Person is a contact (with an organization) or a member of staff (without).
type Person struct {
	ID               uuid.UUID      `db:"id"`
	OrganizationID   *uuid.UUID     `db:"organization_id"`
	Name             string         `db:"name"`
	Email            string         `db:"email"`
	Locale           string         `db:"locale"`
	TimeZone         string         `db:"time_zone"`
	Roles            pq.StringArray `db:"roles"`
	Authorized       bool           `db:"authorized"`
	SeesOrganization bool           `db:"sees_organization"`
	Active           bool           `db:"active"`
	Theme            string         `db:"theme"`       // system, light or dark
	SingleKeys       bool           `db:"single_keys"` // uses single-key shortcuts
	PasswordHash     string         `db:"password_hash"`
	HasCome          bool           `db:"has_come"`          // they have a way in: a password, or a company's account; read, never written here
	ApprovalLimit    *int64         `db:"approval_limit"`    // approvers: minor units; nil: without limit
	ApprovalCurrency string         `db:"approval_currency"` // ISO 4217 of the limit; "" without one
	DelegateID       *uuid.UUID     `db:"delegate_id"`       // approvers: who approves while they are absent
	AbsentUntil      *time.Time     `db:"absent_until"`
	InvitedAt        *time.Time     `db:"invited_at"` // when the newest invitation was sent
	Version          int64          `db:"version"`    // rises with each change
	CreatedAt        time.Time      `db:"created_at"`
	SecondFactor     bool           `db:"second_factor"` // asked for at sign-in; read, never written here
	// OrganizationKind is customer or partner, "" for staff; read, never written here.
	OrganizationKind string `db:"organization_kind"`
	// OrganizationName is the organization's, "" for staff; read, never written here.
	OrganizationName string `db:"organization_name"`
	// Teams of a member of staff, by name; read by ReadTeams, never written here.
	Teams []Named `db:"-"`
}

const personColumns = `p.password_hash <> '' or exists (select from oidc_accounts a where a.vendor_id = p.vendor_id and a.person_id = p.id) as has_come,
	p.id, p.organization_id, p.name, p.email, p.locale, p.time_zone, p.roles, p.authorized,
	p.sees_organization, p.active, p.theme, p.single_keys, p.password_hash, p.approval_limit, p.approval_currency, p.delegate_id,
	p.absent_until, p.invited_at, p.version, p.created_at, p.totp_secret is not null as second_factor, coalesce(o.kind, '') as organization_kind,
	coalesce(o.name, '') as organization_name`

const personSelect = `select ` + personColumns + ` from people p left join organizations o on o.id = p.organization_id `

// Person finds a person of the vendor; NotFound when there is none.
func (tx *Tx) Person(ctx context.Context, id uuid.UUID) (p Person, err error) {
	return p, tx.get(ctx, "find person", &p, personSelect+`where p.id = $1`, id)
}

// LockPerson is Person, and nobody else changes the row until the end of the
// transaction.
func (tx *Tx) LockPerson(ctx context.Context, id uuid.UUID) (p Person, err error) {
	return p, tx.get(ctx, "lock person", &p, personSelect+`where p.id = $1 for update of p`, id)
}

// LockAdmins are the ids of the active administrators. Nobody else changes
// their rows until the end of the transaction, so two of them can't remove
// each other at once.
func (tx *Tx) LockAdmins(ctx context.Context) (ids []uuid.UUID, err error) {
	return ids, tx.list(ctx, "lock administrators", &ids,
		`select id from people where organization_id is null and active and 'admin' = any(roles) order by id for update`)
}

// PersonByEmail finds a person whatever the case of the letters.
func (tx *Tx) PersonByEmail(ctx context.Context, email string) (p Person, err error) {
	return p, tx.get(ctx, "find person by mail", &p, personSelect+`where lower(p.email) = lower($1)`, email)
}

// mayBeTold is the condition that a person p may be told of the tickets of
// organization $1: active, and staff, of it, or of a partner who acts for it.
const mayBeTold = `p.active and (p.organization_id is null or p.organization_id = $1
	or exists (select from organization_links l where l.partner_id = p.organization_id and l.customer_id = $1))`

// PersonName is what a person is called.
func (tx *Tx) PersonName(ctx context.Context, id uuid.UUID) (name string, err error) {
	return name, tx.get(ctx, "find a name", &name, `select name from people where id = $1`, id)
}

// Recipients are those of these people who may be told of a ticket, in no
// order: active, and staff, of its organization, or of a partner who acts for
// it.
func (tx *Tx) Recipients(ctx context.Context, t Ticket, ids []uuid.UUID) (people []Person, err error) {
	return people, tx.list(ctx, "find recipients", &people, personSelect+`where `+mayBeTold+` and p.id = any($2)`, t.OrganizationID, pq.Array(ids))
}

// AnswerFor are those who answer for a ticket at an instant: who has it; when that is
// nobody, or somebody who has left or is absent, those of its team who are there,
// and else those of the vendor's support teams; when there are none, everybody
// active with the role manager.
func (tx *Tx) AnswerFor(ctx context.Context, t Ticket, at time.Time) (ids []uuid.UUID, err error) {
	return ids, tx.list(ctx, "find who answers", &ids, `with staff as materialized (
			select id, roles, coalesce(absent_until > $4, false) as absent,
				(select coalesce(array_agg(t.kind), '{}') from team_members m join teams t on t.id = m.team_id where m.person_id = p.id) as kinds,
				(select coalesce(array_agg(t.code), '{}') from team_members m join teams t on t.id = m.team_id where m.person_id = p.id) as codes
			from people p where vendor_id = $1 and organization_id is null and active),
		ranked as (select id, case when absent then null when id = $2 then 1 when $3 <> '' and $3 = any(codes) then 2
				when 'support' = any(kinds) then 3 end as rank from staff
			union all select id, 4 from staff where 'manager' = any(roles))
		select id from ranked where rank = (select min(rank) from ranked)`, tx.Vendor, t.AssigneeID, t.Team, at)
}

// AbsentUntil is until when those of some people are absent who are so at an
// instant, by person.
func (tx *Tx) AbsentUntil(ctx context.Context, people []uuid.UUID, at time.Time) (map[uuid.UUID]time.Time, error) {
	var rows []struct {
		ID    uuid.UUID `db:"id"`
		Until time.Time `db:"absent_until"`
	}
	err := tx.list(ctx, "find who is absent", &rows, `select id, absent_until from people where id = any($1) and absent_until > $2`, pq.Array(people), at)
	absent := make(map[uuid.UUID]time.Time, len(rows))
	for _, r := range rows {
		absent[r.ID] = r.Until
	}
	return absent, err
}

// SuperUsers are an organization's active super-users.
func (tx *Tx) SuperUsers(ctx context.Context, organization uuid.UUID) (people []Person, err error) {
	return people, tx.list(ctx, "find super-users", &people,
		personSelect+`where p.organization_id = $1 and p.active and 'super_user' = any(p.roles) order by p.name, p.id`, organization)
}

// Approvers are an organization's active approvers by name, at most limit.
func (tx *Tx) Approvers(ctx context.Context, organization uuid.UUID, limit int) (people []Person, err error) {
	return people, tx.list(ctx, "find approvers", &people,
		personSelect+`where p.organization_id = $1 and p.active and 'approver' = any(p.roles) order by p.name, p.id limit $2`, organization, limit)
}

// SeenAt is when a person last used a session or token, to the minute; nil for
// never.
func (tx *Tx) SeenAt(ctx context.Context, person uuid.UUID) (at *time.Time, err error) {
	return at, tx.get(ctx, "look for last use", &at, `select max(last_used_at) from bearers where person_id = $1`, person)
}

// PersonFilter narrows a list of people; zero values do not.
type PersonFilter struct {
	Staff          bool // staff, else contacts
	OrganizationID *uuid.UUID
	AfterName      string // keyset: after this name and id
	AfterID        uuid.UUID
	Limit          int
}

// People lists people by name.
func (tx *Tx) People(ctx context.Context, f PersonFilter) (people []Person, err error) {
	return people, tx.list(ctx, "list people", &people, personSelect+`
		where (p.organization_id is null) = $1 and ($2::uuid is null or p.organization_id = $2)
		  and (p.name, p.id) > ($3, $4) order by p.name, p.id limit $5`,
		f.Staff, f.OrganizationID, f.AfterName, f.AfterID, f.Limit)
}

// InsertPerson adds a person; a mail address in use is a Conflict.
func (tx *Tx) InsertPerson(ctx context.Context, p Person) error {
	_, err := tx.ExecContext(ctx, `insert into people
		(id, vendor_id, organization_id, name, email, locale, time_zone, roles, authorized, sees_organization, password_hash,
		 approval_limit, approval_currency, delegate_id, absent_until, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		p.ID, tx.Vendor, p.OrganizationID, p.Name, p.Email, p.Locale, p.TimeZone, p.Roles, p.Authorized, p.SeesOrganization,
		p.PasswordHash, p.ApprovalLimit, p.ApprovalCurrency, p.DelegateID, p.AbsentUntil, p.CreatedAt)
	return personFailure("insert person", p, err)
}

// UpdatePerson writes a locked row back, but for the password. p.Version is
// the new version and must follow the one in the database; a mail address in
// use is a Conflict.
func (tx *Tx) UpdatePerson(ctx context.Context, p Person) error {
	err := oneRow(tx.ExecContext(ctx, `update people set version = $2, name = $3, email = $4, locale = $5, time_zone = $6, roles = $7,
		authorized = $8, sees_organization = $9, active = $10, approval_limit = $11, approval_currency = $12, delegate_id = $13,
		absent_until = $14, invited_at = $15 where id = $1 and version = $2 - 1`,
		p.ID, p.Version, p.Name, p.Email, p.Locale, p.TimeZone, p.Roles, p.Authorized, p.SeesOrganization, p.Active, p.ApprovalLimit,
		p.ApprovalCurrency, p.DelegateID, p.AbsentUntil, p.InvitedAt))
	return personFailure("update person", p, err)
}

func personFailure(doing string, p Person, err error) error {
	if violates(err, "people_email") {
		return problem.New(problem.Conflict, "email_taken", problem.Args{"email": p.Email})
	}
	return failure(doing, err)
}

// UpdateProfile writes what a person decides about themself: name, locale,
// time zone, theme and single keys. p.Version is the version it was written
// on; NotFound when the row has another by now.
func (tx *Tx) UpdateProfile(ctx context.Context, p Person) error {
	return tx.change(ctx, "update profile", `update people set version = version + 1, name = $3, locale = $4, time_zone = $5, theme = $6, single_keys = $7,
		absent_until = $8 where id = $1 and version = $2`, p.ID, p.Version, p.Name, p.Locale, p.TimeZone, p.Theme, p.SingleKeys, p.AbsentUntil)
}

// SetPassword replaces a person's password hash, and ends all their sessions
// and the links with which a password can be chosen.
func (tx *Tx) SetPassword(ctx context.Context, person uuid.UUID, hash string, at time.Time) error {
	if err := tx.change(ctx, "set password", `update people set password_hash = $2 where id = $1`, person, hash); err != nil {
		return err
	}
	if err := tx.EndLinks(ctx, person, at); err != nil {
		return err
	}
	return tx.EndSessions(ctx, person, uuid.Nil, at)
}

// Bearer is a session or an API token.
type Bearer struct {
	ID         uuid.UUID  `db:"id"`
	PersonID   uuid.UUID  `db:"person_id"`
	Kind       string     `db:"kind"` // session, half (the second step is still to come) or token
	Name       string     `db:"name"`
	Hash       []byte     `db:"secret_hash"` // SHA-256 of the secret
	Scope      string     `db:"scope"`       // all or read
	Proof      string     `db:"proof"`       // what it was opened with: password, oidc or command
	IP         string     `db:"ip"`          // from where; "" from the command line
	UserAgent  string     `db:"user_agent"`
	CreatedAt  time.Time  `db:"created_at"`
	ExpiresAt  time.Time  `db:"expires_at"`
	LastUsedAt *time.Time `db:"last_used_at"` // to the minute
}

// InsertBearer keeps a new session or token.
func (tx *Tx) InsertBearer(ctx context.Context, b Bearer) error {
	return tx.exec(ctx, "insert bearer", `insert into bearers
		(id, vendor_id, person_id, kind, name, secret_hash, scope, proof, ip, user_agent, created_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		b.ID, tx.Vendor, b.PersonID, b.Kind, b.Name, b.Hash, b.Scope, b.Proof, b.IP, b.UserAgent, b.CreatedAt, b.ExpiresAt)
}

// SignedIn is a person, with the session or token they came with.
type SignedIn struct {
	Person
	Bearer Bearer `db:"bearer"` // id, kind, scope and last use
}

// SignedIn finds the person behind a bearer by its secret's hash: neither
// revoked nor expired at that instant, and the person active; else NotFound.
func (tx *Tx) SignedIn(ctx context.Context, hash []byte, at time.Time) (s SignedIn, err error) {
	return s, tx.get(ctx, "find bearer", &s, `select b.id as "bearer.id", b.kind as "bearer.kind", b.scope as "bearer.scope",
		b.last_used_at as "bearer.last_used_at", `+personColumns+`
		from bearers b join people p on p.id = b.person_id left join organizations o on o.id = p.organization_id
		where b.secret_hash = $1 and b.revoked_at is null and b.expires_at > $2 and p.active`, hash, at)
}

// RevokeBearer ends a session or token; repeating it changes nothing.
func (tx *Tx) RevokeBearer(ctx context.Context, id uuid.UUID, at time.Time) error {
	return tx.exec(ctx, "revoke bearer", `update bearers set revoked_at = coalesce(revoked_at, $2) where id = $1`, id, at)
}
