package desk

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Standing is how a contract stands in a period.
type Standing struct {
	store.Balance
	Rules policy.Tickets // of what it includes
	First time.Time
	Last  *time.Time // nil: without an end
}

// None says whether no ticket is left.
func (s Standing) None() bool { return s.Available <= 0 }

// standing is how a contract stands on a day; nil when it counts no tickets. A
// period that is not open yet has all it includes.
func standing(ctx context.Context, tx *store.Tx, s policy.Settings, contract store.Contract, on time.Time) (*Standing, error) {
	terms, err := contract.Terms()
	if err != nil {
		return nil, err
	}
	tickets := s.TicketsOf(terms)
	if tickets == nil {
		return nil, nil //nolint:nilnil // said above
	}
	if on.Before(contract.FromOn) {
		on = contract.FromOn
	} else if contract.UntilOn != nil && on.After(*contract.UntilOn) {
		on = *contract.UntilOn
	}
	period, err := tx.Period(ctx, contract.ID, on)
	if err != nil {
		return nil, err
	}
	v := &Standing{Rules: *tickets, Balance: store.Balance{Included: tickets.Included, Available: tickets.Included}}
	if period == nil {
		v.First, v.Last, err = nextPeriod(ctx, tx, contract, *tickets, on)
		return v, err
	}
	v.First, v.Last = period.FirstOn, period.LastOn
	v.Balance, err = tx.Balance(ctx, period.ID)
	return v, err
}

// nextPeriod is the period that a day lies in, as far as no other has it: what
// a period is may have changed since the last one was opened.
func nextPeriod(ctx context.Context, tx *store.Tx, contract store.Contract, t policy.Tickets, on time.Time) (first time.Time, last *time.Time, err error) {
	first, last = t.Period(contract.FromOn, contract.UntilOn, on)
	before, err := tx.LastPeriod(ctx, contract.ID)
	if err != nil || before == nil || before.LastOn == nil || before.FirstOn.After(on) || before.LastOn.Before(first) {
		return first, last, err
	}
	return before.LastOn.AddDate(0, 0, 1), last, nil
}

// openPeriod locks the period that a day of a contract lies in; it is opened
// when this is the first to need it.
func (d *Desk) openPeriod(ctx context.Context, tx *store.Tx, id uuid.UUID, t policy.Tickets, on time.Time) (*store.Period, error) {
	period, err := tx.LockPeriod(ctx, id, on)
	if err != nil || period != nil {
		return period, err
	}
	contract, err := tx.Contract(ctx, id)
	if err != nil {
		return nil, err
	}
	p := store.Period{ID: store.NewID(), ContractID: id, OpenedAt: d.Now()}
	if p.FirstOn, p.LastOn, err = nextPeriod(ctx, tx, contract, t, on); err != nil {
		return nil, err
	}
	if err := tx.OpenPeriod(ctx, p, t.Included); err != nil {
		return nil, err
	}
	period, err = tx.LockPeriod(ctx, id, on)
	if err == nil && period == nil {
		err = problem.Missing() // the day is none of the contract's
	}
	return period, err
}

// What stands for the customer's choice where nobody could be asked for it.
const (
	unasked  = "unasked"   // somebody registers what was submitted before: a plan that asks takes it below zero
	byItself = "by_itself" // it is registered by itself, or imported: it is never refused, so that nothing is lost
)

// reserve takes a ticket just registered from its contract, if that counts
// tickets and takes one for its kind. When none is left the rule of the plan
// holds: it is refused, the customer's choice is asked for and followed, or the
// balance falls below zero. It costs two statements more.
func (d *Desk) reserve(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, terms policy.Terms, channel, choice string) error {
	s := c.Vendor.Settings
	tickets := s.TicketsOf(terms)
	if row.ContractID == nil || tickets == nil || !tickets.Takes(row.Type) {
		return nil
	}
	period, err := d.openPeriod(ctx, tx, *row.ContractID, *tickets, policy.DateOf(row.RegisteredAt, s.Location()))
	if err != nil {
		return err
	}
	if channel == "import" {
		choice = byItself
	}
	below, asks := "", tickets.AtZero == policy.AtZeroAsk
	switch {
	case tickets.AtZero == policy.AtZeroOverrun, choice == byItself, asks && choice == unasked:
		below = policy.AtZeroOverrun
	case asks && choice == policy.ChoiceBuy:
		below = policy.ChoiceBuy
	}
	taken, err := tx.Reserve(ctx, period.ID, row.ID, below, row.RegisteredAt, c.Person.ID)
	if err != nil || taken {
		return err
	}
	none := store.Unserved{
		ID: store.NewID(), ContractID: *row.ContractID, OrganizationID: row.OrganizationID, PersonID: c.Person.ID,
		Kind: row.Type, Title: row.Title, Channel: channel, At: row.RegisteredAt,
	}
	if asks && choice == policy.ChoicePay {
		none.Outcome, none.TicketID = policy.ChoicePay, &row.ID
		return tx.KeepUnserved(ctx, none)
	}
	return noneLeft(*tickets, *period, none, choice)
}

