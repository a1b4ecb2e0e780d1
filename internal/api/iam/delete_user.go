package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// DeleteUser refuses while anything hangs on the user, except for tags, the
// permissions boundary and what Hardpan keeps about its model calls.

var _ = op.Add(&table, (*Service).deleteUser, rule("iam:DeleteUser", op.Write,
	func(p *plan, in *awsiam.DeleteUserInput) { p.namedUser(in.UserName) }))

func (s *Service) deleteUser(ctx context.Context, c *op.Call, in *awsiam.DeleteUserInput) (*awsiam.DeleteUserOutput, error) {
	return done[awsiam.DeleteUserOutput](s.write(ctx, c, func(tx *store.Tx) error {
		user, err := findUser(tx.State(), *in.UserName)
		if err != nil {
			return err
		}
		if err := deletable(tx.State(), user); err != nil {
			return err
		}
		if err := moveInference(tx, user.ARN(), ""); err != nil {
			return err
		}
		if err := tx.Delete(user); err != nil {
			return err
		}
		return gone(tx, user.ARN(), user)
	}))
}

func deletable(s *identity.Snapshot, u *identity.User) error {
	switch {
	case len(s.AccessKeysOf(u.ID)) > 0:
		return errHasAccessKeys
	case len(s.ServiceCredentialsOf(u.ID)) > 0:
		return errHasCredentials
	case len(u.Groups) > 0:
		return errHasGroups
	}
	return userHolder(u).held()
}
