package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

type stuckCommand struct{}

// Run lists what does not move by itself, vendor by vendor. It fails when
// there is something, so that a script notices.
func (stuckCommand) Run(ctx context.Context, c config) error {
	return withVendors(ctx, c, func(p process) error { return listStuck(ctx, p, os.Stdout) })
}

func listStuck(ctx context.Context, p process, to io.Writer) error {
	vendors, err := p.store.VendorIDs(ctx)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(to, 0, 4, 2, ' ', 0)
	defer func() { _ = out.Flush() }() // a terminal that is gone is told nothing
	fine, d := true, p.desk()
	var last desk.Stuck
	for _, id := range vendors {
		v, err := p.store.Vendor(ctx, id)
		if err != nil {
			return err
		}
		if last, err = d.StuckAt(ctx, v); err != nil {
			return fmt.Errorf("vendor %s: %w", v.Slug, err)
		}
		fine = fine && last.Nothing()
		printStuck(out, v, last)
	}
	if len(vendors) > 0 {
		strays, err := printWhole(ctx, out, p, last)
		if err != nil {
			return err
		}
		fine = fine && strays == 0
	}
	if !fine {
		return errors.New("something is stuck (docs/operations.md says what to do)")
	}
	return nil
}

// printStuck prints what is stuck at one vendor; nothing for nothing.
func printStuck(out io.Writer, v store.Vendor, s desk.Stuck) {
	line := func(what, ticket, about string) { fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", v.Slug, what, ticket, about) }
	more := func(what string, total, shown int) {
		if total > shown {
			line(fmt.Sprintf("… and %d more: %s", total-shown, what), "", "")
		}
	}
	deliveries := func(what string, some desk.Some[store.Delivery]) {
		for _, d := range some.List {
			number := d.WorkNumber
			if d.Number != nil && number == "" {
				number = *d.Number
			}
			line(fmt.Sprintf("%s %d: %s", d.Kind, d.ID, what), number, fmt.Sprintf("of %s, tried %d times: %q", stamp(&d.CreatedAt), d.Attempts, d.LastError))
		}
		more(what, some.Total, len(some.List))
	}
	for _, w := range s.Failing.List {
		line("its workflow's task keeps failing", w.Number, workflowOf(w))
	}
	more("failing", s.Failing.Total, len(s.Failing.List))
	for _, o := range s.Overdue.List {
		line("something was to come to it by itself", o.Number, fmt.Sprintf("at %s: %s", stamp(&o.DueAt), workflowOf(o.Work)))
	}
	more("overdue", s.Overdue.Total, len(s.Overdue.List))
	for _, l := range s.Lagging.List {
		line("its workflow may not know a transition", l.Number, fmt.Sprintf("of %s, poked %d times: %s", stamp(&l.CommittedAt), l.Pokes, workflowOf(l.Work)))
	}
	more("transitions", s.Lagging.Total, len(s.Lagging.List))
	deliveries("not delivered", s.Waiting)
	deliveries("given up", s.Dead)
	for _, d := range s.Differences.List {
		about := versions(d)
		if d.RepairedAt != nil {
			about += ", repair begun " + stamp(d.RepairedAt)
		}
		line("row and workflow differ: "+d.Kind, d.Number, about)
	}
	more("differences", s.Differences.Total, len(s.Differences.List))
	if s.UnnamedFiles > 0 {
		line("uploads nothing names", "", fmt.Sprint(s.UnnamedFiles))
	}
}

// workflowOf is the id of a row's workflow, as the engine and the log have it.
func workflowOf(w store.Work) string { return w.Work + "/" + w.ID.String() }

// printWhole prints what is of no vendor, and counts workflows without a row.
func printWhole(ctx context.Context, out io.Writer, p process, s desk.Stuck) (strays int, err error) {
	if s.EngineSilent {
		fmt.Fprintf(out, "the engine does not say which workflows fail\n")
	}
	if s.MailHold != nil {
		fmt.Fprintf(out, "mail is held since the restore of %s (casepath admin release-mail)\n", stamp(&s.MailHold.Since))
	}
	if s.Reconciled != nil {
		err = eachDifference(ctx, p.relay, s.Reconciled.ID, func(d store.Difference) {
			if d.VendorID == nil {
				strays++
				fmt.Fprintf(out, "row and workflow differ: %s\t%s/%s\n", d.Kind, d.Work, d.RowID)
			}
		})
	}
	compared := "never"
	if r := s.Reconciled; r != nil {
		compared = fmt.Sprintf("%s (%d rows, complete: %v)", stamp(r.FinishedAt), r.Tickets, r.Complete)
	}
	fmt.Fprintf(out, "rows and workflows compared: %s\nlast backup: %s\n", compared, stamp(s.BackedUpAt))
	return strays, err
}
