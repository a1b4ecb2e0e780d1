package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// DeleteGroup refuses while the group has members or policies.

var _ = op.Add(&table, (*Service).deleteGroup, rule("iam:DeleteGroup", op.Write,
	func(p *plan, in *awsiam.DeleteGroupInput) { p.group(in.GroupName) }))

func (s *Service) deleteGroup(ctx context.Context, c *op.Call, in *awsiam.DeleteGroupInput) (*awsiam.DeleteGroupOutput, error) {
	return done[awsiam.DeleteGroupOutput](s.write(ctx, c, func(tx *store.Tx) error {
		group, err := findGroup(tx.State(), *in.GroupName)
		if err != nil {
			return err
		}
		if len(tx.State().Members(group.ID)) > 0 {
			return errHasGroups
		}
		if err := groupHolder(group).held(); err != nil {
			return err
		}
		return tx.Delete(group)
	}))
}
