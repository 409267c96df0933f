package desk

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/development"
	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/workflows"
)

// DevTicketView is a dev ticket, for staff.
type DevTicketView struct {
	Row      store.DevTicket
	Possible []devticket.Action    // what the reader may do now
	Waiting  []store.WaitingTicket // the tickets that wait for it, by number; nil in lists
	Next     string                // the number after which the rest come; "": that is all
	Events   []store.DevEvent      // oldest first, the last hundred; nil in lists
	Releases []store.Release       // of its package, newest first, to plan it into; nil in lists
}

var devNumberForm = regexp.MustCompile(`^[Dd][Ee][Vv]-[0-9]{4}-[0-9]{1,12}$`)

// findDev is the dev ticket of a uuid or number; NotFound when there is none.
func findDev(ctx context.Context, tx *store.Tx, ref string) (store.DevTicket, error) {
	if id, err := uuid.Parse(ref); err == nil && len(ref) == 36 {
		return tx.DevTicket(ctx, id)
	}
	if devNumberForm.MatchString(ref) {
		return tx.DevTicketByNumber(ctx, strings.ToUpper(ref))
	}
	return store.DevTicket{}, problem.Missing()
}

// devOf is the dev ticket staff name; NotFound when it is missing or the caller
// is no staff, Forbidden when the operation on it is not theirs.
func (d *Desk) devOf(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string) (store.DevTicket, error) {
	row, err := findDev(ctx, tx, ref)
	if err != nil {
		return row, err
	}
	if !c.Staff() && !c.unchecked {
		return row, problem.Missing()
	}
	telemetry.Note(ctx, "dev_ticket", row.Number)
	telemetry.Note(ctx, "workflow_id", workflows.DevTicketID(row.ID.String()))
	return row, c.allow(op)
}

// DevTicket is one dev ticket, by uuid or number, with the tickets that wait for
// it after one number ("": from the start).
func (d *Desk) DevTicket(ctx context.Context, ref, after string) (v DevTicketView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.devOf(ctx, tx, c, OpGetDevTicket, ref)
		if err == nil {
			v, err = d.viewDev(ctx, tx, c, row, after)
		}
		return err
	})
}

// devPage is how many of the tickets that wait for a dev ticket are read at once.
const devPage = 50

func (d *Desk) viewDev(ctx context.Context, tx *store.Tx, c Caller, row store.DevTicket, after string) (v DevTicketView, err error) {
	v = DevTicketView{Row: row, Possible: possibleDev(c, row)}
	if v.Waiting, err = tx.TicketsOfDev(ctx, row.ID, after, devPage+1); err != nil {
		return v, err
	}
	if len(v.Waiting) > devPage {
		v.Waiting = v.Waiting[:devPage]
		v.Next = v.Waiting[devPage-1].Number
	}
	if v.Events, err = tx.DevEvents(ctx, row.ID, 100); err != nil {
		return v, err
	}
	if row.PackageID != nil {
		v.Releases, err = tx.Releases(ctx, row.PackageID, nil, PageMax)
	}
	return v, err
}

// devOperation names the permission of each thing people do to a dev ticket.
var devOperation = map[devticket.Action]Operation{
	devticket.ActAccept: OpAcceptDevTicket, devticket.ActRefuse: OpRefuseDevTicket, devticket.ActPlan: OpPlanDevTicket,
	devticket.ActBegin: OpBeginDevTicket, devticket.ActShip: OpShipDevTicket,
}

func possibleDev(c Caller, row store.DevTicket) []devticket.Action {
	return slices.DeleteFunc(devticket.Possible(row.Snapshot()), func(a devticket.Action) bool { return c.Reach(devOperation[a]) == Nothing })
}

// DevTicketQuery narrows a list of dev tickets; zero values do not.
type DevTicketQuery struct {
	States []devticket.State
	Target *string // the version, as people call it; "": planned into none
	Cursor string
	Limit  int // 1 to PageMax
}

// DevTickets lists dev tickets, the newest first, and the cursor of the next page
// ("" on the last).
func (d *Desk) DevTickets(ctx context.Context, q DevTicketQuery) (list []DevTicketView, next string, err error) {
	c, err := d.caller(ctx, OpListDevTickets)
	if err != nil {
		return nil, "", err
	}
	f := store.DevTicketFilter{Target: q.Target, Limit: q.Limit + 1}
	for _, s := range q.States {
		f.States = append(f.States, string(s))
	}
	if q.Cursor != "" {
		at, id, err := timeCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.BeforeAt, f.BeforeID = &at, id
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.DevTickets(ctx, f)
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := rows[q.Limit-1]
			next = cursor(last.CreatedAt.UTC().Format(time.RFC3339Nano), last.ID)
		}
		for _, row := range rows {
			list = append(list, DevTicketView{Row: row, Possible: possibleDev(c, row)})
		}
		return err
	})
}

