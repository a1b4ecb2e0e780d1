// Package rest is AWS's restJson1 protocol, seen from the server: requests are
// decoded into the SDK's own input structs, and its output structs encoded.
//
// The rule: what the URL or a header carries is never read from the body. A
// body that names a label, query or header member has no say in it, so what is
// authorized is what is carried out.
//
// The SDK's client code does the work, turned around: a request body is what
// its response reader reads, an answer what its request writer writes. Where an
// SDK module exports schemas they are used as they are; where it does not,
// [Operation] derives them from the structs.
//
// The package knows JSON, HTTP bindings and the shape of errors. It knows
// nothing of routes, callers, permissions or any one operation; the list of
// union members in union.go is the one place that names SDK types.
package rest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http/protocol/restjson1"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const jsonType = "application/json"

var protocol = restjson1.New(nil)

// Request is a request whose route is known.
type Request struct {
	Labels map[string]string // path labels by member name, unescaped
	Query  url.Values
	Header http.Header
	Body   []byte
}

// Response is an answer for the wire. The caller adds the request id header.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Decode reads r into in, a pointer to the operation's input struct.
//
// Unknown members of the body are ignored, as AWS does. Malformed JSON, a
// member given twice, a value of the wrong type, text after the object and
// nesting deeper than [MaxDepth] are a SerializationException. Blob payloads
// are not copied: in keeps r.Body.
func Decode(op *smithy.OperationSchema, r *Request, in any) error {
	v := reflect.ValueOf(in).Elem()
	p := planFor(op, v.Type())
	if err := p.readBody(r, v); err != nil {
		return err
	}
	for i := range p.bound {
		if err := p.bound[i].read(r, v); err != nil {
			return err
		}
	}
	return nil
}

// readBody fills the members that the body carries.
func (p *plan) readBody(r *Request, v reflect.Value) error {
	if p.payload >= 0 {
		setPayload(v.Field(p.payload), r.Body)
		return nil
	}
	if len(p.body.Members()) == 0 || len(r.Body) == 0 {
		return nil
	}
	if err := checkJSON(r.Body); err != nil {
		return err
	}
	resp := &smithyhttp.Response{Response: &http.Response{
		StatusCode: http.StatusOK, ContentLength: int64(len(r.Body)),
		Body: io.NopCloser(bytes.NewReader(r.Body)),
	}}
	target := &structReader{schema: p.body, fields: p.fields, v: v}
	err := protocol.DeserializeResponse(context.Background(), p.request, nil, resp, target)
	if err != nil {
		return unreadable(target.at, err)
	}
	return nil
}

// Encode writes out, a pointer to the operation's output struct. The status is
// the operation's; an answer without members has the body {}.
func Encode(op *smithy.OperationSchema, out any) (*Response, error) {
	v := reflect.ValueOf(out).Elem()
	p := planFor(op, v.Type())
	req := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if err := protocol.SerializeRequest(context.Background(), p.response, p.serializable(out, v), req); err != nil {
		return nil, fmt.Errorf("encode the answer of %s: %w", op.ID().Name, err)
	}
	res := &Response{Status: p.status, Header: http.Header{}}
	for name, values := range req.Header {
		res.Header[http.CanonicalHeaderKey(name)] = values
	}
	if stream := req.GetStream(); stream != nil {
		body, err := io.ReadAll(stream)
		if err != nil {
			return nil, fmt.Errorf("encode the answer of %s: %w", op.ID().Name, err)
		}
		res.Body = body
	}
	if len(res.Body) == 0 && p.payload < 0 {
		res.Header.Set("Content-Type", jsonType)
		res.Body = []byte("{}")
	}
	return res, nil
}
