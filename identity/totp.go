package identity

import (
	"crypto/subtle"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// totpPeriod is how long one code is shown, in seconds (RFC 6238 4.1).
const totpPeriod = 30

// NewTOTP makes the secret of a second factor (RFC 6238: 160 bits, SHA-1, six digits, 30 seconds, as
// every authenticator app knows it). secret is its base32, to be typed; uri is the otpauth address
// to be shown as a QR code. issuer is the vendor's name, account the person's mail address.
func NewTOTP(issuer, account string) (secret, uri string, err error) {
	issuer = strings.ReplaceAll(issuer, ":", " ") // it would end the issuer in the label
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: account})
	if err != nil {
		return "", "", fmt.Errorf("new second factor: %w", err)
	}
	// Not key.URL(): it leaves an ampersand in the issuer as it is.
	query := url.Values{"secret": {key.Secret()}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	u := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + account,
		RawQuery: strings.ReplaceAll(query.Encode(), "+", "%20"), // apps read no "+" as a space
	}
	return key.Secret(), u.String(), nil
}

// TOTPSteps are the time steps whose code this is, of the one at hand and its two neighbours,
// earliest first; empty for a wrong code. A step may be accepted once and after no later one: that
// the store must see to. Spaces in the code don't matter.
func TOTPSteps(secret, code string, at time.Time) (steps []int64) {
	code = strings.ReplaceAll(code, " ", "")
	now := at.Unix() / totpPeriod
	for step := max(now-1, 0); step <= now+1; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			steps = append(steps, step)
		}
	}
	return steps
}
