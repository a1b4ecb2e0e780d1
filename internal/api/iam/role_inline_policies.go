package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// The inline policies of a role.

var (
	_ = op.Add(&table, (*Service).putRolePolicy, rule("iam:PutRolePolicy", op.Permissions,
		func(p *plan, in *awsiam.PutRolePolicyInput) {
			p.role(in.RoleName)
			p.boundaryKey(p.roleOf(in.RoleName))
			p.required("policyName", in.PolicyName, policyNameRule)
			p.required("policyDocument", in.PolicyDocument, documentRule)
		}))

	_ = op.Add(&table, (*Service).getRolePolicy, rule("iam:GetRolePolicy", op.Read,
		func(p *plan, in *awsiam.GetRolePolicyInput) {
			p.role(in.RoleName)
			p.required("policyName", in.PolicyName, policyNameRule)
		}))

	_ = op.Add(&table, (*Service).listRolePolicies, rule("iam:ListRolePolicies", op.List,
		func(p *plan, in *awsiam.ListRolePoliciesInput) {
			p.role(in.RoleName)
			p.page(in.Marker, in.MaxItems)
		}))

	_ = op.Add(&table, (*Service).deleteRolePolicy, rule("iam:DeleteRolePolicy", op.Permissions,
		func(p *plan, in *awsiam.DeleteRolePolicyInput) {
			p.role(in.RoleName)
			p.boundaryKey(p.roleOf(in.RoleName))
			p.required("policyName", in.PolicyName, policyNameRule)
		}))
)

func (s *Service) putRolePolicy(ctx context.Context, c *op.Call, in *awsiam.PutRolePolicyInput) (*awsiam.PutRolePolicyOutput, error) {
	return done[awsiam.PutRolePolicyOutput](s.change(ctx, c, theOwnRole(*in.RoleName), func(_ *store.Tx, h *holder) error {
		return h.putInline(*in.PolicyName, *in.PolicyDocument)
	}))
}

func (s *Service) getRolePolicy(_ context.Context, c *op.Call, in *awsiam.GetRolePolicyInput) (*awsiam.GetRolePolicyOutput, error) {
	found, err := s.inlinePolicy(c, theRole(*in.RoleName), *in.PolicyName)
	if err != nil {
		return nil, err
	}
	return &awsiam.GetRolePolicyOutput{RoleName: found.owner, PolicyName: found.name, PolicyDocument: found.document}, nil
}

func (s *Service) listRolePolicies(_ context.Context, c *op.Call, in *awsiam.ListRolePoliciesInput) (*awsiam.ListRolePoliciesOutput, error) {
	names, err := s.inlineNames(c, theRole(*in.RoleName), in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &awsiam.ListRolePoliciesOutput{PolicyNames: names.items, Marker: names.marker, IsTruncated: names.truncated}, nil
}

func (s *Service) deleteRolePolicy(ctx context.Context, c *op.Call, in *awsiam.DeleteRolePolicyInput) (*awsiam.DeleteRolePolicyOutput, error) {
	return done[awsiam.DeleteRolePolicyOutput](s.change(ctx, c, theOwnRole(*in.RoleName), func(_ *store.Tx, h *holder) error {
		return h.deleteInline(*in.PolicyName)
	}))
}
