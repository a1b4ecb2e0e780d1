package bedrockruntime

import (
	"context"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"

	"hardpan/internal/awserr"
	"hardpan/internal/op"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/schemas"
)

// The actions of Bedrock's Service Authorization Reference. There are none
// named Converse or ConverseStream.
const (
	invokeModel       = "bedrock:InvokeModel"
	invokeModelStream = "bedrock:InvokeModelWithResponseStream"
	countTokens       = "bedrock:CountTokens"
)

var (
	_ = call(smithy.NewOperationSchema(schemas.InvokeModel, schemas.InvokeModelRequest, schemas.InvokeModelResponse), invokeModel)
	_ = call(smithy.NewOperationSchema(schemas.InvokeModelWithResponseStream, schemas.InvokeModelWithResponseStreamRequest, schemas.InvokeModelWithResponseStreamResponse), invokeModelStream)
	_ = call(smithy.NewOperationSchema(schemas.Converse, schemas.ConverseRequest, schemas.ConverseResponse), invokeModel)
	_ = call(smithy.NewOperationSchema(schemas.ConverseStream, schemas.ConverseStreamRequest, schemas.ConverseStreamResponse), invokeModelStream)
	_ = call(smithy.NewOperationSchema(schemas.CountTokens, schemas.CountTokensRequest, schemas.CountTokensResponse), countTokens)
)

// call declares one model operation: all five are the same shape.
func call(schema *smithy.OperationSchema, action string) *op.Operation {
	name := schema.ID().Name
	return op.AddRaw(&table, name, func(s *Service, c *op.Call) (*op.Prepared, error) {
		t, err := resolve(c, c.Labels["modelId"])
		if err != nil {
			return nil, err
		}
		c.Record.Named, c.Record.Profile, c.Record.Regions = t.named, t.profile, t.regions
		checks := t.checks(c, action)
		if action == countTokens { // its one resource type is foundation-model
			checks = t.modelChecks(c, action)
		}
		return &op.Prepared{Checks: checks, Run: func(ctx context.Context) (*op.Response, error) {
			if err := s.refuse(c, t, name); err != nil {
				return nil, err
			}
			return s.answer(ctx, c, t)
		}}, nil
	}, op.Rule[op.Raw]{Action: action, Access: op.Read, Schema: schema})
}

// refuse is what AWS checks after authorization.
func (s *Service) refuse(c *op.Call, t *target, operation string) error {
	if err := t.onDemand(c); err != nil {
		return err
	}
	if s.EnforceLifecycle && t.model.EndOfLife {
		return awserr.NotFound("This model version has reached the end of its life. Use another version of the model.") // from memory
	}
	if err := refuseHeaderControls(c.Header); err != nil {
		return err
	}
	if strings.HasPrefix(operation, "Converse") {
		return refuseBodyControls(c)
	}
	return nil
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
