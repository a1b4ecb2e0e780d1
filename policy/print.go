package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MarshalJSON prints d without white space, elements in the order of AWS's
// examples; what was written as a single value stays one. Parsing the result
// gives d again, but for the positions.
func (d *Document) MarshalJSON() ([]byte, error) {
	var o object
	o.optional("Version", d.Version)
	o.optional("Id", d.ID)
	if d.OneStatement && len(d.Statements) == 1 {
		o.add("Statement", d.Statements[0])
	} else {
		o.add("Statement", d.Statements)
	}
	return o.done()
}

// UnmarshalJSON is [Parse].
func (d *Document) UnmarshalJSON(text []byte) error {
	doc, err := Parse(text)
	if err != nil {
		return err
	}
	*d = *doc
	return nil
}

// MarshalJSON prints one statement.
func (s Statement) MarshalJSON() ([]byte, error) {
	var o object
	o.optional("Sid", s.Sid)
	o.add("Effect", s.Effect)
	if s.Principal != nil {
		o.add("Principal", s.Principal)
	}
	if s.NotPrincipal != nil {
		o.add("NotPrincipal", s.NotPrincipal)
	}
	o.list("Action", s.Action)
	o.list("NotAction", s.NotAction)
	o.list("Resource", s.Resource)
	o.list("NotResource", s.NotResource)
	if s.Conditions != nil {
		o.add("Condition", conditions(s.Conditions))
	}
	return o.done()
}

// MarshalJSON prints "*" or the map of principals.
func (p *Principal) MarshalJSON() ([]byte, error) {
	if p.Everyone {
		return []byte(`"*"`), nil
	}
	var o object
	for i := range p.Kinds {
		o.list(p.Kinds[i].Name, &p.Kinds[i].Values)
	}
	return o.done()
}

// MarshalJSON prints one value or an array.
func (l *List) MarshalJSON() ([]byte, error) {
	if l.Single && len(l.Values) == 1 {
		return l.Values[0].MarshalJSON()
	}
	if len(l.Values) == 0 {
		return []byte("[]"), nil
	}
	return plain(l.Values)
}

// MarshalJSON prints a number or boolean as it was written.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.Bare {
		return []byte(v.Text), nil
	}
	return plain(v.Text)
}

type conditions []Operator

func (c conditions) MarshalJSON() ([]byte, error) {
	var o object
	for _, op := range c {
		var keys object
		for i := range op.Keys {
			keys.list(op.Keys[i].Name, &op.Keys[i].Values)
		}
		text, err := keys.done()
		if err != nil {
			return nil, err
		}
		o.add(op.Name, json.RawMessage(text))
	}
	return o.done()
}

// object prints members in the order in which they are added, which no Go map
// would.
type object struct {
	buf bytes.Buffer
	err error
}

func (o *object) add(name string, value any) {
	text, err := plain(value)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("printing policy element %s: %w", name, err)
	}
	label, _ := plain(name) // a string always marshals
	if o.buf.Len() > 0 {
		o.buf.WriteByte(',')
	}
	o.buf.Write(label)
	o.buf.WriteByte(':')
	o.buf.Write(text)
}

func (o *object) optional(name, value string) {
	if value != "" {
		o.add(name, value)
	}
}

func (o *object) list(name string, l *List) {
	if l != nil {
		o.add(name, l)
	}
}

func (o *object) done() ([]byte, error) {
	return append(append([]byte{'{'}, o.buf.Bytes()...), '}'), o.err
}

// plain is JSON without HTML escapes: policies are read by people.
func plain(value any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}
