package identity

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestBearerRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{Session, APIToken, Link, Device}).Draw(t, "kind")
		slug := rapid.StringMatching(`[a-z0-9-]{1,40}`).Draw(t, "slug")
		secret, hash, err := NewBearer(kind, slug)
		if err != nil {
			t.Fatal(err)
		}
		wantPrefix := map[Kind]string{Session: "cps_", APIToken: "cpt_", Link: "cpl_", Device: "cpd_"}[kind] + slug + "_"
		sum := sha256.Sum256([]byte(secret))
		if !strings.HasPrefix(secret, wantPrefix) || len(secret) != len(wantPrefix)+43 || !bytes.Equal(hash, sum[:]) {
			t.Fatalf("%s, %x", secret, hash)
		}
		gotKind, gotSlug, gotHash, err := ParseBearer(secret)
		if err != nil || gotKind != kind || gotSlug != slug || !bytes.Equal(gotHash, hash) {
			t.Fatalf("%s: %s %s %x %v", secret, gotKind, gotSlug, gotHash, err)
		}
	})
}

func TestBearersDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		secret, _, err := NewBearer(Session, "posimente")
		if err != nil || seen[secret] {
			t.Fatal(secret, err)
		}
		seen[secret] = true
	}
}

func TestNewBearerRefuses(t *testing.T) {
	for _, slug := range []string{"", "A", "a_b", "a b", "é", "a\x00", strings.Repeat("a", 41), "../x"} {
		if secret, _, err := NewBearer(Session, slug); err == nil || secret != "" {
			t.Errorf("slug %q: %s", slug, secret)
		}
	}
	for _, kind := range []Kind{"", "cps_", "admin"} {
		if _, _, err := NewBearer(kind, "a"); err == nil {
			t.Errorf("kind %q accepted", kind)
		}
	}
}

// Abuse case B5: odd tokens are refused alike, whatever their size.
func TestMalformedBearers(t *testing.T) {
	zeros := strings.Repeat("A", 43)
	if _, _, _, err := ParseBearer("cps_a_" + zeros); err != nil {
		t.Fatalf("the pattern of the table is itself refused: %v", err)
	}
	underscores := "cpt_a_" + strings.Repeat("_", 42) + "8"
	if _, slug, _, err := ParseBearer(underscores); err != nil || slug != "a" {
		t.Fatalf("base64url of underscores: %q, %v", slug, err)
	}
	for name, s := range map[string]string{
		"empty": "", "percent": "%", "star": "*", "underscore": "_", "array": "[]", "prefix alone": "cps_",
		"very long":         strings.Repeat("a", 10<<20),
		"very long, framed": "cps_" + strings.Repeat("a", 10<<20) + "_" + zeros,
		"wrong prefix":      "cpx_a_" + zeros, "upper prefix": "CPS_a_" + zeros, "no prefix": "a_" + zeros + "aaaa",
		"Bearer word": "Bearer cps_a_" + zeros, "space before": " cps_a_" + zeros, "space after": "cps_a_" + zeros + " ",
		"newline after": "cps_a_" + zeros + "\n", "newline inside": "cps_a_" + zeros[1:] + "\n",
		"two newlines inside": "cps_a_" + zeros[2:] + "\r\n",
		"no slug":             "cps__" + zeros, "long slug": "cps_" + strings.Repeat("a", 41) + "_" + zeros,
		"upper slug": "cps_A_" + zeros, "slug with underscore": "cps_a_b_" + zeros,
		"slug with dot": "cps_a.b_" + zeros, "slug with NUL": "cps_a\x00b_" + zeros, "unicode slug": "cps_é_" + zeros,
		"full-width slug": "cps_ａ_" + zeros, "no separator": "cps_aa" + zeros, "other separator": "cps_a-" + zeros,
		"short secret": "cps_a_" + zeros[1:], "long secret": "cps_a_" + zeros + "A",
		"padded": "cps_a_" + zeros[1:] + "=", "plus": "cps_a_" + zeros[1:] + "+", "slash": "cps_a_" + zeros[1:] + "/",
		"percent inside": "cps_a_" + zeros[1:] + "%", "star inside": "cps_a_" + zeros[1:] + "*",
		"NUL inside": "cps_a_" + zeros[1:] + "\x00", "unicode inside": "cps_a_" + zeros[2:] + "é",
		"second spelling": "cps_a_" + zeros[1:] + "B", "invalid UTF-8": "cps_a_" + zeros[1:] + "\xff",
	} {
		kind, slug, hash, err := ParseBearer(s)
		if !errors.Is(err, ErrBearer) || kind != "" || slug != "" || hash != nil {
			t.Errorf("%s: %q %q %x %v", name, kind, slug, hash, err)
		}
	}
}

func TestWhatParsesHasOneSpelling(t *testing.T) {
	secret, _, err := NewBearer(APIToken, "a-b")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(secret)
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		if _, _, hash, err := ParseBearer(string(b)); err == nil {
			sum := sha256.Sum256(b)
			if !bytes.Equal(hash, sum[:]) {
				t.Fatalf("%q: hash of something else", b)
			}
		}
	})
}
