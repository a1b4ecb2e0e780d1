package op

import (
	"net/http"

	"github.com/aws/smithy-go"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/query"
	"hardpan/internal/wire/rest"
)

// Protocol is one of AWS's wire protocols.
type Protocol int

// The protocols that Hardpan speaks.
const (
	RestJSON Protocol = iota // restJson1
	Query                    // awsQuery: form in, XML out
)

// codec turns one operation's bytes into its structs and back.
type codec struct {
	decode func(c *Call, in any) error
	encode func(c *Call, out any) (*Response, error)
}

func (p Protocol) codec(api *API, o *Operation, schema *smithy.OperationSchema) codec {
	if p == Query {
		return codec{
			decode: func(c *Call, in any) error { return query.Decode(c.Form, in) },
			encode: func(c *Call, out any) (*Response, error) {
				body, err := query.Encode(o.Name, api.Namespace, c.ID, out)
				if err != nil {
					return nil, err
				}
				return &Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: body}, nil
			},
		}
	}
	return codec{
		decode: func(c *Call, in any) error {
			return rest.Decode(schema, &rest.Request{Labels: c.Labels, Query: c.Query, Header: c.Header, Body: c.Body}, in)
		},
		encode: func(c *Call, out any) (*Response, error) {
			r, err := rest.Encode(schema, out)
			if err != nil {
				return nil, err
			}
			return &Response{Status: r.Status, Header: r.Header, Body: r.Body}, nil
		},
	}
}

// Error encodes e as the API's protocol does.
func (a *API) Error(requestID string, e *awserr.Error) *Response {
	if a.Protocol == Query {
		return &Response{
			Status: e.Status, Header: http.Header{"Content-Type": {"text/xml"}},
			Body: query.Error(a.Namespace, requestID, e),
		}
	}
	r := rest.Error(e)
	return &Response{Status: r.Status, Header: r.Header, Body: r.Body}
}

// NotBuilt says that AWS has the operation and Hardpan does not, yet.
func NotBuilt(o *Operation) *awserr.Error {
	return awserr.New("NotImplemented", http.StatusNotImplemented,
		"%s of %s is not built in this release of Hardpan. doc/operations.md lists what is.", o.Name, o.API.Title)
}
