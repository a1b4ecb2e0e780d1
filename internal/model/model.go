// Package model says what a model backend is: something that answers one
// Amazon Bedrock Runtime call, bytes in and bytes out.
//
// Backends know nothing of callers, policies or money. By the time a [Call]
// reaches one, it has been authenticated, authorized and reserved.
package model

import (
	"context"
	"io"
	"net/http"

	"hardpan/internal/usage"
)

// Call is one authorized model call, as the backend sees it.
type Call struct {
	Operation string      // "Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream", "CountTokens"
	ModelID   string      // the id to ask the backend for: the foundation model's, or what the route calls it there
	Model     string      // the foundation-model id, e.g. "amazon.titan-embed-text-v2:0": whose body this is; empty means ModelID
	Named     string      // the model, profile or ARN as the client named it, unescaped
	Region    string      // where it runs
	Header    http.Header // the client's model headers only: Content-Type, Accept, X-Amzn-Bedrock-*
	Body      []byte      // the request body exactly as the client sent it

	// BodySHA256 is the hex SHA-256 of Body where it is known already, from the
	// check of the client's signature; else "".
	BodySHA256 string
}

// Family is the foundation-model id whose body the call carries.
func (c *Call) Family() string {
	if c.Model != "" {
		return c.Model
	}
	return c.ModelID
}

// Answer is a backend's reply, ready for the wire. Its Body is read once, to
// the end or until the client leaves, and then closed by the caller.
type Answer struct {
	Status int         // HTTP status; 4xx and 5xx are upstream errors, passed as they are
	Header http.Header // end-to-end headers only
	Body   io.ReadCloser

	// Backend names the one that answered, where it is one of several; else empty.
	Backend string

	// Region is the region that really answered, or "unknown" when the backend
	// declares none.
	Region string

	// Usage returns what the call consumed, and whether the backend said so. It
	// is valid once Body returned io.EOF, or was closed, or Progress is not
	// Flowing any more.
	Usage func() (usage.Tokens, bool)

	// Progress says how far an event stream is; nil for other bodies.
	Progress func() Progress
}

// Progress is how far an event stream is.
type Progress uint8

// The states of an event stream.
const (
	Flowing Progress = iota
	Whole            // all that matters was read; only the end can follow
	Cut              // what was read ends with an exception: the answer is not complete
)

// Backend answers model calls. Implementations are safe for concurrent use.
// A failure before the first byte is an *awserr.Error; a failure after it ends
// Body with the modelled exception of the stream.
type Backend interface {
	Name() string
	Answer(ctx context.Context, call *Call) (*Answer, error)
}
