package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// page is one page of the portal or the console, as a signed-in person gets it.
type page struct {
	name  string
	local string // who looks: the part of a demo address before the @; "": nobody is signed in
	path  string // under the vendor's; {ticket} stands for a ticket they see
}

// pageList is one page of each kind. Whoever builds a page adds it here.
var pageList = []page{
	{"sign-in", "", "/sign-in"},
	{"portal: home", "jeanne", ""},
	{"portal: requests of an organization", "super", "/tickets"},
	{"portal: a request", "jeanne", "/tickets/{ticket}"},
	{"portal: register", "jeanne", "/register"},
	{"console: queue", "agent", "/console"},
	{"console: triage", "agent", "/console/triage"},
	{"console: workbench", "agent", "/console/tickets/{ticket}"},
}

// wire is what a page weighs, in bytes as they travel.
type wire struct {
	name       string
	page, cold int // the page alone; with all it links to, for somebody who has none of it yet
}

// pages measures each page, and how much of it goes over the wire.
func (b *bench) pages(ctx context.Context) error {
	if err := b.seed(ctx, b.many); err != nil {
		return err
	}
	var ticket string
	if err := b.admin.GetContext(ctx, &ticket, `select t.id from tickets t join people p on p.id = t.requester_id join vendors v on v.id = t.vendor_id
		where v.slug = $1 and p.email = $2 order by t.state = 'in_progress' desc, t.state <> 'closed' desc, t.registered_at desc limit 1`, vendor, "jeanne@"+vendor+".example"); err != nil {
		return fmt.Errorf("a ticket to show: %w", err)
	}
	for _, p := range pageList {
		get := request{method: "GET", path: "/" + vendor + strings.ReplaceAll(p.path, "{ticket}", ticket), gzip: true}
		if p.local != "" {
			token, err := b.signIn(ctx, p.local)
			if err != nil {
				return err
			}
			get.cookie = "casepath-session-" + vendor + "=" + token
		}
		weight, err := b.weigh(ctx, p.name, get)
		if err != nil {
			return err
		}
		b.wires = append(b.wires, weight)
		do := func(ctx context.Context, _ int) error {
			_, err := b.ask(ctx, get)
			return err
		}
		if _, err := each(ctx, work{n: 50, clients: 4, do: do}); err != nil { // warm
			return err
		}
		if _, err := b.measure(ctx, work{name: linePage + p.name, n: b.requests / 2, clients: 4, do: do}); err != nil {
			return err
		}
	}
	return nil
}

var asset = regexp.MustCompile(`(?:href|src)="(/assets/[^"#]+)`)

// weigh gets a page and what it links to, each once.
func (b *bench) weigh(ctx context.Context, name string, get request) (w wire, err error) {
	raw, err := b.ask(ctx, get)
	if err != nil {
		return w, err
	}
	w = wire{name: name, page: len(raw), cold: len(raw)}
	get.gzip = false
	html, err := b.ask(ctx, get)
	if err != nil {
		return w, err
	}
	seen := map[string]bool{}
	for _, found := range asset.FindAllSubmatch(html, -1) {
		path := string(found[1])
		if seen[path] {
			continue
		}
		seen[path] = true
		raw, err := b.ask(ctx, request{method: "GET", path: path, gzip: true})
		if err != nil {
			return w, err
		}
		w.cold += len(raw)
	}
	return w, nil
}

// wireMax is how much a page of the portal may weigh cold, in bytes.
const wireMax = 25_000

func (b *bench) printWires(out io.Writer) {
	if len(b.wires) == 0 {
		return
	}
	fmt.Fprintf(out, "\nPages on the wire, in bytes\npage\tcold\t \n")
	for _, w := range b.wires {
		verdict := ""
		if w.cold > wireMax && !strings.HasPrefix(w.name, "console") {
			verdict = "  NOT REACHED"
		}
		fmt.Fprintf(out, "%d\t%d\t  %s%s\n", w.page, w.cold, w.name, verdict)
	}
}
