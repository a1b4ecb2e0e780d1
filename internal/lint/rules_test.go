package lint

import (
	"strings"
	"testing"

	"hardpan/policy"
)

// Each rule on cases that its documentation does not show, and what looks like a
// case and is none.
func TestRules(t *testing.T) {
	const (
		model = `"arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"`
		all   = `"arn:aws:bedrock:*::foundation-model/*"`
		app   = `"arn:aws:bedrock:*:*:application-inference-profile/*"`
	)
	tests := []struct {
		name string
		kind policy.Kind
		text string // elements of one statement
		want string // ids
	}{
		{"a Sid with a blank", policy.Identity, `"Sid":"a b","Effect":"Allow","Action":"bedrock:InvokeModel","Resource":` + model, "malformed"},
		{"a principal", policy.Identity, `"Effect":"Allow","Principal":"*","Action":"bedrock:InvokeModel","Resource":` + model, "malformed"},
		{"a trust policy", policy.Trust, `"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"sts:AssumeRole"`, ""},

		{"an account of AWS's examples", policy.Identity, `"Effect":"Allow","Action":"bedrock:GetImportedModel","Resource":"arn:aws:bedrock:us-west-2:123456789012:imported-model/abcdefghijkl"`, "placeholder"},
		{"a region in capitals", policy.Identity, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:REGION::foundation-model/amazon.titan-embed-text-v2:0"`, "placeholder"},
		{"an account in capitals", policy.Identity, `"Effect":"Allow","Action":"bedrock:GetImportedModel","Resource":"arn:aws:bedrock:*:ACCOUNT_ID:imported-model/*"`, "placeholder"},
		{"a partition", policy.Identity, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:${Partition}:bedrock:*::foundation-model/*"`, "placeholder"},
		{"a variable is none", policy.Identity, `"Effect":"Allow","Action":"bedrock:GetImportedModel","Resource":"arn:aws:bedrock:*:*:imported-model/${aws:username}"`, ""},
		{"an escape is none", policy.Identity, `"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/${*}"`, ""},
		{"a tag's value may be anything", policy.Identity, `"Effect":"Allow","Action":"bedrock:GetImportedModel","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/stage":"<none>"}}`, ""},

		{"an endpoint's name", policy.Identity, `"Effect":"Allow","Action":"bedrock-runtime:InvokeModel","Resource":` + model, "unknown-action"},
		{"a service misspelt", policy.Identity, `"Effect":"Allow","Action":"bedrok:InvokeModel","Resource":` + model, "unknown-action"},
		{"a wildcard that nothing fits", policy.Identity, `"Effect":"Allow","Action":"bedrock:Call*Nobody","Resource":"*"`, "unknown-action"},
		{"another service", policy.Identity, `"Effect":"Allow","Action":["bedrock-agentcore:InvokeGateway","s3:Foo"],"Resource":"*"`, ""},
		{"case does not count", policy.Identity, `"Effect":"Allow","Action":"Bedrock:invokemodel","Resource":` + model, ""},
		{"NotAction is looked at too", policy.SCP, `"Effect":"Deny","NotAction":["bedrock:InvokeModels"],"Resource":"*"`, "unknown-action"},
		{"Converse beside InvokeModel", policy.Identity, `"Effect":"Deny","Action":["bedrock:InvokeModel","bedrock:Converse"],"Resource":"*"`, "converse-action"},

		{"an account in a model's ARN", policy.Identity, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:us-west-2:210987654321:foundation-model/amazon.titan-embed-text-v2:0"`, "action-resource"},
		{"no account in a profile's ARN", policy.Identity, `"Effect":"Allow","Action":"bedrock:GetInferenceProfile","Resource":"arn:aws:bedrock:us-west-2::inference-profile/us.x"`, "action-resource"},
		{"listing needs a star", policy.Identity, `"Effect":"Allow","Action":"bedrock:ListFoundationModels","Resource":` + all, "action-resource"},
		{"a collection", policy.Identity, `"Effect":"Allow","Action":"bedrock:ListInferenceProfiles","Resource":"arn:aws:bedrock:*:*:inference-profile/*"`, ""},
		{"one resource of two is of no use", policy.Identity, `"Effect":"Allow","Action":"bedrock:CountTokens","Resource":[` + all + `,` + app + `]`, "action-resource"},
		{"one action for each resource", policy.Identity, `"Effect":"Allow","Action":["bedrock:CountTokens","bedrock:GetInferenceProfile"],"Resource":[` + all + `,` + app + `]`, ""},
		{"a whole region", policy.Identity, `"Effect":"Allow","Action":"bedrock:GetInferenceProfile","Resource":"arn:aws:bedrock:us-west-2:*"`, ""},

		{"a Deny of bearer tokens on a model", policy.SCP, `"Effect":"Deny","Action":"bedrock:CallWithBearerToken","Resource":` + model, "bearer-on-model"},
		{"a Deny of bearer tokens", policy.SCP, `"Effect":"Deny","Action":"bedrock:CallWithBearerToken","Resource":"*","Condition":{"StringEquals":{"bedrock:bearerTokenType":"LONG_TERM"}}`, ""},

		{"AWS's own slip", policy.Identity, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":` + all + `,"Condition":{"StringLike":{"aws:InferenceProfileArn":"arn:aws:bedrock:*:*:inference-profile/*"}}`, "condition-key"},
		{"a global key misspelt", policy.Identity, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":` + model + `,"Condition":{"IpAddress":{"aws:SourceIP4":"10.0.0.0/8"}}`, "condition-key"},
		{"another service's key", policy.Identity, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":` + model + `,"Condition":{"StringEquals":{"s3:prefix":"x"}}`, "condition-key"},
		{"another service's key on its action", policy.Identity, `"Effect":"Allow","Action":["s3:ListBucket","bedrock:InvokeModel"],"Resource":"*","Condition":{"StringEquals":{"s3:prefix":"x"}}`, ""},
		{"a tag of a model", policy.Identity, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":` + all + `,"Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}`, "condition-key"},
		{"a Deny by a tag that models never have", policy.SCP, `"Effect":"Deny","Action":"bedrock:InvokeModel","Resource":` + all + `,"Condition":{"StringNotEquals":{"aws:ResourceTag/team":"a"}}`, "condition-key"},
		{"the profile's key on the profile", policy.SCP, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":["arn:aws:bedrock:*:*:inference-profile/*",` + all + `],"Condition":{"StringLike":{"bedrock:InferenceProfileArn":"*"}}`, "condition-key"},
		{"a key in any case", policy.Identity, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":` + model + `,"Condition":{"StringEquals":{"AWS:sourcevpce":"vpce-1","Bedrock:servicetier":"default"}}`, ""},

		{"a key without age", policy.SCP, `"Effect":"Deny","Action":"iam:CreateServiceSpecificCredential","Resource":"*","Condition":{"NumericGreaterThan":{"iam:ServiceSpecificCredentialAgeDays":"90"}}`, "deny-misses-key"},
		{"a Deny by a tag", policy.SCP, `"Effect":"Deny","Action":"bedrock:DeleteImportedModel","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/stage":"production"}}`, "deny-misses-key"},
		{"a Deny whose resource may have no value", policy.Identity, `"Effect":"Deny","Action":"bedrock:DeleteImportedModel","Resource":"arn:aws:bedrock:*:*:imported-model/${aws:PrincipalTag/team}"`, "deny-misses-key"},
		{"without TLS", policy.SCP, `"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`, ""},
		{"no global profiles", policy.SCP, `"Effect":"Deny","Action":"bedrock:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"unspecified"},"ArnLike":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:*:*:inference-profile/global.*"}}`, ""},
		{"a guardrail is a must", policy.SCP, `"Effect":"Deny","Action":"bedrock:InvokeModel*","Resource":"*","Condition":{"StringNotEquals":{"bedrock:GuardrailIdentifier":"arn:aws:bedrock:us-west-2:210987654321:guardrail/abc:1"}}`, ""},
		{"tags that are no must", policy.Identity, `"Effect":"Allow","Action":"bedrock:CreateInferenceProfile","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}`, "negated-misses-key"},
		{"an Allow to what has no tag", policy.Identity, `"Effect":"Allow","Action":"bedrock:DeleteImportedModel","Resource":"*","Condition":{"StringNotEquals":{"aws:ResourceTag/stage":"production"}}`, "negated-misses-key"},
		{"the same with Null", policy.Identity, `"Effect":"Allow","Action":"bedrock:DeleteImportedModel","Resource":"*","Condition":{"StringNotEquals":{"aws:ResourceTag/stage":"production"},"Null":{"aws:ResourceTag/stage":"false"}}`, ""},
		{"a Deny by a tag, of everything", policy.SCP, `"Effect":"Deny","Action":"bedrock:InvokeModel","Resource":"*","Condition":{"StringNotEquals":{"aws:ResourceTag/team":"a"}}`, "negated-misses-key"},

		{"an administrator", policy.Identity, `"Effect":"Allow","Action":"*","Resource":"*"`, "bedrock-star"},
		{"all but", policy.Identity, `"Effect":"Allow","NotAction":"iam:*","Resource":"*"`, "bedrock-star"},
		{"a boundary may be broad", policy.Boundary, `"Effect":"Allow","Action":"bedrock:*","Resource":"*"`, ""},
		{"a control policy too", policy.SCP, `"Effect":"Allow","Action":"*","Resource":"*"`, ""},
		{"reading", policy.Identity, `"Effect":"Allow","Action":["bedrock:Get*","bedrock:List*"],"Resource":"*"`, ""},

		{"a control policy's regions", policy.SCP, `"Effect":"Deny","Action":"bedrock:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","unspecified"]}}`, "missing-destination"},
		{"a control policy's regions, not global", policy.SCP, `"Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{"StringNotLike":{"aws:RequestedRegion":["us-*"]}}`, "global-unspecified"},
		{"every model through any profile", policy.Identity, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":["arn:aws:bedrock:*:*:inference-profile/*",` + all + `]`, ""},
		{"a profile only", policy.Boundary, `"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":` + app, "profile-without-models"},
		{"tagging anything at all", policy.Identity, `"Effect":"Allow","Action":"bedrock:TagResource","Resource":` + app, ""},
		{"tagging by the request alone", policy.Identity, `"Effect":"Allow","Action":"bedrock:TagResource","Resource":` + app + `,"Condition":{"StringEquals":{"aws:RequestTag/team":"a"}}`, "tag-takeover"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := identity("{" + tt.text + "}")
			d.Kind = tt.kind
			expect(t, Check(d)[0], strings.Fields(tt.want)...)
		})
	}
}

// The position is the place of the element that is wrong, and the message and
// what to do are said.
func TestFindings(t *testing.T) {
	text := "{\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Action\": [\"bedrock:InvokeModel\",\n      \"bedrock:InvokeModelStreaming\"],\n    \"Resource\": \"arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0\"}}"
	found := Check(Document{Text: []byte(text)})[0]
	expect(t, found, ruleUnknownAction)
	f := found[0]
	if f.Position.Line != 5 || f.Position.Column != 7 || !strings.HasPrefix(text[f.Position.Offset:], `"bedrock:InvokeModelStreaming"`) {
		t.Errorf("at %+v", f.Position)
	}
	if f.Fix.Text != "Write bedrock:InvokeModel or bedrock:InvokeModelWithResponseStream." || f.Help != "doc/lint.md#unknown-action" {
		t.Errorf("fix %q, help %q", f.Fix.Text, f.Help)
	}
}

// What one policy of a principal lacks, another may have.
func TestTogether(t *testing.T) {
	profile := identity(`{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:*:*:application-inference-profile/*"}`)
	models := identity(`{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:*::foundation-model/*","Condition":{"ArnLike":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:*:*:application-inference-profile/*"}}}`)
	expect(t, Check(profile)[0], ruleProfileNoModels)
	for _, found := range Check(profile, models) {
		expect(t, found)
	}
	bearer := identity(`{"Effect":"Allow","Action":"bedrock:CallWithBearerToken","Resource":"*"}`)
	found := Check(story(t, "story1"), bearer)
	expect(t, found[0], ruleBearer)
	if found[0][0].Severity != Warning {
		t.Errorf("another policy allows it, and still it is an %s", found[0][0].Severity)
	}
	boundary := models
	boundary.Kind = policy.Boundary
	expect(t, Check(profile, boundary)[0], ruleProfileNoModels) // a boundary gives nothing
}

// Fixes that are called proven do what they say, here tried by themselves.
func TestProvenFixes(t *testing.T) {
	const profile = "arn:aws:bedrock:us-west-2:210987654321:inference-profile/us.anthropic.claude-3-5-haiku-20241022-v1:0"
	d := identity(`{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"` + profile + `"}`)
	found := Check(d)[0]
	expect(t, found, ruleProfileNoModels)
	after := user(t, mended(t, &found[0]))
	for _, region := range []string{"us-east-1", "us-east-2", "us-west-2"} {
		there := "arn:aws:bedrock:" + region + "::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"
		can(t, after, true, "through the profile in "+region, "bedrock:InvokeModel", there, profileKey, profile)
		can(t, after, false, "bare in "+region, "bedrock:InvokeModel", there)
	}

	d = identity(`{"Effect":"Allow","Action":"bedrock:Converse","Resource":"` + haiku + `"}`)
	found = Check(d)[0]
	expect(t, found, ruleConverse)
	can(t, user(t, mended(t, &found[0])), true, "the model", "bedrock:InvokeModel", haiku)

	allow := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	d = identity(allow, `{"Effect":"Deny","Action":"bedrock:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`)
	found = Check(d)[0]
	expect(t, found, ruleBroad, ruleDenyMissesKey)
	can(t, user(t, d), true, "a long-term key, before", "bedrock:InvokeModel", haiku)
	can(t, user(t, mended(t, &found[1])), false, "a long-term key", "bedrock:InvokeModel", haiku)
	can(t, user(t, mended(t, &found[1])), true, "with MFA", "bedrock:InvokeModel", haiku, "aws:MultiFactorAuthPresent", "true")
}

// A Deny elsewhere that closes the hole is seen, and one that may not fire is not
// counted on.
func TestTakeoverAndDenies(t *testing.T) {
	own := `{"Effect":"Allow","Action":"bedrock:DeleteImportedModel","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}`
	tag := `{"Effect":"Allow","Action":"bedrock:TagResource","Resource":"*"}`
	deny := `{"Effect":"Deny","Action":"bedrock:TagResource","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}CONDITION}}`
	expect(t, Check(identity(own, tag))[0], ruleTakeover)
	expect(t, Check(identity(own, tag, strings.Replace(deny, "CONDITION", "", 1)))[0])
	expect(t, Check(identity(own, tag, strings.Replace(deny, "CONDITION", `,"StringEquals":{"aws:SourceVpce":"vpce-1"}`, 1)))[0], ruleTakeover)
}
