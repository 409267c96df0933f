package desk

import (
	"context"
	"slices"
	"time"

	"golang.org/x/text/language"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Themes are the colours of pages to choose from.
var Themes = []string{"system", "light", "dark"}

// Profile is what a person decides about themself.
type Profile struct {
	Name       string
	Locale     string // BCP 47
	TimeZone   string // IANA
	Theme      string // one of Themes
	SingleKeys bool   // single-key shortcuts on pages

	// AbsentUntil is until when they are not here, kept to the second; nil: they are.
	AbsentUntil *time.Time
}

// ProfileOf is a person's profile as it is.
func ProfileOf(p store.Person) Profile {
	return Profile{Name: p.Name, Locale: p.Locale, TimeZone: p.TimeZone, Theme: p.Theme, SingleKeys: p.SingleKeys, AbsentUntil: p.AbsentUntil}
}

func (in *Profile) check() error {
	var wrong problem.Fields
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	if _, err := language.Parse(in.Locale); err != nil {
		wrong.Add("locale", "field_not_locale", nil)
	}
	if _, err := time.LoadLocation(in.TimeZone); err != nil || in.TimeZone == "" || in.TimeZone == "Local" {
		wrong.Add("time_zone", "field_not_zone", nil)
	}
	if !slices.Contains(Themes, in.Theme) {
		wrong.Add("theme", "field_not_a_choice", problem.Args{"choices": Themes})
	}
	in.AbsentUntil = toTheSecond(in.AbsentUntil)
	return wrong.Err()
}

// toTheSecond is an instant as the instants people write are kept.
func toTheSecond(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	kept := at.UTC().Truncate(time.Second)
	return &kept
}

// UpdateMe changes the caller's profile, and answers them as they are then.
// version is the row's they have read: Conflict with the present one when it
// was changed meanwhile.
func (d *Desk) UpdateMe(ctx context.Context, version int64, in Profile) (Caller, error) {
	c, err := d.present(ctx, OpUpdateMe)
	if err != nil {
		return c, err
	}
	if err := in.check(); err != nil {
		return c, err
	}
	was := ProfileOf(c.Person)
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		p := c.Person
		p.Name, p.Locale, p.TimeZone, p.Theme, p.SingleKeys, p.Version = in.Name, in.Locale, in.TimeZone, in.Theme, in.SingleKeys, version
		p.AbsentUntil = in.AbsentUntil
		err := tx.UpdateProfile(ctx, p)
		if problem.CodeOf(err) == problem.NotFound {
			if p, err = tx.Person(ctx, p.ID); err == nil {
				err = changedMeanwhile(p.Version)
			}
		}
		if err != nil {
			return err
		}
		if err := d.audit(ctx, tx, c, "profile_changed", "person", p.ID, map[string]any{"was": was, "is": in}); err != nil {
			return err
		}
		c.Person, err = tx.Person(ctx, p.ID)
		return err
	})
	return c, err
}
