package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Period is a stretch of a contract that includes so many tickets. Its days are
// in the vendor's zone.
type Period struct {
	ID         uuid.UUID  `db:"id"`
	ContractID uuid.UUID  `db:"contract_id"`
	FirstOn    time.Time  `db:"first_on"`
	LastOn     *time.Time `db:"last_on"` // nil: without an end
	OpenedAt   time.Time  `db:"opened_at"`
}

const periodColumns = `id, contract_id, first_on, last_on, opened_at`

// Balance is what the moves of a period come to. Available is always Included
// less Reserved less Used; it is below zero when more was taken.
type Balance struct {
	Included  int `db:"included"`
	Available int `db:"available"`
	Reserved  int `db:"reserved"`
	Used      int `db:"used"`
}

// LockPeriod finds the period of a contract that a day lies in; nil for one
// that is not open yet. Nobody else takes from it until the transaction ends.
func (tx *Tx) LockPeriod(ctx context.Context, contract uuid.UUID, on time.Time) (*Period, error) {
	return tx.period(ctx, "lock period", ` for no key update`, contract, on)
}

// Period is LockPeriod for who only reads.
func (tx *Tx) Period(ctx context.Context, contract uuid.UUID, on time.Time) (*Period, error) {
	return tx.period(ctx, "find period", ``, contract, on)
}

