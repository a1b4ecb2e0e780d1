// Package awserr is the one shape in which Hardpan tells a caller what went wrong.
//
// An [Error] carries what AWS would put on the wire (a code, a status, a
// message) and, apart from it, the cause that only operators may see. The
// protocols in internal/wire turn it into bytes; nothing else does.
package awserr

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is a failure as a caller sees it.
type Error struct {
	Code    string // AWS's name, e.g. "ValidationException" or "NoSuchEntity"
	Status  int    // HTTP status
	Message string // for the caller: never a secret, never another account's data

	// Authorizer marks an answer of AWS's front end (denials and API-key
	// failures): its JSON body spells "Message" with a capital M and its error
	// type carries the coral suffix. Observed on Amazon Bedrock.
	Authorizer bool

	// DecisionID names the decision record that explains a denial, or is empty.
	DecisionID string

	// RetryAfter is the Retry-After header of the answer as a model backend's
	// server gave it, or empty.
	RetryAfter string

	cause error
}

// Error implements error. It is for logs and tests; the wire has its own forms.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.cause)
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause that is kept from callers.
func (e *Error) Unwrap() error { return e.cause }

// Because returns a copy of e that remembers cause for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// New makes an error with an explicit HTTP status.
func New(code string, status int, format string, args ...any) *Error {
	return &Error{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

// Validation is the 400 of the JSON services (bedrock, bedrock-runtime).
func Validation(format string, args ...any) *Error {
	return New("ValidationException", http.StatusBadRequest, format, args...)
}

// NotFound is the 404 of the JSON services.
func NotFound(format string, args ...any) *Error {
	return New("ResourceNotFoundException", http.StatusNotFound, format, args...)
}

// Internal hides cause behind AWS's 500. The caller learns nothing but that it was us.
func Internal(cause error) *Error {
	return &Error{
		Code: "InternalServerException", Status: http.StatusInternalServerError,
		Message: "The server encountered an internal error while processing the request.", cause: cause,
	}
}

// From returns err as an *Error; anything that is not one becomes [Internal].
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Internal(err)
}
