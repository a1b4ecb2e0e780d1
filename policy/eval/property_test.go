package eval

import (
	"encoding/json"
	"flag"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"hardpan/policy"
	"hardpan/policy/condition"
)

// The words of which random policies and requests are made: few, so that they
// meet.
var (
	wordActions = []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "BEDROCK:invokemodel", "bedrock:CallWithBearerToken", "iam:GetUser", "sts:AssumeRole", "sts:TagSession"}
	wordActionP = append([]string{"*", "bedrock:*", "bedrock:Invoke*", "bedrock:*Stream", "bedrock:?nvokeModel", "*:*", "iam:*", "b*:Call*", "sts:*"}, wordActions...)

	wordResources = []string{"*", haiku, titan, "arn:aws:bedrock:::foundation-model/x", "arn:aws:bedrock:eu-west-1::foundation-model/x:0", "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/foo", "arn:aws:iam::123456789012:user/foo"}
	wordResourceP = append([]string{
		"arn:aws:bedrock:*::foundation-model/*", "arn:aws:bedrock:us-*-2::foundation-model/*", "arn:aws:bedrock:eu-west-1:*:*", "arn:aws:bedrock:eu-west-?::foundation-model/x:?",
		"arn:aws:bedrock", "arn:aws:bedrock:us-west-2", "arn:aws:bedrock:*", "arn:aws:bedrock:*:foundation-model/x", "arn:aws:bedrock:*:*:*haiku*v1*", "arn:*:iam::*:user/*",
		"arn:aws:bedrock:*:*:application-inference-profile/${aws:username}", "arn:aws:iam::123456789012:user/${aws:PrincipalTag/Name, 'foo'}", "arn:aws:iam::123456789012:user/${aws:PrincipalTag/Name}*",
		"arn:aws:bedrock:*:*:${*}", "arn:aws:iam::123456789012:user/${aws:TagKeys}", "arn:aws:iam::123456789012:user/${aws:TagKeys, 'foo'}", "arn:aws:iam::${aws:nothing, '123456789012'}:user/foo", "arn:aws:iam::123456789012:*/f*",
	}, wordResources...)

	wordValues    = []string{"foo", "bar", "FOO", "*", "", "7", "12", "true", "2026-03-01", "203.0.113.7", "arn:aws:iam::123456789012:role/a"}
	wordValueP    = append([]string{"7.0", "TRUE", "Zm9v", "203.0.113.0/24", "2026-03-01T00:00:00Z", "f*", "?oo", "${aws:username}", "${aws:PrincipalTag/Name}", "${aws:PrincipalTag/Name, 'bar'}", "${*}", "arn:aws:iam::*:role/*", "arn:aws:*:role/a", "arn:aws:*:role/${aws:username}", "arn:aws:iam::*:role/${aws:nothing, 'a'}", "${aws:TagKeys}", "${$}", "true", "false"}, wordValues...)
	wordKeys      = []string{"aws:username", "aws:PrincipalTag/Name", "aws:TagKeys"}
	wordOperators = []string{
		"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike", "ArnLike", "ArnNotEquals",
		"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
		"DateEquals", "DateNotEquals", "DateLessThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress",
	}
	wordQualifiers = []string{"", "", "", "ForAllValues:", "ForAnyValue:"}
	wordPrincipals = []string{"*", "123456789012", "arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:user/foo", "arn:aws:iam::123456789012:role/a", "arn:aws:sts::123456789012:assumed-role/a/s", "111122223333"}
)

func pick(t *rapid.T, label string, words []string, most int) *policy.List {
	return policy.Strings(rapid.SliceOfN(rapid.SampledFrom(words), 1, most).Draw(t, label)...)
}

// chance is true once in n draws.
func chance(t *rapid.T, label string, n int) bool { return rapid.IntRange(1, n).Draw(t, label) == n }

func drawStatement(t *rapid.T, principals bool) policy.Statement {
	s := policy.Statement{Effect: policy.Allow}
	if chance(t, "deny", 5) {
		s.Effect = policy.Deny
	}
	if chance(t, "not action", 6) {
		s.NotAction = pick(t, "actions", wordActionP, 2)
	} else {
		s.Action = pick(t, "actions", wordActionP, 3)
	}
	if chance(t, "not resource", 6) {
		s.NotResource = pick(t, "resources", wordResourceP, 2)
	} else {
		s.Resource = pick(t, "resources", wordResourceP, 3)
	}
	for range rapid.IntRange(0, 2).Draw(t, "conditions") {
		op := policy.Operator{Name: rapid.SampledFrom(wordQualifiers).Draw(t, "qualifier") + rapid.SampledFrom(wordOperators).Draw(t, "operator")}
		if chance(t, "if exists", 4) {
			op.Name += "IfExists"
		}
		if chance(t, "null", 10) {
			op.Name = "Null"
		}
		op.Keys = []policy.Key{{Name: rapid.SampledFrom(wordKeys).Draw(t, "key"), Values: *pick(t, "values", wordValueP, 2)}}
		s.Conditions = append(s.Conditions, op)
	}
	if principals {
		p := &policy.Principal{Kinds: []policy.PrincipalKind{{Name: "AWS", Values: *pick(t, "principals", wordPrincipals, 2)}}}
		if chance(t, "not principal", 6) {
			s.NotPrincipal = p
		} else {
			s.Principal = p
		}
	}
	return s
}

