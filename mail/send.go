package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// SendTimeout is long enough for a server that looks into a mail before it
// answers for it (RFC 5321 4.5.3.2.6 asks for ten minutes).
const SendTimeout = 5 * time.Minute

const (
	defaultTimeout = 30 * time.Second
	dialTimeout    = 30 * time.Second
	quitTimeout    = 5 * time.Second
)

// Sender delivers mails to one SMTP server (RFC 5321), one connection and one transaction each. It
// keeps no state and may be used by many goroutines at once; its fields are not changed after.
type Sender struct {
	// Address is host:port. The host is also the name that a TLS certificate must carry.
	Address string
	// Username and Password sign in by AUTH PLAIN or LOGIN if Username is set; without TLS only
	// to a server on this machine.
	Username, Password string
	// TLS is "none", "starttls" (refused if the server does not offer it) or "tls" (from the
	// first byte, RFC 8314).
	TLS string
	// Hello is the name given in EHLO; empty: localhost.
	Hello string
	// Timeout bounds one whole Send or Check, connecting included; zero or less: 30 seconds.
	Timeout time.Duration

	roots *x509.CertPool // nil: the system's
}

// SendError is the error of Send. Permanent: trying the same notice again is useless, because it
// cannot be rendered or because the server answered RCPT, DATA or the mail itself with 5xx
// (RFC 5321 4.2.1). All else is worth another try: 4xx, network, time, and refusals that concern the
// sender and not the mail (greeting, EHLO, STARTTLS, AUTH, MAIL).
//
// PerhapsTaken: the whole mail was sent and the server never answered, so it
// may have taken it; trying again may repeat it.
type SendError struct {
	Permanent, PerhapsTaken bool

	Err error
}

// Error tells whether the failure is permanent, and its cause. It may hold the recipient's address
// and words of the server: for staff and logs, not for customers.
func (e *SendError) Error() string {
	if e.Permanent {
		return "mail refused for good: " + e.Err.Error()
	}
	return "mail not sent yet: " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }

// Send renders n and hands it to the server. Nil means that the server took responsibility for it;
// what happens after that answer, such as a failing QUIT, is no error. Otherwise the error is a
// *SendError. Files are sent with it. If the connection is lost between the end of the mail and the server's answer, the
// mail may have been taken all the same; a repetition then carries the same Message-ID.
func (s *Sender) Send(ctx context.Context, n Notice, files ...File) error {
	m, err := Render(n, files...)
	if err != nil {
		return &SendError{Permanent: true, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		return &SendError{Err: fmt.Errorf("connect to %s: %w", s.Address, err)}
	}
	defer c.close()
	if err := c.authenticate(s); err != nil {
		return &SendError{Err: c.because(ctx, "sign in", err)}
	}
	if err := c.client.Mail("<" + m.from + ">"); err != nil {
		return &SendError{Err: c.because(ctx, "MAIL", err)}
	}
	if err := c.client.Rcpt("<" + m.to + ">"); err != nil {
		return &SendError{Permanent: isPermanent(err), Err: c.because(ctx, "RCPT", err)}
	}
	if ended, err := c.data(m.raw); err != nil {
		return &SendError{Permanent: isPermanent(err), PerhapsTaken: ended && !isAnswer(err), Err: c.because(ctx, "DATA", err)}
	}
	return nil
}

// Check tells whether the server can be reached and answers EHLO (with STARTTLS if so set). It does
// not sign in and starts no transaction, so it may be asked often.
func (s *Sender) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		return fmt.Errorf("check mail server %s: %w", s.Address, err)
	}
	c.close()
	return nil
}

func (s *Sender) timeout() time.Duration {
	if s.Timeout <= 0 {
		return defaultTimeout
	}
	return s.Timeout
}

// connection is one SMTP session. Its network connection is closed as soon as its context ends, so
// nothing here can outlive the caller's patience.
type connection struct {
	conn   net.Conn
	client *smtp.Client
	host   string
	stop   func() bool
}

// connect dials, reads the greeting, says EHLO and, if so set, goes on under TLS.
func (s *Sender) connect(ctx context.Context) (*connection, error) {
	host, _, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, fmt.Errorf("the server's address must be host:port: %w", err)
	}
	config := &tls.Config{ServerName: host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	c := &connection{host: host}
	switch s.TLS {
	case "none", "starttls":
		c.conn, err = (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", s.Address)
	case "tls":
		c.conn, err = (&tls.Dialer{NetDialer: &net.Dialer{Timeout: dialTimeout}, Config: config}).DialContext(ctx, "tcp", s.Address)
	default:
		err = fmt.Errorf(`TLS must be "none", "starttls" or "tls", not %q`, s.TLS)
	}
	if err != nil {
		return nil, err
	}
	c.stop = context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	if err := c.greet(s, config); err != nil {
		c.stop()
		_ = c.conn.Close()
		return nil, c.because(ctx, "greet", err)
	}
	return c, nil
}

func (c *connection) greet(s *Sender, config *tls.Config) (err error) {
	if c.client, err = smtp.NewClient(c.conn, c.host); err != nil {
		return err
	}
	c.client.SkipSMTPUTF8(true) // all we send is ASCII
	hello := s.Hello
	if hello == "" {
		hello = "localhost"
	}
	if err := c.client.Hello(hello); err != nil {
		return err
	}
	if s.TLS != "starttls" {
		return nil
	}
	if offered, _ := c.client.Extension("STARTTLS"); !offered {
		return errors.New("the server does not offer STARTTLS")
	}
	return c.client.StartTLS(config)
}

// authenticate signs in if a user name is set. Both mechanisms refuse to show the password to a
// server elsewhere without TLS.
func (c *connection) authenticate(s *Sender) error {
	if s.Username == "" {
		return nil
	}
	_, offered := c.client.Extension("AUTH")
	for mechanism := range strings.FieldsSeq(strings.ToUpper(offered)) {
		switch mechanism {
		case "PLAIN":
			return c.client.Auth(smtp.PlainAuth("", s.Username, s.Password, c.host, false))
		case "LOGIN":
			return c.client.Auth(smtp.LoginAuth(s.Username, s.Password, c.host, false))
		}
	}
	return errors.New("the server offers neither AUTH PLAIN nor LOGIN")
}

// data sends the mail itself. If it cannot be written whole, the connection is cut rather than
// closed politely, so that the server never takes a part for the whole.
// ended says that the whole mail was sent, and only the server's answer is missing.
func (c *connection) data(raw []byte) (ended bool, err error) {
	w, err := c.client.Data()
	if err != nil {
		return false, err
	}
	if _, err := w.Write(raw); err != nil {
		_ = c.conn.Close()
		return false, err
	}
	return true, w.Close()
}

// close ends the session; nothing it meets matters any more.
func (c *connection) close() {
	_ = c.conn.SetDeadline(time.Now().Add(quitTimeout))
	_ = c.client.Quit()
	c.stop()
	_ = c.conn.Close()
}

// because says where it failed, and names the end of the context if that is why.
func (c *connection) because(ctx context.Context, step string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w (%w)", step, context.Cause(ctx), err)
	}
	return fmt.Errorf("%s: %w", step, err)
}

// isAnswer says whether the server itself said no.
func isAnswer(err error) bool {
	var answer *textproto.Error
	return errors.As(err, &answer)
}

func isPermanent(err error) bool {
	var answer *textproto.Error
	return errors.As(err, &answer) && answer.Code >= 500 && answer.Code <= 599
}
