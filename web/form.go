package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// cookieName is a cookie of this vendor's pages. Over https no other host, and
// no plain page, can set it.
func (q *request) cookieName(what string) string { return q.cookieNameFor(what, q.vendor.Slug) }

func (q *request) cookieNameFor(what, vendor string) string {
	name := "casepath-" + what + "-" + vendor
	if q.site.secure() {
		return "__Host-" + name
	}
	return name
}

// setCookie keeps a value in the browser for our own pages alone; the zero
// expiry is the end of the browser's session, a past one removes it.
func (q *request) setCookie(what, value string, expires time.Time) {
	q.SetCookie(&http.Cookie{ //nolint:gosec // Secure wherever we are reached by https
		Name: q.cookieName(what), Value: value, Path: "/", Expires: expires, HttpOnly: true, Secure: q.site.secure(), SameSite: http.SameSiteLaxMode,
	})
}

func (q *request) dropCookie(what string) { q.setCookie(what, "", time.Unix(1, 0)) }

// formSecret is what a form's token is made from: the session, or for who is
// not signed in a cookie of its own.
func (q *request) formSecret() string {
	if q.renewed != "" {
		return q.renewed
	}
	if q.signedIn || q.half {
		if c, err := q.Cookie(q.cookieName("session")); err == nil {
			return c.Value
		}
	}
	if c, err := q.Cookie(q.cookieName("form")); err == nil && len(c.Value) >= 26 {
		return c.Value
	}
	return ""
}

// renewForm makes the forms of this very answer those of a session that has
// just been given.
func (q *request) renewForm(secret string) { q.renewed = secret }

// formToken proves that a form is ours. It is masked anew for each page, so
// that it can't be guessed from the length of compressed answers.
func (q *request) formToken() string {
	secret := q.formSecret()
	if secret == "" {
		secret = rand.Text()
		q.setCookie("form", secret, time.Time{})
		q.Request().AddCookie(&http.Cookie{Name: q.cookieName("form"), Value: secret}) //nolint:gosec // ours, to ourselves
	}
	mac := tokenOf(secret)
	mask := make([]byte, len(mac))
	_, _ = rand.Read(mask) // never fails (crypto/rand)
	masked := make([]byte, len(mac))
	subtle.XORBytes(masked, mac, mask)
	return base64.RawURLEncoding.EncodeToString(slices.Concat(mask, masked))
}

func tokenOf(secret string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("form"))
	return mac.Sum(nil)
}

// checkForm refuses a form that is not one of ours, or of another session.
func (q *request) checkForm() error {
	foreign := problem.New(problem.Forbidden, "form_foreign", nil)
	secret := q.formSecret()
	raw, err := base64.RawURLEncoding.DecodeString(q.Request().PostForm.Get("form_token"))
	if err != nil || secret == "" || len(raw) != 2*sha256.Size {
		return foreign
	}
	mac := make([]byte, sha256.Size)
	subtle.XORBytes(mac, raw[:sha256.Size], raw[sha256.Size:])
	if !hmac.Equal(mac, tokenOf(secret)) {
		return foreign
	}
	return nil
}

// newFormKey makes the key under which a form is done once.
func newFormKey() string { return uuid.NewString() }
