package arn

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	const s = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"
	a, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	want := ARN{"aws", "bedrock", "us-west-2", "", "foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"}
	if a != want || a.String() != s {
		t.Errorf("Parse = %+v, String = %s", a, a)
	}
	if a.Type() != "foundation-model" || a.ID() != "anthropic.claude-3-5-haiku-20241022-v1:0" {
		t.Errorf("Type %q, ID %q", a.Type(), a.ID())
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"", "*", "arn", "arn:aws:iam::1", "arn:aws:iam::1:", "arn::iam::1:x", "arn:aws:::1:x", "ARN:aws:iam::1:x"} {
		if a, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", s, a)
		}
	}
}

func TestResourcePattern(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"*", "*", true},
		{"*", "arn:aws:bedrock:us-west-2::foundation-model/x", true},
		{"arn:aws:bedrock:us-west-2::foundation-model/x", "*", false},
		{"arn:aws:bedrock:us-west-2::foundation-model/x", "arn:aws:bedrock:us-west-2::foundation-model/X", false},
		// a wildcard matches an empty part
		{"arn:aws:bedrock:*::foundation-model/*", "arn:aws:bedrock:::foundation-model/x", true},
		{"arn:aws:bedrock:*::foundation-model/*", "arn:aws:bedrock:eu-west-1::foundation-model/x", true},
		{"arn:aws:bedrock:*::foundation-model/*", "arn:aws:bedrock:eu-west-1:123456789012:foundation-model/x", false},
		// a star inside a part stays in it
		{"arn:aws:bedrock:us-*-2::foundation-model/x", "arn:aws:bedrock:us-west-2::foundation-model/x", true},
		{"arn:aws:bedrock:u*2::foundation-model/x", "arn:aws:bedrock:u:2::foundation-model/x", false},
		{"arn:aws:bedrock:us-west-?::foundation-model/x", "arn:aws:bedrock:us-west-2::foundation-model/x", true},
		{"arn:aws:bedrock:us-west-2?:foundation-model/x", "arn:aws:bedrock:us-west-2::foundation-model/x", false},
		// a star that ends its part may leave it
		{"arn:aws:bedrock:*:foundation-model/x", "arn:aws:bedrock:us-west-2::foundation-model/x", true},
		{"arn:aws:bedrock:us*", "arn:aws:bedrock:us-west-2:123456789012:custom-model/a:b", true},
		// in the sixth part everything goes
		{"arn:aws:bedrock:*:*:prompt/a*c", "arn:aws:bedrock:us-east-1:1:prompt/a:b/c", true},
		{"arn:aws:bedrock:*:*:prompt/a?c", "arn:aws:bedrock:us-east-1:1:prompt/a:c", true},
		// what is missing is a star
		{"arn:aws:bedrock", "arn:aws:bedrock:us-west-2::foundation-model/x", true},
		{"arn:aws:bedrock:us-west-2", "arn:aws:bedrock:us-west-2::foundation-model/x", true},
		{"arn:aws:bedrock:us-west-2", "arn:aws:bedrock:us-west-22::foundation-model/x", false},
		{"arn:aws:bed", "arn:aws:bedrock:us-west-2::foundation-model/x", false},
		// the collection that ListInferenceProfiles is authorized on
		{"arn:aws:bedrock:*:*:inference-profile/*", "arn:aws:bedrock:eu-west-2:123456789012:inference-profile/*", true},
		// story 4
		{"arn:aws:bedrock:eu-west-1:*:*", "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x", true},
		{"arn:aws:bedrock:eu-west-1:*:foundation-model/*", "arn:aws:bedrock:eu-west-1::foundation-model/x", true},
		{"arn:aws:bedrock:eu-west-1:*:*", "arn:aws:bedrock:us-east-1::foundation-model/x", false},
	}
	for _, tt := range tests {
		if got := ResourcePattern(tt.pattern).Match(tt.text); got != tt.want {
			t.Errorf("Resource %q against %q = %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func TestLikePattern(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"arn:aws:bedrock:*:*:application-inference-profile/*", "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc", true},
		{"arn:aws:bedrock:*:*:application-inference-profile/*", "arn:aws:bedrock:us-west-2:123456789012:inference-profile/abc", false},
		{"arn:aws:someservice:*:111122223333:finance/*", "arn:aws:someservice:us-east-1:111122223333:x:111122223333:finance/y", false},
		{"arn:aws:bedrock:*:finance/*", "arn:aws:bedrock:us-east-1:1:finance/y", false}, // five parts
		{"arn:*:*:*:*:*", "arn:aws:bedrock:us-east-1:1:prompt/a:b", true},
		{"arn:aws:bedrock:us-east-1:1:prompt/*:?", "arn:aws:bedrock:us-east-1:1:prompt/a:b", true},
		{"*", "arn:aws:bedrock:us-east-1:1:prompt/a", false},
	}
	for _, tt := range tests {
		p, ok := LikePattern(tt.pattern)
		if got := ok && p.Match(tt.text); got != tt.want {
			t.Errorf("ArnLike %q against %q = %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
	}
}

func TestEveryARNMatchesItself(t *testing.T) {
	part := rapid.StringMatching(`[a-z0-9-]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		a := ARN{
			part.Draw(t, "partition"), part.Draw(t, "service"), rapid.StringMatching(`[a-z0-9-]{0,8}`).Draw(t, "region"),
			rapid.StringMatching(`[0-9]{0,12}`).Draw(t, "account"), rapid.StringMatching(`[a-z]{1,5}([/:][a-z.]{0,5}){0,2}`).Draw(t, "resource"),
		}
		b, err := Parse(a.String())
		if err != nil || a != b {
			t.Fatalf("Parse(%s) = %+v, %v", a, b, err)
		}
		like, ok := LikePattern(a.String())
		if !ok || !like.Match(a.String()) || !ResourcePattern(a.String()).Match(a.String()) {
			t.Fatalf("%s does not match itself", a)
		}
	})
}
