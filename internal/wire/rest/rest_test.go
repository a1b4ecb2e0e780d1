package rest_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/rest"
)

var (
	converse     = smithy.NewOperationSchema(schemas.Converse, schemas.ConverseRequest, schemas.ConverseResponse)
	invoke       = smithy.NewOperationSchema(schemas.InvokeModel, schemas.InvokeModelRequest, schemas.InvokeModelResponse)
	listProfiles = rest.Operation("ListInferenceProfiles", "GET", "/inference-profiles", 200,
		bedrock.ListInferenceProfilesInput{}, bedrock.ListInferenceProfilesOutput{}, rest.Query("typeEquals", "type"))
)

func TestDecodeReadsLabelQueryHeaderAndBody(t *testing.T) {
	var in bedrockruntime.ConverseInput
	decode(t, converse, &rest.Request{
		Labels: map[string]string{"modelId": "amazon.nova-lite-v1:0"},
		Body:   []byte(`{"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"maxTokens":7},"system":[{"text":"be kind"}],"additionalModelRequestFields":{"top_k":5}}`),
	}, &in)
	if *in.ModelId != "amazon.nova-lite-v1:0" || *in.InferenceConfig.MaxTokens != 7 {
		t.Errorf("got model %s and %d tokens", *in.ModelId, *in.InferenceConfig.MaxTokens)
	}
	if got := in.System[0].(*types.SystemContentBlockMemberText).Value; got != "be kind" {
		t.Errorf("system is %q", got)
	}
	var extra struct {
		TopK int `document:"top_k"`
	}
	if err := in.AdditionalModelRequestFields.UnmarshalSmithyDocument(&extra); err != nil || extra.TopK != 5 {
		t.Errorf("the document is %+v, %v", extra, err)
	}

	var list bedrock.ListInferenceProfilesInput
	decode(t, listProfiles, &rest.Request{Query: url.Values{"type": {"APPLICATION"}, "maxResults": {"9"}}}, &list)
	if list.TypeEquals != "APPLICATION" || *list.MaxResults != 9 {
		t.Errorf("got %+v", list)
	}
}

func TestInputsOfStreamingOperationsDecode(t *testing.T) {
	converseStream := smithy.NewOperationSchema(schemas.ConverseStream, schemas.ConverseStreamRequest, schemas.ConverseStreamResponse)
	var in bedrockruntime.ConverseStreamInput
	decode(t, converseStream, &rest.Request{
		Labels: map[string]string{"modelId": "m"},
		Body:   []byte(`{"messages":[],"system":[{"text":"be kind"}],"promptVariables":{"a":{"text":"b"}}}`),
	}, &in)
	if *in.ModelId != "m" || in.Messages == nil || len(in.System) != 1 || len(in.PromptVariables) != 1 {
		t.Errorf("got %+v", in)
	}
	invokeStream := smithy.NewOperationSchema(schemas.InvokeModelWithResponseStream,
		schemas.InvokeModelWithResponseStreamRequest, schemas.InvokeModelWithResponseStreamResponse)
	var raw bedrockruntime.InvokeModelWithResponseStreamInput
	decode(t, invokeStream, &rest.Request{Header: http.Header{"X-Amzn-Bedrock-Accept": {"a/b"}}, Body: []byte("x")}, &raw)
	if string(raw.Body) != "x" || *raw.Accept != "a/b" {
		t.Errorf("got %+v", raw)
	}
}

func TestBodyCannotSetWhatTheURLOrAHeaderCarries(t *testing.T) {
	var in bedrockruntime.ConverseInput
	decode(t, converse, &rest.Request{
		Labels: map[string]string{"modelId": "allowed"}, Body: []byte(`{"modelId":"other","messages":[]}`),
	}, &in)
	if *in.ModelId != "allowed" {
		t.Errorf("the body chose the model %s", *in.ModelId)
	}
	var none bedrockruntime.ConverseInput
	decode(t, converse, &rest.Request{Body: []byte(`{"modelId":"other"}`)}, &none)
	if none.ModelId != nil {
		t.Errorf("the body chose the model %s", *none.ModelId)
	}
}

