package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/filestore"
	"github.com/casepath/casepath/store"
)

// good is a file of n good rows with ids.
func good(n int) string {
	var b strings.Builder
	b.WriteString("id,created,subject,body_html,product\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,2023-04-%02d 10:00:00 +0000,Printer %d is stuck,<p>It <b>hums</b> %d</p>,Printing\n", i, i%30+1, i, i)
	}
	return b.String()
}

// long is more rows than can be under way at once, so that an import that
// stops near its beginning can't have reached its end.
const long = 120

func TestImportRegistersThroughTheDesk(t *testing.T) {
	o := newOffice(t)
	path := file(t, "id,subject,body_html,created,product,topic,type,severity,email,mood\n"+
		"7,\"Can&#039;t  print\",\"<p>Hi</p><p>see <a href=\"\"https://x.example/\"\">this</a></p>\",2023-04-01 15:08:48 -0700,Print,queue,New Feature,HIGH,Sam Super <super@posimente.example>,sad\n"+
		"8,Second request,plain text,,,,,,,\n")
	options := posimente()
	var said []string
	options.Say = func(line string) { said = append(said, line) }
	before := time.Now().Add(-time.Second)
	r := o.run(path, options, 2, 0, 0)
	if r.Rows != 2 || r.RejectedFile != "" || !strings.Contains(strings.Join(said, "\n"), "columns not used: mood") {
		t.Errorf("result %+v, said %q", r, said)
	}
	agent, err := o.Desk.ByEmail(t.Context(), "posimente", "agent@posimente.example")
	if err != nil {
		t.Fatal(err)
	}
	ctx := desk.WithCaller(t.Context(), agent)
	list, _, err := o.Desk.Tickets(ctx, desk.TicketQuery{Limit: 10})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d tickets, %v", len(list), err)
	}
	for _, row := range list {
		v, err := o.Desk.Ticket(ctx, row.Row.Number)
		if err != nil {
			t.Fatal(err)
		}
		q := v.Request
		if q.Channel != "import" || v.Row.RegisteredAt.Before(before) || len(v.Row.Clocks) != 1 || v.Row.Clocks[0].DueAt.Before(before) {
			t.Errorf("%s: channel %s, registered %s, due %v", q.Title, q.Channel, v.Row.RegisteredAt, v.Row.Clocks)
		}
		got := []string{q.Title, q.Body, q.Type, q.Severity, q.Component, v.Names.People[q.RequesterID], fmt.Sprint(q.OriginalAt != nil)}
		want := []string{"Second request", "plain text", "technical", "medium", "", "Jeanne Martin", "false"}
		if q.Title != "Second request" {
			want = []string{"Can't print", "Hi\n\nsee this (https://x.example/)", "feature", "high", "Print / queue", "Sam Super", "true"}
			if !q.OriginalAt.Equal(time.Date(2023, 4, 1, 22, 8, 48, 0, time.UTC)) {
				t.Errorf("first asked %s", q.OriginalAt)
			}
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("request %q, want %q", got, want)
		}
	}
}

