package identity

import (
	"bytes"
	"errors"
	"testing"
)

func TestSeal(t *testing.T) {
	t.Parallel()
	key := NewKey()
	s, err := NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.Seal([]byte("secret"), "totp/1")
	if bytes.Contains(sealed, []byte("secret")) || bytes.Equal(sealed, s.Seal([]byte("secret"), "totp/1")) {
		t.Errorf("sealed as %x", sealed)
	}
	again, err := NewSealer(key)
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := again.Open(sealed, "totp/1"); err != nil || string(opened) != "secret" {
		t.Errorf("opened as %q, %v", opened, err)
	}
	other, err := NewSealer(NewKey())
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Clone(sealed)
	altered[len(altered)-1] ^= 1
	for what, open := range map[string]func() ([]byte, error){
		"another purpose": func() ([]byte, error) { return s.Open(sealed, "totp/2") },
		"another key":     func() ([]byte, error) { return other.Open(sealed, "totp/1") },
		"altered":         func() ([]byte, error) { return s.Open(altered, "totp/1") },
		"cut":             func() ([]byte, error) { return s.Open(sealed[:5], "totp/1") },
		"nothing":         func() ([]byte, error) { return s.Open(nil, "totp/1") },
	} {
		if opened, err := open(); !errors.Is(err, ErrSeal) || opened != nil {
			t.Errorf("%s: %q, %v", what, opened, err)
		}
	}
	for _, wrong := range []string{"", "short", key + "=", key[:20]} {
		if _, err := NewSealer(wrong); err == nil {
			t.Errorf("key %q is taken", wrong)
		}
	}
}
