package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// DeleteRole refuses while the role has policies. Sessions of a role that is
// gone end at once.

var _ = op.Add(&table, (*Service).deleteRole, rule("iam:DeleteRole", op.Write,
	func(p *plan, in *awsiam.DeleteRoleInput) { p.role(in.RoleName) }))

func (s *Service) deleteRole(ctx context.Context, c *op.Call, in *awsiam.DeleteRoleInput) (*awsiam.DeleteRoleOutput, error) {
	return done[awsiam.DeleteRoleOutput](s.write(ctx, c, func(tx *store.Tx) error {
		role, err := findRole(tx.State(), *in.RoleName)
		if err != nil {
			return err
		}
		if err := modifiable(role); err != nil {
			return err
		}
		if err := roleHolder(role).held(); err != nil {
			return err
		}
		return deleteRole(tx, role)
	}))
}

func deleteRole(tx *store.Tx, role *identity.Role) error {
	if err := moveInference(tx, role.ARN(), ""); err != nil {
		return err
	}
	if err := tx.Delete(role); err != nil {
		return err
	}
	return gone(tx, role.ARN(), role)
}
