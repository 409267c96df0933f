package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/ticket"
)

// ServiceRequest is a service request's row. Instants are UTC.
type ServiceRequest struct {
	ID            uuid.UUID      `db:"id"`
	VendorID      uuid.UUID      `db:"vendor_id"`
	Number        string         `db:"number"`
	TicketID      uuid.UUID      `db:"ticket_id"`
	Path          string         `db:"path"`
	Version       int64          `db:"version"`
	State         service.State  `db:"state"`
	Resume        service.State  `db:"resume"`
	Round         int            `db:"round"`
	AsksEstimate  bool           `db:"asks_estimate"`
	Ending        service.Ending `db:"ending"`
	AssigneeID    *uuid.UUID     `db:"assignee_id"`
	Team          string         `db:"team"` // code of the pack's; "": none
	Rate          ToldRate       `db:"rate"`
	CreatedBy     uuid.UUID      `db:"created_by"`
	CreatedAt     time.Time      `db:"created_at"`
	UpdatedAt     time.Time      `db:"updated_at"`
	WaitingSince  *time.Time     `db:"waiting_since"` // the customer is waited for since
	Reminders     int            `db:"reminders"`     // sent in this wait
	RemindAt      *time.Time     `db:"remind_at"`
	GiveUpAt      *time.Time     `db:"give_up_at"`
	AcceptAt      *time.Time     `db:"accept_at"`
	ExpireAt      *time.Time     `db:"expire_at"`
	EndedAt       *time.Time     `db:"ended_at"`
	PolicyVersion string         `db:"policy_version"`
	// Offer is the revision of the newest estimate or the version of the newest
	// quote, 0 for none; read, never written here.
	Offer int `db:"offer"`
	// Dates is the revision of the dates of a training, 0 for none, and LastAt when
	// the last of its sessions begins; read, never written here.
	Dates  int        `db:"dates"`
	LastAt *time.Time `db:"last_at"`
	// Effort is the revision of the vendor's own estimate of an enhancement, 0 for
	// none, and Invoiced says that the price of its quote is on an invoice nobody
	// has credited; read, never written here.
	Effort   int  `db:"effort"`
	Invoiced bool `db:"invoiced"`
}

// ToldRate is what the customer was told before any cost; nothing where the pack
// has no rate.
type ToldRate struct {
	PerHour        string `json:"per_hour,omitempty"` // decimal, net
	Currency       string `json:"currency,omitempty"` // ISO 4217
	MinimumMinutes int    `json:"minimum_minutes,omitempty"`
}

// Value is how the database keeps it.
func (r ToldRate) Value() (driver.Value, error) { return json.Marshal(r) }

// Scan reads what Value has written.
func (r *ToldRate) Scan(src any) error {
	raw, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("rate from %T", src)
	}
	return json.Unmarshal(raw, r)
}

const serviceColumns = `id, vendor_id, number, ticket_id, path, version, state, resume, round, asks_estimate, ending, assignee_id, team, rate,
	created_by, created_at, updated_at, waiting_since, reminders, remind_at, give_up_at, accept_at, expire_at, ended_at, policy_version,
	case path when 'service_request' then coalesce((select max(revision) from estimates e where e.service_request_id = service_requests.id), 0)
		else coalesce((select max(q.version) from quotes q where q.service_request_id = service_requests.id), 0) end as offer,
	coalesce((select max(s.revision) from training_sessions s where s.service_request_id = service_requests.id), 0) as dates,
	(select s.starts_at from training_sessions s where s.service_request_id = service_requests.id order by s.revision desc, s.position desc limit 1) as last_at,
	coalesce((select max(f.revision) from efforts f where f.service_request_id = service_requests.id), 0) as effort,
	exists (select from invoices i where i.service_request_id = service_requests.id and i.kind = 'invoice' and i.purpose = 'quote'
		and not exists (select from invoices c where c.credits = i.id)) as invoiced`

