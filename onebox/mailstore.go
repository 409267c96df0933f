package onebox

import (
	"bytes"
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"
)

// Caught is one mail as it arrived.
type Caught struct {
	ID        string    // of this arrival: 1, 2, …; unlike MessageID never the same twice
	At        time.Time // UTC
	From      string    // envelope sender (MAIL FROM), "" for a bounce
	To        []string  // envelope recipients (RCPT TO), blind copies included
	Subject   string    // decoded
	MessageID string    // with its angle brackets
	Text      string    // the plain text, or what remains of the HTML if there is none; decoded
	Header    mail.Header
	Raw       []byte // the whole message; don't change it
}

// keep stores a mail, in the file first, and wakes those who wait.
func (m *MailCatcher) keep(at time.Time, from string, to []string, raw []byte) (Caught, error) {
	caught := parseMail(at, from, slices.Clone(to), raw)
	m.mu.Lock()
	defer m.mu.Unlock()
	id := m.last + 1
	caught.ID = strconv.Itoa(id)
	if m.dir != "" {
		if err := writeFile(filepath.Join(m.dir, fmt.Sprintf("%08d.eml", id)), withEnvelope(caught), 0o600); err != nil {
			return Caught{}, err
		}
	}
	m.last = id
	m.mails = append(m.mails, caught)
	m.arrived.Broadcast()
	return caught, nil
}

// load reads what earlier runs caught.
func (m *MailCatcher) load() error {
	if m.dir == "" {
		return nil
	}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		return fmt.Errorf("the directory for caught mail can't be made (%w): choose one you may write to", err)
	}
	names, err := filepath.Glob(filepath.Join(m.dir, "*.eml"))
	if err != nil {
		return err
	}
	for _, name := range names {
		id, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".eml"))
		if err != nil {
			continue // somebody else's
		}
		file, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("the caught mail %s can't be read (%w): check who owns it, or remove it", name, err)
		}
		at, from, to, raw := splitEnvelope(file)
		caught := parseMail(at, from, to, raw)
		caught.ID = strconv.Itoa(id)
		m.mails = append(m.mails, caught)
		m.last = max(m.last, id)
	}
	slices.SortFunc(m.mails, func(a, b Caught) int { return number(a) - number(b) })
	return nil
}

func number(c Caught) int {
	n, _ := strconv.Atoi(c.ID)
	return n
}

func parseMail(at time.Time, from string, to []string, raw []byte) Caught {
	c := Caught{At: at, From: from, To: to, Raw: raw, Header: mail.Header{}}
	e, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil { // not even a header: show it as it is
		c.Text = strings.ToValidUTF8(string(raw), "\uFFFD")
		return c
	}
	c.Header = mail.Header(e.Root.Header)
	c.Subject = e.GetHeader("Subject")
	c.MessageID = strings.TrimSpace(c.Header.Get("Message-Id"))
	c.Text = e.Text
	return c
}

// The envelope is kept in the same file, as header fields before the message's
// own; the last of them marks the end.
const (
	atField   = "X-Caught-At: "
	fromField = "X-Caught-From: "
	toField   = "X-Caught-To: "
	endField  = "X-Caught-End: yes\r\n"
)

func withEnvelope(c Caught) []byte {
	var b bytes.Buffer
	b.WriteString(atField + c.At.Format(time.RFC3339Nano) + "\r\n")
	b.WriteString(fromField + c.From + "\r\n")
	for _, to := range c.To {
		b.WriteString(toField + to + "\r\n")
	}
	b.WriteString(endField)
	b.Write(c.Raw)
	return b.Bytes()
}

func splitEnvelope(file []byte) (at time.Time, from string, to []string, raw []byte) {
	head, raw, found := bytes.Cut(file, []byte(endField))
	if !found || !bytes.HasPrefix(file, []byte(atField)) { // a mail somebody put there
		return time.Time{}, "", nil, file
	}
	for line := range strings.SplitSeq(string(head), "\r\n") {
		if v, ok := strings.CutPrefix(line, atField); ok {
			at, _ = time.Parse(time.RFC3339Nano, v)
		} else if v, ok := strings.CutPrefix(line, fromField); ok {
			from = v
		} else if v, ok := strings.CutPrefix(line, toField); ok {
			to = append(to, v)
		}
	}
	return at, from, to, raw
}
