package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/casepath/casepath/importer"
	"github.com/casepath/casepath/store"
)

type importCommand struct {
	File      string            `arg:"" type:"existingfile" help:"CSV file; its first line names the columns."`
	Vendor    string            `required:"" help:"Vendor's short name."`
	Requester string            `help:"Mail address of the contact who asks, for rows that name nobody." placeholder:"MAIL"`
	Type      string            `help:"Type of rows that name none: one of the vendor's codes." placeholder:"CODE"`
	Severity  string            `help:"Severity of rows that name none: one of the vendor's codes." placeholder:"CODE"`
	Map       map[string]string `mapsep:"none" help:"Column of a field, where its name does not tell: --map body=question. Fields: title, body, type, severity, requester, component, date, id. FIELD= alone: no column." placeholder:"FIELD=COLUMN"`
	Source    string            `help:"Where the ids come from, when several systems number alike." placeholder:"NAME"`
	Encoding  string            `help:"Encoding, when it is not UTF-8: windows-1252, …" placeholder:"NAME"`
	Rejected  string            `help:"File for rejected rows (beside the file: FILE.rejected.csv)." placeholder:"FILE"`
	Quiet     bool              `help:"Send no receipts."`
	DryRun    bool              `help:"Check every row, register nothing."`
	Workers   int               `default:"4" help:"Rows registered at the same time, 1 to 32."`
}

// Run imports (docs/import.md). It fails when a row was rejected or the import
// has stopped before the end of the file.
func (i importCommand) Run(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_DATABASE_URL": c.Database}); err != nil {
		return err
	}
	if i.Workers < 1 || i.Workers > 32 {
		return errors.New("--workers: 1 to 32")
	}
	s, err := store.Open(ctx, c.Database, i.Workers+1)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	r, err := importer.Run(ctx, newDesk(c, s, nil), i.File, importer.Options{
		Vendor: i.Vendor, Requester: i.Requester, Type: i.Type, Severity: i.Severity, Map: i.Map, Source: i.Source,
		Encoding: i.Encoding, Rejected: i.Rejected, Quiet: i.Quiet, DryRun: i.DryRun, Workers: i.Workers,
		Say: func(line string) { say("%s", line) }, Progress: importer.Progress(os.Stderr, term.IsTerminal(int(os.Stderr.Fd()))),
	})
	if r.Took > 0 {
		i.report(r)
	}
	if err == nil && r.Rejected > 0 {
		return fmt.Errorf("%d rows were rejected; %s has them with the reasons", r.Rejected, r.RejectedFile)
	}
	return err
}

func (i importCommand) report(r importer.Result) {
	done := r.Registered + r.AlreadyThere + r.Rejected
	rate := float64(done) / r.Took.Seconds()
	if i.DryRun {
		fmt.Printf("%d rows checked in %.1f s (%.0f a second): %d can be registered, %d rejected. Nothing was registered.\n",
			done, r.Took.Seconds(), rate, r.Registered, r.Rejected)
		return
	}
	fmt.Printf("%d rows in %.1f s (%.0f a second): %d registered, %d already there, %d rejected.\n",
		done, r.Took.Seconds(), rate, r.Registered, r.AlreadyThere, r.Rejected)
}
