package rest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"
	"github.com/google/go-cmp/cmp"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/golden"
	"hardpan/internal/wire/rest"
)

// runtimeOps are the operations of Bedrock Runtime whose bodies are not streams.
var runtimeOps = map[string]*smithy.OperationSchema{
	"ApplyGuardrail":        smithy.NewOperationSchema(schemas.ApplyGuardrail, schemas.ApplyGuardrailRequest, schemas.ApplyGuardrailResponse),
	"Converse":              converse,
	"CountTokens":           smithy.NewOperationSchema(schemas.CountTokens, schemas.CountTokensRequest, schemas.CountTokensResponse),
	"GetAsyncInvoke":        smithy.NewOperationSchema(schemas.GetAsyncInvoke, schemas.GetAsyncInvokeRequest, schemas.GetAsyncInvokeResponse),
	"InvokeGuardrailChecks": smithy.NewOperationSchema(schemas.InvokeGuardrailChecks, schemas.InvokeGuardrailChecksRequest, schemas.InvokeGuardrailChecksResponse),
	"InvokeModel":           invoke,
	"ListAsyncInvokes":      smithy.NewOperationSchema(schemas.ListAsyncInvokes, schemas.ListAsyncInvokesRequest, schemas.ListAsyncInvokesResponse),
	"StartAsyncInvoke":      smithy.NewOperationSchema(schemas.StartAsyncInvoke, schemas.StartAsyncInvokeRequest, schemas.StartAsyncInvokeResponse),
}

// controlOps are operations of Bedrock's control plane, whose module has no schemas.
var controlOps = map[string]*smithy.OperationSchema{
	"ListFoundationModels": rest.Operation("ListFoundationModels", "GET", "/foundation-models", 200,
		bedrock.ListFoundationModelsInput{}, bedrock.ListFoundationModelsOutput{}),
	"GetFoundationModel": rest.Operation("GetFoundationModel", "GET", "/foundation-models/{modelIdentifier}", 200,
		bedrock.GetFoundationModelInput{}, bedrock.GetFoundationModelOutput{}),
	"GetFoundationModelAvailability": rest.Operation("GetFoundationModelAvailability", "GET", "/foundation-model-availability/{modelId}", 200,
		bedrock.GetFoundationModelAvailabilityInput{}, bedrock.GetFoundationModelAvailabilityOutput{}),
	"CreateInferenceProfile": rest.Operation("CreateInferenceProfile", "POST", "/inference-profiles", 201,
		bedrock.CreateInferenceProfileInput{}, bedrock.CreateInferenceProfileOutput{}),
	"GetInferenceProfile": rest.Operation("GetInferenceProfile", "GET", "/inference-profiles/{inferenceProfileIdentifier}", 200,
		bedrock.GetInferenceProfileInput{}, bedrock.GetInferenceProfileOutput{}),
	"ListInferenceProfiles": listProfiles,
	"DeleteInferenceProfile": rest.Operation("DeleteInferenceProfile", "DELETE", "/inference-profiles/{inferenceProfileIdentifier}", 200,
		bedrock.DeleteInferenceProfileInput{}, bedrock.DeleteInferenceProfileOutput{}),
	"TagResource": rest.Operation("TagResource", "POST", "/tagResource", 200,
		bedrock.TagResourceInput{}, bedrock.TagResourceOutput{}),
	"UntagResource": rest.Operation("UntagResource", "POST", "/untagResource", 200,
		bedrock.UntagResourceInput{}, bedrock.UntagResourceOutput{}),
	"ListTagsForResource": rest.Operation("ListTagsForResource", "POST", "/listTagsForResource", 200,
		bedrock.ListTagsForResourceInput{}, bedrock.ListTagsForResourceOutput{}),
	"GetModelInvocationLoggingConfiguration": rest.Operation("GetModelInvocationLoggingConfiguration", "GET", "/logging/modelinvocations", 200,
		bedrock.GetModelInvocationLoggingConfigurationInput{}, bedrock.GetModelInvocationLoggingConfigurationOutput{}),
	"PutModelInvocationLoggingConfiguration": rest.Operation("PutModelInvocationLoggingConfiguration", "PUT", "/logging/modelinvocations", 200,
		bedrock.PutModelInvocationLoggingConfigurationInput{}, bedrock.PutModelInvocationLoggingConfigurationOutput{}),
}

