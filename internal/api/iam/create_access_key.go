package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// CreateAccessKey is the only answer that ever holds the key's secret; what is
// stored is sealed.

// maxAccessKeys is how many a user has at most, the root user too (IAM and AWS
// STS quotas).
const maxAccessKeys = 2

var _ = op.Add(&table, (*Service).createAccessKey, rule("iam:CreateAccessKey", op.Write,
	func(p *plan, in *awsiam.CreateAccessKeyInput) { p.user(in.UserName) }))

func (s *Service) createAccessKey(ctx context.Context, c *op.Call, in *awsiam.CreateAccessKeyInput) (*awsiam.CreateAccessKeyOutput, error) {
	secret := identity.NewSecret()
	made := &types.AccessKey{SecretAccessKey: &secret, Status: types.StatusTypeActive}
	err := s.write(ctx, c, func(tx *store.Tx) error {
		owner, err := subjectOf(tx.State(), c, in.UserName)
		if err != nil {
			return err
		}
		if len(tx.State().AccessKeysOf(owner.id())) >= maxAccessKeys {
			return quota("AccessKeysPerUser", maxAccessKeys)
		}
		key := &identity.AccessKey{
			Scope: tx.State().Account().Scope, ID: identity.NewAccessKeyID(), UserID: owner.id(),
			Status: identity.Active, Created: tx.Now,
		}
		if key.Sealed, err = s.Box.Seal([]byte(secret), key.AssociatedData()); err != nil {
			return err
		}
		made.AccessKeyId, made.UserName, made.CreateDate = &key.ID, owner.name(), aws.Time(tx.Now)
		return tx.Put(key)
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.CreateAccessKeyOutput{AccessKey: made}, nil
}
