package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// rowMax is the largest row read, in bytes. A file with a missing closing
// quote would otherwise be one row to its end.
const rowMax = 16 << 20

// record is one row as the file has it.
type record struct {
	line  int // on which it begins, from 1
	cells []string
	fault string // why it can't be used; then cells may be incomplete
}

// source reads a CSV file row by row, whatever its size. Comma, semicolon and
// tab are told apart by the header; a byte order mark says UTF-8 or UTF-16;
// line ends may be LF or CRLF.
type source struct {
	file   *os.File
	meter  *meter
	csv    *csv.Reader
	comma  rune
	header []string
}

// openSource opens a file and reads its header. encodingName is one of the
// WHATWG names, "" for UTF-8 or what the byte order mark says.
func openSource(path, encodingName string) (*source, error) {
	file, err := os.Open(path) //nolint:gosec // the administrator names it
	if err != nil {
		return nil, err
	}
	s := &source{file: file}
	if err := s.begin(encodingName); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *source) begin(encodingName string) error {
	text, err := decode(bufio.NewReader(s.file), encodingName)
	if err != nil {
		return err
	}
	buffered := bufio.NewReaderSize(text, 64<<10)
	start, err := buffered.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	s.comma = delimiter(start)
	s.meter = &meter{r: buffered}
	s.csv = csv.NewReader(s.meter)
	s.csv.Comma, s.csv.FieldsPerRecord = s.comma, -1
	first, err := s.next()
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("the file is empty; its first line must name the columns")
	case err != nil:
		return err
	case first.fault != "":
		return fmt.Errorf("the first line must name the columns: %s", first.fault)
	}
	s.header = first.cells
	return nil
}

// next is the next row that is not blank; io.EOF after the last. Any other
// error means that nothing after it can be trusted.
func (s *source) next() (record, error) {
	for {
		s.meter.left = rowMax
		cells, err := s.csv.Read()
		if err != nil {
			return s.broken(cells, err)
		}
		line, _ := s.csv.FieldPos(0)
		r := record{line: line, cells: cells}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if s.header != nil {
			r.fault = r.fit(len(s.header))
		}
		return r, nil
	}
}

// fit drops empty columns beyond the header's and says what else is wrong with
// the number of columns.
func (r *record) fit(width int) string {
	n := len(r.cells)
	for n > width && r.cells[n-1] == "" {
		n--
	}
	r.cells = r.cells[:n]
	if n != width {
		return fmt.Sprintf("This row has %d columns, the header has %d.", n, width)
	}
	return ""
}

// broken tells a row that can be left out from a file that can't be read on.
// A quote inside an unquoted column ends with its line; after quotes that
// don't match nobody knows where the next row begins.
func (s *source) broken(cells []string, err error) (record, error) {
	var parse *csv.ParseError
	switch {
	case !errors.As(err, &parse):
		return record{}, err // the end, or the file can't be read
	case errors.Is(parse.Err, csv.ErrBareQuote):
		return record{line: parse.StartLine, cells: cells, fault: fmt.Sprintf(
			"Line %d has a quote (\") inside a column that does not begin with one; only the columns before it are copied here.", parse.Line)}, nil
	case errors.Is(parse.Err, csv.ErrQuote):
		return record{}, fmt.Errorf("the row that begins on line %d has quotes that don't match (noticed on line %d), so it can't be told where the next row begins: "+
			"correct it and run the import again", parse.StartLine, parse.Line)
	}
	return record{}, err
}

func (s *source) close() { _ = s.file.Close() }

var errRowTooLarge = fmt.Errorf("a row is larger than %d MiB: is a closing quote missing?", rowMax>>20)

// meter lets one row read so much and no more.
type meter struct {
	r    io.Reader
	left int
}

// Read reads while the row may go on.
func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errRowTooLarge
	}
	n, err := m.r.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

// decode is the text of a file without byte order mark. Bytes that are not
// UTF-8 pass, to be refused row by row.
func decode(r *bufio.Reader, name string) (io.Reader, error) {
	mark, err := r.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var e encoding.Encoding
	switch {
	case bytes.HasPrefix(mark, []byte("\xEF\xBB\xBF")):
		_, err := r.Discard(3)
		return r, err
	case bytes.HasPrefix(mark, []byte("\xFF\xFE")), bytes.HasPrefix(mark, []byte("\xFE\xFF")):
		e = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	case name != "" && !strings.EqualFold(name, "utf-8"):
		if e, err = htmlindex.Get(name); err != nil {
			return nil, fmt.Errorf("no encoding is called %q; try windows-1252, iso-8859-15 or utf-16le", name)
		}
	default:
		return r, nil
	}
	return e.NewDecoder().Reader(r), nil
}

// delimiter is the character that parts most columns of the header.
func delimiter(start []byte) rune {
	counts := map[rune]int{}
	quoted := false
	for _, c := range string(bytes.TrimLeft(start, "\r\n")) {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	best := ','
	for _, c := range []rune{';', '\t'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}
