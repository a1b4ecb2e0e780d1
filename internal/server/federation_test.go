package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

const bobARN = "arn:aws:sts::123456789012:federated-user/bob@example.com"

// federate makes a session of a federated user.
func (w *world) federate(k key, change ...func(*sts.GetFederationTokenInput)) key {
	w.t.Helper()
	in := &sts.GetFederationTokenInput{Name: aws.String("bob@example.com")}
	for _, f := range change {
		f(in)
	}
	out, err := w.sts(k).GetFederationToken(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	if *out.FederatedUser.Arn != bobARN || *out.FederatedUser.FederatedUserId != "123456789012:bob@example.com" {
		w.t.Errorf("%+v", out.FederatedUser)
	}
	return w.session(out.Credentials)
}

func withPolicy(document string) func(*sts.GetFederationTokenInput) {
	return func(in *sts.GetFederationTokenInput) { in.Policy = &document }
}

// A federated user may do what the user who asked may and the session's policy
// allows too; without one, nothing.
func TestGetFederationToken(t *testing.T) {
	w := start(t)
	foo := w.user("foo", allow("*", "*"))
	none := w.federate(foo)
	_, err := w.converse(none, haiku)
	refused(t, err, "AccessDeniedException", "because no session policy allows the bedrock:InvokeModel action")
	refused(t, err, "AccessDeniedException", "User: "+bobARN+" is not authorized to perform: bedrock:InvokeModel")

	some := w.federate(foo, withPolicy(allow("bedrock:InvokeModel", "*")))
	if _, err := w.converse(some, haiku); err != nil {
		t.Error(err)
	}
	_, err = w.bedrock(some).ListFoundationModels(t.Context(), nil)
	refused(t, err, "AccessDeniedException", "because no session policy allows")
	who, err := w.sts(some).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != bobARN || *who.UserId != "123456789012:bob@example.com" {
		t.Errorf("%+v, %v", who, err)
	}
	if last := w.lastCall(); last.Caller.Type != "FederatedUser" || strings.Join(last.Caller.Ancestors, " ") != "arn:aws:iam::123456789012:user/foo" {
		t.Errorf("%+v", last.Caller)
	}

	w.policy("foo", allow("bedrock:ListFoundationModels", "*"))
	_, err = w.converse(some, haiku)
	refused(t, err, "AccessDeniedException", "because no identity-based policy allows")
	if _, err := w.sts(some).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
		t.Error(err)
	}
}

// The root user's federated users are limited by their session, which the root
// user is not.
func TestFederatedByRoot(t *testing.T) {
	w := start(t)
	session := w.federate(w.root, withPolicy(allow("bedrock:InvokeModel", "*")), func(in *sts.GetFederationTokenInput) { in.DurationSeconds = aws.Int32(7200) })
	if _, err := w.converse(session, haiku); err != nil {
		t.Error(err)
	}
	_, err := w.bedrock(session).ListFoundationModels(t.Context(), nil)
	refused(t, err, "AccessDeniedException", "because no session policy allows")
	w.clock.Advance(3601 * time.Second) // however long was asked for
	w.send(request{Path: haikuPath, Body: helloBody, Key: session}).is(t, http.StatusForbidden, "ExpiredTokenException")
}

