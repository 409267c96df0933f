package reconciler

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// ask asks the listed workflows whose row has changed since then what they
// know, and reports those that know something else. It answers how many did
// not answer, and whether nobody does: then the others are not asked.
func (c *comparison) ask(ctx context.Context, since time.Time) (without int64, silent bool, err error) {
	var mu sync.Mutex
	known := map[uuid.UUID]int64{} // version
	inARow := 0                    // without an answer
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(asking)
	for _, t := range c.doubtful(since) {
		mu.Lock()
		silent = inARow >= silentMax
		mu.Unlock()
		if silent {
			break
		}
		group.Go(func() error {
			version, answer, err := c.askOne(groupCtx, t)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			if answer == silence {
				without++
				inARow++
				return nil
			}
			inARow = 0
			switch answer {
			case says:
				known[t.ID] = version
			case gone:
				delete(c.seen, t.ID)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return without, silent, err
	}
	return without, silent || inARow >= silentMax, c.compareVersions(ctx, known)
}

// doubtful are the listed rows that have changed since then, but not just now:
// their workflow may be about to hear of it.
func (c *comparison) doubtful(since time.Time) (list []store.Compared) {
	for id := range c.seen {
		if t := c.rows[id]; !t.UpdatedAt.Before(since) && t.UpdatedAt.Before(c.now.Add(-LagMax)) {
			list = append(list, t)
		}
	}
	return list
}

type answer int

const (
	says    answer = iota
	gone           // it does not run: the list was late, or it is missing
	fails          // it can't answer; reported
	silence        // nobody answers for it
)

// askOne asks one workflow for the version it knows. A workflow whose task
// keeps failing can't answer: that is a difference of its own.
func (c *comparison) askOne(ctx context.Context, t store.Compared) (version int64, _ answer, err error) {
	c.asked.Add(1)
	limit, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	version, err = c.Engine.Version(limit, c.work, t.ID.String())
	switch {
	case err == nil:
		return version, says, nil
	case problem.CodeOf(err) == problem.NotFound:
		return 0, gone, nil
	}
	condition, err := c.Engine.Condition(ctx, c.work, t.ID.String())
	switch {
	case err != nil:
		return 0, silence, err
	case !condition.Running:
		return 0, gone, nil
	case condition.Attempt >= FailingAttempts:
		c.add(Failing, t, nil)
		return 0, fails, nil
	}
	return 0, silence, nil
}

// compareVersions compares what workflows know with their rows: with the row
// as it was before they were asked, since they may not know less, and as it is
// now, since they may not know more.
func (c *comparison) compareVersions(ctx context.Context, known map[uuid.UUID]int64) error {
	ids := make([]uuid.UUID, 0, len(known))
	for id := range known {
		ids = append(ids, id)
	}
	rows, err := c.Rows.ComparedRows(ctx, c.work, ids)
	if err != nil {
		return err
	}
	for id, version := range known {
		var kind string
		switch now, there := rows[id]; {
		case version < c.rows[id].Version:
			kind = Behind
		case there && version > now.Version:
			kind = Ahead
		default:
			continue
		}
		c.add(kind, c.rows[id], func(d *store.Difference) { d.WorkflowVersion = &version })
	}
	return nil
}
