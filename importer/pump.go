package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// job is a row on its way.
type job struct {
	row    record
	key    string
	answer chan result // one
}

// pump reads rows, lets workers register them and collects the results in the
// order of the file. So many rows are under way at once, and no more.
func (r *run) pump(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	jobs := make(chan *job)
	order := make(chan *job, 8*r.options.Workers)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(jobs)
		defer close(order)
		if err := r.feed(ctx, jobs, order); err != nil {
			stop(err)
		}
	})
	for range r.options.Workers {
		wg.Go(func() {
			for j := range jobs {
				j.answer <- r.work(ctx, j)
			}
		})
	}
	done := 0
	for j := range order {
		result := <-j.answer
		if result.outcome != skipped {
			done++
		}
		if err := r.collect(j, result, done); err != nil {
			stop(err)
		}
	}
	wg.Wait()
	cause := context.Cause(ctx)
	if done == r.result.Rows && errors.Is(cause, context.Canceled) {
		return nil // interrupted after the last row
	}
	if cause != nil {
		return &Stopped{Done: done, Cause: cause}
	}
	return nil
}

// feed hands out rows until the end of the file or of the import. A row whose
// id came before with other content is refused here, whichever worker is
// faster; a row that came before as it is finds its ticket there.
func (r *run) feed(ctx context.Context, jobs, order chan<- *job) error {
	type place struct {
		line    int
		content fingerprint
	}
	seen := map[string]place{}
	for ctx.Err() == nil {
		row, err := r.source.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		j := &job{row: row, answer: make(chan result, 1)}
		if row.fault == "" {
			var content fingerprint
			if j.key, content, err = r.columns.identity(r.options.Source, row.cells); err != nil {
				return err
			}
			if before, ok := seen[j.key]; !ok {
				seen[j.key] = place{row.line, content}
			} else if before.content != content {
				j.row.fault = fmt.Sprintf("%s: The row on line %d has the same one and says something else.", r.columns.name(fieldID), before.line)
			}
		}
		order <- j // its room bounds what is under way; it is emptied to the end
		jobs <- j
	}
	return nil
}

// work handles a row unless the import has stopped. A row that has begun is
// finished.
func (r *run) work(ctx context.Context, j *job) result {
	if ctx.Err() != nil {
		return result{}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rowTime)
	defer cancel()
	return r.handle(ctx, j)
}

// collect counts a result; an error means that the import can't go on.
func (r *run) collect(j *job, got result, done int) error {
	if got.err != nil {
		return got.err
	}
	switch got.outcome {
	case registered:
		r.result.Registered++
	case alreadyThere:
		r.result.AlreadyThere++
	case rejected:
		r.result.Rejected++
		if err := r.rejects.add(j.row, got.reason); err != nil {
			return err
		}
	case skipped:
		return nil
	}
	if r.options.Progress != nil {
		r.options.Progress(done, r.result.Rows)
	}
	return nil
}
