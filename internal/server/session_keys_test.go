package server_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// keysOfSession is a policy that allows model calls to whom exactly these keys
// are about: those of want have the value, those of absent are not there, and
// the session says since when it is.
func keysOfSession(want map[string]string, absent ...string) string {
	missing := map[string]string{"aws:TokenIssueTime": "false"}
	for _, key := range absent {
		missing[key] = "true"
	}
	document, _ := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": map[string]any{
		"Effect": "Allow", "Action": []string{"bedrock:InvokeModel", "sts:AssumeRole"}, "Resource": "*",
		"Condition": map[string]any{"StringEquals": want, "Null": missing},
	}})
	return string(document)
}

// Each key that AWS gives to a session has its value in its policies, and one
// that it does not give is not there.
func TestKeysOfFederatedSessions(t *testing.T) {
	p := federation(t, "")
	p.trust(`"sts:AssumeRoleWithWebIdentity","sts:SetSourceIdentity"`, "")
	next := p.world.role("Next", everything)
	session := p.open(p.token(map[string]any{"sub": "job", "amr": []string{"mfa"}, "https://aws.amazon.com/source_identity": "foo"}))
	who, err := p.sts(session).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	p.rolePolicy("Workload", keysOfSession(map[string]string{
		"aws:FederatedProvider": p.provider, p.host + ":aud": audience, p.host + ":sub": "job", "aws:SourceIdentity": "foo",
		"aws:PrincipalType": "AssumedRole", "aws:PrincipalArn": p.role, "aws:PrincipalAccount": account, "aws:userid": *who.UserId,
		"aws:MultiFactorAuthPresent": "false",
	}, "aws:username", "aws:MultiFactorAuthAge"))
	if _, err := p.converse(session, haiku); err != nil {
		t.Errorf("by the token: %v", err)
	}
	chained := p.assume(session, &sts.AssumeRoleInput{RoleArn: &next, RoleSessionName: aws.String("next")})
	p.rolePolicy("Next", keysOfSession(map[string]string{"aws:SourceIdentity": "foo", "aws:PrincipalType": "AssumedRole"},
		"aws:FederatedProvider", p.host+":sub", p.host+":aud", "aws:username"))
	if _, err := p.converse(chained, haiku); err != nil {
		t.Errorf("in a chain behind it: %v", err)
	}

	bob := p.federate(p.user("foo", allow("*", "*")), withPolicy(keysOfSession(map[string]string{
		"aws:PrincipalType": "FederatedUser", "aws:PrincipalArn": bobARN, "aws:PrincipalAccount": account, "aws:userid": account + ":bob@example.com",
		"aws:MultiFactorAuthPresent": "false",
	}, "aws:FederatedProvider", "aws:username", "aws:SourceIdentity", p.host+":sub")))
	if _, err := p.converse(bob, haiku); err != nil {
		t.Errorf("a federated user: %v", err)
	}
}
