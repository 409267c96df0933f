package desk

import (
	"context"
	"index/suffixarray"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// What of a note counts as quoted, in letters, digits and the spaces between
// words.
const (
	passageMin = 40 // anywhere, also over several lines
	lineMin    = 20 // when it is a whole line of the note
)

// quotesNote refuses a text for the customer's side that quotes an internal
// note of the ticket. What the customer's side can read anyway is no secret of
// the note's.
func quotesNote(ctx context.Context, tx *store.Tx, id uuid.UUID, text string) error {
	notes, err := tx.Bodies(ctx, id, false)
	if err != nil || len(notes) == 0 || !quotes(text, notes, nil) {
		return err
	}
	known, err := tx.Bodies(ctx, id, true)
	if err != nil || !quotes(text, notes, known) {
		return err
	}
	e := problem.New(problem.Unprocessable, "note_quoted", nil)
	e.Fields = []problem.Field{{Path: "text", Key: "note_quoted"}}
	return e
}

// quotes says whether text holds a passage of one of the notes that is in none
// of the known texts. Marks of quoting, other signs, spaces, line ends and the
// case of letters make no difference.
func quotes(text string, notes, known []string) bool {
	in, public := plain(text), index(known)
	secret := func(passage string) bool { return len(public.Lookup([]byte(passage), 1)) == 0 }
	all := index(notes)
	for start, end := range windows(in) {
		if passage := in[start:end]; len(all.Lookup([]byte(passage), 1)) > 0 && secret(passage) {
			return true
		}
	}
	for _, note := range notes {
		for line := range strings.Lines(note) {
			if line = plain(line); utf8.RuneCountInString(line) >= lineMin && strings.Contains(in, line) && secret(line) {
				return true
			}
		}
	}
	return false
}

// windows are the places of every passage of passageMin characters.
func windows(s string) func(yield func(start, end int) bool) {
	return func(yield func(start, end int) bool) {
		ahead, width := 0, 0 // the window is s[start:ahead]
		for start := range s {
			for width < passageMin {
				if ahead == len(s) {
					return
				}
				_, size := utf8.DecodeRuneInString(s[ahead:])
				ahead += size
				width++
			}
			if !yield(start, ahead) {
				return
			}
			width--
		}
	}
}

func index(texts []string) *suffixarray.Index {
	parts := make([]string, len(texts))
	for i, t := range texts {
		parts[i] = plain(t)
	}
	return suffixarray.New([]byte(strings.Join(parts, "\x00"))) // no text holds a NUL: clean
}

// plain is a text as small letters and digits alone, one space between words.
func plain(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}), " ")
}
