package rest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how many objects and arrays may stand inside each other.
const MaxDepth = 256

// scanner walks JSON once, by the grammar of RFC 8259, without building it.
type scanner struct {
	b     []byte
	i     int
	depth int

	// strict also checks what strings hold and refuses a member given twice at
	// any depth. Else the inside of a string is skipped.
	strict bool
	keys   [][]byte // the members of the open objects, strict only

	text func([]byte) // told of each string, what is between its quotes; may be nil
}

var (
	errEnd   = errors.New("the JSON ends too early")
	errDeep  = fmt.Errorf("the JSON is nested deeper than %d levels", MaxDepth)
	errExtra = errors.New("there is text after the JSON object")
)

// checkJSON refuses a body that is not exactly one sound JSON object.
func checkJSON(body []byte) error {
	s := scanner{b: body, strict: true}
	if err := s.whole(s.object); err != nil {
		return malformed(err)
	}
	return nil
}

// whole runs read on all of the text.
func (s *scanner) whole(read func() error) error {
	s.space()
	if s.peek() != '{' {
		return s.unexpected("an object")
	}
	if err := read(); err != nil {
		return err
	}
	s.space()
	if s.i < len(s.b) {
		return errExtra
	}
	return nil
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end (which no rule expects).
func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *scanner) unexpected(wanted string) error {
	if s.i >= len(s.b) {
		return errEnd
	}
	return fmt.Errorf("byte %d is not %s", s.i, wanted)
}

func (s *scanner) value() error {
	switch c := s.peek(); {
	case c == '"':
		_, err := s.str()
		return err
	case c == '{':
		return s.object()
	case c == '[':
		return s.array()
	case c == '-' || isDigit(c):
		return s.number()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.unexpected("a value")
}

func (s *scanner) object() error {
	base := len(s.keys)
	defer func() { s.keys = s.keys[:base] }()
	var seen map[string]struct{}
	return s.members(func(key []byte) error {
		if s.strict {
			if err := s.addKey(base, &seen, key); err != nil {
				return err
			}
		}
		return s.value()
	})
}

// members walks an object. each is called at a member's value, with the raw
// key between its quotes, and must move past the value.
func (s *scanner) members(each func(key []byte) error) error {
	return s.list('}', func() error {
		if s.peek() != '"' {
			return s.unexpected("a member name")
		}
		key, err := s.str()
		if err != nil {
			return err
		}
		s.space()
		if s.peek() != ':' {
			return s.unexpected("a colon")
		}
		s.i++
		s.space()
		return each(key)
	})
}

func (s *scanner) array() error { return s.list(']', s.value) }

// list walks what stands between brackets and is parted by commas.
func (s *scanner) list(end byte, item func() error) error {
	if s.depth++; s.depth > MaxDepth {
		return errDeep
	}
	s.i++
	s.space()
	for first := true; ; first = false {
		if first && s.peek() == end {
			break
		}
		if err := item(); err != nil {
			return err
		}
		s.space()
		if s.peek() == end {
			break
		}
		if s.peek() != ',' {
			return s.unexpected("a comma")
		}
		s.i++
		s.space()
	}
	s.i++
	s.depth--
	return nil
}

// str moves past a string and returns what is between its quotes.
func (s *scanner) str() ([]byte, error) {
	start := s.i + 1
	for at := start; ; {
		n := bytes.IndexByte(s.b[at:], '"')
		if n < 0 {
			return nil, errEnd
		}
		end := at + n
		if !escaped(s.b[start:end]) {
			s.i = end + 1
			if s.text != nil {
				s.text(s.b[start:end])
			}
			if s.strict {
				return s.b[start:end], checkString(s.b[start:end], start)
			}
			return s.b[start:end], nil
		}
		at = end + 1
	}
}

// escaped reports whether the byte after text is escaped: an odd number of
// backslashes stands before it.
func escaped(text []byte) bool {
	n := 0
	for i := len(text) - 1; i >= 0 && text[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// checkString refuses control characters, unknown escapes and what is not UTF-8.
func checkString(text []byte, offset int) error {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < 0x20:
			return fmt.Errorf("byte %d is a control character in a string", offset+i)
		case c == '\\':
			i++
			if text[i] == 'u' {
				if len(text) < i+5 || !isHex(text[i+1:i+5]) {
					return fmt.Errorf("byte %d is not a valid escape", offset+i)
				}
				i += 4
			} else if strings.IndexByte(`"\/bfnrt`, text[i]) < 0 {
				return fmt.Errorf("byte %d is not a valid escape", offset+i)
			}
		}
	}
	if !utf8.Valid(text) {
		return fmt.Errorf("the string at byte %d is not UTF-8", offset)
	}
	return nil
}

func (s *scanner) number() error {
	if s.peek() == '-' {
		s.i++
	}
	switch {
	case s.peek() == '0':
		s.i++
	case !s.digits():
		return s.unexpected("a digit")
	}
	if s.peek() == '.' {
		s.i++
		if !s.digits() {
			return s.unexpected("a digit")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.i++
		if c := s.peek(); c == '+' || c == '-' {
			s.i++
		}
		if !s.digits() {
			return s.unexpected("a digit")
		}
	}
	return nil
}

func (s *scanner) digits() bool {
	start := s.i
	for isDigit(s.peek()) {
		s.i++
	}
	return s.i > start
}

func (s *scanner) word(w string) error {
	if !bytes.HasPrefix(s.b[s.i:], []byte(w)) {
		return s.unexpected("a value")
	}
	s.i += len(w)
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
