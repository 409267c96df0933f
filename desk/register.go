package desk

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Registration is a request as it is submitted.
type Registration struct {
	Type       string
	Severity   string // as the requester sees it; may be empty where the type has no target
	Title      string
	Body       string
	Component  string
	OnBehalfOf *OnBehalfOf       // a partner's, for a linked customer
	Package    string            `json:",omitempty"` // by its name, or in the requester's words; may be empty
	Version    string            `json:",omitempty"` // of the package, likewise
	Fields     map[string]string `json:",omitempty"` // what the form of its type asks, by field
	Files      []uuid.UUID       // uploaded before by the same caller
	Channel    string            // portal, api or import
	OriginalAt *time.Time        // when it was first asked elsewhere; clocks start now all the same
	AtZero     string            `json:",omitempty"` // when no ticket is left and the plan asks: one of policy.AtZeroChoices
	Silent     bool              `json:"-"`          // no receipt: only for imports; never part of a fingerprint
}

// OnBehalfOf names the linked customer a partner acts for.
type OnBehalfOf struct {
	OrganizationID uuid.UUID
	ContactID      *uuid.UUID // who is told; else the customer's first super-user by name
}

// Submitted is what became of a request: its ticket, or the request itself when
// it is not registered (yet).
type Submitted struct {
	TicketView
	Pending *RequestView // nil: it is registered
}

// Register submits a request. One that passes the vendor's gate is registered:
// request, ticket, event and effects (start the workflow, send receipts) in one
// transaction. It needs the database alone: with the engine down the ticket has
// its number and is taken up later. One that lacks something is kept as
// incomplete, and where the pack says so a colleague's goes to their super-user
// first: both have no number and no clock. What may not come in at all is
// refused, and staff see that. The same idempotency key gives the same; with
// another body it is Unprocessable.
func (d *Desk) Register(ctx context.Context, idempotencyKey string, r Registration) (v Submitted, err error) {
	c, err := d.mayRegister(ctx)
	if err != nil {
		return v, d.traceRefusal(ctx, c, r, err)
	}
	r.clean()
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		id := store.NewID()
		made, replayed, err := d.once(ctx, tx, c, write{action: "register", key: idempotencyKey, body: r, makes: &id}, func() (uuid.UUID, error) {
			r.rank(c.Vendor.Settings)
			if err := r.check(c.Vendor.Settings); err != nil {
				return id, err
			}
			v, err = d.submit(ctx, tx, c, id, r)
			return id, err
		})
		if err == nil && replayed {
			v, err = d.submitted(ctx, tx, c, made)
			v.Replayed = true
		}
		return err
	})
	if err != nil {
		return v, d.traceRefusal(ctx, c, r, d.keepUnserved(ctx, c, idempotencyKey, err))
	}
	if d.OnRegistered != nil && !v.Replayed && v.Pending == nil {
		d.OnRegistered(c.Vendor.Slug)
	}
	return v, nil
}

// submitted reads what became of a request.
func (d *Desk) submitted(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID) (v Submitted, err error) {
	row, err := tx.Ticket(ctx, id)
	if err == nil {
		v.TicketView, err = d.view(ctx, tx, c, row)
		return v, err
	}
	if problem.CodeOf(err) != problem.NotFound {
		return v, err
	}
	r, err := tx.RequestRow(ctx, id)
	if err != nil {
		return v, err
	}
	pending, err := d.viewRequest(ctx, tx, c, r)
	v.Pending = &pending
	return v, err
}

// CheckRegistration is what Register would refuse about the caller, the request
// itself and on whose behalf it is, all of it at once, or nil. It writes
// nothing.
func (d *Desk) CheckRegistration(ctx context.Context, r Registration) error {
	c, err := d.mayRegister(ctx)
	if err != nil {
		return err
	}
	r.clean()
	r.rank(c.Vendor.Settings)
	wrong := r.check(c.Vendor.Settings)
	if r.OnBehalfOf == nil {
		return wrong
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error { return behalf(ctx, tx, c, r.OnBehalfOf, &store.Request{}) })
	found, refused := problem.As(err)
	if e, ok := problem.As(wrong); ok && refused && found.Code == problem.Unprocessable {
		e.Fields = append(e.Fields, found.Fields...)
		return e
	}
	if err != nil {
		return err
	}
	return wrong
}

// MayRegister is nil when the caller may register requests, else why not.
func (d *Desk) MayRegister(ctx context.Context) error {
	_, err := d.mayRegister(ctx)
	return err
}

// mayRegister is the caller, if they may register requests.
func (d *Desk) mayRegister(ctx context.Context) (Caller, error) {
	c, err := d.caller(ctx, OpRegisterTicket)
	if err == nil && !c.Person.Authorized {
		err = problem.New(problem.Forbidden, "contact_not_authorized", nil)
	}
	return c, err
}

