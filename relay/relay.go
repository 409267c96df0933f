// Package relay delivers the outbox: workflow starts and signals, mail, and webhooks.
// It is the only sender, and any number of instances may run. Delivery is at
// least once; a workflow started twice is one, and a mail is sent again only
// when the process died between the server's acceptance and our note of it,
// then with the same Message-ID.
package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/workflows"
)

// Options bound the relay. Zero values take the defaults.
type Options struct {
	Starts       int           // workflow starts and signals in flight: 8
	Mails        int           // mails in flight: 1, so that a crash repeats one mail at most
	Lease        time.Duration // renewed during a delivery; over, another instance takes it: 30 s
	Look         time.Duration // how often it looks without being woken: 1 s
	Unconfirmed  time.Duration // age at which a workflow is poked: 10 s
	MailAttempts int           // mails tried so often are dead: 60, about two days
	// Webhook tells an outside system of one event, WebhookWait is how long is
	// waited after so many tries, WebhookTries how many there are; nil: they wait.
	Webhook      func(ctx context.Context, e store.Effect) error
	WebhookWait  func(tries int) time.Duration
	WebhookTries int
	// Attach gets the documents that come with mails, when these are sent; nil:
	// such mails wait.
	Attach func(ctx context.Context, vendor uuid.UUID, a mail.Attachment) (mail.File, error)
}

func (o Options) withDefaults() Options {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	defTime := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.Starts, 8)
	def(&o.Mails, 1)
	def(&o.MailAttempts, 60)
	defTime(&o.Lease, 30*time.Second)
	defTime(&o.Look, time.Second)
	defTime(&o.Unconfirmed, 10*time.Second)
	return o
}

// Relay delivers for every vendor.
type Relay struct {
	store   *store.Store // as the role casepath_relay
	url     string       // of the same database, to listen
	engine  *workflows.Client
	sender  *mail.Sender
	options Options
}

// New makes a relay. url is the relay role's database URL, as the store's.
func New(s *store.Store, url string, engine *workflows.Client, sender *mail.Sender, options Options) *Relay {
	return &Relay{store: s, url: url, engine: engine, sender: sender, options: options.withDefaults()}
}

// Run delivers until ctx ends, then finishes what is in flight.
func (r *Relay) Run(ctx context.Context) error {
	lanes := r.lanes()
	bells := make([]chan struct{}, len(lanes))
	var wg sync.WaitGroup
	for i, lane := range lanes {
		bells[i] = make(chan struct{}, 1)
		wg.Go(func() { r.run(ctx, lane, bells[i]) })
	}
	wg.Go(func() { r.pokeLoop(ctx) })
	r.listen(ctx, lanes, bells)
	wg.Wait()
	return nil
}

// lane is one kind of work with its own room, so that slow mail never holds
// up workflow starts.
type lane struct {
	name     string
	kinds    []store.EffectKind
	width    int
	attempts int                              // then dead; 0: an engine may be away for as long as it likes
	wait     func(attempts int) time.Duration // after so many
	limit    time.Duration                    // of one attempt
	deliver  func(context.Context, store.Effect) error
}

// Lanes are the kinds of effects each lane delivers.
var Lanes = map[string][]store.EffectKind{
	"engine": {store.EffectStart, store.EffectSignal},
	"mail":   {store.EffectMail},

	"webhook": {store.EffectWebhook},
}

// webhooks is how many are told in flight: one that is slow holds up few.
const webhooks = 4

// webhookLimit is what one may take, the reading and noting in the database
// included.
const webhookLimit = 20 * time.Second

func (r *Relay) lanes() []lane {
	list := []lane{
		{"engine", Lanes["engine"], r.options.Starts, 0, backoff(10 * time.Second), 15 * time.Second, r.tell},
		{"mail", Lanes["mail"], r.options.Mails, r.options.MailAttempts, backoff(time.Hour), mail.SendTimeout, r.send},
	}
	if r.options.Webhook != nil {
		list = append(list, lane{"webhook", Lanes["webhook"], webhooks, r.options.WebhookTries, r.options.WebhookWait, webhookLimit, r.options.Webhook})
	}
	return list
}