// unserved is a registration refused since no ticket is left, to be kept apart
// from the transaction that is taken back.
type unserved struct{ store.Unserved }

func (u *unserved) Error() string { return "no ticket is left of contract " + u.ContractID.String() }

// noneLeft refuses a registration: with the choice the customer has to make, or
// saying why and where to go.
func noneLeft(t policy.Tickets, p store.Period, none store.Unserved, choice string) error {
	if t.AtZero == policy.AtZeroAsk && choice != policy.ChoiceWait {
		var wrong problem.Fields
		wrong.Add("at_zero", "entitlement_choose", problem.Args{"choices": policy.AtZeroChoices})
		return wrong.Err()
	}
	none.Outcome = "refused"
	e := problem.New(problem.Conflict, "balance_empty", problem.Args{"included": t.Included, "until": dateText(p.LastOn)})
	if choice == policy.ChoiceWait {
		none.Outcome = policy.ChoiceWait
		e = problem.New(problem.Conflict, "entitlement_waits", nil)
	}
	e.Cause = &unserved{none}
	return e
}

// keepUnserved leaves a trace of a registration that was refused since no
// ticket is left; the same submission leaves one. It answers the refusal.
func (d *Desk) keepUnserved(ctx context.Context, c Caller, key string, refused error) error {
	var none *unserved
	if !errors.As(refused, &none) {
		return refused
	}
	if key != "" {
		none.ID = uuid.NewSHA1(none.ContractID, []byte(c.Key("register", none.Outcome, key)))
	}
	if err := d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error { return tx.KeepUnserved(ctx, none.Unserved) }); err != nil {
		slog.ErrorContext(ctx, "refusal not kept", "contract", none.ContractID, "error", err)
	}
	return refused
}

// Entitlement is what a request would take, said before it is submitted.
type Entitlement struct {
	*Standing        // nil: the contract counts no tickets, or there is none
	Takes     bool   // a request of that kind takes one
	Reference string // of the contract; "" without one
}

// Asks says whether the customer has to choose before such a request can be
// registered.
func (e Entitlement) Asks() bool { return e.Short() && e.Rules.AtZero == policy.AtZeroAsk }

// Refused says whether such a request can't be registered.
func (e Entitlement) Refused() bool { return e.Short() && e.Rules.AtZero == policy.AtZeroRefuse }

// Short says whether a ticket would be taken and none is left.
func (e Entitlement) Short() bool { return e.Standing != nil && e.Takes && e.None() }

// Entitlement says what a request of that kind would take were it registered
// now, and what is left; organization is the linked customer a partner acts
// for, nil the caller's own. One out of the caller's sight is NotFound.
func (d *Desk) Entitlement(ctx context.Context, kind string, organization *uuid.UUID) (e Entitlement, err error) {
	c, err := d.caller(ctx, OpGetEntitlement)
	if err != nil {
		return e, err
	}
	if c.Person.OrganizationID == nil && organization == nil {
		return e, nil // staff have no contract
	}
	if organization == nil {
		organization = c.Person.OrganizationID
	}
	return e, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpen(ctx, tx, c, *organization); err != nil {
			return err
		}
		on := policy.DateOf(d.Now(), c.Vendor.Settings.Location())
		contract, err := tx.ContractOn(ctx, *organization, on)
		if err != nil || contract == nil {
			return err
		}
		e.Reference = contract.Reference
		if e.Standing, err = standing(ctx, tx, c.Vendor.Settings, *contract, on); e.Standing != nil {
			e.Takes = e.Rules.Takes(kind)
		}
		return err
	})
}

// agreeAnew lets the open period of a contract follow its change: it includes
// what the contract now gives for it, and ends when it now does.
func (d *Desk) agreeAnew(ctx context.Context, tx *store.Tx, c Caller, contract store.Contract) error {
	terms, err := contract.Terms()
	if err != nil {
		return err
	}
	period, err := tx.LastPeriod(ctx, contract.ID)
	tickets := c.Vendor.Settings.TicketsOf(terms)
	if err != nil || period == nil || tickets == nil || period.FirstOn.Before(contract.FromOn) {
		return err
	}
	if period, err = tx.LockPeriod(ctx, contract.ID, period.FirstOn); err != nil || period == nil {
		return err
	}
	today := policy.DateOf(d.Now(), c.Vendor.Settings.Location())
	if period.LastOn != nil && period.LastOn.Before(today) {
		return nil // it is over
	}
	if first, last := tickets.Period(contract.FromOn, contract.UntilOn, period.FirstOn); first.Equal(period.FirstOn) && (last == nil || !last.Before(first)) {
		if err := tx.EndPeriod(ctx, period.ID, last); err != nil {
			return err
		}
	}
	now, err := tx.Balance(ctx, period.ID)
	if err != nil || now.Included == tickets.Included {
		return err
	}
	return tx.Agree(ctx, store.Move{PeriodID: period.ID, Amount: tickets.Included - now.Included, Note: contract.Reference, At: d.Now(), ByID: known(c.Person.ID)})
}
