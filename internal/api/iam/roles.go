package iam

import (
	"context"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// Roles as they are shown. When a role was last used is not known to Hardpan,
// so RoleLastUsed is empty, as for a role that never was.

var (
	_ = op.Add(&table, (*Service).getRole, rule("iam:GetRole", op.Read,
		func(p *plan, in *awsiam.GetRoleInput) { p.role(in.RoleName) }))

	_ = op.Add(&table, (*Service).listRoles, rule("iam:ListRoles", op.List,
		func(p *plan, in *awsiam.ListRolesInput) {
			p.list("role", in.PathPrefix)
			p.page(in.Marker, in.MaxItems)
		}))
)

func (s *Service) getRole(_ context.Context, c *op.Call, in *awsiam.GetRoleInput) (*awsiam.GetRoleOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	role, err := findRole(state, *in.RoleName)
	if err != nil {
		return nil, err
	}
	return &awsiam.GetRoleOutput{Role: shownRole(role)}, nil
}

func (s *Service) listRoles(_ context.Context, c *op.Call, in *awsiam.ListRolesInput) (*awsiam.ListRolesOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, func(r *identity.Role) string { return identity.FoldName(r.Name) },
		func(after string) iter.Seq[*identity.Role] { return state.Roles(orRoot(in.PathPrefix), after) })
	if err != nil {
		return nil, err
	}
	return &awsiam.ListRolesOutput{Roles: shown(list, listedRole), Marker: list.marker, IsTruncated: list.truncated}, nil
}

// shownRole is a role as the operations on one role show it.
func shownRole(r *identity.Role) *types.Role {
	role := listedRole(r)
	role.PermissionsBoundary, role.Tags = shownBoundary(r.Boundary), shownTags(r.Tags)
	role.RoleLastUsed = &types.RoleLastUsed{}
	return &role
}

// listedRole is a role as lists show it: without tags, boundary and last use.
func listedRole(r *identity.Role) types.Role {
	role := types.Role{
		Arn: aws.String(r.ARN()), CreateDate: &r.Created, Path: &r.Path, RoleId: &r.ID, RoleName: &r.Name,
		AssumeRolePolicyDocument: encoded(r.Trust), MaxSessionDuration: aws.Int32(int32(r.MaxSession / time.Second)),
	}
	if r.Description != "" {
		role.Description = &r.Description
	}
	return role
}
