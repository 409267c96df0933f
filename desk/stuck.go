package desk

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Stuck is what does not move by itself at one vendor, and whether anybody
// would notice. Lists are cut after ListMax; totals are not. Instants are UTC.
type Stuck struct {
	At             time.Time
	Failing        Some[store.Work]     // their workflow's task keeps failing: a bug, or a release that does not fit
	FailingTickets int                  // of Failing, how many are tickets
	EngineSilent   bool                 // the engine did not say which fail
	Lagging        Some[store.Lag]      // their workflow may not know their newest transition, for over LagMax
	Overdue        Some[store.Overdue]  // something was to come to them by itself, and has not, for over LagMax
	Waiting        Some[store.Delivery] // not delivered for over DeliveryMax
	Dead           Some[store.Delivery] // given up; RetryDead tries one again
	Webhooks       []store.Endpoint     // that are switched on, and where events do not arrive
	UnnamedFiles   int                  // uploads nothing names, older than UnnamedMax
	Reconciled     *store.Reconciliation
	Differences    Some[store.Difference] // of Reconciled, at this vendor
	MailHold       *store.MailHold        // no mail leaves since a restore; nil: it does
	BackedUpAt     *time.Time             // when the last backup was finished; nil: never
}

// Some is the first of a list and how many there are.
type Some[T any] struct {
	List  []T
	Total int
}

// What is younger is under way, not stuck.
const (
	LagMax      = time.Minute
	DeliveryMax = 5 * time.Minute
	UnnamedMax  = 24 * time.Hour
	ListMax     = 100
)

// failingMax bounds how many failing workflows the engine is asked for, over
// all vendors; beyond it Failing is a part.
const failingMax = 1000

// Nothing says whether nothing is stuck: all moves, and is looked after. Webhooks
// count no more than what they were not told: where they lead is others' to mend.
func (s Stuck) Nothing() bool {
	lists := s.Failing.Total + s.Lagging.Total + s.Overdue.Total + s.Waiting.Total + s.Dead.Total + s.Differences.Total
	return lists == 0 && !s.EngineSilent && s.MailHold == nil
}

// Stuck lists what does not move by itself at the caller's vendor; for
// administrators.
func (d *Desk) Stuck(ctx context.Context) (Stuck, error) {
	c, err := d.caller(ctx, OpListStuck)
	if err != nil {
		return Stuck{}, err
	}
	return d.StuckAt(ctx, c.Vendor)
}

// GivenUp counts the deliveries given up at the caller's vendor, no further
// than store.CountsMax + 1; for administrators.
func (d *Desk) GivenUp(ctx context.Context) (n int, err error) {
	c, err := d.caller(ctx, OpListStuck)
	if err != nil {
		return 0, err
	}
	return n, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		n, err = tx.CountDead(ctx)
		return err
	})
}

// StuckAt is Stuck of any vendor. It asks for no caller: only the command line
// offers it, to whoever holds the database.
func (d *Desk) StuckAt(ctx context.Context, v store.Vendor) (s Stuck, err error) {
	s.At = d.Now()
	if s.Reconciled, err = d.Store.LastReconciliation(ctx); err != nil {
		return s, err
	}
	if s.BackedUpAt, err = d.Store.LastBackup(ctx); err != nil {
		return s, err
	}
	if s.MailHold, err = d.Store.MailHold(ctx); err != nil {
		return s, err
	}
	failing := d.failing(ctx, &s)
	return s, d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		if err := s.name(ctx, tx, failing); err != nil {
			return err
		}
		return s.read(ctx, tx)
	})
}

// failing asks the engine which workflows fail, of every vendor. An engine that
// does not answer is a finding, not an error: the rest is what one wants to see
// then.
func (d *Desk) failing(ctx context.Context, s *Stuck) (list []store.Work) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	workflows, err := d.Engine.Failing(ctx, failingMax)
	if err != nil {
		slog.WarnContext(ctx, "the engine does not say which workflows fail", "error", err)
		s.EngineSilent = true
	}
	for _, workflow := range workflows {
		kind, id, _ := strings.Cut(workflow, "/")
		if id, err := uuid.Parse(id); err == nil {
			list = append(list, store.Work{Work: kind, ID: id})
		}
	}
	return list
}

// name keeps those of the failing rows that are this vendor's.
func (s *Stuck) name(ctx context.Context, tx *store.Tx, failing []store.Work) error {
	list, err := tx.Works(ctx, failing)
	s.Failing.Total = len(list)
	for _, w := range list {
		if w.Work == store.WorkTicket {
			s.FailingTickets++
		}
	}
	s.Failing.List = list[:min(ListMax, len(list))]
	return err
}

// read reads what the vendor's rows say.
func (s *Stuck) read(ctx context.Context, tx *store.Tx) (err error) {
	if s.Lagging.List, err = tx.Lagging(ctx, LagMax, ListMax); err != nil {
		return err
	}
	if len(s.Lagging.List) > 0 {
		s.Lagging.Total = s.Lagging.List[0].Total
	}
	if s.Overdue.List, err = tx.Overdue(ctx, s.At, s.At.Add(-LagMax), ListMax); err != nil {
		return err
	}
	if len(s.Overdue.List) > 0 {
		s.Overdue.Total = s.Overdue.List[0].Total
	}
	for to, list := range map[*Some[store.Delivery]]func() ([]store.Delivery, error){
		&s.Waiting: func() ([]store.Delivery, error) { return tx.Undelivered(ctx, DeliveryMax, ListMax) },
		&s.Dead:    func() ([]store.Delivery, error) { return tx.Dead(ctx, ListMax) },
	} {
		if to.List, err = list(); err != nil {
			return err
		}
		if len(to.List) > 0 {
			to.Total = to.List[0].Total
		}
	}
	if s.Webhooks, err = tx.Endpoints(ctx); err != nil {
		return err
	}
	s.Webhooks = slices.DeleteFunc(s.Webhooks, func(e store.Endpoint) bool { return !e.Troubled() })
	if s.UnnamedFiles, err = tx.UnnamedFiles(ctx, s.At.Add(-UnnamedMax)); err != nil || s.Reconciled == nil {
		return err
	}
	s.Differences.List, s.Differences.Total, err = tx.Differences(ctx, s.Reconciled.ID, ListMax)
	return err
}

// RetryDead tries a dead delivery again; for administrators. One that is not
// dead (any more) stays as it is, so repeating it does nothing. Conflict
// "webhook_stopped" where its webhook does not run. NotFound for
// another vendor's, and to whoever is no administrator: deliveries are in
// their sight alone.
func (d *Desk) RetryDead(ctx context.Context, id int64) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	if c.Reach(OpRetryDead) == Nothing {
		return problem.Missing()
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		retried, err := tx.RetryDelivery(ctx, id)
		if err != nil || !retried {
			return err
		}
		return d.audit(ctx, tx, c, "delivery_retried", "delivery", uuid.Nil, map[string]any{"delivery": id})
	})
}
