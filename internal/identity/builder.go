package identity

import (
	"fmt"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// builder compiles one principal from a snapshot and notes what it used.
type builder struct {
	snap *Snapshot
	made compiled
}

func lookPolicy(s *Snapshot, arn string) any { e, _ := s.policyEntry(arn); return e }
func lookGroup(s *Snapshot, id string) any   { e, _ := s.groups.byID.get(id); return e }
func lookConfig(s *Snapshot, arn string) any { c, _ := s.inference.get(arn); return c }
func lookAccount(s *Snapshot, _ string) any  { return s.account }

// used looks something up and notes that the principal depends on it.
func used[T any](b *builder, look func(*Snapshot, string) any, key string) T {
	found := look(b.snap, key)
	b.made.needs = append(b.made.needs, need{look, key, found})
	return found.(T)
}

func (b *builder) user(u *User) (*Principal, error) {
	arn := u.ARN()
	p := b.principal(Principal{Scope: u.Scope, Kind: IAMUser, ID: u.ID, UserID: u.ID, Name: u.Name, ARN: arn, EntityARN: arn})
	var own policies
	if err := b.own(&own, arn, u.Inline, u.Attached); err != nil {
		return nil, err
	}
	for _, id := range u.Groups {
		if err := b.group(&own, id); err != nil {
			return nil, err
		}
	}
	boundary, err := b.boundary(arn, u.Boundary)
	if err != nil {
		return nil, err
	}
	*p.Subject = eval.Subject{Account: u.Account, PrincipalARN: arn, Identity: own.set(), Boundary: boundary}
	p.Keys.Set("aws:username", "principal", u.Name)
	setKeys(p.Keys, p, "User", u.Tags)
	b.finish(p)
	return p, nil
}

func (b *builder) role(r *Role) (*Principal, error) {
	arn := r.ARN()
	p := b.principal(Principal{Scope: r.Scope, Kind: AssumedRole, ID: r.ID, UserID: r.ID, Name: r.Name, ARN: arn, EntityARN: arn})
	var own policies
	if err := b.own(&own, arn, r.Inline, r.Attached); err != nil {
		return nil, err
	}
	boundary, err := b.boundary(arn, r.Boundary)
	if err != nil {
		return nil, err
	}
	*p.Subject = eval.Subject{Account: r.Account, PrincipalARN: arn, RoleARN: arn, Identity: own.set(), Boundary: boundary}
	setKeys(p.Keys, p, "AssumedRole", r.Tags)
	b.finish(p)
	return p, nil
}

func (b *builder) root(a *Account) (*Principal, error) {
	arn := a.RootARN()
	p := b.principal(Principal{Scope: a.Scope, Kind: Root, ID: a.Account, UserID: a.Account, ARN: arn, EntityARN: arn})
	*p.Subject = eval.Subject{Root: true, Account: a.Account, PrincipalARN: arn, Identity: eval.NewSet()}
	setKeys(p.Keys, p, "Account", nil)
	b.finish(p)
	return p, nil
}

func (b *builder) finish(p *Principal) {
	used[*accountEntry](b, lookAccount, "")
	if c := used[*InferenceConfig](b, lookConfig, p.EntityARN); c != nil {
		p.HomeRegion = c.HomeRegion
	}
}

// managed adds managed policies, attached to owner, to list. One that is gone
// fails the principal: it might have been the one that denies.
func (b *builder) managed(list *policies, layer eval.Layer, owner, principal string, arns []string) error {
	for _, arn := range arns {
		e := used[*policyEntry](b, lookPolicy, arn)
		if e == nil {
			return fmt.Errorf("policy %s, attached to %s, does not exist", arn, principal)
		}
		c, err := e.as(layer, owner)
		if err != nil {
			return fmt.Errorf("attached to %s: %w", principal, err)
		}
		list.add(c)
	}
	return nil
}

// own compiles the policies of a user or role itself.
func (b *builder) own(list *policies, principal string, inline []InlinePolicy, arns []string) error {
	compiled, err := compileInline(inline, eval.Self)
	if err != nil {
		return fmt.Errorf("of %s: %w", principal, err)
	}
	list.add(compiled...)
	return b.managed(list, eval.LayerIdentity, eval.Self, principal, arns)
}

func (b *builder) group(list *policies, id string) error {
	g := used[*groupEntry](b, lookGroup, id)
	if g == nil {
		return fmt.Errorf("group %s does not exist", id)
	}
	inline, err := g.inline()
	if err != nil {
		return err
	}
	list.add(inline...)
	return b.managed(list, eval.LayerIdentity, g.group.ARN(), g.group.ARN(), g.group.Attached)
}

// boundary compiles a permissions boundary; nil means that there is none.
func (b *builder) boundary(principal, arn string) (*eval.Set, error) {
	if arn == "" {
		return nil, nil
	}
	var list policies
	if err := b.managed(&list, eval.LayerBoundary, eval.Self, principal, []string{arn}); err != nil {
		return nil, err
	}
	return list.set(), nil
}

// principal begins with p, an empty subject and no keys.
func (b *builder) principal(p Principal) *Principal {
	b.made.principal = p
	b.made.principal.Subject, b.made.principal.Keys = &b.made.subject, &b.made.keys
	b.made.keys.Use(b.made.values[:])
	return &b.made.principal
}

// setKeys sets the keys that a principal brings to each of its requests.
// Source: IAM User Guide, AWS global condition context keys; the values of
// aws:PrincipalType and that aws:PrincipalArn of a session is its role's ARN
// are partly from memory.
func setKeys(keys *condition.Context, p *Principal, principalType string, tags []Tag) {
	keys.Set("aws:PrincipalArn", "principal", p.EntityARN)
	keys.Set("aws:PrincipalAccount", "principal", p.Account)
	keys.Set("aws:PrincipalType", "principal", principalType)
	keys.Set("aws:userid", "principal", p.UserID)
	keys.Set("aws:PrincipalIsAWSService", "principal", "false")
	for _, t := range tags {
		keys.Set("aws:PrincipalTag/"+t.Key, "principal", t.Value)
	}
	keys.ShareKeys(likeKeys(keys))
}

// likeKeys is a context with the same keys as c, held once for all that have them.
func likeKeys(c *condition.Context) *condition.Context {
	var names []string
	for e := range c.All() {
		names = append(names, e.Key)
	}
	like, _ := internedKeys.get(digestOf(names...), func() (*condition.Context, error) { return c, nil })
	return like
}
