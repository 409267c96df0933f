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
	Device    string // cookie of a browser that signed in before; "" for none
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

// Address is the IP in its one spelling, without zone; "" for what is none.
func (o Origin) Address() string {
	if a, ok := address(o.IP); ok {
		return a.String()
	}
	return ""
}

// Network is the part of the address that one household or office has to
// itself: /24 of IPv4, /64 of IPv6; "" without an address.
func (o Origin) Network() string {
	a, ok := address(o.IP)
	if !ok {
		return ""
	}
	bits := 64
	if a.Is4() {
		bits = 24
	}
	return netip.PrefixFrom(a, bits).Masked().String()
}

// address reads an address: IPv4 is IPv4, however it is written.
func address(ip string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(ip)
	return a.Unmap().WithZone(""), err == nil
}
