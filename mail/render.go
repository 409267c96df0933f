package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Message is a rendered mail, ready for the wire.
type Message struct {
	// Subject is the decoded Subject header: one line, beginning with the number in brackets.
	Subject string
	// Text is the decoded body, with "\n" as line end.
	Text string

	from, to string // envelope addresses, without angle brackets
	raw      []byte
}

// Bytes returns the whole mail as it goes to the wire: 7-bit ASCII, every line ended by CRLF, none
// longer than 998 bytes (RFC 5322 2.1.1), not dot-stuffed. It always has the same header fields,
// whatever its data: only Reply-To and the pair References and In-Reply-To can be absent.
func (m *Message) Bytes() []byte { return slices.Clone(m.raw) }

// Render writes the mail of a notice. It has no side effect, looks at no clock, and gives the same
// bytes for the same notice. It refuses a notice of unknown kind, without a number, a date or a
// vendor's name, or whose addresses, Message-IDs or link are unusable; anything else in a notice is
// cleaned and kept. Files are attached; with files the same notice with the same files gives the same bytes.
func Render(n Notice, files ...File) (*Message, error) {
	if err := check(n); err != nil {
		return nil, fmt.Errorf("render %s notice for %s: %w", clip(string(n.Kind), 40), oneLine(n.Number, 40), err)
	}
	m := &Message{}
	loc := localeFor(n.Locale)
	v := newView(n, loc)
	v.Work, v.Development = newWork(n, loc), newDevelopment(n)
	v.Complaint = newComplaint(n, loc)
	v.bill(n)
	subject, err := execute(loc, string(n.Kind)+".subject", v)
	if err != nil {
		return nil, err
	}
	body, err := execute(loc, string(n.Kind)+".body", v)
	if err != nil {
		return nil, err
	}
	about := v.Number
	if n.Kind.account() {
		about = v.Vendor
	}
	m.Subject = oneLine("["+about+"] "+subject, maxSubject+100)
	m.Text = manyBlankLines.ReplaceAllString(strings.TrimSpace(body), "\n\n") + "\n"
	if err := m.assemble(n, loc, files); err != nil {
		return nil, err
	}
	return m, nil
}

var manyBlankLines = regexp.MustCompile(`\n{3,}`)

func check(n Notice) error {
	if !slices.Contains(Kinds, n.Kind) {
		return errors.New("unknown kind")
	}
	if oneLine(n.Number, maxName) == "" && !n.Kind.account() || oneLine(n.Vendor.Name, maxName) == "" || n.At.IsZero() {
		return errors.New("number, vendor name and date are required")
	}
	if err := checkMessageID(n.MessageID); err != nil {
		return err
	}
	if n.Thread != "" {
		if err := checkMessageID(n.Thread); err != nil {
			return err
		}
	}
	for _, link := range []string{n.URL, n.SecretURL} {
		if link == "" {
			continue
		}
		if err := checkURL(link); err != nil {
			return err
		}
	}
	return nil
}

