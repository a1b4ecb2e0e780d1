package condition

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Context is the condition keys of one request. Keys compare without case. A
// Context is built by one goroutine and then only read. The zero Context is empty
// and ready for use.
//
// It may have a parent, whose keys it adds to and overrides: the keys of a
// principal are made once and shared by all of its requests.
type Context struct {
	parent *Context
	keys   []contextKey
	shared bool     // keys belong to other contexts too; see ShareKeys
	values []string // of all keys
}

// contextKey is the name of one key, and which of the context's values are its own.
type contextKey struct {
	name, folded, origin string
	multi                bool
	from, to             int32
}

// Entry is one key with its values.
type Entry struct {
	Key    string   // as it was set
	Origin string   // where it came from: principal, session, request, resource, network, call
	Values []string // never nil
	Multi  bool     // a multivalued key, also if it has one value now
}

// NewContext makes an empty context above parent, which may be nil.
func NewContext(parent *Context) *Context {
	return &Context{parent: parent}
}

// Use puts the values of an empty context into room, as long as they fit: next to
// what else is kept of a principal, so that they are found without another wait for
// memory.
func (c *Context) Use(room []string) { c.values = room[:0] }

// ShareKeys makes c use the same memory for the names of its keys as like does,
// if both have the same keys from the same origins, and tells whether they have.
// It is for contexts that are kept in great numbers, as those of principals.
func (c *Context) ShareKeys(like *Context) bool {
	if !slices.Equal(c.keys, like.keys) {
		return false
	}
	c.keys, c.shared = like.keys, true
	return true
}

// Set gives a single-valued key its value. An empty value is a value.
func (c *Context) Set(key, origin, value string) {
	c.put(key, origin, false, value)
}

// SetMany gives a multivalued key its values. Without any, the key counts as
// missing.
func (c *Context) SetMany(key, origin string, values []string) {
	c.put(key, origin, true, values...)
}

func (c *Context) put(name, origin string, multi bool, values ...string) {
	added := contextKey{name: name, folded: fold(name), origin: origin, multi: multi, from: int32(len(c.values))}
	if c.values == nil {
		c.values = []string{} // so that no key's values are nil
	}
	for _, v := range values {
		c.values = append(c.values, valid(v))
	}
	added.to = int32(len(c.values))
	if c.shared {
		c.keys, c.shared = slices.Clone(c.keys), false
	}
	for i := range c.keys {
		if c.keys[i].folded == added.folded {
			c.keys[i] = added
			return
		}
	}
	c.keys = append(c.keys, added)
}

// valid is v as UTF-8: a decision record could not hold it otherwise.
func valid(v string) string {
	if utf8.ValidString(v) {
		return v
	}
	return strings.ToValidUTF8(v, "\uFFFD")
}

// Get returns the values of key, and whether it is there at all. It does not
// allocate for an ASCII key. The values must not be changed.
func (c *Context) Get(key string) (values []string, ok bool) {
	e, ok := c.Find(key)
	return e.Values, ok
}

// Find returns the whole entry of key.
func (c *Context) Find(key string) (Entry, bool) {
	if !isASCII(key) {
		key = fold(key)
	}
	for ; c != nil; c = c.parent {
		for i := range c.keys {
			if equalFolded(c.keys[i].folded, key) {
				return c.entry(i), true
			}
		}
	}
	return Entry{}, false
}

// lookup finds a key that is folded already; ok is false if it is not there.
func (c *Context) lookup(folded string) (values []string, multi, ok bool) {
	for ; c != nil; c = c.parent {
		for i := range c.keys {
			if k := &c.keys[i]; k.folded == folded {
				return c.values[k.from:k.to:k.to], k.multi, true
			}
		}
	}
	return nil, false, false
}

func (c *Context) entry(i int) Entry {
	k := &c.keys[i]
	return Entry{Key: k.name, Origin: k.origin, Values: c.values[k.from:k.to:k.to], Multi: k.multi}
}

// All yields every key once, with the value that counts: this context's own keys
// in the order in which they were first set, then the parent's.
func (c *Context) All() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for level := c; level != nil; level = level.parent {
			for i := range level.keys {
				if c.overrides(level, level.keys[i].folded) {
					continue
				}
				if !yield(level.entry(i)) {
					return
				}
			}
		}
	}
}

// overrides tells whether a context from c up to, but without, level has the key.
func (c *Context) overrides(level *Context, folded string) bool {
	for ; c != level; c = c.parent {
		for i := range c.keys {
			if c.keys[i].folded == folded {
				return true
			}
		}
	}
	return false
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
