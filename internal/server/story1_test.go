package server_test

import (
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hardpan/internal/server"
)

// Story 1: a key that can call two models and nothing else. The policy is the
// published one, trap included: bedrock:CallWithBearerToken has no resource
// type, so naming it beside model ARNs does not grant it.
const twoModels = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AllowSpecificBedrockModels",
            "Effect": "Allow",
            "Action": [
                "bedrock:InvokeModel",
                "bedrock:InvokeModelWithResponseStream",
                "bedrock:CallWithBearerToken"
            ],
            "Resource": [
                "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0",
                "arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0"
            ]
        }
    ]
}`

func TestStory1WithAnAccessKey(t *testing.T) {
	w := start(t)
	foo := w.user("BedrockAPIKey-ab12", twoModels)
	me, err := w.sts(foo).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(*me.UserId, "AIDA") || *me.Account != account || *me.Arn != "arn:aws:iam::123456789012:user/BedrockAPIKey-ab12" {
		t.Errorf("caller identity: %s %s %s", *me.UserId, *me.Account, *me.Arn)
	}
	said, err := w.converse(foo, haiku)
	if err != nil || !strings.Contains(said, haiku) || !strings.Contains(said, region) {
		t.Errorf("converse: %q, %v", said, err)
	}
	_, err = w.converse(foo, sonnet)
	refused(t, err, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/BedrockAPIKey-ab12 is not authorized to perform: "+
		"bedrock:InvokeModel on resource: arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-sonnet-20240229-v1:0 "+
		"because no identity-based policy allows the bedrock:InvokeModel action")
	decisionID(t, err)
}

// The denial's bytes are those of AWS's front end.
func TestDenialOnTheWire(t *testing.T) {
	w := start(t)
	foo := w.user("foo", twoModels)
	a := w.send(request{Path: "/model/" + url.PathEscape(sonnet) + "/converse", Body: helloBody, Key: foo})
	a.is(t, http.StatusForbidden)
	want := `{"Message":"User: arn:aws:iam::123456789012:user/foo is not authorized to perform: bedrock:InvokeModel on resource: ` +
		`arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-sonnet-20240229-v1:0 because no identity-based policy allows the bedrock:InvokeModel action"}`
	if a.Body != want {
		t.Errorf("body %s\nwant %s", a.Body, want)
	}
	if got := a.Header.Get("x-amzn-ErrorType"); got != "AccessDeniedException:http://internal.amazon.com/coral/com.amazon.coral.service/" {
		t.Errorf("x-amzn-ErrorType: %s", got)
	}
}

func TestEmbeddings(t *testing.T) {
	w := start(t)
	foo := w.user("foo", twoModels)
	for _, tt := range []struct {
		body   string
		length int
		normal bool
	}{
		{`{"inputText":"a bird on the wire"}`, 1024, true},
		{`{"inputText":"a bird on the wire","dimensions":256}`, 256, true},
		{`{"inputText":"a bird on the wire","dimensions":512,"normalize":true}`, 512, true},
		{`{"inputText":"a bird on the wire","normalize":false}`, 1024, false},
	} {
		out, err := w.runtime(foo).InvokeModel(t.Context(), &bedrockruntime.InvokeModelInput{ModelId: aws.String(titan), Body: []byte(tt.body)})
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Embedding           []float64 `json:"embedding"`
			InputTextTokenCount int       `json:"inputTextTokenCount"`
		}
		if err := json.Unmarshal(out.Body, &answer); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, x := range answer.Embedding {
			sum += x * x
		}
		if len(answer.Embedding) != tt.length || answer.InputTextTokenCount == 0 || (math.Abs(sum-1) < 1e-3) != tt.normal {
			t.Errorf("%s: %d numbers, %d tokens, squares %v", tt.body, len(answer.Embedding), answer.InputTextTokenCount, sum)
		}
	}
}

