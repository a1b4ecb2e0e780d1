package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// GetUser without a name is about the caller, and shows the root user too.

var _ = op.Add(&table, (*Service).getUser, rule("iam:GetUser", op.Read,
	func(p *plan, in *awsiam.GetUserInput) { p.user(in.UserName) }))

func (s *Service) getUser(_ context.Context, c *op.Call, in *awsiam.GetUserInput) (*awsiam.GetUserOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	who, err := subjectOf(state, c, in.UserName)
	if err != nil {
		return nil, err
	}
	if who.user == nil {
		return &awsiam.GetUserOutput{User: rootUser(state.Account())}, nil
	}
	return &awsiam.GetUserOutput{User: shownUser(who.user)}, nil
}

// rootUser has neither name nor path; its id is the account's.
func rootUser(a *identity.Account) *types.User {
	return &types.User{Arn: aws.String(a.RootARN()), UserId: &a.Account, CreateDate: &a.Created}
}
