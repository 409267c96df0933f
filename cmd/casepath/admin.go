package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
)

type adminCommand struct {
	Vendor   vendorCommand   `cmd:"" help:"Create a vendor with its first administrator."`
	Person   personCommand   `cmd:"" help:"Add a contact or a member of staff."`
	Password passwordCommand `cmd:"" help:"Set a person's password; their sessions end."`
	Token    tokenCommand    `cmd:"" help:"Make an API token with a person's rights."`
	Dead     deadCommand     `cmd:"" help:"List deliveries that were given up, or try them again."`

	Backup       backupCommand       `cmd:"" help:"Back up the running casepath up: tickets, workflows and files."`
	Restore      restoreCommand      `cmd:"" help:"Put the stopped casepath up back to an instant."`
	AfterRestore afterRestoreCommand `cmd:"" help:"Make a database that was put back by other means safe to run."`
	ReleaseMail  releaseMailCommand  `cmd:"" help:"Let mail leave again after a restore."`

	Stuck     stuckCommand     `cmd:"" help:"List what does not move by itself, at every vendor."`
	Reconcile reconcileCommand `cmd:"" help:"Compare open rows with running workflows, and repair if asked."`
	Secrets   secretsCommand   `cmd:"" help:"Write fresh secrets for docker-compose.yml."`
	Namespace namespaceCommand `cmd:"" help:"Register the namespace with a Temporal of your own, unless it is there."`
}

type vendorCommand struct {
	Slug     string `arg:"" help:"Short name: a-z, 0-9 and -."`
	Name     string `required:"" help:"Name as customers read it."`
	Prefix   string `required:"" help:"Of ticket numbers: 2 to 6 capitals."`
	Settings string `required:"" type:"existingfile" help:"JSON file with the vendor's settings (docs/operations.md)."`
	Admin    string `required:"" help:"Mail address of the first administrator."`
	As       string `default:"Administrator" help:"Name of the first administrator."`
}

// Run creates the vendor; the administrator's password is read from standard input.
func (v vendorCommand) Run(ctx context.Context, c config) error {
	raw, err := os.ReadFile(v.Settings)
	if err != nil {
		return err
	}
	settings, err := policy.ParseStrict(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", v.Settings, err)
	}
	password, err := readPassword()
	if err != nil {
		return err
	}
	return withDesk(ctx, c, func(d *desk.Desk) error {
		caller, err := d.CreateVendor(ctx, desk.VendorInput{Slug: v.Slug, Name: v.Name, Prefix: v.Prefix, Settings: settings},
			desk.PersonInput{Name: v.As, Email: v.Admin, Password: password}, nil)
		if err != nil {
			return err
		}
		return printJSON(map[string]any{"vendor": caller.Vendor.Slug, "admin_id": caller.Person.ID, "admin": caller.Person.Email})
	})
}

type personCommand struct {
	Email            string   `arg:"" help:"Mail address, which is the user id."`
	Vendor           string   `required:"" help:"Vendor's short name."`
	Name             string   `required:""`
	Roles            []string `help:"Staff: agent, qa, developer, product_manager, trainer, account_manager, billing, manager, admin. Contacts: super_user, approver, signatory, statement_receiver."`
	Organization     string   `help:"Contacts: uuid of their organization. Missing: a member of staff."`
	Locale           string
	TimeZone         string
	SeesOrganization bool `help:"Contacts: sees the organization's tickets."`
	Unauthorized     bool `help:"Contacts: may not register requests."`
}

