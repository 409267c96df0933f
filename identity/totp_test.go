package identity

import (
	"encoding/base32"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// rfc6238 is the secret of RFC 6238 appendix B.
var rfc6238 = base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))

func TestTOTPSteps(t *testing.T) {
	for _, c := range []struct {
		at   int64
		code string
		want []int64
	}{
		// The last six of the eight digits in RFC 6238 appendix B (SHA-1).
		{59, "287082", []int64{1}},
		{1111111109, "081804", []int64{37037036}},
		{1111111111, "050471", []int64{37037037}},
		{1234567890, "005924", []int64{41152263}},
		{2000000000, "279037", []int64{66666666}},
		{20000000000, "353130", []int64{666666666}},
		{59 + 30, "287082", []int64{1}}, // one step later, and no further
		{59 + 60, "287082", nil},
		{59 - 30, "287082", []int64{1}},
		{0, "287082", []int64{1}},
		{1111111111, "081804", []int64{37037036}},
		{59, " 287 082 ", []int64{1}},
		{59, "287083", nil},
		{59, "", nil},
		{59, "28708", nil},
		{59, "0287082", nil},
		{59, "２８７０８２", nil},
		{59, "-287082", nil},
	} {
		if got := TOTPSteps(rfc6238, c.code, time.Unix(c.at, 0)); !slices.Equal(got, c.want) {
			t.Errorf("%q at %d: %v, want %v", c.code, c.at, got, c.want)
		}
	}
	if got := TOTPSteps("not base32!", "287082", time.Unix(59, 0)); got != nil {
		t.Errorf("a broken secret accepts %v", got)
	}
}

func TestNewTOTP(t *testing.T) {
	secret, uri, err := NewTOTP("PRIM: Logix & Cie", "jeanne@prim.example")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil || len(raw) != 20 {
		t.Errorf("secret %q: %d bytes, %v", secret, len(raw), err)
	}
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/PRIM  Logix & Cie:jeanne@prim.example" || q.Get("secret") != secret ||
		q.Get("issuer") != "PRIM  Logix & Cie" || q.Get("period") != "30" || q.Get("digits") != "6" || q.Get("algorithm") != "SHA1" {
		t.Errorf("address %s", uri)
	}
	if other, _, _ := NewTOTP("PRIM: Logix & Cie", "jeanne@prim.example"); other == secret {
		t.Error("two secrets are the same")
	}
	svg, err := QR(uri)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(svg, "<svg ") || strings.Contains(svg, secret) || strings.Contains(svg, "style") || strings.Contains(svg, "script") {
		t.Errorf("drawn as %s", svg)
	}
	for _, corner := range []string{"M4 4h1v1h-1z", "M10 10h1v1h-1z", "M8 8h1v1h-1z"} { // of the first finder pattern
		if !strings.Contains(svg, corner) {
			t.Errorf("no dark square %s", corner)
		}
	}
	for _, empty := range []string{"M5 5h", "M11 4h", "M0 ", "M3 "} { // its inner ring, its edge, the border
		if strings.Contains(svg, empty) {
			t.Errorf("a dark square %s", empty)
		}
	}
}

func TestRecoveryCodes(t *testing.T) {
	codes := NewRecoveryCodes()
	seen := map[string]bool{}
	for _, code := range codes {
		hash, ok := RecoveryHash("jeanne", code)
		if !ok || len(hash) != 32 || seen[code] || len(code) != 19 {
			t.Errorf("%q: %x, %v", code, hash, ok)
		}
		seen[code] = true
		for _, spelling := range []string{strings.ToLower(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " "), " " + code + " "} {
			if again, _ := RecoveryHash("jeanne", spelling); string(again) != string(hash) {
				t.Errorf("%q is not %q", spelling, code)
			}
		}
		if others, _ := RecoveryHash("paul", code); string(others) == string(hash) {
			t.Errorf("%q is the same for everybody", code)
		}
	}
	if len(codes) != RecoveryCodes {
		t.Errorf("%d codes", len(codes))
	}
	for _, wrong := range []string{"", "-", "123456", codes[0] + "A", codes[0][1:], strings.Repeat("A", 1<<20)} {
		if _, ok := RecoveryHash("jeanne", wrong); ok {
			t.Errorf("%.30q may be a recovery code", wrong)
		}
	}
}

func TestNoCodeMakesItPanic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.String().Draw(t, "code")
		at := time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "at"), 0)
		TOTPSteps(rapid.String().Draw(t, "secret"), code, at)
		RecoveryHash("x", code)
		Browser(code)
		_, _ = QR(code)
	})
}
