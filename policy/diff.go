package policy

import "strings"

// Change is one difference between two packs, in words.
type Change struct {
	Path     string // where it stands in the file
	Of, What string // as a line's
	From, To string // "" where one of them says nothing
}

// Diff is what the second pack says otherwise than the first, in the order
// people read a procedure; none when both are the same procedure. Comments and
// the order of blocks in the file are no difference. The locale is that of our
// own words; the vendor's texts are compared in all their languages.
func Diff(a, b *Pack, locale string) (changes []Change) {
	before, after := a.read(locale, true), b.read(locale, true)
	was, is := byPath(before), byPath(after)
	mark := func(l Line) string {
		if l.Assumed {
			return l.Value + Say(locale, "mark.assumed")
		}
		return l.Value
	}
	for _, l := range before {
		if other, there := is[l.Path]; !there && !l.off {
			changes = append(changes, Change{l.Path, l.Of, l.What, mark(l), ""})
		} else if there && mark(l) != mark(other) {
			changes = append(changes, Change{l.Path, l.Of, l.What, mark(l), mark(other)})
		}
	}
	for _, l := range after {
		if _, there := was[l.Path]; !there && !l.off {
			changes = append(changes, Change{l.Path, l.Of, l.What, "", mark(l)})
		}
	}
	return changes
}

func byPath(lines []Line) map[string]Line {
	at := make(map[string]Line, len(lines))
	for _, l := range lines {
		at[l.Path] = l
	}
	return at
}

// In is the change as a sentence in a locale: "plan licence: acknowledge for
// high: 1 business day → 4 business hours".
func (c Change) In(locale string) string {
	says := func(value string) string { return orElse(value, Say(locale, "value.nothing")) }
	var parts []string
	for _, part := range []string{c.Of, c.What, says(c.From) + " → " + says(c.To)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, Say(locale, "mark.colon"))
}
