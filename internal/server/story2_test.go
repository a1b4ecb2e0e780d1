package server_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock"
	bedrocktypes "github.com/aws/aws-sdk-go-v2/service/bedrock/types"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"hardpan/internal/audit"
)

// Story 2: a thousand engineers, each through their own inference profile. The
// policies are the published ones; where one had placeholders for an ARN or
// lacked a comma, that alone is filled in.

const (
	modelARN = "arn:aws:bedrock:us-west-2::foundation-model/"
	ssoRole  = "AWSReservedSSO_BedrockWithInferenceProfile_7e56f0472208ea09"
	fooSSO   = "arn:aws:sts::123456789012:assumed-role/" + ssoRole + "/foo@example.com"
)

// throughAProfileOnly is the first policy of the story, which is not enough.
func throughAProfileOnly(profile string) string {
	return `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "InvokeModelForInferenceProfile",
            "Effect": "Allow",
            "Action": ["bedrock:InvokeModel*"],
            "Resource": "` + profile + `"
        }
    ]
}`
}

// throughItsModelToo is the third policy, the missing comma mended.
func throughItsModelToo(profile, operator, through string) string {
	return `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "bedrock:InvokeModel*"
            ],
            "Resource": [
                "` + profile + `"
            ]
        },
        {
            "Effect": "Allow",
            "Action": [
                "bedrock:InvokeModel*"
            ],
            "Resource": [
                "arn:aws:bedrock:us-east-1::foundation-model/` + haiku + `",
                "arn:aws:bedrock:us-west-2::foundation-model/` + haiku + `"
            ],
            "Condition": {
                "` + operator + `": {
                    "bedrock:InferenceProfileArn": "` + through + `"
                }
            }
        }
    ]
}`
}

