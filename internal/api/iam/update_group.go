package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// UpdateGroup renames or moves a group, and must be allowed on the old ARN and
// on the new one.

var _ = op.Add(&table, (*Service).updateGroup, rule("iam:UpdateGroup", op.Write,
	func(p *plan, in *awsiam.UpdateGroupInput) {
		p.group(in.GroupName)
		p.text("newGroupName", in.NewGroupName, groupNameRule)
		p.text("newPath", in.NewPath, pathRule)
		if in.GroupName == nil {
			return
		}
		name, path := *in.GroupName, "/"
		if g, ok := p.state.Group(name); ok {
			name, path = g.Name, g.Path
		}
		p.moved("group", path, name, in.NewPath, in.NewGroupName)
	}))

func (s *Service) updateGroup(ctx context.Context, c *op.Call, in *awsiam.UpdateGroupInput) (*awsiam.UpdateGroupOutput, error) {
	return done[awsiam.UpdateGroupOutput](s.write(ctx, c, func(tx *store.Tx) error {
		before, err := findGroup(tx.State(), *in.GroupName)
		if err != nil {
			return err
		}
		after := *before
		after.Name, after.Path = or(in.NewGroupName, before.Name), or(in.NewPath, before.Path)
		if other, taken := tx.State().Group(after.Name); taken && other.ID != before.ID {
			return nameTaken("group", after.Name)
		}
		return tx.Put(&after)
	}))
}
