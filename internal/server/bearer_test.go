package server_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/sigv4"
)

// everything lets an API key's own checks pass, so that what is left is the key.
const everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:*","Resource":"*"}}`

var (
	haikuPath  = "/model/" + url.PathEscape(haiku) + "/converse"
	haiku3Path = "/model/" + url.PathEscape(haiku3) + "/converse"
)

// shortTerm makes a short-term key as AWS's generator does: a presigned request
// without its scheme, with a parameter appended after signing, in base64.
func (w *world) shortTerm(k key, region string, seconds string) string {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "https://bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Expires="+seconds, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	credentials, _ := k.Retrieve(w.t.Context())
	signed, _, err := v4.NewSigner().PresignHTTP(w.t.Context(), credentials, req, sigv4EmptyPayload, "bedrock", region, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	text := "bedrock-api-key-" + base64.StdEncoding.EncodeToString([]byte(strings.TrimPrefix(signed, "https://")+"&Version=1"))
	w.secrets = append(w.secrets, text)
	return text
}

const sigv4EmptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestShortTermKey(t *testing.T) {
	if sigv4.EmptyPayload != [32]byte{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55} {
		t.Fatal("the empty payload's hash")
	}
	w := start(t)
	foo := w.user("foo", everything)
	short := w.shortTerm(foo, region, "3600")
	call := request{Path: haikuPath, Body: helloBody, Bearer: short}
	w.send(call).is(t, http.StatusOK, haiku, region)

	elsewhere := call
	elsewhere.Path = "/regions/eu-west-1" + haikuPath
	w.send(elsewhere).is(t, http.StatusForbidden, "The API key is for us-west-2 and cannot be used in eu-west-1")

	w.policy("foo", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:*","Resource":"*"},
		{"Effect":"Deny","Action":"bedrock:CallWithBearerToken","Resource":"*","Condition":{"StringEquals":{"bedrock:BearerTokenType":"SHORT_TERM"}}}]}`)
	w.send(call).is(t, http.StatusForbidden, "bedrock:CallWithBearerToken on resource: * with an explicit deny in an identity-based policy")
	w.policy("foo", everything)

	w.clock.Advance(time.Hour + time.Second)
	w.send(call).is(t, http.StatusForbidden, `{"Message":"Bearer Token has expired"}`)
}

// A short-term key lives no longer than the session that signed it.
func TestShortTermKeyOfASession(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	session := w.sessionToken(foo, 900)
	short := w.shortTerm(session, region, "43200")
	call := request{Path: haikuPath, Body: helloBody, Bearer: short}
	w.send(call).is(t, http.StatusOK)
	w.clock.Advance(901 * time.Second)
	w.send(call).is(t, http.StatusForbidden, "AccessDeniedException")
}

// What is no key, says AWS, is refused in one of three ways and no other.
func TestAPIKeysThatAreNone(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	long, short := w.apiKey("foo", 1), w.shortTerm(foo, region, "3600")
	deleted := w.apiKey("foo", 1)
	_, err := w.iam(w.root).DeleteServiceSpecificCredential(t.Context(), &iam.DeleteServiceSpecificCredentialInput{
		ServiceSpecificCredentialId: &deleted.id, UserName: aws.String("foo"),
	})
	if err != nil {
		t.Fatal(err)
	}
	before := w.head()
	decoded, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(short, "bedrock-api-key-"))
	forge := func(from, to string) string {
		return "bedrock-api-key-" + base64.StdEncoding.EncodeToString([]byte(strings.Replace(string(decoded), from, to, 1)))
	}
	const invalid, format = "Authentication failed: Please make sure your API Key is valid.", "Invalid API Key format: Must start with pre-defined prefix"
	for name, tt := range map[string]struct{ key, want string }{
		"another prefix":        {"sk-" + long.secret, format},
		"empty":                 {"ABSK", invalid},
		"not base64":            {"ABSK!!!", invalid},
		"cut":                   {long.secret[:len(long.secret)-6], invalid},
		"deleted":               {deleted.secret, invalid},
		"short, empty":          {"bedrock-api-key-", invalid},
		"short, more time":      {forge("X-Amz-Expires=3600", "X-Amz-Expires=43200"), invalid},
		"short, another region": {forge("us-west-2", "eu-west-1"), invalid},
		"short, another host":   {forge("bedrock.amazonaws.com", "evil.example.com"), invalid},
		"short, other action":   {forge("Action=CallWithBearerToken", "Action=DeleteEverything"), invalid},
	} {
		a := w.send(request{Path: haikuPath, Body: helloBody, Bearer: tt.key})
		if a.Status != http.StatusForbidden || a.Body != `{"Message":"`+tt.want+`"}` {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if w.head() != before {
		t.Error("a key that is none was written down")
	}
}

// A region comes from the host, else the path, else the key's home; if nobody
// names one the call is refused and told how to.
func TestRegionOfABearerCall(t *testing.T) {
	w := start(t)
	w.user("foo", everything)
	long := w.apiKey("foo", 1)
	call := request{Path: haiku3Path, Body: helloBody, Bearer: long.secret}
	w.send(call).is(t, http.StatusBadRequest, "ValidationException", "/regions/us-west-2", "bedrock-runtime.us-west-2", "--region us-west-2")

	byHost := call
	byHost.Host = "bedrock-runtime.us-east-1.amazonaws.com"
	w.send(byHost).is(t, http.StatusOK, "us-east-1")
	byPath := call
	byPath.Path = "/regions/us-east-1" + haiku3Path
	w.send(byPath).is(t, http.StatusOK, "us-east-1")
	both := byPath
	both.Host = "bedrock-runtime.us-west-2.amazonaws.com"
	if a := w.send(both); a.Status/100 != 4 {
		t.Errorf("host and path name different regions: %d %s", a.Status, a.Body)
	}
	nowhere := call
	nowhere.Path = "/regions/mars-north-1" + haiku3Path
	w.send(nowhere).is(t, http.StatusBadRequest, "mars-north-1")

	w.homeRegion("arn:aws:iam::123456789012:user/foo", "us-west-2")
	w.send(call).is(t, http.StatusOK, "us-west-2")
	w.send(byPath).is(t, http.StatusOK, "us-east-1")
	var from []string
	for _, e := range w.events() {
		if e.Caller.Bearer != "" && e.Status == http.StatusOK {
			from = append(from, e.Region+" by "+e.RegionFrom)
		}
	}
	if got := strings.Join(from, ", "); got != "us-east-1 by host, us-east-1 by path, us-west-2 by key, us-east-1 by path" {
		t.Errorf("the journal says %s", got)
	}
}

func (w *world) homeRegion(principal, region string) {
	w.t.Helper()
	w.send(request{
		Method: http.MethodPut, Path: "/inference-configs/" + url.PathEscape(principal), Key: w.root, Service: "hardpan",
		Body: `{"homeRegion":"` + region + `"}`, Header: http.Header{"Content-Type": {"application/json"}},
	}).is(w.t, http.StatusOK)
}

// A signature is good for the region of its scope; an endpoint that says
// another contradicts it.
func TestScopeAndEndpointAgree(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	call := request{Path: haikuPath, Body: helloBody, Key: foo}
	w.send(call).is(t, http.StatusOK)
	for name, change := range map[string]func(*request){
		"path":              func(r *request) { r.Path = "/regions/us-east-1" + haikuPath },
		"host":              func(r *request) { r.Host = "bedrock-runtime.us-east-1.amazonaws.com" },
		"no such region":    func(r *request) { r.Region = "mars-north-1" },
		"another service":   func(r *request) { r.Service = "s3" },
		"host of a service": func(r *request) { r.Host = "sts.us-west-2.amazonaws.com" },
	} {
		r := call
		change(&r)
		t.Run(name, func(t *testing.T) { w.send(r).is(t, http.StatusForbidden, "Credential should be scoped to") })
	}
	named := call
	named.Host = "hardpan.corp.example.com"
	w.send(named).is(t, http.StatusOK)
	named.Host = "bedrock.corp.example.com"
	named.Service, named.Path, named.Body = "sts", "/", "Action=GetCallerIdentity&Version=2011-06-15"
	named.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	w.send(named).is(t, http.StatusOK, "user/foo")
}