// Tags of the user who asked are the session's, unless it passes its own; a name
// in a policy means the federated user, and none the user who asked.
func TestFederatedUsersInPolicies(t *testing.T) {
	w := start(t)
	foo := w.user("foo", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["sts:GetFederationToken","sts:TagSession"],"Resource":"arn:aws:sts::123456789012:federated-user/bob@*"},
		{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*","Condition":{"StringEquals":{
			"aws:PrincipalTag/Team":"red","aws:PrincipalTag/Site":"here","aws:PrincipalType":"FederatedUser","aws:PrincipalArn":"`+bobARN+`","aws:userid":"123456789012:bob@example.com"},
			"Null":{"aws:username":"true"}}}]}`)
	tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
	if _, err := w.iam(w.root).TagUser(t.Context(), &iam.TagUserInput{UserName: aws.String("foo"), Tags: []iamtypes.Tag{
		{Key: aws.String("Team"), Value: aws.String("blue")}, {Key: aws.String("Site"), Value: aws.String("here")},
	}}); err != nil {
		t.Fatal(err)
	}
	red := w.federate(foo, withPolicy(everything), func(in *sts.GetFederationTokenInput) { in.Tags = []types.Tag{tag("team", "red")} })
	if _, err := w.converse(red, haiku); err != nil {
		t.Error(err)
	}
	blue := w.federate(foo, withPolicy(everything))
	_, err := w.converse(blue, haiku)
	refused(t, err, "AccessDeniedException", "because no identity-based policy allows")
	_, err = w.sts(foo).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("eve")})
	refused(t, err, "AccessDenied", "sts:GetFederationToken on resource: arn:aws:sts::123456789012:federated-user/eve")
}

// Whoever has temporary credentials cannot ask for more in this way, and a
// federated user calls neither IAM nor STS.
func TestFederatedUsersAreLimited(t *testing.T) {
	w := start(t)
	foo := w.user("foo", allow("*", "*"))
	role := w.role("Engineer", allow("*", "*"))
	session := w.federate(foo, withPolicy(everything))
	for name, k := range map[string]key{
		"a federated user": session, "a user's session": w.sessionToken(foo, 900),
		"a role": w.assume(foo, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1")}),
	} {
		_, err := w.sts(k).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("bob")})
		refused(t, err, "AccessDenied", "Cannot call GetFederationToken with session credentials")
		if name == "a federated user" {
			_, err = w.sts(k).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1")})
			refused(t, err, "AccessDenied", "Cannot call AssumeRole with federation credentials")
			_, err = w.sts(k).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
			refused(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")
			_, err = w.sts(k).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &foo.ID})
			refused(t, err, "AccessDenied", "federation credentials")
			_, err = w.iam(k).ListUsers(t.Context(), &iam.ListUsersInput{})
			refused(t, err, "InvalidClientTokenId", "Credentials from GetFederationToken cannot call IAM")
		}
	}
	c := w.sts(foo)
	for want, in := range map[string]*sts.GetFederationTokenInput{
		"at 'name'":                     {Name: aws.String("b")},
		"2 to 32 characters":            {Name: aws.String(strings.Repeat("b", 33))},
		"less than or equal to 129600":  {Name: aws.String("bob"), DurationSeconds: aws.Int32(129601)},
		"Tag keys are case insensitive": {Name: aws.String("bob"), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("")}, {Key: aws.String("A"), Value: aws.String("")}}},
	} {
		_, err := c.GetFederationToken(t.Context(), in)
		refused(t, err, "ValidationError", want)
	}
	_, err := c.GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("bob"), Policy: aws.String(`{}`)})
	refused(t, err, "MalformedPolicyDocument", "")
}

func TestGetAccessKeyInfo(t *testing.T) {
	w := start(t)
	foo := w.user("foo", allow("sts:GetAccessKeyInfo", "*"))
	out, err := w.sts(foo).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &w.root.ID})
	if err != nil || *out.Account != account {
		t.Errorf("%+v, %v", out, err)
	}
	session := w.sessionToken(foo, 900)
	for id, want := range map[string]string{
		session.ID: "belongs to a session", "AKIAIOSFODNN7EXAMPLE": "is no access key of this installation", "AKIA": "16 to 128 characters",
	} {
		_, err := w.sts(foo).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &id})
		refused(t, err, "ValidationError", want)
	}
}

// A decision's id is what there is to decode: one's own with the action alone,
// another's with hardpan:GetDecision too.
func TestDecodeAuthorizationMessage(t *testing.T) {
	w := start(t)
	const decode = "sts:DecodeAuthorizationMessage"
	foo := w.user("foo", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"`+decode+`","Resource":"*"},
		{"Sid":"never","Effect":"Deny","Action":"bedrock:InvokeModel","Resource":"*"}]}`)
	_, err := w.converse(foo, haiku)
	id := decisionID(t, err)
	read := func(k key) (map[string]any, error) {
		out, err := w.sts(k).DecodeAuthorizationMessage(t.Context(), &sts.DecodeAuthorizationMessageInput{EncodedMessage: &id})
		if err != nil {
			return nil, err
		}
		var message map[string]any
		return message, json.Unmarshal([]byte(*out.DecodedMessage), &message)
	}
	for name, k := range map[string]key{"own": foo, "root": w.root, "reader": w.user("reader", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["`+decode+`","hardpan:GetDecision"],"Resource":"*"}}`)} {
		message, err := read(k)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, _ := json.Marshal(message)
		for _, want := range []string{
			`"allowed":false`, `"explicitDeny":true`, `"statementId":"never"`, `"effect":"DENY"`, `"action":"bedrock:InvokeModel"`,
			`"arn":"arn:aws:iam::123456789012:user/foo"`, `"name":"foo"`, `{"key":"aws:username","values":{"items":[{"value":"foo"}]}}`,
		} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %s in %s", name, want, text)
			}
		}
	}
	_, err = read(w.user("curious", allow(decode, "*")))
	refused(t, err, "AccessDenied", "hardpan:GetDecision on resource: arn:aws:hardpan:us-west-2:123456789012:decision/"+id)
	_, err = read(w.user("nobody", ""))
	refused(t, err, "AccessDenied", decode)
	for _, none := range []string{"abcdefghijklmnopqrstuvwxyz", "an encoded message", strings.Repeat("x", 10000)} {
		_, err := w.sts(w.root).DecodeAuthorizationMessage(t.Context(), &sts.DecodeAuthorizationMessageInput{EncodedMessage: &none})
		refused(t, err, "InvalidAuthorizationMessageException", "Message is not valid")
	}
}
