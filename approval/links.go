package approval

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/store"
)

// LinkLife is how long a link works on a quote that does not expire.
const LinkLife = 90 * 24 * time.Hour

// LinkPath is where the page of a link is, before its secret.
const LinkPath = "/approvals/"

// Link makes a link for a person and a version of a quote; until is when it
// stops working. Its address is the vendor's own, and only the hash of its secret
// is kept. "" where the vendor's pages have no address.
func Link(ctx context.Context, tx *store.Tx, v store.Vendor, q store.Quote, person uuid.UUID, at time.Time) (url string, until time.Time, err error) {
	if v.Portal == "" {
		return "", until, nil
	}
	secret, hash, err := identity.NewBearer(identity.Link, v.Slug)
	if err != nil {
		return "", until, err
	}
	until = at.Add(LinkLife)
	if q.ExpiresAt != nil {
		until = *q.ExpiresAt
	}
	return v.Portal + LinkPath + secret, until, tx.InsertApprovalLink(ctx, store.ApprovalLink{
		ID: store.NewID(), QuoteID: q.ID, PersonID: person, Hash: hash, CreatedAt: at, ExpiresAt: until,
	})
}

// codeDigits is how long a code is.
const codeDigits = 6

// NewCode makes the code of a link that is mailed apart, and the hash to keep.
func NewCode(link uuid.UUID) (code string, hash []byte, err error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", nil, fmt.Errorf("new code: %w", err)
	}
	code = fmt.Sprintf("%0*d", codeDigits, n)
	return code, CodeHash(link, code), nil
}

// CodeHash is what is kept of a link's code.
func CodeHash(link uuid.UUID, code string) []byte {
	sum := sha256.Sum256([]byte(link.String() + code))
	return sum[:]
}
