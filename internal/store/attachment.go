package store

import (
	"context"
	"fmt"

	"hardpan/internal/identity"
)

// How a managed policy is used.
const (
	asPolicy   = "policy"
	asBoundary = "boundary"
)

// putAttachments makes these the managed policies of an owner, a user, group
// or role.
func (tx *Tx) putAttachments(scope identity.Scope, owner string, policies []string, boundary string) error {
	if err := tx.deleteAttachments(owner); err != nil {
		return err
	}
	for _, arn := range policies {
		if err := tx.attach(scope, owner, asPolicy, arn); err != nil {
			return err
		}
	}
	if boundary == "" {
		return nil
	}
	return tx.attach(scope, owner, asBoundary, boundary)
}

// attach notes one use. The id of a customer's policy makes the database
// refuse to delete it while it is used; AWS's own cannot be deleted.
func (tx *Tx) attach(scope identity.Scope, owner, usage, arn string) error {
	p, ok := tx.state.Policy(arn)
	if !ok {
		return &ConstraintError{
			Rule:   Reference,
			Entity: identity.Ref{Kind: identity.KindPolicy, Account: scope.Account, ID: arn},
			Err:    fmt.Errorf("%s is to be used as %s by %s: %w", arn, usage, owner, ErrNotFound),
		}
	}
	id := p.ID
	if p.AWSManaged() {
		id = ""
	}
	_, err := tx.exec(`INSERT INTO iam_attachment (partition, account, owner_id, usage, policy_arn, policy_id)
		VALUES ($1, $2, $3, $4, $5, $6)`, scope.Partition, scope.Account, owner, usage, arn, optional(id))
	return err
}

func (tx *Tx) deleteAttachments(owner string) error {
	_, err := tx.exec(`DELETE FROM iam_attachment WHERE account = $1 AND owner_id = $2`, tx.account, owner)
	return err
}

// attachments are the managed policies of one owner.
type attachments struct {
	policies []string
	boundary string
}

func loadAttachments(ctx context.Context, q querier, x extent) (map[owned]attachments, error) {
	all := map[owned]attachments{}
	err := each(ctx, q, "attached policies", `SELECT account, owner_id, usage, policy_arn
		FROM iam_attachment`, "owner_id", x,
		func(scan func(...any) error) error {
			var owner owned
			var usage, arn string
			if err := scan(&owner.account, &owner.id, &usage, &arn); err != nil {
				return err
			}
			a := all[owner]
			if usage == asBoundary {
				a.boundary = arn
			} else {
				a.policies = append(a.policies, arn)
			}
			all[owner] = a
			return nil
		})
	return all, err
}
