package iam

import (
	"context"
	"strings"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// ListEntitiesForPolicy pages through users, groups and roles as one list and
// answers with three.

var _ = op.Add(&table, (*Service).listEntitiesForPolicy, rule("iam:ListEntitiesForPolicy", op.List,
	func(p *plan, in *awsiam.ListEntitiesForPolicyInput) {
		p.policy(in.PolicyArn)
		oneOf(p, "entityFilter", in.EntityFilter, types.EntityType("").Values()...)
		oneOf(p, "policyUsageFilter", in.PolicyUsageFilter, types.PolicyUsageType("").Values()...)
		p.text("pathPrefix", in.PathPrefix, pathPrefixRule)
		p.page(in.Marker, in.MaxItems)
	}))

func (s *Service) listEntitiesForPolicy(_ context.Context, c *op.Call, in *awsiam.ListEntitiesForPolicyInput) (*awsiam.ListEntitiesForPolicyOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	if _, ok := state.Policy(*in.PolicyArn); !ok {
		return nil, noPolicy(*in.PolicyArn)
	}
	list, err := pages(in.Marker, in.MaxItems, refKey, sliced(usersOf(state, in), refKey))
	if err != nil {
		return nil, err
	}
	out := &awsiam.ListEntitiesForPolicyOutput{
		PolicyUsers: []types.PolicyUser{}, PolicyGroups: []types.PolicyGroup{}, PolicyRoles: []types.PolicyRole{},
		Marker: list.marker, IsTruncated: list.truncated,
	}
	for _, ref := range list.items {
		switch entity := entityOf(state, ref).(type) {
		case *identity.User:
			out.PolicyUsers = append(out.PolicyUsers, types.PolicyUser{UserId: &entity.ID, UserName: &entity.Name})
		case *identity.Group:
			out.PolicyGroups = append(out.PolicyGroups, types.PolicyGroup{GroupId: &entity.ID, GroupName: &entity.Name})
		case *identity.Role:
			out.PolicyRoles = append(out.PolicyRoles, types.PolicyRole{RoleId: &entity.ID, RoleName: &entity.Name})
		}
	}
	return out, nil
}

func refKey(ref identity.Ref) string { return string(ref.Kind) + "/" + ref.ID }

// usersOf lists whatever uses a policy in the way that is asked for, each once.
func usersOf(s *identity.Snapshot, in *awsiam.ListEntitiesForPolicyInput) []identity.Ref {
	seen := map[identity.Ref]bool{}
	if in.PolicyUsageFilter != types.PolicyUsageTypePermissionsBoundary {
		for ref := range s.AttachedTo(*in.PolicyArn) {
			seen[ref] = true
		}
	}
	if in.PolicyUsageFilter != types.PolicyUsageTypePermissionsPolicy {
		for ref := range s.BoundaryOf(*in.PolicyArn) {
			seen[ref] = true
		}
	}
	var list []identity.Ref
	for ref := range seen {
		if in.EntityFilter != "" && !strings.EqualFold(string(in.EntityFilter), string(ref.Kind)) {
			continue
		}
		if strings.HasPrefix(pathOf(entityOf(s, ref)), orRoot(in.PathPrefix)) {
			list = append(list, ref)
		}
	}
	return list
}

// entityOf finds the user, group or role that a reference names.
func entityOf(s *identity.Snapshot, ref identity.Ref) any {
	switch ref.Kind {
	case identity.KindUser:
		user, _ := s.UserByID(ref.ID)
		return user
	case identity.KindGroup:
		group, _ := s.GroupByID(ref.ID)
		return group
	default:
		role, _ := s.RoleByID(ref.ID)
		return role
	}
}

func pathOf(entity any) string {
	switch entity := entity.(type) {
	case *identity.User:
		return entity.Path
	case *identity.Group:
		return entity.Path
	case *identity.Role:
		return entity.Path
	}
	return ""
}