// run looks for work when the bell rings and every Look anyway.
func (r *Relay) run(ctx context.Context, l lane, bell <-chan struct{}) {
	tick := time.NewTicker(r.options.Look)
	defer tick.Stop()
	for {
		if _, err := r.drain(ctx, l); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "relay can't read the outbox", "lane", l.name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-bell:
		case <-tick.C:
		}
	}
}

// Drain delivers everything that is due now, in all lanes, and answers how
// many it tried. Tests that skip time use it; Run does the same by itself.
func (r *Relay) Drain(ctx context.Context) (int, error) {
	total := 0
	for _, l := range r.lanes() {
		n, err := r.drain(ctx, l)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// drain delivers what is due in a lane, batch by batch, until nothing is left
// or ctx ends. What was delivered is noted as the next batch is taken.
func (r *Relay) drain(ctx context.Context, l lane) (total int, err error) {
	var sent []store.Effect
	var pace pace
	for ctx.Err() == nil || len(sent) > 0 {
		claim, width := ctx, l.width
		if len(sent) > 0 {
			claim = context.WithoutCancel(ctx)
		}
		if ctx.Err() != nil {
			width = 0 // only note
		}
		effects, err := r.store.ClaimEffects(claim, l.kinds, r.options.Lease, width, sent)
		if err != nil && len(sent) > 0 { // they stay sending, and are taken again
			slog.ErrorContext(ctx, "relay can't note deliveries", "first", sent[0].ID, "count", len(sent), "error", err)
		}
		if err != nil || len(effects) == 0 {
			return total, err
		}
		total += len(effects)
		began := time.Now()
		sent = r.deliver(context.WithoutCancel(ctx), l, effects)
		pace.rest(ctx, effects, time.Since(began))
	}
	return total, nil
}

// deliver delivers a batch at once and answers what was delivered.
func (r *Relay) deliver(ctx context.Context, l lane, effects []store.Effect) (sent []store.Effect) {
	failed := make([]error, len(effects))
	var wg sync.WaitGroup
	for i, e := range effects {
		wg.Go(func() { failed[i] = r.attempt(ctx, l, e) })
	}
	wg.Wait()
	for i, e := range effects {
		if failed[i] == nil {
			sent = append(sent, e)
		}
	}
	return sent
}

// attempt delivers one effect, in the trace in which it was decided.
func (r *Relay) attempt(ctx context.Context, l lane, e store.Effect) error {
	ctx, span := telemetry.Begin(telemetry.Continue(telemetry.WithNotes(ctx), e.Trace), "deliver "+string(e.Kind))
	if e.TicketID != nil {
		telemetry.Note(ctx, "workflow_id", workflows.TicketID(e.TicketID.String()))
	}
	err := r.try(ctx, l, e)
	span.End(err)
	return err
}

// try delivers one effect, keeping its lease meanwhile. A failure is noted; one
// that can't be noted leaves the row sending: it is taken again.
func (r *Relay) try(ctx context.Context, l lane, e store.Effect) error {
	limit, cancel := context.WithTimeout(ctx, l.limit)
	var keeper sync.WaitGroup
	keeper.Go(func() { r.keep(limit, e) })
	err := l.deliver(limit, e)
	cancel()
	keeper.Wait()
	if err == nil {
		return nil
	}
	dead := permanent(err) || l.attempts > 0 && e.Attempts >= l.attempts || perhapsTaken(err) && e.Attempts >= takenAttempts
	level := slog.LevelWarn
	if dead {
		level = slog.LevelError
	}
	slog.Log(ctx, level, "delivery failed", "effect", e.ID, "kind", e.Kind, "key", e.Key, "attempt", e.Attempts, "dead", dead, "error", err)
	if err := r.store.EffectFailed(ctx, e, err.Error(), l.wait(e.Attempts), dead); err != nil {
		slog.ErrorContext(ctx, "relay can't note a failure", "effect", e.ID, "error", err)
	}
	return err
}

// keep renews a delivery's lease until its attempt ends.
func (r *Relay) keep(ctx context.Context, e store.Effect) {
	tick := time.NewTicker(r.options.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := r.store.KeepLease(ctx, e, r.options.Lease); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "relay can't keep a lease", "effect", e.ID, "error", err)
			}
		}
	}
}