// DevTargets are the versions dev tickets are planned into that have not shipped.
func (d *Desk) DevTargets(ctx context.Context) (list []string, err error) {
	c, err := d.caller(ctx, OpListDevTickets)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.DevTargets(ctx)
		return err
	})
}

// DevTicketInput describes a dev ticket that is made.
type DevTicketInput struct {
	Title     string
	Body      string
	PackageID *uuid.UUID // nil: of which is not known
	External  string     // its name in an outside tracker
}

// CreateDevTicket makes a dev ticket that no review asked for.
func (d *Desk) CreateDevTicket(ctx context.Context, key string, in DevTicketInput) (v DevTicketView, err error) {
	c, err := d.caller(ctx, OpCreateDevTicket)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		var wrong problem.Fields
		checkText(&wrong, "title", &in.Title, TitleMin, TitleMax)
		checkText(&wrong, "body", &in.Body, 0, BodyMax)
		checkText(&wrong, "external", &in.External, 0, NameMax)
		if in.PackageID != nil {
			if _, err := tx.Package(ctx, *in.PackageID); problem.CodeOf(err) == problem.NotFound {
				wrong.Add("package_id", "package_unknown", nil)
			} else if err != nil {
				return err
			}
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		made, _, err := d.once(ctx, tx, c, write{action: "create_dev", key: key, body: in}, func() (uuid.UUID, error) {
			row := store.DevTicket{
				ID: store.NewID(), Title: in.Title, Body: in.Body, PackageID: in.PackageID, External: in.External, CreatedBy: c.Person.ID, CreatedAt: d.Now(),
			}
			if err := development.Make(ctx, tx, c.Vendor, &row); err != nil {
				return uuid.Nil, err
			}
			return row.ID, d.audit(ctx, tx, c, "dev_created", "dev_ticket", row.ID, map[string]any{"title": in.Title})
		})
		if err != nil {
			return err
		}
		row, err := tx.DevTicket(ctx, made)
		if err == nil {
			v, err = d.viewDev(ctx, tx, c, row, "")
		}
		return err
	})
}

// CandidatesMax is how many dev tickets are suggested at most.
const CandidatesMax = 10

// Candidate is a dev ticket that a ticket may be about, and why.
type Candidate struct {
	store.DevCandidate
	SamePackage bool // it is about the package the ticket is about
	Later       bool // it comes in a version after the customer's
	Attached    bool // the ticket waits for it already
}

// LikelyDevs are dev tickets that the ticket of a review may be about, the
// likeliest first: by these words, "" for the ticket's own subject. Words is what
// was looked for. locale is the language whose words are marked.
func (d *Desk) LikelyDevs(ctx context.Context, ref, words, locale string) (list []Candidate, asked string, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, "", err
	}
	return list, asked, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		_, t, err := d.findReview(ctx, tx, c, OpListCandidates, ref)
		if err != nil {
			return err
		}
		if asked = strings.TrimSpace(clean(words)); asked == "" {
			asked = t.Title
		}
		if len(asked) > 1000 {
			asked = asked[:1000]
		}
		request, err := tx.RequestRow(ctx, t.ID)
		if err != nil {
			return err
		}
		found, err := tx.DevCandidates(ctx, strings.ToValidUTF8(asked, ""), locale, CandidatesMax)
		if err != nil {
			return err
		}
		devs, err := tx.DevTicketsOf(ctx, t.ID)
		for _, f := range found {
			list = append(list, Candidate{
				DevCandidate: f,
				SamePackage:  f.Package != "" && strings.EqualFold(f.Package, request.Package),
				Later:        laterVersion(f.Target, request.PackageVersion),
				Attached:     slices.ContainsFunc(devs, func(one store.TicketDev) bool { return one.DevID == f.ID }),
			})
		}
		return err
	})
}

// laterVersion says whether a version comes after another, by its numbers: 8.10
// after 8.9.1. Of what has other words in it nobody knows.
func laterVersion(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		var x, y int
		var err error
		if i < len(as) {
			if x, err = strconv.Atoi(as[i]); err != nil {
				return false
			}
		}
		if i < len(bs) {
			if y, err = strconv.Atoi(bs[i]); err != nil {
				return false
			}
		}
		if x != y {
			return x > y
		}
	}
	return false
}
