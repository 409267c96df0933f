package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
)

// ErrSeal is the one answer to what can't be opened: altered, sealed for
// another purpose, or with another key.
var ErrSeal = errors.New("sealed secret can't be opened")

// Sealer keeps secrets that have to be read again (second factors, clients of
// companies' sign-on) unreadable in the database and its backups: AES-256-GCM
// under a key that is in the environment alone.
type Sealer struct{ aead cipher.AEAD }

// KeySize is the length of a sealing key, in bytes.
const KeySize = 32

// NewKey makes a sealing key as it is written in the environment: base64.
func NewKey() string {
	key := make([]byte, KeySize)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return base64.StdEncoding.EncodeToString(key)
}

// NewSealer reads a key as NewKey makes it.
func NewSealer(key string) (*Sealer, error) {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != KeySize {
		return nil, fmt.Errorf("a sealing key is %d bytes in base64", KeySize)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	return &Sealer{aead: aead}, nil
}

// Seal makes a secret unreadable. It opens for the same purpose alone, such as
// "totp/" and a person's uuid.
func (s *Sealer) Seal(secret []byte, purpose string) []byte {
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails (crypto/rand)
	return s.aead.Seal(nonce, nonce, secret, []byte(purpose))
}

// Open is the secret again; ErrSeal for anything but what Seal made for that
// purpose.
func (s *Sealer) Open(sealed []byte, purpose string) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrSeal
	}
	secret, err := s.aead.Open(nil, sealed[:n], sealed[n:], []byte(purpose))
	if err != nil {
		return nil, ErrSeal
	}
	return secret, nil
}
