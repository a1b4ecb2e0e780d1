// Package iam is the AWS Identity and Access Management API for users, groups,
// roles, policies and credentials.
//
// It knows IAM's limits, its words for what it refuses, and what each
// operation is authorized on. What the policies mean is decided elsewhere; how
// entities are stored is not known here. Whether a write is possible is decided
// inside the write, by what it sees then: of two creates of one name one wins.
package iam

import (
	"context"
	"fmt"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/seal"
	"hardpan/internal/store"
)

var api = &op.API{
	Name: "iam", Title: "AWS Identity and Access Management", SigningName: "iam", EventSource: "iam.amazonaws.com",
	Protocol: op.Query, Namespace: "https://iam.amazonaws.com/doc/2010-05-08/", Version: "2010-05-08", Global: true,
}

var table = op.Table{API: api}

// Table returns the API's operations, built and unbuilt.
func Table() *op.Table { return table.Complete(awsOperations) }

// Service carries out the API's operations.
type Service struct {
	DB  *store.DB
	Box *seal.Box // seals the secrets of access keys
	Now func() time.Time
}

// state is the caller's account as it is now.
func (s *Service) state(c *op.Call) (*identity.Snapshot, error) {
	return stateOf(s.DB.Directory(), c.Account)
}

func stateOf(d *identity.Directory, account string) (*identity.Snapshot, error) {
	state, ok := d.Account(account)
	if !ok {
		return nil, awserr.Internal(fmt.Errorf("account %s of an authenticated caller is not in the directory", account))
	}
	return state, nil
}

// write changes the caller's account.
func (s *Service) write(ctx context.Context, c *op.Call, fn func(*store.Tx) error) error {
	return s.DB.Write(ctx, c.Account, s.Now(), fn)
}

// done is the answer of an operation that returns nothing but success.
func done[Out any](err error) (*Out, error) {
	if err != nil {
		return nil, err
	}
	return new(Out), nil
}
