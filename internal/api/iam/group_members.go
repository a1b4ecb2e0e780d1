package iam

import (
	"context"
	"slices"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// Who is in a group. Both operations are authorized on the group alone, and
// doing again what is done already succeeds.

// maxGroups is how many groups a user is in at most (IAM and AWS STS quotas).
const maxGroups = 10

var (
	_ = op.Add(&table, (*Service).addUserToGroup, rule("iam:AddUserToGroup", op.Write,
		func(p *plan, in *awsiam.AddUserToGroupInput) {
			p.group(in.GroupName)
			p.required("userName", in.UserName, existingRule)
		}))

	_ = op.Add(&table, (*Service).removeUserFromGroup, rule("iam:RemoveUserFromGroup", op.Write,
		func(p *plan, in *awsiam.RemoveUserFromGroupInput) {
			p.group(in.GroupName)
			p.required("userName", in.UserName, existingRule)
		}))
)

func (s *Service) addUserToGroup(ctx context.Context, c *op.Call, in *awsiam.AddUserToGroupInput) (*awsiam.AddUserToGroupOutput, error) {
	return done[awsiam.AddUserToGroupOutput](s.changeGroups(ctx, c, *in.GroupName, *in.UserName, func(groups []string, group string) ([]string, error) {
		if slices.Contains(groups, group) {
			return groups, nil
		}
		if len(groups) >= maxGroups {
			return nil, quota("GroupsPerUser", maxGroups)
		}
		return append(slices.Clone(groups), group), nil
	}))
}

func (s *Service) removeUserFromGroup(ctx context.Context, c *op.Call, in *awsiam.RemoveUserFromGroupInput) (*awsiam.RemoveUserFromGroupOutput, error) {
	return done[awsiam.RemoveUserFromGroupOutput](s.changeGroups(ctx, c, *in.GroupName, *in.UserName, func(groups []string, group string) ([]string, error) {
		return slices.DeleteFunc(slices.Clone(groups), func(id string) bool { return id == group }), nil
	}))
}

// changeGroups edits the ids of the groups that a user is in.
func (s *Service) changeGroups(ctx context.Context, c *op.Call, groupName, userName string, edit func(groups []string, group string) ([]string, error)) error {
	return s.write(ctx, c, func(tx *store.Tx) error {
		group, err := findGroup(tx.State(), groupName)
		if err != nil {
			return err
		}
		user, err := findUser(tx.State(), userName)
		if err != nil {
			return err
		}
		changed := *user
		if changed.Groups, err = edit(user.Groups, group.ID); err != nil {
			return err
		}
		return tx.Put(&changed)
	})
}
