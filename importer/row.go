package importer

import (
	"context"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/words"
)

// outcome is what became of a row.
type outcome int

const (
	skipped outcome = iota // the import has stopped before it
	registered
	alreadyThere
	rejected
)

// result is a row's outcome; reason says why it was rejected, err why the
// import can't go on.
type result struct {
	outcome outcome
	reason  string
	err     error
}

// handle registers one row, or checks it in a dry run.
func (r *run) handle(ctx context.Context, j *job) result {
	if j.row.fault != "" {
		return result{outcome: rejected, reason: j.row.fault}
	}
	if bad := r.columns.unreadable(j.row.cells); bad != "" {
		return result{outcome: rejected, reason: bad + ": These bytes are not UTF-8 text. Save the file as UTF-8, or name its encoding with --encoding, for example --encoding windows-1252."}
	}
	var reasons []string
	registration, reason := r.registration(j.row.cells)
	if reason != "" {
		reasons = append(reasons, reason)
	}
	who, err := r.requester(ctx, j.row.cells)
	if err != nil {
		return result{err: err}
	}
	ctx = desk.WithCaller(ctx, who.caller)
	switch {
	case who.reason != "":
		reasons = append(reasons, r.columns.name(fieldRequester)+": "+who.reason)
	case len(reasons) > 0 || r.options.DryRun:
		err = r.desk.CheckRegistration(ctx, registration)
	default:
		return r.register(ctx, j.key, registration)
	}
	return r.judge(err, reasons)
}

func (r *run) register(ctx context.Context, key string, registration desk.Registration) result {
	view, err := r.desk.Register(ctx, key, registration)
	switch {
	case err != nil:
		return r.judge(err, nil)
	case view.Replayed:
		return result{outcome: alreadyThere}
	}
	return result{outcome: registered}
}

// judge makes a result of what the desk said and what was wrong besides.
func (r *run) judge(err error, reasons []string) result {
	if problem.CodeOf(err) == problem.Unavailable {
		return result{err: err}
	}
	if err != nil {
		reasons = append(reasons, r.refusal(err))
	}
	if len(reasons) > 0 {
		return result{outcome: rejected, reason: strings.Join(reasons, " ")}
	}
	return result{outcome: registered}
}

// refusal is what the desk said, as sentences that name the columns.
func (r *run) refusal(err error) string {
	e, ok := problem.As(err)
	switch {
	case !ok:
		return words.Say("en", "internal", nil) + " (" + err.Error() + ")"
	case e.Key == "idempotency_key_reused":
		return "This row has changed since it was imported; the ticket made then stays as it is."
	case len(e.Fields) == 0 && e.Cause != nil:
		return words.Say("en", e.Key, e.Args) + " (" + e.Cause.Error() + ")"
	case len(e.Fields) == 0:
		return words.Say("en", e.Key, e.Args)
	}
	list := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		list[i] = r.columns.name(field(f.Path)) + ": " + words.Say("en", f.Key, f.Args)
	}
	return strings.Join(list, " ")
}

// requester is who asks in a row: whom it names, else --requester.
func (r *run) requester(ctx context.Context, cells []string) (found, error) {
	who := r.columns.value(cells, fieldRequester)
	if who == "" {
		who = r.options.Requester
	}
	if who == "" {
		return found{reason: "The row names none, and --requester is not given."}, nil
	}
	return r.people.find(ctx, who)
}

// registration is what a row asks for; reason says which part of it can't be
// understood.
func (r *run) registration(cells []string) (g desk.Registration, reason string) {
	g = desk.Registration{
		Type:      r.choice(cells, fieldType, r.settings.Types, r.options.Type),
		Severity:  r.choice(cells, fieldSeverity, r.settings.Severities, r.options.Severity),
		Component: foldBlanks(r.columns.value(cells, fieldComponent)),
		Channel:   "import",
		Silent:    r.options.Quiet,
	}
	g.Title, g.Body = texts(r.columns.value(cells, fieldTitle), r.columns.html(fieldTitle),
		r.columns.value(cells, fieldBody), r.columns.html(fieldBody))
	date := r.columns.value(cells, fieldDate)
	if date == "" {
		return g, ""
	}
	at, err := parseDate(date, r.settings.Location(), r.desk.Now())
	if err != nil {
		return g, r.columns.name(fieldDate) + ": " + err.Error() + "."
	}
	g.OriginalAt = &at
	return g, ""
}

func (r *run) choice(cells []string, f field, choices []policy.Choice, otherwise string) string {
	if v := r.columns.value(cells, f); v != "" {
		return code(choices, v)
	}
	return otherwise
}

// code is the choice a person means, by its code or its label in any language,
// whatever the case of the letters; what means none stays as it is.
func code(choices []policy.Choice, said string) string {
	for _, c := range choices {
		if strings.EqualFold(c.Code, said) {
			return c.Code
		}
		for _, label := range c.Label {
			if strings.EqualFold(label, said) {
				return c.Code
			}
		}
	}
	return said
}

// texts are title and body as plain text. A title too long for a title is kept
// whole at the start of the body.
func texts(title string, titleHTML bool, body string, bodyHTML bool) (string, string) {
	switch {
	case titleHTML:
		title = plain(title)
	default:
		title = unescape(title)
	}
	title = foldBlanks(title)
	if bodyHTML || looksHTML(body) {
		body = plain(body)
	}
	body = strings.ReplaceAll(body, "\r\n", "\n")
	if utf8.RuneCountInString(title) > desk.TitleMax {
		body = title + "\n\n" + body
		title = strings.TrimSpace(string([]rune(title)[:desk.TitleMax-1])) + "…"
	}
	return title, body
}

// plain is HTML as plain text; without any tag its lines stay as they are.
func plain(s string) string {
	if !strings.Contains(s, "<") {
		return strings.TrimSpace(html.UnescapeString(s))
	}
	return textOf(s)
}

func foldBlanks(s string) string { return strings.Join(strings.Fields(s), " ") }

var (
	entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
	quotes = regexp.MustCompile(`&(?:quot|#0*(?:34|39)|#[xX]0*2[27]|apos);`)
)

// unescape decodes the entities of a text that was escaped for HTML. A text
// that holds what its escaping would have escaped was not, and only speaks of
// entities, as in: why does it show "&#039;"?
func unescape(s string) string {
	rest := entity.ReplaceAllString(s, "")
	if rest == s || strings.ContainsAny(rest, "&<>") || quotes.MatchString(s) && strings.Contains(rest, `"`) {
		return s
	}
	return html.UnescapeString(s)
}
