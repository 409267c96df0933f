package desk

import "testing"

func TestLaterVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"8.10", "8.9.1", true},
		{"8.9.1", "8.10", false},
		{"8.3", "8.3", false},
		{"8.3.1", "8.3", true},
		{"8.3.0", "8.3", false},
		{"9", "8.3", true},
		{"", "8.3", false},
		{"8.3", "", false},
		{"next", "8.3", false},
		{"8.3", "the newest", false},
	} {
		if got := laterVersion(c.a, c.b); got != c.want {
			t.Errorf("%q after %q: %v", c.a, c.b, got)
		}
	}
}
