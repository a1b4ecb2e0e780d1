package server_test

import (
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

// sessionToken makes a session of a user's own.
func (w *world) sessionToken(k key, seconds int32) key {
	w.t.Helper()
	out, err := w.sts(k).GetSessionToken(w.t.Context(), &sts.GetSessionTokenInput{DurationSeconds: &seconds})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.session(out.Credentials)
}

func (w *world) session(c *types.Credentials) key {
	w.secrets = append(w.secrets, *c.SecretAccessKey, *c.SessionToken)
	return key{*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken}
}

// role makes a role that everyone in the account may be trusted with, and tag.
func (w *world) role(name, policy string) string {
	w.t.Helper()
	c := w.iam(w.root)
	out, err := c.CreateRole(w.t.Context(), &iam.CreateRoleInput{
		RoleName: &name,
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow",
			"Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}`),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.rolePolicy(name, policy)
	return *out.Role.Arn
}

func (w *world) rolePolicy(role, policy string) {
	w.t.Helper()
	_, err := w.iam(w.root).PutRolePolicy(w.t.Context(), &iam.PutRolePolicyInput{
		RoleName: &role, PolicyName: aws.String("inline"), PolicyDocument: &policy,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) assume(k key, in *sts.AssumeRoleInput) key {
	w.t.Helper()
	out, err := w.sts(k).AssumeRole(w.t.Context(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.session(out.Credentials)
}

const mayAssume = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Resource":"*"}}`

// A session can do what its role and the policy passed with it both allow; its
// tags are keys of the policies.
func TestAssumeRoleWithTagsAndAPolicy(t *testing.T) {
	w := start(t)
	foo := w.user("foo", mayAssume)
	engineer := w.role("Engineer", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*",
		"Condition":{"StringEquals":{"aws:PrincipalTag/Team":"${aws:PrincipalTag/Wanted}"}}}}`)
	in := func(team string) *sts.AssumeRoleInput {
		return &sts.AssumeRoleInput{
			RoleArn: &engineer, RoleSessionName: aws.String("foo@example.com"),
			Policy: aws.String(allow("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/anthropic.*")),
			Tags: []types.Tag{
				{Key: aws.String("Team"), Value: &team}, {Key: aws.String("Wanted"), Value: aws.String("red")},
			},
		}
	}
	red, blue := w.assume(foo, in("red")), w.assume(foo, in("blue"))
	if _, err := w.converse(red, haiku); err != nil {
		t.Error(err)
	}
	who := "User: arn:aws:sts::123456789012:assumed-role/Engineer/foo@example.com is not authorized to perform: bedrock:InvokeModel on resource: "
	_, err := w.converse(blue, haiku)
	refused(t, err, "AccessDeniedException", who+"arn:aws:bedrock:us-west-2::foundation-model/"+haiku+" because no identity-based policy allows")
	_, err = w.converse(red, "amazon.nova-lite-v1:0")
	if err == nil || !strings.Contains(err.Error(), "because no session policy allows the bedrock:InvokeModel action") &&
		!strings.Contains(err.Error(), "model identifier is invalid") {
		t.Error(err)
	}
	me, err := w.sts(red).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *me.Arn != "arn:aws:sts::123456789012:assumed-role/Engineer/foo@example.com" || !strings.HasSuffix(*me.UserId, ":foo@example.com") {
		t.Errorf("%+v, %v", me, err)
	}
}

// Without sts:TagSession no tags; of a role that is not there, no word.
func TestAssumeRoleRefused(t *testing.T) {
	w := start(t)
	foo := w.user("foo", allow("sts:AssumeRole", "*"))
	role := w.role("Engineer", everything)
	in := sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1")}
	w.assume(foo, &in)
	tagged := in
	tagged.Tags = []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}
	_, err := w.sts(foo).AssumeRole(t.Context(), &tagged)
	refused(t, err, "AccessDenied", "is not authorized to perform: sts:TagSession on resource: "+role)

	bar := w.user("bar", "")
	_, errThere := w.sts(bar).AssumeRole(t.Context(), &in)
	refused(t, errThere, "AccessDenied", "User: arn:aws:iam::123456789012:user/bar is not authorized to perform: sts:AssumeRole on resource: "+role)
	absent := in
	absent.RoleArn = aws.String(role + "s")
	_, errAbsent := w.sts(bar).AssumeRole(t.Context(), &absent)
	refused(t, errAbsent, "AccessDenied", "User: arn:aws:iam::123456789012:user/bar is not authorized to perform: sts:AssumeRole on resource: "+role+"s")

	for name, change := range map[string]func(*sts.AssumeRoleInput){
		"ValidationError":         func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::123456789012:user/foo") },
		"MalformedPolicyDocument": func(in *sts.AssumeRoleInput) { in.Policy = aws.String(`{"Version":"2012-10-17","Statement":[`) },
		"PackedPolicyTooLarge": func(in *sts.AssumeRoleInput) {
			in.Policy = aws.String(allow("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/"+strings.Repeat("x", 2048)))
		},
	} {
		bad := in
		change(&bad)
		_, err := w.sts(foo).AssumeRole(t.Context(), &bad)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %s, got %v", name, err)
		}
	}
}

// A chain carries transitive tags on and lasts an hour at most.
func TestRoleChaining(t *testing.T) {
	w := start(t)
	foo := w.user("foo", mayAssume)
	first := w.role("First", mayAssume)
	second := w.role("Second", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*",
		"Condition":{"StringEquals":{"aws:PrincipalTag/Team":"red"},"Null":{"aws:PrincipalTag/Mood":"true"}}}}`)
	one := w.assume(foo, &sts.AssumeRoleInput{
		RoleArn: &first, RoleSessionName: aws.String("one"), TransitiveTagKeys: []string{"Team"},
		Tags: []types.Tag{{Key: aws.String("Team"), Value: aws.String("red")}, {Key: aws.String("Mood"), Value: aws.String("good")}},
	})
	two := w.assume(one, &sts.AssumeRoleInput{RoleArn: &second, RoleSessionName: aws.String("two")})
	if _, err := w.converse(two, haiku); err != nil {
		t.Error(err)
	}
	_, err := w.sts(one).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: &second, RoleSessionName: aws.String("two"), DurationSeconds: aws.Int32(3601),
	})
	refused(t, err, "ValidationError", "1 hour session limit for roles assumed by role chaining")
	_, err = w.sts(one).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: &second, RoleSessionName: aws.String("two"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}},
	})
	refused(t, err, "ValidationError", "transitive")

	events := w.events()
	last := events[len(events)-3] // of the converse; two refusals followed
	ancestors := strings.Join(last.Caller.Ancestors, " ")
	if ancestors != "arn:aws:sts::123456789012:assumed-role/First/one arn:aws:iam::123456789012:user/foo" {
		t.Errorf("ancestors: %s", ancestors)
	}
}

// A role that changes, changes the sessions that were made of it before.
func TestARolesChangeReachesItsSessions(t *testing.T) {
	w := start(t)
	foo := w.user("foo", mayAssume)
	role := w.role("Engineer", everything)
	session := w.assume(foo, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1")})
	if _, err := w.converse(session, haiku); err != nil {
		t.Fatal(err)
	}
	w.rolePolicy("Engineer", allow("bedrock:ListFoundationModels", "*"))
	_, err := w.converse(session, haiku)
	refused(t, err, "AccessDeniedException", "because no identity-based policy allows the bedrock:InvokeModel action")
	w.rolePolicy("Engineer", everything)
	if _, err := w.converse(session, haiku); err != nil {
		t.Error(err)
	}
	c := w.iam(w.root)
	if _, err := c.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: aws.String("Engineer"), PolicyName: aws.String("inline")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: aws.String("Engineer")}); err != nil {
		t.Fatal(err)
	}
	_, err = w.converse(session, haiku)
	refused(t, err, "UnrecognizedClientException", "The security token included in the request is invalid")
	w.role("Engineer", everything)
	_, err = w.converse(session, haiku) // another role with the same name is another role
	refused(t, err, "UnrecognizedClientException", "The security token included in the request is invalid")
}

// A session of a user is the user, for a while.
func TestGetSessionToken(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	session := w.sessionToken(foo, 900)
	if _, err := w.converse(session, haiku); err != nil {
		t.Fatal(err)
	}
	me, err := w.sts(session).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *me.Arn != "arn:aws:iam::123456789012:user/foo" {
		t.Errorf("%+v, %v", me, err)
	}
	_, err = w.sts(session).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	refused(t, err, "AccessDenied", "Cannot call GetSessionToken with session credentials")

	w.policy("foo", allow("bedrock:ListFoundationModels", "*"))
	_, err = w.converse(session, haiku)
	refused(t, err, "AccessDeniedException", "because no identity-based policy allows")
	w.policy("foo", everything)

	w.clock.Advance(901 * time.Second)
	w.send(request{Path: haikuPath, Body: helloBody, Key: session}).is(t, http.StatusForbidden,
		"ExpiredTokenException", `{"message":"The security token included in the request is expired"}`)
	a := w.send(request{
		Path: "/", Body: "Action=GetCallerIdentity&Version=2011-06-15", Key: session, Service: "sts",
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	})
	a.is(t, http.StatusForbidden, "<Code>ExpiredToken</Code>", "The security token included in the request is expired")
}

// Whoever is gone or switched off is gone at once, sessions included.
func TestKeysThatAreTakenAway(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	session := w.sessionToken(foo, 3600)
	name, c := aws.String("foo"), w.iam(w.root)
	status := func(s iamtypes.StatusType) {
		t.Helper()
		if _, err := c.UpdateAccessKey(t.Context(), &iam.UpdateAccessKeyInput{AccessKeyId: &foo.ID, UserName: name, Status: s}); err != nil {
			t.Fatal(err)
		}
	}
	dead := func(k key) {
		t.Helper()
		_, err := w.converse(k, haiku)
		refused(t, err, "UnrecognizedClientException", "The security token included in the request is invalid.")
		_, err = w.sts(k).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		refused(t, err, "InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	alive := func(k key) {
		t.Helper()
		if _, err := w.converse(k, haiku); err != nil {
			t.Error(err)
		}
	}
	alive(foo)
	alive(session)
	status(iamtypes.StatusTypeInactive)
	dead(foo)
	status(iamtypes.StatusTypeActive)
	alive(foo)

	for _, err := range []error{
		second(c.DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{AccessKeyId: &foo.ID, UserName: name})),
		second(c.DeleteUserPolicy(t.Context(), &iam.DeleteUserPolicyInput{UserName: name, PolicyName: aws.String("inline")})),
		second(c.DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: name})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	dead(foo)
	dead(session)
	w.user("foo", everything)
	dead(session) // the new foo is somebody else
}

func second[T any](_ T, err error) error { return err }
