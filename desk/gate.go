package desk

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Lack is something a request still needs before it can be registered: one of
// these fields, and why.
type Lack struct {
	Fields []string
	Labels []policy.Text
	Why    policy.Text // nil: simply required
}

// Say is the lack in a locale, on one line.
func (l Lack) Say(locale string) string {
	labels := make([]string, len(l.Labels))
	for i, t := range l.Labels {
		labels[i] = t.In(locale)
	}
	text := strings.Join(labels, " / ")
	if why := l.Why.In(locale); why != "" {
		text += " – " + why
	}
	return text
}

// titleField stands for the title among the fields of a form; componentField is
// the field that every request has of its own.
const (
	titleField     = "title"
	componentField = "component"
)

var (
	titleLabel = policy.Text{
		"en": "A title that says what it is about", "fr": "Un titre qui dit de quoi il s’agit",
		"de": "Ein Titel, der sagt, worum es geht", "es": "Un título que diga de qué se trata",
	}
	mismatch = policy.Text{
		"en": "This is not the customer the request is for.", "fr": "Ce n’est pas le client pour qui la demande est faite.",
		"de": "Das ist nicht der Kunde, für den die Anfrage gestellt wird.", "es": "Este no es el cliente para quien se hace la solicitud.",
	}
)

// gate is what a request must pass before it is registered. A vendor without a
// pack, and what is imported, passes.
type gate struct {
	pack *policy.Pack
	form policy.Form
}

func gateOf(s policy.Settings, kind, channel string) (g gate, ok bool) {
	if s.Pack == nil || channel == "import" {
		return g, false
	}
	g.pack = s.Pack
	g.form, ok = s.Pack.Form(kind)
	return g, ok
}

// lacks lists what is missing. names are the names of the request's files, and
// of the customer it is for.
func (g gate) lacks(r store.RequestRow, files []string, customer store.Organization) (list []Lack) {
	if !g.describes(r.Title) {
		list = append(list, Lack{Fields: []string{titleField}, Labels: []policy.Text{titleLabel}})
	}
	values := g.values(r, files)
	for _, m := range g.form.Missing(values) {
		list = append(list, Lack{Fields: m.Fields, Labels: g.labels(m.Fields), Why: m.Why})
	}
	for _, name := range g.form.Fields {
		if said := r.Fields[name]; said != "" && !agrees(g.pack.Fields[name].Matches, said, customer) {
			list = append(list, Lack{Fields: []string{name}, Labels: g.labels([]string{name}), Why: mismatch})
		}
	}
	return list
}

func (g gate) labels(fields []string) []policy.Text {
	labels := make([]policy.Text, len(fields))
	for i, f := range fields {
		labels[i] = g.pack.Fields[f].Label
	}
	return labels
}

// values are what was filled in. A field of files holds the files whose ending
// counts for it.
func (g gate) values(r store.RequestRow, files []string) policy.Values {
	values := policy.Values{}
	for _, name := range g.form.Fields {
		field := g.pack.Fields[name]
		if field.Type != "files" {
			said := strings.TrimSpace(r.Fields[name])
			if name == componentField && said == "" {
				said = r.Component
			}
			values[name] = []string{said}
			continue
		}
		for _, file := range files {
			ending := strings.ToLower(strings.TrimPrefix(path.Ext(file), "."))
			if len(field.Files) == 0 || slices.Contains(field.Files, ending) {
				values[name] = append(values[name], file)
			}
		}
	}
	return values
}

// describes says whether a title describes something: long enough, and more
// than words that say nothing.
func (g gate) describes(title string) bool {
	letters, says := 0, false
	for _, word := range strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		letters += len([]rune(word))
		says = says || !slices.Contains(g.pack.Subject.Empty, word)
	}
	return says && letters >= g.pack.Subject.Min
}

func agrees(with, said string, customer store.Organization) bool {
	switch with {
	case "customer_name":
		return strings.EqualFold(strings.TrimSpace(said), customer.Name)
	case "customer_id":
		return customer.ExternalID == nil || strings.EqualFold(strings.TrimSpace(said), *customer.ExternalID)
	}
	return true
}

// lacks lists what a request of a vendor's still needs; nil when it passes.
func (d *Desk) lacks(ctx context.Context, tx *store.Tx, s policy.Settings, r store.RequestRow) ([]Lack, error) {
	g, ok := gateOf(s, r.Type, r.Channel)
	if !ok {
		return nil, nil
	}
	customer, err := tx.Organization(ctx, r.OrganizationID)
	if err != nil {
		return nil, err
	}
	var files []string
	if len(r.Files) > 0 {
		if files, err = tx.FileNamesOf(ctx, r.Files); err != nil {
			return nil, err
		}
	}
	return g.lacks(r, files, customer), nil
}

// admit refuses what may not come in at all: over a channel that the contract
// does not include.
func admit(ctx context.Context, tx *store.Tx, c Caller, r store.RequestRow) error {
	pack := c.Vendor.Settings.Pack
	if pack == nil || r.Channel == "import" {
		return nil
	}
	terms := policy.Terms{}
	contract, err := tx.ContractOn(ctx, r.OrganizationID, r.SubmittedAt.In(c.Vendor.Settings.Location()))
	if err == nil && contract != nil {
		terms, err = contract.Terms()
	}
	if err != nil {
		return err
	}
	plan, known := pack.Plan(terms.Plan)
	if !known {
		plan, _ = pack.Plan(pack.DefaultPlan)
	}
	channels := plan.Channels
	if len(terms.Overrides.Channels) > 0 {
		channels = terms.Overrides.Channels
	}
	if !slices.Contains(channels, r.Channel) {
		return problem.New(problem.Forbidden, "channel_not_included", problem.Args{
			"channel": r.Channel, "plan": plan.Code, "channels": strings.Join(channels, ", "),
		})
	}
	return nil
}

