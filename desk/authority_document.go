package desk

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/document"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
)

// PrintAuthority draws an access authority as PDF in a language of
// words.Locales, with what was asked and every decision; for whoever sees it.
// The same authority read by the same person gives the same bytes. name is what
// the file may be called.
func (d *Desk) PrintAuthority(ctx context.Context, ref string, id uuid.UUID, locale string) (name string, pdf []byte, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return "", nil, err
	}
	var v AuthorityView
	if err := d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, a, err := d.findAuthority(ctx, tx, c, OpPrintAuthority, ref, id)
		if err == nil {
			v, err = d.authorityView(ctx, tx, c, row, a)
		}
		return err
	}); err != nil {
		return "", nil, err
	}
	pdf, err = v.sheet(c, locale).PDF()
	return fileName(v.Number + "-" + strings.SplitN(v.ID.String(), "-", 2)[0] + ".pdf"), pdf, err
}

// sheet is the authority as its reader prints it.
func (v AuthorityView) sheet(c Caller, locale string) document.Authority {
	zone := c.Vendor.Settings.Location()
	if l, err := time.LoadLocation(c.Person.TimeZone); err == nil && c.Person.TimeZone != "" {
		zone = l
	}
	date := func(at time.Time) string { return mail.Date(at.In(zone), locale) }
	a := document.Authority{
		Locale: locale, Vendor: c.Vendor.Name, ID: v.ID.String(), Number: v.Number, Title: v.Title, Customer: v.Organization, System: v.System,
		Scopes: v.Scopes, ScopeText: v.ScopeText, Reason: v.Reason, AskedBy: v.AskedByName, AskedAt: date(v.AskedAt),
		AskedUntil: date(v.WantedUntil), Made: v.AskedAt,
	}
	for _, d := range v.Decisions {
		one := document.Decision{
			Kind: d.Kind, Person: d.PersonName, Name: d.Name, Organization: d.Organization, Customer: d.Customer, Capacity: d.Capacity,
			Basis: d.Basis, Scopes: d.Scopes, ScopeText: d.ScopeText, Reason: d.Reason, At: date(d.At), Channel: d.Channel, IP: d.IP, ID: d.ID.String(),
		}
		if d.EndsAt != nil {
			one.EndsAt = date(*d.EndsAt)
		}
		a.Decisions, a.Made = append(a.Decisions, one), d.At
	}
	return a
}
