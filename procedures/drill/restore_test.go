package drill

import (
	"database/sql"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq" // the driver
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

// A box is backed up under load, loaded further, stopped, and put back to an
// instant. What was acknowledged before that instant is there, what began after
// it is not; every ticket's workflow goes on from its row; no number is given
// twice, nobody is signed in, no mail leaves before it is released; and then
// work goes on. At last the machine is lost: its backup alone makes another.
func TestPutBackToAnInstant(t *testing.T) {
	binary := build(t)
	b := newBox(t, binary)
	backups := filepath.Join(t.TempDir(), "backups")
	b.up(t)
	l := b.load(t)
	l.more(t, 30)
	b.must(t, "admin", "backup", backups)
	if out, _ := b.casepath(t, "admin", "stuck"); !strings.Contains(out, "last backup: 2") {
		t.Errorf("nobody has learned of the backup:\n%s", out)
	}
	l.more(t, 30)
	at := time.Now().Truncate(time.Microsecond)
	l.more(t, 30)
	lives := l.end()
	if out, err := b.casepath(t, "admin", "restore", backups); err == nil || !strings.Contains(out, "in use") {
		t.Errorf("a restore of a running box: %v\n%s", err, out)
	}
	b.down(t)
	arrived := b.mails(t)
	b.must(t, "admin", "restore", backups, "--at", at.UTC().Format(time.RFC3339Nano))
	b.up(t)

	for _, token := range []string{l.jeanne, l.agent} {
		if a := b.insist(t, token, http.MethodGet, "/v1/tickets", nil, ""); a.status != http.StatusUnauthorized {
			t.Errorf("a session of before the restore: %d", a.status)
		}
	}
	jeanne, agent := b.signIn(t, "jeanne"), b.signIn(t, "agent")
	b.checkLives(t, agent, lives, at)
	fresh := b.register(t, jeanne, lives)
	b.checkWorkflows(t)
	b.checkMail(t, arrived)
	b.goOn(t, agent, append(before(lives, at), fresh...))
	b.checkWorkflows(t)
	if out := b.must(t, "admin", "reconcile", "--all"); strings.Contains("\n"+out, "\n0 open tickets") {
		t.Errorf("the reconciler has compared nothing:\n%s", out)
	}
	b.must(t, "admin", "backup", backups)
	if out, _ := b.casepath(t, "admin", "stuck"); strings.Contains(out, "last backup: never") || strings.Contains(out, "differ: ") {
		t.Errorf("after a comparison and a backup:\n%s", out)
	}
	b.down(t)

	other := newBox(t, binary)
	other.password = b.password // people bring theirs
	if out := other.must(t, "admin", "restore", backups); !strings.Contains(out, "Nobody knows what ticket numbers") {
		t.Errorf("another machine can't know the numbers:\n%s", out)
	}
	other.up(t, "--no-demo")
	jeanne = other.signIn(t, "jeanne")
	for _, one := range lives[:20] { // acknowledged before the backup began
		other.isThere(t, jeanne, one)
	}
	other.register(t, jeanne, lives)
	other.checkWorkflows(t)
}

// before are the lives acknowledged before an instant.
func before(lives []*life, at time.Time) (list []*life) {
	for _, one := range lives {
		if !one.registered.acked.After(at) {
			list = append(list, one)
		}
	}
	return list
}

// checkLives compares every ticket with what its people know of it.
func (b *box) checkLives(t *testing.T, token string, lives []*life, at time.Time) {
	t.Helper()
	kept, gone := 0, 0
	for _, one := range lives {
		switch {
		case !one.registered.acked.After(at):
			kept++
			state := b.isThere(t, token, one)
			done, begun := 0, 0
			for _, s := range one.steps {
				if !s.acked.After(at) {
					done++
				}
				if !s.began.After(at) {
					begun++
				}
			}
			if at := slices.Index(states, state); at < done || at > begun {
				t.Errorf("%s is %s; %d steps were acknowledged before the instant, %d begun", one.number, state, done, begun)
			}
		case one.registered.began.After(at):
			gone++
			if a := b.insist(t, token, http.MethodGet, "/v1/tickets/"+one.number, nil, ""); a.status != http.StatusNotFound {
				t.Errorf("%s was registered after the instant: %d %s", one.number, a.status, a.raw)
			}
		}
	}
	if kept < 60 || gone < 20 {
		t.Errorf("%d tickets from before the instant and %d from after it: too few to tell", kept, gone)
	}
}

// isThere fails unless a ticket is what it was, file included, and answers its
// state.
func (b *box) isThere(t *testing.T, token string, one *life) string {
	t.Helper()
	a := b.insist(t, token, http.MethodGet, "/v1/tickets/"+one.number, nil, "")
	if a.status != http.StatusOK || a.field("title") != one.title || a.field("id") != one.id {
		t.Errorf("%s, acknowledged before the instant: %d %s", one.number, a.status, a.raw)
	}
	if one.file != "" {
		if f := b.insist(t, token, http.MethodGet, "/v1/files/"+one.file+"/content", nil, ""); f.status != http.StatusOK || !strings.HasPrefix(string(f.raw), "what belongs to") {
			t.Errorf("the file of %s: %d %s", one.number, f.status, f.raw)
		}
	}
	return a.field("state")
}

// register registers new tickets. No number of before the restore is given
// again, not even to whom it was lost.
func (b *box) register(t *testing.T, token string, lives []*life) (fresh []*life) {
	t.Helper()
	given := map[string]bool{}
	for _, one := range lives {
		given[one.number] = true
	}
	for _, title := range []string{"First after the restore", "Second after the restore"} {
		a := b.insist(t, token, http.MethodPost, "/v1/tickets", map[string]any{"type": "bug", "severity": "medium", "title": title, "body": "New."}, title)
		if number := a.field("number"); number == "" || given[number] {
			t.Errorf("a new ticket has the number %q: %d %s", number, a.status, a.raw)
		}
		given[a.field("number")] = true
		fresh = append(fresh, &life{title: title, number: a.field("number"), id: a.field("id")})
	}
	return fresh
}

// checkWorkflows compares the rows of open tickets with the engine: each has a
// running workflow that knows the row as it is, and no other runs. The
// reconciler, which leaves to their workflows what has changed just now, finds
// no difference either.
func (b *box) checkWorkflows(t *testing.T) {
	t.Helper()
	db := b.database(t)
	quiet := client.Options{Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))}
	engine, err := workflows.Dial("127.0.0.1:"+b.engine, "casepath", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	var difference string
	defer func() {
		if difference != "" {
			t.Log(difference)
		}
	}()
	eventually(t, 2*time.Minute, "open rows and running workflows are the same", func() bool {
		difference = ""
		rows, running := openRows(t, db), runningWorkflows(t, engine.Engine())
		for id, version := range rows {
			state, err := engine.State(t.Context(), id)
			if !running[workflows.TicketID(id)] || err != nil || state.Version != version {
				difference += id + " is not what its workflow knows\n"
			}
			delete(running, workflows.TicketID(id))
		}
		for id := range running {
			difference += id + " runs without an open row\n"
		}
		return difference == ""
	})
	eventually(t, 2*time.Minute, "the reconciler finds no difference", func() bool { // a transition that was put back unconfirmed may be poked only now
		out, err := b.casepath(t, "admin", "reconcile", "--all")
		difference = out
		if err == nil {
			difference = ""
		}
		return err == nil
	})
}