// Snapshot is the row as its workflow may know it. s is what the vendor's pack,
// of the version the row is pinned to, says.
func (r ServiceRequest) Snapshot(s policy.Settings) service.Snapshot {
	options := s.Path(r.Path)
	return service.Snapshot{
		Vendor: r.VendorID.String(), ID: r.ID.String(), Ticket: r.TicketID.String(), Number: r.Number, Path: r.Path, Version: r.Version,
		State: r.State, Resume: r.Resume, Ending: r.Ending, Round: r.Round, AsksEstimate: r.AsksEstimate, Offer: r.Offer,
		Assignee: idText(r.AssigneeID), BillDeclined: options.BillDeclined, WhenPaid: options.WorkWhenPaid,
		RemindAt: r.RemindAt, GiveUpAt: r.GiveUpAt, AcceptAt: r.AcceptAt, ExpireAt: r.ExpireAt,
		Dates: r.Dates, LastAt: r.LastAt, Estimated: r.Effort, Invoiced: r.Invoiced,
	}
}

// nextAt is when the next thing comes to it by itself; nil: nothing does.
func (r ServiceRequest) nextAt() *time.Time {
	_, at, ok := service.Next(r.Snapshot(policy.Settings{}))
	if !ok {
		return nil
	}
	return &at
}

// NextServiceNumber takes the vendor's next number of that year: SR-2026-000123.
// Numbers rise; a transaction rolled back leaves a gap.
func (tx *Tx) NextServiceNumber(ctx context.Context, year int) (string, error) {
	var n int64
	if err := tx.get(ctx, "take service request number", &n, `select next_number('service_request', $1, $2)`, tx.Vendor, year); err != nil {
		return "", err
	}
	return fmt.Sprintf("SR-%d-%06d", year, n), nil
}

// InsertServiceRequest adds a service request to a ticket whose row is locked.
func (tx *Tx) InsertServiceRequest(ctx context.Context, r ServiceRequest) error {
	return tx.exec(ctx, "insert service request", `insert into service_requests (id, vendor_id, number, ticket_id, path, version, state, team, assignee_id,
		rate, created_by, created_at, updated_at, waiting_since, remind_at, give_up_at, policy_version, next_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, $15, $16, $17)`,
		r.ID, tx.Vendor, r.Number, r.TicketID, r.Path, r.Version, r.State, r.Team, r.AssigneeID, r.Rate, r.CreatedBy, r.CreatedAt, r.WaitingSince,
		r.RemindAt, r.GiveUpAt, r.PolicyVersion, r.nextAt())
}

// ServiceRequest finds one of the vendor's; NotFound when there is none.
func (tx *Tx) ServiceRequest(ctx context.Context, id uuid.UUID) (r ServiceRequest, err error) {
	return r, tx.get(ctx, "find service request", &r, `select `+serviceColumns+` from service_requests where id = $1`, id)
}

// ServiceRequestByNumber finds one by its number, in capitals.
func (tx *Tx) ServiceRequestByNumber(ctx context.Context, number string) (r ServiceRequest, err error) {
	return r, tx.get(ctx, "find service request by number", &r, `select `+serviceColumns+` from service_requests where number = $1`, number)
}

// ServiceRequestsOf are a ticket's, the newest first. With the ticket's row
// locked nobody changes them until the end of the transaction.
func (tx *Tx) ServiceRequestsOf(ctx context.Context, ticketID uuid.UUID) (list []ServiceRequest, err error) {
	return list, tx.list(ctx, "list service requests of ticket", &list,
		`select `+serviceColumns+` from service_requests where ticket_id = $1 order by created_at desc, id desc`, ticketID)
}

