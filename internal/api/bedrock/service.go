// Package bedrock is the Amazon Bedrock control-plane API: which models and
// profiles there are, and inference profiles of one's own with their tags. Its
// facts come from internal/catalog, what accounts have from their directory.
package bedrock

import (
	"context"
	"fmt"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var api = &op.API{
	Name: "bedrock", Title: "Amazon Bedrock", SigningName: "bedrock", Hosts: []string{"bedrock-fips"},
	EventSource: "bedrock.amazonaws.com", Protocol: op.RestJSON, Bearer: true,
}

var table = op.Table{API: api}

// DefaultMaxProfiles is how many application inference profiles an account has
// at most in a region, unless it is set. AWS's own default is 1,000 (from
// memory, unverified), which organisations have to have raised.
const DefaultMaxProfiles = 100_000

// Service carries out the API's operations.
type Service struct {
	DB          *store.DB
	MaxProfiles int // application inference profiles of an account in a region; 0: [DefaultMaxProfiles]
}

// Table returns the API's operations, built and unbuilt.
func Table() *op.Table { return table.Complete(awsOperations) }

// state is the caller's account as it is now.
func state(c *op.Call) (*identity.Snapshot, error) {
	s, ok := c.Directory.Account(c.Account)
	if !ok {
		return nil, awserr.Internal(fmt.Errorf("account %s of an authenticated caller is not in the directory", c.Account))
	}
	return s, nil
}

// write changes the caller's account.
func (s *Service) write(ctx context.Context, c *op.Call, fn func(*store.Tx) error) error {
	return s.DB.Write(ctx, c.Account, c.Time, fn)
}
