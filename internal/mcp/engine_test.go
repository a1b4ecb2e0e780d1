package mcp

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
)

var scope = identity.Scope{Partition: "aws", Account: "123456789012"}

func meta(within, id string, state string) gateway.Meta {
	return gateway.Meta{Scope: scope, Region: "us-west-2", Within: within, ID: id, Name: id, State: state}
}

func put(t *testing.T, s *identity.Snapshot, resources ...identity.Entity) *identity.Snapshot {
	t.Helper()
	var changes []identity.Change
	for _, r := range resources {
		changes = append(changes, identity.Put(r))
	}
	s, err := s.With(changes...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func policyOf(engine, id, statement string) *gateway.Policy {
	p := &gateway.Policy{Meta: meta(engine, id, string(types.PolicyStatusActive))}
	p.Detail.Definition = &types.PolicyDefinitionMemberCedar{Value: types.CedarPolicy{Statement: &statement}}
	return p
}

func targetOf(g string, tools ...string) *gateway.Target {
	t := &gateway.Target{Meta: meta(g, "T1", string(types.TargetStatusReady))}
	for _, name := range tools {
		t.Tools = append(t.Tools, gateway.Tool{Name: name, Input: json.RawMessage(`{"type":"object"}`)})
	}
	return t
}

// A new policy costs no new schema; a new tool does.
func TestSchemaStaysWhilePoliciesChange(t *testing.T) {
	const all = `permit(principal, action, resource is AgentCore::Gateway);`
	engine := &gateway.Engine{Meta: meta("us-west-2", "Rules-abcdefghij", string(types.PolicyEngineStatusActive))}
	g := &gateway.Gateway{Meta: meta("us-west-2", "shop-abcdefghij", string(types.GatewayStatusReady))}
	g.Detail.PolicyEngineConfiguration = &types.GatewayPolicyEngineConfiguration{Arn: aws.String(engine.ARN())}
	s := put(t, identity.NewSnapshot(), &identity.Account{Scope: scope}, engine, g, targetOf(g.ID, "find"), policyOf(engine.ID, "p1", all))

	var plane Plane
	first, err := plane.Policies(s, engine)
	if err != nil || first.Len() != 1 || len(first.Schema().Actions(g.ARN())) != 1 {
		t.Fatal(first, err)
	}
	if again, _ := plane.Policies(s, engine); again != first {
		t.Error("nothing changed, and the policies were compiled again")
	}
	s = put(t, s, policyOf(engine.ID, "p2", all))
	second, err := plane.Policies(s, engine)
	if err != nil || second.Len() != 2 || second.Schema() != first.Schema() {
		t.Errorf("with a policy more: %d policies, the same schema: %v, %v", second.Len(), second.Schema() == first.Schema(), err)
	}
	s = put(t, s, targetOf(g.ID, "find", "buy"))
	third, err := plane.Policies(s, engine)
	if err != nil || third.Len() != 2 || len(third.Schema().Actions(g.ARN())) != 2 {
		t.Errorf("with a tool more: %d policies, %v, %v", third.Len(), third.Schema().Actions(g.ARN()), err)
	}
}
