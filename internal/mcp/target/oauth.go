package target

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"hardpan/internal/gateway"
)

// Tokens of outside authorization servers, by client credentials (RFC 6749, 4.4)
// and by exchanging the caller's own (RFC 8693).

// maxTokens bounds the tokens that are kept.
const maxTokens = 1000

// tokens keeps tokens until they end.
type tokens struct {
	mu   sync.Mutex
	held map[[sha256.Size]byte]*oauth2.Token
}

// oauthToken returns a token for the target.
func (p *Pool) oauthToken(ctx context.Context, at *Place, c *types.OAuthCredentialProvider) (string, error) {
	secret, err := p.secret(at, aws.ToString(c.ProviderArn), getToken)
	if err != nil {
		return "", err
	}
	provider, _ := gateway.FindProvider(at.Snapshot, aws.ToString(c.ProviderArn)) // secret found it
	client, ok := provider.OAuth2.Oauth2ProviderConfigOutput.(*types.Oauth2ProviderConfigOutputMemberCustomOauth2ProviderConfig)
	if !ok {
		return "", &Error{Message: "Only custom OAuth2 credential providers are served by this release of Hardpan."}
	}
	subject := ""
	if c.GrantType == types.OAuthGrantTypeTokenExchange {
		subject = at.Bearer
	}
	key := sha256.Sum256([]byte(strings.Join([]string{
		provider.ARN(), provider.Updated.String(), string(c.GrantType), strings.Join(c.Scopes, " "), subject,
	}, "\x00")))
	if token := p.tokens.get(key, p.Now()); token != nil {
		return token.AccessToken, nil
	}
	token, err := p.fetchToken(ctx, at, c, &client.Value, secret)
	if err != nil {
		return "", err
	}
	p.tokens.keep(key, token)
	return token.AccessToken, nil
}

// early is how long before its end a token is not used any more.
const early = 30 * time.Second

func (t *tokens) get(key [sha256.Size]byte, now time.Time) *oauth2.Token {
	t.mu.Lock()
	defer t.mu.Unlock()
	token := t.held[key]
	if token == nil || (!token.Expiry.IsZero() && now.Add(early).After(token.Expiry)) {
		return nil
	}
	return token
}

func (t *tokens) keep(key [sha256.Size]byte, token *oauth2.Token) {
	if token.Expiry.IsZero() {
		return // it does not say how long it is good
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held == nil {
		t.held = map[[sha256.Size]byte]*oauth2.Token{}
	}
	for victim := range t.held { // which one costs a fetch cannot be steered
		if len(t.held) < maxTokens {
			break
		}
		delete(t.held, victim)
	}
	t.held[key] = token
}

func (p *Pool) fetchToken(ctx context.Context, at *Place, c *types.OAuthCredentialProvider, client *types.CustomOauth2ProviderConfigOutput, secret string) (*oauth2.Token, error) {
	endpoint, err := p.tokenEndpoint(ctx, client.OauthDiscovery)
	if err != nil {
		return nil, err
	}
	style := oauth2.AuthStyleInHeader
	if client.ClientAuthenticationMethod == types.ClientAuthenticationMethodTypeClientSecretPost {
		style = oauth2.AuthStyleInParams
	}
	asker := &http.Client{Transport: p.transport, CheckRedirect: noRedirect}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, asker)
	config := clientcredentials.Config{
		ClientID: aws.ToString(client.ClientId), ClientSecret: secret, TokenURL: endpoint, Scopes: c.Scopes, AuthStyle: style,
		EndpointParams: url.Values{},
	}
	for name, value := range c.CustomParameters {
		config.EndpointParams.Set(name, value)
	}
	switch c.GrantType {
	case types.OAuthGrantTypeClientCredentials, "":
	case types.OAuthGrantTypeTokenExchange:
		if at.Bearer == "" {
			return nil, &Error{Message: "The target exchanges the caller's own token, and the caller has none."}
		}
		const kind = "urn:ietf:params:oauth:token-type:access_token"
		for name, value := range map[string]string{
			"grant_type":    "urn:ietf:params:oauth:grant-type:token-exchange",
			"subject_token": at.Bearer, "subject_token_type": kind, "requested_token_type": kind,
		} {
			config.EndpointParams.Set(name, value)
		}
	default:
		return nil, &Error{Message: "The grant type " + string(c.GrantType) + " is not served by this release of Hardpan."}
	}
	token, err := config.Token(ctx)
	if err != nil {
		return nil, &Error{Message: "The target's authorization server gave no token.", Cause: err}
	}
	return token, nil
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// tokenEndpoint is where an authorization server gives tokens, as the provider
// says or its discovery document.
func (p *Pool) tokenEndpoint(ctx context.Context, discovery types.Oauth2Discovery) (string, error) {
	switch d := discovery.(type) {
	case *types.Oauth2DiscoveryMemberAuthorizationServerMetadata:
		return aws.ToString(d.Value.TokenEndpoint), nil
	case *types.Oauth2DiscoveryMemberDiscoveryUrl:
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.Value, nil)
		if err != nil {
			return "", &Error{Message: "The discovery URL of the target's authorization server is not one.", Cause: err}
		}
		answer, err := p.transport.RoundTrip(r)
		if err != nil {
			return "", unreachable(ctx, r.URL, err)
		}
		defer func() { _ = answer.Body.Close() }()
		var found struct {
			Endpoint string `json:"token_endpoint"`
		}
		if err := json.NewDecoder(answer.Body).Decode(&found); err != nil || found.Endpoint == "" {
			return "", &Error{Message: "The target's authorization server does not say where it gives tokens.", Cause: err}
		}
		return found.Endpoint, nil
	}
	return "", &Error{Message: "The target's credential provider does not say where its authorization server is."}
}
