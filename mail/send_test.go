package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// catcher is a real SMTP server that keeps what it gets and refuses what it is told to.
type catcher struct {
	mu                            sync.Mutex
	from, to, mails               []string
	hello                         []string
	mailError, rcptError, dataErr error
	signedIn                      []string
	needsAuth                     bool
}

type session struct {
	*catcher
	auth bool
}

func (s *session) Reset()                   {}
func (s *session) Logout() error            { return nil }
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.auth, s.signedIn = true, append(s.signedIn, username)
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.needsAuth && !s.auth {
		return smtp.ErrAuthRequired
	}
	s.from = append(s.from, from)
	return s.mailError
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = append(s.to, to)
	return s.rcptError
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dataErr == nil {
		s.mails = append(s.mails, string(raw))
	}
	return s.dataErr
}

// certificate is valid for 127.0.0.1; roots trusts it.
func certificate(t *testing.T) (config *tls.Config, roots *x509.CertPool) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	roots = x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return &tls.Config{Certificates: server.TLS.Certificates}, roots
}

// serve runs c behind TLS "none", "starttls" or "tls" and gives a sender to it.
func serve(t *testing.T, c *catcher, mode string) *Sender {
	t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.hello = append(c.hello, conn.Hostname())
		return &session{catcher: c}, nil
	}))
	server.Domain, server.EnableSMTPUTF8, server.AllowInsecureAuth = "catcher", true, true
	server.ErrorLog = quiet{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sender := &Sender{Address: listener.Addr().String(), TLS: mode, Hello: "relay.posimente.example", Timeout: time.Minute}
	if mode != "none" {
		var config *tls.Config
		config, sender.roots = certificate(t)
		if mode == "tls" {
			listener = tls.NewListener(listener, config)
		} else {
			server.TLSConfig = config
		}
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return sender
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func TestSend(t *testing.T) {
	for _, mode := range []string{"none", "starttls", "tls"} {
		c := &catcher{}
		sender := serve(t, c, mode)
		n := notice(Receipt, "fr")
		n.Vendor.Postal = "Rue\n.\n..\nFin"
		if err := sender.Send(t.Context(), n); err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		if len(c.mails) != 1 || !slices.Equal(c.from, []string{"support@posimente.example"}) ||
			!slices.Equal(c.to, []string{"jeanne@acme.example"}) || !slices.Contains(c.hello, "relay.posimente.example") {
			t.Fatalf("%s: %+v", mode, c)
		}
		if want := string(render(t, n).Bytes()); strings.TrimRight(c.mails[0], "\r\n") != strings.TrimRight(want, "\r\n") {
			t.Errorf("%s: the mail changed on its way:\n%q\n%q", mode, c.mails[0], want)
		}
		e := parse(t, []byte(c.mails[0]))
		wantParts(t, e.Text, "Rue\r\n.\r\n..\r\nFin", "Le numéro du billet est PX-2026-000123.")
	}
}

// Abuse case B18 as the server sees it: one mail, one recipient, nothing smuggled.
func TestSendHostile(t *testing.T) {
	c := &catcher{}
	sender := serve(t, c, "none")
	for _, h := range hostile {
		if err := sender.Send(t.Context(), hostileNotice(Comment, "en", h, h, h, h)); err != nil {
			t.Fatalf("%q: %v", h, err)
		}
	}
	if len(c.mails) != len(hostile) || len(c.to) != len(hostile) || len(c.from) != len(hostile) {
		t.Errorf("%d mails, %d recipients for %d notices", len(c.mails), len(c.to), len(hostile))
	}
	for _, raw := range c.mails {
		checkWire(t, []byte(raw), allFields)
	}
}

func answer(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: "as told"}
}

func TestPermanentAndTemporary(t *testing.T) {
	for name, test := range map[string]struct {
		c         *catcher
		permanent bool
	}{
		"rcpt 550": {&catcher{rcptError: answer(550)}, true},
		"rcpt 553": {&catcher{rcptError: answer(553)}, true},
		"rcpt 450": {&catcher{rcptError: answer(450)}, false},
		"rcpt 421": {&catcher{rcptError: answer(421)}, false},
		"data 554": {&catcher{dataErr: answer(554)}, true},
		"data 552": {&catcher{dataErr: answer(552)}, true},
		"data 451": {&catcher{dataErr: answer(451)}, false},
		"mail 451": {&catcher{mailError: answer(451)}, false},
		"mail 550": {&catcher{mailError: answer(550)}, false},
		"sign in":  {&catcher{needsAuth: true}, false},
	} {
		err := serve(t, test.c, "none").Send(t.Context(), notice(Receipt, "en"))
		wantSendError(t, name, err, test.permanent)
		if len(test.c.mails) != 0 {
			t.Errorf("%s: a mail arrived", name)
		}
	}
}

func wantSendError(t *testing.T, name string, err error, permanent bool) {
	t.Helper()
	var failed *SendError
	if !errors.As(err, &failed) || failed.Permanent != permanent || failed.Unwrap() == nil {
		t.Errorf("%s: %#v (%v), want permanent %v", name, err, err, permanent)
	}
}

func TestUnrenderableIsPermanentAndNeverConnects(t *testing.T) {
	sender := &Sender{Address: "127.0.0.1:1", TLS: "none"}
	n := notice(Receipt, "en")
	n.To.Email = "jeanne@acme.example>\r\nRCPT TO:<all@corp.example"
	wantSendError(t, "bad address", sender.Send(t.Context(), n), true)
	n = notice("spam", "en")
	wantSendError(t, "bad kind", sender.Send(t.Context(), n), true)
}

func TestSignIn(t *testing.T) {
	c := &catcher{needsAuth: true}
	sender := serve(t, c, "starttls")
	sender.Username, sender.Password = "casepath", "secret"
	if err := sender.Send(t.Context(), notice(Receipt, "en")); err != nil || !slices.Equal(c.signedIn, []string{"casepath"}) {
		t.Errorf("%v, %v", err, c.signedIn)
	}
	sender.Password = "wrong horse"
	err := sender.Send(t.Context(), notice(Receipt, "en"))
	wantSendError(t, "wrong password", err, false)
	if strings.Contains(err.Error(), "wrong horse") {
		t.Errorf("the password is in the error: %v", err)
	}
}

func TestTLSIsNotOptional(t *testing.T) {
	plain := serve(t, &catcher{}, "none")
	plain.TLS = "starttls"
	wantSendError(t, "no STARTTLS", plain.Send(t.Context(), notice(Receipt, "en")), false)
	for _, mode := range []string{"starttls", "tls"} {
		c := &catcher{}
		sender := serve(t, c, mode)
		sender.roots = x509.NewCertPool()
		wantSendError(t, mode+" unknown certificate", sender.Send(t.Context(), notice(Receipt, "en")), false)
		if len(c.mails) != 0 {
			t.Error("a mail went to an unproven server")
		}
	}
	for _, mode := range []string{"", "ssl", "NONE"} {
		sender := &Sender{Address: "127.0.0.1:1", TLS: mode}
		if err := sender.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "TLS must be") {
			t.Errorf("%q: %v", mode, err)
		}
	}
}

