package lint

import (
	"slices"
	"strings"

	"hardpan/policy"
)

// relaxed returns how a document is read by a rule that asks what it could allow
// at best: only conditions on keys that keep names count. An Allow loses its other
// conditions; a Deny with other conditions may not fire and is left out.
func relaxed(keep func(key string) bool) func(*policy.Document) *policy.Document {
	return func(doc *policy.Document) *policy.Document {
		c := clone(doc)
		c.Statements = c.Statements[:0]
		for i := range doc.Statements {
			if s, ok := relaxStatement(&doc.Statements[i], keep); ok {
				c.Statements = append(c.Statements, s)
			}
		}
		return c
	}
}

func relaxStatement(s *policy.Statement, keep func(string) bool) (policy.Statement, bool) {
	r := *s
	r.Conditions = nil
	whole := true
	for _, op := range s.Conditions {
		kept := policy.Operator{Name: op.Name}
		for _, k := range op.Keys {
			if keep(k.Name) {
				kept.Keys = append(kept.Keys, k)
			} else {
				whole = false
			}
		}
		if len(kept.Keys) > 0 {
			r.Conditions = append(r.Conditions, kept)
		}
	}
	r.Principal, r.NotPrincipal = nil, nil
	allow := strings.EqualFold(s.Effect, policy.Allow)
	r.Resource, whole = starredList(s.Resource, whole)
	r.NotResource, whole = starredList(s.NotResource, whole)
	return r, allow || whole
}

// starredList is l with stars for variables; whole becomes false if there were any.
func starredList(l *policy.List, whole bool) (*policy.List, bool) {
	c := cloneList(l)
	for i, v := range values(c) {
		if starred := starVariables(v.Text); starred != v.Text {
			c.Values[i].Text, whole = starred, false
		}
	}
	return c, whole
}

const (
	profileKey = "bedrock:InferenceProfileArn"
	regionKey  = "aws:RequestedRegion"
)

// routing reads a document for what it says about profiles and regions. Conditions
// with a variable are no help, as its value is not known.
var routing = func(doc *policy.Document) *policy.Document {
	return relaxed(func(key string) bool { return isKey(key, profileKey, regionKey) })(withoutVariables(doc))
}

// withoutVariables renames the keys of conditions with variables, so that no rule
// keeps them.
func withoutVariables(doc *policy.Document) *policy.Document {
	c := clone(doc)
	for i := range c.Statements {
		for j := range c.Statements[i].Conditions {
			keys := c.Statements[i].Conditions[j].Keys
			for k := range keys {
				if slices.ContainsFunc(keys[k].Values.Values, func(v policy.Value) bool { return strings.Contains(v.Text, "${") }) {
					keys[k].Name = ""
				}
			}
		}
	}
	return c
}

func isKey(key string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(key, name) })
}
