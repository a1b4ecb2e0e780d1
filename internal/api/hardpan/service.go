// Package hardpan is Hardpan's own API: decisions and what AWS has no
// operation for. Its operations are signed and authorized like any other, with
// IAM actions in the namespace hardpan:.
package hardpan

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"

	"hardpan/arn"
	"hardpan/internal/audit"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/mcp"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var api = &op.API{
	Name: "hardpan", Title: "Hardpan", SigningName: "hardpan", EventSource: "hardpan.local", Protocol: op.RestJSON,
	Hostless: true, // hardpan.eu-west-1.example.com serves every API
}

var table = op.Table{API: api}

// Service carries out the API's operations.
type Service struct {
	DB        *store.DB
	Decisions *audit.Decisions
	Now       func() time.Time

	// Count returns when every call that has ended is in the database's sums; nil:
	// they are.
	Count func(context.Context) error

	// Gateways keeps the policies of tool gateways compiled, and Decided yields what
	// they decided since a time, oldest first, until ctx ends.
	Gateways *mcp.Plane
	Decided  func(ctx context.Context, since time.Time) iter.Seq2[*audit.Event, error]

	Webhooks []string                                                                       // names that budgets may notify
	Standing func(ctx context.Context, b *identity.Budget, now time.Time) []ledger.Standing // nil: nothing is counted
}

// Table returns the API's operations.
func Table() *op.Table { return &table }

// resource is the ARN of something of Hardpan's own in the caller's account.
func resource(c *op.Call, path string) string {
	return arn.ARN{Partition: c.Partition, Service: "hardpan", Region: c.Region, Account: c.Account, Resource: path}.String()
}

// answer encodes what has a JSON form of its own.
func answer(v any) (*op.Response, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return &op.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}, nil
}
