package policy

import (
	"encoding/json"
	"strings"
)

// MaxSize is the length in bytes of the longest document that [Parse] reads: the
// longest that IAM's API accepts, before its quotas are looked at (botocore,
// policyDocumentType).
const MaxSize = 131_072

// Parse reads a document. It refuses, with an [*Error] that says where: text
// that is not JSON, a key that occurs twice, an element that the grammar does not
// know or knows with another type or spelling, and an element that excludes
// another (Action and NotAction). What the grammar allows and IAM refuses is for
// [Validate].
func Parse(text []byte) (*Document, error) {
	r, err := newReader(text)
	if err != nil {
		return nil, err
	}
	doc := &Document{}
	if err := r.document(doc); err != nil {
		return nil, err
	}
	return doc, nil
}

func (r *reader) document(doc *Document) *Error {
	pos, err := r.open("a policy")
	if err != nil {
		return err
	}
	err = r.object("policy", func(name string, pos Position) (err *Error) {
		switch name {
		case "Version":
			doc.Version, doc.VersionPos, err = r.text("Version")
		case "Id":
			doc.ID, _, err = r.text("Id")
		case "Statement":
			err = r.statements(doc)
		default:
			err = r.unknown(pos, name, "a policy", "Version", "Id", "Statement")
		}
		return err
	})
	if err == nil && len(doc.Statements) == 0 {
		err = r.lines.errorAt(pos, "a policy must have at least one statement, in Statement")
	}
	return err
}

// unknown refuses a name, and says which one was meant if only its case is wrong.
func (r *reader) unknown(pos Position, name, where string, known ...string) *Error {
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return r.lines.errorAt(pos, "%q is not an element of %s: it is spelled %q", name, where, k)
		}
	}
	return r.lines.errorAt(pos, "%q is not an element of %s: those are %s", name, where, strings.Join(known, ", "))
}

func (r *reader) statements(doc *Document) *Error {
	token, pos := r.next()
	switch token {
	case json.Delim('{'):
		doc.OneStatement = true
		return r.statement(doc, pos)
	case json.Delim('['):
		for r.dec.More() {
			pos, err := r.open("a statement")
			if err != nil {
				return err
			}
			if err := r.statement(doc, pos); err != nil {
				return err
			}
		}
		r.next()
		return nil
	}
	return r.lines.errorAt(pos, "Statement must be an object or a list of objects")
}

func (r *reader) statement(doc *Document, pos Position) *Error {
	s := Statement{Pos: pos}
	err := r.object("statement", func(name string, pos Position) *Error { return r.element(&s, name, pos) })
	if err == nil {
		s.End = r.lines.at(int(r.dec.InputOffset()))
		err = r.checkElements(&s)
	}
	doc.Statements = append(doc.Statements, s)
	return err
}

func (r *reader) element(s *Statement, name string, pos Position) (err *Error) {
	switch name {
	case "Sid":
		s.Sid, s.SidPos, err = r.text(name)
	case "Effect":
		s.Effect, s.EffectPos, err = r.text(name)
	case "Principal":
		s.Principal, err = r.principal(name)
	case "NotPrincipal":
		s.NotPrincipal, err = r.principal(name)
	case "Action":
		s.Action, err = r.list(name, false)
	case "NotAction":
		s.NotAction, err = r.list(name, false)
	case "Resource":
		s.Resource, err = r.list(name, false)
	case "NotResource":
		s.NotResource, err = r.list(name, false)
	case "Condition":
		s.ConditionPos = pos
		s.Conditions, err = r.conditions()
	default:
		err = r.unknown(pos, name, "a statement", "Sid", "Effect", "Principal", "NotPrincipal",
			"Action", "NotAction", "Resource", "NotResource", "Condition")
	}
	return err
}

// checkElements applies the grammar's rules between the elements of a statement.
func (r *reader) checkElements(s *Statement) *Error {
	switch {
	case s.Effect == "":
		return r.lines.errorAt(s.Pos, "the statement has no Effect: it must say Allow or Deny")
	case !strings.EqualFold(s.Effect, Allow) && !strings.EqualFold(s.Effect, Deny):
		return r.lines.errorAt(s.EffectPos, "Effect must be Allow or Deny, not %q", s.Effect)
	case s.Action != nil && s.NotAction != nil:
		return r.lines.errorAt(s.NotAction.Pos, "a statement has Action or NotAction, not both")
	case s.Resource != nil && s.NotResource != nil:
		return r.lines.errorAt(s.NotResource.Pos, "a statement has Resource or NotResource, not both")
	case s.Principal != nil && s.NotPrincipal != nil:
		return r.lines.errorAt(s.NotPrincipal.Pos, "a statement has Principal or NotPrincipal, not both")
	}
	return nil
}

func (r *reader) principal(what string) (*Principal, *Error) {
	token, pos := r.next()
	p := &Principal{Pos: pos}
	if token == Everyone {
		p.Everyone = true
		return p, nil
	}
	if token != json.Delim('{') {
		return nil, r.lines.errorAt(pos, `%s must be "*" or an object such as {"AWS": "arn:aws:iam::123456789012:root"}`, what)
	}
	err := r.object(what, func(name string, pos Position) *Error {
		switch name {
		case "AWS", "Federated", "Service", "CanonicalUser":
		default:
			return r.unknown(pos, name, what, "AWS", "Federated", "Service", "CanonicalUser")
		}
		values, err := r.list(what+" "+name, false)
		if err == nil {
			p.Kinds = append(p.Kinds, PrincipalKind{Name: name, Values: *values, Pos: pos})
		}
		return err
	})
	return p, err
}

func (r *reader) conditions() ([]Operator, *Error) {
	if _, err := r.open("Condition"); err != nil {
		return nil, err
	}
	operators := []Operator{}
	err := r.object("Condition", func(name string, pos Position) *Error {
		op := Operator{Name: name, Pos: pos}
		if _, err := r.open("condition operator " + name); err != nil {
			return err
		}
		err := r.object(name, func(key string, pos Position) *Error {
			values, err := r.list("condition key "+key, true)
			if err == nil {
				op.Keys = append(op.Keys, Key{Name: key, Values: *values, Pos: pos})
			}
			return err
		})
		operators = append(operators, op)
		return err
	})
	return operators, err
}
