package desk

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Limits of asking for access. Anybody may ask, with anybody's address: these
// keep us from being used to flood a mailbox, and a vendor's account managers.
const (
	accessWindow  = time.Hour
	accessNetwork = 10  // from one network
	accessVendor  = 100 // of one vendor
	// accessNotices: an address nobody has proven gets one mail of ours a day,
	// over all vendors, and addresses of one domain so many.
	accessNoticeWindow  = 24 * time.Hour
	accessNoticeAddress = 1
	accessNoticeDomain  = 200
	// accessManagers is how many account managers are told at most, where the
	// organization's own is not known.
	accessManagers = 20
)

// AccessMessageMax is the longest text about a request for access, in
// characters.
const AccessMessageMax = 5000

// AccessInput is what somebody without an account says of themself.
type AccessInput struct {
	Name         string
	Email        string
	Organization string // its name or external id
	Message      string // may be empty
	Locale       string // "" : the vendor's first
}

// check names every wrong field.
func (in *AccessInput) check(v store.Vendor) error {
	var wrong problem.Fields
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	in.Email = canonical(in.Email)
	checkEmail(&wrong, v, in.Email)
	checkText(&wrong, "organization", &in.Organization, 1, NameMax)
	checkText(&wrong, "message", &in.Message, 0, AccessMessageMax)
	if in.Locale == "" {
		in.Locale = v.Settings.Locale()
	}
	if _, err := language.Parse(in.Locale); err != nil {
		wrong.Add("locale", "field_not_locale", nil)
	}
	return wrong.Err()
}

// AskForAccess is how somebody without an account asks for one. The account
// manager of the organization they name is told by mail, else all of them, and
// the address itself is told that something was asked for, at most once a day.
// Whoever has an account is mailed that they have one instead. Whether there is
// one, or an open request, changes neither the answer nor what it costs: nil.
// RateLimited when too much is asked for from one network or of one vendor.
func (d *Desk) AskForAccess(ctx context.Context, vendorSlug string, in AccessInput) error {
	v, err := d.Store.VendorBySlug(ctx, clean(vendorSlug))
	if problem.CodeOf(err) == problem.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if err := in.check(v); err != nil {
		return err
	}
	if err := d.limitAccess(ctx, v); err != nil {
		return err
	}
	mayTell, err := d.mayNotify(ctx, in.Email)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		person, err := tx.PersonByEmail(ctx, in.Email)
		if err != nil && problem.CodeOf(err) != problem.NotFound {
			return err
		}
		known := err == nil && person.Active
		if !known {
			person = store.Person{Email: in.Email, Locale: in.Locale}
		}
		if err := tx.Rehearse(ctx, !known, func() error { return d.keepAccessRequest(ctx, tx, v, in, mayTell) }); err != nil {
			return err
		}
		return tx.Rehearse(ctx, known && mayTell, func() error {
			return notice.Account(ctx, tx, v, mail.AccountExists, store.NewID().String(), person, d.Now(), nil)
		})
	})
}

// limitAccess refuses what comes too often. The vendor's limit is reached by
// nobody but somebody who means harm, so that our log says so.
func (d *Desk) limitAccess(ctx context.Context, v store.Vendor) error {
	if err := d.throttle(ctx, bucket("access/network", OriginFrom(ctx).Network()), accessNetwork, accessWindow); err != nil {
		return err
	}
	err := d.throttle(ctx, bucket("access/vendor", v.Slug), accessVendor, accessWindow)
	if problem.CodeOf(err) == problem.RateLimited {
		slog.WarnContext(ctx, "too many ask for access", "vendor", v.Slug, "request_id", OriginFrom(ctx).RequestID)
	}
	return err
}

// mayNotify says whether an unproven address may be mailed now, and counts it.
// Dots and what follows a + make no other mailbox at the large providers.
func (d *Desk) mayNotify(ctx context.Context, email string) (bool, error) {
	local, domain, _ := strings.Cut(mailbox(email), "@")
	address := bucket("notice/address", strings.ReplaceAll(local, ".", ""), domain)
	once, _, err := d.Store.Throttle(ctx, address, accessNoticeAddress, accessNoticeWindow, d.Now())
	if err != nil {
		return false, err
	}
	few, _, err := d.Store.Throttle(ctx, bucket("notice/domain", domain), accessNoticeDomain, accessNoticeWindow, d.Now())
	return once && few, err
}

// keepAccessRequest writes the request and decides who is told. A repeat while
// one is open adds nothing.
func (d *Desk) keepAccessRequest(ctx context.Context, tx *store.Tx, v store.Vendor, in AccessInput, mayTell bool) error {
	r := store.AccessRequest{
		ID: store.NewID(), Name: in.Name, Email: in.Email, Organization: in.Organization, Message: in.Message, Locale: in.Locale,
		State: "new", CreatedAt: d.Now(), UpdatedAt: d.Now(), Version: 1,
	}
	o, err := tx.OrganizationLike(ctx, strings.TrimSpace(in.Organization))
	switch {
	case err == nil:
		r.OrganizationID, r.ManagerID = &o.ID, o.AccountManagerID
	case problem.CodeOf(err) != problem.NotFound:
		return err
	}
	added, err := tx.InsertAccessRequest(ctx, r)
	if err != nil || !added {
		return err
	}
	if err := d.audit(ctx, tx, Caller{Vendor: v}, "access_requested", "access_request", r.ID, map[string]any{
		"name": r.Name, "email": r.Email, "organization": r.Organization,
	}); err != nil {
		return err
	}
	if err := d.tellManagers(ctx, tx, v, r, mail.AccessRequested, r.ID, r.Message); err != nil || !mayTell {
		return err
	}
	to := store.Person{Email: r.Email, Locale: r.Locale, TimeZone: v.Settings.TimeZone} // no name: not a word of the submitter's
	return notice.Account(ctx, tx, v, mail.AccessReceived, r.ID.String(), to, d.Now(), nil)
}

// tellManagers tells whose a request for access is: its account manager, else
// all of them, else the administrators.
func (d *Desk) tellManagers(ctx context.Context, tx *store.Tx, v store.Vendor, r store.AccessRequest, kind mail.Kind, event uuid.UUID, text string) error {
	people, err := managersOf(ctx, tx, r)
	if err != nil {
		return err
	}
	for _, p := range people {
		if err := notice.Account(ctx, tx, v, kind, event.String(), p, d.Now(), func(n *mail.Notice) {
			n.Asker, n.Organization, n.Text = mail.Address{Name: r.Name, Email: r.Email}, r.Organization, text
			if n.URL != "" {
				n.URL += "/console/access-requests/" + r.ID.String()
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

func managersOf(ctx context.Context, tx *store.Tx, r store.AccessRequest) ([]store.Person, error) {
	if r.ManagerID != nil {
		p, err := tx.Person(ctx, *r.ManagerID)
		if err != nil || p.Active && (Caller{Person: p}).holds(RoleAccountManager) {
			return []store.Person{p}, err
		}
	}
	for _, role := range []Role{RoleAccountManager, RoleAdmin} {
		people, err := tx.ActiveWith(ctx, string(role), accessManagers)
		if err != nil || len(people) > 0 {
			return people, err
		}
	}
	return nil, nil
}