func TestImportAgainAddsNothing(t *testing.T) {
	o := newOffice(t)
	path := file(t, good(20))
	o.run(path, posimente(), 20, 0, 0)
	o.run(path, posimente(), 0, 20, 0)
	quiet := posimente()
	quiet.Quiet = true
	o.run(path, quiet, 0, 20, 0)
	if o.tickets("posimente") != 20 || o.receipts("posimente") != 20 {
		t.Errorf("%d tickets, %d receipts; want 20 of each", o.tickets("posimente"), o.receipts("posimente"))
	}

	t.Run("a changed row is told", func(t *testing.T) {
		changed := filepath.Join(filepath.Dir(path), "changed.csv")
		write(t, changed, strings.Replace(good(20), "Printer 7 is stuck", "Printer 7 burns", 1))
		r := o.run(changed, posimente(), 0, 19, 1)
		if got := read(t, r.RejectedFile); !strings.Contains(got, "Printer 7 burns") || !strings.Contains(got, ",9,This row has changed since it was imported") {
			t.Errorf("rejected rows:\n%s", got)
		}
	})
	t.Run("another source has ids of its own", func(*testing.T) {
		options := posimente()
		options.Source = "old desk"
		o.run(path, options, 20, 0, 0)
	})
	t.Run("without ids the row is its own key", func(t *testing.T) {
		content := "subject,body,other\nNo number here,text,1\nNo number here,text,2\nNo number there,text,3\n"
		plain := file(t, content)
		one := posimente()
		one.Workers = 1
		o.run(plain, one, 2, 1, 0) // the second says what the first says
		o.run(plain, posimente(), 0, 3, 0)
	})
	t.Run("the same id twice in one file", func(t *testing.T) {
		twice := file(t, "id,subject,body\n100,First one,text\n100,Second one,text\n100,First one,text\n")
		r := o.run(twice, posimente(), 1, 1, 1)
		if got := read(t, r.RejectedFile); !strings.Contains(got, "100,Second one,text,3,id: The row on line 2 has the same one and says something else.") {
			t.Errorf("rejected rows:\n%s", got)
		}
	})
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestImportGoesOnWhereItWasInterrupted(t *testing.T) {
	o := newOffice(t)
	path := file(t, good(long))
	ctx, interrupt := context.WithCancel(t.Context())
	options := posimente()
	options.Progress = func(done, _ int) {
		if done == 7 {
			interrupt()
		}
	}
	first, err := Run(ctx, o.Desk, path, options)
	var stopped *Stopped
	if !errors.As(err, &stopped) || stopped.Done != first.Registered || first.Registered < 7 || first.Registered == long {
		t.Fatalf("%d registered, %v", first.Registered, err)
	}
	if want := fmt.Sprintf("stopped after %d rows: it was interrupted. Run the same command again", first.Registered); !strings.Contains(err.Error(), want) {
		t.Errorf("said %q, want %q", err, want)
	}
	if n := o.tickets("posimente"); n != first.Registered {
		t.Errorf("%d tickets, %d said to be registered", n, first.Registered)
	}
	o.run(path, posimente(), long-first.Registered, first.Registered, 0)
	if o.tickets("posimente") != long || o.receipts("posimente") != long {
		t.Errorf("%d tickets, %d receipts; want %d of each", o.tickets("posimente"), o.receipts("posimente"), long)
	}
}

// cable forwards to the database until it is cut.
type cable struct {
	listener net.Listener
	mu       sync.Mutex
	ends     []net.Conn
	isCut    bool
}

func newCable(t *testing.T, databaseURL string) (c *cable, through string) {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	c = &cable{}
	if c.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.cut)
	server := u.Host
	go func() {
		for {
			in, err := c.listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", server)
			if err != nil || !c.keep(in, out) {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in) }()
			go func() { _, _ = io.Copy(in, out) }()
		}
	}()
	u.Host = c.listener.Addr().String()
	return c, u.String()
}

func (c *cable) keep(ends ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = append(c.ends, ends...)
	if c.isCut {
		for _, e := range ends {
			_ = e.Close()
		}
	}
	return !c.isCut
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isCut = true
	_ = c.listener.Close()
	for _, e := range c.ends {
		_ = e.Close()
	}
}

func TestImportStopsWhenTheDatabaseIsGone(t *testing.T) {
	o := newOffice(t)
	cable, through := newCable(t, o.DB.App)
	s, err := store.Open(t.Context(), through, 5)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	path := file(t, good(long))
	options := posimente()
	options.Progress = func(done, _ int) {
		if done == 5 {
			cable.cut()
		}
	}
	first, err := Run(t.Context(), desk.New(s, nil, filestore.Directory{Root: t.TempDir()}), path, options)
	var stopped *Stopped
	if !errors.As(err, &stopped) || first.Rejected != 0 || first.Registered < 5 || first.Registered == long {
		t.Fatalf("%+v, %v", first, err)
	}
	if !strings.Contains(err.Error(), "the database does not answer") || !strings.Contains(err.Error(), "Run the same command again") {
		t.Errorf("said %q", err)
	}
	// A row may have been committed though its answer was lost: it is there already.
	there := o.tickets("posimente")
	if there < first.Registered || there > first.Registered+options.Workers {
		t.Errorf("%d tickets, %d said to be registered", there, first.Registered)
	}
	o.run(path, posimente(), long-there, there, 0)
	if o.tickets("posimente") != long || o.receipts("posimente") != long {
		t.Errorf("%d tickets, %d receipts; want %d of each", o.tickets("posimente"), o.receipts("posimente"), long)
	}
}

func TestReceipts(t *testing.T) {
	o := newOffice(t)
	quiet := posimente()
	quiet.Quiet = true
	o.run(file(t, "subject,body\nQuiet one,text\nQuiet two,text\n"), quiet, 2, 0, 0)
	o.run(file(t, "subject,body\nLoud one,text\nLoud two,text\nLoud three,text\n"), posimente(), 3, 0, 0)
	if _, err := o.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	subjects := map[string]int{}
	for _, m := range o.Mail.Messages() {
		_, about, _ := strings.Cut(m.Subject, "request: ")
		subjects[about]++
		if len(m.To) != 1 || m.To[0] != "jeanne@posimente.example" {
			t.Errorf("%q went to %q", m.Subject, m.To)
		}
	}
	if len(subjects) != 3 || subjects["Loud one"] != 1 || subjects["Loud two"] != 1 || subjects["Loud three"] != 1 {
		t.Errorf("receipts: %v; want one of each that is loud", subjects)
	}
	if n := o.count(`select count(*) from outbox where kind = 'start'`); n != 5 {
		t.Errorf("%d workflows to be started, want 5", n)
	}
}
