package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// soak is what many tickets cost: when all are due at once, and while nothing
// happens.
type soak struct {
	idle    *rest // with no ticket there
	waiting *rest
	tickets int           // that wait
	built   time.Duration // until each had its workflow

	due     int
	late    int           // noted more than a minute after they were due
	drained time.Duration // after the deadline, until the last breach was noted
	told    time.Duration // after the deadline, until the last mail had left
	noting  usage         // until drained
	whole   usage         // until told
}

// drainedMax is how long ten thousand breaches of the same instant may take.
const drainedMax = 150 * time.Second

// restMax is how much of one processor many waiting tickets may take, in
// percent, above none.
const restMax = 2.0

// tidying is how long the database and the engine are given for the rows and
// the caches of workflows just started, before it counts as nothing happening.
const tidying = 5 * time.Minute

// deadlines lets many tickets miss their promise at the same instant: each is
// noted once, and told once.
func (b *bench) deadlines(ctx context.Context) error {
	n := b.due
	due := time.Now().Add(time.Minute + time.Duration(n)*time.Second/50).UTC().Truncate(time.Minute).Add(time.Minute)
	fmt.Fprintf(os.Stderr, "%d tickets due at %s …\n", n, due.Format(time.TimeOnly))
	if err := b.withClocks(ctx, n, 0, due); err != nil {
		return err
	}
	if left := time.Until(due); left < 10*time.Second {
		return fmt.Errorf("the workflows were started %v after their deadline: the machine is too busy", -left)
	}
	if err := until(ctx, 10*time.Millisecond, "they are due", func() (bool, error) { return time.Until(due) < time.Second, nil }); err != nil {
		return err
	}
	before, err := b.usage(ctx)
	if err != nil {
		return err
	}
	if err := until(ctx, 500*time.Millisecond, "every breach is noted", func() (bool, error) {
		var noted int
		err := b.admin.GetContext(ctx, &noted, `select count(*) from events where kind = 'resolution_breach'`)
		b.say("%d of %d noted", noted, n)
		return noted >= n, err
	}); err != nil {
		return err
	}
	b.soaked.due, b.soaked.drained = n, time.Since(due)
	after, err := b.usage(ctx)
	if err != nil {
		return err
	}
	b.soaked.noting = after.minus(before)
	if err := b.delivered(ctx); err != nil {
		return err
	}
	b.soaked.told = time.Since(due)
	if after, err = b.usage(ctx); err != nil {
		return err
	}
	b.soaked.whole = after.minus(before)
	return b.onceEach(ctx, n)
}

// onceEach wants one breach and one mail of each ticket, and nothing dead.
func (b *bench) onceEach(ctx context.Context, n int) error {
	var found struct {
		Noted   int `db:"noted"`
		Tickets int `db:"tickets"`
		Late    int `db:"late"`
		Mails   int `db:"mails"`
		Told    int `db:"told"`
	}
	if err := b.admin.GetContext(ctx, &found, `select count(*) as noted, count(distinct ticket_id) as tickets, count(*) filter (where (data ->> 'late')::boolean) as late,
		(select count(*) from outbox where kind = 'mail' and state = 'sent' and key like 'mail/clock_breach/%') as mails,
		(select count(distinct ticket_id) from outbox where kind = 'mail' and state = 'sent' and key like 'mail/clock_breach/%') as told
		from events where kind = 'resolution_breach'`); err != nil {
		return err
	}
	if found.Noted != n || found.Tickets != n || found.Mails != n || found.Told != n {
		return fmt.Errorf("of %d tickets, %d were noted %d times, and %d told in %d mails", n, found.Tickets, found.Noted, found.Told, found.Mails)
	}
	b.soaked.late = found.Late
	return nil
}

// resting measures what it costs that many tickets wait, beside none.
func (b *bench) resting(ctx context.Context) error {
	began := time.Now()
	if err := b.withClocks(ctx, b.waiting/2, b.waiting-b.waiting/2, began.AddDate(0, 1, 0)); err != nil {
		return err
	}
	b.soaked.tickets, b.soaked.built = b.waiting, time.Since(began)
	if _, err := b.admin.ExecContext(ctx, `vacuum analyze`); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "letting what they caused be tidied up for %v …\n", tidying)
	if _, err := b.look(ctx, tidying); err != nil {
		return err
	}
	var err error
	b.soaked.waiting, err = b.rest(ctx)
	return err
}

// idling measures what everything takes with no ticket there.
func (b *bench) idling(ctx context.Context) error {
	var err error
	b.soaked.idle, err = b.rest(ctx)
	return err
}