// usersPolicy and vendingPolicy are the two of the permission set.
const usersPolicy = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "InvokeModelForInferenceProfile",
            "Effect": "Allow",
            "Action": "bedrock:InvokeModel*",
            "Resource": [
                "arn:aws:bedrock:*:*:application-inference-profile/*"
            ],
            "Condition": {
                "StringLike": {
                    "aws:ResourceTag/UserEmail": "${aws:PrincipalTag/UserEmail}"
                }
            }
        },
        {
            "Sid": "InvokeModelForFoundationModel",
            "Effect": "Allow",
            "Action": "bedrock:InvokeModel*",
            "Resource": "arn:aws:bedrock:*::foundation-model/*",
            "Condition": {
                "ArnEquals": {
                    "bedrock:InferenceProfileArn": "arn:aws:bedrock:*:*:application-inference-profile/*"
                }
            }
        }
    ]
}`

const vendingPolicy = `{
	"Version": "2012-10-17",
	"Statement": [
		{
			"Sid": "CreateSelfInferenceProfile",
			"Effect": "Allow",
			"Action": [
				"bedrock:CreateInferenceProfile",
				"bedrock:TagResource"
			],
			"Resource": [
				"arn:aws:bedrock:*:*:application-inference-profile/*",
				"arn:aws:bedrock:*:*:inference-profile/*",
				"arn:aws:bedrock:*::foundation-model/*"
			],
			"Condition": {
				"StringLike": {
					"aws:RequestTag/UserEmail": "${aws:PrincipalTag/UserEmail}"
				}
			}
		},
		{
			"Sid": "ListInferenceProfile",
			"Effect": "Allow",
			"Action": [
				"bedrock:ListInferenceProfiles"
			],
			"Resource": [
				"arn:aws:bedrock:*:*:application-inference-profile/*",
				"arn:aws:bedrock:*:*:inference-profile/*"
			]
		},
		{
			"Sid": "GetOrDeleteSelfInferenceProfile",
			"Effect": "Allow",
			"Action": [
				"bedrock:GetInferenceProfile",
				"bedrock:DeleteInferenceProfile"
			],
			"Resource": [
				"arn:aws:bedrock:*:*:application-inference-profile/*"
			],
			"Condition": {
				"StringLike": {
					"aws:ResourceTag/UserEmail": "${aws:PrincipalTag/UserEmail}"
				}
			}
		}
	]
}`

// office is a world in which people sign in to one role, each with their own
// UserEmail as a session tag, as a permission set does it.
type office struct {
	*world
	foo, bar key
}

func openOffice(t *testing.T, policies ...string) *office {
	t.Helper()
	o := &office{world: start(t)}
	portal := o.user("portal", mayAssume)
	o.role(ssoRole, everything)
	o.permissionSet(policies...)
	o.foo, o.bar = o.signIn(portal, "foo@example.com"), o.signIn(portal, "bar@example.com")
	return o
}

// permissionSet puts policies in place of those that the role had.
func (o *office) permissionSet(policies ...string) {
	o.t.Helper()
	merged := policies[0]
	for _, p := range policies[1:] { // the statements of one permission set are one inline policy
		head, tail := strings.LastIndex(merged, "]"), strings.Index(p, "[")
		merged = merged[:head] + "," + p[tail+1:]
	}
	o.rolePolicy(ssoRole, merged)
}

func (o *office) signIn(portal key, email string) key {
	o.t.Helper()
	return o.assume(portal, &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::123456789012:role/" + ssoRole), RoleSessionName: &email,
		Tags: []ststypes.Tag{{Key: aws.String("UserEmail"), Value: &email}},
	})
}

func tag(key, value string) bedrocktypes.Tag { return bedrocktypes.Tag{Key: &key, Value: &value} }

func email(of string) bedrocktypes.Tag { return tag("UserEmail", of+"@example.com") }

func copyOf(source string) *bedrocktypes.InferenceProfileModelSourceMemberCopyFrom {
	return &bedrocktypes.InferenceProfileModelSourceMemberCopyFrom{Value: source}
}

// profile makes an application inference profile and returns its ARN.
func (w *world) profile(k key, name, source string, tags ...bedrocktypes.Tag) string {
	w.t.Helper()
	arn, err := w.tryProfile(k, name, source, tags...)
	if err != nil {
		w.t.Fatal(err)
	}
	return arn
}

func (w *world) tryProfile(k key, name, source string, tags ...bedrocktypes.Tag) (string, error) {
	out, err := w.bedrock(k).CreateInferenceProfile(w.t.Context(), &bedrock.CreateInferenceProfileInput{
		InferenceProfileName: &name, ModelSource: copyOf(source), Tags: tags,
	})
	if err != nil {
		return "", err
	}
	return *out.InferenceProfileArn, nil
}

// Steps 2 and 3: the profile alone is not enough; the model outright is too
// much; the model through the profile is right, by either operator.
func TestStory2HalfGranted(t *testing.T) {
	o := openOffice(t, everything)
	own := o.profile(o.root, "DeveloperFooProfile", modelARN+haiku)

	o.permissionSet(throughAProfileOnly(own))
	_, err := o.converse(o.foo, own)
	refused(t, err, "AccessDeniedException", "")
	want := "AccessDeniedException: User: " + fooSSO + " is not authorized to perform: bedrock:InvokeModel on resource: " +
		"arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0 " +
		"because no identity-based policy allows the bedrock:InvokeModel action"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if why := o.why(o.root, decisionID(t, err)); len(why.Decision.Checks) != 2 || !why.Decision.Checks[0].Allowed || why.Decision.Checks[1].Allowed {
		t.Errorf("recorded: %+v", why.Decision.Checks)
	}
	for name, policy := range map[string]string{
		"StringLike":               throughItsModelToo(own, "StringLike", own),
		"StringLike, any profile":  throughItsModelToo(own, "StringLike", "arn:aws:bedrock:*:123456789012:application-inference-profile/*"),
		"ArnEquals, any profile":   throughItsModelToo(own, "ArnEquals", "arn:aws:bedrock:*:*:application-inference-profile/*"),
		"ArnLike, part of the ARN": throughItsModelToo(own, "ArnLike", "arn:aws:bedrock:us-west-2:*:application-inference-profile/?????"+own[len(own)-7:]),
	} {
		o.permissionSet(policy)
		if _, err := o.converse(o.foo, own); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err = o.converse(o.foo, haiku)
		refused(t, err, "AccessDeniedException", "bedrock:InvokeModel on resource: "+modelARN+haiku+" because no identity-based policy allows")
	}
	for name, policy := range map[string]string{
		"another profile":          throughItsModelToo(own, "ArnEquals", own+"x"),
		"StringEquals, a wildcard": throughItsModelToo(own, "StringEquals", "arn:aws:bedrock:*:*:application-inference-profile/*"),
	} {
		o.permissionSet(policy)
		t.Run(name, func(t *testing.T) {
			_, err := o.converse(o.foo, own)
			refused(t, err, "AccessDeniedException", "on resource: "+modelARN+haiku)
		})
	}
}

// Step 4: by tags, everyone through their own profile, in every operation.
func TestStory2EveryoneThroughTheirOwn(t *testing.T) {
	o := openOffice(t, usersPolicy)
	foos := o.profile(o.root, "DeveloperFooHaiku35Profile", modelARN+haiku, email("foo"))
	bars := o.profile(o.root, "DeveloperBarHaiku35Profile", modelARN+haiku, email("bar"))
	nobodys := o.profile(o.root, "Untagged", modelARN+haiku)

	if said, err := o.converse(o.foo, foos); err != nil || !strings.Contains(said, haiku) {
		t.Errorf("foo through foo's: %q, %v", said, err)
	}
	if _, err := o.converse(o.bar, bars); err != nil {
		t.Error(err)
	}
	for profile, k := range map[string]key{foos: o.bar, bars: o.foo, nobodys: o.foo} {
		_, err := o.converse(k, profile)
		refused(t, err, "AccessDeniedException", "is not authorized to perform: bedrock:InvokeModel on resource: "+profile+" because no identity-based policy allows")
		_, err = converseStream(t, o.runtime(k), profile)
		refused(t, err, "AccessDeniedException", "bedrock:InvokeModelWithResponseStream on resource: "+profile)
	}
	_, err := o.converse(o.foo, haiku)
	refused(t, err, "AccessDeniedException", "bedrock:InvokeModel on resource: "+modelARN+haiku)
	_, err = o.converse(o.foo, "us."+haiku)
	refused(t, err, "AccessDeniedException", "bedrock:InvokeModel on resource: arn:aws:bedrock:us-west-2:123456789012:inference-profile/us."+haiku)

	if _, err := converseStream(t, o.runtime(o.foo), foos); err != nil {
		t.Error(err)
	}
	_, err = o.runtime(o.foo).InvokeModel(t.Context(), &bedrockruntime.InvokeModelInput{ModelId: &foos, Body: []byte(messagesBody)})
	if err != nil {
		t.Error(err)
	}
	out, err := o.runtime(o.foo).InvokeModelWithResponseStream(t.Context(), &bedrockruntime.InvokeModelWithResponseStreamInput{ModelId: &foos, Body: []byte(messagesBody)})
	if err != nil {
		t.Fatal(err)
	}
	out.GetStream().Close()
	_, err = o.runtime(o.root).CountTokens(t.Context(), &bedrockruntime.CountTokensInput{ModelId: &foos, Input: &types.CountTokensInputMemberConverse{
		Value: types.ConverseTokensRequest{Messages: hello()},
	}})
	if err != nil {
		t.Error(err)
	}
	o.recorded(foos)
}

// recorded looks at what is written down of the first call through a profile.
func (o *office) recorded(profile string) {
	o.t.Helper()
	events := o.events()
	i := slices.IndexFunc(events, func(e *audit.Event) bool { return e.Operation == "Converse" && e.Model == profile })
	if i < 0 {
		o.t.Fatal("the call is not in the journal")
	}
	e := events[i]
	if e.Profile != profile || e.UsedModel != haiku || e.UsedRegion != region || !slices.Equal(e.CouldRegion, []string{region}) {
		o.t.Errorf("recorded: %+v", e)
	}
	if len(e.Checks) != 2 || e.Checks[0].Resource != profile || e.Checks[1].Resource != modelARN+haiku {
		o.t.Errorf("checks: %+v", e.Checks)
	}
}

// Step 5: people make, see and delete their own profiles, and nobody else's.
func TestStory2Vending(t *testing.T) {
	o := openOffice(t, usersPolicy, vendingPolicy)
	foos := o.profile(o.foo, "DeveloperFooHaiku35Profile", modelARN+haiku, email("foo"))
	cross := o.profile(o.foo, "FooAcrossRegions", "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us."+haiku, email("foo"))
	for _, own := range []string{foos, cross} {
		if _, err := o.converse(o.foo, own); err != nil {
			t.Error(err)
		}
	}
	bars := o.profile(o.bar, "DeveloperBarHaiku35Profile", modelARN+haiku, email("bar"))
	collection := "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/*"
	for name, tags := range map[string][]bedrocktypes.Tag{"ForBar": {email("bar")}, "ForNobody": nil, "OfAnotherKey": {tag("Email", "foo@example.com")}} {
		_, err := o.tryProfile(o.foo, name, modelARN+haiku, tags...)
		refused(t, err, "AccessDeniedException", "User: "+fooSSO+" is not authorized to perform: bedrock:CreateInferenceProfile on resource: "+collection)
	}
	for _, resource := range []string{foos, bars} {
		_, err := o.bedrock(o.foo).TagResource(t.Context(), &bedrock.TagResourceInput{ResourceARN: &resource, Tags: []bedrocktypes.Tag{email("bar")}})
		refused(t, err, "AccessDeniedException", "bedrock:TagResource on resource: "+resource)
	}
	_, err := o.bedrock(o.foo).UntagResource(t.Context(), &bedrock.UntagResourceInput{ResourceARN: &bars, TagKeys: []string{"UserEmail"}})
	refused(t, err, "AccessDeniedException", "bedrock:UntagResource on resource: "+bars)

	for _, typ := range []bedrocktypes.InferenceProfileType{"", "SYSTEM_DEFINED", "APPLICATION"} {
		out, err := o.bedrock(o.foo).ListInferenceProfiles(t.Context(), &bedrock.ListInferenceProfilesInput{TypeEquals: typ})
		if err != nil || typ == "APPLICATION" && len(out.InferenceProfileSummaries) != 3 || len(out.InferenceProfileSummaries) < 3 {
			t.Errorf("%s: %+v, %v", typ, out, err)
		}
	}
	if got, err := o.bedrock(o.foo).GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: &cross}); err != nil || len(got.Models) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = o.bedrock(o.foo).GetInferenceProfile(t.Context(), &bedrock.GetInferenceProfileInput{InferenceProfileIdentifier: &bars})
	refused(t, err, "AccessDeniedException", "bedrock:GetInferenceProfile on resource: "+bars)
	_, err = o.bedrock(o.foo).DeleteInferenceProfile(t.Context(), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: &bars})
	refused(t, err, "AccessDeniedException", "bedrock:DeleteInferenceProfile on resource: "+bars)
	if _, err = o.bedrock(o.foo).DeleteInferenceProfile(t.Context(), &bedrock.DeleteInferenceProfileInput{InferenceProfileIdentifier: &cross}); err != nil {
		t.Error(err)
	}
	_, err = o.converse(o.foo, cross)
	refused(t, err, "ValidationException", "The provided model identifier is invalid.")
}

// The hole in the published policy: it lets foo put foo's own value on bar's
// profile. AWS allows that, and so it works here.
func TestStory2Takeover(t *testing.T) {
	o := openOffice(t, usersPolicy, vendingPolicy)
	bars := o.profile(o.bar, "DeveloperBarHaiku35Profile", modelARN+haiku, email("bar"))
	_, err := o.converse(o.foo, bars)
	refused(t, err, "AccessDeniedException", bars)
	take := &bedrock.TagResourceInput{ResourceARN: &bars, Tags: []bedrocktypes.Tag{email("foo")}}
	if _, err := o.bedrock(o.foo).TagResource(t.Context(), take); err != nil {
		t.Fatal(err)
	}
	if _, err := o.converse(o.foo, bars); err != nil {
		t.Error("after the takeover:", err)
	}
	_, err = o.converse(o.bar, bars)
	refused(t, err, "AccessDeniedException", bars)

	// The remedy: tagging only what has one's own tag, or none yet as it is made.
	const closed = `"aws:RequestTag/UserEmail": "${aws:PrincipalTag/UserEmail}"
				},
				"StringEqualsIfExists": {
					"aws:ResourceTag/UserEmail": "${aws:PrincipalTag/UserEmail}"`
	o.permissionSet(usersPolicy, strings.Replace(vendingPolicy, `"aws:RequestTag/UserEmail": "${aws:PrincipalTag/UserEmail}"`, closed, 1))
	again := o.profile(o.bar, "DeveloperBarAgain", modelARN+haiku, email("bar"))
	_, err = o.bedrock(o.foo).TagResource(t.Context(), &bedrock.TagResourceInput{ResourceARN: &again, Tags: []bedrocktypes.Tag{email("foo")}})
	refused(t, err, "AccessDeniedException", "bedrock:TagResource on resource: "+again)
}

// A profile is named by ARN or id; an ARN may come raw, with %2F, or encoded
// whole.
func TestAProfileAsClientsWriteIt(t *testing.T) {
	o := openOffice(t, usersPolicy)
	foos := o.profile(o.root, "Foo", modelARN+haiku, email("foo"))
	id := foos[strings.LastIndex(foos, "/")+1:]
	for _, written := range []string{
		foos, strings.ReplaceAll(foos, "/", "%2F"), url.PathEscape(foos), strings.ReplaceAll(url.QueryEscape(foos), "%2F", "/"), url.QueryEscape(foos), id,
	} {
		for _, operation := range []string{"converse", "invoke"} {
			body := map[string]string{"converse": helloBody, "invoke": messagesBody}[operation]
			o.send(request{Path: "/model/" + written + "/" + operation, Body: body, Key: o.foo}).is(t, http.StatusOK)
			o.send(request{Path: "/model/" + written + "/" + operation, Body: body, Key: o.bar}).is(t, http.StatusForbidden, foos)
		}
		o.send(request{Method: http.MethodGet, Path: "/inference-profiles/" + written, Key: o.root}).is(t, http.StatusOK, foos, haiku)
	}
	for _, wrong := range []string{
		strings.Replace(foos, "us-west-2", "us-east-1", 1), strings.Replace(foos, "123456789012", "999999999999", 1), foos + "x", "aaaaaaaaaaaa",
	} {
		_, err := o.converse(o.root, wrong)
		refused(t, err, "ValidationException", "The provided model identifier is invalid.")
	}
}
