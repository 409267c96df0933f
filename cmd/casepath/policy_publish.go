package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
)

type policyPublishCommand struct {
	File    string `arg:"" help:"YAML file, or the name of a built-in pack."`
	Vendor  string `required:"" help:"Vendor's short name."`
	Note    string `help:"Why, for whoever reads the list."`
	Preview bool   `help:"Only say what would change for open tickets; publish nothing."`
}

// Run says what moving open tickets to the pack would change, and publishes
// it: what is submitted from then on is pinned to it. Open tickets stay.
func (p policyPublishCommand) Run(ctx context.Context, c config) error {
	pack, err := readPack(p.File)
	if err != nil {
		return err
	}
	return withVendor(ctx, c, p.Vendor, func(d *desk.Desk, v store.Vendor) error {
		if err := preview(ctx, os.Stdout, d, v, pack); err != nil || p.Preview {
			return err
		}
		if err := d.PublishPack(ctx, v, pack, p.Note); err != nil {
			return err
		}
		fmt.Printf("Published: %s is run by version %s. Open tickets stay where they are; casepath policy move moves them.\n",
			v.Slug, policy.ShortVersion(pack.Version))
		return nil
	})
}

// preview prints what moving each open ticket would change.
func preview(ctx context.Context, out io.Writer, d *desk.Desk, v store.Vendor, p *policy.Pack) error {
	tickets, later, hindered := 0, 0, 0
	for cursor := ""; ; {
		list, next, err := d.Preview(ctx, v, p, cursor)
		if err != nil {
			return err
		}
		for _, m := range list {
			tickets++
			if len(m.Clocks) > 0 {
				later++
			}
			if m.Hinders != nil {
				hindered++
			}
			sayMove(out, m, v.Settings.Location())
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	fmt.Fprintf(out, "%d open tickets are run by other versions: for %d of them a deadline would change, %d can't be moved.\n", tickets, later, hindered)
	return nil
}

func sayMove(out io.Writer, m desk.Move, zone *time.Location) {
	for _, h := range m.Hinders {
		fmt.Fprintf(out, "%s can't be moved: the pack has no %s %q\n", m.Number, h.What, h.Code)
	}
	for _, k := range m.Clocks {
		fmt.Fprintf(out, "%s %s: %s → %s\n", m.Number, k.Clock, moment(k.Was, zone), moment(k.Is, zone))
	}
}

func moment(at *time.Time, zone *time.Location) string {
	if at == nil {
		return "no deadline"
	}
	return at.In(zone).Format("Mon 2 Jan 2006, 15:04 MST")
}

type policyListCommand struct {
	Vendor string `required:"" help:"Vendor's short name."`
}

// Run prints what was published, newest first.
func (p policyListCommand) Run(ctx context.Context, c config) error {
	return withVendor(ctx, c, p.Vendor, func(d *desk.Desk, v store.Vendor) error {
		list, err := d.Publications(ctx, v)
		if err != nil {
			return err
		}
		for i, one := range list {
			mark := " "
			if i == 0 {
				mark = "*" // in force
			}
			by := one.Name
			if by == "" {
				by = "command line"
			}
			fmt.Printf("%s %s  %s  %s  %d open  %s\n", mark, policy.ShortVersion(one.Version),
				moment(&one.PublishedAt, v.Settings.Location()), by, one.Open, one.Note)
		}
		if len(list) == 0 {
			fmt.Println("Nothing was published: the vendor is run by its settings alone.")
		}
		return nil
	})
}

type policyMoveCommand struct {
	Tickets []string `arg:"" optional:"" help:"Numbers of open tickets."`
	All     bool     `help:"Every open ticket of another version that the one in force fits."`
	Vendor  string   `required:"" help:"Vendor's short name."`
	Reason  string   `required:"" help:"Why; it is kept with each ticket."`
}

// Run moves open tickets to the version in force. It is safe to repeat.
func (p policyMoveCommand) Run(ctx context.Context, c config) error {
	if p.All == (len(p.Tickets) > 0) {
		return fmt.Errorf("name tickets, or say --all")
	}
	return withVendor(ctx, c, p.Vendor, func(d *desk.Desk, v store.Vendor) error {
		numbers, err := p.numbers(ctx, d, v)
		if err != nil {
			return err
		}
		moved := 0
		for _, number := range numbers {
			m, err := d.MoveTicket(ctx, v, number, p.Reason)
			if err != nil {
				return fmt.Errorf("%d moved, then %s: %w", moved, number, err)
			}
			moved++
			sayMove(os.Stdout, m, v.Settings.Location())
		}
		fmt.Printf("%d tickets moved.\n", moved)
		return nil
	})
}

// numbers are the tickets to move; with --all those that fit.
func (p policyMoveCommand) numbers(ctx context.Context, d *desk.Desk, v store.Vendor) (numbers []string, err error) {
	if !p.All {
		return p.Tickets, nil
	}
	if v.Settings.Pack == nil {
		return nil, fmt.Errorf("%s has no pack in force", v.Slug)
	}
	for cursor := ""; ; {
		list, next, err := d.Preview(ctx, v, v.Settings.Pack, cursor)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.Hinders == nil {
				numbers = append(numbers, m.Number)
			}
		}
		if cursor = next; cursor == "" {
			return numbers, nil
		}
	}
}

// withVendor is withDesk for one vendor.
func withVendor(ctx context.Context, c config, slug string, do func(*desk.Desk, store.Vendor) error) error {
	return withDesk(ctx, c, func(d *desk.Desk) error {
		v, err := d.Store.VendorBySlug(ctx, slug)
		if err != nil {
			return fmt.Errorf("vendor %q: %w", slug, err)
		}
		return do(d, v)
	})
}
