package iam

import (
	"context"
	"iter"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).listUsers, rule("iam:ListUsers", op.List,
	func(p *plan, in *awsiam.ListUsersInput) {
		p.list("user", in.PathPrefix)
		p.page(in.Marker, in.MaxItems)
	}))

func (s *Service) listUsers(_ context.Context, c *op.Call, in *awsiam.ListUsersInput) (*awsiam.ListUsersOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, byUserName,
		func(after string) iter.Seq[*identity.User] { return state.Users(orRoot(in.PathPrefix), after) })
	if err != nil {
		return nil, err
	}
	return &awsiam.ListUsersOutput{Users: shown(list, listedUser), Marker: list.marker, IsTruncated: list.truncated}, nil
}
