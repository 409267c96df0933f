package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/store"
)

type upCommand struct {
	Data         string `help:"Directory that keeps everything between starts." env:"CASEPATH_DATA" placeholder:"DIR"`
	DatabaseURL  string `env:"DATABASE_URL" placeholder:"URL" help:"A PostgreSQL server to use instead of our own, as its superuser."`
	PostgresPort int    `default:"5433" env:"CASEPATH_POSTGRES_PORT" help:"Port of our own PostgreSQL."`
	TemporalPort int    `default:"7233" env:"CASEPATH_TEMPORAL_PORT" help:"Port of our own Temporal."`
	SMTPPort     int    `default:"1025" env:"CASEPATH_SMTP_PORT" help:"Port of the mail catcher."`
	InboxPort    int    `default:"8025" env:"CASEPATH_INBOX_PORT" help:"Port of the mail catcher's page."`
	NoDemo       bool   `env:"CASEPATH_NO_DEMO" help:"Start empty: no demo vendors."`
}

// secrets are the passwords this box has made for itself.
type secrets struct {
	Roles store.Roles
	Demo  string
	Key   string // seals what the database keeps sealed
}

// box is everything `casepath up` starts, in order.
type box struct {
	up       upCommand
	parts    onebox.Parts
	secrets  secrets
	postgres *onebox.Postgres // nil: the server of --database-url
	temporal *onebox.Temporal
	mail     *onebox.MailCatcher
}

func say(format string, a ...any) { fmt.Fprintf(os.Stderr, format+"\n", a...) }

// Run starts everything, waits until the context ends, and stops everything
// in reverse order. What it keeps is there at the next start.
func (u upCommand) Run(ctx context.Context, c config) error {
	started := time.Now()
	if u.Data == "" {
		u.Data = defaultData()
	}
	b := &box{up: u}
	// What we start outlives the signal that ends us, until we stop it.
	life := context.WithoutCancel(ctx)
	defer b.stop(life)
	if err := b.start(ctx, &c); err != nil {
		return err
	}
	return withProcess(ctx, c, relayConnections, func(p process) (err error) {
		var logins []demo.Login
		if !u.NoDemo {
			if logins, err = demo.Fill(ctx, p.desk(), b.secrets.Demo); err != nil {
				return err
			}
			if err = demo.Publish(ctx, p.desk()); err != nil {
				return err
			}
			if err = demo.Furnish(ctx, p.desk(), b.secrets.Demo); err != nil {
				return err
			}
		}
		held, err := p.store.MailHold(ctx)
		if err != nil {
			return err
		}
		return b.serve(ctx, p, func() { b.welcome(c, logins, held, time.Since(started)) })
	})
}

// defaultData is where one machine keeps its box.
func defaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/casepath" // the database's own user must be able to enter it
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "casepath")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ".casepath"
	}
	return filepath.Join(home, ".local", "share", "casepath")
}

// start brings up the parts and fills in their addresses.
func (b *box) start(ctx context.Context, c *config) (err error) {
	if b.parts, err = onebox.FindParts(ctx, say); err != nil {
		return err
	}
	if err := b.checkPorts(*c); err != nil {
		return err
	}
	if err := os.MkdirAll(b.up.Data, 0o755); err != nil { //nolint:gosec // the database's user passes through; what is secret is 0600
		return fmt.Errorf("data directory: %w (name another with --data)", err)
	}
	if err := b.readSecrets(); err != nil {
		return err
	}
	if b.up.DatabaseURL == "" {
		say("Starting PostgreSQL …")
		if b.postgres, err = onebox.StartPostgres(ctx, postgresIn(b.up.Data, b.parts.PostgresBin, b.up.PostgresPort)); err != nil {
			return err
		}
	}
	if err := b.prepareDatabase(ctx, c); err != nil {
		return err
	}
	say("Starting Temporal …")
	if b.temporal, err = onebox.StartTemporal(ctx, onebox.TemporalOptions{
		Server: b.parts.TemporalServer, SQLTool: b.parts.TemporalSQLTool, Dir: filepath.Join(b.up.Data, "temporal"),
		AdminURL: b.adminURL, Port: b.up.TemporalPort, Namespace: c.TemporalNamespace,
	}); err != nil {
		return err
	}
	c.Temporal = b.temporal.Address()
	b.mail, err = onebox.StartMailCatcher(onebox.MailOptions{SMTPPort: b.up.SMTPPort, HTTPPort: b.up.InboxPort, Dir: filepath.Join(b.up.Data, "mail")})
	if err != nil {
		return err
	}
	c.SMTP, c.SMTPTLS, c.SMTPUsername, c.SMTPPassword = b.mail.SMTPAddress(), "none", "", ""
	c.Files = filesIn(b.up.Data).Root
	if c.SecretKey == "" {
		c.SecretKey = b.secrets.Key
	}
	return nil
}

