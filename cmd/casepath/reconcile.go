package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
)

type reconcileCommand struct {
	Repair bool `help:"Begin the repair of what is found: start missing workflows, poke the others."`
	All    bool `help:"Ask every workflow what it knows, not only those whose row has changed since the last complete run."`
}

// Run compares rows and workflows and says in what they differ. It fails when
// something differs and is not repaired, or a workflow that had to be asked
// did not answer. It needs both database addresses.
func (r reconcileCommand) Run(ctx context.Context, c config) error {
	return withVendors(ctx, c, func(p process) error { return r.compare(ctx, p, os.Stdout) })
}

// withVendors is withProcess for commands that look at every vendor's rows.
func withVendors(ctx context.Context, c config, do func(process) error) error {
	if err := need(map[string]string{"CASEPATH_DATABASE_URL": c.Database, "CASEPATH_RELAY_DATABASE_URL": c.RelayDatabase}); err != nil {
		return err
	}
	return withProcess(ctx, c, 4, do)
}

func (r reconcileCommand) compare(ctx context.Context, p process, to io.Writer) error {
	reconciler := p.reconciler()
	result, err := reconciler.Run(ctx, r.All)
	if err != nil {
		return err
	}
	left, err := r.tell(ctx, p, result, to)
	if err != nil {
		return err
	}
	fmt.Fprintf(to, "%d open rows, %d running workflows, %d asked what they know; %.1f s\n",
		result.Tickets, result.Workflows, result.Asked, result.FinishedAt.Sub(result.StartedAt).Seconds())
	switch {
	case !result.Complete:
		return fmt.Errorf("not every workflow that had to be asked has answered (is a worker running?); %d differences are left", left)
	case left > 0:
		return fmt.Errorf("%d differences are left", left)
	}
	return nil
}

// tell prints each difference, repairing it if asked, and counts those that
// are left.
func (r reconcileCommand) tell(ctx context.Context, p process, result store.Reconciliation, to io.Writer) (left int, err error) {
	out := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	line := func(d store.Difference, repair string) {
		if repair == "" {
			left++
		}
		fmt.Fprintf(out, "%s\t%s\t%s/%s\t%s\t%s\n", d.Kind, d.Number, d.Work, d.RowID, versions(d), repair)
	}
	if r.Repair {
		err = p.reconciler().Repair(ctx, result.ID, line)
	} else {
		err = eachDifference(ctx, p.relay, result.ID, func(d store.Difference) { line(d, "") })
	}
	_ = out.Flush() // a terminal that is gone is told nothing
	return left, err
}

func eachDifference(ctx context.Context, rows *store.Store, id uuid.UUID, tell func(store.Difference)) error {
	for after := int64(0); ; {
		list, err := rows.Differences(ctx, id, after, 100)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, d := range list {
			after = d.ID
			tell(d)
		}
	}
}

func versions(d store.Difference) string {
	text := ""
	if d.RowVersion != nil {
		text = fmt.Sprintf("row %d", *d.RowVersion)
	}
	if d.WorkflowVersion != nil {
		text += fmt.Sprintf(", workflow %d", *d.WorkflowVersion)
	}
	return text
}

// stamp is an instant as these commands print it; "never" for none.
func stamp(at *time.Time) string {
	if at == nil {
		return "never"
	}
	return at.UTC().Format(time.RFC3339)
}
