package onebox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	netsmtp "net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

func startCatcher(t *testing.T, o MailOptions) *MailCatcher {
	t.Helper()
	m, err := StartMailCatcher(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := m.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return m
}

func letter(id, subject, body string) string {
	return strings.ReplaceAll(fmt.Sprintf("From: \"Søren\" <support@vendor.test>\nTo: ada@customer.test\nSubject: %s\nMessage-ID: <%s@vendor.test>\nContent-Type: text/plain; charset=utf-8\n\n%s\n", subject, id, body), "\n", "\r\n")
}

func post(t *testing.T, m *MailCatcher, text string, to ...string) error {
	t.Helper()
	return netsmtp.SendMail(m.SMTPAddress(), nil, "bounce@vendor.test", to, []byte(text))
}

// postUnparted posts without a farewell: a catcher that stops has no time for one.
func postUnparted(m *MailCatcher, text, to string) error {
	c, err := netsmtp.Dial(m.SMTPAddress())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := errors.Join(c.Mail("bounce@vendor.test"), c.Rcpt(to)); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return errors.Join(err, w.Close())
}

func TestCaughtMailsAreKeptEvenTwice(t *testing.T) {
	dir := t.TempDir()
	m := startCatcher(t, MailOptions{Dir: dir})
	for range 2 {
		if err := post(t, m, letter("a1", "=?utf-8?q?D=C3=A9j=C3=A0?= vu", "Bonjour\n.\nligne"), "ada@customer.test", "hidden@customer.test"); err != nil {
			t.Fatal(err)
		}
	}
	check := func(m *MailCatcher) {
		t.Helper()
		mails := m.Messages()
		if len(mails) != 2 {
			t.Fatalf("%d mails", len(mails))
		}
		c := mails[1]
		if c.MessageID != "<a1@vendor.test>" || c.Subject != "Déjà vu" || c.From != "bounce@vendor.test" ||
			strings.Join(c.To, " ") != "ada@customer.test hidden@customer.test" || !strings.Contains(c.Text, "Bonjour\r\n.\r\nligne") ||
			c.Header.Get("to") != "ada@customer.test" || string(c.Raw) != letter("a1", "=?utf-8?q?D=C3=A9j=C3=A0?= vu", "Bonjour\n.\nligne") {
			t.Errorf("caught %+v", c)
		}
		if mails[0].ID == c.ID || c.At.IsZero() || c.At.Before(mails[0].At) {
			t.Errorf("arrivals %s %v, %s %v", mails[0].ID, mails[0].At, c.ID, c.At)
		}
	}
	check(m)
	if err := m.Stop(soon(t)); err != nil {
		t.Fatal(err)
	}
	m = startCatcher(t, MailOptions{Dir: dir})
	check(m)
	if err := post(t, m, letter("a2", "Next", "…"), "ada@customer.test"); err != nil {
		t.Fatal(err)
	}
	if mails := m.Messages(); mails[2].ID != "3" {
		t.Errorf("the next ID is %s", mails[2].ID)
	}
}

func TestWaitSeesEarlierAndLaterMails(t *testing.T) {
	m := startCatcher(t, MailOptions{})
	about := func(subject string) func(Caught) bool { return func(c Caught) bool { return c.Subject == subject } }
	type result struct {
		c   Caught
		err error
	}
	later := make(chan result)
	go func() {
		c, err := m.Wait(context.Background(), about("second"))
		later <- result{c, err}
	}()
	for _, s := range []string{"first", "second"} {
		if err := post(t, m, letter(s, s, ""), "ada@customer.test"); err != nil {
			t.Fatal(err)
		}
	}
	if r := <-later; r.err != nil || r.c.Subject != "second" {
		t.Errorf("%+v", r)
	}
	if c, err := m.Wait(soon(t), about("first")); err != nil || c.Subject != "first" {
		t.Errorf("%v %v", c, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	_, err := m.Wait(ctx, about("third"))
	mention(t, err, "none of the 2 mails")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("not a deadline: %v", err)
	}
}

func TestRefusedRecipients(t *testing.T) {
	m := startCatcher(t, MailOptions{})
	m.Refuse(func(rcpt string) error {
		switch rcpt {
		case "gone@customer.test":
			return errors.New("nobody of that name")
		case "full@customer.test":
			return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
		}
		return nil
	})
	err := post(t, m, letter("r", "r", ""), "gone@customer.test")
	mention(t, err, "550", "nobody of that name")
	err = post(t, m, letter("r", "r", ""), "full@customer.test")
	mention(t, err, "452", "mailbox full")
	if err := post(t, m, letter("r", "r", ""), "ada@customer.test"); err != nil {
		t.Error(err)
	}
	m.Refuse(nil)
	if err := post(t, m, letter("r", "r", ""), "gone@customer.test"); err != nil {
		t.Error(err)
	}
	if n := len(m.Messages()); n != 2 {
		t.Errorf("%d mails", n)
	}
}

func TestStallComesAfterStoringAndBeforeTheAnswer(t *testing.T) {
	m := startCatcher(t, MailOptions{})
	stored, goOn := make(chan Caught), make(chan struct{})
	m.Stall(func(c Caught) { stored <- c; <-goOn })
	sent := make(chan error, 1)
	go func() { sent <- postUnparted(m, letter("s", "stalled", ""), "ada@customer.test") }()
	if c := <-stored; c.Subject != "stalled" || len(m.Messages()) != 1 {
		t.Errorf("stalled with %+v, %d stored", c, len(m.Messages()))
	}
	select {
	case err := <-sent:
		t.Errorf("the sender was answered (%v) during the stall", err)
	default:
	}
	stopped := make(chan error)
	go func() { stopped <- m.Stop(soon(t)) }() // lets the mail under way finish
	close(goOn)
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestStopDoesNotWaitForIdleSenders(t *testing.T) {
	m := startCatcher(t, MailOptions{})
	idle, err := netsmtp.Dial(m.SMTPAddress())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = idle.Close() }()
	waiting := make(chan error)
	go func() {
		_, err := m.Wait(context.Background(), func(Caught) bool { return false })
		waiting <- err
	}()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := m.Stop(ctx); err != nil {
		t.Error(err)
	}
	mention(t, <-waiting, "was stopped")
}

func TestAMailAnnouncedAsTooLargeIsRefused(t *testing.T) {
	m := startCatcher(t, MailOptions{})
	c, err := smtp.Dial(m.SMTPAddress())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	err = c.Mail("support@vendor.test", &smtp.MailOptions{Size: maxMail + 1})
	mention(t, err, "552")
	if err := c.Mail("support@vendor.test", &smtp.MailOptions{Size: maxMail}); err != nil {
		t.Error(err)
	}
	if len(m.Messages()) != 0 {
		t.Error("it was kept")
	}
}

func get(t *testing.T, url, host string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(soon(t), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		request.Host = host
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestThePageShowsMailsAsText(t *testing.T) {
	m := startCatcher(t, MailOptions{})
	if _, body := get(t, m.URL(), ""); !strings.Contains(body, "No mail yet") {
		t.Errorf("empty page: %s", body)
	}
	const attack = `<script>alert("x")</script>`
	for _, s := range []string{"older", "newer " + attack} {
		if err := post(t, m, letter("p", s, "Body "+attack), "ada@customer.test"); err != nil {
			t.Fatal(err)
		}
	}
	response, list := get(t, m.URL()+"/", "")
	if csp := response.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self';") {
		t.Errorf("policy %q", csp)
	}
	newer, older := strings.Index(list, "newer"), strings.Index(list, "older")
	if newer < 0 || older < newer || strings.Contains(list, "<script") || !strings.Contains(list, `lang="en"`) || !strings.Contains(list, "ada@customer.test") {
		t.Errorf("list: %s", list)
	}
	_, one := get(t, m.URL()+"/mail/2", "")
	if strings.Contains(one, "<script") || !strings.Contains(one, "Body &lt;script&gt;") || !strings.Contains(one, "Søren") {
		t.Errorf("mail: %s", one)
	}
	response, raw := get(t, m.URL()+"/mail/2/raw", "")
	if !strings.HasPrefix(raw, "From: ") || response.Header.Get("Content-Type") != "text/plain; charset=utf-8" || response.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("raw: %v %s", response.Header, raw)
	}
	if response, _ := get(t, m.URL()+"/style.css", ""); response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/css") {
		t.Errorf("style: %d %v", response.StatusCode, response.Header)
	}
}

func TestThePageAnswersToThisMachineOnly(t *testing.T) {
	m := startCatcher(t, MailOptions{})
	for host, want := range map[string]int{"localhost": 200, "localhost:99": 200, "": 200, "mail.attacker.test": 421, "127.0.0.1.attacker.test:80": 421} {
		if response, _ := get(t, m.URL()+"/", host); response.StatusCode != want {
			t.Errorf("host %q: %d", host, response.StatusCode)
		}
	}
	if response, _ := get(t, m.URL()+"/mail/7", ""); response.StatusCode != http.StatusNotFound {
		t.Errorf("unknown mail: %d", response.StatusCode)
	}
	response, err := http.Post(m.URL()+"/", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", response.StatusCode)
	}
}