// adminURL is a database of the server in use, as its superuser.
func (b *box) adminURL(database string) string {
	if b.postgres != nil {
		return b.postgres.AdminURL(database)
	}
	u, err := url.Parse(b.up.DatabaseURL)
	if err != nil {
		return b.up.DatabaseURL // whoever connects says what is wrong with it
	}
	u.Path = "/" + database
	return u.String()
}

func (b *box) checkPorts(c config) error {
	port, err := portOf("CASEPATH_LISTEN", c.Listen)
	if err != nil {
		return err
	}
	workerPort, err := portOf("CASEPATH_WORKER_LISTEN", c.WorkerListen)
	if err != nil {
		return err
	}
	ports := map[string]int{
		"the API (CASEPATH_LISTEN)": port, "the worker's metrics (CASEPATH_WORKER_LISTEN)": workerPort, "Temporal (--temporal-port)": b.up.TemporalPort,
		"the mail catcher (--smtp-port)": b.up.SMTPPort, "the mail catcher's page (--inbox-port)": b.up.InboxPort,
	}
	if b.up.DatabaseURL == "" {
		ports["PostgreSQL (--postgres-port)"] = b.up.PostgresPort
	}
	for purpose, p := range ports {
		if err := onebox.CheckPort(p, purpose); err != nil {
			return err
		}
	}
	return nil
}

// prepareDatabase makes roles and database and migrates.
func (b *box) prepareDatabase(ctx context.Context, c *config) error {
	admin := b.adminURL("postgres")
	if err := store.Bootstrap(ctx, admin, "casepath", b.secrets.Roles); err != nil {
		return err
	}
	for role, to := range map[string]*string{store.RoleOwner: &c.OwnerDatabase, store.RoleApp: &c.Database, store.RoleRelay: &c.RelayDatabase} {
		password := map[string]string{store.RoleOwner: b.secrets.Roles.Owner, store.RoleApp: b.secrets.Roles.App, store.RoleRelay: b.secrets.Roles.Relay}[role]
		url, err := store.As(admin, "casepath", role, password)
		if err != nil {
			return err
		}
		*to = url
	}
	return store.Migrate(ctx, c.OwnerDatabase)
}

// readSecrets reads this box's passwords, or makes them at the first start.
func (b *box) readSecrets() error {
	path := filepath.Join(b.up.Data, "secrets.json")
	raw, err := os.ReadFile(path)
	switch {
	case err == nil:
		if err := json.Unmarshal(raw, &b.secrets); err != nil || b.secrets.Key != "" {
			return err
		}
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("read passwords: %w", err)
	default:
		b.secrets = secrets{Roles: store.Roles{Owner: rand.Text(), App: rand.Text(), Relay: rand.Text()}, Demo: rand.Text()[:16]}
	}
	b.secrets.Key = identity.NewKey()
	if raw, err = json.Marshal(b.secrets); err != nil {
		return err
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return fmt.Errorf("keep passwords: %w", err)
	}
	return nil
}

