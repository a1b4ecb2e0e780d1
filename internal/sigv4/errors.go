package sigv4

import (
	"fmt"
	"net/http"

	"hardpan/internal/awserr"
)

// Kind says which of AWS's answers a failed signature gets. The code differs
// between the query protocol (IAM, STS) and the JSON protocols.
type Kind int

const (
	// Missing means that the request carries no signature at all.
	Missing Kind = iota
	// Incomplete means that there is one, but it cannot be read.
	Incomplete
	// Mismatch covers everything that was read and is wrong: signature, scope, date.
	Mismatch
)

// Error is a request whose signature is not accepted. Message is AWS's text and
// safe to show; Detail is for the log and never holds a secret.
type Error struct {
	Kind    Kind
	Message string
	Detail  string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Message
	}
	return e.Message + " (" + e.Detail + ")"
}

// AWS returns e as the protocol at hand spells it: json is true for restJson1 and
// awsJson services, false for the query protocol. Every one of them is a 403
// (codes of the table "SigV4 verification"; all but the key errors from memory).
func (e *Error) AWS(json bool) *awserr.Error {
	code, message := [...]string{
		Missing: "MissingAuthenticationToken", Incomplete: "IncompleteSignature", Mismatch: "SignatureDoesNotMatch",
	}[e.Kind], e.Message
	if json {
		code = [...]string{
			Missing: "MissingAuthenticationTokenException", Incomplete: "IncompleteSignatureException", Mismatch: "InvalidSignatureException",
		}[e.Kind]
	} else if e.Kind == Missing {
		message = "Request is missing Authentication Token"
	}
	out := awserr.New(code, http.StatusForbidden, "%s", message)
	if e.Detail != "" {
		out = out.Because(fmt.Errorf("verifying signature: %s", e.Detail))
	}
	return out
}

func errMissing() *Error { return &Error{Kind: Missing, Message: "Missing Authentication Token"} }

func incomplete(format string, args ...any) *Error {
	return &Error{Kind: Incomplete, Message: fmt.Sprintf(format, args...)}
}

func mismatch(format string, args ...any) *Error {
	return &Error{Kind: Mismatch, Message: fmt.Sprintf(format, args...)}
}

const textMismatch = "The request signature we calculated does not match the signature you provided. " +
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

// doesNotMatch is AWS's answer to a wrong signature; why stays in the log.
func doesNotMatch(why string) *Error {
	return &Error{Kind: Mismatch, Message: textMismatch, Detail: why}
}
