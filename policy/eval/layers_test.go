package eval

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hardpan/policy"
)

const (
	everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	nothing    = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"none:None","Resource":"*"}}`
	denial     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"No","Effect":"Deny","Action":"bedrock:InvokeModel","Resource":"*"}]}`
)

// withPrincipal is a document for a resource, for everyone.
func withPrincipal(doc string) string {
	return strings.ReplaceAll(doc, `"Effect"`, `"Principal":"*","Effect"`)
}

// TestMessages is AWS's text for each layer, silent and denying.
func TestMessages(t *testing.T) {
	tests := []struct {
		layer           Layer
		silent, denying string
		limit           func(s *Subject, r *Request, limit func(Layer, string) *Set, doc string)
	}{
		{LayerIdentity, "no identity-based policy allows", "in an identity-based policy: ARN", func(s *Subject, _ *Request, limit func(Layer, string) *Set, doc string) {
			s.Identity = limit(LayerIdentity, doc)
		}},
		{LayerBoundary, "no permissions boundary allows", "in a permissions boundary: ARN", func(s *Subject, _ *Request, limit func(Layer, string) *Set, doc string) {
			s.Boundary = limit(LayerBoundary, doc)
		}},
		{LayerSession, "no session policy allows", "in a session policy: ARN", func(s *Subject, _ *Request, limit func(Layer, string) *Set, doc string) {
			s.Session = limit(LayerSession, doc)
		}},
		{LayerSCP, "no service control policy allows", "in a service control policy: ARN", func(s *Subject, _ *Request, limit func(Layer, string) *Set, doc string) {
			s.SCPs = []*Set{limit(LayerSCP, everything), limit(LayerSCP, doc)}
		}},
		{LayerRCP, "no resource control policy allows", "in a resource control policy: ARN", func(s *Subject, _ *Request, limit func(Layer, string) *Set, doc string) {
			s.RCPs = []*Set{limit(LayerRCP, withPrincipal(doc))}
		}},
		{LayerResource, "no resource-based policy allows", "in a resource-based policy", func(_ *Subject, r *Request, limit func(Layer, string) *Set, doc string) {
			r.ResourceAccount, r.ResourcePolicy = "111122223333", limit(LayerResource, withPrincipal(doc))
		}},
		{LayerTrust, "no role trust policy allows", "in the role trust policy", func(_ *Subject, r *Request, limit func(Layer, string) *Set, doc string) {
			r.Trust, r.ResourcePolicy = true, limit(LayerTrust, withPrincipal(doc))
		}},
	}
	limit := func(l Layer, doc string) *Set {
		return NewSet(Compile(mustParse(t, doc), Source{Layer: l, ARN: "ARN"}))
	}
	const base = "User: " + user + " is not authorized to perform: bedrock:InvokeModel on resource: " + haiku
	for _, tt := range tests {
		for doc, want := range map[string]string{
			nothing: base + " because " + tt.silent + " the bedrock:InvokeModel action",
			denial:  base + " with an explicit deny " + tt.denying,
		} {
			s, r := userWith(t, everything), &Request{Action: "bedrock:InvokeModel", Resource: haiku}
			tt.limit(s, r, limit, doc)
			d := s.Evaluate(r)
			if got := d.Message(user, r); got != want || d.Layer != tt.layer || d.Explicit != (doc == denial) {
				t.Errorf("%s: %+v\n got %s\nwant %s", tt.layer, d, got, want)
			}
		}
	}
}

func TestMessageWithoutResource(t *testing.T) {
	r := &Request{Action: "bedrock:ListFoundationModels", Resource: "*", NoResourceInMessage: true}
	want := "User: " + user + " is not authorized to perform: bedrock:ListFoundationModels because no identity-based policy allows the bedrock:ListFoundationModels action"
	if got := userWith(t).Evaluate(r).Message(user, r); got != want {
		t.Errorf("got %s", got)
	}
}

