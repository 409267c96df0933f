// Package outgoing makes the one HTTP client with which we call addresses that
// somebody else has named: companies' sign-on and webhooks. It looks at the
// address that is dialled, not at the name: what a name points to may change
// between two looks.
package outgoing

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"code.dny.dev/ssrf"
)

// ErrAddress is an address that may not be called.
var ErrAddress = errors.New("this address may not be called")

// Rules bound what a client may call, and what it takes. All but Private are
// needed.
type Rules struct {
	Timeout   time.Duration // of one call, the reading of its answer included
	AnswerMax int64         // bytes of an answer that are read; for the caller it ends there
	Ports     []uint16      // that may be dialled, unless Private
	// Private lets it call private addresses too, any port, and http on this
	// machine: as the operator of an installation decides for its own network.
	Private bool
}

// Client makes a client that calls public addresses alone (no private,
// loopback, link-local, shared, translated, embedded or multicast one), at those
// ports, by https; that follows no redirect, asks no proxy and is cut after
// Timeout, however slowly the other side reads or writes.
func (r Rules) Client() *http.Client {
	dialer := &net.Dialer{Timeout: r.Timeout}
	if !r.Private {
		dialer.Control = ssrf.New(ssrf.WithPorts(r.Ports...)).Safe // looks at the address that is dialled
	}
	return &http.Client{
		Timeout:       r.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &narrow{rules: r, under: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: r.Timeout, ResponseHeaderTimeout: r.Timeout,
			MaxIdleConnsPerHost: 2, MaxIdleConns: 100, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
		}},
	}
}

// MayCall says whether an address may be called as it is written: https, a host,
// no name or password, and a port that may be dialled; not this machine by its
// name, nor an address in figures that is not public. Where a name leads is looked
// at when it is dialled.
func (r Rules) MayCall(u *url.URL) bool {
	return r.proper(u) && (r.Private || r.mayDial(u.Hostname(), cmp.Or(u.Port(), "443")))
}

// proper is MayCall but for the host and the port, at which the dialler looks.
func (r Rules) proper(u *url.URL) bool {
	if u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return false
	}
	return u.Scheme == "https" || r.Private && u.Scheme == "http" && thisMachine(u.Hostname())
}

func (r Rules) mayDial(host, port string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil { // a name
		n, err := strconv.ParseUint(port, 10, 16)
		return err == nil && slices.Contains(r.Ports, uint16(n)) && !thisMachine(host)
	}
	network := "tcp6"
	if a.Is4() {
		network = "tcp4"
	}
	return ssrf.New(ssrf.WithPorts(r.Ports...)).Safe(network, net.JoinHostPort(host, port), nil) == nil
}

func thisMachine(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// narrow lets through what may be called, and no more of an answer than may be
// read.
type narrow struct {
	rules Rules
	under http.RoundTripper
}

// RoundTrip does one call.
func (n *narrow) RoundTrip(r *http.Request) (*http.Response, error) {
	if !n.rules.proper(r.URL) {
		return nil, ErrAddress
	}
	answer, err := n.under.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, n.rules.AnswerMax), answer.Body}
	}
	return answer, err
}
