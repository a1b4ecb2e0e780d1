package iam

import (
	"context"
	"fmt"
	"strconv"
	"time"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/token"
)

// CreateServiceSpecificCredential makes a long-term Bedrock API key. The answer
// is the only one that holds its text; what is stored is a hash.

// bedrockService is the only service that such credentials are made for here.
const bedrockService = "bedrock.amazonaws.com"

// maxCredentials is how many a user has at most for one service, maxAge the
// longest life in days. Source: IAM API Reference.
const (
	maxCredentials = 2
	maxAge         = 36600
)

var _ = op.Add(&table, (*Service).createServiceSpecificCredential, rule("iam:CreateServiceSpecificCredential", op.Write,
	func(p *plan, in *awsiam.CreateServiceSpecificCredentialInput) {
		p.namedUser(in.UserName)
		p.required("serviceName", in.ServiceName, anyTextRule)
		p.number("credentialAgeDays", in.CredentialAgeDays, 1, maxAge)
		if in.ServiceName != nil {
			p.key("iam:ServiceSpecificCredentialServiceName", *in.ServiceName)
		}
		if in.CredentialAgeDays != nil {
			p.key("iam:ServiceSpecificCredentialAgeDays", strconv.Itoa(int(*in.CredentialAgeDays)))
		}
	}))

func (s *Service) createServiceSpecificCredential(ctx context.Context, c *op.Call, in *awsiam.CreateServiceSpecificCredentialInput) (*awsiam.CreateServiceSpecificCredentialOutput, error) {
	var made *types.ServiceSpecificCredential
	err := s.write(ctx, c, func(tx *store.Tx) error {
		user, err := findUser(tx.State(), *in.UserName)
		if err != nil {
			return err
		}
		if *in.ServiceName != bedrockService {
			return notSupported(*in.ServiceName)
		}
		if len(credentialsFor(tx.State(), user, bedrockService)) >= maxCredentials {
			return quota("ServiceSpecificCredentialsPerUser", maxCredentials)
		}
		credential := &identity.ServiceCredential{
			Scope: user.Scope, ID: identity.NewServiceCredentialID(), UserID: user.ID, Service: bedrockService,
			Alias: freeAlias(tx.State(), user), Status: identity.Active, Created: tx.Now,
		}
		if in.CredentialAgeDays != nil {
			credential.Expires = tx.Now.Add(time.Duration(*in.CredentialAgeDays) * 24 * time.Hour)
		}
		text, hash := token.MakeAPIKey(credential.Alias)
		credential.Hash = hash
		made = revealed(credential, user.Name, tx.Now, text)
		return tx.Put(credential)
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.CreateServiceSpecificCredentialOutput{ServiceSpecificCredential: made}, nil
}

// credentialsFor lists a user's credentials for one service.
func credentialsFor(s *identity.Snapshot, u *identity.User, service string) []*identity.ServiceCredential {
	var list []*identity.ServiceCredential
	for _, credential := range s.ServiceCredentialsOf(u.ID) {
		if credential.Service == service {
			list = append(list, credential)
		}
	}
	return list
}

// freeAlias is the user's name and the account, with a number between them as
// AWS does it where the alias is taken: by the user's other credential, or by
// one that was made before a user was renamed. Among accounts it is unique
// because it ends with the account.
func freeAlias(s *identity.Snapshot, u *identity.User) string {
	alias := fmt.Sprintf("%s-at-%s", u.Name, u.Account)
	for n := 1; ; n++ {
		if _, taken := s.ServiceCredentialByAlias(alias); !taken {
			return alias
		}
		alias = fmt.Sprintf("%s+%d-at-%s", u.Name, n, u.Account)
	}
}
