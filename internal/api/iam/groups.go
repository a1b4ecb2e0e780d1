package iam

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// Groups as they are shown: with their members, all, or those of a user.

var (
	_ = op.Add(&table, (*Service).getGroup, rule("iam:GetGroup", op.Read,
		func(p *plan, in *awsiam.GetGroupInput) {
			p.group(in.GroupName)
			p.page(in.Marker, in.MaxItems)
		}))

	_ = op.Add(&table, (*Service).listGroups, rule("iam:ListGroups", op.List,
		func(p *plan, in *awsiam.ListGroupsInput) {
			p.list("group", in.PathPrefix)
			p.page(in.Marker, in.MaxItems)
		}))

	_ = op.Add(&table, (*Service).listGroupsForUser, rule("iam:ListGroupsForUser", op.List,
		func(p *plan, in *awsiam.ListGroupsForUserInput) {
			p.namedUser(in.UserName)
			p.page(in.Marker, in.MaxItems)
		}))
)

// byUserName and byGroupName order pages, as the directory orders names.
func byUserName(u *identity.User) string   { return identity.FoldName(u.Name) }
func byGroupName(g *identity.Group) string { return identity.FoldName(g.Name) }

func (s *Service) getGroup(_ context.Context, c *op.Call, in *awsiam.GetGroupInput) (*awsiam.GetGroupOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	group, err := findGroup(state, *in.GroupName)
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, byUserName, sliced(state.Members(group.ID), byUserName))
	if err != nil {
		return nil, err
	}
	shownGroup := listedGroup(group)
	return &awsiam.GetGroupOutput{
		Group: &shownGroup, Users: shown(list, listedUser), Marker: list.marker, IsTruncated: list.truncated,
	}, nil
}

func (s *Service) listGroups(_ context.Context, c *op.Call, in *awsiam.ListGroupsInput) (*awsiam.ListGroupsOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, byGroupName,
		func(after string) iter.Seq[*identity.Group] { return state.Groups(orRoot(in.PathPrefix), after) })
	if err != nil {
		return nil, err
	}
	return &awsiam.ListGroupsOutput{Groups: shown(list, listedGroup), Marker: list.marker, IsTruncated: list.truncated}, nil
}

func (s *Service) listGroupsForUser(_ context.Context, c *op.Call, in *awsiam.ListGroupsForUserInput) (*awsiam.ListGroupsForUserOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	user, err := findUser(state, *in.UserName)
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, byGroupName, sliced(state.GroupsOf(user), byGroupName))
	if err != nil {
		return nil, err
	}
	return &awsiam.ListGroupsForUserOutput{Groups: shown(list, listedGroup), Marker: list.marker, IsTruncated: list.truncated}, nil
}

func listedGroup(g *identity.Group) types.Group {
	return types.Group{Arn: aws.String(g.ARN()), CreateDate: &g.Created, GroupId: &g.ID, GroupName: &g.Name, Path: &g.Path}
}
