package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// The purposes of links that work once. Such a link signs nobody in.
const (
	LinkInvitation  = "invitation"   // a new person chooses a password
	LinkReset       = "reset"        // a person chooses a new password
	LinkAccessReply = "access_reply" // whoever asks for access answers a question
)

// How long links work. An invitation may wait for somebody's return; a reset
// is asked for and used at once.
const (
	InvitationLife  = 7 * 24 * time.Hour
	ResetLife       = time.Hour
	AccessReplyLife = 14 * 24 * time.Hour
)

// linkPaths is where the pages of each purpose are.
var linkPaths = map[string]string{LinkInvitation: "/password/", LinkReset: "/password/", LinkAccessReply: "/access/reply/"}

// newLink makes a link that works once, for a person or for a request for
// access, and ends the earlier ones of the same purpose. Its address is the
// vendor's own and never taken from a request; only the hash of its secret is
// kept. until is when it stops working.
func (d *Desk) newLink(ctx context.Context, tx *store.Tx, v store.Vendor, purpose string, person, accessRequest *uuid.UUID, life time.Duration,
) (url string, until time.Time, err error) {
	if v.Portal == "" {
		return "", until, fmt.Errorf("link for %s: the address of its pages is not known", v.Slug)
	}
	secret, hash, err := identity.NewBearer(identity.Link, v.Slug)
	if err != nil {
		return "", until, err
	}
	l := store.Link{
		ID: store.NewID(), Purpose: purpose, PersonID: person, AccessRequestID: accessRequest, Hash: hash,
		CreatedAt: d.Now(), ExpiresAt: d.Now().Add(life),
	}
	return v.Portal + linkPaths[purpose] + secret, l.ExpiresAt, tx.InsertLink(ctx, l)
}

// linkVendor is the vendor whose link a secret is; NotFound for anything that
// can't be one.
func (d *Desk) linkVendor(ctx context.Context, secret string) (v store.Vendor, err error) {
	kind, slug, _, err := identity.ParseBearer(secret)
	if err != nil || kind != identity.Link {
		return v, unknownLink()
	}
	if v, err = d.Store.VendorBySlug(ctx, slug); problem.CodeOf(err) == problem.NotFound {
		return v, unknownLink()
	}
	return v, err
}

// findLink finds the link behind a secret, if it is for one of the purposes
// and still works: NotFound for one there never was, Conflict for one that was
// used, replaced or is too old. It does not use it up: tx.UseLink does, in the
// transaction of what it is used for.
func (d *Desk) findLink(ctx context.Context, tx *store.Tx, secret string, purposes ...string) (store.Link, error) {
	_, _, hash, err := identity.ParseBearer(secret)
	if err != nil {
		return store.Link{}, unknownLink()
	}
	l, err := tx.Link(ctx, hash)
	switch {
	case problem.CodeOf(err) == problem.NotFound, err == nil && !slices.Contains(purposes, l.Purpose):
		return l, unknownLink()
	case err != nil:
		return l, err
	case l.UsedAt != nil:
		return l, problem.New(problem.Conflict, "link_used", nil)
	case !l.ExpiresAt.After(d.Now()):
		return l, problem.New(problem.Conflict, "link_expired", nil)
	}
	return l, nil
}

func unknownLink() error { return problem.New(problem.NotFound, "link_unknown", nil) }
