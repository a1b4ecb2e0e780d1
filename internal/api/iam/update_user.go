package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// UpdateUser renames or moves a user, and must be allowed on the old ARN and on
// the new one (IAM User Guide, "Manage IAM users", renaming).

var _ = op.Add(&table, (*Service).updateUser, rule("iam:UpdateUser", op.Write,
	func(p *plan, in *awsiam.UpdateUserInput) {
		p.namedUser(in.UserName)
		p.text("newUserName", in.NewUserName, userNameRule)
		p.text("newPath", in.NewPath, pathRule)
		if in.UserName == nil {
			return
		}
		name, path := *in.UserName, "/"
		if u, ok := p.state.User(name); ok {
			name, path = u.Name, u.Path
		}
		p.moved("user", path, name, in.NewPath, in.NewUserName)
	}))

// moved adds the ARN that an entity gets, if it is another.
func (p *plan) moved(kind, path, name string, newPath, newName *string) {
	before := p.arn(kind, path, name)
	if after := p.arn(kind, or(newPath, path), or(newName, name)); after != before {
		p.on(after)
	}
}

func or(given *string, otherwise string) string {
	if given == nil {
		return otherwise
	}
	return *given
}

func (s *Service) updateUser(ctx context.Context, c *op.Call, in *awsiam.UpdateUserInput) (*awsiam.UpdateUserOutput, error) {
	return done[awsiam.UpdateUserOutput](s.write(ctx, c, func(tx *store.Tx) error {
		before, err := findUser(tx.State(), *in.UserName)
		if err != nil {
			return err
		}
		after := *before
		after.Name, after.Path = or(in.NewUserName, before.Name), or(in.NewPath, before.Path)
		if other, taken := tx.State().User(after.Name); taken && other.ID != before.ID {
			return nameTaken("user", after.Name)
		}
		if err := tx.Put(&after); err != nil {
			return err
		}
		if err := trusted(tx, before.ARN(), after.ARN()); err != nil {
			return err
		}
		return moveInference(tx, before.ARN(), after.ARN())
	}))
}
