package iam

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// Managed policies as they are shown: the account's own, which AWS calls local,
// and AWS's. ListPolicies has no resource type and is checked on "*".

var (
	_ = op.Add(&table, (*Service).getPolicy, rule("iam:GetPolicy", op.Read,
		func(p *plan, in *awsiam.GetPolicyInput) { p.policy(in.PolicyArn) }))

	_ = op.Add(&table, (*Service).listPolicies, rule("iam:ListPolicies", op.List,
		func(p *plan, in *awsiam.ListPoliciesInput) {
			oneOf(p, "scope", in.Scope, types.PolicyScopeType("").Values()...)
			oneOf(p, "policyUsageFilter", in.PolicyUsageFilter, types.PolicyUsageType("").Values()...)
			p.text("pathPrefix", in.PathPrefix, pathPrefixRule)
			p.page(in.Marker, in.MaxItems)
			p.on("*")
		}))
)

func (s *Service) getPolicy(_ context.Context, c *op.Call, in *awsiam.GetPolicyInput) (*awsiam.GetPolicyOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	policy, ok := state.Policy(*in.PolicyArn)
	if !ok {
		return nil, noPolicy(*in.PolicyArn)
	}
	return &awsiam.GetPolicyOutput{Policy: shownPolicy(state, policy)}, nil
}

func (s *Service) listPolicies(_ context.Context, c *op.Call, in *awsiam.ListPoliciesInput) (*awsiam.ListPoliciesOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, policyKey, func(after string) iter.Seq[*identity.ManagedPolicy] {
		return filtered(policiesAfter(state, in.Scope, orRoot(in.PathPrefix), after), func(p *identity.ManagedPolicy) bool {
			return used(state, p, in.OnlyAttached, in.PolicyUsageFilter)
		})
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.ListPoliciesOutput{
		Policies: shown(list, func(p *identity.ManagedPolicy) types.Policy { return listedPolicy(state, p) }),
		Marker:   list.marker, IsTruncated: list.truncated,
	}, nil
}

// policyKey orders policies: AWS's first, each kind by name.
func policyKey(p *identity.ManagedPolicy) string {
	if p.AWSManaged() {
		return "a" + identity.FoldName(p.Name)
	}
	return "l" + identity.FoldName(p.Name)
}

// policiesAfter yields the policies of a scope whose key comes after `after`.
func policiesAfter(s *identity.Snapshot, scope types.PolicyScopeType, pathPrefix, after string) iter.Seq[*identity.ManagedPolicy] {
	return func(yield func(*identity.ManagedPolicy) bool) {
		if scope != types.PolicyScopeTypeLocal && pathPrefix == "/" {
			for _, p := range identity.AWSManagedPolicies() {
				if policyKey(p) > after && !yield(p) {
					return
				}
			}
		}
		if scope == types.PolicyScopeTypeAws {
			return
		}
		name := ""
		if after > "l" {
			name = after[1:]
		}
		for p := range s.Policies(pathPrefix, name) {
			if !yield(p) {
				return
			}
		}
	}
}

// used tells whether a list wants a policy, by what it is used for.
func used(s *identity.Snapshot, p *identity.ManagedPolicy, attached bool, usage types.PolicyUsageType) bool {
	asPolicy, asBoundary := size(s.AttachedTo(p.ARN())) > 0, size(s.BoundaryOf(p.ARN())) > 0
	switch usage {
	case types.PolicyUsageTypePermissionsPolicy:
		return asPolicy
	case types.PolicyUsageTypePermissionsBoundary:
		return asBoundary
	}
	return !attached || asPolicy || asBoundary
}

// shownPolicy is a policy as the operations on one policy show it.
func shownPolicy(s *identity.Snapshot, p *identity.ManagedPolicy) *types.Policy {
	policy := listedPolicy(s, p)
	policy.Tags = shownTags(p.Tags)
	if p.Description != "" {
		policy.Description = &p.Description
	}
	return &policy
}

// listedPolicy is a policy as lists show it: without description and tags.
func listedPolicy(s *identity.Snapshot, p *identity.ManagedPolicy) types.Policy {
	policy := types.Policy{
		Arn: aws.String(p.ARN()), PolicyId: &p.ID, PolicyName: &p.Name, Path: &p.Path, DefaultVersionId: &p.Default,
		IsAttachable: true, AttachmentCount: aws.Int32(size(s.AttachedTo(p.ARN()))),
		PermissionsBoundaryUsageCount: aws.Int32(size(s.BoundaryOf(p.ARN()))),
	}
	if !p.Created.IsZero() { // AWS's own came with the program
		policy.CreateDate, policy.UpdateDate = &p.Created, &p.Updated
	}
	return policy
}
