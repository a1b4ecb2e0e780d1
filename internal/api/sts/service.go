// Package sts is the AWS Security Token Service API: who am I, and temporary
// credentials. What it hands out is stored nowhere; it is sealed in the session
// token itself, so every node of an installation honours it at once.
package sts

import (
	"net/http"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/oidc"
	"hardpan/internal/op"
	"hardpan/internal/seal"
	"hardpan/internal/store"
)

var api = &op.API{
	Name: "sts", Title: "AWS Security Token Service", SigningName: "sts", EventSource: "sts.amazonaws.com",
	Protocol: op.Query, Namespace: "https://sts.amazonaws.com/doc/2011-06-15/", Version: "2011-06-15",
}

var table = op.Table{API: api}

// Service carries out the API's operations.
type Service struct {
	DB        *store.DB
	Box       *seal.Box        // seals session tokens
	Web       *oidc.Verifier   // verifies the tokens of outside identity providers
	Decisions *audit.Decisions // what DecodeAuthorizationMessage reads
	Now       func() time.Time
}

// Table returns the API's operations, built and unbuilt.
func Table() *op.Table {
	table.Complete(awsOperations)
	return &table
}

// invalid is STS's 400 for a parameter that breaks a rule.
func invalid(format string, args ...any) *awserr.Error {
	return awserr.New("ValidationError", http.StatusBadRequest, format, args...)
}

// denied is a refusal that no policy decided.
func denied(format string, args ...any) *awserr.Error {
	return awserr.New("AccessDenied", http.StatusForbidden, format, args...)
}

// notFederated refuses what federated users cannot do whatever their policies
// say: they call no STS operation but GetCallerIdentity. Source: STS API
// Reference, GetFederationToken; the words are from memory.
func notFederated(c *op.Call, operation string) error {
	if c.Caller.Kind == identity.FederatedUser {
		return denied("Cannot call %s with federation credentials", operation)
	}
	return nil
}