// takenAttempts is how often a mail is tried whose server may have taken it
// and never says so: then staff decide, rather than its reader gets it again.
const takenAttempts = 3

func perhapsTaken(err error) bool {
	var sendErr *mail.SendError
	return errors.As(err, &sendErr) && sendErr.PerhapsTaken
}

// backoff doubles from one second up to the longest.
func backoff(longest time.Duration) func(attempts int) time.Duration {
	return func(attempts int) time.Duration { return min(time.Second<<min(max(attempts-1, 0), 20), longest) }
}

func permanent(err error) bool {
	var sendErr *mail.SendError
	return errors.As(err, &sendErr) && sendErr.Permanent || problem.CodeOf(err) == problem.Invalid
}

// tell starts or signals a workflow.
func (r *Relay) tell(ctx context.Context, e store.Effect) error {
	var start store.Start
	if err := json.Unmarshal(e.Payload, &start); err != nil {
		unreadable := problem.New(problem.Invalid, "effect_unreadable", nil)
		unreadable.Cause = err
		return unreadable
	}
	of := start.ID
	if of == nil {
		of = e.TicketID
	}
	if of == nil {
		return problem.New(problem.Invalid, "effect_without_ticket", nil)
	}
	vendor, id := e.VendorID.String(), of.String()
	if e.Kind == store.EffectStart {
		return r.start(ctx, start, vendor, id)
	}
	err := r.signal(ctx, start, id)
	if problem.CodeOf(err) == problem.NotFound {
		return nil // a workflow that is not there yet reads its row when it begins; one that has ended need not
	}
	return err
}

func (r *Relay) start(ctx context.Context, s store.Start, vendor, id string) error {
	switch s.Workflow {
	case "request":
		return r.engine.StartRequest(ctx, vendor, id)
	case "service_request":
		return r.engine.StartService(ctx, vendor, id)
	case store.WorkEnhancement:
		return r.engine.StartEnhancement(ctx, vendor, id)
	case store.WorkReview:
		return r.engine.StartReview(ctx, vendor, id)
	case store.WorkDev:
		return r.engine.StartDev(ctx, vendor, id)
	case store.WorkCollaboration:
		return r.engine.StartCollaboration(ctx, vendor, id)
	case store.WorkEscalation:
		return r.engine.StartEscalation(ctx, vendor, id)
	case store.WorkNews:
		return r.engine.StartNews(ctx, vendor, id)
	}
	return r.engine.StartTicket(ctx, vendor, id, s.Again)
}

func (r *Relay) signal(ctx context.Context, s store.Start, id string) error {
	switch s.Workflow {
	case "request":
		return r.engine.PokeRequest(ctx, id)
	case "service_request":
		return r.engine.PokeService(ctx, id)
	case store.WorkEnhancement:
		return r.engine.PokeEnhancement(ctx, id)
	case store.WorkReview:
		return r.engine.PokeReview(ctx, id)
	case store.WorkDev:
		return r.engine.PokeDev(ctx, id)
	case store.WorkEscalation:
		return r.engine.PokeEscalation(ctx, id)
	case store.WorkCollaboration:
		return r.engine.PokeCollaboration(ctx, id)
	}
	return r.engine.Poke(ctx, id)
}

// send mails a notice.
func (r *Relay) send(ctx context.Context, e store.Effect) error {
	var n mail.Notice
	if err := json.Unmarshal(e.Payload, &n); err != nil {
		return &mail.SendError{Permanent: true, Err: fmt.Errorf("read notice: %w", err)}
	}
	files, err := r.attached(ctx, e, n)
	if err != nil {
		return err
	}
	return r.sender.Send(ctx, n, files...)
}

// attached is the document that comes with a notice, if any.
func (r *Relay) attached(ctx context.Context, e store.Effect, n mail.Notice) ([]mail.File, error) {
	switch {
	case n.Attachment == nil:
		return nil, nil
	case r.options.Attach == nil:
		return nil, problem.New(problem.Unavailable, "not_known_yet", nil)
	}
	file, err := r.options.Attach(ctx, e.VendorID, *n.Attachment)
	return []mail.File{file}, err
}