// OpenServiceRequest is the one of a ticket that has not ended, a billed one
// too; nil for none.
func (tx *Tx) OpenServiceRequest(ctx context.Context, ticketID uuid.UUID) (*ServiceRequest, error) {
	var list []ServiceRequest
	err := tx.list(ctx, "find open service request", &list,
		`select `+serviceColumns+` from service_requests where ticket_id = $1 and state not in ('closed', 'abandoned')`, ticketID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// UpdateServiceRequest writes one back whose ticket's row is locked. r.Version is
// the new version and must follow the one in the database.
func (tx *Tx) UpdateServiceRequest(ctx context.Context, r ServiceRequest) error {
	return tx.change(ctx, "update service request", `update service_requests set version = $2, state = $3, resume = $4, round = $5,
		asks_estimate = $6, ending = $7, assignee_id = $8, team = $9, updated_at = $10, waiting_since = $11, reminders = $12, remind_at = $13,
		give_up_at = $14, accept_at = $15, expire_at = $16, ended_at = $17, next_at = $18
		where id = $1 and version = $2 - 1`,
		r.ID, r.Version, r.State, r.Resume, r.Round, r.AsksEstimate, r.Ending, r.AssigneeID, r.Team, r.UpdatedAt, r.WaitingSince, r.Reminders,
		r.RemindAt, r.GiveUpAt, r.AcceptAt, r.ExpireAt, r.EndedAt, r.nextAt())
}

// ServiceChange is one transition of a service request to be committed.
type ServiceChange struct {
	Ticket, Service uuid.UUID
	Key             string // identity of the command or milestone
	Expected        int64  // version the decision was made on
	Action          string
	Human           bool // received from a person, who waits for the answer; else a milestone
	// Apply changes both locked rows and writes what belongs to them. The versions
	// are set for it. body is what the person wrote, nil for a milestone.
	Apply func(tx *Tx, t *Ticket, r *ServiceRequest, body json.RawMessage) error
}

// CommitService makes one transition of a service request in one transaction,
// with what it means to its ticket, or nothing. The ticket's row has a new
// version too, and its workflow is poked. It is safe to repeat with the
// same key. The row returned is as it is afterwards.
func (s *Store) CommitService(ctx context.Context, vendor uuid.UUID, c ServiceChange) (outcome ticket.Outcome, r ServiceRequest, err error) {
	err = s.In(ctx, vendor, func(tx *Tx) error {
		t, err := tx.LockTicket(ctx, c.Ticket)
		if err != nil {
			return err
		}
		if r, err = tx.ServiceRequest(ctx, c.Service); err != nil {
			return err
		}
		command, err := tx.pending(ctx, c.Key, c.Human)
		switch {
		case err != nil:
			return err
		case command.CommittedAt != nil:
			outcome = ticket.AlreadyApplied
			return nil
		case r.Version != c.Expected:
			outcome = ticket.Stale
			return nil
		}
		outcome = ticket.Applied
		r.Version++
		t.Version++
		if err := c.Apply(tx, &t, &r, command.Body); err != nil {
			return err
		}
		if err := tx.UpdateServiceRequest(ctx, r); err != nil {
			return err
		}
		if err := tx.UpdateTicket(ctx, t); err != nil {
			return err
		}
		if err := tx.PokeTicket(ctx, t.ID, t.Version); err != nil {
			return err
		}
		if r, err = tx.ServiceRequest(ctx, c.Service); err != nil { // with what was offered
			return err
		}
		return tx.markServiceCommitted(ctx, c, r.Version)
	})
	return outcome, r, err
}

// PokeTicket has a ticket's workflow read its row, which something else has moved
// to that version.
func (tx *Tx) PokeTicket(ctx context.Context, ticketID uuid.UUID, version int64) error {
	return tx.InsertEffect(ctx, Effect{
		Kind: EffectSignal, Key: fmt.Sprintf("signal/ticket/%s/%d", ticketID, version), TicketID: &ticketID, Payload: json.RawMessage(`{}`),
	})
}

// PokeService has a service request's workflow read its row, which its ticket
// has moved; with start its workflow begins.
func (tx *Tx) PokeService(ctx context.Context, r ServiceRequest, start bool) error {
	workflow := "service_request"
	if service.IsEnhancement(r.Path) {
		workflow = WorkEnhancement
	}
	payload, err := json.Marshal(Start{Workflow: workflow, ID: &r.ID})
	if err != nil {
		return err
	}
	kind, key := EffectSignal, fmt.Sprintf("signal/%s/%s/%d", workflow, r.ID, r.Version)
	if start {
		kind, key = EffectStart, fmt.Sprintf("start/%s/%s", workflow, r.ID)
	}
	return tx.InsertEffect(ctx, Effect{Kind: kind, Key: key, TicketID: &r.TicketID, Payload: payload})
}

func (tx *Tx) markServiceCommitted(ctx context.Context, c ServiceChange, version int64) error {
	if c.Human {
		return tx.change(ctx, "mark command committed",
			`update commands set committed_at = now(), object_id = $2, version = $3, body = null where key = $1`, c.Key, c.Service, version)
	}
	return tx.exec(ctx, "mark milestone committed", `insert into commands
		(vendor_id, key, ticket_id, service_request_id, action, body_hash, received_at, committed_at, confirmed_at, object_id, version)
		values ($1, $2, $3, $4, $5, '', now(), now(), now(), $4, $6)`, tx.Vendor, c.Key, c.Ticket, c.Service, c.Action, version)
}

// ConfirmService notes that a service request's workflow has read its row and
// knows every transition up to that version.
func (tx *Tx) ConfirmService(ctx context.Context, id uuid.UUID, version int64) error {
	return tx.exec(ctx, "confirm commands", `update commands set confirmed_at = now()
		where service_request_id = $1 and committed_at is not null and confirmed_at is null and version <= $2`, id, version)
}

// Estimate is what was offered before the work: hours and an amount.
type Estimate struct {
	ID        uuid.UUID `db:"id"         json:"id"`
	ServiceID uuid.UUID `db:"service_request_id" json:"-"`
	Revision  int       `db:"revision"   json:"revision"`
	Minutes   int       `db:"minutes"    json:"minutes"`
	Amount    string    `db:"amount"     json:"amount"` // decimal, net
	Currency  string    `db:"currency"   json:"currency"`
	Note      string    `db:"note"       json:"note,omitempty"`
	OfferedBy uuid.UUID `db:"offered_by" json:"-"`
	OfferedAt time.Time `db:"offered_at" json:"offered_at"`
}

// InsertEstimate keeps an estimate for ever.
func (tx *Tx) InsertEstimate(ctx context.Context, e Estimate) error {
	return tx.exec(ctx, "insert estimate", `insert into estimates (id, vendor_id, service_request_id, revision, minutes, amount, currency, note, offered_by, offered_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID, tx.Vendor, e.ServiceID, e.Revision, e.Minutes, e.Amount, e.Currency, e.Note, e.OfferedBy, e.OfferedAt)
}

// Estimates are a service request's, the newest first.
func (tx *Tx) Estimates(ctx context.Context, id uuid.UUID) (list []Estimate, err error) {
	return list, tx.list(ctx, "list estimates", &list, `select id, service_request_id, revision, minutes, trim_scale(amount)::text as amount, currency, note, offered_by, offered_at
		from estimates where service_request_id = $1 order by revision desc`, id)
}

// Decision is who decided what, on which version of what: append-only.
type Decision struct {
	ID       uuid.UUID  `db:"id"`
	TicketID uuid.UUID  `db:"ticket_id"`
	Object   string     `db:"object"` // service_request, estimate, quote
	ObjectID uuid.UUID  `db:"object_id"`
	Version  int64      `db:"object_version"`
	Question string     `db:"question"`  // consent, interest, choice, estimate, quote, validation
	Answer   string     `db:"answer"`    // accepted, declined, adjustments, partner
	PersonID *uuid.UUID `db:"person_id"` // nil: by the pack's rule
	BehalfOf *uuid.UUID `db:"on_behalf_of"`
	Name     string     `db:"name"` // as typed
	Body     string     `db:"body"`
	Channel  string     `db:"channel"`
	IP       string     `db:"ip"`
	At       time.Time  `db:"at"`
	Who      *string    `db:"who"`      // the person's name; read, never written here
	ForWhom  *string    `db:"for_whom"` // likewise of BehalfOf
}

// InsertDecision keeps a decision for ever. What is decided already is a
// Conflict: one decision each.
func (tx *Tx) InsertDecision(ctx context.Context, d Decision) error {
	result, err := tx.ExecContext(ctx, `insert into decisions (id, vendor_id, ticket_id, object, object_id, object_version, question, answer, person_id,
			on_behalf_of, name, body, channel, ip, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict (object_id, question, object_version) do nothing`,
		d.ID, tx.Vendor, d.TicketID, d.Object, d.ObjectID, d.Version, d.Question, d.Answer, d.PersonID, d.BehalfOf, d.Name, d.Body, d.Channel, d.IP, d.At)
	if err != nil {
		return failure("insert decision", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return problem.New(problem.Conflict, "decided_already", nil)
	}
	return nil
}

// BillableMinutes are those entered for a service request that are to be billed;
// what was reversed counts nothing.
func (tx *Tx) BillableMinutes(ctx context.Context, id uuid.UUID) (minutes int, err error) {
	return minutes, tx.get(ctx, "sum billable minutes", &minutes,
		`select coalesce(sum(minutes), 0) from time_entries where service_request_id = $1 and billable`, id)
}

// ServiceEvents are what happened to a service request that the customer's side
// may see, oldest first.
func (tx *Tx) ServiceEvents(ctx context.Context, r ServiceRequest) (list []Event, err error) {
	return list, tx.list(ctx, "list events of service request", &list, `select e.id, e.ticket_id, e.version, e.kind, e.public, e.actor_id, e.at, e.data from events e
		where e.ticket_id = $1 and e.public and e.kind like 'service\_%' and e.data ->> 'number' = $2 order by e.id`, r.TicketID, r.Number)
}

// SaidWith is what was written to the customer's side with an event, "" for
// nothing.
func (tx *Tx) SaidWith(ctx context.Context, e Event) (string, error) {
	var list []string
	err := tx.list(ctx, "find what was said", &list, `select c.body from comments c
		where c.ticket_id = $1 and c.author_id = $2 and c.at = $3 and c.public order by c.id limit 1`, e.TicketID, e.ActorID, e.At)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0], nil
}

// Hanging is how much on a ticket has to be finished before it can be answered or
// closed.
func (tx *Tx) Hanging(ctx context.Context, ticketID uuid.UUID) (n int, err error) {
	return n, tx.get(ctx, "count what hangs on a ticket", &n,
		`select (select count(*) from service_requests where ticket_id = $1 and state not in ('billed', 'closed', 'abandoned'))
			+ (select count(*) from qa_reviews where ticket_id = $1 and state not in ('done', 'cancelled'))
			+ (select count(*) from dev_tickets where request_id = $1 and state = 'new')
			+ (select count(*) from feature_votes where ticket_id = $1 and answer = '')
			+ (select count(*) from collaborations where ticket_id = $1 and state = 'open')`, ticketID)
}

// ServiceRequestID is the id of the service request a command makes: a repeat
// makes the same.
func ServiceRequestID(ticketID uuid.UUID, key string) uuid.UUID {
	return uuid.NewSHA1(ticketID, []byte("service_request/"+key))
}

// WaitEnds is when the wait for the customer ends by itself; nil for never.
func (r ServiceRequest) WaitEnds() *time.Time {
	for _, at := range []*time.Time{r.GiveUpAt, r.AcceptAt, r.ExpireAt} {
		if at != nil {
			return at
		}
	}
	return nil
}