func drawSet(t *rapid.T, layer Layer) *Set {
	var policies []*Policy
	for range rapid.IntRange(0, 3).Draw(t, "policies of "+layer.String()) {
		doc := &policy.Document{Version: rapid.SampledFrom([]string{policy.Version2012, policy.Version2012, ""}).Draw(t, "version")}
		for range rapid.IntRange(1, 4).Draw(t, "statements") {
			doc.Statements = append(doc.Statements, drawStatement(t, layer == LayerResource || layer == LayerTrust))
		}
		policies = append(policies, Compile(doc, Source{Layer: layer}))
	}
	return NewSet(policies...)
}

func drawSubject(t *rapid.T) *Subject {
	s := &Subject{Account: "123456789012", PrincipalARN: "arn:aws:iam::123456789012:user/foo", Identity: drawSet(t, LayerIdentity)}
	switch rapid.IntRange(0, 9).Draw(t, "who") {
	case 0:
		s.Root, s.PrincipalARN = true, "arn:aws:iam::123456789012:root"
	case 1, 2, 3:
		s.RoleARN, s.SessionARN = "arn:aws:iam::123456789012:role/a", "arn:aws:sts::123456789012:assumed-role/a/s"
		s.PrincipalARN = rapid.SampledFrom([]string{s.RoleARN, s.SessionARN}).Draw(t, "principal")
	}
	if chance(t, "boundary", 3) {
		s.Boundary = drawSet(t, LayerBoundary)
	}
	if chance(t, "session", 3) {
		s.Session = drawSet(t, LayerSession)
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2}).Draw(t, "SCP levels") {
		s.SCPs = append(s.SCPs, drawSet(t, LayerSCP))
	}
	if chance(t, "RCP", 8) {
		s.RCPs = append(s.RCPs, drawSet(t, LayerRCP))
	}
	return s
}

func drawRequest(t *rapid.T) *Request {
	r := &Request{
		Action:   rapid.SampledFrom(wordActions).Draw(t, "action"),
		Resource: rapid.SampledFrom(wordResources).Draw(t, "resource"),
		Context:  condition.NewContext(nil),
	}
	for _, key := range wordKeys {
		switch values := rapid.SliceOfN(rapid.SampledFrom(wordValues), 0, 2).Draw(t, key); {
		case key == "aws:TagKeys" && chance(t, "tag keys", 2):
			r.Context.SetMany(key, "request", values)
		case key != "aws:TagKeys" && len(values) > 0:
			r.Context.Set(key, "principal", values[0])
		}
	}
	if chance(t, "resource policy", 3) {
		layer := LayerResource
		if r.Trust = chance(t, "trust", 3); r.Trust {
			layer = LayerTrust
		}
		r.ResourcePolicy = drawSet(t, layer)
	}
	r.ResourceAccount = rapid.SampledFrom([]string{"", "", "123456789012", "111122223333"}).Draw(t, "owner")
	return r
}

// check runs a law on a quarter as many cases as engine and reference.
func check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	checkCases(t, propertyCases/4, property)
}

func checkCases(t *testing.T, n int, property func(*rapid.T)) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	usual := checks.Value.String()
	defer checks.Value.Set(usual)
	if err := checks.Value.Set(strconv.Itoa(n)); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, property)
}

// compareWithReference: the same verdict, and the same statement decides.
func compareWithReference(t *rapid.T) Decision {
	s, r := drawSubject(t), drawRequest(t)
	got, want := s.Evaluate(r), reference{s, r}.decide()
	if got != want {
		t.Fatalf("Evaluate %+v, reference %+v", got, want)
	}
	if trace := s.Trace(r); trace.Decision != got {
		t.Fatalf("Evaluate %+v, Trace %+v", got, trace.Decision)
	}
	return got
}

func TestEvaluateAgreesWithReference(t *testing.T) {
	seen := map[Decision]int{}
	checkCases(t, propertyCases, func(t *rapid.T) {
		d := compareWithReference(t)
		seen[Decision{Allowed: d.Allowed, Explicit: d.Explicit, Layer: d.Layer}]++
	})
	t.Logf("%d random policies and requests: the same verdict, the same deciding statement", propertyCases)
	for _, layer := range []Layer{LayerSCP, LayerRCP, LayerResource, LayerTrust, LayerIdentity, LayerBoundary, LayerSession} {
		if seen[Decision{Layer: layer}] == 0 || seen[Decision{Explicit: true, Layer: layer}] == 0 {
			t.Errorf("no case in which %s decided against: the property says less than it should", layer)
		}
	}
	for _, layer := range []Layer{LayerNone, LayerResource, LayerTrust, LayerIdentity} {
		if seen[Decision{Allowed: true, Layer: layer}] == 0 {
			t.Errorf("no case in which %s allowed", layer)
		}
	}
}

