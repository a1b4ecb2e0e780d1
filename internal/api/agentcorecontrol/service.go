// Package agentcorecontrol is the control plane of Amazon Bedrock AgentCore, as
// far as it is about tool gateways: gateways and their targets, policy engines
// and their policies, credential providers, resource policies, tags.
//
// Most changes take two steps, as with AWS: the operation writes the resource
// down in a state such as CREATING and answers; [Service.Settle] carries it to
// READY, ACTIVE or a failure. What is under way is part of the stored state, so
// that a restart, or another node, goes on with it.
//
// The package knows nothing of MCP and of how targets are reached: it asks a
// [Discoverer]. What a policy means it leaves to internal/cedar. Words of
// refusals are Hardpan's own where no answer of AWS was seen.
package agentcorecontrol

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/smithy-go"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/seal"
	"hardpan/internal/store"
)

var api = &op.API{
	Name: "bedrock-agentcore-control", Title: "Amazon Bedrock AgentCore Control", SigningName: "bedrock-agentcore",
	Hosts:       []string{"bedrock-agentcore-control-fips"},
	EventSource: "bedrock-agentcore.amazonaws.com", Protocol: op.RestJSON,
}

var table = op.Table{API: api}

// Table returns the API's operations, built and unbuilt.
func Table() *op.Table { return table.Complete(awsOperations) }

// schema describes an operation as the SDK's module does.
func schema(operation, in, out *smithy.Schema) *smithy.OperationSchema {
	return smithy.NewOperationSchema(operation, in, out)
}

// Discoverer asks targets what they serve.
type Discoverer interface {
	// Discover returns what a target serves. The text of the error is shown as the
	// target's status reason: it is for a person, and holds no secret.
	Discover(ctx context.Context, g *gateway.Gateway, t *gateway.Target) (*gateway.Offer, error)
}

// Options is what a [Service] is made of.
type Options struct {
	DB       *store.DB
	Box      *seal.Box  // seals API keys and client secrets
	Discover Discoverer // nil: targets that have to be asked fail, and say so

	// RefuseUnready refuses to attach an engine that the gateway's role cannot
	// ask, as AWS does since 2026. Otherwise it is attached, and the statusReasons
	// of the answer say what is missing.
	RefuseUnready bool

	GatewayURL func(g *gateway.Gateway) string // where clients reach a gateway
	Now        func() time.Time
	Log        *slog.Logger
}

// Service carries out the API's operations.
type Service struct {
	Options

	unsettled chan struct{} // holds a token while there may be something to settle
}

// New makes a service. Its Settle has to run for anything to become ready.
func New(o Options) *Service { return &Service{Options: o, unsettled: make(chan struct{}, 1)} }

// state is the caller's account as it is now.
func state(c *op.Call) (*identity.Snapshot, error) {
	s, ok := c.Directory.Account(c.Account)
	if !ok {
		return nil, awserr.Internal(fmt.Errorf("account %s of an authenticated caller is not in the directory", c.Account))
	}
	return s, nil
}

// write changes the caller's account, and has what is then under way settled.
func (s *Service) write(ctx context.Context, c *op.Call, fn func(*store.Tx) error) error {
	if err := s.DB.Write(ctx, c.Account, c.Time, fn); err != nil {
		return err
	}
	s.wake()
	return nil
}

// newMeta is what a resource begins with.
func newMeta(c *op.Call, within, id string, name, token *string, state string) gateway.Meta {
	m := gateway.Meta{
		Scope: identity.Scope{Partition: c.Partition, Account: c.Account}, Region: c.Region, Within: within,
		ID: id, Name: *name, State: state, Created: c.Time, Updated: c.Time,
	}
	if token != nil {
		m.Token = *token
	}
	return m
}

func conflict(format string, args ...any) error {
	return awserr.New("ConflictException", http.StatusConflict, format, args...)
}

func quota(format string, args ...any) error {
	return awserr.New("ServiceQuotaExceededException", http.StatusPaymentRequired, format, args...)
}

// notBuilt refuses something that AWS has and Hardpan does not apply.
func notBuilt(what string) error {
	return awserr.Validation("%s is not built in this release of Hardpan, and would have no effect. Leave it out.", what)
}
