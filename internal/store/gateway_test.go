package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/store"
)

// structs lets cmp look into the SDK's structs, which have unexported marks.
var structs = cmp.Exporter(func(t reflect.Type) bool { return strings.HasPrefix(t.PkgPath(), "github.com/aws/") })

func meta(id, within, name, state string) gateway.Meta {
	return gateway.Meta{
		Scope: scope(account), Region: "us-west-2", Within: within, ID: id, Name: name, State: state,
		Token: "token of " + id, Created: now, Updated: now.Add(time.Minute), Tags: []identity.Tag{{Key: "b", Value: ""}, {Key: "a", Value: "é"}},
	}
}

func newGateway(id, name string) *gateway.Gateway {
	return &gateway.Gateway{Meta: meta(id, "us-west-2", name, "READY"), Detail: control.GetGatewayOutput{
		AuthorizerType: types.AuthorizerTypeCustomJwt, RoleArn: aws.String("arn:aws:iam::123456789012:role/R"),
		AuthorizerConfiguration: &types.AuthorizerConfigurationMemberCustomJWTAuthorizer{
			Value: types.CustomJWTAuthorizerConfiguration{DiscoveryUrl: aws.String("https://idp.example.com/.well-known/openid-configuration")},
		},
		StatusReasons: []string{"because"},
	}}
}

func newTarget(id, gatewayID, name string) *gateway.Target {
	schema := &types.SchemaDefinition{Type: types.SchemaTypeObject, Required: []string{"id"}, Properties: map[string]types.SchemaDefinition{
		"id": {Type: types.SchemaTypeString},
	}}
	return &gateway.Target{
		Meta: meta(id, gatewayID, name, "CREATING"),
		Detail: control.GetGatewayTargetOutput{TargetConfiguration: &types.TargetConfigurationMemberMcp{
			Value: &types.McpTargetConfigurationMemberLambda{Value: types.McpLambdaTargetConfiguration{
				LambdaArn: aws.String("arn:aws:lambda:us-west-2:123456789012:function:f"),
				ToolSchema: &types.ToolSchemaMemberInlinePayload{Value: []types.ToolDefinition{
					{Name: aws.String("t"), Description: aws.String("d"), InputSchema: schema},
				}},
			}},
		}},
		Tools: []gateway.Tool{{Name: "t", Description: "d", Input: json.RawMessage(`{"type":"object"}`)}},
	}
}

// gatewayResources is one of everything that belongs to a tool gateway.
func gatewayResources() []identity.Entity {
	statement := &types.PolicyDefinitionMemberCedar{Value: types.CedarPolicy{Statement: aws.String("permit(principal, action, resource);")}}
	provider := gateway.NewProvider(scope(account), "us-west-2", gateway.OAuth2, "idp")
	provider.ID, provider.Sealed = "oauth2credentialprovider-1234567890", []byte{0, 1, 255}
	provider.OAuth2 = control.GetOauth2CredentialProviderOutput{CredentialProviderVendor: types.CredentialProviderVendorTypeGithubOauth2}
	document := meta("rp1", "us-west-2", "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/g-1234567890", "")
	return []identity.Entity{
		&gateway.Engine{Meta: meta("e-1234567890", "us-west-2", "e", "ACTIVE"), Detail: control.GetPolicyEngineOutput{Description: aws.String("d")}},
		&gateway.Policy{
			Meta: meta("p-1234567890", "e-1234567890", "p", "UPDATING"), Detail: control.GetPolicyOutput{Definition: statement},
			Next: &gateway.Proposal{Statement: "forbid(principal, action, resource);", Lenient: true},
		},
		newGateway("g-1234567890", "g"),
		newTarget("ABCDEFGHIJ", "g-1234567890", "t"),
		provider,
		&gateway.ResourcePolicy{Meta: document, Document: `{"Version":"2012-10-17","Statement":[]}`},
	}
}

func gatewayRules(t *testing.T, db *store.DB) {
	for about, c := range map[string]struct {
		entity identity.Entity
		rule   store.Rule
	}{
		"a gateway's name in its region":   {newGateway("h-1234567890", "g"), store.Unique},
		"a target's name in its gateway":   {newTarget("BBBBBBBBBB", "g-1234567890", "t"), store.Unique},
		"a target of a gateway not there":  {newTarget("BBBBBBBBBB", "none", "t"), store.Reference},
		"a policy of an engine not there":  {&gateway.Policy{Meta: meta("q-1234567890", "none", "q", "")}, store.Reference},
		"an engine's name in its region":   {&gateway.Engine{Meta: meta("f-1234567890", "us-west-2", "e", "")}, store.Unique},
		"a second policy of one resource":  {&gateway.ResourcePolicy{Meta: meta("rp2", "us-west-2", "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/g-1234567890", "")}, store.Unique},
		"a policy's name within an engine": {&gateway.Policy{Meta: meta("q-1234567890", "e-1234567890", "p", "")}, store.Unique},
	} {
		var v *store.ConstraintError
		if err := db.Write(t.Context(), account, now, putAll(c.entity)); !errors.As(err, &v) || v.Rule != c.rule {
			t.Errorf("%s: got %v", about, err)
		}
	}
	err := db.Write(t.Context(), account, now, func(tx *store.Tx) error { return tx.Delete(newGateway("g-1234567890", "g")) })
	var v *store.ConstraintError
	if !errors.As(err, &v) || v.Rule != store.Reference {
		t.Errorf("deleting a gateway with targets: got %v", err)
	}
}

func gatewayIDsAreUnique(t *testing.T, db *store.DB) {
	other := "999999999999"
	g := newGateway("g-1234567890", "g")
	g.Account = other
	write(t, db, other, putAll(newAccount(other)))
	var v *store.ConstraintError
	if err := db.Write(t.Context(), other, now, putAll(g)); !errors.As(err, &v) || v.Rule != store.Unique {
		t.Errorf("two accounts with one gateway id: got %v", err)
	}
	found, snapshot, ok := gateway.Locate(db.Directory(), "g-1234567890")
	if !ok || found.Account != account || snapshot.Account().Account != account {
		t.Errorf("found %v in %v, %v", found, snapshot, ok)
	}
}

// aGatewayResource draws gateways and targets, few of them, so that they meet.
func aGatewayResource(t *rapid.T) identity.Entity {
	id := fmt.Sprintf("g-%d", digit(t, "gateway"))
	if rapid.Bool().Draw(t, "target") {
		return newTarget(fmt.Sprintf("T%d", digit(t, "id")), id, fmt.Sprintf("t%d", digit(t, "name")))
	}
	g := newGateway(id, fmt.Sprintf("n%d", digit(t, "name")))
	if rapid.Bool().Draw(t, "unfinished") {
		g.State = "CREATING"
	}
	return g
}
