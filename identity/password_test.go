package identity

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"pgregory.net/rapid"
)

const good = "correct horse battery"

func TestHashAndCheck(t *testing.T) {
	encoded, err := HashPassword(good)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("parameters: %s", encoded)
	}
	again, _ := HashPassword(good)
	if again == encoded {
		t.Error("two hashes of one password are equal: no salt")
	}
	for password, want := range map[string]bool{
		good: true, good + " ": false, strings.ToUpper(good): false, "": false,
		strings.Repeat("x", 1<<20): false,
	} {
		got, err := CheckPassword(t.Context(), encoded, password)
		if err != nil || got != want {
			t.Errorf("%.30q: %v, %v; want %v", password, got, err, want)
		}
	}
}

func TestComposedAndDecomposedAccentsMatch(t *testing.T) {
	encoded, err := HashPassword("mot de passe caf\u00e9")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := CheckPassword(t.Context(), encoded, "mot de passe cafe\u0301"); !ok || err != nil {
		t.Errorf("decomposed spelling: %v, %v", ok, err)
	}
}

func TestUnreadableHashIsAnError(t *testing.T) {
	for _, encoded := range []string{
		"x", "$argon2id$", "$2a$10$abcdefghijklmnopqrstuv",
		"$argon2i$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21l$c29tZWhhc2hzb21laGFzaA",
		"$argon2id$v=19$m=19456,t=0,p=1$c29tZXNhbHRzb21l$c29tZWhhc2hzb21laGFzaA",
		"$argon2id$v=19$m=19456,t=2,p=0$c29tZXNhbHRzb21l$c29tZWhhc2hzb21laGFzaA",
		"$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHRzb21l$c29tZWhhc2hzb21laGFzaA",
		"$argon2id$v=19$m=19456,t=2,p=1$$",
	} {
		if ok, err := CheckPassword(t.Context(), encoded, good); ok || err == nil {
			t.Errorf("%s: %v, %v", encoded, ok, err)
		}
	}
}

// Nobody learns from the work done who exists (abuse case B1): whatever the
// answer, it costs one hash with the same parameters.
func TestEveryCheckCostsOneHash(t *testing.T) {
	encoded, err := HashPassword(good)
	if err != nil {
		t.Fatal(err)
	}
	actual := compare
	defer func() { compare = actual }()
	var made []argon2id.Params
	compare = func(password, encoded string) (bool, error) {
		p, _, _, err := argon2id.DecodeHash(encoded)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, *p)
		return actual(password, encoded)
	}
	for _, c := range []struct {
		name, encoded, password string
		want                    bool
	}{
		{"right", encoded, good, true},
		{"wrong", encoded, "another password", false},
		{"empty", encoded, "", false},
		{"far too long", encoded, strings.Repeat("x", 5000), false},
		{"unknown person", "", good, false},
		{"unknown person, empty", "", "", false},
		{"unknown person, far too long", "", strings.Repeat("x", 5000), false},
	} {
		made = nil
		ok, err := CheckPassword(t.Context(), c.encoded, c.password)
		if ok != c.want || err != nil || len(made) != 1 || made[0] != *cost {
			t.Errorf("%s: %v, %v; hashes made: %+v, want one of %+v", c.name, ok, err, made, *cost)
		}
	}
}

func TestHashesAreBoundedAndWaitingEndsWithContext(t *testing.T) {
	for range cap(slots) {
		slots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := CheckPassword(ctx, "", good)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("all busy: %v", err)
	}
	for range cap(slots) {
		<-slots
	}
	if _, err := CheckPassword(t.Context(), "", good); err != nil {
		t.Errorf("free again: %v", err)
	}
	if len(slots) != 0 {
		t.Errorf("%d slots still taken", len(slots))
	}
}

func TestValidPassword(t *testing.T) {
	for _, c := range []struct {
		password string
		want     error
	}{
		{"", ErrPasswordShort},
		{"elevenchars", ErrPasswordShort},
		{"twelve chars", nil},
		{strings.Repeat("é", 11), ErrPasswordShort},
		{strings.Repeat("é", 12), nil},
		{strings.Repeat(" ", 20), ErrPasswordShort},
		{strings.Repeat("\u00a0", 20), ErrPasswordShort},
		{strings.Repeat("x", 200), nil},
		{strings.Repeat("𝒳", 200), nil},
		{strings.Repeat("x", 201), ErrPasswordLong},
		{strings.Repeat(" ", 201), ErrPasswordLong},
		{strings.Repeat("x", 10<<20), ErrPasswordLong},
	} {
		if err := ValidPassword(c.password); !errors.Is(err, c.want) {
			t.Errorf("%.30q: %v, want %v", c.password, err, c.want)
		}
		if _, err := HashPassword(c.password); c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("hash %.30q: %v, want %v", c.password, err, c.want)
		}
	}
}

func TestValidPasswordNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		err := ValidPassword(string(rapid.SliceOf(rapid.Byte()).Draw(t, "password")))
		if err != nil && !errors.Is(err, ErrPasswordShort) && !errors.Is(err, ErrPasswordLong) {
			t.Fatal(err)
		}
	})
}
