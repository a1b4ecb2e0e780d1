package gateway_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/policy"
)

const (
	account    = "123456789012"
	region     = "us-west-2"
	gatewayARN = "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/my-gateway-abcdefghij"
	engineARN  = "arn:aws:bedrock-agentcore:us-west-2:123456789012:policy-engine/MyPolicy-abcdefghij"
	roleARN    = "arn:aws:iam::123456789012:role/gateway-role"
)

var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},
	"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"},
	"ArnLike":{"aws:SourceArn":"arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/*"}}}]}`

// world is an account with one role, which has these policies.
func world(t *testing.T, trust string, documents ...string) *identity.Snapshot {
	t.Helper()
	scope := identity.Scope{Partition: "aws", Account: account}
	role := &identity.Role{Scope: scope, ID: "AROA1", Name: "gateway-role", Path: "/", Trust: trust}
	for i, d := range documents {
		role.Inline = append(role.Inline, identity.InlinePolicy{Name: string(rune('a' + i)), Document: d})
	}
	s, err := identity.NewSnapshot().With(identity.Put(&identity.Account{Scope: scope}), identity.Put(role))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func allow(actions, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + actions + `],"Resource":"` + resource + `"}]}`
}

func check(s *identity.Snapshot) *gateway.Preflight {
	return gateway.CheckEngine(s, gatewayARN, region, roleARN, engineARN, now)
}

// The story's role: it may read the gateway and nothing of the engine.
func TestPreflightNamesWhatIsMissingAndProvesTheDocument(t *testing.T) {
	get := allow(`"bedrock-agentcore:GetGateway"`, gatewayARN)
	found := check(world(t, trust, get))
	var missing []string
	for _, l := range found.Missing {
		missing = append(missing, strings.TrimPrefix(l.Action, "bedrock-agentcore:")+" "+l.Resource)
	}
	want := []string{
		"AuthorizeAction " + engineARN, "AuthorizeAction " + gatewayARN,
		"PartiallyAuthorizeActions " + engineARN, "PartiallyAuthorizeActions " + gatewayARN,
		"GetPolicyEngine " + engineARN,
	}
	if !slices.Equal(missing, want) || found.Problem != "" || found.Ready() {
		t.Fatalf("missing %q, problem %q", missing, found.Problem)
	}
	doc, err := policy.Parse([]byte(found.Policy))
	if err != nil || len(doc.Statements) != 2 {
		t.Fatalf("the document %s: %v", found.Policy, err)
	}
	if again := check(world(t, trust, get, found.Policy)); !again.Ready() || again.Policy != "" {
		t.Errorf("with the document added: %+v", again)
	}
}

func TestPreflightAsksForNoMoreThanIsMissing(t *testing.T) {
	all := allow(`"bedrock-agentcore:*"`, "arn:aws:bedrock-agentcore:*:*:*")
	onEngine := allow(`"bedrock-agentcore:*"`, "arn:aws:bedrock-agentcore:*:*:policy-engine/*")
	for about, c := range map[string]struct {
		documents []string
		missing   int
		fragment  string
	}{
		"AWS's full access":         {[]string{all}, 0, ""},
		"only the gateway missing":  {[]string{onEngine}, 2, "EvaluatePoliciesForGateway"},
		"only AuthorizeAction":      {[]string{allow(`"bedrock-agentcore:AuthorizeAction"`, "*")}, 3, "EvaluatePoliciesForGatewayLists"},
		"all but GetPolicyEngine":   {[]string{allow(`"bedrock-agentcore:*uthorizeAction*"`, "*")}, 1, "GetPolicyEngineForValidation"},
		"an explicit deny of a few": {[]string{all, strings.Replace(allow(`"bedrock-agentcore:GetPolicyEngine"`, "*"), "Allow", "Deny", 1)}, 1, ""},
	} {
		found := check(world(t, trust, c.documents...))
		if len(found.Missing) != c.missing || !strings.Contains(found.Policy, c.fragment) || (c.fragment == "") != (found.Policy == "") {
			t.Errorf("%s: missing %v, document %s", about, found.Missing, found.Policy)
		}
	}
}

func TestPreflightSaysWhatIsWrongWithTheRole(t *testing.T) {
	all := allow(`"bedrock-agentcore:*"`, "*")
	for about, c := range map[string]struct{ trust, problem string }{
		"a role for Lambda":        {strings.Replace(trust, "bedrock-agentcore.amazonaws.com", "lambda.amazonaws.com", 1), "trust policy"},
		"a role of another region": {strings.Replace(trust, "us-west-2:123456789012:gateway", "eu-west-1:123456789012:gateway", 1), "trust policy"},
	} {
		if found := check(world(t, c.trust, all)); !strings.Contains(found.Problem, c.problem) || found.Ready() {
			t.Errorf("%s: problem %q", about, found.Problem)
		}
	}
	found := gateway.CheckEngine(world(t, trust, all), gatewayARN, region, roleARN+"-x", engineARN, now)
	if !strings.Contains(found.Problem, "there is no role") {
		t.Errorf("no role: %q", found.Problem)
	}
}

func TestLackIsToldInAWSsWords(t *testing.T) {
	found := check(world(t, trust))
	want := "User: arn:aws:sts::123456789012:assumed-role/gateway-role/GenesisPolicyEngineCheck is not authorized to perform: " +
		"bedrock-agentcore:AuthorizeAction on resource: " + engineARN +
		" because no identity-based policy allows the bedrock-agentcore:AuthorizeAction action"
	if got := found.Missing[0].Message; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
