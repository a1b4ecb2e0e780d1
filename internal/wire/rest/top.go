package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"hardpan/internal/awserr"
)

// MaxMembers is how many members an object may have where names are compared.
// It bounds the work, and is far above what any AWS input has.
const MaxMembers = 10_000

// manyMembers is from where on a map compares names faster than a walk.
const manyMembers = 16

var (
	errMembers = fmt.Errorf("an object has more than %d members", MaxMembers)
	errName    = errors.New("a member name is not a valid string")
)

// Field is one member of a JSON object, its value undecoded.
type Field struct {
	Name string
	Raw  []byte // a part of the scanned body, not a copy
}

// Fields are the top-level members of a JSON object, in its order.
type Fields []Field

// Get returns the raw value of a member.
func (f Fields) Get(name string) (raw []byte, ok bool) {
	for i := range f {
		if f[i].Name == name {
			return f[i].Raw, true
		}
	}
	return nil, false
}

// Top lists the top-level members of a JSON object without decoding their
// values: one pass, no allocation for what is nested. The whole grammar is
// checked but the inside of string values, which is skipped; a top-level member given
// twice is refused. Errors are an [awserr.Error], SerializationException.
func Top(body []byte) (Fields, error) { return TopAndTexts(body, nil) }

// TopAndTexts is [Top], and in the same pass tells text of each string at any
// depth, names of members included: what is between its quotes, escapes as they
// are. It is a part of body, not a copy.
func TopAndTexts(body []byte, text func([]byte)) (Fields, error) {
	s := scanner{b: body, text: text}
	fields := make(Fields, 0, 8)
	names := nameSet{}
	err := s.whole(func() error {
		return s.members(func(key []byte) error {
			name, err := unquote(key)
			if err != nil {
				return err
			}
			if err := names.add(fields, name); err != nil {
				return err
			}
			start := s.i
			if err := s.value(); err != nil {
				return err
			}
			fields = append(fields, Field{Name: name, Raw: body[start:s.i:s.i]})
			return nil
		})
	})
	if err != nil {
		return nil, malformed(err)
	}
	return fields, nil
}

// nameSet notices a second member of the same name.
type nameSet struct{ seen map[string]struct{} }

func (n *nameSet) add(fields Fields, name string) error {
	if len(fields) < manyMembers {
		if _, twice := fields.Get(name); twice {
			return twiceError(name)
		}
		return nil
	}
	if n.seen == nil {
		n.seen = make(map[string]struct{}, 2*manyMembers)
		for _, f := range fields {
			n.seen[f.Name] = struct{}{}
		}
	}
	if _, twice := n.seen[name]; twice {
		return twiceError(name)
	}
	if len(n.seen) >= MaxMembers {
		return errMembers
	}
	n.seen[name] = struct{}{}
	return nil
}

// addKey notices a second member of the same name in the object whose keys
// start at base. seen takes over once they are many.
func (s *scanner) addKey(base int, seen *map[string]struct{}, key []byte) error {
	if bytes.IndexByte(key, '\\') >= 0 {
		plain, err := unquote(key)
		if err != nil {
			return err
		}
		key = []byte(plain)
	}
	open := s.keys[base:]
	switch {
	case len(open) >= MaxMembers:
		return errMembers
	case len(open) < manyMembers:
		for _, k := range open {
			if bytes.Equal(k, key) {
				return twiceError(string(key))
			}
		}
	default:
		if *seen == nil {
			*seen = make(map[string]struct{}, 2*manyMembers)
			for _, k := range open {
				(*seen)[string(k)] = struct{}{}
			}
		}
		if _, twice := (*seen)[string(key)]; twice {
			return twiceError(string(key))
		}
		(*seen)[string(key)] = struct{}{}
	}
	s.keys = append(s.keys, key)
	return nil
}

// unquote decodes the inside of a JSON string.
func unquote(key []byte) (string, error) {
	if !utf8.Valid(key) {
		return "", errName
	}
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key), nil
	}
	var name string
	quoted := append(append([]byte{'"'}, key...), '"')
	if err := json.Unmarshal(quoted, &name); err != nil {
		return "", errName
	}
	return name, nil
}

func twiceError(name string) error {
	return fmt.Errorf("the member %q is given more than once", clip(name, 64))
}

func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "") + "…"
}

// malformed is AWS's name for a body that cannot be read. Its messages vary by
// service; ours say what is wrong.
func malformed(err error) *awserr.Error {
	return serialization("The request body is not valid JSON: %v.", err)
}

// unreadable is a sound body whose member at has another type than the operation's.
func unreadable(at string, err error) *awserr.Error {
	if at == "" {
		return serialization("The request body does not fit the operation.").Because(err)
	}
	return serialization("The request body does not fit the operation: in member %q, %s.", at, clip(plainCause(err), 120)).Because(err)
}
