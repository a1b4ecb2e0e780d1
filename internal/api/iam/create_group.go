package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).createGroup, rule("iam:CreateGroup", op.Write,
	func(p *plan, in *awsiam.CreateGroupInput) {
		p.required("groupName", in.GroupName, groupNameRule)
		p.create("group", in.Path, in.GroupName)
	}))

func (s *Service) createGroup(ctx context.Context, c *op.Call, in *awsiam.CreateGroupInput) (*awsiam.CreateGroupOutput, error) {
	var group *identity.Group
	err := s.write(ctx, c, func(tx *store.Tx) error {
		if _, taken := tx.State().Group(*in.GroupName); taken {
			return nameTaken("group", *in.GroupName)
		}
		group = &identity.Group{
			Scope: tx.State().Account().Scope, ID: identity.NewGroupID(),
			Name: *in.GroupName, Path: orRoot(in.Path), Created: tx.Now,
		}
		return tx.Put(group)
	})
	if err != nil {
		return nil, err
	}
	made := listedGroup(group)
	return &awsiam.CreateGroupOutput{Group: &made}, nil
}