// scripted answers each line of the client with the next of its replies, then falls silent.
func scripted(t *testing.T, replies ...string) *Sender {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerLines(conn, replies)
		}
	}()
	return &Sender{Address: listener.Addr().String(), TLS: "none", Timeout: time.Minute}
}

func answerLines(conn net.Conn, replies []string) {
	defer func() { _ = conn.Close() }()
	lines := bufio.NewScanner(conn)
	for i, reply := range replies {
		if reply == "hang up" {
			return
		}
		_, _ = io.WriteString(conn, reply+"\r\n")
		inMail := strings.HasPrefix(reply, "354")
		for lines.Scan() && inMail && lines.Text() != "." {
		}
		if i == len(replies)-1 {
			_, _ = io.Copy(io.Discard, conn)
		}
	}
}

func TestTemporaryTrouble(t *testing.T) {
	closed := &Sender{Address: "127.0.0.1:1", TLS: "none", Timeout: time.Second}
	wantSendError(t, "nobody there", closed.Send(t.Context(), notice(Receipt, "en")), false)
	noPort := &Sender{Address: "127.0.0.1", TLS: "none"}
	wantSendError(t, "no port", noPort.Send(t.Context(), notice(Receipt, "en")), false)
	for name, replies := range map[string][]string{
		"greeting 421":       {"421 later"},
		"greeting 554":       {"554 go away"},
		"EHLO 550":           {"220 hi", "550 no", "550 no"},
		"hang up at once":    {"hang up"},
		"hang up after rcpt": {"220 hi", "250 hi", "250 ok", "250 ok", "hang up"},
		"hang up in mail":    {"220 hi", "250 hi", "250 ok", "250 ok", "354 go on", "hang up"},
		"DATA 451":           {"220 hi", "250 hi", "250 ok", "250 ok", "451 later"},
		"no SMTP":            {"HTTP/1.1 400 Bad Request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // a farewell may be waited for
			wantSendError(t, name, scripted(t, replies...).Send(t.Context(), notice(Receipt, "en")), false)
		})
	}
	refused := scripted(t, "220 hi", "250 hi", "250 ok", "250 ok", "554 no mail wanted")
	wantSendError(t, "DATA 554", refused.Send(t.Context(), notice(Receipt, "en")), true)
}