// rank gives what has no target the least severity where none is given.
func (r *Registration) rank(s policy.Settings) {
	if r.Severity == "" && s.Unclocked(r.Type) {
		r.Severity = s.Severities[len(s.Severities)-1].Code
	}
}

// clean makes the texts storable.
func (r *Registration) clean() {
	for _, text := range []*string{&r.Title, &r.Body, &r.Component, &r.Package, &r.Version} {
		*text = clean(*text)
	}
}

// check names every wrong field.
func (r *Registration) check(s policy.Settings) error {
	var wrong problem.Fields
	checkChoice(&wrong, "type", r.Type, s.Types)
	checkChoice(&wrong, "severity", r.Severity, s.Severities)
	checkText(&wrong, "title", &r.Title, TitleMin, TitleMax)
	checkText(&wrong, "body", &r.Body, 1, BodyMax)
	checkText(&wrong, "component", &r.Component, 0, NameMax)
	checkFields(&wrong, r.Fields)
	checkText(&wrong, "package", &r.Package, 0, NameMax)
	checkText(&wrong, "version", &r.Version, 0, VersionMax)
	checkFiles(&wrong, r.Files)
	return wrong.Err()
}

func checkChoice(wrong *problem.Fields, path, code string, choices []policy.Choice) {
	if policy.Has(choices, code) {
		return
	}
	codes := make([]string, len(choices))
	for i, c := range choices {
		codes[i] = c.Code
	}
	wrong.Add(path, "field_not_a_choice", problem.Args{"choices": codes})
}

// submit takes a request through the gate: it is registered, or kept open.
func (d *Desk) submit(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID, r Registration) (v Submitted, err error) {
	now, s := d.Now().Truncate(time.Microsecond), c.Vendor.Settings // as the database keeps it
	request := store.RequestRow{Request: store.Request{
		ID: id, OrganizationID: *c.Person.OrganizationID, RequesterID: c.Person.ID, Channel: r.Channel, Type: r.Type,
		Severity: r.Severity, Component: r.Component, Package: r.Package, PackageVersion: r.Version, Title: r.Title, Body: r.Body, OriginalAt: r.OriginalAt,
		State: string(ticket.RegisteredAs), SubmittedAt: now, PolicyVersion: s.PolicyVersion(), Fields: r.Fields,
	}, Files: r.Files, Version: 1, Requester: c.Person.Name}
	if err := behalf(ctx, tx, c, r.OnBehalfOf, &request.Request); err != nil {
		return v, err
	}
	if _, err := d.judgeVersion(ctx, tx, c, &request.Request); err != nil { // names it as it is called
		return v, err
	}
	if err := admit(ctx, tx, c, request); err != nil {
		return v, err
	}
	lacks, err := d.lacks(ctx, tx, s, request)
	if err != nil {
		return v, err
	}
	first, err := superUsersFirst(ctx, tx, s, c.Person, request)
	if err != nil {
		return v, err
	}
	if len(lacks) > 0 || len(first) > 0 {
		if err := tx.CheckFiles(ctx, c.Person.ID, r.Files); err != nil {
			return v, err
		}
		if err := d.keepOpen(ctx, tx, c, request, lacks, first); err != nil {
			return v, err
		}
		return d.submitted(ctx, tx, c, id)
	}
	if err := tx.KeepRequest(ctx, request); err != nil {
		return v, err
	}
	row, err := d.enrol(ctx, tx, c, request, now, r.AtZero, r.Silent)
	if err == nil {
		v.TicketView, err = d.view(ctx, tx, c, row)
	}
	return v, err
}

// enrol gives a request its ticket at an instant: number, clocks, files, event,
// the start of its workflow and, unless silent, the receipts. c is the
// requester, and atZero what they want when their contract has no ticket left.
func (d *Desk) enrol(ctx context.Context, tx *store.Tx, c Caller, request store.RequestRow, at time.Time, atZero string, silent bool) (row store.Ticket, err error) {
	s := c.Vendor.Settings
	unsupported, err := d.judgeVersion(ctx, tx, c, &request.Request)
	if err != nil {
		return row, err
	}
	number, err := tx.NextTicketNumber(ctx, c.Vendor.Prefix, at.In(s.Location()).Year())
	if err != nil {
		return row, err
	}
	row = store.Ticket{
		ID: request.ID, VendorID: c.Vendor.ID, Number: number, Version: 1, State: ticket.Registered,
		OrganizationID: request.OrganizationID, RequesterID: request.RequesterID, PartnerID: request.PartnerID, ContactID: request.ContactID,
		Title: request.Title, Type: request.Type, Severity: request.Severity, RegisteredAt: at, UpdatedAt: at, PartnerLinked: true,
		Unsupported: unsupported,
	}
	terms, err := promised(ctx, tx, &row, s, true)
	if err != nil {
		return row, err
	}
	if err := assignment.Begin(ctx, tx, s, &row, request.Request); err != nil {
		return row, err
	}
	if row.AssigneeID == nil {
		row.UnassignedSince = &row.RegisteredAt // as InsertTicket keeps it
	}
	noteTicket(ctx, row)
	if err := tx.InsertTicket(ctx, row); err != nil {
		return row, err
	}
	if err := d.reserve(ctx, tx, c, row, terms, request.Channel, atZero); err != nil {
		return row, err
	}
	if err := tx.AttachFiles(ctx, c.Person.ID, request.Files, row.ID, nil); err != nil {
		return row, err
	}
	return row, d.announce(ctx, tx, c, row, request, silent)
}