// client is one of the SDK's own, with a transport that goes nowhere.
type client struct {
	http *golden.Transport
	ops  map[string]golden.Operation
}

func newClient(build func(aws.Config) any) client {
	h := &golden.Transport{}
	c := client{h, map[string]golden.Operation{}}
	for _, op := range golden.Operations(build(aws.Config{
		Region: "us-west-2", HTTPClient: h, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
	})) {
		c.ops[op.Name] = op
	}
	return c
}

func runtimeClient() client {
	return newClient(func(c aws.Config) any { return bedrockruntime.NewFromConfig(c) })
}

func controlClient() client {
	return newClient(func(c aws.Config) any { return bedrock.NewFromConfig(c) })
}

// send lets the client make a request of in, and returns it as a server sees it.
func (c client) send(t *testing.T, op string, schema *smithy.OperationSchema, in any) *rest.Request {
	t.Helper()
	c.http.Answer = func() *http.Response { return golden.Answer(200, http.Header{}, []byte("{}")) }
	if _, err := c.ops[op].Call(t, in); err != nil {
		t.Fatalf("%s: the SDK does not send it: %v", op, err)
	}
	u := c.http.Sent.URL
	return asRequest(t, schema, u.EscapedPath(), u.Query(), c.http.Sent.Header, c.http.Body)
}