func TestInlineDenyNamesNoPolicy(t *testing.T) {
	r := &Request{Action: "bedrock:InvokeModel", Resource: haiku}
	if got := userWith(t, denial).Evaluate(r).Message(user, r); !strings.HasSuffix(got, " with an explicit deny in an identity-based policy") {
		t.Errorf("got %s", got)
	}
}

// TestResourcePolicy is the table in resource.go: who is named, and what else
// still limits.
func TestResourcePolicy(t *testing.T) {
	const (
		role    = "arn:aws:iam::123456789012:role/team/a"
		session = "arn:aws:sts::123456789012:assumed-role/a/s"
		root    = "arn:aws:iam::123456789012:root"
	)
	tests := []struct {
		name    string
		named   string
		session bool // the caller is a session of the role, else a user
		owner   string
		limits  string // b: a silent boundary, s: a silent session policy, i: identity policies allow
		want    bool
	}{
		{"user named", user, false, "", "", true},
		{"user named, boundary and session silent", user, false, "", "bs", true},
		{"another user named", user + "x", false, "", "", false},
		{"another user named, identity allows", user + "x", false, "", "i", true},
		{"account named", root, false, "", "", false},
		{"account id named", "123456789012", false, "", "", false},
		{"account named, identity allows", root, false, "", "i", true},
		{"everyone named", "*", false, "", "", true},
		{"everyone named, boundary silent", "*", false, "", "b", false},
		{"session named", session, true, "", "", true},
		{"session named, boundary and session silent", session, true, "", "bs", true},
		{"role named", role, true, "", "", true},
		{"role named, boundary silent", role, true, "", "b", false},
		{"role named, session policy silent", role, true, "", "s", false},
		{"other account, user named", user, false, "111122223333", "", false},
		{"other account, user named, identity allows", user, false, "111122223333", "i", true},
		{"other account, account named, identity allows", root, false, "111122223333", "i", true},
		{"other account, account named, identity allows, boundary silent", root, false, "111122223333", "ib", false},
		{"other account, nobody named, identity allows", user + "x", false, "111122223333", "i", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := userWith(t)
			if tt.session {
				s.PrincipalARN, s.RoleARN, s.SessionARN = role, role, session
			}
			if strings.Contains(tt.limits, "i") {
				s.Identity = set(t, LayerIdentity, everything)
			}
			if strings.Contains(tt.limits, "b") {
				s.Boundary = set(t, LayerBoundary, nothing)
			}
			if strings.Contains(tt.limits, "s") {
				s.Session = NewSet()
			}
			doc := strings.Replace(everything, `"Effect"`, `"Principal":{"AWS":"`+tt.named+`"},"Effect"`, 1)
			r := &Request{Action: "a:B", Resource: "arn:aws:a:::b", ResourceAccount: tt.owner, ResourcePolicy: set(t, LayerResource, doc)}
			if d := s.Evaluate(r); d.Allowed != tt.want {
				t.Errorf("decision %+v, want allowed %v", d, tt.want)
			}
		})
	}
}

