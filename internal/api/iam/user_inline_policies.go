package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// The inline policies of a user.

var (
	_ = op.Add(&table, (*Service).putUserPolicy, rule("iam:PutUserPolicy", op.Permissions,
		func(p *plan, in *awsiam.PutUserPolicyInput) {
			p.namedUser(in.UserName)
			p.boundaryKey(p.userOf(in.UserName))
			p.required("policyName", in.PolicyName, policyNameRule)
			p.required("policyDocument", in.PolicyDocument, documentRule)
		}))

	_ = op.Add(&table, (*Service).getUserPolicy, rule("iam:GetUserPolicy", op.Read,
		func(p *plan, in *awsiam.GetUserPolicyInput) {
			p.namedUser(in.UserName)
			p.required("policyName", in.PolicyName, policyNameRule)
		}))

	_ = op.Add(&table, (*Service).listUserPolicies, rule("iam:ListUserPolicies", op.List,
		func(p *plan, in *awsiam.ListUserPoliciesInput) {
			p.namedUser(in.UserName)
			p.page(in.Marker, in.MaxItems)
		}))

	_ = op.Add(&table, (*Service).deleteUserPolicy, rule("iam:DeleteUserPolicy", op.Permissions,
		func(p *plan, in *awsiam.DeleteUserPolicyInput) {
			p.namedUser(in.UserName)
			p.boundaryKey(p.userOf(in.UserName))
			p.required("policyName", in.PolicyName, policyNameRule)
		}))
)

func (s *Service) putUserPolicy(ctx context.Context, c *op.Call, in *awsiam.PutUserPolicyInput) (*awsiam.PutUserPolicyOutput, error) {
	return done[awsiam.PutUserPolicyOutput](s.change(ctx, c, theUser(*in.UserName), func(_ *store.Tx, h *holder) error {
		return h.putInline(*in.PolicyName, *in.PolicyDocument)
	}))
}

func (s *Service) getUserPolicy(_ context.Context, c *op.Call, in *awsiam.GetUserPolicyInput) (*awsiam.GetUserPolicyOutput, error) {
	found, err := s.inlinePolicy(c, theUser(*in.UserName), *in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &awsiam.GetUserPolicyOutput{UserName: found.owner, PolicyName: found.name, PolicyDocument: found.document}, nil
}

func (s *Service) listUserPolicies(_ context.Context, c *op.Call, in *awsiam.ListUserPoliciesInput) (*awsiam.ListUserPoliciesOutput, error) {
	names, err := s.inlineNames(c, theUser(*in.UserName), in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &awsiam.ListUserPoliciesOutput{PolicyNames: names.items, Marker: names.marker, IsTruncated: names.truncated}, nil
}

func (s *Service) deleteUserPolicy(ctx context.Context, c *op.Call, in *awsiam.DeleteUserPolicyInput) (*awsiam.DeleteUserPolicyOutput, error) {
	return done[awsiam.DeleteUserPolicyOutput](s.change(ctx, c, theUser(*in.UserName), func(_ *store.Tx, h *holder) error {
		return h.deleteInline(*in.PolicyName)
	}))
}