// Whenever the server falls silent, Send comes back in time and says why.
func TestTimeouts(t *testing.T) {
	dialogue := []string{"220 hi", "250 hi", "250 ok", "250 ok", "354 go on"}
	wantSendError(t, "closed", scripted(t).Send(t.Context(), notice(Receipt, "en")), false) // without replies it closes at once
	for i, last := range dialogue {
		t.Run(last, func(t *testing.T) {
			t.Parallel()
			sender := scripted(t, dialogue[:i+1]...)
			sender.Timeout = 3 * time.Second // enough for all that comes before
			err := sender.Send(t.Context(), notice(Receipt, "en"))
			wantSendError(t, last, err, false)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("silent after %q: %v", last, err)
			}
			var sendErr *SendError
			if errors.As(err, &sendErr); sendErr.PerhapsTaken != (i == len(dialogue)-1) {
				t.Errorf("silent after %q: perhaps taken %v", last, sendErr.PerhapsTaken)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	err := scripted(t, "220 hi").Send(ctx, notice(Receipt, "en"))
	wantSendError(t, "cancelled", err, false)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What was accepted was sent: a bad end of the session must not make anybody send it again.
func TestTroubleAfterAcceptanceIsNoError(t *testing.T) {
	accepted := []string{"220 hi", "250 hi", "250 ok", "250 ok", "354 go on", "250 taken"}
	for name, sender := range map[string]*Sender{
		"QUIT refused":  scripted(t, append(slices.Clone(accepted), "500 what?")...),
		"hang up":       scripted(t, append(slices.Clone(accepted), "hang up")...),
		"silent at end": scripted(t, accepted...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := sender.Send(t.Context(), notice(Receipt, "en")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, mode := range []string{"none", "starttls", "tls"} {
		c := &catcher{needsAuth: true}
		sender := serve(t, c, mode)
		sender.Username, sender.Password = "casepath", "wrong"
		if err := sender.Check(t.Context()); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		if len(c.from)+len(c.mails)+len(c.signedIn) != 0 {
			t.Errorf("%s: Check did more than ask", mode)
		}
	}
	silent := scripted(t, "220 hi")
	silent.Timeout = 300 * time.Millisecond
	for name, sender := range map[string]*Sender{
		"nobody there": {Address: "127.0.0.1:1", TLS: "none"},
		"refusing":     scripted(t, "554 no"),
		"silent":       silent,
	} {
		if err := sender.Check(t.Context()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	c := &catcher{}
	sender := serve(t, c, "none")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := sender.Send(t.Context(), notice(Answer, "fr")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(c.mails) != 20 {
		t.Errorf("%d mails", len(c.mails))
	}
}
