package desk

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Limits of access authorities. The contract states the same.
const (
	AuthorityDays    = 365   // how long one is good at most
	AuthoritiesMax   = 50    // on one ticket
	AuthorityTextMax = 5_000 // characters
)

// AuthorityInput is what staff ask the customer to allow.
type AuthorityInput struct {
	System    string   // which system, such as a Salesforce org and its id
	Scopes    []string // of ticket.Scopes
	ScopeText string   // what would be done, in words; may be missing
	Reason    string
	Until     string // the last day, 2026-12-31, in the vendor's zone
}

// AskAuthority asks the customer for an access authority and waits for it. It
// is a question (Conflict when the ticket does not allow one now), and any word
// of the customer ends the wait; the authority then stays asked for.
func (d *Desk) AskAuthority(ctx context.Context, key, ref string, in AuthorityInput) (v AuthorityView, err error) {
	if key == "" {
		key = uuid.NewString()
	}
	asked, err := d.do(ctx, deed{action: ticket.ActAskInformation, ref: ref, key: key, text: &in.Reason, authority: &in})
	if err != nil {
		return v, err
	}
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	id := asked.Row.ID.String()
	return d.Authority(ctx, id, store.AuthorityID(asked.Row.ID, c.Key(string(OpAskAuthority), id, key)))
}

// written is what is kept of it under the command's key.
func (in *AuthorityInput) written(c Caller, row store.Ticket, key string) (*ticket.WrittenAuthority, error) {
	for _, text := range []*string{&in.System, &in.ScopeText, &in.Reason} {
		*text = clean(*text)
	}
	last, _ := lastOf(in.Until, c.Vendor.Settings.Location()) // what is no day is refused, and nothing is kept
	raw, err := json.Marshal(store.Authority{
		System: in.System, Scopes: in.Scopes, ScopeText: in.ScopeText, Reason: in.Reason, AskedBy: c.Person.ID, WantedUntil: last,
	})
	return &ticket.WrittenAuthority{ID: store.AuthorityID(row.ID, key).String(), What: "asked", Row: raw}, err
}

// checkAsked names every wrong field of what is asked for.
func (d *Desk) checkAsked(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in *AuthorityInput, wrong *problem.Fields) error {
	checkText(wrong, "system", &in.System, 1, NameMax)
	checkScopes(wrong, in.Scopes)
	checkText(wrong, "scope_text", &in.ScopeText, 0, AuthorityTextMax)
	checkText(wrong, "reason", &in.Reason, 1, AuthorityTextMax)
	now := d.Now().In(c.Vendor.Settings.Location())
	checkUntil(wrong, in.Until, now, lastInstant(now.AddDate(0, 0, AuthorityDays)), "date_too_far")
	if err := quotesNote(ctx, tx, row.ID, in.ScopeText); err != nil {
		return err
	}
	all, err := tx.Authorities(ctx, row.ID)
	if err == nil && len(all) >= AuthoritiesMax {
		err = problem.New(problem.Conflict, "too_many_authorities", problem.Args{"max": AuthoritiesMax})
	}
	return err
}

// checkScopes wants one at least, each of ticket.Scopes and once.
func checkScopes(wrong *problem.Fields, scopes []string) {
	known := func(s string) bool { return slices.Contains(ticket.Scopes, s) }
	sorted := slices.Sorted(slices.Values(scopes))
	switch {
	case len(scopes) == 0:
		wrong.Add("scopes", "field_empty", nil)
	case !allOf(scopes, known):
		wrong.Add("scopes", "field_not_a_choice", problem.Args{"choices": ticket.Scopes})
	case len(slices.Compact(sorted)) < len(scopes):
		wrong.Add("scopes", "field_repeated", nil)
	}
}

func allOf(list []string, holds func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !holds(s) })
}

// checkUntil wants a day that is not over and whose last instant is none after
// the latest there may be; key says what is wrong with a later one.
func checkUntil(wrong *problem.Fields, day string, now, latest time.Time, key string) {
	last, err := lastOf(day, now.Location())
	switch {
	case day == "":
		wrong.Add("until", "field_empty", nil)
	case err != nil:
		wrong.Add("until", "date_unreadable", nil)
	case last.Before(now):
		wrong.Add("until", "date_over", nil)
	case last.After(latest):
		wrong.Add("until", key, problem.Args{"date": latest.In(now.Location()).Format(time.DateOnly)})
	}
}

// lastOf is the last instant of a day written 2026-12-31.
func lastOf(day string, zone *time.Location) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly, day, zone)
	return lastInstant(at), err
}

// lastInstant is the last second of the day an instant lies in.
func lastInstant(at time.Time) time.Time {
	year, month, day := at.Date()
	return time.Date(year, month, day, 23, 59, 59, 0, at.Location()).UTC()
}
