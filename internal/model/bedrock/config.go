package bedrock

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Config describes one backend.
type Config struct {
	Name    string   // as operators and error messages call it
	Regions []string // the regions it stands for; at least one

	// Endpoint is the base URL in place of AWS's, for every region; it may have
	// a path, which is put before the operation's own.
	Endpoint string

	Credentials Credentials

	// FirstByte bounds the wait for the head of an answer, Idle that for each
	// further piece of it. 0 means the defaults.
	FirstByte, Idle time.Duration

	Now func() time.Time // the clock; nil means time.Now
}

// Defaults of Config. A model may think for minutes before its first byte.
const (
	DefaultFirstByte = 15 * time.Minute
	DefaultIdle      = 5 * time.Minute
)

// Credentials say as whom the backend signs. The zero value is the default
// chain of the AWS SDKs: environment, shared files, web identity, container,
// instance.
type Credentials struct {
	Profile string                  // a profile of the shared configuration files
	Static  aws.CredentialsProvider // see [Static]

	// RoleARN is assumed with the credentials above.
	RoleARN     string
	SessionName string // default "hardpan"
	ExternalID  string
	STSEndpoint string // base URL in place of AWS's for assuming the role
}

// Static returns fixed credentials. The secret lies in a closure: no form of
// printing shows it.
func Static(accessKeyID, secretAccessKey, sessionToken string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey, SessionToken: sessionToken, Source: "Static"}, nil
	})
}

func (c *Config) check() error {
	switch {
	case c.Name == "":
		return errors.New("a bedrock backend needs a name")
	case len(c.Regions) == 0:
		return fmt.Errorf("backend %q: name the regions it stands for", c.Name)
	case c.Credentials.Static != nil && c.Credentials.Profile != "":
		return fmt.Errorf("backend %q: give either a profile or an access key, not both", c.Name)
	}
	return nil
}

// endpoint returns the base URL for a region, AWS's partition rules included.
func (c *Config) endpoint(ctx context.Context, region string) (*url.URL, error) {
	if c.Endpoint == "" {
		e, err := bedrockruntime.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, bedrockruntime.EndpointParameters{Region: &region})
		if err != nil {
			return nil, fmt.Errorf("backend %q: finding the endpoint of region %q: %w", c.Name, region, err)
		}
		return &e.URI, nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("backend %q: endpoint: %w", c.Name, err)
	}
	if u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("backend %q: endpoint %q must be http(s)://host[:port][/path]", c.Name, u.Redacted())
	}
	return u, nil
}

// load resolves the SDK's configuration: credentials, and the CA bundle that
// AWS_CA_BUNDLE or the profile names.
func (c *Config) load(ctx context.Context) (aws.Config, error) {
	opts := []func(*config.LoadOptions) error{config.WithRegion(c.Regions[0])}
	if c.Credentials.Profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(c.Credentials.Profile))
	}
	if c.Credentials.Static != nil {
		opts = append(opts, config.WithCredentialsProvider(c.Credentials.Static))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return cfg, fmt.Errorf("backend %q: loading its AWS configuration: %w", c.Name, err)
	}
	if c.Credentials.RoleARN == "" {
		return cfg, nil
	}
	return cfg, c.assumeRole(ctx, &cfg)
}

// assumeRole replaces the credentials of cfg by those of the role. The endpoint
// is set even where it is AWS's own: AWS_ENDPOINT_URL in the environment of a
// Hardpan most likely names that Hardpan.
func (c *Config) assumeRole(ctx context.Context, cfg *aws.Config) error {
	base := c.Credentials.STSEndpoint
	if base == "" {
		e, err := sts.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sts.EndpointParameters{Region: &c.Regions[0]})
		if err != nil {
			return fmt.Errorf("backend %q: finding the STS endpoint of region %q: %w", c.Name, c.Regions[0], err)
		}
		base = e.URI.String()
	}
	client := sts.NewFromConfig(*cfg, func(o *sts.Options) { o.BaseEndpoint = &base })
	role := stscreds.NewAssumeRoleProvider(client, c.Credentials.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "hardpan"
		if c.Credentials.SessionName != "" {
			o.RoleSessionName = c.Credentials.SessionName
		}
		if c.Credentials.ExternalID != "" {
			o.ExternalID = &c.Credentials.ExternalID
		}
	})
	// Renewed a little early, so that no call waits for it at the last moment.
	cfg.Credentials = aws.NewCredentialsCache(role, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = 5 * time.Minute })
	return nil
}

// sdkTransport returns the SDK's HTTP client, which has the TLS roots it resolved.
func sdkTransport(cfg aws.Config) *awshttp.BuildableClient {
	if c, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		return c
	}
	return awshttp.NewBuildableClient()
}
