package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/aws/smithy-go"

	"hardpan/internal/awserr"
)

// The type suffix of what AWS's front end answers, observed on Amazon Bedrock.
const authorizerSuffix = ":http://internal.amazon.com/coral/com.amazon.coral.service/"

// Error encodes e. What AWS's authorizer says spells its member "Message" and
// its type has the coral suffix; all else is {"message": …}. The cause of e is
// not written.
func Error(e *awserr.Error) *Response {
	member, kind := "message", e.Code
	if e.Authorizer {
		member, kind = "Message", e.Code+authorizerSuffix
	}
	header := http.Header{"Content-Type": {jsonType}, "X-Amzn-Errortype": {kind}}
	if e.RetryAfter != "" {
		header["Retry-After"] = []string{e.RetryAfter}
		header["X-Amz-Retry-After"] = []string{e.RetryAfter + "000"} // in ms; what AWS's SDKs of 2026 wait for
	}
	return &Response{Status: e.Status, Header: header, Body: message(member, e.Message)}
}

// message writes {"member":"text"}; <, > and & stay as they are.
func message(member, text string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	b.WriteString(`{"` + member + `":`)
	if err := enc.Encode(text); err != nil { // a string always encodes
		panic(err)
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '}')
}

// plainCause leaves out the SDK's words around what went wrong.
func plainCause(err error) string {
	var d *smithy.DeserializationError
	if errors.As(err, &d) && d.Err != nil {
		return d.Err.Error()
	}
	return err.Error()
}
