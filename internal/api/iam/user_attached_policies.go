package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// The managed policies on a user.

var (
	_ = op.Add(&table, (*Service).attachUserPolicy, rule("iam:AttachUserPolicy", op.Permissions,
		func(p *plan, in *awsiam.AttachUserPolicyInput) {
			p.namedUser(in.UserName)
			p.boundaryKey(p.userOf(in.UserName))
			p.attachment(in.PolicyArn)
		}))

	_ = op.Add(&table, (*Service).detachUserPolicy, rule("iam:DetachUserPolicy", op.Permissions,
		func(p *plan, in *awsiam.DetachUserPolicyInput) {
			p.namedUser(in.UserName)
			p.boundaryKey(p.userOf(in.UserName))
			p.attachment(in.PolicyArn)
		}))

	_ = op.Add(&table, (*Service).listAttachedUserPolicies, rule("iam:ListAttachedUserPolicies", op.List,
		func(p *plan, in *awsiam.ListAttachedUserPoliciesInput) {
			p.namedUser(in.UserName)
			p.text("pathPrefix", in.PathPrefix, pathPrefixRule)
			p.page(in.Marker, in.MaxItems)
		}))
)

func (s *Service) attachUserPolicy(ctx context.Context, c *op.Call, in *awsiam.AttachUserPolicyInput) (*awsiam.AttachUserPolicyOutput, error) {
	return done[awsiam.AttachUserPolicyOutput](s.change(ctx, c, theUser(*in.UserName), func(tx *store.Tx, h *holder) error {
		return h.attach(tx.State(), *in.PolicyArn)
	}))
}

func (s *Service) detachUserPolicy(ctx context.Context, c *op.Call, in *awsiam.DetachUserPolicyInput) (*awsiam.DetachUserPolicyOutput, error) {
	return done[awsiam.DetachUserPolicyOutput](s.change(ctx, c, theUser(*in.UserName), func(_ *store.Tx, h *holder) error {
		return h.detach(*in.PolicyArn)
	}))
}

func (s *Service) listAttachedUserPolicies(_ context.Context, c *op.Call, in *awsiam.ListAttachedUserPoliciesInput) (*awsiam.ListAttachedUserPoliciesOutput, error) {
	list, err := s.attachedPolicies(c, theUser(*in.UserName), in.PathPrefix, in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &awsiam.ListAttachedUserPoliciesOutput{
		AttachedPolicies: shown(list, attachedPolicy), Marker: list.marker, IsTruncated: list.truncated,
	}, nil
}
