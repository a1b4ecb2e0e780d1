package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// The managed policies on a group.

var (
	_ = op.Add(&table, (*Service).attachGroupPolicy, rule("iam:AttachGroupPolicy", op.Permissions,
		func(p *plan, in *awsiam.AttachGroupPolicyInput) {
			p.group(in.GroupName)
			p.attachment(in.PolicyArn)
		}))

	_ = op.Add(&table, (*Service).detachGroupPolicy, rule("iam:DetachGroupPolicy", op.Permissions,
		func(p *plan, in *awsiam.DetachGroupPolicyInput) {
			p.group(in.GroupName)
			p.attachment(in.PolicyArn)
		}))

	_ = op.Add(&table, (*Service).listAttachedGroupPolicies, rule("iam:ListAttachedGroupPolicies", op.List,
		func(p *plan, in *awsiam.ListAttachedGroupPoliciesInput) {
			p.group(in.GroupName)
			p.text("pathPrefix", in.PathPrefix, pathPrefixRule)
			p.page(in.Marker, in.MaxItems)
		}))
)

func (s *Service) attachGroupPolicy(ctx context.Context, c *op.Call, in *awsiam.AttachGroupPolicyInput) (*awsiam.AttachGroupPolicyOutput, error) {
	return done[awsiam.AttachGroupPolicyOutput](s.change(ctx, c, theGroup(*in.GroupName), func(tx *store.Tx, h *holder) error {
		return h.attach(tx.State(), *in.PolicyArn)
	}))
}

func (s *Service) detachGroupPolicy(ctx context.Context, c *op.Call, in *awsiam.DetachGroupPolicyInput) (*awsiam.DetachGroupPolicyOutput, error) {
	return done[awsiam.DetachGroupPolicyOutput](s.change(ctx, c, theGroup(*in.GroupName), func(_ *store.Tx, h *holder) error {
		return h.detach(*in.PolicyArn)
	}))
}

func (s *Service) listAttachedGroupPolicies(_ context.Context, c *op.Call, in *awsiam.ListAttachedGroupPoliciesInput) (*awsiam.ListAttachedGroupPoliciesOutput, error) {
	list, err := s.attachedPolicies(c, theGroup(*in.GroupName), in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &awsiam.ListAttachedGroupPoliciesOutput{
		AttachedPolicies: shown(list, attachedPolicy), Marker: list.marker, IsTruncated: list.truncated,
	}, nil
}