// Run adds the person; a password is read from standard input, an empty line
// gives none.
func (p personCommand) Run(ctx context.Context, c config) error {
	in := desk.PersonInput{
		Name: p.Name, Email: p.Email, Locale: p.Locale, TimeZone: p.TimeZone, Roles: p.Roles,
		Authorized: !p.Unauthorized, SeesOrganization: p.SeesOrganization,
	}
	if p.Organization != "" {
		id, err := uuid.Parse(p.Organization)
		if err != nil {
			return fmt.Errorf("--organization: %w", err)
		}
		in.OrganizationID = &id
	}
	var err error
	if in.Password, err = readPassword(); err != nil {
		return err
	}
	return withDesk(ctx, c, func(d *desk.Desk) error {
		v, err := d.Store.VendorBySlug(ctx, p.Vendor)
		if err != nil {
			return fmt.Errorf("vendor %q: %w", p.Vendor, err)
		}
		person, err := d.AddPerson(ctx, v, in)
		if err != nil {
			return err
		}
		return printJSON(map[string]any{"id": person.ID, "email": person.Email, "roles": person.Roles})
	})
}

type passwordCommand struct {
	Email  string `arg:""`
	Vendor string `required:"" help:"Vendor's short name."`
}

// Run sets the password read from standard input.
func (p passwordCommand) Run(ctx context.Context, c config) error {
	password, err := readPassword()
	if err != nil {
		return err
	}
	return withPerson(ctx, c, p.Vendor, p.Email, func(d *desk.Desk, who desk.Caller) error {
		return d.SetPassword(ctx, who, password)
	})
}

type tokenCommand struct {
	Email  string        `arg:"" help:"Whose rights the token has."`
	Vendor string        `required:"" help:"Vendor's short name."`
	Name   string        `default:"command line" help:"What it is for."`
	Life   time.Duration `default:"2160h" help:"How long it lasts."`
}

// Run prints the token's secret, once.
func (t tokenCommand) Run(ctx context.Context, c config) error {
	return withPerson(ctx, c, t.Vendor, t.Email, func(d *desk.Desk, who desk.Caller) error {
		secret, _, err := d.CreateToken(ctx, who, t.Name, t.Life)
		if err == nil {
			fmt.Println(secret)
		}
		return err
	})
}

type deadCommand struct {
	Retry    int64 `help:"Try this one again." placeholder:"ID"`
	RetryAll bool  `help:"Try all of them again."`
}

// Run lists, or tries again. It needs the relay's database address.
func (d deadCommand) Run(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_RELAY_DATABASE_URL": c.RelayDatabase}); err != nil {
		return err
	}
	s, err := store.Open(ctx, c.RelayDatabase, 2)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if d.Retry != 0 || d.RetryAll {
		n, err := s.RetryDead(ctx, d.Retry)
		if err == nil {
			fmt.Printf("%d will be tried again\n", n)
		}
		return err
	}
	list, err := s.DeadEffects(ctx)
	if err != nil {
		return err
	}
	for _, e := range list {
		fmt.Printf("%d\t%s\t%s\t%s\ttried %d times\t%s\n", e.ID, e.CreatedAt.UTC().Format(time.RFC3339), e.Kind, e.Key, e.Attempts, e.LastError)
	}
	fmt.Printf("%d given up\n", len(list))
	return nil
}

func withPerson(ctx context.Context, c config, vendor, email string, do func(*desk.Desk, desk.Caller) error) error {
	return withDesk(ctx, c, func(d *desk.Desk) error {
		who, err := d.ByEmail(ctx, vendor, email)
		if err != nil {
			return fmt.Errorf("%s at vendor %q: %w", email, vendor, err)
		}
		return do(d, who)
	})
}

// withDesk opens the database for one command.
func withDesk(ctx context.Context, c config, do func(*desk.Desk) error) error {
	if err := need(map[string]string{"CASEPATH_DATABASE_URL": c.Database}); err != nil {
		return err
	}
	s, err := store.Open(ctx, c.Database, 4)
	if err != nil {
		return err
	}
	err = do(newDesk(c, s, nil))
	return errors.Join(err, s.Close())
}

// readPassword reads one line; a person at a terminal is asked for it.
func readPassword() (string, error) {
	if info, err := os.Stdin.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprint(os.Stderr, "Password (12 to 200 characters, shown as you type): ")
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", errors.New("no password on standard input: give one line, empty for none")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func printJSON(v any) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
