package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// CreateUser with tags needs iam:TagUser too.

var _ = op.Add(&table, (*Service).createUser, rule("iam:CreateUser", op.Write,
	func(p *plan, in *awsiam.CreateUserInput) {
		p.required("userName", in.UserName, userNameRule)
		p.create("user", in.Path, in.UserName)
		p.newBoundary(in.PermissionsBoundary)
		p.newTags(in.Tags, "iam:TagUser")
	}))

func (s *Service) createUser(ctx context.Context, c *op.Call, in *awsiam.CreateUserInput) (*awsiam.CreateUserOutput, error) {
	var user *identity.User
	err := s.write(ctx, c, func(tx *store.Tx) (err error) {
		if _, taken := tx.State().User(*in.UserName); taken {
			return nameTaken("user", *in.UserName)
		}
		user = &identity.User{
			Scope: tx.State().Account().Scope, ID: identity.NewUserID(),
			Name: *in.UserName, Path: orRoot(in.Path), Created: tx.Now,
		}
		if user.Tags, err = withTags(nil, in.Tags); err != nil {
			return err
		}
		if user.Boundary, err = boundary(tx.State(), in.PermissionsBoundary); err != nil {
			return err
		}
		return tx.Put(user)
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.CreateUserOutput{User: shownUser(user)}, nil
}
