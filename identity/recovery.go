package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
)

// RecoveryCodes is how many recovery codes a person gets at once.
const RecoveryCodes = 10

// recoveryLength is the characters of one code: 80 bits in base32, so that a stolen hash tells
// nothing.
const recoveryLength = 16

// NewRecoveryCodes makes codes that stand in for a second factor once each, as they are shown:
// "XXXX-XXXX-XXXX-XXXX". Only RecoveryHash may be stored.
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		random := rand.Text()[:recoveryLength] // base32, 26 characters (crypto/rand)
		codes[i] = strings.Join([]string{random[:4], random[4:8], random[8:12], random[12:]}, "-")
	}
	return codes
}

// RecoveryHash is what is stored of a person's recovery code (SHA-256, 32 bytes), and looked for
// when one is typed: hyphens, spaces and the case of letters don't matter. ok is false for what
// can't be a recovery code.
func RecoveryHash(person, code string) (hash []byte, ok bool) {
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	if len(code) != recoveryLength {
		return nil, false
	}
	sum := sha256.Sum256([]byte("recovery\x00" + person + "\x00" + code))
	return sum[:], true
}