// A trace names what decided, survives storage, and is bounded.
func TestTraceIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSubject(t), drawRequest(t)
		trace := s.Trace(r)
		text, err := json.Marshal(trace)
		if err != nil {
			t.Fatal(err)
		}
		var stored Trace
		if err := json.Unmarshal(text, &stored); err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(stored); err != nil || string(again) != string(text) {
			t.Fatalf("stored %s, read back %s (%v)", text, again, err)
		}
		deciding := stored.Deciding()
		if (deciding != nil) != (trace.Decision.Statement >= 0) {
			t.Fatalf("decision %+v, deciding statement %+v", trace.Decision, deciding)
		}
		if deciding != nil && deciding.Index != trace.Decision.Statement {
			t.Fatalf("decision %+v, deciding statement %+v", trace.Decision, deciding)
		}
	})
}

// with adds one statement to a layer of s or, for the resource's own policy, of r;
// a layer that is not there stays away, as adding it would be another change.
func with(s *Subject, r *Request, layer Layer, st policy.Statement) (*Subject, *Request) {
	p := Compile(&policy.Document{Version: policy.Version2012, Statements: []policy.Statement{st}}, Source{Layer: layer})
	more, request := *s, *r
	switch {
	case layer == LayerIdentity:
		more.Identity = s.Identity.With(p)
	case layer == LayerBoundary && s.Boundary != nil:
		more.Boundary = s.Boundary.With(p)
	case layer == LayerSession && s.Session != nil:
		more.Session = s.Session.With(p)
	case layer == LayerSCP && len(s.SCPs) > 0:
		more.SCPs = slices.Clone(s.SCPs)
		more.SCPs[0] = s.SCPs[0].With(p)
	case layer == LayerRCP && len(s.RCPs) > 0:
		more.RCPs = slices.Clone(s.RCPs)
		more.RCPs[0] = s.RCPs[0].With(p)
	case layer == LayerResource && r.ResourcePolicy != nil:
		request.ResourcePolicy = r.ResourcePolicy.With(p)
	}
	return &more, &request
}

// drawMore draws a statement with the effect and adds it somewhere.
func drawMore(t *rapid.T, s *Subject, r *Request, effect string) (*Subject, *Request) {
	layer := rapid.SampledFrom([]Layer{LayerIdentity, LayerBoundary, LayerSession, LayerSCP, LayerRCP, LayerResource}).Draw(t, "layer")
	st := drawStatement(t, layer == LayerResource)
	st.Effect = effect
	return with(s, r, layer, st)
}

func TestAddingADenyNeverWidens(t *testing.T) {
	check(t, func(t *rapid.T) {
		s, r := drawSubject(t), drawRequest(t)
		s2, r2 := drawMore(t, s, r, policy.Deny)
		if !s.Evaluate(r).Allowed && s2.Evaluate(r2).Allowed {
			t.Fatal("a Deny made a denied request allowed")
		}
	})
}

func TestRemovingAnAllowNeverWidens(t *testing.T) {
	check(t, func(t *rapid.T) { // the second subject without that Allow is the first
		s, r := drawSubject(t), drawRequest(t)
		s2, r2 := drawMore(t, s, r, policy.Allow)
		if s.Evaluate(r).Allowed && !s2.Evaluate(r2).Allowed {
			t.Fatal("a request is allowed only after an Allow was removed")
		}
	})
}

func TestOrderOfStatementsIsIrrelevant(t *testing.T) {
	check(t, func(t *rapid.T) {
		s, r := drawSubject(t), drawRequest(t)
		backwards := *s
		policies := slices.Clone(s.Identity.Policies())
		slices.Reverse(policies)
		for i, p := range policies {
			doc := *p.Document
			doc.Statements = slices.Clone(doc.Statements)
			slices.Reverse(doc.Statements)
			policies[i] = Compile(&doc, p.Source)
		}
		backwards.Identity = NewSet(policies...)
		a, b := s.Evaluate(r), backwards.Evaluate(r)
		if a.Allowed != b.Allowed || a.Explicit != b.Explicit || a.Layer != b.Layer {
			t.Fatalf("forwards %+v, backwards %+v", a, b)
		}
	})
}

func TestBoundaryAndSessionOnlyIntersect(t *testing.T) {
	check(t, func(t *rapid.T) {
		s, r := drawSubject(t), drawRequest(t)
		free := *s
		free.Boundary, free.Session = nil, nil
		if s.Evaluate(r).Allowed && !free.Evaluate(r).Allowed {
			t.Fatal("a boundary or a session policy granted something")
		}
		limit := drawSet(t, LayerSession)
		limited := *s
		limited.Session = limit
		only := Subject{Account: s.Account, PrincipalARN: s.PrincipalARN, Identity: limit}
		resourceGrants := r.ResourcePolicy != nil
		if !resourceGrants && !s.Root && limited.Evaluate(r).Allowed && !only.Evaluate(&Request{Action: r.Action, Resource: r.Resource, Context: r.Context}).Allowed {
			t.Fatal("a session may do what its session policy does not allow")
		}
	})
}
