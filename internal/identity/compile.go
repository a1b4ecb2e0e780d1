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
func compile(document string, src eval.Source) (attached, error) {
	d := digestOf(document, src.Layer.String(), src.ARN, src.Name, src.Owner)
	p, err := internedPolicies.get(d, func() (*eval.Policy, error) {
		doc, err := policy.Parse([]byte(document))
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", src.Name, err)
		}
		return eval.Compile(doc, src), nil
	})
	return attached{p, d}, err
}

func compileInline(list []InlinePolicy, owner string) ([]attached, error) {
	var compiled []attached
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
	e := &policyEntry{policy: p, arn: p.ARN()}
	e.compiled = sync.OnceValues(func() (attached, error) { return e.compile(eval.LayerIdentity, eval.Self) })
	return e
}

// as returns the policy as it is attached to owner.
func (e *policyEntry) as(layer eval.Layer, owner string) (attached, error) {
	if layer == eval.LayerIdentity && owner == eval.Self {
		return e.compiled()
	}
	return e.compile(layer, owner)
}

func (e *policyEntry) compile(layer eval.Layer, owner string) (attached, error) {
	return compile(e.policy.Document(), eval.Source{Layer: layer, ARN: e.arn, Name: e.policy.Name, Owner: owner})
}

func newGroupEntry(g *Group) *groupEntry {
	return &groupEntry{group: g, inline: sync.OnceValues(func() ([]attached, error) {
		return compileInline(g.Inline, g.ARN())
	})}
}

func newRoleEntry(r *Role) *roleEntry {
	return &roleEntry{role: r, trust: sync.OnceValues(func() (*eval.Set, error) {
		p, err := compile(r.Trust, eval.Source{Layer: eval.LayerTrust, Name: "trust policy", Owner: r.ARN()})
		if err != nil {
			return nil, err
		}
		return eval.NewSet(p.Policy), nil
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