// refusedAtTheDoor are the refusals that leave a trace.
var refusedAtTheDoor = []string{"contact_not_authorized", "channel_not_included", "balance_empty"}

// traceRefusal keeps that a request was refused, for staff to see; the refusal
// itself is answered whatever comes of it.
func (d *Desk) traceRefusal(ctx context.Context, c Caller, r Registration, refused error) error {
	e, ok := problem.As(refused)
	if !ok || !slices.Contains(refusedAtTheDoor, e.Key) || c.Person.OrganizationID == nil {
		return refused
	}
	err := d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		return tx.InsertRefusal(ctx, store.Refusal{
			ID: store.NewID(), PersonID: c.Person.ID, OrganizationID: *c.Person.OrganizationID, Channel: r.Channel, Kind: clip(r.Type, NameMax),
			Title: clip(r.Title, TitleMax), Reason: e.Key, At: d.Now(),
		})
	})
	if err != nil {
		return err
	}
	return refused
}

// clip is at most so many characters of a text that may be anything.
func clip(text string, most int) string {
	if runes := []rune(clean(text)); len(runes) > most {
		return string(runes[:most])
	}
	return clean(text)
}

// superUsersFirst are the super-users whom a request goes to before the vendor:
// nobody where the pack does not say so, and for what a super-user or a partner
// submits.
func superUsersFirst(ctx context.Context, tx *store.Tx, s policy.Settings, requester store.Person, r store.RequestRow) ([]store.Person, error) {
	if s.Pack == nil || s.Pack.Intake.SuperUser == nil || r.Channel == "import" || r.PartnerID != nil ||
		slices.Contains(requester.Roles, string(RoleSuperUser)) {
		return nil, nil
	}
	list, err := tx.SuperUsers(ctx, r.OrganizationID)
	return slices.DeleteFunc(list, func(p store.Person) bool { return p.ID == requester.ID }), err
}

// nextStep is what happens to a request by itself next.
func nextStep(s policy.Settings, r store.RequestRow, since int) (step ticket.RequestStep) {
	if s.Pack == nil {
		return step
	}
	in := s.Pack.Intake
	switch ticket.RequestState(r.State) {
	case ticket.Incomplete:
		if since < len(in.RemindDays) {
			return ticket.RequestStep{Action: ticket.RequestRemind, At: r.SubmittedAt.AddDate(0, 0, in.RemindDays[since])}
		}
		if in.ExpireDays > 0 {
			return ticket.RequestStep{Action: ticket.RequestExpire, At: r.SubmittedAt.AddDate(0, 0, in.ExpireDays)}
		}
	case ticket.WithSuperUser:
		if r.NextAt != nil {
			return ticket.RequestStep{Action: ticket.RequestForward, At: *r.NextAt}
		}
	}
	return step
}

// Forms is the pack whose forms the caller's requests have to pass, with nil
// and the types of requests for a vendor without one.
func (d *Desk) Forms(ctx context.Context) (*policy.Pack, []policy.Choice, error) {
	c, err := d.caller(ctx, OpListForms)
	return c.Vendor.Settings.Pack, c.Vendor.Settings.Types, err
}

// Fate is what becomes of a request when it is sent.
type Fate struct {
	Lacks []Lack    // what it needs still before it is registered; nil when nothing is missing
	First []string  // who answers it or sends it on before it is registered, by name; nil where nobody does
	Until time.Time // when it goes to the vendor by itself, with First
	Team  string    // of the pack, that reads it; "": the vendor's staff
}

// Fate is what would become of a request of the caller's now. It writes nothing.
func (d *Desk) Fate(ctx context.Context, r Registration) (f Fate, err error) {
	c, err := d.mayRegister(ctx)
	if err != nil {
		return f, err
	}
	r.clean()
	r.rank(c.Vendor.Settings)
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		request := store.RequestRow{Request: store.Request{
			OrganizationID: *c.Person.OrganizationID, RequesterID: c.Person.ID, Channel: r.Channel, Type: r.Type, Severity: r.Severity,
			Component: r.Component, Package: r.Package, Title: r.Title, Body: r.Body, Fields: r.Fields,
		}, Files: r.Files}
		if err := behalf(ctx, tx, c, r.OnBehalfOf, &request.Request); err != nil {
			return err
		}
		if f.Lacks, err = d.lacks(ctx, tx, c.Vendor.Settings, request); err != nil {
			return err
		}
		if f.Team, err = assignment.TeamFor(ctx, tx, c.Vendor.Settings, request.Request); err != nil {
			return err
		}
		return d.asksFirst(ctx, tx, c, request, &f)
	})
	return f, err
}

// asksFirst finds who a request goes to before the vendor, and until when.
func (d *Desk) asksFirst(ctx context.Context, tx *store.Tx, c Caller, r store.RequestRow, f *Fate) error {
	first, err := superUsersFirst(ctx, tx, c.Vendor.Settings, c.Person, r)
	if err != nil || len(first) == 0 {
		return err
	}
	for _, p := range first {
		f.First = append(f.First, p.Name)
	}
	f.Until, err = forwardAt(c.Vendor.Settings, d.Now())
	return err
}

// FieldsMax is how many fields of its form a request may fill in.
const FieldsMax = 50

// checkFields wants fields that can be kept; what no form asks is kept too, and
// asked of nobody.
func checkFields(wrong *problem.Fields, fields map[string]string) {
	if len(fields) > FieldsMax {
		wrong.Add("fields", "field_too_many", problem.Args{"max": FieldsMax})
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text := clean(fields[name])
		checkText(wrong, "fields/"+clip(name, NameMax), &text, 0, BodyMax)
		fields[name] = text
	}
}