// serve runs API, worker and relay, tells when all is ready, and ends when the
// context does or one of them fails. A part that dies is started again.
func (b *box) serve(ctx context.Context, p process, ready func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	failed := make(chan error, 3)
	run := func(do func() error) {
		wg.Go(func() {
			if err := do(); err != nil {
				failed <- err
				cancel()
			}
		})
	}
	run(func() error { return p.serveAPI(ctx) })
	run(func() error { return p.serveWorker(ctx) })
	run(func() error { return b.supervise(ctx) })
	if err := awaitReady(ctx, p.config); err == nil {
		ready()
	} else if ctx.Err() == nil {
		failed <- err
		cancel()
	}
	<-ctx.Done()
	say("Stopping …")
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// supervise starts Temporal again when it ends by itself. A database that ends
// by itself ends us: whoever looks after the machine must know.
func (b *box) supervise(ctx context.Context) error {
	var databaseEnded <-chan struct{} // never, when it is not ours
	if b.postgres != nil {
		databaseEnded = b.postgres.Done()
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-databaseEnded:
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("PostgreSQL ended by itself (%w); see %s", errOrEnded(b.postgres.Err()), filepath.Join(b.up.Data, "postgres.log"))
		case <-b.temporal.Done():
			if ctx.Err() != nil {
				return nil
			}
			slog.ErrorContext(ctx, "temporal ended by itself and is started again", "error", b.temporal.Err())
			if err := b.temporal.Restart(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("temporal ended by itself and could not be started again: %w", err)
			}
		}
	}
}

var errEnded = errors.New("without an error")

func errOrEnded(err error) error {
	if err == nil {
		return errEnded
	}
	return err
}

// stop ends the parts in reverse order of their start.
func (b *box) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if b.mail != nil {
		reportStop("mail catcher", b.mail.Stop(ctx))
	}
	if b.temporal != nil {
		reportStop("Temporal", b.temporal.Stop(ctx))
	}
	if b.postgres != nil {
		reportStop("PostgreSQL", b.postgres.Stop(ctx))
	}
}

func reportStop(what string, err error) {
	if err != nil {
		say("%s did not stop cleanly: %v", what, err)
	}
}

// welcome says where everything is and who can sign in.
func (b *box) welcome(c config, logins []demo.Login, held *store.MailHold, took time.Duration) {
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(out, "\nCasepath is ready after %.1f s. Ctrl-C stops it; %s keeps its data.\n\n", took.Seconds(), b.up.Data)
	fmt.Fprintf(out, "  API\thttp://%s\n  its documentation\thttp://%s/docs\n  mail it sends\t%s\n  Temporal\t%s\n  PostgreSQL\t%s\n",
		c.Listen, c.Listen, b.mail.URL(), b.temporal.Address(), b.databaseAddress())
	if len(logins) > 0 {
		fmt.Fprintf(out, "\nDemo logins, all with the password %s (also in %s):\n\n", b.secrets.Demo, filepath.Join(b.up.Data, "secrets.json"))
	}
	last := ""
	for _, l := range logins {
		if l.Vendor != last {
			fmt.Fprintf(out, "  vendor %s\t%s/%s\n", l.Vendor, c.publicURL(), l.Vendor)
			last = l.Vendor
		}
		fmt.Fprintf(out, "    %s\t%s\n", l.Email, l.What)
	}
	if held != nil {
		fmt.Fprintf(out, "\nNo mail leaves: this box was put back to %s. `casepath admin release-mail` lets it go.\n", instant(held.RestoredTo))
	}
	fmt.Fprintf(out, "\nTo use casepath's other commands on this box:\n  . %s\n", b.environment(c))
	_ = out.Flush()
}

func (b *box) databaseAddress() string {
	u, err := url.Parse(b.adminURL("postgres"))
	if err != nil {
		return "of --database-url"
	}
	return u.Host
}

// environment keeps what the other commands need to find this box, as a shell
// file only its owner can read.
func (b *box) environment(c config) string {
	path := filepath.Join(b.up.Data, "env.sh")
	content := fmt.Sprintf("export CASEPATH_DATABASE_URL='%s'\nexport CASEPATH_RELAY_DATABASE_URL='%s'\nexport CASEPATH_OWNER_DATABASE_URL='%s'\n"+
		"export TEMPORAL_ADDRESS='%s'\nexport SMTP_ADDRESS='%s'\nexport CASEPATH_FILES='%s'\nexport CASEPATH_SECRET_KEY='%s'\nexport CASEPATH_URL='http://%s'\nexport CASEPATH_DEMO_PASSWORD='%s'\n",
		c.Database, c.RelayDatabase, c.OwnerDatabase, c.Temporal, c.SMTP, c.Files, c.SecretKey, c.Listen, b.secrets.Demo)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		slog.Warn("can't keep env.sh", "error", err)
	}
	return path
}
