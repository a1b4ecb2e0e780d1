package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// Access keys that exist. Without a user's name the caller's own are meant.

var (
	_ = op.Add(&table, (*Service).listAccessKeys, rule("iam:ListAccessKeys", op.List,
		func(p *plan, in *awsiam.ListAccessKeysInput) {
			p.user(in.UserName)
			p.page(in.Marker, in.MaxItems)
		}))

	_ = op.Add(&table, (*Service).updateAccessKey, rule("iam:UpdateAccessKey", op.Write,
		func(p *plan, in *awsiam.UpdateAccessKeyInput) {
			p.user(in.UserName)
			p.required("accessKeyId", in.AccessKeyId, accessKeyRule)
			p.status(in.Status)
		}))

	_ = op.Add(&table, (*Service).deleteAccessKey, rule("iam:DeleteAccessKey", op.Write,
		func(p *plan, in *awsiam.DeleteAccessKeyInput) {
			p.user(in.UserName)
			p.required("accessKeyId", in.AccessKeyId, accessKeyRule)
		}))
)

// status holds the status that a credential is to have.
func (p *plan) status(status types.StatusType) {
	if status == "" {
		p.fault("Value null at 'status' failed to satisfy constraint: Member must not be null")
	}
	oneOf(p, "status", status, types.StatusTypeActive, types.StatusTypeInactive)
}

func (s *Service) listAccessKeys(_ context.Context, c *op.Call, in *awsiam.ListAccessKeysInput) (*awsiam.ListAccessKeysOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	owner, err := subjectOf(state, c, in.UserName)
	if err != nil {
		return nil, err
	}
	id := func(k *identity.AccessKey) string { return k.ID }
	list, err := pages(in.Marker, in.MaxItems, id, sliced(state.AccessKeysOf(owner.id()), id))
	if err != nil {
		return nil, err
	}
	return &awsiam.ListAccessKeysOutput{
		AccessKeyMetadata: shown(list, func(k *identity.AccessKey) types.AccessKeyMetadata {
			return types.AccessKeyMetadata{
				AccessKeyId: &k.ID, CreateDate: &k.Created, Status: types.StatusType(k.Status), UserName: owner.name(),
			}
		}),
		Marker: list.marker, IsTruncated: list.truncated,
	}, nil
}

func (s *Service) updateAccessKey(ctx context.Context, c *op.Call, in *awsiam.UpdateAccessKeyInput) (*awsiam.UpdateAccessKeyOutput, error) {
	return done[awsiam.UpdateAccessKeyOutput](s.write(ctx, c, func(tx *store.Tx) error {
		key, err := accessKeyOf(tx.State(), c, in.UserName, *in.AccessKeyId)
		if err != nil {
			return err
		}
		changed := *key
		changed.Status = identity.Status(in.Status)
		return tx.Put(&changed)
	}))
}

func (s *Service) deleteAccessKey(ctx context.Context, c *op.Call, in *awsiam.DeleteAccessKeyInput) (*awsiam.DeleteAccessKeyOutput, error) {
	return done[awsiam.DeleteAccessKeyOutput](s.write(ctx, c, func(tx *store.Tx) error {
		key, err := accessKeyOf(tx.State(), c, in.UserName, *in.AccessKeyId)
		if err != nil {
			return err
		}
		return tx.Delete(key)
	}))
}

// accessKeyOf finds a key among those of the user who was authorized on. A key
// of someone else is one that does not exist.
func accessKeyOf(s *identity.Snapshot, c *op.Call, user *string, id string) (*identity.AccessKey, error) {
	owner, err := subjectOf(s, c, user)
	if err != nil {
		return nil, err
	}
	key, ok := s.AccessKey(id)
	if !ok || key.UserID != owner.id() {
		return nil, noAccessKey(id)
	}
	return key, nil
}
