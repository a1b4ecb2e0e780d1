package policydir

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hardpan/arn"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// name is a principal's, taken apart.
type name struct {
	kind, name, session string
	arn                 arn.ARN
}

// Principal returns what limits a principal, and the keys that it brings to each
// request. who is an ARN, "user/alice", "role/dev", "assumed-role/dev/session",
// "root", or a bare name; account is the twelve digits for one that is no ARN.
func (f *Folder) Principal(who, account string) (*eval.Subject, *condition.Context, error) {
	n, err := f.parse(who, account)
	if err != nil {
		return nil, nil, err
	}
	own := f.owners[n.kind+"/"+n.name]
	if own == nil {
		if len(f.common.identity) == 0 && n.kind != "root" {
			return nil, nil, fmt.Errorf("the folder has no policies of %s/%s, and none for everyone; it has those of %s",
				n.kind, n.name, strings.Join(slices.Sorted(maps.Keys(f.owners)), ", "))
		}
		own = &holder{}
	}
	s := &eval.Subject{
		Root: n.kind == "root", Account: n.arn.Account, PrincipalARN: n.arn.String(), SCPs: f.scps, RCPs: f.rcps,
		Identity: eval.NewSet(slices.Concat(own.identity, f.common.identity)...),
		Boundary: layer(own.boundary, f.common.boundary), Session: layer(own.session, f.common.session),
	}
	if n.kind == "role" {
		s.RoleARN = s.PrincipalARN
	}
	if n.session != "" {
		assumed := n.arn
		assumed.Service, assumed.Resource = "sts", "assumed-role/"+n.name+"/"+n.session
		s.SessionARN = assumed.String()
	}
	return s, keys(n, s, f.common.tags, own.tags), nil
}

// layer is the principal's own policies, else those of everyone, or nil.
func layer(own, common []*eval.Policy) *eval.Set {
	switch {
	case len(own) > 0:
		return eval.NewSet(own...)
	case len(common) > 0:
		return eval.NewSet(common...)
	}
	return nil
}

// parse understands a principal's name.
func (f *Folder) parse(who, account string) (name, error) {
	n := name{arn: arn.ARN{Partition: "aws", Service: "iam", Account: account}}
	path := who
	if strings.HasPrefix(who, "arn:") {
		a, err := arn.Parse(who)
		if err != nil || a.Service != "iam" && a.Service != "sts" || a.Account == "" {
			return n, fmt.Errorf("%s is no ARN of a user, role or session", who)
		}
		n.arn, path = a, a.Resource
	}
	part := strings.Split(path, "/")
	n.name = part[len(part)-1]
	switch {
	case path == "root":
		n.kind = "root"
	case len(part) == 1:
		n.kind, path = "user", "user/"+path
		if f.owners["user/"+n.name] == nil && f.owners["role/"+n.name] != nil {
			n.kind, path = "role", "role/"+n.name
		}
	case part[0] == "user" || part[0] == "role":
		n.kind = part[0]
	case part[0] == "assumed-role" && len(part) == 3:
		n.kind, n.name, n.session, path = "role", part[1], part[2], "role/"+part[1]
	default:
		return n, fmt.Errorf("%s is no principal: write user/alice, role/dev, assumed-role/dev/session, root or an ARN", who)
	}
	if n.name == "" {
		return n, fmt.Errorf("%q is no principal: its name is empty", who)
	}
	n.arn.Service, n.arn.Region, n.arn.Resource = "iam", "", path
	return n, nil
}

var principalTypes = map[string]string{"user": "User", "role": "AssumedRole", "root": "Account"}

// keys are the condition keys of a principal, as far as a folder can know them.
func keys(n name, s *eval.Subject, tags ...map[string]string) *condition.Context {
	c := condition.NewContext(nil)
	c.Set("aws:PrincipalArn", "principal", s.PrincipalARN)
	c.Set("aws:PrincipalAccount", "principal", s.Account)
	c.Set("aws:PrincipalType", "principal", principalTypes[n.kind])
	c.Set("aws:PrincipalIsAWSService", "principal", "false")
	if n.kind == "user" {
		c.Set("aws:username", "principal", n.name)
	}
	for _, set := range tags {
		for _, key := range slices.Sorted(maps.Keys(set)) {
			c.Set("aws:PrincipalTag/"+key, "principal", set[key])
		}
	}
	return c
}
