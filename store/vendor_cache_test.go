package store

import "testing"

// A vendor that was changed while it was read is read anew, although what was
// read came after it was forgotten.
func TestForgottenWhileRead(t *testing.T) {
	t.Parallel()
	var s Store
	read := func(slug string, meanwhile func()) func() (Vendor, error) {
		return func() (Vendor, error) { meanwhile(); return Vendor{Slug: slug}, nil }
	}
	for _, c := range []struct {
		slug      string
		meanwhile func()
		want      string
	}{{"before", s.ForgetVendors, "before"}, {"after", func() {}, "after"}, {"not read", func() {}, "after"}} {
		if v, err := s.vendors.find("x", read(c.slug, c.meanwhile)); err != nil || v.Slug != c.want {
			t.Errorf("%s: %s, %v", c.slug, v.Slug, err)
		}
	}
}
