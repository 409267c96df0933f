package desk

import "testing"

// TestNetworks: however an address is written, it is one, and of one network.
func TestNetworks(t *testing.T) {
	for ip, want := range map[string][2]string{
		"203.0.113.7":           {"203.0.113.7", "203.0.113.0/24"},
		"::ffff:203.0.113.7":    {"203.0.113.7", "203.0.113.0/24"},
		"::ffff:cb00:7107":      {"203.0.113.7", "203.0.113.0/24"},
		"2001:DB8::1":           {"2001:db8::1", "2001:db8::/64"},
		"2001:db8:0:0:1:2:3:4":  {"2001:db8::1:2:3:4", "2001:db8::/64"},
		"2001:db8:0:1::1":       {"2001:db8:0:1::1", "2001:db8:0:1::/64"},
		"fe80::1%eth0":          {"fe80::1", "fe80::/64"},
		"127.0.0.1":             {"127.0.0.1", "127.0.0.0/24"},
		"":                      {},
		"x":                     {},
		"203.0.113.7:80":        {},
		"203.0.113.7, 10.0.0.1": {},
		"0203.0.113.7":          {},
		"' or 1=1":              {},
	} {
		o := Origin{IP: ip}
		if o.Address() != want[0] || o.Network() != want[1] {
			t.Errorf("%q: %q in %q, want %q", ip, o.Address(), o.Network(), want)
		}
	}
}
