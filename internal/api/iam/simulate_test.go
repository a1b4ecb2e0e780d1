package iam_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const (
	haikuARN  = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"
	sonnetARN = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-sonnet-20240229-v1:0"

	// haikuOnly has its statement on lines 3 to 5.
	haikuOnly = "{\"Version\":\"2012-10-17\",\n \"Statement\":\n  {\"Effect\":\"Allow\",\n   \"Action\":\"bedrock:InvokeModel\",\n   \"Resource\":\"" + haikuARN + "\"}\n}"
	denyAll   = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"bedrock:*","Resource":"*"}]}`
	abac      = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*",
		"Condition":{"StringEquals":{"aws:ResourceTag/UserEmail":"${aws:PrincipalTag/UserEmail}"},"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}}}`
)

func TestSimulateCustomPolicy(t *testing.T) {
	w := newWorld(t)
	out := call(t, w.root.SimulateCustomPolicy, &awsiam.SimulateCustomPolicyInput{
		PolicyInputList: []string{haikuOnly}, ActionNames: []string{"bedrock:InvokeModel", "bedrock:CountTokens"}, ResourceArns: []string{haikuARN, sonnetARN},
	})
	equal(t, "results", len(out.EvaluationResults), 2)
	first := out.EvaluationResults[0]
	equal(t, "action", *first.EvalActionName, "bedrock:InvokeModel")
	equal(t, "the most restrictive", first.EvalDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)
	equal(t, "resources", len(first.ResourceSpecificResults), 2)
	equal(t, "haiku", first.ResourceSpecificResults[0].EvalResourceDecision, types.PolicyEvaluationDecisionTypeAllowed)
	equal(t, "sonnet", first.ResourceSpecificResults[1].EvalResourceDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)
	equal(t, "no statement for sonnet", len(first.ResourceSpecificResults[1].MatchedStatements), 0)
	s := first.ResourceSpecificResults[0].MatchedStatements[0]
	equal(t, "policy", *s.SourcePolicyId, "PolicyInputList.1")
	equal(t, "from", *s.StartPosition, types.Position{Line: 3, Column: 3})
	equal(t, "to", s.EndPosition.Line, 5)
	equal(t, "another action", out.EvaluationResults[1].EvalDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)

	out = call(t, w.root.SimulateCustomPolicy, &awsiam.SimulateCustomPolicyInput{
		PolicyInputList: []string{haikuOnly, denyAll}, ActionNames: []string{"bedrock:InvokeModel"}, ResourceArns: []string{haikuARN},
	})
	first = out.EvaluationResults[0]
	equal(t, "a deny", first.EvalDecision, types.PolicyEvaluationDecisionTypeExplicitDeny)
	equal(t, "is the only entry", len(first.MatchedStatements), 1)
	equal(t, "and its policy", *first.MatchedStatements[0].SourcePolicyId, "PolicyInputList.2")
}

func TestSimulateWithBoundaryAndResourcePolicy(t *testing.T) {
	w := newWorld(t)
	in := &awsiam.SimulateCustomPolicyInput{
		PolicyInputList: []string{allow("*", "*")}, PermissionsBoundaryPolicyInputList: []string{haikuOnly}, ActionNames: []string{"bedrock:InvokeModel"},
		ResourceArns: []string{sonnetARN},
	}
	r := call(t, w.root.SimulateCustomPolicy, in).EvaluationResults[0]
	equal(t, "the boundary is silent", r.EvalDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)
	equal(t, "and that is told", r.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary, false)
	in.ResourceArns = []string{haikuARN}
	r = call(t, w.root.SimulateCustomPolicy, in).EvaluationResults[0]
	equal(t, "within the boundary", r.EvalDecision, types.PolicyEvaluationDecisionTypeAllowed)
	equal(t, "boundary", r.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary, true)

	bucket := "arn:aws:s3:::b/key"
	shared := &awsiam.SimulateCustomPolicyInput{
		PolicyInputList: []string{haikuOnly}, ActionNames: []string{"s3:GetObject"}, ResourceArns: []string{bucket}, CallerArn: aws.String(userARN("jane")),
		ResourcePolicy: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + userARN("jane") + `"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}`),
	}
	r = call(t, w.root.SimulateCustomPolicy, shared).EvaluationResults[0]
	equal(t, "the resource's policy grants", r.EvalDecision, types.PolicyEvaluationDecisionTypeAllowed)
	equal(t, "and is named", r.MatchedStatements[0].SourcePolicyType, types.PolicySourceTypeResource)
	shared.ResourceOwner = aws.String("999999999999")
	r = call(t, w.root.SimulateCustomPolicy, shared).EvaluationResults[0]
	equal(t, "another account's needs both", r.EvalDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)
}