// asRequest finds the labels of a path.
func asRequest(t *testing.T, schema *smithy.OperationSchema, path string, query url.Values, header http.Header, body []byte) *rest.Request {
	t.Helper()
	route, _ := smithy.SchemaTrait[*traits.HTTP](schema.Schema)
	pattern, parts := strings.Split(route.URI, "/"), strings.Split(path, "/")
	if len(pattern) != len(parts) {
		t.Fatalf("the path %s is not of %s", path, route.URI)
	}
	labels := map[string]string{}
	for i, p := range pattern {
		text, err := url.PathUnescape(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutPrefix(p, "{"); ok {
			labels[strings.TrimSuffix(name, "}")] = text
		} else if text != p {
			t.Fatalf("the path %s is not of %s", path, route.URI)
		}
	}
	return &rest.Request{Labels: labels, Query: query, Header: header, Body: body}
}

func TestGoldenRequestsRoundTrip(t *testing.T) {
	c, n := runtimeClient(), 0
	for _, r := range golden.Requests(t, "bedrockruntime") {
		schema := runtimeOps[r.Operation]
		in := reflect.New(c.ops[r.Operation].In).Interface()
		want := asRequest(t, schema, r.Path, r.Query, r.Header, r.Body)
		if err := rest.Decode(schema, want, in); err != nil {
			t.Errorf("%s: %v", r.Operation, err)
			continue
		}
		got := c.send(t, r.Operation, schema, in)
		for name := range r.Header {
			if diff := cmp.Diff(r.Header.Values(name), got.Header.Values(name)); diff != "" {
				t.Errorf("%s: header %s\n%s", r.Operation, name, diff)
			}
		}
		diff := cmp.Diff(want.Labels, got.Labels) + cmp.Diff(want.Query, got.Query) + cmp.Diff(value(t, want.Body), value(t, got.Body))
		if diff != "" {
			t.Errorf("%s (-golden +again)\n%s", r.Operation, diff)
			continue
		}
		n++
	}
	t.Logf("bedrockruntime: %d golden requests decode and come out again", n)
	if n < 8 {
		t.Errorf("%d golden requests, want at least 8", n)
	}
}

func TestGoldenResponsesRoundTrip(t *testing.T) {
	c, answers, errs := runtimeClient(), 0, 0
	for _, r := range golden.Responses(t, "bedrockruntime") {
		if r.Status >= 300 {
			if sameError(t, c, r) {
				errs++
			}
			continue
		}
		op := c.ops[r.Operation]
		want := c.receive(t, op, golden.Answer(r.Status, r.Header, r.Body))
		encoded, err := rest.Encode(runtimeOps[r.Operation], want)
		if err != nil {
			t.Errorf("%s: %v", r.Operation, err)
			continue
		}
		if encoded.Status != r.Status {
			t.Errorf("%s: status %d, want %d", r.Operation, encoded.Status, r.Status)
		}
		got := c.receive(t, op, golden.Answer(encoded.Status, encoded.Header, encoded.Body))
		if diff := diff(want, got) + cmp.Diff(value(t, r.Body), value(t, encoded.Body)); diff != "" {
			t.Errorf("%s (-golden +again)\n%s", r.Operation, diff)
			continue
		}
		answers++
	}
	t.Logf("bedrockruntime: %d golden responses and %d golden errors are encoded as AWS does", answers, errs)
	if answers < 8 || errs < 11 {
		t.Errorf("%d responses and %d errors, want at least 8 and 11", answers, errs)
	}
}

// sameError compares what the SDK makes of the golden error and of ours.
func sameError(t *testing.T, c client, r golden.Response) bool {
	t.Helper()
	var modelled struct{ Message string }
	if err := json.Unmarshal(r.Body, &modelled); err != nil {
		t.Fatal(err)
	}
	ours := rest.Error(awserr.New(r.Operation, r.Status, "%s", modelled.Message))
	want := c.fail(t, golden.Answer(r.Status, r.Header, r.Body))
	got := c.fail(t, golden.Answer(ours.Status, ours.Header, ours.Body))
	if want.ErrorCode() != got.ErrorCode() || want.ErrorMessage() != got.ErrorMessage() || reflect.TypeOf(want) != reflect.TypeOf(got) {
		t.Errorf("%s: the SDK reads %T %v, want %T %v", r.Operation, got, got, want, want)
		return false
	}
	return true
}

// Every output of Bedrock's control plane is filled, encoded, and read by the
// SDK's client; every input is filled, sent by it, and decoded.
func TestOperationsWithoutSchemasAgainstTheSDK(t *testing.T) {
	c, n := controlClient(), 0
	for name, schema := range controlOps {
		op := c.ops[name]
		filler := &golden.Filler{Union: oneMember}
		in, out := reflect.New(op.In).Interface(), reflect.New(op.Out).Interface()
		filler.Fill(in)
		filler.Fill(out)
		decoded := reflect.New(op.In).Interface()
		if err := rest.Decode(schema, c.send(t, name, schema, in), decoded); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		encoded, err := rest.Encode(schema, out)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := c.receiveFor(t, op, in, golden.Answer(encoded.Status, encoded.Header, encoded.Body))
		if diff := golden.Diff(in, decoded) + golden.Diff(out, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s\n%s", name, diff, encoded.Body)
			continue
		}
		n++
	}
	t.Logf("bedrock: %d operations without schemas agree with the SDK both ways", n)
	if n < len(controlOps) {
		t.Errorf("%d of %d operations agree", n, len(controlOps))
	}
}

// Every input and output of Bedrock Runtime is filled and compared both ways.
func TestOperationsWithSchemasAgainstTheSDK(t *testing.T) {
	c, n := runtimeClient(), 0
	for name, schema := range runtimeOps {
		op := c.ops[name]
		filler := &golden.Filler{Union: oneMember}
		in, out := reflect.New(op.In).Interface(), reflect.New(op.Out).Interface()
		filler.Fill(in)
		filler.Fill(out)
		sent := c.send(t, name, schema, in)
		decoded := reflect.New(op.In).Interface()
		if err := rest.Decode(schema, sent, decoded); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		encoded, err := rest.Encode(schema, out)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := c.receiveFor(t, op, in, golden.Answer(encoded.Status, encoded.Header, encoded.Body))
		if diff := diff(in, decoded) + diff(out, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
			continue
		}
		n++
	}
	t.Logf("bedrockruntime: %d operations with schemas agree with the SDK both ways", n)
	if n < len(runtimeOps) {
		t.Errorf("%d of %d operations agree", n, len(runtimeOps))
	}
}

func (c client) receive(t *testing.T, op golden.Operation, res *http.Response) any {
	t.Helper()
	in := reflect.New(op.In).Interface()
	(&golden.Filler{Union: oneMember}).Fill(in)
	return c.receiveFor(t, op, in, res)
}

func (c client) receiveFor(t *testing.T, op golden.Operation, in any, res *http.Response) any {
	t.Helper()
	c.http.Answer = func() *http.Response { return res }
	out, err := op.Call(t, in)
	if err != nil {
		t.Fatalf("%s: the SDK does not read it: %v", op.Name, err)
	}
	return out
}

func (c client) fail(t *testing.T, res *http.Response) smithy.APIError {
	t.Helper()
	return c.failWith(t, "InvokeModel", &bedrockruntime.InvokeModelInput{ModelId: aws.String("m"), Body: []byte("{}")}, res)
}

func (c client) failWith(t *testing.T, op string, in any, res *http.Response) smithy.APIError {
	t.Helper()
	c.http.Answer = func() *http.Response { return res }
	_, err := c.ops[op].Call(t, in)
	var e smithy.APIError
	if !errors.As(err, &e) {
		t.Fatal("the SDK reads no error")
	}
	return e
}

func oneMember(t reflect.Type) any {
	switch t {
	case reflect.TypeFor[document.Interface]():
		return document.NewLazyDocument(map[string]any{"k": []any{1, "two", nil, true, 2.5}})
	case reflect.TypeFor[types.SystemContentBlock]():
		return &types.SystemContentBlockMemberText{Value: "be kind"}
	case reflect.TypeFor[types.PromptVariableValues]():
		return &types.PromptVariableValuesMemberText{Value: "x"}
	case reflect.TypeFor[types.ContentBlock]():
		return &types.ContentBlockMemberText{Value: "hello"}
	case reflect.TypeFor[types.CountTokensInput]():
		return &types.CountTokensInputMemberInvokeModel{Value: types.InvokeModelTokensRequest{Body: []byte("{}")}}
	case reflect.TypeFor[types.GuardrailContentBlock]():
		return &types.GuardrailContentBlockMemberText{Value: types.GuardrailTextBlock{Text: aws.String("x")}}
	case reflect.TypeFor[types.GuardrailChecksContentBlock]():
		return &types.GuardrailChecksContentBlockMemberText{Value: "x"}
	case reflect.TypeFor[types.GuardrailAutomatedReasoningFinding]():
		return &types.GuardrailAutomatedReasoningFindingMemberTooComplex{}
	case reflect.TypeFor[types.AsyncInvokeOutputDataConfig]():
		return &types.AsyncInvokeOutputDataConfigMemberS3OutputDataConfig{Value: types.AsyncInvokeS3OutputDataConfig{S3Uri: aws.String("s3://b")}}
	case reflect.TypeFor[types.ConverseOutput]():
		return &types.ConverseOutputMemberMessage{Value: types.Message{Role: "assistant", Content: []types.ContentBlock{}}}
	case reflect.TypeFor[types.Tool]():
		return &types.ToolMemberToolSpec{Value: types.ToolSpecification{
			Name:        aws.String("f"),
			InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(map[string]any{"enum": []any{nil}})},
		}}
	case reflect.TypeFor[types.ToolChoice]():
		return &types.ToolChoiceMemberAuto{}
	case reflect.TypeFor[types.OutputFormatStructure]():
		return &types.OutputFormatStructureMemberJsonSchema{Value: types.JsonSchemaDefinition{Schema: aws.String("{}")}}
	case reflect.TypeFor[bedrocktypes.InferenceProfileModelSource]():
		return &bedrocktypes.InferenceProfileModelSourceMemberCopyFrom{Value: "arn"}
	}
	return nil
}

// diff compares SDK structs; documents by what they hold.
func diff(want, got any) string {
	text := func(doc document.Interface) string {
		if doc == nil {
			return ""
		}
		b, err := doc.MarshalSmithyDocument()
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	return golden.Diff(want, got, cmp.Transformer("document", text))
}

// value is what JSON means, numbers kept as written; other bytes are a string.
func value(t *testing.T, body []byte) any {
	t.Helper()
	var v any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return string(body)
	}
	return v
}
