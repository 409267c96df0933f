package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// VendorInput describes a new vendor.
type VendorInput struct {
	Slug     string // a-z, 0-9 and -, 1 to 40 characters
	Name     string
	Prefix   string // of ticket numbers: 2 to 6 capitals
	Settings policy.Settings
}

// ReservedSlugs are the first parts of addresses that belong to no vendor.
var ReservedSlugs = []string{"v1", "docs", "assets", "healthz", "readyz", "metrics", "openapi.yaml", "favicon.ico", "robots.txt", ".well-known"}

var (
	slugForm   = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	prefixForm = regexp.MustCompile(`^[A-Z]{2,6}$`)
)

// CreateVendor adds a vendor with its first administrator. It asks for no
// caller: only the command line offers it, to whoever holds the database.
// No vendor and no account exists before. Vendor, administrator and what more
// adds (nil: nothing) are there together or not at all.
func (d *Desk) CreateVendor(ctx context.Context, in VendorInput, admin PersonInput, more func(*store.Tx, Caller) error) (Caller, error) {
	var c Caller
	var wrong problem.Fields
	if !slugForm.MatchString(in.Slug) || slices.Contains(ReservedSlugs, in.Slug) {
		wrong.Add("slug", "field_not_slug", nil)
	}
	if !prefixForm.MatchString(in.Prefix) {
		wrong.Add("prefix", "field_not_prefix", nil)
	}
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	if err := wrong.Err(); err != nil {
		return c, err
	}
	if err := errors.Join(in.Settings.Check(), checkAddresses(in.Settings)); err != nil {
		return c, err
	}
	raw, err := json.Marshal(in.Settings)
	if err != nil {
		return c, err
	}
	c.Vendor = store.Vendor{ID: store.NewID(), Slug: in.Slug, Name: in.Name, Prefix: in.Prefix, Raw: raw, Settings: in.Settings}
	admin.Roles = []string{string(RoleAdmin)}
	if err := admin.check(c.Vendor, StaffRoles); err != nil {
		return c, err
	}
	if c.Person, err = d.person(admin); err != nil {
		return c, err
	}
	return c, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := tx.InsertVendor(ctx, c.Vendor); err != nil {
			return err
		}
		if err := d.addPerson(ctx, tx, Caller{Vendor: c.Vendor}, c.Person); err != nil || more == nil {
			return err
		}
		return more(tx, c)
	})
}

// checkAddresses refuses what no mail can be written with: a receipt that
// can't be sent breaks every promise after it.
func checkAddresses(s policy.Settings) error {
	for name, address := range map[string]string{"mail_from": s.MailFrom, "reply_to": s.ReplyTo} {
		if _, err := mail.Canonical(address); err != nil && (address != "" || name == "mail_from") {
			return fmt.Errorf("vendor settings: %s must be a bare mail address such as support@example.com, not %q", name, address)
		}
	}
	for name, address := range map[string]string{"portal_url": s.PortalURL, "privacy_url": s.PrivacyURL} {
		u, err := url.Parse(address)
		if address != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return fmt.Errorf("vendor settings: %s must be a whole address such as https://example.com, not %q", name, address)
		}
	}
	return nil
}

// ByEmail is the person of a vendor as a caller, for the command line and the
// importer, who have proven themselves by holding the database.
func (d *Desk) ByEmail(ctx context.Context, vendorSlug, email string) (c Caller, err error) {
	if c.Vendor, err = d.Store.VendorBySlug(ctx, vendorSlug); err != nil {
		return c, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		c.Person, err = tx.PersonByEmail(ctx, canonical(email))
		return err
	})
	return c, err
}

// AddPerson adds a person to a vendor from the command line.
func (d *Desk) AddPerson(ctx context.Context, v store.Vendor, in PersonInput) (p store.Person, err error) {
	return p, d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		p, err = d.AddPersonIn(ctx, tx, v, in)
		return err
	})
}

// AddPersonIn is AddPerson as a part of more. Nobody is invited: without a
// password the person waits for somebody to do it.
func (d *Desk) AddPersonIn(ctx context.Context, tx *store.Tx, v store.Vendor, in PersonInput) (p store.Person, err error) {
	roles := StaffRoles
	if in.OrganizationID != nil {
		roles = ContactRoles
	}
	if err := in.check(v, roles); err != nil {
		return p, err
	}
	if p, err = d.person(in); err != nil {
		return p, err
	}
	return p, d.addPerson(ctx, tx, Caller{Vendor: v}, p)
}

// SetPassword replaces a person's password from the command line, ends their
// sessions and links, and tells them by mail.
func (d *Desk) SetPassword(ctx context.Context, c Caller, password string) error {
	hash, err := hashPassword("password", password)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		return d.setPassword(ctx, tx, Caller{Vendor: c.Vendor}, c.Person, hash)
	})
}
