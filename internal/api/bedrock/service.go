// Package bedrock is the Amazon Bedrock control-plane API: which models and
// profiles there are. Its facts come from internal/catalog.
package bedrock

import "hardpan/internal/op"

var api = &op.API{
	Name: "bedrock", Title: "Amazon Bedrock", SigningName: "bedrock", Hosts: []string{"bedrock-fips"},
	EventSource: "bedrock.amazonaws.com", Protocol: op.RestJSON, Bearer: true,
}

var table = op.Table{API: api}

// Service carries out the API's operations.
type Service struct{}

// Table returns the API's operations, built and unbuilt.
func Table() *op.Table { return table.Complete(awsOperations) }
