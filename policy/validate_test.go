package policy

import (
	"errors"
	"strings"
	"testing"
)

// statement wraps the elements of one statement.
func statement(elements string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + elements + `}}`
}

func resource(r string) string {
	return statement(`"Action":"bedrock:InvokeModel","Resource":"` + r + `"`)
}

// TestMalformed is the texts that IAM gives, as the authors of moto saw them.
func TestMalformed(t *testing.T) {
	tests := []struct {
		name, text string
		kind       Kind
		want       string
	}{
		{"no JSON", `{`, Identity, "Syntax errors in policy."},
		{"unknown operator", statement(`"Action":"a:b","Resource":"*","Condition":{"StringIs":{"a":"b"}}`), Identity, "Syntax errors in policy."},
		{"an operator in the wrong case", statement(`"Action":"a:b","Resource":"*","Condition":{"stringEquals":{"a":"b"}}`), Identity, "Syntax errors in policy."},
		{"version", strings.Replace(resource("*"), "2012-10-17", "2013-10-17", 1), Identity, "Policy document must be version 2012-10-17 or greater."},
		{"version before everything below", strings.Replace(resource("x"), "2012-10-17", "2013-10-17", 1), Identity, "Policy document must be version 2012-10-17 or greater."},
		{"effect in the wrong case", strings.Replace(resource("*"), "Allow", "allow", 1), Identity, "The policy failed legacy parsing"},
		{"date", statement(`"Action":"a:b","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}`), Identity, "The policy failed legacy parsing"},
		{"half an ARN", resource("arn:aws:s3::x"), Identity, "The policy failed legacy parsing"},
		{"Sid twice", `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"a:b","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"a:b","Resource":"*"}]}`, Identity, "Statement IDs (SID) in a single policy must be unique."},
		{"Sid with a blank", statement(`"Sid":"a b","Action":"a:b","Resource":"*"`), Identity, msgSidText},
		{"no action", statement(`"Resource":"*"`), Identity, "Policy statement must contain actions."},
		{"no action before a wrong resource", statement(`"Action":[],"Resource":"x"`), Identity, "Policy statement must contain actions."},
		{"no ARN", resource("x"), Identity, `Resource x must be in ARN format or "*".`},
		{"partition", resource("arn:error:s3:::bucket"), Identity, `Partition "error" is not valid for resource "arn:error:s3:::bucket".`},
		{"partition alone", resource("a:b"), Identity, `Partition "b" is not valid for resource "arn:b:*:*:*:*".`},
		{"no vendor", resource("arn:aws"), Identity, "Resource vendor must be fully qualified and cannot contain regexes."},
		{"vendor with a star", resource("arn:aws:bed*:us-west-2::foundation-model/x"), Identity, "Resource vendor must be fully qualified and cannot contain regexes."},
		{"IAM with a region", resource("arn:aws:iam:us-east-1:123456789012:user/a"), Identity, "IAM resource arn:aws:iam:us-east-1:123456789012:user/a cannot contain region information."},
		{"IAM path", resource("arn:aws:iam::123456789012:usr/a"), Identity, "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."},
		{"S3 with a region", resource("arn:aws:s3:us-east-1::bucket"), Identity, "Resource arn:aws:s3:us-east-1::bucket can not contain region information."},
		{"the greatest wrong resource first", statement(`"Action":"a:b","Resource":["b","c","a"]`), Identity, `Resource c must be in ARN format or "*".`},
		{"no resource", statement(`"Action":"a:b"`), Identity, "Policy statement must contain resources."},
		{"action without vendor", statement(`"Action":"InvokeModel","Resource":"*"`), Identity, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"action with two colons", statement(`"Action":"bedrock:Invoke:Model","Resource":"*"`), Identity, "Actions/Condition can contain only one colon."},
		{"vendor", statement(`"Action":"bed rock:InvokeModel","Resource":"*"`), Identity, "Vendor bed rock is not valid"},
		{"NotAction without vendor", statement(`"NotAction":["a:b","x"],"Resource":"*"`), Identity, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"a principal in an identity policy", statement(`"Principal":"*","Action":"a:b","Resource":"*"`), Identity, "Policy document should not specify a principal."},
		{"a principal in a session policy", statement(`"Principal":"*","Action":"a:b","Resource":"*"`), Session, "Policy document should not specify a principal."},
		{"no principal in a resource policy", statement(`"Action":"a:b","Resource":"*"`), Resource, "Missing required field Principal"},
		{"a trust policy with a resource", statement(`"Principal":"*","Action":"sts:AssumeRole","Resource":"*"`), Trust, "Has prohibited field Resource."},
		{"a trust policy for something else", statement(`"Principal":"*","Action":"s3:GetObject"`), Trust, msgTrustActions},
		{"part of a principal", statement(`"Principal":{"AWS":"arn:aws:iam::123456789012:user/a*"},"Action":"sts:AssumeRole"`), Trust, `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/a*"`},
		{"no account", statement(`"Principal":{"AWS":"12345"},"Action":"sts:AssumeRole"`), Trust, `Invalid principal in policy: "AWS":"12345"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load([]byte(tt.text), tt.kind)
			var m *MalformedError
			if !errors.As(err, &m) || m.Message != tt.want || m.Detail == "" || m.Pos.Line == 0 {
				t.Errorf("Load = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestValid(t *testing.T) {
	tests := []struct {
		text string
		kind Kind
	}{
		{resource("*"), Identity},
		{strings.Replace(resource("*"), `"Version":"2012-10-17",`, "", 1), SCP},
		{strings.Replace(resource("*"), "2012-10-17", "2008-10-17", 1), Boundary},
		{resource("arn:*:kms:*:::*"), Identity},
		{resource("arn:aws:sqs"), Identity},
		{resource("arn:aws:iam::123456789012:*"), Session},
		{resource("arn:aws:bedrock:*::foundation-model/*"), Identity},
		{statement(`"Action":["bedrock:NoSuchAction","*","bedrock:*"],"Resource":["*"]`), Identity},
		{statement(`"Principal":{"AWS":"123456789012"},"Action":["sts:AssumeRole","sts:TagSession"]`), Trust},
		{statement(`"Principal":{"Service":"bedrock.amazonaws.com","Federated":"arn:aws:iam::123456789012:saml-provider/x"},"Action":"sts:*"`), Trust},
		{statement(`"Principal":{"AWS":["arn:aws:sts::123456789012:assumed-role/a/b","arn:aws:iam::123456789012:root","*"]},"Action":"a:b","Resource":"*"`), Resource},
		{statement(`"Principal":"*","Action":"a:b","Resource":"*"`), RCP},
	}
	for _, tt := range tests {
		if _, err := Load([]byte(tt.text), tt.kind); err != nil {
			t.Errorf("%s %s: %v", tt.kind, tt.text, err)
		}
	}
}