func TestAssumeRole(t *testing.T) {
	const caller = "arn:aws:iam::123456789012:user/foo"
	tests := []struct {
		name, action, principal string
		identity                bool // the caller's identity policies allow
		owner                   string
		want                    bool
		layer                   Layer
	}{
		{"user named, same account", "sts:AssumeRole", `{"AWS":"` + caller + `"}`, false, "", true, LayerTrust},
		{"account named, identity silent", "sts:AssumeRole", `{"AWS":"123456789012"}`, false, "", false, LayerIdentity},
		{"account named, identity allows", "sts:AssumeRole", `{"AWS":"arn:aws:iam::123456789012:root"}`, true, "", true, LayerIdentity},
		{"nobody named, identity allows", "sts:AssumeRole", `{"AWS":"111122223333"}`, true, "", false, LayerTrust},
		{"a service named", "sts:AssumeRole", `{"Service":"bedrock.amazonaws.com"}`, true, "", false, LayerTrust},
		{"other account, identity silent", "sts:AssumeRole", `{"AWS":"` + caller + `"}`, false, "111122223333", false, LayerIdentity},
		{"other account, both", "sts:AssumeRole", `{"AWS":"123456789012"}`, true, "111122223333", true, LayerIdentity},
		{"tags, identity silent", "sts:TagSession", `{"AWS":"` + caller + `"}`, false, "", false, LayerIdentity},
		{"tags, both", "sts:TagSession", `{"AWS":"` + caller + `"}`, true, "", true, LayerIdentity},
		{"an action that the trust policy lacks", "sts:SetSourceIdentity", `{"AWS":"` + caller + `"}`, true, "", false, LayerTrust},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Subject{Account: "123456789012", PrincipalARN: caller, Identity: set(t, LayerIdentity, nothing)}
			if tt.identity {
				s.Identity = set(t, LayerIdentity, everything)
			}
			trust := set(t, LayerTrust, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":`+tt.principal+`,"Action":["sts:AssumeRole","sts:TagSession"]}}`)
			r := &Request{Action: tt.action, Resource: "arn:aws:iam::123456789012:role/a", ResourcePolicy: trust, ResourceAccount: tt.owner}
			d := s.EvaluateTrust(r)
			if d.Allowed != tt.want || d.Layer != tt.layer || s.TraceTrust(r).Decision != d {
				t.Errorf("decision %+v, want allowed %v by %s", d, tt.want, tt.layer)
			}
		})
	}
}

func TestServiceAssumesRole(t *testing.T) {
	s := &Subject{Service: "bedrock.amazonaws.com"}
	r := &Request{Action: "sts:AssumeRole", Resource: "arn:aws:iam::123456789012:role/a", ResourceAccount: "123456789012", Trust: true}
	for service, want := range map[string]bool{"bedrock.amazonaws.com": true, "ec2.amazonaws.com": false} {
		r.ResourcePolicy = set(t, LayerTrust, `{"Statement":{"Effect":"Allow","Principal":{"Service":"`+service+`"},"Action":"sts:AssumeRole"}}`)
		if got := s.Evaluate(r).Allowed; got != want {
			t.Errorf("a role that trusts %s: allowed %v", service, got)
		}
	}
}

func TestRoot(t *testing.T) {
	r := &Request{Action: "bedrock:InvokeModel", Resource: haiku}
	root := &Subject{Root: true, Account: "123456789012", PrincipalARN: "arn:aws:iam::123456789012:root", Identity: set(t, LayerIdentity, denial)}
	if d := root.Evaluate(r); !d.Allowed || d.Layer != LayerNone {
		t.Errorf("root: %+v", d)
	}
	root.SCPs = []*Set{set(t, LayerSCP, denial)}
	if d := root.Evaluate(r); d.Allowed || d.Layer != LayerSCP {
		t.Errorf("root under an SCP that denies: %+v", d)
	}
	root.SCPs = []*Set{set(t, LayerSCP, everything), NewSet()}
	if d := root.Evaluate(r); d.Allowed || d.Explicit {
		t.Errorf("root under a level of SCPs that is silent: %+v", d)
	}
}

func TestSessions(t *testing.T) {
	r := &Request{Action: "bedrock:InvokeModel", Resource: haiku}
	s := userWith(t, everything)
	s.Session = NewSet() // GetFederationToken without a policy
	if d := s.Evaluate(r); d.Allowed || d.Layer != LayerSession {
		t.Errorf("federation without a policy: %+v", d)
	}
	s.Session = set(t, LayerSession, story1)
	if !s.Evaluate(r).Allowed {
		t.Error("an intersection that holds the call denies it")
	}
}

