package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// client signs calls to one server, to AWS's APIs by their SDKs and to
// Hardpan's own by [client.call].
type client struct {
	endpoint, endpointFrom string
	credentialsFrom        string // what to name when the server does not know them
	config                 aws.Config
}

const (
	callTimeout  = 30 * time.Second
	maxAnswer    = 64 << 20 // bytes of an answer of Hardpan's own API
	ownService   = "hardpan"
	jsonType     = "application/json"
	errorTypeKey = "X-Amzn-Errortype"
)

// connect finds the server and the credentials. It does not call the server.
func (p *program) connect(ctx context.Context, l place) (*client, error) {
	server, err := l.url(p)
	if err != nil {
		return nil, err
	}
	web, err := p.httpClient(l, server.url)
	if err != nil {
		return nil, err
	}
	creds, credsFrom, err := p.credentials(ctx, l)
	if err != nil {
		return nil, err
	}
	c := newClient(server.url, l.home(p), creds, web)
	c.endpointFrom, c.credentialsFrom = server.from, credsFrom
	return c, nil
}

func newClient(endpoint, region string, creds aws.CredentialsProvider, web *http.Client) *client {
	return &client{
		endpoint: endpoint,
		config: aws.Config{
			Region: region, BaseEndpoint: &endpoint, Credentials: creds, HTTPClient: web,
			// A person at a terminal sees the first failure and tries again.
			Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		},
	}
}

func (c *client) iam() *iam.Client { return iam.NewFromConfig(c.config) }
func (c *client) sts() *sts.Client { return sts.NewFromConfig(c.config) }

// chainVariables are those that say that the default chain of AWS's clients has
// something to find. Without any, the data folder is looked into: the chain
// would find some key for AWS in the home folder, which is not meant here.
var chainVariables = []string{
	"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
}

// credentials returns the caller's, and where they are from.
func (p *program) credentials(ctx context.Context, l place) (aws.CredentialsProvider, string, error) {
	for _, name := range chainVariables {
		if p.getenv(name) == "" {
			continue
		}
		loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(l.home(p)), config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
		if err != nil {
			return nil, "", failed("check the variables that begin with AWS_", "finding credentials, because %s is set: %w", name, err)
		}
		return loaded.Credentials, "the AWS settings of this shell (" + name + ")", nil
	}
	file, ok := l.file(p, credentialsFile)
	if !ok {
		return nil, "", failed("run this where the server was started, or with its --data-dir,\nor set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
			"finding credentials: this shell has no AWS settings, and there is no file %s", file)
	}
	shared, err := config.LoadSharedConfigProfile(ctx, "default", func(o *config.LoadSharedConfigOptions) {
		o.CredentialsFiles, o.ConfigFiles = []string{file}, []string{}
	})
	if err != nil {
		return nil, "", failed("it is an AWS shared-credentials file with a profile default", "reading %s: %w", file, err)
	}
	return credentials.StaticCredentialsProvider{Value: shared.Credentials}, file, nil
}

// httpClient trusts AWS_CA_BUNDLE, or else the authority that a server with a
// certificate of its own leaves in its data folder.
func (p *program) httpClient(l place, endpoint string) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	web := &http.Client{Transport: transport, Timeout: callTimeout}
	file := p.getenv("AWS_CA_BUNDLE")
	if own, ok := l.file(p, caFile); file == "" && ok {
		file = own
	}
	if file == "" || !strings.HasPrefix(endpoint, "https:") {
		return web, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the authorities to trust: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, failed("it holds certificates in PEM form", "reading the authorities to trust: there is none in %s", file)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return web, nil
}

// call does one operation of Hardpan's own API: restJson1, signed for the
// service hardpan. in may be nil; the answer is read into out unless that is nil.
func (c *client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	address := c.endpoint + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", jsonType)
	if err := c.sign(ctx, request, body); err != nil {
		return err
	}
	response, err := c.config.HTTPClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return read(response, out)
}

func (c *client) sign(ctx context.Context, request *http.Request, body []byte) error {
	creds, err := c.config.Credentials.Retrieve(ctx)
	if err != nil {
		return failed("", "finding credentials: %w", err)
	}
	hash := sha256.Sum256(body)
	return v4.NewSigner().SignHTTP(ctx, creds, request, hex.EncodeToString(hash[:]), ownService, c.config.Region, time.Now())
}

// read takes a restJson1 answer.
func read(response *http.Response, out any) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return fmt.Errorf("reading the answer: it has more than %d bytes", maxAnswer)
	}
	if response.StatusCode/100 != 2 {
		return readRefusal(response, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("reading the answer: it is no JSON of Hardpan's: %w", err)
	}
	return nil
}

func readRefusal(response *http.Response, body []byte) *refusal {
	var told struct {
		Message string `json:"message"` // Go reads the front end's "Message" into it too
	}
	_ = json.Unmarshal(body, &told) // what is not JSON is told by its status
	code, _, _ := strings.Cut(response.Header.Get(errorTypeKey), ":")
	return &refusal{
		status: response.StatusCode, code: code, message: cmp.Or(told.Message, "the server answered "+response.Status),
		decision: response.Header.Get(decisionHeader),
	}
}
