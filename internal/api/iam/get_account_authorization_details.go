package iam

import (
	"context"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// GetAccountAuthorizationDetails shows all users, groups, roles and policies
// with everything that hangs on them. It pages through them as one list.

var _ = op.Add(&table, (*Service).getAccountAuthorizationDetails, rule("iam:GetAccountAuthorizationDetails", op.Read,
	func(p *plan, in *awsiam.GetAccountAuthorizationDetailsInput) {
		for _, kind := range in.Filter {
			oneOf(p, "filter.member", kind, kind.Values()...)
		}
		p.page(in.Marker, in.MaxItems)
		p.on("*")
	}))

func (s *Service) getAccountAuthorizationDetails(_ context.Context, c *op.Call, in *awsiam.GetAccountAuthorizationDetailsInput) (*awsiam.GetAccountAuthorizationDetailsOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, detailKey, func(after string) iter.Seq[any] { return details(state, in.Filter, after) })
	if err != nil {
		return nil, err
	}
	out := &awsiam.GetAccountAuthorizationDetailsOutput{
		UserDetailList: []types.UserDetail{}, GroupDetailList: []types.GroupDetail{}, RoleDetailList: []types.RoleDetail{},
		Policies: []types.ManagedPolicyDetail{}, Marker: list.marker, IsTruncated: list.truncated,
	}
	for _, entity := range list.items {
		switch entity := entity.(type) {
		case *identity.User:
			out.UserDetailList = append(out.UserDetailList, userDetail(state, entity))
		case *identity.Group:
			out.GroupDetailList = append(out.GroupDetailList, groupDetail(state, entity))
		case *identity.Role:
			out.RoleDetailList = append(out.RoleDetailList, roleDetail(state, entity))
		case *identity.ManagedPolicy:
			out.Policies = append(out.Policies, policyDetail(state, entity))
		}
	}
	return out, nil
}

// detailKey orders users, groups, roles and policies, each by name.
func detailKey(entity any) string {
	switch entity := entity.(type) {
	case *identity.User:
		return "1" + byUserName(entity)
	case *identity.Group:
		return "2" + byGroupName(entity)
	case *identity.Role:
		return "3" + identity.FoldName(entity.Name)
	case *identity.ManagedPolicy:
		return "4" + policyKey(entity)
	}
	return ""
}

// details yields what a filter lets through of what comes after a key. AWS's
// own policies are in it where they are used.
func details(s *identity.Snapshot, filter []types.EntityType, after string) iter.Seq[any] {
	wants := func(kind types.EntityType) bool { return len(filter) == 0 || slices.Contains(filter, kind) }
	return func(yield func(any) bool) {
		_ = (!wants(types.EntityTypeUser) || after >= "2" || forward(s.Users("/", startOf("1", after)), after, yield)) &&
			(!wants(types.EntityTypeGroup) || after >= "3" || forward(s.Groups("/", startOf("2", after)), after, yield)) &&
			(!wants(types.EntityTypeRole) || after >= "4" || forward(s.Roles("/", startOf("3", after)), after, yield)) &&
			forward(filtered(policiesAfter(s, types.PolicyScopeTypeAll, "/", startOf("4", after)), func(p *identity.ManagedPolicy) bool {
				if p.AWSManaged() {
					return wants(types.EntityTypeAWSManagedPolicy) && used(s, p, true, "")
				}
				return wants(types.EntityTypeLocalManagedPolicy)
			}), after, yield)
	}
}

// startOf is where the entries of one kind begin.
func startOf(kind, after string) string {
	if after != "" && after[:1] == kind {
		return after[1:]
	}
	return ""
}

// forward yields what comes after a key, and reports whether more is wanted.
func forward[T any](entries iter.Seq[T], after string, yield func(any) bool) bool {
	for item := range entries {
		if detailKey(item) > after && !yield(item) {
			return false
		}
	}
	return true
}

func userDetail(s *identity.Snapshot, u *identity.User) types.UserDetail {
	detail := types.UserDetail{
		Arn: aws.String(u.ARN()), CreateDate: &u.Created, Path: &u.Path, UserId: &u.ID, UserName: &u.Name,
		PermissionsBoundary: shownBoundary(u.Boundary), Tags: shownTags(u.Tags), GroupList: []string{},
		UserPolicyList: inlineDetails(u.Inline), AttachedManagedPolicies: attachedDetails(s, u.Attached),
	}
	for _, g := range s.GroupsOf(u) {
		detail.GroupList = append(detail.GroupList, g.Name)
	}
	return detail
}

func groupDetail(s *identity.Snapshot, g *identity.Group) types.GroupDetail {
	return types.GroupDetail{
		Arn: aws.String(g.ARN()), CreateDate: &g.Created, Path: &g.Path, GroupId: &g.ID, GroupName: &g.Name,
		GroupPolicyList: inlineDetails(g.Inline), AttachedManagedPolicies: attachedDetails(s, g.Attached),
	}
}

func roleDetail(s *identity.Snapshot, r *identity.Role) types.RoleDetail {
	return types.RoleDetail{
		Arn: aws.String(r.ARN()), CreateDate: &r.Created, Path: &r.Path, RoleId: &r.ID, RoleName: &r.Name,
		AssumeRolePolicyDocument: encoded(r.Trust), PermissionsBoundary: shownBoundary(r.Boundary), Tags: shownTags(r.Tags),
		RolePolicyList: inlineDetails(r.Inline), AttachedManagedPolicies: attachedDetails(s, r.Attached),
		RoleLastUsed: &types.RoleLastUsed{}, InstanceProfileList: []types.InstanceProfile{},
	}
}

func policyDetail(s *identity.Snapshot, p *identity.ManagedPolicy) types.ManagedPolicyDetail {
	listed := shownPolicy(s, p)
	detail := types.ManagedPolicyDetail{
		Arn: listed.Arn, PolicyId: listed.PolicyId, PolicyName: listed.PolicyName, Path: listed.Path, Description: listed.Description,
		DefaultVersionId: listed.DefaultVersionId, IsAttachable: true, AttachmentCount: listed.AttachmentCount,
		PermissionsBoundaryUsageCount: listed.PermissionsBoundaryUsageCount, CreateDate: listed.CreateDate, UpdateDate: listed.UpdateDate,
	}
	show := listedVersion(p)
	for _, v := range p.Versions {
		version := show(v)
		version.Document = encoded(v.Document)
		detail.PolicyVersionList = append(detail.PolicyVersionList, version)
	}
	return detail
}

func inlineDetails(list []identity.InlinePolicy) []types.PolicyDetail {
	details := make([]types.PolicyDetail, len(list))
	for i, p := range list {
		details[i] = types.PolicyDetail{PolicyName: &p.Name, PolicyDocument: encoded(p.Document)}
	}
	return details
}

func attachedDetails(s *identity.Snapshot, arns []string) []types.AttachedPolicy {
	list := []types.AttachedPolicy{}
	for _, policyARN := range arns {
		if p, ok := s.Policy(policyARN); ok {
			list = append(list, attachedPolicy(p))
		}
	}
	return list
}
