package eval

import "testing"

// story2 is the permission set's inline policy of the second story.
const story2 = `{"Version":"2012-10-17","Statement":[
	{"Sid":"InvokeModelForInferenceProfile","Effect":"Allow","Action":"bedrock:InvokeModel*",
	 "Resource":["arn:aws:bedrock:*:*:application-inference-profile/*"],
	 "Condition":{"StringLike":{"aws:ResourceTag/UserEmail":"${aws:PrincipalTag/UserEmail}"}}},
	{"Sid":"InvokeModelForFoundationModel","Effect":"Allow","Action":"bedrock:InvokeModel*",
	 "Resource":"arn:aws:bedrock:*::foundation-model/*",
	 "Condition":{"ArnEquals":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:*:*:application-inference-profile/*"}}}]}`

func TestStory2(t *testing.T) {
	const profile = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3d4e5f6"
	s := userWith(t, story2)
	tests := []struct {
		name    string
		request Request
		want    bool
	}{
		{"foo's own profile", Request{Resource: profile, Context: keys("aws:ResourceTag/UserEmail", "foo@example.com", "aws:PrincipalTag/UserEmail", "foo@example.com")}, true},
		{"bar on foo's profile", Request{Resource: profile, Context: keys("aws:ResourceTag/UserEmail", "foo@example.com", "aws:PrincipalTag/UserEmail", "bar@example.com")}, false},
		{"a star as an address is no wildcard", Request{Resource: profile, Context: keys("aws:ResourceTag/UserEmail", "foo@example.com", "aws:PrincipalTag/UserEmail", "*")}, false},
		{"an untagged profile", Request{Resource: profile, Context: keys("aws:PrincipalTag/UserEmail", "foo@example.com")}, false},
		{"someone without an address on an untagged profile", Request{Resource: profile}, false},
		{"the model through the profile", Request{Resource: haiku, Context: keys("bedrock:InferenceProfileArn", profile)}, true},
		{"the bare model", Request{Resource: haiku}, false},
		{"the model through a system profile", Request{Resource: haiku, Context: keys("bedrock:InferenceProfileArn", "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.x")}, false},
	}
	for _, tt := range tests {
		tt.request.Action = "bedrock:InvokeModel"
		if got := s.Evaluate(&tt.request).Allowed; got != tt.want {
			t.Errorf("%s: allowed %v, want %v", tt.name, got, tt.want)
		}
	}
}
