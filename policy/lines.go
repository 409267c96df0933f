package policy

import (
	"maps"
	"slices"
	"strings"
)

// Line is one thing a pack says.
type Line struct {
	Path    string // where it stands in the file, "plans.licence.targets.acknowledge.high"
	Block   string // which part of the procedure, in words
	Of      string // what in it, "plan licence"; "" for the part itself
	What    string // what is said about it, "acknowledge for high"
	Value   string
	Assumed bool // the source document leaves it open

	off bool // it says that something is switched off
}

// Lines are everything the pack says, in the order people read a procedure.
// Our own words are in the locale, in English when we have none; the vendor's
// texts too, in its own way of falling back.
func (p *Pack) Lines(locale string) []Line { return p.read(locale, false) }

// read lists what the pack says. Whole: in codes, with the vendor's texts in
// every language and what is switched off, so that two packs with the same
// lines are the same procedure.
func (p *Pack) read(locale string, whole bool) []Line {
	l := lister{p: p, locale: locale, whole: whole}
	l.about()
	l.intake()
	l.forms()
	l.judging()
	l.time()
	l.paths()
	l.people()
	l.money()
	return l.list
}

type lister struct {
	p      *Pack
	locale string
	whole  bool
	block  string
	of     string
	list   []Line
}

// part begins a part of the procedure.
func (l *lister) part(key string) { l.block, l.of = Say(l.locale, "block."+key), "" }

// thing begins what is said about one thing of the part: a plan, a form.
func (l *lister) thing(kind string, name any) { l.of = Say(l.locale, "thing."+kind, name) }

func (l *lister) line(path, what, value string) {
	l.list = append(l.list, Line{Path: path, Block: l.block, Of: l.of, What: what, Value: value, Assumed: l.p.IsAssumed(path)})
}

func (l *lister) what(key string, args ...any) string { return Say(l.locale, "what."+key, args...) }

// plain is a value as it stands; none, no line.
func (l *lister) plain(path, key, value string) {
	if value != "" {
		l.line(path, l.what(key), value)
	}
}

// text is a text of the vendor's.
func (l *lister) text(path, what string, t Text) {
	if !l.whole {
		if said := t.In(l.locale); said != "" {
			l.line(path, what, said)
		}
		return
	}
	for _, language := range slices.Sorted(maps.Keys(t)) {
		l.line(path+"."+language, what+" ("+language+")", t[language])
	}
}

// choices are a list of codes with their labels.
func (l *lister) choices(path, what string, list []Choice) {
	if !l.whole {
		for _, c := range list {
			l.line(path+"."+c.Code, what, Text(c.Label).In(l.locale))
		}
		return
	}
	l.order(path, what, codesOf(list, func(c Choice) string { return c.Code }))
	for _, c := range list {
		l.text(path+"."+c.Code+".label", what+" "+c.Code, c.Label)
	}
}

// order is the order of a list, which is part of what is said.
func (l *lister) order(path, what string, codes []string) {
	if l.whole && len(codes) > 0 {
		l.line(path, what, strings.Join(codes, ", "))
	}
}

// yes is a switch. What is off is said when asked for everything, or when the
// pack marks just that as assumed.
func (l *lister) yes(path, key string, on bool) {
	switch {
	case on:
		l.line(path, l.what(key), Say(l.locale, "value.yes"))
	case l.whole || slices.Contains(l.p.Assumed, path):
		l.line(path, l.what(key), Say(l.locale, "value.no"))
		l.list[len(l.list)-1].off = true
	}
}

// decimal is a decimal number as the locale writes it; as the pack does when
// asked for everything.
func (l *lister) decimal(number string) string {
	if language, _, _ := strings.Cut(l.locale, "-"); language != "en" && !l.whole {
		return strings.Replace(number, ".", ",", 1)
	}
	return number
}

// code is one of the words of the schema, such as refuse or ask.
func (l *lister) code(path, key, code string) {
	if code != "" {
		l.line(path, l.what(key), Say(l.locale, "value."+code))
	}
}

func (l *lister) codes(path, key string, codes []string) {
	if len(codes) == 0 {
		return
	}
	said := make([]string, len(codes))
	for i, c := range codes {
		said[i] = Say(l.locale, "value."+c)
	}
	l.line(path, l.what(key), strings.Join(said, ", "))
}

func (l *lister) days(path, key string, n int) {
	if n > 0 {
		l.line(path, l.what(key), counted(n, "day").In(l.locale))
	}
}

func (l *lister) amount(path, key string, a *Amount) {
	if a != nil && *a != (Amount{}) {
		l.line(path, l.what(key), a.inWords().In(l.locale))
	}
}

func (l *lister) joined(path, key string, values []string) {
	l.plain(path, key, strings.Join(values, ", "))
}

// named are things of the pack by their labels, in codes when asked for
// everything.
func (l *lister) named(codes []string, label func(code string) Text) string {
	said := make([]string, len(codes))
	for i, code := range codes {
		said[i] = code
		if words := label(code).In(l.locale); words != "" && !l.whole {
			said[i] = words
		}
	}
	return strings.Join(said, ", ")
}

func (l *lister) fieldNames(codes []string) string {
	return l.named(codes, func(code string) Text { return l.p.Fields[code].Label })
}

func (l *lister) formNames(codes []string) string {
	return l.named(codes, func(code string) Text { f, _ := l.p.Form(code); return f.Label })
}

func (l *lister) pathNames(codes ...string) string {
	if len(codes) == 1 && codes[0] == "" {
		return ""
	}
	return l.named(codes, func(code string) Text { return said("path." + code) })
}

func (l *lister) teamNames(codes ...string) string {
	return l.named(codes, func(code string) Text { t, _ := l.p.team(code); return t.Label })
}

func (p *Pack) team(code string) (Team, bool) {
	i := slices.IndexFunc(p.Assignment.Teams, func(t Team) bool { return t.Code == code })
	if i < 0 {
		return Team{}, false
	}
	return p.Assignment.Teams[i], true
}