// assemble builds the wire form. All headers are set here, each from a checked or cleaned value.
func (m *Message) assemble(n Notice, loc *locale, files []File) error {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithCharset(gomail.CharsetUTF8),
		gomail.WithEncoding(gomail.EncodingQP))
	from, err := headerAddress(n.Vendor.From)
	if err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	to, err := headerAddress(n.To)
	if err != nil {
		return fmt.Errorf("recipient: %w", err)
	}
	m.from, m.to = from.Address, to.Address
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	if n.Vendor.ReplyTo != "" {
		replyTo, err := headerAddress(Address{Email: n.Vendor.ReplyTo})
		if err != nil {
			return fmt.Errorf("reply address: %w", err)
		}
		msg.ReplyToMailAddress(replyTo)
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(n.At.UTC())
	msg.SetMessageIDWithValue(n.MessageID)
	if n.Thread != "" && n.Thread != n.MessageID {
		msg.SetGenHeader(gomail.HeaderInReplyTo, "<"+n.Thread+">")
		msg.SetGenHeader(gomail.HeaderReferences, "<"+n.Thread+">")
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 5
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetGenHeader(gomail.HeaderContentLang, loc.tag)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if err := attach(msg, n.MessageID, files); err != nil {
		return err
	}
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	m.raw = raw.Bytes()
	return nil
}

// attach adds files to a mail. The boundary between them is made of the mail's id, so that the same mail has the
// same bytes.
func attach(msg *gomail.Msg, id string, files []File) error {
	if len(files) == 0 {
		return nil
	}
	sum := sha256.Sum256([]byte(id))
	msg.SetBoundary(hex.EncodeToString(sum[:]))
	for _, f := range files {
		if err := msg.AttachReader(oneLine(f.Name, maxFile), bytes.NewReader(f.Content), gomail.WithFileContentType(gomail.ContentType(f.MediaType))); err != nil {
			return fmt.Errorf("attach %s: %w", oneLine(f.Name, maxFile), err)
		}
	}
	return nil
}

func headerAddress(a Address) (*netmail.Address, error) {
	email, err := checkEmail(a.Email)
	if err != nil {
		return nil, err
	}
	return &netmail.Address{Name: oneLine(a.Name, maxName), Address: email}, nil
}

// view is what the templates see: finished strings only. Names are one line; what others wrote is
// quoted; dates are in the reader's zone and language; what is absent is empty.
type view struct {
	Name, Number, SubjectLine, Subject, URL string
	Email, SecretURL, SecretCode, Until     string
	When, Browser, System, IP               string
	Left                                    int
	Gone                                    bool
	Actor, Organization, OnBehalfOf, Asker  string
	Text, Files, Due, ReopenUntil           string
	TheirSystem, Scopes, Details, Ends      string
	Vendor, Phone, Postal, Privacy, Contact string
	Sender                                  string // the address the mail comes from
	Replies                                 bool   // a reply to the mail has an address of its own
	Closed                                  bool   // the answer has closed the ticket
	Over                                    bool   // nothing can be added to the ticket
	Team                                    string // that reads a new request
	Watching                                bool   // the reader watches the ticket
	Again                                   bool   // a copy of a receipt, sent again on request
	Registered, Words                       string // when the request was registered; what the vendor says on its receipts
	Clock                                   string // what was promised
	Other, OtherURL                         string // the ticket it goes on as, or was split off
	Release                                 string // to upgrade to; "": none
	Statement                               *statementView
	Late, Unassigned                        bool
	Absent                                  string      // who has the ticket and is absent
	Work                                    work        // the service request it is about
	Development                             development // the QA review or the dev tickets it is about
	Complaint                               complaint
	Invoice, Credits, Amount, DueDay        string
}

// fileNames are the names of files, each one line.
func fileNames(names []string) (list []string) {
	for _, name := range names {
		list = append(list, oneLine(name, maxFile))
	}
	return list
}

func newView(n Notice, loc *locale) view {
	v := view{
		Name:         oneLine(n.To.Name, maxName),
		Number:       oneLine(n.Number, maxName),
		SubjectLine:  oneLine(n.Subject, maxSubject),
		URL:          n.URL,
		Email:        oneLine(n.To.Email, maxEmail),
		SecretURL:    n.SecretURL,
		SecretCode:   oneLine(n.SecretCode, maxName),
		Browser:      oneLine(n.Browser, maxName),
		System:       oneLine(n.System, maxName),
		IP:           oneLine(n.IP, maxName),
		Left:         n.Left,
		Gone:         n.Gone,
		Actor:        oneLine(n.Actor, maxName),
		Organization: oneLine(n.Organization, maxName),
		OnBehalfOf:   oneLine(n.OnBehalfOf, maxName),
		Text:         quote(n.Text),
		Vendor:       oneLine(n.Vendor.Name, maxName),
		Phone:        oneLine(n.Vendor.Phone, maxName),
		Postal:       lines(n.Vendor.Postal),
		Contact:      oneLine(n.Vendor.From.Email, maxEmail),
		Sender:       oneLine(n.Vendor.From.Email, maxEmail),
		Replies:      n.Vendor.ReplyTo != "",
		Closed:       n.Closed,
		Over:         n.Over,
		Team:         oneLine(n.Team, maxName),
		Watching:     n.Watching,
		Again:        n.Again,
		Words:        lines(n.Words),
		Clock:        n.Clock,
		Other:        oneLine(n.Other, maxName),
		Late:         n.Late,
		Unassigned:   n.Unassigned,
		Absent:       oneLine(n.Absent, maxName),
		TheirSystem:  quote(oneLine(n.TheirSystem, maxName)),
		Details:      quote(n.Details),
		Scopes:       scopes(n.Scopes, loc),
	}
	v.Subject = quote(v.SubjectLine)
	v.Asker = quote(strings.TrimSpace(strings.Join([]string{
		oneLine(n.Asker.Name, maxName), oneLine(n.Asker.Email, maxEmail), v.Organization,
	}, "\n")))
	if v.Replies {
		v.Contact = oneLine(n.Vendor.ReplyTo, maxEmail)
	}
	if v.Phone != "" {
		v.Contact = v.Phone + ", " + v.Contact
	}
	if n.Vendor.PrivacyURL != "" && checkURL(n.Vendor.PrivacyURL) == nil {
		v.Privacy = n.Vendor.PrivacyURL
	}
	v.Release = oneLine(n.Release, maxName)
	if n.OtherURL != "" && checkURL(n.OtherURL) == nil {
		v.OtherURL = n.OtherURL
	}
	v.Files = quote(strings.Join(fileNames(n.Files), "\n"))
	in := zone(n.TimeZone)
	v.Due, v.ReopenUntil, v.Until, v.Registered = dateIn(n.Due, in, loc), dateIn(n.ReopenUntil, in, loc), dateIn(n.Until, in, loc), dateIn(n.Registered, in, loc)
	v.When, v.Ends, v.Statement = dateIn(&n.At, in, loc), dateIn(n.Ends, in, loc), newStatementView(n.Statement, in, loc)
	return v
}

// bill is what a view says of an invoice.
func (v *view) bill(n Notice) {
	v.Invoice, v.Credits = oneLine(n.Invoice, maxName), oneLine(n.Credits, maxName)
	v.Amount, v.DueDay = oneLine(n.Amount, maxName), oneLine(n.DueDay, maxName)
}

// scopes are what may be done under an access authority, in words; a code that
// is unknown is left out.
func scopes(codes []string, loc *locale) string {
	var all []string
	for _, code := range codes {
		if words := loc.say("scope " + code); words != "" {
			all = append(all, words)
		}
	}
	return strings.Join(all, ", ")
}

func dateIn(t *time.Time, in *time.Location, loc *locale) string {
	if t == nil {
		return ""
	}
	return loc.date(t.In(in))
}

func execute(loc *locale, name string, v view) (string, error) {
	var out strings.Builder
	if err := loc.texts.ExecuteTemplate(&out, name, v); err != nil {
		return "", fmt.Errorf("render %s in %s: %w", name, loc.tag, err)
	}
	return out.String(), nil
}
