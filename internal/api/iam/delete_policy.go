package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// DeletePolicy refuses while the policy is used or has versions besides the
// default one.

var _ = op.Add(&table, (*Service).deletePolicy, rule("iam:DeletePolicy", op.Permissions,
	func(p *plan, in *awsiam.DeletePolicyInput) { p.policy(in.PolicyArn) }))

func (s *Service) deletePolicy(ctx context.Context, c *op.Call, in *awsiam.DeletePolicyInput) (*awsiam.DeletePolicyOutput, error) {
	return done[awsiam.DeletePolicyOutput](s.write(ctx, c, func(tx *store.Tx) error {
		found, err := ownPolicy(tx.State(), *in.PolicyArn)
		if err != nil {
			return err
		}
		switch {
		case size(tx.State().AttachedTo(*in.PolicyArn)) > 0:
			return errPolicyInUse
		case size(tx.State().BoundaryOf(*in.PolicyArn)) > 0:
			return errPolicyIsBoundary
		case len(found.Versions) > 1:
			return errPolicyHasVersions
		}
		return tx.Delete(found)
	}))
}
