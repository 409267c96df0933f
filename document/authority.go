package document

import (
	"strings"
	"time"
)

// Authority is an access authority as it is printed. Dates are in words, in the
// reader's language and zone, but for Made.
type Authority struct {
	Locale, Vendor               string
	ID, Number, Title            string // the authority's; its ticket's
	Customer, System             string
	Scopes                       []string // codes: read_only, configuration, data_change
	ScopeText, Reason            string
	AskedBy, AskedAt, AskedUntil string
	Decisions                    []Decision // oldest first
	Made                         time.Time  // when it last changed: the file's date
}

// Decision is who decided what about it.
type Decision struct {
	Kind                       string // completed, declined or revoked
	Person, Name, Organization string
	Customer                   string
	Capacity                   string // signatory, partner, super_user or staff
	Basis                      string
	Scopes                     []string
	ScopeText, EndsAt, Reason  string
	At, Channel, IP, ID        string
}

// PDF draws it: what was asked, and every decision. Whether it is good at some
// instant is not said: a printed sheet does not change when it is taken back.
func (a Authority) PDF() ([]byte, error) {
	t := func(key string) string { return said().Say(a.Locale, key, nil) }
	s := sheet{
		locale: a.Locale, from: a.Vendor, title: t("authority_title"), about: a.Number + " · " + a.Title,
		footer: a.Vendor + " · " + a.Number + " · " + a.ID, made: a.Made,
	}
	s.sections = append(s.sections, section{heading: t("authority_asked"), facts: []fact{
		{t("customer"), a.Customer},
		{t("system"), a.System},
		{t("scopes"), a.scopes(a.Scopes)},
		{t("scope_text"), a.ScopeText},
		{t("reason"), a.Reason},
		{t("asked_until"), a.AskedUntil},
		{t("asked_by"), a.AskedBy + ", " + a.Vendor},
		{t("asked_at"), a.AskedAt},
	}})
	for _, d := range a.Decisions {
		s.sections = append(s.sections, section{heading: t("authority_" + d.Kind), facts: []fact{
			{t("name"), d.Name},
			{t("person"), d.Person + ", " + d.Organization},
			{t("for_whom"), d.Customer},
			{t("capacity"), t("capacity_" + d.Capacity)},
			{t("basis"), d.Basis},
			{t("granted"), a.scopes(d.Scopes)},
			{t("conditions"), d.ScopeText},
			{t("ends_at"), d.EndsAt},
			{t("reason"), d.Reason},
			{t("at"), d.At},
			{t("channel"), strings.TrimSuffix(t("channel_"+d.Channel)+", "+d.IP, ", ")},
			{t("record"), d.ID},
		}})
	}
	if len(a.Decisions) == 0 {
		s.sections = append(s.sections, section{heading: t("authority_open"), facts: []fact{{t("answer"), t("authority_open_text")}}})
	}
	return s.draw()
}

func (a Authority) scopes(codes []string) string {
	var all []string
	for _, code := range codes {
		all = append(all, said().Say(a.Locale, "scope_"+code, nil))
	}
	return strings.Join(all, "\n")
}
