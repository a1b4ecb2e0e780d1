package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// config is what a client's environment says: AWS_ENDPOINT_URL, a key, a region.
func (w *world) config(k key, region string) aws.Config {
	return aws.Config{
		Region: region, Credentials: k, HTTPClient: w.client, BaseEndpoint: aws.String(w.url),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

func (w *world) iam(k key) *iam.Client { return iam.NewFromConfig(w.config(k, region)) }
func (w *world) sts(k key) *sts.Client { return sts.NewFromConfig(w.config(k, region)) }

func (w *world) bedrock(k key) *bedrock.Client { return bedrock.NewFromConfig(w.config(k, region)) }

func (w *world) runtime(k key) *bedrockruntime.Client {
	return bedrockruntime.NewFromConfig(w.config(k, region))
}

// user makes a user with an access key, and an inline policy if there is one.
func (w *world) user(name, policy string) key {
	w.t.Helper()
	ctx, c := w.t.Context(), w.iam(w.root)
	if _, err := c.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}); err != nil {
		w.t.Fatal(err)
	}
	if policy != "" {
		w.policy(name, policy)
	}
	out, err := c.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		w.t.Fatal(err)
	}
	k := key{ID: *out.AccessKey.AccessKeyId, Secret: *out.AccessKey.SecretAccessKey}
	w.secrets = append(w.secrets, k.Secret)
	return k
}

// policy puts a user's inline policy in place of the one before.
func (w *world) policy(user, policy string) {
	w.t.Helper()
	_, err := w.iam(w.root).PutUserPolicy(w.t.Context(), &iam.PutUserPolicyInput{
		UserName: &user, PolicyName: aws.String("inline"), PolicyDocument: &policy,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func allow(action, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}]}`
}

// converse asks a model something and returns what it said.
func (w *world) converse(k key, model string) (string, error) {
	return converse(w.t.Context(), w.runtime(k), model)
}

func converse(ctx context.Context, c *bedrockruntime.Client, model string) (string, error) {
	out, err := c.Converse(ctx, &bedrockruntime.ConverseInput{ModelId: &model, Messages: hello()})
	if err != nil {
		return "", err
	}
	return out.Output.(*types.ConverseOutputMemberMessage).Value.Content[0].(*types.ContentBlockMemberText).Value, nil
}

func hello() []types.Message {
	return []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "hello"}}}}
}

const helloBody = `{"messages":[{"role":"user","content":[{"text":"hello"}]}]}`

// refused fails the test unless err is AWS's error of that code, with text in it.
func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	switch {
	case !errors.As(err, &api):
		t.Errorf("got %v, want %s", err, code)
	case api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), text):
		t.Errorf("got %s: %s\nwant %s: %s", api.ErrorCode(), api.ErrorMessage(), code, text)
	}
}

// decisionID is what a denial carries in its header.
func decisionID(t *testing.T, err error) string {
	t.Helper()
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) {
		t.Fatalf("%v has no response", err)
	}
	id := response.Response.Header.Get("x-hardpan-decision-id")
	if len(id) != 26 {
		t.Fatalf("x-hardpan-decision-id is %q", id)
	}
	return id
}

// request is one that no SDK would send, or that has no SDK.
type request struct {
	Method, Path, Body string
	Key                key    // zero: not signed
	Service, Region    string // of the scope; default bedrock, us-west-2
	Host               string
	Bearer             string
	Header             http.Header
	Late               time.Duration // signed so much before now
}

type answer struct {
	Status int
	Header http.Header
	Body   string
}

func (w *world) send(r request) answer {
	w.t.Helper()
	a, err := w.try(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) try(r request) (answer, error) {
	method := r.Method
	if method == "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+r.Path, strings.NewReader(r.Body))
	if err != nil {
		return answer{}, err
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if r.Host != "" {
		req.Host = r.Host
	}
	switch {
	case r.Bearer != "":
		req.Header.Set("Authorization", "Bearer "+r.Bearer)
	case r.Key.ID != "":
		w.sign(req, r)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(body)}, err
}

// sign signs by the server's clock, so that a test can let time pass.
func (w *world) sign(req *http.Request, r request) {
	service, region := or(r.Service, "bedrock"), or(r.Region, region)
	credentials, _ := r.Key.Retrieve(req.Context())
	sum := sha256.Sum256([]byte(r.Body))
	err := v4.NewSigner().SignHTTP(req.Context(), credentials, req, hex.EncodeToString(sum[:]), service, region, w.clock.Now().Add(-r.Late))
	if err != nil {
		w.t.Fatal(err)
	}
}

func or(s, standard string) string {
	if s == "" {
		return standard
	}
	return s
}

// is fails the test unless the answer has a status and all of the words.
func (a answer) is(t *testing.T, status int, words ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	for _, word := range words {
		if !strings.Contains(a.Body+a.Header.Get("X-Amzn-Errortype"), word) {
			t.Errorf("%q is not in %s", word, a.Body)
		}
	}
}

// stream sends a signed call whose answer is read by the test, piece by piece.
func (w *world) stream(ctx context.Context, k key, path, body string) *http.Response {
	w.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	w.sign(req, request{Key: k, Body: body})
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}