func TestGetCallerIdentityNeedsNothing(t *testing.T) {
	s := userWith(t, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	if !s.Evaluate(&Request{Action: "sts:GetCallerIdentity", Resource: "*"}).Allowed {
		t.Error("sts:GetCallerIdentity is denied")
	}
}

func TestDenyWithAnUnresolvedVariableDoesNotDeny(t *testing.T) {
	s := userWith(t, everything, `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"arn:aws:bedrock:*::foundation-model/${aws:PrincipalTag/none}*"}}`)
	if !s.Evaluate(&Request{Action: "bedrock:InvokeModel", Resource: haiku}).Allowed {
		t.Error("a variable without a value matched")
	}
}

func TestBrokenStatementsMatchNothing(t *testing.T) {
	for _, doc := range []string{
		`{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`,
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"a":"b"}}}}`,
		`{"Statement":{"Effect":"Allow","Resource":"*"}}`,
	} {
		s, r := userWith(t, doc), &Request{Action: "bedrock:InvokeModel", Resource: haiku}
		if s.Evaluate(r).Allowed || s.Trace(r).Decision.Allowed {
			t.Errorf("%s allows", doc)
		}
	}
}

// A hostile action, longer than any that is indexed, is found all the same.
func TestLongAction(t *testing.T) {
	long := "bedrock:" + strings.Repeat("A", 300)
	s := userWith(t, `{"Statement":{"Effect":"Allow","Action":"`+strings.ToUpper(long)+`","Resource":"*"}}`)
	if !s.Evaluate(&Request{Action: long, Resource: "*"}).Allowed {
		t.Error("denied")
	}
}

// TestTraceIsBounded: 1,000 statements with many values, and what decided is
// still there.
func TestTraceIsBounded(t *testing.T) {
	doc := &policy.Document{Version: policy.Version2012}
	var resources []string
	for i := range 40 {
		resources = append(resources, fmt.Sprintf("arn:aws:bedrock:us-west-2:123456789012:prompt/%d-%s", i, strings.Repeat("x", 1_000)))
	}
	for range 1_000 {
		doc.Statements = append(doc.Statements, policy.Statement{Effect: policy.Allow, Action: policy.Strings("bedrock:*"), Resource: policy.Strings(resources...)})
	}
	doc.Statements[999].Resource = policy.Strings("*")
	s := &Subject{Identity: NewSet(Compile(doc, Source{Layer: LayerIdentity}))}
	trace := s.Trace(&Request{Action: "bedrock:InvokeModel", Resource: haiku, Context: keys("aws:UserAgent", strings.Repeat("é", 100_000))})
	text, err := json.Marshal(trace)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 2*traceBytes {
		t.Errorf("the trace has %d bytes", len(text))
	}
	if d := trace.Deciding(); d == nil || d.Index != 999 {
		t.Errorf("the deciding statement is %+v", d)
	}
	p := trace.Layers[0].Policies[0]
	if p.Total != 1_000 || p.Omitted != p.Total-len(p.Statements) || p.Omitted == 0 {
		t.Errorf("total %d, omitted %d, recorded %d", p.Total, p.Omitted, len(p.Statements))
	}
}

func TestTraceNamesWhatFailed(t *testing.T) {
	s := userWith(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"a","Effect":"Allow","Action":"iam:*","Resource":"*"},
		{"Sid":"r","Effect":"Allow","Action":"bedrock:*","Resource":"`+titan+`"},
		{"Sid":"n","Effect":"Allow","NotAction":"bedrock:*","Resource":"*"},
		{"Sid":"nr","Effect":"Allow","Action":"*","NotResource":"`+haiku+`"},
		{"Sid":"c","Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1","aws:username":"foo"},"Null":{"aws:username":"true"}}}]}`)
	trace := s.Trace(&Request{Action: "bedrock:InvokeModel", Resource: haiku, Context: keys("aws:RequestedRegion", "us-west-2")})
	want := []Element{ElementAction, ElementResource, ElementNotAction, ElementNotResource, ElementCondition}
	got := trace.Layers[0].Policies[0].Statements
	for i, s := range got {
		if s.Failed != want[i] || s.Matched || s.Line == 0 {
			t.Errorf("statement %s failed by %q, want %q", s.Sid, s.Failed, want[i])
		}
	}
	if got[1].Wanted[0] != titan {
		t.Errorf("wanted %q", got[1].Wanted)
	}
	c := got[4].Conditions
	if len(c) != 3 || c[0].Actual[0] != "us-west-2" || c[0].Wanted[0] != "eu-west-1" || !c[1].Missing || !c[2].Holds {
		t.Errorf("conditions %+v", c)
	}
}
