package lint

import (
	"errors"
	"fmt"
	"slices"

	"hardpan/policy"
)

// syntax records why a document cannot be read.
func (d *document) syntax(err error) {
	var e *policy.Error
	if !errors.As(err, &e) {
		d.add(ruleSyntax, policy.Position{}, err.Error(), nil)
		return
	}
	pos := policy.Position{Line: e.Line, Column: e.Column, Offset: e.Offset}
	rule, message := ruleSyntax, e.Message
	if len(d.text) > policy.MaxSize {
		rule, message = ruleSize, fmt.Sprintf("The document is longer than %d bytes, the most that IAM reads; nothing in it was looked at.", policy.MaxSize)
	}
	d.add(rule, pos, sentence(message), nil)
}

// sentence makes text one that begins and ends as sentences do.
func sentence(text string) string {
	if text == "" {
		return text
	}
	first := text[0]
	if 'a' <= first && first <= 'z' {
		text = string(first-'a'+'A') + text[1:]
	}
	if last := text[len(text)-1]; last != '.' {
		text += "."
	}
	return text
}

// checkStored says what IAM would say when the document is stored. Where that is
// for a placeholder or a resource that another rule explains better, that rule
// speaks.
func checkStored(d *document) {
	var e *policy.MalformedError
	if !errors.As(policy.Validate(d.policy, d.kind), &e) {
		return
	}
	if d.placeholderAt(e.Pos) {
		return
	}
	d.add(ruleMalformed, e.Pos, fmt.Sprintf("IAM refuses this document with %q: %s.", e.Message, e.Detail), nil)
}

// quota is how long a document of a kind may be, in characters without white
// space (IAM User Guide, "IAM and AWS STS quotas"; SCP and RCP from memory).
// Identity-based policies have several: the inline policies of a role together
// have the largest, a managed policy the usual one.
var quota = map[policy.Kind]int{
	policy.Identity: 10_240, policy.Trust: 4_096, policy.SCP: 5_120, policy.RCP: 5_120,
	policy.Boundary: managedQuota, policy.Session: 2_048,
}

const managedQuota = 6_144

func checkSize(d *document) {
	limit, ok := quota[d.kind]
	size := policy.Size(d.text)
	start := policy.Position{Line: 1, Column: 1}
	switch {
	case !ok:
	case size > limit:
		d.add(ruleSize, start, fmt.Sprintf("The document has %d characters without white space; %s may have %d.", size, article(d.kind.String()), limit),
			&Fix{Text: "Take statements together, use wildcards, or make two policies of it."})
	case d.kind == policy.Identity && size > managedQuota:
		d.addAs(Note, ruleSize, start, fmt.Sprintf("The document has %d characters without white space: too many for a managed policy (%d); only the inline policies of a role have room for it.", size, managedQuota), nil)
	}
}

// allValues calls visit with every value of the document's elements, and with the
// name of its element: "Action", "Resource", "Principal" or "Condition".
func (d *document) allValues(visit func(s *statement, element string, v policy.Value)) {
	for _, s := range d.statements {
		for _, v := range slices.Concat(values(s.Action), values(s.NotAction)) {
			visit(s, "Action", v)
		}
		for _, v := range slices.Concat(values(s.Resource), values(s.NotResource)) {
			visit(s, "Resource", v)
		}
		for _, p := range []*policy.Principal{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			for i := range p.Kinds {
				for _, v := range p.Kinds[i].Values.Values {
					visit(s, "Principal", v)
				}
			}
		}
		for _, op := range s.Conditions {
			for i := range op.Keys {
				for _, v := range op.Keys[i].Values.Values {
					visit(s, "Condition", v)
				}
			}
		}
	}
}
