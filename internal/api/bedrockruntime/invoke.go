package bedrockruntime

import (
	"context"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"

	"hardpan/internal/awserr"
	"hardpan/internal/invocation"
	"hardpan/internal/op"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/schemas"
)

var (
	_ = call(smithy.NewOperationSchema(schemas.InvokeModel, schemas.InvokeModelRequest, schemas.InvokeModelResponse), invocation.InvokeModel)
	_ = call(smithy.NewOperationSchema(schemas.InvokeModelWithResponseStream, schemas.InvokeModelWithResponseStreamRequest, schemas.InvokeModelWithResponseStreamResponse), invocation.InvokeModelStream)
	_ = call(smithy.NewOperationSchema(schemas.Converse, schemas.ConverseRequest, schemas.ConverseResponse), invocation.InvokeModel)
	_ = call(smithy.NewOperationSchema(schemas.ConverseStream, schemas.ConverseStreamRequest, schemas.ConverseStreamResponse), invocation.InvokeModelStream)
	_ = call(smithy.NewOperationSchema(schemas.CountTokens, schemas.CountTokensRequest, schemas.CountTokensResponse), invocation.CountTokens)
)

// call declares one model operation: all five are the same shape.
func call(schema *smithy.OperationSchema, action string) *op.Operation { //nolint:unparam // called for what it adds to table
	name := schema.ID().Name
	return op.AddRaw(&table, name, func(s *Service, c *op.Call) (*op.Prepared, error) {
		t, err := resolve(c, c.Labels["modelId"])
		if err != nil {
			return nil, err
		}
		c.Record.Named, c.Record.Profile, c.Record.Regions = c.Labels["modelId"], t.Profile, t.Regions
		return &op.Prepared{Checks: t.needs(c, action, s.chooses(c)), Run: func(ctx context.Context) (*op.Response, error) {
			routed := t.routed()
			c.Record.Regions = routed.Regions
			body, err := s.refuse(c, routed, name)
			if err != nil {
				return nil, err
			}
			return s.answer(ctx, c, t, routed, body)
		}}, nil
	}, op.Rule[op.Raw]{Action: action, Access: op.Read, Schema: schema})
}

// chooses reports whether a call is routed among the destinations that its caller
// may use.
func (s *Service) chooses(c *op.Call) bool {
	return s.AllowedDestinations != nil && s.AllowedDestinations(c.Account, c.Caller.EntityARN)
}

// refuse is what AWS checks after authorization. It returns what the body says.
func (s *Service) refuse(c *op.Call, t *invocation.Target, operation string) (*body, error) {
	if err := refusal(t.OnDemand()); err != nil {
		return nil, err
	}
	if s.EnforceLifecycle && t.Model.EndOfLife {
		return nil, awserr.NotFound("This model version has reached the end of its life. Use another version of the model.") // from memory
	}
	if err := refuseHeaderControls(c.Header); err != nil {
		return nil, err
	}
	body, err := readBody(operation, c.Body)
	if err == nil && strings.HasPrefix(operation, "Converse") {
		err = refuseBodyControls(body.fields)
	}
	return body, err
}

// modelHeaders returns the headers of a request that are meant for the model.
func modelHeaders(h http.Header) http.Header {
	out := http.Header{}
	for name, values := range h {
		if name == "Content-Type" || name == "Accept" || strings.HasPrefix(name, "X-Amzn-Bedrock-") {
			out[name] = values
		}
	}
	return out
}
