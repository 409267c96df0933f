package desk

import (
	"context"
	"net/netip"
)

// Origin is from where somebody asks. It is kept with what they change, and
// what is limited is counted by it; it decides no permission.
type Origin struct {
	IP        string // as the configured proxies tell it; "" from the command line
	UserAgent string // cut to 200 characters
	RequestID string
	Device    string // secret of a browser that signed in before; "" for none
}

type originKey struct{}

// WithOrigin says from where a request comes.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginFrom is from where a request comes; zero from the command line.
func OriginFrom(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// Network is the part of the address that one household or office has to
// itself: /24 of IPv4, /64 of IPv6; "" without an address.
func (o Origin) Network() string { return networkOf(o.IP) }

func networkOf(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