// enrolLater registers a request that was kept open; its row is written back by
// whoever calls. atZero is unasked or byItself.
func (d *Desk) enrolLater(ctx context.Context, tx *store.Tx, v store.Vendor, r *store.RequestRow, at time.Time, atZero string) error {
	requester, err := tx.Person(ctx, r.RequesterID)
	if err == nil {
		v, err = tx.Pinned(ctx, v, r.PolicyVersion)
	}
	if err != nil {
		return err
	}
	r.State = string(ticket.RegisteredAs)
	setStep(r, ticket.RequestStep{})
	_, err = d.enrol(ctx, tx, Caller{Vendor: v, Person: requester}, *r, at, atZero, false)
	return err
}

// promised gives a ticket its contract and the clocks it promises, and answers
// the terms it stands under. Hold keeps the contract from being changed before
// the ticket is there.
func promised(ctx context.Context, tx *store.Tx, row *store.Ticket, s policy.Settings, hold bool) (terms policy.Terms, err error) {
	row.PolicyVersion = s.PolicyVersion()
	if s.Pack != nil {
		find := tx.ContractOn
		if hold {
			find = tx.HoldContractOn
		}
		contract, err := find(ctx, row.OrganizationID, row.RegisteredAt.In(s.Location()))
		if err != nil {
			return terms, err
		}
		if contract != nil {
			row.ContractID = &contract.ID
			if terms, err = contract.Terms(); err != nil {
				return terms, err
			}
		}
	}
	return terms, promise.Open(row, s, terms)
}

// announce writes what the registration causes: its event, the start of its
// workflow and the receipts.
func (d *Desk) announce(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, r store.RequestRow, silent bool) error {
	happened := map[string]any{"to": row.State, "severity": row.Severity, "channel": r.Channel, "original_at": r.OriginalAt}
	if row.Team != "" {
		happened["team"] = row.Team
	}
	data, err := json.Marshal(happened)
	if err != nil {
		return err
	}
	if err := tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: "registered", Public: true,
		ActorID: &c.Person.ID, At: row.RegisteredAt, Data: data,
	}); err != nil {
		return err
	}
	effects := []store.Effect{{Kind: store.EffectStart, Key: "start/ticket/" + row.ID.String(), TicketID: &row.ID, Payload: json.RawMessage(`{}`)}}
	about := notice.About{Vendor: c.Vendor, Ticket: row}
	if err := assignedByItself(ctx, tx, about); err != nil {
		return err
	}
	if silent {
		return tx.InsertEffect(ctx, effects...)
	}
	says, err := receiptSays(ctx, tx, c.Vendor, row, c.Person.Name)
	if err != nil {
		return err
	}
	if row.PartnerID == nil {
		receipt, err := about.Mail(mail.Receipt, row.ID.String(), c.Person, row.RegisteredAt, says)
		if err != nil {
			return err
		}
		effects = append(effects, receipt)
	}
	if err := tx.InsertEffect(ctx, effects...); err != nil || row.PartnerID == nil {
		return err
	}
	return receiptsOnBehalf(ctx, tx, about, says)
}

// firstDue is the first promise a receipt tells of; nil for none.
func firstDue(row store.Ticket) *time.Time {
	if _, at, ok := row.NextDeadline(); ok {
		return &at
	}
	return nil
}

// receiptsOnBehalf go to the partner's contact who registered and to the
// customer's contact.
func receiptsOnBehalf(ctx context.Context, tx *store.Tx, about notice.About, says func(*mail.Notice)) error {
	row := about.Ticket
	if err := about.Tell(ctx, tx, mail.Receipt, row.ID.String(), []uuid.UUID{row.RequesterID}, nil, row.RegisteredAt, says); err != nil {
		return err
	}
	return about.Tell(ctx, tx, mail.ReceiptOnBehalf, row.ID.String(), []uuid.UUID{*row.ContactID}, &row.RequesterID, row.RegisteredAt, says)
}
