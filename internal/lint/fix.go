package lint

import (
	"slices"

	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// maxFixed is the longest document, in bytes, for which fixes are written out:
// one that IAM could store. Of longer ones there could be one for every finding.
const maxFixed = 10_240

// fixable reports whether fixes are written out.
func (d *document) fixable() bool { return len(d.text) <= maxFixed }

// edited is a copy of the document's policy, changed. The copy is deep enough for
// everything but single values of a list.
func (d *document) edited(edit func(*policy.Document)) *policy.Document {
	doc := clone(d.policy)
	edit(doc)
	return doc
}

func clone(doc *policy.Document) *policy.Document {
	c := *doc
	c.Statements = slices.Clone(doc.Statements)
	for i := range c.Statements {
		s := &c.Statements[i]
		s.Action, s.NotAction = cloneList(s.Action), cloneList(s.NotAction)
		s.Resource, s.NotResource = cloneList(s.Resource), cloneList(s.NotResource)
		s.Conditions = slices.Clone(s.Conditions)
		for j := range s.Conditions {
			s.Conditions[j].Keys = slices.Clone(s.Conditions[j].Keys)
		}
	}
	return &c
}

func cloneList(l *policy.List) *policy.List {
	if l == nil {
		return nil
	}
	c := *l
	c.Values = slices.Clone(l.Values)
	return &c
}

// fix is the fix whose document is the policy with edit made, not proven.
func (d *document) fix(text string, edit func(*policy.Document)) *Fix {
	return d.fixed(text, d.edited(edit), false)
}

// fixed is the fix with a document that is known already.
func (d *document) fixed(text string, doc *policy.Document, proven bool) *Fix {
	f := &Fix{Text: text}
	if !d.fixable() {
		return f
	}
	if printed, err := doc.MarshalJSON(); err == nil {
		f.Document, f.Proven = printed, proven
	}
	return f
}

// provenOr is fixed if proven, and else the advice alone: a document that does
// not do what is said of it helps nobody.
func (d *document) provenOr(text string, doc *policy.Document, proven bool) *Fix {
	if !proven {
		return &Fix{Text: text}
	}
	return d.fixed(text, doc, true)
}

// index is the place of s in its document.
func (s *statement) index() int { return slices.Index(s.doc.statements, s) }

// appendStatement adds a statement, which makes the element a list.
func appendStatement(doc *policy.Document, s policy.Statement) {
	doc.OneStatement = false
	doc.Statements = append(doc.Statements, s)
}

// where makes a condition of one operator and one key.
func where(operator, key string, values ...string) policy.Operator {
	return policy.Operator{Name: operator, Keys: []policy.Key{{Name: key, Values: *policy.Strings(values...)}}}
}

// addCondition adds to s that key must be, by operator, one of values.
func addCondition(s *policy.Statement, operator, key string, values ...string) {
	for i := range s.Conditions {
		if s.Conditions[i].Name == operator {
			s.Conditions[i].Keys = append(s.Conditions[i].Keys, where(operator, key, values...).Keys...)
			return
		}
	}
	s.Conditions = append(s.Conditions, where(operator, key, values...))
}

// subject is a principal whose only policies are those of the group, d's replaced
// by doc, each as relax leaves it.
func (d *document) subject(doc *policy.Document, relax func(*policy.Document) *policy.Document) *eval.Subject {
	set := eval.NewSet()
	for _, other := range d.group.docs {
		p := other.policy
		if other == d {
			p = doc
		}
		set = set.With(eval.Compile(relax(p), eval.Source{Layer: eval.LayerIdentity}))
	}
	return &eval.Subject{Account: sampleAccount, PrincipalARN: "arn:aws:iam::" + sampleAccount + ":user/somebody", Identity: set}
}

// sampleAccount stands for whatever account a wildcard means.
const sampleAccount = "123456789012"

// asked makes a request's context of keys and values in turn.
func asked(pairs ...string) *condition.Context {
	ctx := condition.NewContext(nil)
	for i := 0; i+1 < len(pairs); i += 2 {
		ctx.Set(pairs[i], "request", pairs[i+1])
	}
	return ctx
}

func allowed(s *eval.Subject, action, resource string, ctx *condition.Context) bool {
	return s.Evaluate(&eval.Request{Action: action, Resource: resource, Context: ctx}).Allowed
}
