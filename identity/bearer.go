package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Kind says what a bearer secret opens.
type Kind string

// The kinds of bearer secret.
const (
	// Session is a signed-in browser; its secrets begin with "cps_".
	Session Kind = "session"
	// APIToken is a program's access, scoped and revocable; its secrets begin with "cpt_".
	APIToken Kind = "api_token"
	// Link is the secret part of a link that works once and signs nobody in; its secrets begin with "cpl_".
	Link Kind = "link"
	// Device tells a browser that somebody has signed in with before, and signs nobody in; its secrets begin with "cpd_".
	Device Kind = "device"
)

// ErrBearer is the one answer to every malformed bearer secret. It never quotes the secret.
var ErrBearer = errors.New("malformed bearer secret")

const (
	prefixLength = len("cps_")
	randomBytes  = 32
	randomLength = 43 // base64url without padding of 32 bytes (RFC 4648 5)
	maxSlug      = 40
	minBearer    = prefixLength + 1 + 1 + randomLength
	maxBearer    = prefixLength + maxSlug + 1 + randomLength
)

var prefixes = map[string]Kind{"cps_": Session, "cpt_": APIToken, "cpl_": Link, "cpd_": Device}

// strict refuses encodings whose last bits are not zero, so that one secret has one spelling.
var strict = base64.RawURLEncoding.Strict()

// NewBearer makes a secret to hand out once: prefix, vendor slug, "_", and 256 random bits in
// base64url (43 characters). Only hash (SHA-256 of the whole string, 32 bytes) may be stored. The
// slug is 1 to 40 of a-z, 0-9 and "-"; anything else, or an unknown kind, is an error.
func NewBearer(kind Kind, vendorSlug string) (secret string, hash []byte, err error) {
	if !isSlug(vendorSlug) {
		return "", nil, fmt.Errorf("new bearer: the vendor slug must be 1 to %d of a-z, 0-9 and -", maxSlug)
	}
	for prefix, k := range prefixes {
		if k == kind {
			secret = prefix + vendorSlug + "_"
		}
	}
	if secret == "" {
		return "", nil, fmt.Errorf("new bearer: unknown kind %q", kind)
	}
	random := make([]byte, randomBytes)
	if _, err := rand.Read(random); err != nil {
		return "", nil, fmt.Errorf("new bearer: %w", err)
	}
	secret += strict.EncodeToString(random)
	return secret, hashOf(secret), nil
}

// ParseBearer reads a secret as NewBearer made it, strictly: one spelling, no white space, no
// padding. What is too short or too long is refused before any work. It answers what the secret
// claims to be and the hash to look up (SHA-256 of the whole string); whether it exists, and belongs
// to that vendor, the store must tell. Every refusal is ErrBearer.
func ParseBearer(s string) (kind Kind, vendorSlug string, hash []byte, err error) {
	if len(s) < minBearer || len(s) > maxBearer {
		return "", "", nil, ErrBearer
	}
	kind, known := prefixes[s[:prefixLength]]
	// base64url may itself hold "_", so the parts are told by their length from the end.
	end := len(s) - randomLength - 1
	vendorSlug = s[prefixLength:end]
	if !known || s[end] != '_' || !isSlug(vendorSlug) {
		return "", "", nil, ErrBearer
	}
	// The decoder skips line ends; the length then tells.
	if random, err := strict.DecodeString(s[end+1:]); err != nil || len(random) != randomBytes {
		return "", "", nil, ErrBearer
	}
	return kind, vendorSlug, hashOf(s), nil
}

func isSlug(s string) bool {
	if len(s) < 1 || len(s) > maxSlug {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func hashOf(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