// database opens the box's database as superuser: every vendor is seen.
func (b *box) database(t *testing.T) *sql.DB {
	t.Helper()
	password, err := os.ReadFile(filepath.Join(b.data, "postgres.password"))
	if err != nil {
		t.Fatal(err)
	}
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", strings.TrimSpace(string(password))),
		Host: "127.0.0.1:" + b.postgres, Path: "/casepath", RawQuery: "sslmode=disable",
	}
	db, err := sql.Open("postgres", u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// openRows are the tickets something can still happen to, by id, with the
// row's version.
func openRows(t *testing.T, db *sql.DB) map[string]int64 {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `select id, version from tickets where state <> $1 or reopen_until > now()`, ticket.Closed)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	open := map[string]int64{}
	for rows.Next() {
		var id string
		var version int64
		if err := rows.Scan(&id, &version); err != nil {
			t.Fatal(err)
		}
		open[id] = version
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return open
}

func runningWorkflows(t *testing.T, c client.Client) map[string]bool {
	t.Helper()
	running := map[string]bool{}
	for token := []byte(nil); ; {
		page, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
			Query: `ExecutionStatus = "Running" and WorkflowType = "` + workflows.TicketWorkflow + `"`, PageSize: 500, NextPageToken: token,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range page.GetExecutions() {
			running[w.GetExecution().GetWorkflowId()] = true
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return running
		}
	}
}

// checkMail: nothing has left since the restore, although workflows are
// started and the relay is at work; once released, everything leaves once.
func (b *box) checkMail(t *testing.T, arrived []string) {
	t.Helper()
	db := b.database(t)
	count := func(query string) (n int) {
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	waiting := count(`select count(*) from outbox where kind = 'mail' and state in ('pending', 'sending')`)
	if n := len(b.mails(t)); n != len(arrived) || waiting < 2 {
		t.Errorf("%d mails have left and %d wait, mail is held", n-len(arrived), waiting)
	}
	b.must(t, "admin", "release-mail")
	eventually(t, 3*time.Minute, "the outbox is empty", func() bool { return count(`select count(*) from outbox where state <> 'sent'`) == 0 })
	since := b.mails(t)[len(arrived):]
	again := 0
	for _, id := range since {
		if slices.Contains(arrived, id) {
			again++
		}
	}
	t.Logf("%d mails left after the release, %d of them had left before the restore too", len(since), again)
	slices.Sort(since)
	if distinct := len(slices.Compact(slices.Clone(since))); len(since) != waiting || distinct != waiting {
		t.Errorf("%d mails left after the release, %d of them different; %d were waiting", len(since), distinct, waiting)
	}
}

// goOn takes restored and new tickets through what is left of level 1.
func (b *box) goOn(t *testing.T, agent string, lives []*life) {
	t.Helper()
	for _, one := range lives[max(0, len(lives)-12):] {
		for _, step := range []struct {
			from, action string
			body         any
		}{{"registered", "triage", triage}, {"triaged", "answer", map[string]any{"text": "A setting, after all."}}, {"answered", "close", map[string]any{}}} {
			a := b.insist(t, agent, http.MethodGet, "/v1/tickets/"+one.number, nil, "")
			if a.field("state") != step.from {
				continue
			}
			if a := b.insist(t, agent, http.MethodPost, "/v1/tickets/"+one.number+"/"+step.action, step.body, "on-"+step.action); a.status != http.StatusOK {
				t.Errorf("%s of %s after the restore: %d %s", step.action, one.number, a.status, a.raw)
			}
		}
		if a := b.insist(t, agent, http.MethodGet, "/v1/tickets/"+one.number, nil, ""); a.field("state") != "closed" {
			t.Errorf("%s can't be closed after the restore, it is %s", one.number, a.field("state"))
		}
	}
}
