package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// The managed policies on a role.

var (
	_ = op.Add(&table, (*Service).attachRolePolicy, rule("iam:AttachRolePolicy", op.Permissions,
		func(p *plan, in *awsiam.AttachRolePolicyInput) {
			p.role(in.RoleName)
			p.boundaryKey(p.roleOf(in.RoleName))
			p.attachment(in.PolicyArn)
		}))

	_ = op.Add(&table, (*Service).detachRolePolicy, rule("iam:DetachRolePolicy", op.Permissions,
		func(p *plan, in *awsiam.DetachRolePolicyInput) {
			p.role(in.RoleName)
			p.boundaryKey(p.roleOf(in.RoleName))
			p.attachment(in.PolicyArn)
		}))

	_ = op.Add(&table, (*Service).listAttachedRolePolicies, rule("iam:ListAttachedRolePolicies", op.List,
		func(p *plan, in *awsiam.ListAttachedRolePoliciesInput) {
			p.role(in.RoleName)
			p.text("pathPrefix", in.PathPrefix, pathPrefixRule)
			p.page(in.Marker, in.MaxItems)
		}))
)

func (s *Service) attachRolePolicy(ctx context.Context, c *op.Call, in *awsiam.AttachRolePolicyInput) (*awsiam.AttachRolePolicyOutput, error) {
	return done[awsiam.AttachRolePolicyOutput](s.change(ctx, c, theOwnRole(*in.RoleName), func(tx *store.Tx, h *holder) error {
		return h.attach(tx.State(), *in.PolicyArn)
	}))
}

func (s *Service) detachRolePolicy(ctx context.Context, c *op.Call, in *awsiam.DetachRolePolicyInput) (*awsiam.DetachRolePolicyOutput, error) {
	return done[awsiam.DetachRolePolicyOutput](s.change(ctx, c, theOwnRole(*in.RoleName), func(_ *store.Tx, h *holder) error {
		return h.detach(*in.PolicyArn)
	}))
}

func (s *Service) listAttachedRolePolicies(_ context.Context, c *op.Call, in *awsiam.ListAttachedRolePoliciesInput) (*awsiam.ListAttachedRolePoliciesOutput, error) {
	list, err := s.attachedPolicies(c, theRole(*in.RoleName), in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &awsiam.ListAttachedRolePoliciesOutput{
		AttachedPolicies: shown(list, attachedPolicy), Marker: list.marker, IsTruncated: list.truncated,
	}, nil
}
