// Package importer takes files in: it reads requests from CSV files and
// registers each through the desk, as the person who asked. It guarantees
//
//   - that a row makes one ticket, however often the file is imported: each
//     row has a key of its own, and the desk knows the keys it has seen;
//   - that every row ends in exactly one of registered, already there and
//     rejected, the last with a reason in a file of rejected rows, unless the
//     import stops, which it says;
//   - that memory does not grow with the length of the texts: a file is read
//     row by row. Some 200 bytes per row are kept to notice repeated ids.
package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
)

// Options say how to import.
type Options struct {
	Vendor    string            // short name
	Requester string            // mail address of who asks where a row names nobody
	Type      string            // of rows that name none: a code or label
	Severity  string            // of rows that name none: a code or label
	Map       map[string]string // field → column, going before what is found by itself
	Source    string            // where the ids come from; ids of different sources are different
	Encoding  string            // WHATWG name; "": UTF-8, or what the byte order mark says
	Rejected  string            // file of rejected rows; "": beside the file
	Quiet     bool              // no receipts
	DryRun    bool              // check only
	Workers   int               // rows in flight, at least 1

	Say      func(line string)     // what is being done; nil: nobody listens
	Progress func(done, total int) // after each row, in order; nil: nobody looks
}

// Result counts what became of the rows.
type Result struct {
	Rows         int // of the file, without header and blank rows
	Registered   int // in a dry run: that could be
	AlreadyThere int // registered by an earlier run
	Rejected     int
	RejectedFile string // "" without rejected rows
	Took         time.Duration
}

// Stopped is the error of an import that did not reach the end of its file.
// What was registered stays, and running it again goes on.
type Stopped struct {
	Done  int // rows that were dealt with
	Cause error
}

// Error says why and what to do.
func (s *Stopped) Error() string {
	why := s.Cause.Error()
	switch {
	case errors.Is(s.Cause, context.Canceled):
		why = "it was interrupted"
	case problem.CodeOf(s.Cause) == problem.Unavailable:
		if cause := errors.Unwrap(s.Cause); cause != nil {
			why = cause.Error()
		}
		why = "the database does not answer (" + why + ")"
	}
	return fmt.Sprintf("the import has stopped after %d rows: %s. Run the same command again to go on: rows already registered are not registered twice", s.Done, why)
}

// rowTime is how long one row may take to be registered.
const rowTime = 30 * time.Second

// run is one import.
type run struct {
	desk     *desk.Desk
	options  Options
	settings policy.Settings
	people   *people
	columns  columns
	source   *source
	rejects  *rejects
	result   Result
}

// Run imports a file. Nothing is registered before the whole file has been
// read through once, the columns are known and the defaults are the vendor's.
// A *Stopped error comes with what was done until then. Interrupting ctx ends
// the import after the rows in flight.
func Run(ctx context.Context, d *desk.Desk, path string, o Options) (Result, error) {
	started := time.Now()
	r := &run{desk: d, options: o, people: &people{desk: d, vendor: o.Vendor, known: map[string]found{}}}
	r.options.Workers = max(1, o.Workers)
	err := r.prepare(ctx, path)
	switch {
	case err != nil && ctx.Err() != nil:
		return r.result, &Stopped{Cause: context.Cause(ctx)}
	case err != nil:
		return r.result, err
	}
	defer r.source.close()
	err = r.pump(ctx)
	if closeErr := r.rejects.close(); err == nil {
		err = closeErr
	}
	if r.rejects.count > 0 {
		r.result.RejectedFile = r.rejects.path
	}
	r.result.Took = time.Since(started)
	return r.result, err
}

func (r *run) say(format string, args ...any) {
	if r.options.Say != nil {
		r.options.Say(fmt.Sprintf(format, args...))
	}
}

// prepare finds out all that can be known before the first row is registered.
func (r *run) prepare(ctx context.Context, path string) (err error) {
	vendor, err := r.desk.Store.VendorBySlug(ctx, r.options.Vendor)
	if problem.CodeOf(err) == problem.NotFound {
		return fmt.Errorf("there is no vendor %q", r.options.Vendor)
	}
	if err != nil {
		return err
	}
	r.settings = vendor.Settings
	if r.source, err = openSource(path, r.options.Encoding); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			r.source.close()
		}
	}()
	if r.columns, err = mapColumns(r.source.header, r.options.Map); err != nil {
		return err
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	if r.result.Rows, err = survey(ctx, path, r.options.Encoding); err != nil {
		return err
	}
	r.say("%d rows; columns read: %s", r.result.Rows, r.columns.say())
	if len(r.columns.unused) > 0 {
		r.say("columns not used: %s", strings.Join(r.columns.unused, ", "))
	}
	where := r.options.Rejected
	if where == "" {
		where = rejectedPath(path)
	}
	r.rejects, err = openRejects(where, r.source)
	return err
}

// settle checks the defaults: without a column there must be one.
func (r *run) settle(ctx context.Context) error {
	if err := r.settleChoice(fieldType, &r.options.Type, r.settings.Types); err != nil {
		return err
	}
	if err := r.settleChoice(fieldSeverity, &r.options.Severity, r.settings.Severities); err != nil {
		return err
	}
	if r.options.Requester == "" {
		if !r.columns.has(fieldRequester) {
			return errors.New("no column names who asked: give --requester with the mail address of a contact, or name the column with --map requester=COLUMN")
		}
		return nil
	}
	who, err := r.people.find(ctx, r.options.Requester)
	if err == nil && who.reason != "" {
		return fmt.Errorf("--requester %s: %s", r.options.Requester, who.reason)
	}
	return err
}

func (r *run) settleChoice(f field, value *string, choices []policy.Choice) error {
	codes := make([]string, len(choices))
	for i, c := range choices {
		codes[i] = c.Code
	}
	list := strings.Join(codes, ", ")
	switch {
	case *value == "" && !r.columns.has(f):
		return fmt.Errorf("no column names the %s: give --%s with one of %s, or name the column with --map %s=COLUMN", f, f, list, f)
	case *value == "":
		return nil
	}
	if *value = code(choices, *value); !policy.Has(choices, *value) {
		return fmt.Errorf("--%s %s: the vendor has no such %s; choose one of %s", f, *value, f, list)
	}
	return nil
}

// survey reads a file through: it counts the rows, and finds what would make
// the import stop in the middle.
func survey(ctx context.Context, path, encoding string) (rows int, err error) {
	s, err := openSource(path, encoding)
	if err != nil {
		return 0, err
	}
	defer s.close()
	for ctx.Err() == nil {
		_, err := s.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, fmt.Errorf("%s: nothing was imported: %w", path, err)
		}
		rows++
	}
	return rows, ctx.Err()
}
