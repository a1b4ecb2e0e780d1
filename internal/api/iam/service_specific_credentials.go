package iam

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/token"
)

// Service-specific credentials that exist. Without a user's name the caller's
// own are meant.

var (
	_ = op.Add(&table, (*Service).updateServiceSpecificCredential, rule("iam:UpdateServiceSpecificCredential", op.Write,
		func(p *plan, in *awsiam.UpdateServiceSpecificCredentialInput) {
			p.user(in.UserName)
			p.required("serviceSpecificCredentialId", in.ServiceSpecificCredentialId, credentialID)
			p.status(in.Status)
		}))

	_ = op.Add(&table, (*Service).resetServiceSpecificCredential, rule("iam:ResetServiceSpecificCredential", op.Write,
		func(p *plan, in *awsiam.ResetServiceSpecificCredentialInput) {
			p.user(in.UserName)
			p.required("serviceSpecificCredentialId", in.ServiceSpecificCredentialId, credentialID)
		}))

	_ = op.Add(&table, (*Service).deleteServiceSpecificCredential, rule("iam:DeleteServiceSpecificCredential", op.Write,
		func(p *plan, in *awsiam.DeleteServiceSpecificCredentialInput) {
			p.user(in.UserName)
			p.required("serviceSpecificCredentialId", in.ServiceSpecificCredentialId, credentialID)
		}))
)

func (s *Service) updateServiceSpecificCredential(ctx context.Context, c *op.Call, in *awsiam.UpdateServiceSpecificCredentialInput) (*awsiam.UpdateServiceSpecificCredentialOutput, error) {
	return done[awsiam.UpdateServiceSpecificCredentialOutput](s.write(ctx, c, func(tx *store.Tx) error {
		credential, _, err := credentialOf(tx.State(), c, in.UserName, *in.ServiceSpecificCredentialId)
		if err != nil {
			return err
		}
		changed := *credential
		changed.Status = identity.Status(in.Status)
		return tx.Put(&changed)
	}))
}

// resetServiceSpecificCredential makes a new text; the old one is worth nothing
// at once. When the credential expires stays as it was (from memory).
func (s *Service) resetServiceSpecificCredential(ctx context.Context, c *op.Call, in *awsiam.ResetServiceSpecificCredentialInput) (*awsiam.ResetServiceSpecificCredentialOutput, error) {
	var made *types.ServiceSpecificCredential
	err := s.write(ctx, c, func(tx *store.Tx) error {
		credential, user, err := credentialOf(tx.State(), c, in.UserName, *in.ServiceSpecificCredentialId)
		if err != nil {
			return err
		}
		changed := *credential
		text, hash := token.MakeAPIKey(credential.Alias)
		changed.Hash = hash
		made = revealed(&changed, user.Name, tx.Now, text)
		return tx.Put(&changed)
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.ResetServiceSpecificCredentialOutput{ServiceSpecificCredential: made}, nil
}

func (s *Service) deleteServiceSpecificCredential(ctx context.Context, c *op.Call, in *awsiam.DeleteServiceSpecificCredentialInput) (*awsiam.DeleteServiceSpecificCredentialOutput, error) {
	return done[awsiam.DeleteServiceSpecificCredentialOutput](s.write(ctx, c, func(tx *store.Tx) error {
		credential, _, err := credentialOf(tx.State(), c, in.UserName, *in.ServiceSpecificCredentialId)
		if err != nil {
			return err
		}
		return tx.Delete(credential)
	}))
}

// credentialOf finds a credential among those of the user who was authorized
// on. One of someone else is one that does not exist.
func credentialOf(s *identity.Snapshot, c *op.Call, user *string, id string) (*identity.ServiceCredential, *identity.User, error) {
	owner, err := subjectOf(s, c, user)
	if err != nil {
		return nil, nil, err
	}
	credential, ok := s.ServiceCredential(id)
	if !ok || owner.user == nil || credential.UserID != owner.user.ID {
		return nil, nil, noCredential(id)
	}
	return credential, owner.user, nil
}

// revealed is a credential with its text, which is shown this once.
func revealed(c *identity.ServiceCredential, user string, now time.Time, text token.Secret) *types.ServiceSpecificCredential {
	return &types.ServiceSpecificCredential{
		CreateDate: &c.Created, ServiceName: &c.Service, ServiceSpecificCredentialId: &c.ID, Status: credentialStatus(c, now),
		UserName: &user, ExpirationDate: expiry(c), ServiceCredentialAlias: &c.Alias, ServiceCredentialSecret: aws.String(text.Reveal()),
	}
}

// credentialStatus is what is stored, unless time has overtaken it.
func credentialStatus(c *identity.ServiceCredential, now time.Time) types.StatusType {
	if c.Expired(now) {
		return types.StatusTypeExpired
	}
	return types.StatusType(c.Status)
}

// expiry is nil for a credential that never expires.
func expiry(c *identity.ServiceCredential) *time.Time {
	if c.Expires.IsZero() {
		return nil
	}
	return &c.Expires
}
