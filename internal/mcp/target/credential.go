package target

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
)

// What a target is shown: the credentials that its configuration names, and the
// caller's headers that it allows. Each use of a credential provider takes a
// permission of the gateway's service role, as with AgentCore.

// The permissions that credential providers take.
// Source: AgentCore developer guide, gateway outbound authorization.
const (
	getAPIKey = "bedrock-agentcore:GetResourceApiKey"
	getToken  = "bedrock-agentcore:GetResourceOauth2Token"
)

// authenticate adds to r what the target is to be shown.
func (p *Pool) authenticate(at *Place, r *http.Request) error {
	passHeaders(at, r)
	for _, c := range at.Target.Detail.CredentialProviderConfigurations {
		if err := p.show(at, c, r); err != nil {
			return err
		}
	}
	return nil
}

func (p *Pool) show(at *Place, c types.CredentialProviderConfiguration, r *http.Request) error {
	switch provider := c.CredentialProvider.(type) {
	case *types.CredentialProviderMemberApiKeyCredentialProvider:
		return p.showAPIKey(at, &provider.Value, r)
	case *types.CredentialProviderMemberOauthCredentialProvider:
		token, err := p.oauthToken(r.Context(), at, &provider.Value)
		if err == nil {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		return err
	case *types.CredentialProviderMemberIamCredentialProvider:
		return p.sign(r, aws.ToString(provider.Value.Service), aws.ToString(provider.Value.Region), at)
	}
	if c.CredentialProviderType == types.CredentialProviderTypeJwtPassthrough {
		if at.Bearer == "" {
			return &Error{Message: "The target wants the caller's own token, and the caller has none."}
		}
		r.Header.Set("Authorization", "Bearer "+at.Bearer)
	}
	return nil // GATEWAY_IAM_ROLE alone: what a Lambda function or an API is called with
}

// showAPIKey adds an API key, in a header unless the target has it in the query.
func (p *Pool) showAPIKey(at *Place, c *types.GatewayApiKeyCredentialProvider, r *http.Request) error {
	key, err := p.secret(at, aws.ToString(c.ProviderArn), getAPIKey)
	if err != nil {
		return err
	}
	name, value := aws.ToString(c.CredentialParameterName), aws.ToString(c.CredentialPrefix)
	if value != "" {
		value += " "
	}
	value += key
	if c.CredentialLocation == types.ApiKeyCredentialLocationQueryParameter {
		query := r.URL.Query()
		query.Set(orDefault(name, "api_key"), value)
		r.URL.RawQuery = query.Encode()
		return nil
	}
	r.Header.Set(orDefault(name, "Authorization"), value)
	return nil
}

func orDefault(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// secret opens the secret of a credential provider that the gateway's role may
// use.
func (p *Pool) secret(at *Place, providerARN, action string) (string, error) {
	if err := p.may(at, action, providerARN); err != nil {
		return "", err
	}
	provider, ok := gateway.FindProvider(at.Snapshot, providerARN)
	if !ok {
		return "", &Error{Message: "The target's credential provider " + providerARN + " is gone."}
	}
	text, err := p.Box.Open(provider.Sealed, provider.AssociatedData())
	if err != nil {
		return "", &Error{Message: "The target's credential cannot be opened.", Cause: err}
	}
	return string(text), nil
}

// may checks the gateway's service role for what a target takes.
func (p *Pool) may(at *Place, action, resource string) error {
	roleARN := aws.ToString(at.Gateway.Detail.RoleArn)
	role, err := gateway.ServiceRole(at.Snapshot, roleARN, at.Gateway.Region, p.Now())
	if err != nil {
		return &Error{Message: "The gateway's service role cannot be used.", Action: action, Resource: resource, Cause: err}
	}
	if role.May(gateway.Need{Action: action, Resource: resource}) {
		return nil
	}
	return &Error{
		Message: fmt.Sprintf("The gateway's service role is not authorized to perform: %s on resource: %s", action, resource),
		Action:  action, Resource: resource,
	}
}

// sign signs a request of a target that wants AWS's signature.
func (p *Pool) sign(r *http.Request, service, region string, at *Place) error {
	if p.AWS.Credentials == nil {
		return &Error{Message: "The operator has configured no AWS credentials, which this target's requests are signed with."}
	}
	credentials, err := p.AWS.Credentials.Retrieve(r.Context())
	if err != nil {
		return &Error{Message: "The AWS credentials that this target's requests are signed with cannot be had.", Cause: err}
	}
	sum, err := hashBody(r)
	if err != nil {
		return err
	}
	region = orDefault(region, at.Gateway.Region)
	if err := v4.NewSigner().SignHTTP(r.Context(), credentials, r, sum, service, region, p.Now()); err != nil {
		return &Error{Message: "The request to the target cannot be signed.", Cause: err}
	}
	return nil
}

// hashBody returns the hash of a request's body, which can be sent afterwards.
func hashBody(r *http.Request) (string, error) {
	var content []byte
	if r.Body != nil && r.Body != http.NoBody {
		var err error
		if content, err = io.ReadAll(r.Body); err != nil {
			return "", fmt.Errorf("reading the request to the target: %w", err)
		}
		_ = r.Body.Close()
		r.Body = io.NopCloser(bytes.NewReader(content))
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// passHeaders sends those of the caller's headers on that the target's
// metadataConfiguration allows, but never one that proves who the caller is.
func passHeaders(at *Place, r *http.Request) {
	allowed := at.Target.Detail.MetadataConfiguration
	if allowed == nil {
		return
	}
	for _, name := range allowed.AllowedRequestHeaders {
		switch http.CanonicalHeaderKey(name) {
		case "Authorization", "Cookie", "Host", "X-Amz-Security-Token", "Proxy-Authorization":
			continue
		}
		if values := at.Header.Values(name); len(values) > 0 {
			r.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
}

// authenticated shows a target its credentials on every request of a client
// that is not ours, such as the SDK's.
type authenticated struct {
	pool *Pool
	at   *Place
}

// RoundTrip implements http.RoundTripper.
func (a *authenticated) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context()) // a RoundTripper leaves its request as it is
	if err := a.pool.authenticate(a.at, r); err != nil {
		return nil, err
	}
	return a.pool.transport.RoundTrip(r)
}

// shownToTarget reports whether a target is shown the caller's own token, or one
// that was had for it.
func shownToTarget(t *gateway.Target) bool {
	for _, c := range t.Detail.CredentialProviderConfigurations {
		if c.CredentialProviderType == types.CredentialProviderTypeJwtPassthrough {
			return true
		}
		if o, ok := c.CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider); ok &&
			o.Value.GrantType == types.OAuthGrantTypeTokenExchange {
			return true
		}
	}
	return false
}
