package identity

import (
	"fmt"
	"sync"

	"hardpan/policy"
	"hardpan/policy/eval"
)

// compile parses and compiles one document. What is stored was validated when
// it was stored; should it not parse any more, its principals are refused
// rather than given less than all of their policies.
func compile(document string, src eval.Source) (*eval.Policy, error) {
	doc, err := policy.Parse([]byte(document))
	if err != nil {
		return nil, fmt.Errorf("policy %s of %s: %w", src.Name, src.Owner, err)
	}
	return eval.Compile(doc, src), nil
}

func compileInline(list []InlinePolicy, owner string) ([]*eval.Policy, error) {
	var compiled []*eval.Policy
	for _, p := range list {
		c, err := compile(p.Document, eval.Source{Layer: eval.LayerIdentity, Name: p.Name, Owner: owner})
		if err != nil {
			return nil, err
		}
		compiled = append(compiled, c)
	}
	return compiled, nil
}

func newPolicyEntry(p *ManagedPolicy) *policyEntry {
	return &policyEntry{policy: p, arn: p.ARN(), compiled: sync.OnceValues(func() (*eval.Policy, error) {
		return compile(p.Document(), eval.Source{ARN: p.ARN(), Name: p.Name})
	})}
}

// as returns the policy as it is attached to owner, compiled once for all.
func (e *policyEntry) as(layer eval.Layer, owner string) (*eval.Policy, error) {
	c, err := e.compiled()
	if err != nil {
		return nil, err
	}
	return c.With(eval.Source{Layer: layer, ARN: e.arn, Name: e.policy.Name, Owner: owner}), nil
}

func newGroupEntry(g *Group) *groupEntry {
	return &groupEntry{group: g, inline: sync.OnceValues(func() ([]*eval.Policy, error) {
		return compileInline(g.Inline, g.ARN())
	})}
}

func newRoleEntry(r *Role) *roleEntry {
	return &roleEntry{role: r, trust: sync.OnceValues(func() (*eval.Set, error) {
		p, err := compile(r.Trust, eval.Source{Layer: eval.LayerTrust, Name: "trust policy", Owner: r.ARN()})
		if err != nil {
			return nil, err
		}
		return eval.NewSet(p), nil
	})}
}

// TrustPolicy returns a role's compiled trust policy.
func (s *Snapshot) TrustPolicy(roleID string) (*eval.Set, error) {
	e, ok := s.roles.byID.get(roleID)
	if !ok {
		return nil, fmt.Errorf("role %s: %w", roleID, ErrNoPrincipal)
	}
	return e.trust()
}