func TestStreams(t *testing.T) {
	w := start(t)
	foo := w.user("foo", twoModels)
	said, err := converseStream(t, w.runtime(foo), haiku)
	if err != nil || !strings.Contains(said, haiku) {
		t.Errorf("%q, %v", said, err)
	}
	out, err := w.runtime(foo).InvokeModelWithResponseStream(t.Context(), &bedrockruntime.InvokeModelWithResponseStreamInput{
		ModelId: aws.String(haiku),
		Body:    []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"messages":[{"role":"user","content":"hello"}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	stream, pieces := out.GetStream(), 0
	for event := range stream.Events() {
		if _, ok := event.(*types.ResponseStreamMemberChunk); ok {
			pieces++
		}
	}
	if err := stream.Close(); err != nil || stream.Err() != nil || pieces < 4 {
		t.Errorf("%d chunks, %v, %v", pieces, err, stream.Err())
	}
	_, err = converseStream(t, w.runtime(foo), sonnet)
	refused(t, err, "AccessDeniedException", "is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: ")
}

func converseStream(t *testing.T, c *bedrockruntime.Client, model string) (string, error) {
	t.Helper()
	out, err := c.ConverseStream(t.Context(), &bedrockruntime.ConverseStreamInput{ModelId: &model, Messages: hello()})
	if err != nil {
		return "", err
	}
	stream := out.GetStream()
	defer stream.Close()
	var text strings.Builder
	usage := false
	for event := range stream.Events() {
		switch e := event.(type) {
		case *types.ConverseStreamOutputMemberContentBlockDelta:
			text.WriteString(e.Value.Delta.(*types.ContentBlockDeltaMemberText).Value)
		case *types.ConverseStreamOutputMemberMetadata:
			usage = *e.Value.Usage.OutputTokens > 0
		}
	}
	if !usage {
		t.Error("the stream ends without usage")
	}
	return text.String(), stream.Err()
}

// AWS's limited policy has no bedrock:CountTokens, nor has the story's.
func TestCountTokens(t *testing.T) {
	w := start(t)
	foo := w.user("foo", twoModels)
	in := &bedrockruntime.CountTokensInput{ModelId: aws.String(haiku), Input: &types.CountTokensInputMemberConverse{
		Value: types.ConverseTokensRequest{Messages: hello()},
	}}
	_, err := w.runtime(foo).CountTokens(t.Context(), in)
	refused(t, err, "AccessDeniedException", "bedrock:CountTokens on resource: arn:aws:bedrock:us-west-2::foundation-model/"+haiku)
	w.policy("foo", allow("bedrock:CountTokens", "arn:aws:bedrock:us-west-2::foundation-model/*"))
	out, err := w.runtime(foo).CountTokens(t.Context(), in)
	if err != nil || *out.InputTokens < 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// The SDK takes the key from AWS_BEARER_TOKEN_BEDROCK and sends it over TLS
// only. The published policy does not let it in; the remedy that the decision
// proves does, for the two models and still not for the third.
func TestStory1WithAnAPIKey(t *testing.T) {
	w := start(t, func(o *server.Options) { o.TLS.SelfSigned = true })
	w.user("foo", twoModels)
	api := w.apiKey("foo", 30)
	client := w.bearer(api.secret, region)

	_, err := converse(t.Context(), client, haiku)
	refused(t, err, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/foo is not authorized to perform: "+
		"bedrock:CallWithBearerToken on resource: * because no identity-based policy allows the bedrock:CallWithBearerToken action")
	why := w.why(w.root, decisionID(t, err))
	remedy := why.proven(t)

	_, err = w.iam(w.root).PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
		UserName: aws.String("foo"), PolicyName: aws.String("remedy"), PolicyDocument: &remedy,
	})
	if err != nil {
		t.Fatal(err)
	}
	if said, err := converse(t.Context(), client, haiku); err != nil || !strings.Contains(said, haiku) {
		t.Errorf("%q, %v", said, err)
	}
	if _, err := converseStream(t, client, haiku); err != nil {
		t.Error(err)
	}
	_, err = client.InvokeModel(t.Context(), &bedrockruntime.InvokeModelInput{ModelId: aws.String(titan), Body: []byte(`{"inputText":"x"}`)})
	if err != nil {
		t.Error(err)
	}
	_, err = converse(t.Context(), client, sonnet)
	refused(t, err, "AccessDeniedException", "bedrock:InvokeModel on resource: arn:aws:bedrock:us-west-2::foundation-model/"+sonnet)

	w.clock.Advance(30*24*time.Hour - time.Minute)
	if _, err := converse(t.Context(), client, haiku); err != nil {
		t.Error("a minute before it expires:", err)
	}
	w.clock.Advance(2 * time.Minute)
	_, err = converse(t.Context(), client, haiku)
	refused(t, err, "AccessDeniedException", "Bearer Token has expired")
}

// apiKey is a long-term Bedrock API key.
type apiKey struct{ id, secret string }

// apiKey makes a long-term key of a user that lives for some days.
func (w *world) apiKey(user string, days int32) apiKey {
	w.t.Helper()
	out, err := w.iam(w.root).CreateServiceSpecificCredential(w.t.Context(), &iam.CreateServiceSpecificCredentialInput{
		UserName: &user, ServiceName: aws.String("bedrock.amazonaws.com"), CredentialAgeDays: &days,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	c := out.ServiceSpecificCredential
	w.secrets = append(w.secrets, *c.ServiceCredentialSecret)
	return apiKey{*c.ServiceSpecificCredentialId, *c.ServiceCredentialSecret}
}

// bearer is a client as the SDK makes one of AWS_BEARER_TOKEN_BEDROCK, at the
// endpoint path of a region.
func (w *world) bearer(apiKey, region string) *bedrockruntime.Client {
	w.t.Helper()
	w.t.Setenv("AWS_BEARER_TOKEN_BEDROCK", apiKey)
	w.t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	w.t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	w.t.Setenv("AWS_CA_BUNDLE", filepath.Join(w.opt.DataDir, "ca.pem"))
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.DisableKeepAlives = true })
	cfg, err := config.LoadDefaultConfig(w.t.Context(), config.WithRegion(region), config.WithHTTPClient(transport),
		config.WithBaseEndpoint(w.url+"/regions/"+region), config.WithRetryMaxAttempts(1))
	if err != nil {
		w.t.Fatal(err)
	}
	return bedrockruntime.NewFromConfig(cfg)
}
