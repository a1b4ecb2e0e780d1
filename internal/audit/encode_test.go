package audit

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/usage"
)

// sample is an event as a busy server writes it.
func sample() *Event {
	return &Event{
		ID: "3f2c1a52-7a5e-4c57-9d3e-0f2f6c1d8a11", Time: 1795323092123456,
		Partition: "aws", Account: "123456789012", Region: "us-west-2", RegionFrom: RegionFromScope,
		Service: "bedrock-runtime", Operation: "InvokeModel",
		Caller: Caller{
			ARN: "arn:aws:iam::123456789012:user/BedrockAPIKey-x1y2", ID: "AIDAXXXXXXXXXXXXXXXXX", Type: "IAMUser",
			Account: "123456789012", AccessKeyID: "AKIAXXXXXXXXXXXXXXXX",
			Tags: []Tag{{Key: "Department", Value: "research"}, {Key: "CostCenter", Value: "4711"}},
		},
		SourceIP: "127.0.0.1", UserAgent: "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux lang/python",
		Checks: []Check{{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0", Region: "us-west-2", Allowed: true}},
		Model:  "amazon.titan-embed-text-v2:0", UsedModel: "amazon.titan-embed-text-v2:0", Backend: "builtin", UsedRegion: "us-west-2",
		CouldRegion: []string{"us-west-2"}, Revision: 12, Verdict: Allow, DecisionID: "abcdefghijklmnopqrstuvwxyz",
		Status: 200, Tokens: usage.Tokens{Input: 8, Output: 0}, Outcome: OK, Latency: 1534,
	}
}

func encoded(t *testing.T, e *Event) []byte {
	t.Helper()
	b, err := e.encode()
	if err != nil {
		t.Fatalf("encoding: %v", err)
	}
	return b
}

// The names are the format of every journal that was ever written.
func TestEventFormat(t *testing.T) {
	e := sample()
	e.Denial = &Decision{ID: "d1", Account: "123456789012", Failed: 0, Checks: []CheckTrace{
		{Check: Check{Action: "a", Resource: "r"}, Keys: []Key{{"aws:userid", "principal", []string{"AIDA"}, false}}, Trace: json.RawMessage(`{"x":1}`)},
	}}
	const want = `{"id":"3f2c1a52-7a5e-4c57-9d3e-0f2f6c1d8a11","t":1795323092123456,"part":"aws","acct":"123456789012",` +
		`"reg":"us-west-2","rfrom":"scope","svc":"bedrock-runtime","op":"InvokeModel",` +
		`"who":{"arn":"arn:aws:iam::123456789012:user/BedrockAPIKey-x1y2","id":"AIDAXXXXXXXXXXXXXXXXX","type":"IAMUser",` +
		`"acct":"123456789012","key":"AKIAXXXXXXXXXXXXXXXX","tags":[{"k":"Department","v":"research"},{"k":"CostCenter","v":"4711"}]},` +
		`"ip":"127.0.0.1","ua":"aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux lang/python",` +
		`"checks":[{"a":"bedrock:InvokeModel","r":"arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0","reg":"us-west-2","ok":true}],` +
		`"model":"amazon.titan-embed-text-v2:0","umodel":"amazon.titan-embed-text-v2:0","backend":"builtin","ureg":"us-west-2","could":["us-west-2"],` +
		`"rev":12,"dec":"allow","did":"abcdefghijklmnopqrstuvwxyz","status":200,"tok":{"input":8},"out":"ok","us":1534,` +
		`"denial":{"id":"d1","t":0,"acct":"123456789012","call":{"id":"","svc":"","op":""},` +
		`"checks":[{"a":"a","r":"r","ok":false,"keys":[{"name":"aws:userid","origin":"principal","values":["AIDA"]}],"trace":{"x":1}}],` +
		`"failed":0,"code":"","status":0,"msg":"","out":""}}`
	got := encoded(t, e)
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	var back Event
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(e, &back); d != "" {
		t.Errorf("-written +read:\n%s", d)
	}
}

func TestEmptyEventIsShort(t *testing.T) {
	if got, want := string(encoded(t, &Event{})), `{"id":"","t":0,"dec":"","out":""}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestUserAgentIsBounded(t *testing.T) {
	b := encoded(t, &Event{UserAgent: "a" + strings.Repeat("é", 5000)})
	var e Event
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	if want := "a" + strings.Repeat("é", 255); e.UserAgent != want {
		t.Errorf("user agent of %d bytes kept, want %d whole characters", len(e.UserAgent), len(want))
	}
}

func TestLargeDecisionLosesTracesThenKeys(t *testing.T) {
	big := json.RawMessage(`"` + strings.Repeat("x", maxDecision) + `"`)
	keys := []Key{{Name: "aws:username", Origin: "principal", Values: []string{"foo"}}}
	d := &Decision{ID: "d", Message: "kept", Checks: []CheckTrace{{Check: Check{Action: "a"}, Keys: keys, Trace: big}}}
	got := decodeDecision(t, d)
	if got.Trimmed != "traces" || got.Message != "kept" || len(got.Checks) != 1 || got.Checks[0].Trace != nil || len(got.Checks[0].Keys) != 1 {
		t.Errorf("a large trace left %+v", got)
	}
	if d.Checks[0].Trace == nil {
		t.Error("encoding changed the decision it was given")
	}
	d.Checks[0].Keys = []Key{{Name: "k", Values: []string{string(big)}}}
	if got := decodeDecision(t, d); got.Trimmed != "traces and context keys" || got.Checks[0].Keys != nil || got.Checks[0].Action != "a" {
		t.Errorf("large keys left %+v", got)
	}
}

func decodeDecision(t *testing.T, d *Decision) *Decision {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > maxDecision {
		t.Fatalf("%d bytes, want at most %d", len(b), maxDecision)
	}
	var back Decision
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return &back
}

func TestIDs(t *testing.T) {
	if a, b := NewCallID(), NewCallID(); a == b || len(a) != 36 || a[14] != '4' {
		t.Errorf("call ids %q, %q", a, b)
	}
	a := NewDecisionID()
	if strings.Trim(a, "abcdefghijklmnopqrstuvwxyz234567") != "" || len(a) != 26 {
		t.Errorf("decision id %q", a)
	}
}

func BenchmarkEncode(b *testing.B) {
	e := sample()
	b.ReportAllocs()
	for b.Loop() {
		_, _ = e.encode()
	}
}

// What a decision can spare most is left out first: the policies.
func TestLargeDecisionLosesItsPoliciesFirst(t *testing.T) {
	d := &Decision{ID: "d", Checks: []CheckTrace{{Trace: json.RawMessage(`"` + strings.Repeat("t", maxDecision-1000) + `"`)}}}
	d.Policies = []PolicyText{{Name: "p", Document: json.RawMessage(`"` + strings.Repeat("x", 2000) + `"`)}}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var kept Decision
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	if kept.Policies != nil || len(kept.Checks[0].Trace) == 0 || kept.Trimmed != "policies" || d.Policies == nil {
		t.Errorf("trimmed %q, %d policies, a trace of %d bytes", kept.Trimmed, len(kept.Policies), len(kept.Checks[0].Trace))
	}
}