// withClocks adds tickets of one vendor with a promise, and starts their
// workflows: so many that work goes on, due then, and so many that wait for the
// customer, whose clock is paused.
func (b *bench) withClocks(ctx context.Context, running, waiting int, due time.Time) error {
	tx, err := b.admin.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range []struct {
		sql  string
		args []any
	}{
		{soakTickets, []any{vendor, running, waiting, due}},
		{`insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
			select id, vendor_id, organization_id, requester_id, 'import', 'bug', 'medium', number, 'It stops.', 'registered', at from soak_tickets`, nil},
		{`insert into tickets (id, vendor_id, number, version, state, waiting, resume, organization_id, requester_id, title, type, severity,
			registered_at, updated_at, acknowledged_at, assignee_id, level, path, reason, clocks, promised_at, next_due_at)
			select id, vendor_id, number, 1, case when paused then 'waiting_for_customer' else 'in_progress' end, case when paused then 'information' else '' end,
			case when paused then 'in_progress' else '' end, organization_id, requester_id, number, 'bug', 'medium', at, at, at, assignee_id, 1, 'answer', 'bug',
			jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('name', 'resolution', 'amount', '24 business hours', 'source', jsonb_build_object('kind', 'settings'),
				'pausing', true, 'warned_at', at, 'due_at', case when not paused then due end))), case when not paused then due end,
			case when paused then timestamptz '9999-01-01 00:00:00+00' else due end from soak_tickets`, nil},
		{`insert into clock_ledger (vendor_id, ticket_id, seq, from_at, standing, cause)
			select vendor_id, id, 1, at, 'waiting', 'ask_information' from soak_tickets where paused`, nil},
		{`insert into outbox (vendor_id, kind, key, ticket_id, payload) select vendor_id, 'start', 'start/ticket/' || id, id, '{}' from soak_tickets`, nil},
	} {
		if _, err := tx.ExecContext(ctx, statement.sql, statement.args...); err != nil {
			return fmt.Errorf("soak: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return b.delivered(ctx)
}

// soakTickets makes the rows, in a table of this transaction.
const soakTickets = `
create temporary table soak_tickets on commit drop as
select gen_random_uuid() as id, c.vendor_id, 'SOAK-' || $3::int || '-' || g.n as number, c.organization_id, c.id as requester_id, a.id as assignee_id,
       g.n > $2::int as paused, now() - interval '1 hour' as at, $4::timestamptz as due
from people c join people a on a.vendor_id = c.vendor_id and a.email like 'agent@%' join vendors v on v.id = c.vendor_id, generate_series(1, $2::int + $3::int) g(n)
where v.slug = $1 and c.email like 'jeanne@%'`

// printSoak says what many tickets cost.
func (b *bench) printSoak(to io.Writer) {
	s := b.soaked
	parts := []struct {
		name string
		of   []part
	}{{"worker", []part{partWorker}}, {"engine", []part{partEngine}}, {"database", database}, {"API", []part{partAPI}}}
	if s.due > 0 {
		verdict := ""
		if s.drained > drainedMax {
			verdict = "  NOT REACHED"
		}
		fmt.Fprintf(to, "\n%d tickets due at the same instant: the last breach noted after %.1f s (wanted: %.0f s)%s, the last mail left after %.1f s; each once; %d noted more than a minute late\n",
			s.due, s.drained.Seconds(), drainedMax.Seconds(), verdict, s.told.Seconds(), s.late)
		fmt.Fprintf(to, "CPU-ms each\tuntil noted\tuntil told\t \n")
		each := func(d time.Duration) float64 { return ms(d) / float64(s.due) }
		for _, p := range parts {
			fmt.Fprintf(to, " \t%.2f\t%.2f\t  %s\n", each(s.noting.sum(p.of...)), each(s.whole.sum(p.of...)), p.name)
		}
		fmt.Fprintf(to, " \t%.2f\t%.2f\t  all\n", each(s.noting.sum(everything...)), each(s.whole.sum(everything...)))
	}
	if s.waiting == nil || s.idle == nil {
		return
	}
	fmt.Fprintf(to, "\n%d waiting tickets, their workflows started in %.0f s; for %.0f s while nothing happens\n", s.tickets, s.built.Seconds(), restFor.Seconds())
	fmt.Fprintf(to, "%% of one processor\twith none\tMB\twith none\t \n")
	for _, p := range parts {
		fmt.Fprintf(to, "%.2f\t%.2f\t%d\t%d\t  %s\n", s.waiting.percent(p.of...), s.idle.percent(p.of...), s.waiting.memory[p.of[0]]>>20, s.idle.memory[p.of[0]]>>20, p.name)
	}
	above, verdict := s.waiting.percent(everything...)-s.idle.percent(everything...), ""
	if above > restMax {
		verdict = "  NOT REACHED"
	}
	fmt.Fprintf(to, "%.2f\t%.2f\t \t \t  all: %.2f %% above none (wanted: %g %%)%s\n", s.waiting.percent(everything...), s.idle.percent(everything...), above, restMax, verdict)
}