func TestInvokeModelBodyStaysBytes(t *testing.T) {
	body := []byte(`{"not read":`)
	var in bedrockruntime.InvokeModelInput
	decode(t, invoke, &rest.Request{
		Labels: map[string]string{"modelId": "m"},
		Header: http.Header{"X-Amzn-Bedrock-Trace": {"ENABLED"}, "Content-Type": {"application/json"}}, Body: body,
	}, &in)
	if string(in.Body) != string(body) || in.Trace != "ENABLED" || *in.ContentType != "application/json" {
		t.Errorf("got %+v", in)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"cut short":         `{"messages":[`,
		"not an object":     `[]`,
		"trailing text":     `{} x`,
		"second object":     `{}{}`,
		"twice":             `{"messages":[],"messages":[]}`,
		"twice, escaped":    `{"messages":[],"mess\u0061ges":[]}`,
		"twice, nested":     `{"inferenceConfig":{"topP":1,"topP":0}}`,
		"twice, in unknown": `{"zzz":{"a":1,"a":2}}`,
		"wrong type":        `{"inferenceConfig":{"maxTokens":"many"}}`,
		"out of range":      `{"inferenceConfig":{"maxTokens":4294967296}}`,
		"fraction":          `{"inferenceConfig":{"maxTokens":1.5}}`,
		"list for object":   `{"inferenceConfig":[]}`,
		"null in list":      `{"messages":[null]}`,
		"two in union":      `{"messages":[{"role":"user","content":[{"text":"a","image":{"format":"png","source":{"bytes":""}}}]}]}`,
		"bad base64":        `{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"%%"}}}]}]}`,
		"leading zero":      `{"inferenceConfig":{"maxTokens":01}}`,
		"control character": "{\"a\":\"\x01\"}",
		"bad escape":        `{"a":"\x"}`,
		"not UTF-8":         "{\"a\":\"\xff\"}",
		"too deep":          `{"a":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`,
		"bare comma":        `{"a":1,}`,
	} {
		t.Run(name, func(t *testing.T) {
			var in bedrockruntime.ConverseInput
			err := rest.Decode(converse, &rest.Request{Body: []byte(body)}, &in)
			wantSerialization(t, err)
		})
	}
}

func TestDecodeRefusesAQueryValueOfTheWrongType(t *testing.T) {
	var in bedrock.ListInferenceProfilesInput
	err := rest.Decode(listProfiles, &rest.Request{Query: url.Values{"maxResults": {"many"}}}, &in)
	wantSerialization(t, err)
}

func TestErrorShapes(t *testing.T) {
	plain := rest.Error(awserr.Validation("a <b> \"c\""))
	if got := string(plain.Body); got != `{"message":"a <b> \"c\""}` {
		t.Errorf("body is %s", got)
	}
	if got := plain.Header.Get("x-amzn-ErrorType"); got != "ValidationException" || plain.Status != 400 {
		t.Errorf("type %q, status %d", got, plain.Status)
	}
	denial := awserr.New("AccessDeniedException", 403, "User: x")
	denial.Authorizer = true
	denied := rest.Error(denial)
	if got := string(denied.Body); got != `{"Message":"User: x"}` {
		t.Errorf("body is %s", got)
	}
	want := "AccessDeniedException:http://internal.amazon.com/coral/com.amazon.coral.service/"
	if got := denied.Header.Get("x-amzn-ErrorType"); got != want || denied.Status != 403 {
		t.Errorf("type %q, status %d", got, denied.Status)
	}
}

func TestOperationPanicsOnAnUnknownMember(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a binding of a member that is not there was taken")
		}
	}()
	rest.Operation("ListInferenceProfiles", "GET", "/inference-profiles", 200,
		bedrock.ListInferenceProfilesInput{}, bedrock.ListInferenceProfilesOutput{}, rest.Query("kind", "type"))
}

func decode(t *testing.T, op *smithy.OperationSchema, r *rest.Request, in any) {
	t.Helper()
	if err := rest.Decode(op, r, in); err != nil {
		t.Fatal(err)
	}
}

func wantSerialization(t *testing.T, err error) {
	t.Helper()
	var e *awserr.Error
	if !errors.As(err, &e) || e.Code != "SerializationException" || e.Status != 400 {
		t.Fatalf("got %v", err)
	}
	t.Log(e.Message)
}
