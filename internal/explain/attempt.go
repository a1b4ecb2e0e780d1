package explain

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/policy"
	"hardpan/policy/eval"
)

// attempt is a copy of the principal and its call, on which a remedy is tried.
type attempt struct {
	subject  *eval.Subject
	requests []eval.Request
	grants   []grant
	layers   []eval.Layer // that were added to, each once
	shrunk   map[*eval.Policy]shrunkPolicy
}

// grant is one Allow: an action on one resource of the call, through one profile
// if the call goes through one.
type grant struct {
	action, resource, profile string
	principal                 string // for resource and trust policies
}

func newAttempt(in *Input) *attempt {
	subject := *in.Subject
	return &attempt{subject: &subject, requests: slices.Clone(in.Requests)}
}

// rounds is how many layers may be found silent one after another.
const rounds = 8

// grant adds, to each layer that is silent, what the call lacks there, until it
// passes. It reports whether it does.
func (a *attempt) grant() bool {
	for range rounds {
		missing := map[eval.Layer][]grant{}
		for i := range a.requests {
			d := a.subject.Evaluate(&a.requests[i])
			if d.Explicit {
				return false
			}
			if !d.Allowed {
				missing[d.Layer] = append(missing[d.Layer], a.grantFor(d.Layer, &a.requests[i]))
			}
		}
		if len(missing) == 0 {
			return true
		}
		for layer, grants := range missing {
			a.add(layer, grants)
		}
	}
	return false
}

func (a *attempt) grantFor(layer eval.Layer, r *eval.Request) grant {
	g := grant{action: r.Action, resource: r.Resource}
	if strings.Contains(r.Resource, ":foundation-model/") {
		if values, ok := r.Context.Get(profileKey); ok && len(values) == 1 {
			g.profile = values[0]
		}
	}
	if layer == eval.LayerResource || layer == eval.LayerTrust {
		g.principal = a.subject.RoleARN
		if g.principal == "" {
			g.principal = a.subject.PrincipalARN
		}
	}
	return g
}

// add puts grants into one layer. Where several levels of control policies may
// be silent, all get them.
func (a *attempt) add(layer eval.Layer, grants []grant) {
	doc := &policy.Document{Version: policy.Version2012, Statements: toStatements(grants)}
	p := eval.Compile(doc, eval.Source{Layer: layer, Name: "remedy"})
	s := a.subject
	switch layer {
	case eval.LayerIdentity:
		s.Identity = s.Identity.With(p)
	case eval.LayerBoundary:
		s.Boundary = s.Boundary.With(p)
	case eval.LayerSession:
		s.Session = s.Session.With(p)
	case eval.LayerSCP:
		s.SCPs = withEach(s.SCPs, p)
	case eval.LayerRCP:
		s.RCPs = withEach(s.RCPs, p)
	case eval.LayerResource, eval.LayerTrust:
		for i := range a.requests {
			a.requests[i].ResourcePolicy = a.requests[i].ResourcePolicy.With(p)
		}
	}
	if !slices.Contains(a.layers, layer) {
		a.layers = append(a.layers, layer)
		slices.Sort(a.layers)
	}
	for _, g := range grants {
		if !slices.Contains(a.grants, g) {
			a.grants = append(a.grants, g)
		}
	}
}

func withEach(levels []*eval.Set, p *eval.Policy) []*eval.Set {
	var added []*eval.Set
	for _, level := range levels {
		added = append(added, level.With(p))
	}
	return added
}

// statements are those that were added. Where a layer besides the identity
// policies was, the same statement serves both; a grant that names a principal
// stands for itself.
func (a *attempt) statements() []policy.Statement {
	return toStatements(a.grants)
}

// toStatements joins grants that differ in their resource only.
func toStatements(grants []grant) []policy.Statement {
	var groups [][]grant
	for _, g := range grants {
		i := slices.IndexFunc(groups, func(group []grant) bool {
			return group[0].action == g.action && group[0].profile == g.profile && group[0].principal == g.principal
		})
		if i < 0 {
			groups = append(groups, []grant{g})
		} else if !slices.Contains(groups[i], g) {
			groups[i] = append(groups[i], g)
		}
	}
	var statements []policy.Statement
	for i, group := range groups {
		statements = append(statements, toStatement(group, i))
	}
	return statements
}

func toStatement(group []grant, number int) policy.Statement {
	first := group[0]
	s := policy.Statement{Effect: policy.Allow, Sid: sid(first.action, number), Action: policy.Strings(first.action)}
	var resources []string
	for _, g := range group {
		resources = append(resources, g.resource)
	}
	s.Resource = policy.Strings(resources...)
	if first.principal != "" {
		values := policy.Strings(first.principal)
		s.Principal = &policy.Principal{Kinds: []policy.PrincipalKind{{Name: "AWS", Values: *values}}}
		if strings.HasPrefix(first.action, "sts:") {
			s.Resource = nil // a trust policy's resource is its role
		}
	}
	if first.profile != "" {
		s.Conditions = []policy.Operator{{Name: "ArnEquals", Keys: []policy.Key{{Name: profileKey, Values: *policy.Strings(first.profile)}}}}
	}
	return s
}

// sid names a statement after its action. Sids are alphanumeric.
func sid(action string, number int) string {
	_, name, _ := strings.Cut(action, ":")
	name = strings.Map(func(c rune) rune {
		if '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			return c
		}
		return -1
	}, name)
	if number > 0 {
		return fmt.Sprintf("Allow%s%d", name, number+1)
	}
	return "Allow" + name
}
