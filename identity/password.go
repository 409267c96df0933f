// Package identity makes and checks what proves who somebody is: passwords and bearer secrets. It
// knows no database: it gives what may be stored, and judges what was stored.
package identity

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// The limits of a password, in runes.
const (
	MinPassword = 12
	MaxPassword = 200
)

var (
	// ErrPasswordShort is fewer than MinPassword characters, or nothing but white space.
	ErrPasswordShort = errors.New("the password is too short")
	// ErrPasswordLong is more than MaxPassword characters.
	ErrPasswordLong = errors.New("the password is too long")
)

// cost is argon2id with 19 MiB, two passes, one lane (OWASP Password Storage, RFC 9106): about
// 20 ms of one core. The encoded hash carries it, so it can be raised for new passwords.
var cost = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobody is the hash that stands for a person who does not exist: no password's, at our cost.
var nobody = fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", cost.Memory, cost.Iterations, cost.Parallelism,
	strings.Repeat("A", 22), strings.Repeat("A", 43))

// compare makes one hash and tells whether it is the stored one; tests count its calls.
var compare = argon2id.ComparePasswordAndHash

// slots bounds the hashes made at once to the processors there are, so that a burst of sign-ins
// queues instead of taking all memory (19 MiB each).
var slots = make(chan struct{}, runtime.GOMAXPROCS(0))

// ValidPassword tells whether a password may be chosen: MinPassword to MaxPassword runes, not only
// white space. It answers ErrPasswordShort or ErrPasswordLong and never quotes the password.
func ValidPassword(password string) error {
	if len(password) > MaxPassword*utf8.UTFMax || utf8.RuneCountInString(password) > MaxPassword {
		return ErrPasswordLong
	}
	if utf8.RuneCountInString(password) < MinPassword || strings.TrimSpace(password) == "" {
		return ErrPasswordShort
	}
	return nil
}

// HashPassword returns the encoded argon2id hash to store ("$argon2id$v=19$m=19456,t=2,p=1$…"), with
// a random salt. It refuses what ValidPassword refuses. The password is hashed in Unicode NFC
// (RFC 8265 4.2), so that it matches whichever way a keyboard composes its accents.
func HashPassword(password string) (string, error) {
	if err := ValidPassword(password); err != nil {
		return "", err
	}
	slots <- struct{}{}
	defer func() { <-slots }()
	encoded, err := argon2id.CreateHash(norm.NFC.String(password), cost)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return encoded, nil
}

// CheckPassword tells whether password belongs to the stored hash. An empty encoded (no such person,
// or no password set) costs the same one hash and answers false, so that the time taken does not
// tell who exists; so does a password that is too long to have been accepted. At most GOMAXPROCS
// hashes run at once: waiting for a turn ends with ctx, then the answer is ctx's error. A stored
// hash that cannot be read is an error.
func CheckPassword(ctx context.Context, encoded, password string) (bool, error) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	possible := encoded != ""
	if !possible {
		encoded = nobody
	}
	if len(password) > MaxPassword*utf8.UTFMax {
		password, possible = "", false
	}
	if err := readable(encoded); err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	match, err := compare(norm.NFC.String(password), encoded)
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	return match && possible, nil
}

// readable refuses stored hashes that would make argon2 panic, take all memory, or match anything.
func readable(encoded string) error {
	p, _, _, err := argon2id.DecodeHash(encoded)
	if err != nil {
		return err
	}
	if p.Iterations < 1 || p.Iterations > 16 || p.Parallelism < 1 || p.Memory > 256*1024 ||
		p.SaltLength < 8 || p.KeyLength < 16 {
		return argon2id.ErrInvalidHash
	}
	return nil
}
