package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// The inline policies of a group.

var (
	_ = op.Add(&table, (*Service).putGroupPolicy, rule("iam:PutGroupPolicy", op.Permissions,
		func(p *plan, in *awsiam.PutGroupPolicyInput) {
			p.group(in.GroupName)
			p.required("policyName", in.PolicyName, policyNameRule)
			p.required("policyDocument", in.PolicyDocument, documentRule)
		}))

	_ = op.Add(&table, (*Service).getGroupPolicy, rule("iam:GetGroupPolicy", op.Read,
		func(p *plan, in *awsiam.GetGroupPolicyInput) {
			p.group(in.GroupName)
			p.required("policyName", in.PolicyName, policyNameRule)
		}))

	_ = op.Add(&table, (*Service).listGroupPolicies, rule("iam:ListGroupPolicies", op.List,
		func(p *plan, in *awsiam.ListGroupPoliciesInput) {
			p.group(in.GroupName)
			p.page(in.Marker, in.MaxItems)
		}))

	_ = op.Add(&table, (*Service).deleteGroupPolicy, rule("iam:DeleteGroupPolicy", op.Permissions,
		func(p *plan, in *awsiam.DeleteGroupPolicyInput) {
			p.group(in.GroupName)
			p.required("policyName", in.PolicyName, policyNameRule)
		}))
)

func (s *Service) putGroupPolicy(ctx context.Context, c *op.Call, in *awsiam.PutGroupPolicyInput) (*awsiam.PutGroupPolicyOutput, error) {
	return done[awsiam.PutGroupPolicyOutput](s.change(ctx, c, theGroup(*in.GroupName), func(_ *store.Tx, h *holder) error {
		return h.putInline(*in.PolicyName, *in.PolicyDocument)
	}))
}

func (s *Service) getGroupPolicy(_ context.Context, c *op.Call, in *awsiam.GetGroupPolicyInput) (*awsiam.GetGroupPolicyOutput, error) {
	found, err := s.inlinePolicy(c, theGroup(*in.GroupName), *in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &awsiam.GetGroupPolicyOutput{GroupName: found.owner, PolicyName: found.name, PolicyDocument: found.document}, nil
}

func (s *Service) listGroupPolicies(_ context.Context, c *op.Call, in *awsiam.ListGroupPoliciesInput) (*awsiam.ListGroupPoliciesOutput, error) {
	names, err := s.inlineNames(c, theGroup(*in.GroupName), in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &awsiam.ListGroupPoliciesOutput{PolicyNames: names.items, Marker: names.marker, IsTruncated: names.truncated}, nil
}

func (s *Service) deleteGroupPolicy(ctx context.Context, c *op.Call, in *awsiam.DeleteGroupPolicyInput) (*awsiam.DeleteGroupPolicyOutput, error) {
	return done[awsiam.DeleteGroupPolicyOutput](s.change(ctx, c, theGroup(*in.GroupName), func(_ *store.Tx, h *holder) error {
		return h.deleteInline(*in.PolicyName)
	}))
}
