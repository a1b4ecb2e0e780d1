// Package bedrockruntime is the Amazon Bedrock Runtime API: model calls.
//
// A model call stays bytes. Its identifier decides what must be allowed
// (internal/invocation), its top-level fields are scanned for controls that Hardpan does
// not apply (controls.go), and then a backend answers it (invoke.go). The
// package knows nothing of sockets or signatures, and the backends nothing of
// callers.
package bedrockruntime

import (
	"hardpan/internal/bodies"
	"hardpan/internal/ledger"
	"hardpan/internal/model"
	"hardpan/internal/op"
)

var api = &op.API{
	Name: "bedrock-runtime", Title: "Amazon Bedrock Runtime", SigningName: "bedrock",
	Hosts: []string{"bedrock-runtime-fips"}, EventSource: "bedrock.amazonaws.com",
	Protocol: op.RestJSON, Bearer: true,
}

var table = op.Table{API: api}

// Service carries out the API's operations.
type Service struct {
	Backends model.Routes   // which backend answers which model in which region
	Ledger   *ledger.Ledger // reserves before a call is forwarded, settles after

	// AllowedDestinations tells for which users and roles, given by ARN, a call
	// through a profile is routed only among the destinations that its caller may
	// use, and denied if there is none. For the others, or if it is nil, every
	// destination has to be allowed, as on AWS.
	AllowedDestinations func(account, principal string) bool

	// EnforceLifecycle refuses models that are past their end of life, as AWS
	// does. Off, the catalog's dates are only shown.
	EnforceLifecycle bool

	// Bodies takes what calls asked and were answered; nil: nothing of it is kept.
	Bodies *bodies.Shelf
}

// Table returns the API's operations, built and unbuilt.
func Table() *op.Table { return table.Complete(awsOperations) }