func TestSimulateContext(t *testing.T) {
	w := newWorld(t)
	in := &awsiam.SimulateCustomPolicyInput{PolicyInputList: []string{abac}, ActionNames: []string{"bedrock:InvokeModel"}}
	r := call(t, w.root.SimulateCustomPolicy, in).EvaluationResults[0]
	equal(t, "nothing is given", r.EvalDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)
	equal(t, "missing", strings.Join(r.MissingContextValues, " "), "aws:PrincipalTag/UserEmail aws:ResourceTag/UserEmail aws:TagKeys")
	equal(t, "on everything", *r.EvalResourceName, "*")
	entry := func(name string, kind types.ContextKeyTypeEnum, values ...string) types.ContextEntry {
		return types.ContextEntry{ContextKeyName: &name, ContextKeyType: kind, ContextKeyValues: values}
	}
	in.ContextEntries = []types.ContextEntry{
		entry("aws:PrincipalTag/UserEmail", types.ContextKeyTypeEnumString, "foo"), entry("aws:ResourceTag/UserEmail", types.ContextKeyTypeEnumString, "foo"),
		entry("aws:TagKeys", types.ContextKeyTypeEnumStringList, "a"),
	}
	r = call(t, w.root.SimulateCustomPolicy, in).EvaluationResults[0]
	equal(t, "all is given", r.EvalDecision, types.PolicyEvaluationDecisionTypeAllowed)
	equal(t, "nothing is missing", len(r.MissingContextValues), 0)
	in.ContextEntries[2].ContextKeyValues = []string{"a", "c"}
	r = call(t, w.root.SimulateCustomPolicy, in).EvaluationResults[0]
	equal(t, "a list", r.EvalDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	w := newWorld(t)
	jane := w.user("jane", haikuOnly)
	in := &awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(userARN("jane")), ActionNames: []string{"bedrock:InvokeModel"}, ResourceArns: []string{haikuARN}}
	r := call(t, w.root.SimulatePrincipalPolicy, in).EvaluationResults[0]
	equal(t, "decision", r.EvalDecision, types.PolicyEvaluationDecisionTypeAllowed)
	equal(t, "policy", *r.MatchedStatements[0].SourcePolicyId, "user_jane_p")
	equal(t, "of a user", r.MatchedStatements[0].SourcePolicyType, types.PolicySourceTypeUser)

	in.PolicyInputList = []string{denyAll}
	r = call(t, w.root.SimulatePrincipalPolicy, in).EvaluationResults[0]
	equal(t, "with one more policy", r.EvalDecision, types.PolicyEvaluationDecisionTypeExplicitDeny)

	call(t, w.root.CreateGroup, &awsiam.CreateGroupInput{GroupName: aws.String("team")})
	call(t, w.root.AttachGroupPolicy, &awsiam.AttachGroupPolicyInput{GroupName: aws.String("team"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonBedrockFullAccess")})
	group := &awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String("arn:aws:iam::" + account + ":group/team"), ActionNames: []string{"bedrock:InvokeModel"}, ResourceArns: []string{sonnetARN}}
	r = call(t, w.root.SimulatePrincipalPolicy, group).EvaluationResults[0]
	equal(t, "a group", r.EvalDecision, types.PolicyEvaluationDecisionTypeAllowed)
	equal(t, "AWS's policy", r.MatchedStatements[0].SourcePolicyType, types.PolicySourceTypeAwsManaged)
	call(t, w.root.AddUserToGroup, &awsiam.AddUserToGroupInput{GroupName: aws.String("team"), UserName: aws.String("jane")})
	in.PolicyInputList, in.ResourceArns = nil, []string{sonnetARN}
	r = call(t, w.root.SimulatePrincipalPolicy, in).EvaluationResults[0]
	equal(t, "the group's policies are its members'", r.EvalDecision, types.PolicyEvaluationDecisionTypeAllowed)

	_, err := jane.SimulatePrincipalPolicy(context.Background(), in)
	refused(t, err, 403, "AccessDenied", "User: "+userARN("jane")+" is not authorized to perform: iam:SimulatePrincipalPolicy on resource: "+userARN("jane")+
		" because no identity-based policy allows the iam:SimulatePrincipalPolicy action")
	gone := &awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(userARN("gone")), ActionNames: []string{"bedrock:InvokeModel"}}
	refuse(t, w.root.SimulatePrincipalPolicy, gone, 404, "NoSuchEntity", "The entity "+userARN("gone")+" cannot be found.")
}

// As Bob, with Jane's policies: the keys are Bob's.
func TestSimulateAsAnotherCaller(t *testing.T) {
	w := newWorld(t)
	w.user("jane", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"StringEquals":{"aws:username":"bob"}}}}`)
	in := &awsiam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(userARN("jane")), ActionNames: []string{"iam:GetUser"}}
	r := call(t, w.root.SimulatePrincipalPolicy, in).EvaluationResults[0]
	equal(t, "as Jane", r.EvalDecision, types.PolicyEvaluationDecisionTypeImplicitDeny)
	in.CallerArn = aws.String(userARN("bob"))
	r = call(t, w.root.SimulatePrincipalPolicy, in).EvaluationResults[0]
	equal(t, "as Bob", r.EvalDecision, types.PolicyEvaluationDecisionTypeAllowed)
}

func TestSimulationPages(t *testing.T) {
	w := newWorld(t)
	actions := []string{"bedrock:InvokeModel", "bedrock:CountTokens", "iam:GetUser", "bedrock:InvokeModel", "bedrock:ApplyGuardrail"}
	in := &awsiam.SimulateCustomPolicyInput{PolicyInputList: []string{haikuOnly}, ActionNames: actions, MaxItems: aws.Int32(3)}
	pages := awsiam.NewSimulateCustomPolicyPaginator(w.root, in)
	var got []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		must(t, err)
		for _, r := range page.EvaluationResults {
			got = append(got, *r.EvalActionName)
		}
	}
	if want := slices.Delete(slices.Clone(actions), 3, 4); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestContextKeys(t *testing.T) {
	w := newWorld(t)
	w.user("jane", abac)
	custom := call(t, w.root.GetContextKeysForCustomPolicy, &awsiam.GetContextKeysForCustomPolicyInput{PolicyInputList: []string{haikuOnly, abac}})
	equal(t, "custom", strings.Join(custom.ContextKeyNames, " "), "aws:PrincipalTag/UserEmail aws:ResourceTag/UserEmail aws:TagKeys")
	principal := call(t, w.root.GetContextKeysForPrincipalPolicy, &awsiam.GetContextKeysForPrincipalPolicyInput{
		PolicySourceArn: aws.String(userARN("jane")),
		PolicyInputList: []string{`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}`},
	})
	equal(t, "principal", strings.Join(principal.ContextKeyNames, " "), "aws:PrincipalTag/UserEmail aws:ResourceTag/UserEmail aws:SecureTransport aws:TagKeys")
}

func TestSimulationRefusals(t *testing.T) {
	w := newWorld(t)
	in := func(change func(*awsiam.SimulateCustomPolicyInput)) *awsiam.SimulateCustomPolicyInput {
		in := &awsiam.SimulateCustomPolicyInput{PolicyInputList: []string{haikuOnly}, ActionNames: []string{"bedrock:InvokeModel"}}
		change(in)
		return in
	}
	for text, change := range map[string]func(*awsiam.SimulateCustomPolicyInput){
		"Invalid Input Actions: bedrock:*":            func(in *awsiam.SimulateCustomPolicyInput) { in.ActionNames = []string{"bedrock:*"} },
		"Invalid Input ResourceArns: haiku":           func(in *awsiam.SimulateCustomPolicyInput) { in.ResourceArns = []string{"haiku"} },
		"PolicyInputList.1: Syntax errors in policy.": func(in *awsiam.SimulateCustomPolicyInput) { in.PolicyInputList = []string{"{"} },
		"Only one permissions boundary can be simulated.": func(in *awsiam.SimulateCustomPolicyInput) {
			in.PermissionsBoundaryPolicyInputList = []string{haikuOnly, haikuOnly}
		},
		"CallerArn arn:aws:sts::123456789012:assumed-role/a/b is not the ARN of a user, group or role.": func(in *awsiam.SimulateCustomPolicyInput) {
			in.CallerArn = aws.String("arn:aws:sts::123456789012:assumed-role/a/b")
		},
		"Hardpan does not apply ResourceHandlingOption, which is about Amazon EC2.": func(in *awsiam.SimulateCustomPolicyInput) {
			in.ResourceHandlingOption = aws.String("EC2-VPC-EBS")
		},
	} {
		refuse(t, w.root.SimulateCustomPolicy, in(change), 400, "InvalidInput", text)
	}
}
