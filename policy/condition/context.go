package condition

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// Context is the condition keys of one request. Keys compare without case. A
// Context is built by one goroutine and then only read.
//
// It may have a parent, whose keys it adds to and overrides: the keys of a
// principal are made once and shared by all of its requests.
type Context struct {
	parent  *Context
	entries []entry
}

// Entry is one key with its values.
type Entry struct {
	Key    string   // as it was set
	Origin string   // where it came from: principal, session, request, resource, network, call
	Values []string // never nil
	Multi  bool     // a multivalued key, also if it has one value now
}

type entry struct {
	Entry
	folded string
}

// NewContext makes an empty context above parent, which may be nil.
func NewContext(parent *Context) *Context {
	return &Context{parent: parent}
}

// Set gives a single-valued key its value. An empty value is a value.
func (c *Context) Set(key, origin, value string) {
	c.put(Entry{Key: key, Origin: origin, Values: []string{value}})
}

// SetMany gives a multivalued key its values. Without any, the key counts as
// missing.
func (c *Context) SetMany(key, origin string, values []string) {
	own := make([]string, len(values))
	copy(own, values)
	c.put(Entry{Key: key, Origin: origin, Values: own, Multi: true})
}

// put makes values valid UTF-8: a decision record could not hold them otherwise.
func (c *Context) put(e Entry) {
	for i, v := range e.Values {
		if !utf8.ValidString(v) {
			e.Values[i] = strings.ToValidUTF8(v, "\uFFFD")
		}
	}
	added := entry{Entry: e, folded: fold(e.Key)}
	for i := range c.entries {
		if c.entries[i].folded == added.folded {
			c.entries[i] = added
			return
		}
	}
	c.entries = append(c.entries, added)
}

// Get returns the values of key, and whether it is there at all. It does not
// allocate for an ASCII key. The values must not be changed.
func (c *Context) Get(key string) (values []string, ok bool) {
	e := c.find(key)
	if e == nil {
		return nil, false
	}
	return e.Values, true
}

// Find returns the whole entry of key.
func (c *Context) Find(key string) (Entry, bool) {
	e := c.find(key)
	if e == nil {
		return Entry{}, false
	}
	return e.Entry, true
}

func (c *Context) find(key string) *entry {
	if !isASCII(key) {
		key = fold(key)
	}
	for ; c != nil; c = c.parent {
		for i := range c.entries {
			if equalFolded(c.entries[i].folded, key) {
				return &c.entries[i]
			}
		}
	}
	return nil
}

// lookup is find for a key that is folded already.
func (c *Context) lookup(folded string) *entry {
	for ; c != nil; c = c.parent {
		for i := range c.entries {
			if c.entries[i].folded == folded {
				return &c.entries[i]
			}
		}
	}
	return nil
}

// All yields every key once, with the value that counts: this context's own keys
// in the order in which they were first set, then the parent's.
func (c *Context) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for level := c; level != nil; level = level.parent {
			for i := range level.entries {
				e := &level.entries[i]
				if c.lookup(e.folded) != e {
					continue // overridden
				}
				if !yield(e.Entry) {
					return
				}
			}
		}
	}
}

func fold(key string) string { return strings.ToLower(key) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// equalFolded compares a folded key with one that may not be.
func equalFolded(folded, key string) bool {
	if len(folded) != len(key) {
		return false
	}
	for i := range len(key) {
		c := key[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if folded[i] != c {
			return false
		}
	}
	return true
}
