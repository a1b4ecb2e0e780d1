package agentcore

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/awserr"
	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// Who is let in at a gateway is for its authorizer to say: AWS_IAM wants a
// signature and bedrock-agentcore:InvokeGateway, CUSTOM_JWT a token that its
// rules accept, NONE nothing.

// proof is what an authorizer found out about a guest.
type proof struct {
	caller cedar.Principal
	owner  string // whose sessions the guest's are
	bearer string // the guest's own token
}

// anonymous is who calls a gateway that asks nobody who they are. Policies see
// an OAuthUser of this id without claims (AWS documents none).
const anonymous = "anonymous"

// admit decides on a request to a gateway's MCP endpoint.
func (s *Service) admit(c *op.Call, r *http.Request) (*op.Admission, error) {
	g, _, err := s.find(c)
	if err != nil {
		return nil, err
	}
	switch g.Detail.AuthorizerType {
	case types.AuthorizerTypeAwsIam:
		return &op.Admission{}, nil
	case types.AuthorizerTypeCustomJwt:
		return s.admitToken(r, g)
	case types.AuthorizerTypeNone:
		return &op.Admission{Guest: guest(g, anonymous, &proof{caller: cedar.OAuthUser(anonymous, nil)})}, nil
	}
	return nil, awserr.Validation("The gateway's authorizer type %s is not served by this release of Hardpan.", g.Detail.AuthorizerType)
}

// find returns the gateway that a request names. One that does not serve is
// answered like one that is not there.
func (s *Service) find(c *op.Call) (*gateway.Gateway, *identity.Snapshot, error) {
	g, snapshot, ok := gateway.Locate(c.Directory, c.Labels["gatewayId"])
	if !ok || !g.Serves() {
		return nil, nil, awserr.NotFound("There is no gateway %.100q, or it is not ready.", c.Labels["gatewayId"])
	}
	return g, snapshot, nil
}

// guest is a caller whom IAM does not know, in the gateway's account.
func guest(g *gateway.Gateway, id string, p *proof) *op.Guest {
	name := p.caller.String()
	principal := &identity.Principal{
		Scope: g.Scope, Kind: identity.OAuthUser, ID: id, UserID: id, Name: id, ARN: name, EntityARN: name,
		Keys:    condition.NewContext(nil),
		Subject: &eval.Subject{Account: g.Account, PrincipalARN: name, Identity: eval.NewSet()},
	}
	return &op.Guest{Caller: &op.Caller{Principal: principal}, Region: g.Region, Proof: p}
}

// admitToken lets in whoever brings a token that the gateway's rules accept.
func (s *Service) admitToken(r *http.Request, g *gateway.Gateway) (*op.Admission, error) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	text = strings.TrimSpace(text)
	if !strings.EqualFold(scheme, "Bearer") || text == "" {
		return &op.Admission{Answer: unproven(r, g, "Missing Bearer token", "")}, nil
	}
	claims, err := s.verify(r.Context(), g.JWT(), text)
	if err != nil {
		return &op.Admission{Answer: unproven(r, g, "Invalid Bearer token: "+err.Error(), "invalid_token")}, nil //nolint:nilerr // it is the answer
	}
	subject, _ := claims["sub"].(string)
	issuer, _ := claims["iss"].(string)
	return &op.Admission{Guest: guest(g, subject, &proof{
		caller: cedar.OAuthUser(subject, claims), owner: issuer + "\x00" + subject, bearer: text,
	})}, nil
}

// unproven asks for a token, and says where a client learns whom to get it from
// (RFC 9728, RFC 6750). The body's form is from memory of AgentCore's.
func unproven(r *http.Request, g *gateway.Gateway, message, code string) *op.Response {
	challenge := `Bearer resource_metadata="` + metadataURL(r, g) + `"`
	if code != "" {
		challenge += `, error="` + code + `"`
	}
	body, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "id": 0, "error": map[string]any{"code": -32001, "message": message},
	})
	if err != nil { // texts always encode
		panic(err)
	}
	return &op.Response{
		Status: http.StatusUnauthorized, Body: body,
		Header: http.Header{"Content-Type": {"application/json"}, "Www-Authenticate": {challenge}},
	}
}
