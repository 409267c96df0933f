package mail

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/width"
)

const (
	maxSubject = 200 // runes of a ticket's subject in a mail
	maxName    = 80  // runes of a person's, organization's or vendor's name
	maxFile    = 120 // runes of a file name
	maxEmail   = 254 // bytes of an address (RFC 5321 4.5.3.1.3, less its brackets)
	quoteWidth = 72  // columns of a quoted line, without its mark
	quoteMark  = "| "
)

// oneLine makes s fit for a header or for the middle of a sentence of ours: valid UTF-8, one line,
// no control or bidi character, no doubled spaces, at most limit runes. What remains is kept as it
// was, no-break spaces included. It also breaks up "=?", so that text which looks like an
// encoded-word (RFC 2047) is never decoded by the reader's program.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case isBidiOverride(r), isBidiMark(r):
			return -1
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
	s = strings.ReplaceAll(strings.Join(parts, " "), "=?", "= ?")
	return clip(s, limit)
}

// Line makes what a mail server said fit for a page: one line of at most 300 runes, without control
// or bidi characters.
func Line(s string) string { return oneLine(s, 300) }

// clip shortens s to limit runes, the last of which is then an ellipsis.
func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:limit-1]), " ") + "…"
}

// lines makes s fit for a body: valid UTF-8 in which every kind of line end (CRLF, CR, LF, VT, FF,
// NEL, LS, PS) is "\n", without other control characters than the tab and without bidi overrides.
// Blank lines at both ends are dropped.
func lines(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\t':
			return r
		case '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
			return '\n'
		}
		if unicode.IsControl(r) || isBidiOverride(r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimRightFunc(strings.TrimLeft(s, "\n"), unicode.IsSpace)
}

// quote sets off the words of others: every line, also where a long one is broken, begins with the
// mark, so that nothing inside can pass for our own words.
func quote(s string) string {
	s = strings.ReplaceAll(lines(s), "\t", "    ")
	if strings.TrimSpace(s) == "" {
		return ""
	}
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		for _, part := range wrap(line, quoteWidth) {
			out = append(out, strings.TrimRight(quoteMark+part, " "))
		}
	}
	return strings.Join(out, "\n")
}

// wrap breaks line into parts of at most limit columns, at a space if there is one, else anywhere.
// Only web addresses of up to 1,000 bytes are left whole.
func wrap(line string, limit int) []string {
	var parts []string
	for {
		cut, columns, space := len(line), 0, -1
		for i, r := range line {
			if unicode.IsSpace(r) {
				space = i
			}
			if columns += columnsOf(r); columns > limit {
				cut = i
				break
			}
		}
		if cut == len(line) {
			return append(parts, line)
		}
		if space > 0 && strings.TrimSpace(line[:space]) != "" {
			cut = space
		} else if end := webAddress(line); end > 0 {
			cut = end
		}
		parts = append(parts, line[:cut])
		line = strings.TrimLeftFunc(line[cut:], unicode.IsSpace)
		if line == "" {
			return parts
		}
	}
}

func columnsOf(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

var webAddressPattern = regexp.MustCompile(`^https?://[!-~]{1,990}(?:\s|$)`)

// webAddress is the length of the web address that line begins with, 0 if there is none.
func webAddress(line string) int {
	return len(strings.TrimSpace(webAddressPattern.FindString(line)))
}

// isBidiOverride tells of embeddings, overrides and isolates, which can show text in another order
// than it is stored (CVE-2021-42574).
func isBidiOverride(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// isBidiMark tells of the invisible direction marks, which honest right-to-left text does use.
func isBidiMark(r rune) bool {
	return r == '\u061C' || r == '\u200E' || r == '\u200F'
}

// Canonical is a mail address as it is used on the wire, its domain in ASCII and small letters (RFC
// 5890), or an error for one that no notice can be sent to.
func Canonical(email string) (string, error) { return checkEmail(email) }

// checkEmail returns email as it is used on the wire: its domain in ASCII (RFC 5890).
func checkEmail(email string) (string, error) {
	at := strings.LastIndexByte(email, '@')
	if at < 1 || len(email) > maxEmail {
		return "", fmt.Errorf("no usable mail address: %q", clip(email, 60))
	}
	domain, err := idna.Lookup.ToASCII(email[at+1:])
	if err != nil {
		return "", fmt.Errorf("no usable mail domain: %q", clip(email, 60))
	}
	wire := email[:at+1] + domain
	for i := range len(wire) {
		if c := wire[i]; c <= ' ' || c >= 0x7F || strings.IndexByte(`"(),:;<>[\]`, c) >= 0 {
			return "", fmt.Errorf("no usable mail address: %q", clip(email, 60))
		}
	}
	parsed, err := netmail.ParseAddress("<" + wire + ">")
	if err != nil || parsed.Address != wire || len(wire) > maxEmail {
		return "", fmt.Errorf("no usable mail address: %q", clip(email, 60))
	}
	return wire, nil
}

var messageIDPattern = regexp.MustCompile(`^[!#-'*+\-./0-9=?A-Z^-~]{1,120}@[A-Za-z0-9.\-]{1,120}$`)

// checkMessageID refuses what RFC 5322 3.6.4 does not allow between the angle brackets. Ids are our
// own, so a bad one is a mistake to report, not something to clean.
func checkMessageID(id string) error {
	if !messageIDPattern.MatchString(id) {
		return fmt.Errorf("no usable Message-ID: %q", clip(id, 60))
	}
	return nil
}

// checkURL refuses links of ours that are not complete web addresses.
func checkURL(link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
		strings.ContainsFunc(link, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return errors.New("the link is not a complete web address")
	}
	return nil
}