func (tx *Tx) period(ctx context.Context, doing, lock string, contract uuid.UUID, on time.Time) (*Period, error) {
	var list []Period
	err := tx.list(ctx, doing, &list, `select `+periodColumns+` from entitlement_periods where contract_id = $1 and first_on <= $2
		and (last_on is null or last_on >= $2)`+lock, contract, on.Format(time.DateOnly))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// LastPeriod is the period of a contract that begins last; nil for none.
func (tx *Tx) LastPeriod(ctx context.Context, contract uuid.UUID) (*Period, error) {
	var list []Period
	err := tx.list(ctx, "find last period", &list, `select `+periodColumns+` from entitlement_periods where contract_id = $1
		order by first_on desc limit 1`, contract)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// OpenPeriod opens a period with what it includes, unless somebody else has
// opened the same.
func (tx *Tx) OpenPeriod(ctx context.Context, p Period, included int) error {
	return tx.exec(ctx, "open period", `with opened as (
			insert into entitlement_periods (id, vendor_id, contract_id, first_on, last_on, opened_at) values ($1, $2, $3, $4, $5, $6)
			on conflict do nothing returning id)
		insert into entitlement_moves (vendor_id, period_id, kind, from_account, to_account, amount, at)
		select $2, id, 'open', 'agreement', 'available', $7, $6 from opened where $7 > 0`,
		p.ID, tx.Vendor, p.ContractID, p.FirstOn, p.LastOn, p.OpenedAt, included)
}

// EndPeriod sets a period's last day.
func (tx *Tx) EndPeriod(ctx context.Context, id uuid.UUID, last *time.Time) error {
	return tx.change(ctx, "set the end of a period", `update entitlement_periods set last_on = $2 where id = $1`, id, last)
}

// Balance is what a period's moves come to.
func (tx *Tx) Balance(ctx context.Context, period uuid.UUID) (b Balance, err error) {
	return b, tx.get(ctx, "sum period", &b, `select coalesce(-sum(amount) filter (where account = 'agreement'), 0) as included,
			coalesce(sum(amount) filter (where account = 'available'), 0) as available,
			coalesce(sum(amount) filter (where account = 'reserved'), 0) as reserved,
			coalesce(sum(amount) filter (where account = 'used'), 0) as used
		from entitlement_entries where period_id = $1`, period)
}

// Agree gives a locked period more tickets, or takes some back.
func (tx *Tx) Agree(ctx context.Context, m Move) error {
	from, to, amount := "agreement", "available", m.Amount
	if amount < 0 {
		from, to, amount = to, from, -amount
	}
	return tx.exec(ctx, "agree on a period", `insert into entitlement_moves (vendor_id, period_id, kind, from_account, to_account, amount, note, at, by_id)
		values ($1, $2, 'agree', $3, $4, $5, $6, $7, $8)`, tx.Vendor, m.PeriodID, from, to, amount, m.Note, m.At, m.ByID)
}

// Reserve takes a ticket from a locked period. When none is left it is taken
// all the same if below says why; else nothing is, and taken is false.
func (tx *Tx) Reserve(ctx context.Context, period, ticket uuid.UUID, below string, at time.Time, by uuid.UUID) (taken bool, err error) {
	return taken, tx.get(ctx, "reserve a ticket", &taken, `with rest as (
			select coalesce(sum(case when to_account = 'available' then amount else -amount end), 0) as n
			from entitlement_moves where period_id = $2 and 'available' in (from_account, to_account)
		), made as (
			insert into entitlement_moves (vendor_id, period_id, ticket_id, kind, from_account, to_account, amount, reason, at, by_id)
			select $1, $2, $3, 'reserve', 'available', 'reserved', 1, case when n > 0 then '' else $4 end, $5, $6
			from rest where n > 0 or $4 <> '' on conflict do nothing returning id)
		select exists (select from made)`, tx.Vendor, period, ticket, below, at, by)
}

// Use commits what was reserved for a locked ticket, once, unless it is
// released; a ticket that took nothing is left alone.
func (tx *Tx) Use(ctx context.Context, ticket uuid.UUID, at time.Time, by *uuid.UUID) error {
	return tx.exec(ctx, "use a ticket", `insert into entitlement_moves (vendor_id, period_id, ticket_id, kind, from_account, to_account, amount, at, by_id)
		select $1, period_id, ticket_id, 'commit', 'reserved', 'used', amount, $3, $4 from entitlement_moves r
		where ticket_id = $2 and kind = 'reserve' and (select x.kind from entitlement_moves x where x.ticket_id = $2 order by x.id desc limit 1) <> 'release'
		on conflict do nothing`, tx.Vendor, ticket, at, by)
}

// GiveBack gives back what a locked ticket took, once until it is taken again;
// released is false for one that took nothing or is released.
func (tx *Tx) GiveBack(ctx context.Context, ticket uuid.UUID, reason, note string, at time.Time, by *uuid.UUID) (released bool, err error) {
	return released, tx.get(ctx, "release a ticket", &released, `with made as (
			insert into entitlement_moves (vendor_id, period_id, ticket_id, kind, from_account, to_account, amount, reason, note, at, by_id, turn)
			select $1, period_id, ticket_id, 'release', to_account, 'available', amount, $3, $4, $5, $6,
				(select count(*) from entitlement_moves x where x.ticket_id = $2 and x.kind = 'retake') from entitlement_moves
			where ticket_id = $2 and kind in ('reserve', 'commit', 'retake') order by id desc limit 1
			on conflict do nothing returning id)
		select exists (select from made)`, tx.Vendor, ticket, reason, note, at, by)
}

// Retake takes again what a locked ticket has given back, into the account it
// was given back from. When none is left it is taken all the same, and below
// says why. One that gave nothing back is left alone.
func (tx *Tx) Retake(ctx context.Context, ticket uuid.UUID, below string, at time.Time, by *uuid.UUID) error {
	var periods []uuid.UUID
	if err := tx.list(ctx, "lock the period of a ticket", &periods, `select id from entitlement_periods where id in
		(select period_id from entitlement_moves where ticket_id = $1) for no key update`, ticket); err != nil {
		return err
	}
	return tx.exec(ctx, "take a ticket again", `insert into entitlement_moves (vendor_id, period_id, ticket_id, kind, from_account, to_account, amount, reason, at, by_id, turn)
		select $1, m.period_id, m.ticket_id, 'retake', 'available', m.from_account, m.amount,
			case when (select sum(case when x.to_account = 'available' then x.amount else -x.amount end) from entitlement_moves x
				where x.period_id = m.period_id and 'available' in (x.from_account, x.to_account)) > 0 then '' else $3 end, $4, $5, m.turn
		from (select * from entitlement_moves where ticket_id = $2 order by id desc limit 1) m where m.kind = 'release'
		on conflict do nothing`, tx.Vendor, ticket, below, at, by)
}

// Move is a line of a period's book: so many tickets from one account to
// another.
type Move struct {
	ID       int64      `db:"id"`
	PeriodID uuid.UUID  `db:"period_id"`
	FirstOn  time.Time  `db:"first_on"` // of the period
	TicketID *uuid.UUID `db:"ticket_id"`
	Number   string     `db:"number"` // the ticket's; "" for none
	Kind     string     `db:"kind"`   // open, agree, reserve, commit, release or retake
	From     string     `db:"from_account"`
	To       string     `db:"to_account"`
	Amount   int        `db:"amount"`
	Reason   string     `db:"reason"`
	Note     string     `db:"note"`
	At       time.Time  `db:"at"`
	ByID     *uuid.UUID `db:"by_id"`
	By       string     `db:"by_name"` // "" by itself
}

const moveSelect = `select m.id, m.period_id, p.first_on, m.ticket_id, coalesce(t.number, '') as number, m.kind, m.from_account, m.to_account,
	m.amount, m.reason, m.note, m.at, m.by_id, coalesce(w.name, '') as by_name
	from entitlement_moves m join entitlement_periods p on p.id = m.period_id left join tickets t on t.id = m.ticket_id left join people w on w.id = m.by_id `

// Moves lists the lines of a contract's books, the newest first, before an id;
// 0 begins the list.
func (tx *Tx) Moves(ctx context.Context, contract uuid.UUID, before int64, limit int) (list []Move, err error) {
	return list, tx.list(ctx, "list moves", &list, moveSelect+`where p.contract_id = $1 and ($2 = 0 or m.id < $2) order by m.id desc limit $3`, contract, before, limit)
}

// MovesOf lists what a ticket took and gave back, in order.
func (tx *Tx) MovesOf(ctx context.Context, ticket uuid.UUID) (list []Move, err error) {
	return list, tx.list(ctx, "list moves of a ticket", &list, moveSelect+`where m.ticket_id = $1 order by m.id`, ticket)
}

// Unserved is a request that met a contract with nothing left and took nothing.
type Unserved struct {
	ID             uuid.UUID  `db:"id"`
	ContractID     uuid.UUID  `db:"contract_id"`
	OrganizationID uuid.UUID  `db:"organization_id"`
	PersonID       uuid.UUID  `db:"person_id"`
	Person         string     `db:"person"`
	TicketID       *uuid.UUID `db:"ticket_id"`
	Number         string     `db:"number"`  // of the ticket that is paid
	Outcome        string     `db:"outcome"` // refused, wait or pay_this
	Kind           string     `db:"kind"`
	Title          string     `db:"title"`
	Channel        string     `db:"channel"`
	At             time.Time  `db:"at"`
}

// KeepUnserved keeps one; the same id again is the same one.
func (tx *Tx) KeepUnserved(ctx context.Context, u Unserved) error {
	return tx.exec(ctx, "keep refusal", `insert into entitlement_refusals
		(id, vendor_id, contract_id, organization_id, person_id, ticket_id, outcome, kind, title, channel, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
		u.ID, tx.Vendor, u.ContractID, u.OrganizationID, u.PersonID, u.TicketID, u.Outcome, u.Kind, u.Title, u.Channel, u.At)
}

const unservedSelect = `select r.id, r.contract_id, r.organization_id, r.person_id, p.name as person, r.ticket_id, coalesce(t.number, '') as number,
	r.outcome, r.kind, r.title, r.channel, r.at
	from entitlement_refusals r join people p on p.id = r.person_id left join tickets t on t.id = r.ticket_id `

// UnservedOf lists those of a contract, the newest first.
func (tx *Tx) UnservedOf(ctx context.Context, contract uuid.UUID, limit int) (list []Unserved, err error) {
	return list, tx.list(ctx, "list refusals", &list, unservedSelect+`where r.contract_id = $1 order by r.at desc, r.id desc limit $2`, contract, limit)
}

// PaidTicket finds what is kept of a ticket that its customer pays; nil for
// none.
func (tx *Tx) PaidTicket(ctx context.Context, ticket uuid.UUID) (*Unserved, error) {
	var list []Unserved
	err := tx.list(ctx, "find paid ticket", &list, unservedSelect+`where r.ticket_id = $1`, ticket)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}
