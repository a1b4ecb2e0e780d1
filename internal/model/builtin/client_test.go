package builtin

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"go.uber.org/goleak"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

const (
	haiku = "anthropic.claude-3-5-haiku-20241022-v1:0"
	titan = "amazon.titan-embed-text-v2:0"
	micro = "amazon.nova-micro-v1:0"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// door carries the SDK's requests straight to a backend, as the real door does
// after its checks.
type door struct {
	backend *Backend
	answer  *model.Answer // the last
}

var operations = map[string]string{
	"converse": "Converse", "converse-stream": "ConverseStream", "invoke": "InvokeModel",
	"invoke-with-response-stream": "InvokeModelWithResponseStream", "count-tokens": "CountTokens",
}

func (d *door) RoundTrip(req *http.Request) (*http.Response, error) {
	parts := strings.Split(strings.TrimPrefix(req.URL.EscapedPath(), "/model/"), "/")
	id, err := url.PathUnescape(parts[0])
	if err != nil {
		return nil, err
	}
	var body []byte
	if req.Body != nil {
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	answer, err := d.backend.Answer(req.Context(), &model.Call{
		Operation: operations[parts[1]], ModelID: id, Named: id, Region: "us-west-2", Header: req.Header, Body: body,
	})
	if err != nil {
		e := rest.Error(awserr.From(err))
		return &http.Response{StatusCode: e.Status, Header: e.Header, Body: io.NopCloser(bytes.NewReader(e.Body)), Request: req}, nil
	}
	d.answer = answer
	return &http.Response{StatusCode: answer.Status, Header: answer.Header, Body: answer.Body, Request: req}, nil
}

// client is a real SDK client whose wire ends in the backend.
func client(t *testing.T, o Options) (*bedrockruntime.Client, *door) {
	t.Helper()
	d := &door{backend: New(o)}
	return bedrockruntime.New(bedrockruntime.Options{
		Region:           "us-west-2",
		Credentials:      credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "not-a-secret", ""),
		HTTPClient:       &http.Client{Transport: d},
		RetryMaxAttempts: 1,
	}), d
}

// wantError checks an API error's code and a part of its message.
func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if err == nil || !asError(err, &api) {
		t.Fatalf("error %v, want %s: %s", err, code, message)
	}
	if api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), message) {
		t.Errorf("%s: %s\nwant %s: %s", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
}

// invokeBody calls InvokeModel with a body and returns the answer's.
func invokeBody(t *testing.T, c *bedrockruntime.Client, id, body string) (string, error) {
	t.Helper()
	out, err := c.InvokeModel(context.Background(), &bedrockruntime.InvokeModelInput{
		ModelId: aws.String(id), Body: []byte(body), ContentType: aws.String("application/json"),
	})
	if err != nil {
		return "", err
	}
	return string(out.Body), nil
}

// tokens is what the last answer used; it is known when that was read.
func (d *door) tokens() usage.Tokens {
	tokens, _ := d.answer.Usage()
	return tokens
}
