package reconciler

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/casepath/casepath/store"
)

const (
	asking    = 8               // workflows asked or looked at at once
	answerMax = 5 * time.Second // how long a workflow has to answer
	silentMax = 2 * asking      // so many in a row that do not answer, and nobody is asked any more
)

// Compare compares the next page of rows with the workflows in their range of
// ids, and keeps the differences. Repeating a page finds them again; each is
// kept once.
func (r *Reconciler) Compare(ctx context.Context, p Progress) (Progress, error) {
	size := r.Page
	if size == 0 {
		size = 1000
	}
	now := time.Now()
	c := &comparison{Reconciler: r, now: now, work: cmp.Or(p.Work, Works[0]), rows: map[uuid.UUID]store.Compared{}, seen: map[uuid.UUID]bool{}}
	rows, err := r.Rows.OpenRows(ctx, c.work, p.After, now, size)
	if err != nil {
		return p, err
	}
	for _, t := range rows {
		c.rows[t.ID] = t
	}
	upTo := uuid.Max
	last := len(rows) < size // of this kind
	if !last {
		upTo = rows[size-1].ID
	}
	if err := c.list(ctx, p.After, upTo); err != nil {
		return p, err
	}
	if !p.Silent && asked(c.work) {
		var without int64
		without, p.Silent, err = c.ask(ctx, p.Since)
		p.Unanswered += without
		if err != nil {
			return p, err
		}
	}
	if err := c.missing(ctx); err != nil {
		return p, err
	}
	if p.After = upTo; last {
		p = p.following(c.work)
	}
	p.Tickets += int64(len(rows))
	p.Workflows += c.listed
	p.Asked += c.asked.Load()
	return p, r.Rows.KeepDifferences(ctx, p.ID, c.found)
}

// following begins with the kind after one, or is done.
func (p Progress) following(work string) Progress {
	next := slices.Index(Works, work) + 1
	if p.Done = next == len(Works); !p.Done {
		p.Work, p.After = Works[next], uuid.Nil
	}
	return p
}

// comparison is one page being compared.
type comparison struct {
	*Reconciler
	now    time.Time
	work   string                       // the kind of rows
	rows   map[uuid.UUID]store.Compared // open, as they were when the page began
	seen   map[uuid.UUID]bool           // of these, those whose workflow the engine lists
	listed int64
	asked  atomic.Int64

	mu    sync.Mutex
	found []store.Difference
}

func (c *comparison) add(kind string, t store.Compared, more func(*store.Difference)) {
	d := store.Difference{Work: c.work, RowID: t.ID, Number: t.Number, Kind: kind}
	if t.VendorID != uuid.Nil {
		d.VendorID, d.RowVersion = &t.VendorID, &t.Version
	}
	if more != nil {
		more(&d)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found = append(c.found, d)
}

// list reads the engine's list of the range. Workflows of rows that are not
// open are looked at closely.
func (c *comparison) list(ctx context.Context, after, upTo uuid.UUID) error {
	var page []byte
	for {
		ids, next, err := c.Engine.Running(ctx, c.work, after.String(), upTo.String(), page)
		if err != nil {
			return err
		}
		c.listed += int64(len(ids))
		var strangers []uuid.UUID
		for _, text := range ids {
			id, err := uuid.Parse(text)
			switch _, open := c.rows[id]; {
			case err != nil: // no workflow of ours
			case open:
				c.seen[id] = true
			default:
				strangers = append(strangers, id)
			}
		}
		if err := c.strangers(ctx, strangers); err != nil {
			return err
		}
		if page = next; len(page) == 0 {
			return nil
		}
	}
}

// strangers reports workflows that run although they have no row, or its life has
// been over for a while.
func (c *comparison) strangers(ctx context.Context, ids []uuid.UUID) error {
	rows, err := c.Rows.ComparedRows(ctx, c.work, ids)
	if err != nil {
		return err
	}
	idle := func(rows map[uuid.UUID]store.Compared, id uuid.UUID) bool {
		t, there := rows[id]
		then := c.now.Add(-LagMax)
		return !there || t.Over(then) && t.UpdatedAt.Before(then)
	}
	ids = slices.DeleteFunc(ids, func(id uuid.UUID) bool { return !idle(rows, id) })
	running, err := c.running(ctx, ids)
	if err != nil {
		return err
	}
	if rows, err = c.Rows.ComparedRows(ctx, c.work, ids); err != nil {
		return err
	}
	for _, id := range ids {
		t, there := rows[id]
		switch {
		case !running[id] || !idle(rows, id):
		case there:
			c.add(LifeOver, t, nil)
		default:
			c.add(NoTicket, store.Compared{ID: id}, nil)
		}
	}
	return nil
}

// missing reports open rows without a workflow. One whose start is decided is
// on its way; one whose life ends about now may have lost it already.
func (c *comparison) missing(ctx context.Context) error {
	var ids []uuid.UUID
	for id := range c.rows {
		if !c.seen[id] {
			ids = append(ids, id)
		}
	}
	rows, err := c.Rows.ComparedRows(ctx, c.work, ids)
	if err != nil {
		return err
	}
	alone := func(rows map[uuid.UUID]store.Compared, id uuid.UUID) bool {
		t, there := rows[id]
		return there && !t.Starting && !t.Over(c.now.Add(LagMax))
	}
	ids = slices.DeleteFunc(ids, func(id uuid.UUID) bool { return !alone(rows, id) })
	running, err := c.running(ctx, ids)
	if err != nil {
		return err
	}
	if rows, err = c.Rows.ComparedRows(ctx, c.work, ids); err != nil {
		return err
	}
	for _, id := range ids {
		if !running[id] && alone(rows, id) {
			c.add(NoWorkflow, rows[id], nil)
		}
	}
	return nil
}

// running looks at the workflows themselves.
func (c *comparison) running(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	var mu sync.Mutex
	running := make(map[uuid.UUID]bool, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(asking)
	for _, id := range ids {
		group.Go(func() error {
			condition, err := c.Engine.Condition(ctx, c.work, id.String())
			mu.Lock()
			defer mu.Unlock()
			running[id] = condition.Running
			return err
		})
	}
	return running, group.Wait()
}
