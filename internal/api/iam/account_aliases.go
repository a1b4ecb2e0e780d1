package iam

import (
	"context"
	"errors"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

// An account has one alias at most, and no two accounts have the same.

var (
	_ = op.Add(&table, (*Service).createAccountAlias, rule("iam:CreateAccountAlias", op.Write,
		func(p *plan, in *awsiam.CreateAccountAliasInput) {
			p.required("accountAlias", in.AccountAlias, aliasRule)
			p.on("*")
		}))

	_ = op.Add(&table, (*Service).listAccountAliases, rule("iam:ListAccountAliases", op.List,
		func(p *plan, in *awsiam.ListAccountAliasesInput) {
			p.page(in.Marker, in.MaxItems)
			p.on("*")
		}))

	_ = op.Add(&table, (*Service).deleteAccountAlias, rule("iam:DeleteAccountAlias", op.Write,
		func(p *plan, in *awsiam.DeleteAccountAliasInput) {
			p.required("accountAlias", in.AccountAlias, aliasRule)
			p.on("*")
		}))
)

func (s *Service) createAccountAlias(ctx context.Context, c *op.Call, in *awsiam.CreateAccountAliasInput) (*awsiam.CreateAccountAliasOutput, error) {
	err := s.setAlias(ctx, c, func(string) (string, error) { return *in.AccountAlias, nil })
	var taken *store.ConstraintError
	if errors.As(err, &taken) && taken.Rule == store.Unique {
		err = aliasTaken(*in.AccountAlias).Because(taken)
	}
	return done[awsiam.CreateAccountAliasOutput](err)
}

func (s *Service) deleteAccountAlias(ctx context.Context, c *op.Call, in *awsiam.DeleteAccountAliasInput) (*awsiam.DeleteAccountAliasOutput, error) {
	return done[awsiam.DeleteAccountAliasOutput](s.setAlias(ctx, c, func(alias string) (string, error) {
		if alias != *in.AccountAlias {
			return "", noAlias(*in.AccountAlias)
		}
		return "", nil
	}))
}

func (s *Service) setAlias(ctx context.Context, c *op.Call, edit func(alias string) (string, error)) error {
	return s.write(ctx, c, func(tx *store.Tx) (err error) {
		changed := *tx.State().Account()
		if changed.Alias, err = edit(changed.Alias); err != nil {
			return err
		}
		return tx.Put(&changed)
	})
}

func (s *Service) listAccountAliases(_ context.Context, c *op.Call, _ *awsiam.ListAccountAliasesInput) (*awsiam.ListAccountAliasesOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	out := &awsiam.ListAccountAliasesOutput{AccountAliases: []string{}}
	if alias := state.Account().Alias; alias != "" {
		out.AccountAliases = []string{alias}
	}
	return out, nil
}
