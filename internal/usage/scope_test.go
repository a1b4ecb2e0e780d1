package usage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hardpan/internal/usage"
)

func TestParseScope(t *testing.T) {
	for text, want := range map[string]usage.Scope{
		"account": {Kind: usage.ScopeAccount},
		"principal:arn:aws:iam::123456789012:user/foo": {Kind: usage.ScopePrincipal, Value: "arn:aws:iam::123456789012:user/foo"},
		"principal:*":                        {Kind: usage.ScopePrincipal, Each: true},
		"model:amazon.titan-embed-text-v2:0": {Kind: usage.ScopeModel, Value: "amazon.titan-embed-text-v2:0"},
		"tag:UserEmail=foo@example.com":      {Kind: usage.ScopeTag, Key: "UserEmail", Value: "foo@example.com"},
		"tag:UserEmail=*":                    {Kind: usage.ScopeTag, Key: "UserEmail", Each: true},
		`tag:a\=b=\*`:                        {Kind: usage.ScopeTag, Key: "a=b", Value: "*"},
		"tag:Team=":                          {Kind: usage.ScopeTag, Key: "Team"},
		"tag:a=b=c:d":                        {Kind: usage.ScopeTag, Key: "a", Value: "b=c:d"},
		"tool:orders___refund":               {Kind: usage.ScopeTool, Value: "orders___refund"},
		"gateway:*":                          {Kind: usage.ScopeGateway, Each: true},
	} {
		got, err := usage.ParseScope(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %q, %v", text, got, got, err)
		}
	}
	for _, text := range []string{
		"", "accounts", "account:", "account:123456789012", "principal", "principal:", "tag", "tag:", "tag:a", "tag:=b", `tag:a\=b`,
		`model:\`, "Model:x", "model:" + strings.Repeat("x", usage.MaxScope),
	} {
		if s, err := usage.ParseScope(text); err == nil {
			t.Errorf("%.40q is %+v", text, s)
		}
	}
}

func TestScopeRoundTrip(t *testing.T) {
	strange := rapid.StringOfN(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune(`\=*: "'`+"\n\x00"))), 1, 256, -1)
	rapid.Check(t, func(t *rapid.T) {
		s := usage.Scope{Kind: usage.ScopeTag, Key: rapid.StringN(1, 128, -1).Draw(t, "key"), Value: strange.Draw(t, "value")}
		if rapid.Bool().Draw(t, "profile") {
			s.Kind, s.Key = usage.ScopeProfile, ""
		}
		if got, err := usage.ParseScope(s.String()); err != nil || got != s {
			t.Fatalf("%q: %+v, %v", s, got, err)
		}
		each := usage.Scope{Kind: s.Kind, Key: s.Key, Each: true}
		if got, err := usage.ParseScope(each.String()); err != nil || got != each || each.Of(s.Value) != s.String() {
			t.Fatalf("%q: %+v, %v", each, got, err)
		}
	})
}

func TestScopeValues(t *testing.T) {
	call := &usage.Call{
		Principal: "role", Session: "s2", Ancestors: []string{"s1", "s0"}, Key: "AKIA1", Profile: "p", Model: "m",
		Tags:        []usage.Tag{{Key: "Department", Value: "Research"}, {Key: "Team", Value: ""}},
		ProfileTags: []usage.Tag{{Key: "department", Value: "Sales"}, {Key: "Cost", Value: "*"}},
	}
	for text, want := range map[string][]string{
		"account":                 {""},
		"principal:role":          {"role"},
		"principal:*":             {"role"},
		"principal:s2":            nil,
		"session:s0":              {"s0"},
		"session:*":               {"s2", "s1", "s0"},
		"key:AKIA1":               {"AKIA1"},
		"profile:*":               {"p"},
		"model:m":                 {"m"},
		"model:n":                 nil,
		"tag:DEPARTMENT=Research": {"Research"},
		"tag:Department=Sales":    {"Sales"},
		"tag:Department=sales":    nil,
		"tag:Department=*":        {"Research", "Sales"},
		"tag:Team=":               {""},
		"tag:Team=*":              {""},
		`tag:Cost=\*`:             {"*"},
		"tag:Other=*":             nil,
	} {
		s, err := usage.ParseScope(text)
		if got := s.Values(call); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
	if got := (usage.Scope{Kind: usage.ScopeSession, Each: true}).Values(&usage.Call{}); got != nil {
		t.Errorf("a call without a session is in %q", got)
	}
}

// A tool's call is charged to gateways and tools, and to nothing else; a model's
// to neither.
func TestScopeValuesOfATool(t *testing.T) {
	tool := &usage.Call{Principal: "role", Key: "AKIA1", Tags: []usage.Tag{{Key: "Team", Value: "x"}}, Gateway: "g", Tool: "t___a"}
	model := &usage.Call{Principal: "role", Model: "m"}
	for text, want := range map[string][]string{
		"gateway:g": {"g"}, "gateway:*": {"g"}, "gateway:h": nil, "tool:t___a": {"t___a"}, "tool:*": {"t___a"}, "tool:t___b": nil,
		"account": nil, "principal:*": nil, "key:AKIA1": nil, "tag:Team=*": nil,
	} {
		s, err := usage.ParseScope(text)
		if got := s.Values(tool); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
		if got := s.Values(model); s.CountsTools() && got != nil {
			t.Errorf("%s: a model's call is in %q", text, got)
		}
	}
}

// In reports the profile's value wins; the principal's tags stay as they are.
func TestAttribution(t *testing.T) {
	tags := []usage.Tag{{Key: "Department", Value: "Research"}, {Key: "Team", Value: "x"}}
	profile := make([]usage.Tag, 1, 4)
	profile[0] = usage.Tag{Key: "DEPARTMENT", Value: "Sales"}
	call := &usage.Call{Tags: tags, ProfileTags: profile}
	if v, ok := call.TagValue("department"); v != "Sales" || !ok {
		t.Error(v)
	}
	if v, ok := call.TagValue("team"); v != "x" || !ok {
		t.Error(v)
	}
	if _, ok := call.TagValue("none"); ok {
		t.Error("a tag out of nothing")
	}
	want := []usage.Tag{{Key: "DEPARTMENT", Value: "Sales"}, {Key: "Team", Value: "x"}}
	if diff := cmp.Diff(want, call.Attribution()); diff != "" {
		t.Error(diff)
	}
	if profile[:2][1] != (usage.Tag{}) {
		t.Error("the profile's tags were written into")
	}
}
