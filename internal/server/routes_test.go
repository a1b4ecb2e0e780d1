package server_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hardpan/internal/op"
	"hardpan/internal/wire/golden"
)

// The walk over all routes: what the server serves is asked for, not listed
// here, so that no operation can be added without being walked.

// public is all that needs no permission, and why.
var public = map[string]string{
	"sts:GetCallerIdentity": "AWS answers it even under an explicit deny",
	"hardpan:WhoAmI":        "it says what sts:GetCallerIdentity says, and the caller's own tags",
	"sts:GetSessionToken":   "AWS needs no permission for it; the session can do no more than its owner",

	"bedrock-agentcore:GetProtectedResource":       signIn,
	"bedrock-agentcore:GetProtectedResourceByHost": signIn,
}

// signIn is why a gateway's metadata needs no signature either: it answers at
// once, reads nothing but the snapshot and is not written down.
const signIn = "an MCP client asks, before it has signed in, whom to sign in with"

// publicRoutes are all that needs no signature, and why.
var publicRoutes = map[string]string{
	"/healthz": "a supervisor asks whether the process lives, and has no key",
	"/readyz":  "a load balancer asks whether calls are taken, and has no key",
}

// unsigned is all that needs no signature, and why.
var unsigned = map[string]string{
	"sts:AssumeRoleWithWebIdentity": "the token of an identity provider that an account registered stands in its place",
}

func TestEveryRouteIsGuarded(t *testing.T) {
	w := start(t)
	nobody, requests := w.user("nobody", ""), w.walk()
	for path := range publicRoutes {
		w.send(request{Method: http.MethodGet, Path: path}).is(t, http.StatusOK)
	}
	if len(requests) < 80 {
		t.Fatalf("only %d requests to walk", len(requests))
	}
	t.Run("unsigned", func(t *testing.T) {
		head, database := w.head(), w.database()
		for name, r := range requests {
			if _, open := unsigned[name]; open {
				w.send(r).is(t, http.StatusBadRequest, "InvalidIdentityToken")
				continue
			}
			if public[name] == signIn {
				w.send(r).is(t, http.StatusOK, "https://idp.example.com")
				continue
			}
			if a := w.send(r); a.Status != http.StatusForbidden || !strings.Contains(a.Header.Get("X-Amzn-Errortype")+a.Body, "MissingAuthenticationToken") {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
		if w.head() != head || w.database() != database {
			t.Error("something was written")
		}
	})
	t.Run("unauthorized", func(t *testing.T) {
		database := w.database()
		for _, o := range w.built() {
			name := nameOf(o)
			r := requests[name]
			r.Key = nobody
			a := w.send(r)
			_, proven := unsigned[name]
			switch _, open := public[name]; {
			case proven != (o.Unsigned != ""):
				t.Errorf("%s: unsigned here %v, there %q", name, proven, o.Unsigned)
			case proven: // whoever signed it plays no part
				a.is(t, http.StatusBadRequest, "InvalidIdentityToken")
			case open != (o.Public != ""):
				t.Errorf("%s: public here %v, there %q", name, open, o.Public)
			case open && a.Status != http.StatusOK:
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			case !open && !denied(a):
				t.Errorf("%s: not denied: %d %s", name, a.Status, a.Body)
			}
		}
		if w.database() != database {
			t.Error("something was written")
		}
	})
	t.Run("root", func(t *testing.T) {
		assume := requests["sts:AssumeRole"]
		assume.Key = w.root // first: what is walked takes the role away
		w.send(assume).is(t, http.StatusForbidden, "Roles may not be assumed by root accounts.")
		delete(requests, "sts:AssumeRole")
		delete(requests, "sts:AssumeRoleWithWebIdentity")
		for _, name := range slices.Sorted(maps.Keys(requests)) {
			r := requests[name]
			r.Key = w.root
			if a := w.send(r); a.Status == http.StatusForbidden || a.Status >= 500 {
				t.Errorf("%s: %d %s", name, a.Status, a.Body)
			}
		}
	})
}

// denied reports whether an answer is AWS's denial, with its decision's id.
func denied(a answer) bool {
	return a.Status == http.StatusForbidden && a.Header.Get("X-Hardpan-Decision-Id") != "" &&
		strings.Contains(a.Body, "User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: ") &&
		strings.Contains(a.Body+a.Header.Get("X-Amzn-Errortype"), "AccessDenied")
}

// What AWS has and Hardpan has not is answered by its name, to whoever proves
// who they are, and to nobody else.
func TestEveryUnbuiltOperationSaysSo(t *testing.T) {
	w := start(t)
	nobody, count := w.user("nobody", ""), 0
	label := regexp.MustCompile(`\{[^}]*\}`)
	for _, o := range w.Operations() {
		if o.Built() {
			continue
		}
		count++
		r := request{Method: o.Method, Path: label.ReplaceAllString(o.Path, "x"), Service: o.API.SigningName}
		if o.API.Protocol == op.Query {
			r = form(o, url.Values{})
		}
		w.send(r).is(t, http.StatusForbidden)
		r.Key = nobody
		w.send(r).is(t, http.StatusNotImplemented, "NotImplemented", o.Name+" of "+o.API.Title+" is not built")
	}
	t.Logf("%d operations are not built", count)
	if count < 100 {
		t.Errorf("only %d unbuilt operations found", count)
	}
}

func TestUnknownPaths(t *testing.T) {
	w := start(t)
	for _, path := range []string{
		"/nothing", "/model", "/model/" + haiku, "/model//converse", "/model/x/converse/", "/metrics", "/debug/pprof/", "/decisions/x",
		"/regions/us-west-2", "/regions/us-west-2/nothing", "/%2e%2e/healthz", "/healthz/", "/" + strings.Repeat("a/", 200),
	} {
		r := request{Method: http.MethodGet, Path: path}
		w.send(r).is(t, http.StatusForbidden)
		r.Key = w.root
		if a := w.send(r); a.Status != http.StatusNotFound && a.Status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
}

func nameOf(o *op.Operation) string { return o.API.Name + ":" + o.Name }

func (w *world) built() []*op.Operation {
	return slices.DeleteFunc(w.Operations(), func(o *op.Operation) bool { return !o.Built() })
}

// walk returns a valid request for every built operation; one that it does not
// know fails the test.
func (w *world) walk() map[string]request {
	w.t.Helper()
	values := w.stage()
	requests := w.restRequests()
	for name, r := range requests {
		api, _, _ := strings.Cut(name, ":")
		r.Service = map[string]string{"hardpan": "hardpan", "bedrock-agentcore-control": "bedrock-agentcore", "bedrock-agentcore": "bedrock-agentcore"}[api]
		requests[name] = r
	}
	inputs := map[string]reflect.Type{}
	for api, client := range map[string]any{"iam": iam.New(iam.Options{}), "sts": sts.New(sts.Options{})} {
		for _, o := range golden.Operations(client) {
			inputs[api+":"+o.Name] = o.In
		}
	}
	known := len(requests)
	for _, o := range w.built() {
		name := nameOf(o)
		if in := inputs[name]; o.API.Protocol == op.Query && in != nil {
			requests[name] = form(o, values.of(in))
			known++
		}
		if _, ok := requests[name]; !ok {
			w.t.Errorf("%s is built and has no request in this walk", name)
		}
	}
	if built := len(w.built()); known != built {
		w.t.Errorf("%d requests for %d operations", known, built)
	}
	return requests
}

// form is a query-protocol request.
func form(o *op.Operation, parameters url.Values) request {
	parameters.Set("Action", o.Name)
	parameters.Set("Version", o.API.Version)
	return request{
		Path: "/", Body: parameters.Encode(), Service: o.API.SigningName,
		Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
	}
}

// samples are values for the members of IAM's and STS's inputs, by their names.
type samples map[string]url.Values

func (s samples) of(in reflect.Type) url.Values {
	all := url.Values{}
	for i := range in.NumField() {
		for name, values := range s[in.Field(i).Name] {
			all[name] = values
		}
	}
	return all
}

// stage makes the entities that the walk is about, and values that name them.
func (w *world) stage() samples {
	w.t.Helper()
	ctx, c := w.t.Context(), w.iam(w.root)
	k := w.user("walked", everything)
	api := w.apiKey("walked", 1)
	role := w.role("Walked", everything)
	made, err := c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("walked"), PolicyDocument: aws.String(everything)})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := c.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("walked")}); err != nil {
		w.t.Fatal(err)
	}
	s := samples{
		"Tags": {"Tags.member.1.Key": {"a"}, "Tags.member.1.Value": {"b"}}, "TagKeys": {"TagKeys.member.1": {"a"}},
		"ThumbprintList": {"ThumbprintList.member.1": {strings.Repeat("0", 40)}},
		"ActionNames":    {"ActionNames.member.1": {"bedrock:InvokeModel"}}, "PolicyInputList": {"PolicyInputList.member.1": {everything}},
	}
	for name, value := range map[string]string{
		"UserName": "walked", "GroupName": "walked", "RoleName": "Walked", "RoleArn": role, "RoleSessionName": "walker",
		"PolicySourceArn": "arn:aws:iam::123456789012:user/walked", "PolicyName": "inline", "PolicyArn": *made.Policy.Arn, "PermissionsBoundary": *made.Policy.Arn, "VersionId": "v1",
		"PolicyDocument": everything, "AccessKeyId": k.ID, "Status": "Active", "AccountAlias": "walked", "Description": "walked",
		"OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/example.com", "Url": "https://example.com", "ClientID": "walked",
		"WebIdentityToken": "a.b.c", "Name": "walked", "EncodedMessage": "abcdefghijklmnopqrstuvwxyz",
		"AWSServiceName": "sso.amazonaws.com", "DeletionTaskId": "task/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO/x",
		"ServiceName": "bedrock.amazonaws.com", "ServiceSpecificCredentialId": api.id,
		"AssumeRolePolicyDocument": strings.ReplaceAll(mayAssume, `"Resource":"*"`, `"Principal":{"AWS":"123456789012"}`),
	} {
		s[name] = url.Values{name: {value}}
	}
	return s
}

// restRequests are the requests of the operations that have paths.
func (w *world) restRequests() map[string]request {
	model := func(id, operation, body string) request {
		return request{Path: "/model/" + url.PathEscape(id) + "/" + operation, Body: body}
	}
	get := func(path string) request { return request{Method: http.MethodGet, Path: path} }
	someone := url.PathEscape("arn:aws:iam::123456789012:user/walked")
	requests := profileRequests()
	maps.Copy(requests, w.controlRequests())
	maps.Copy(requests, w.gatewayRequests())
	maps.Copy(requests, map[string]request{
		"bedrock:ListFoundationModels":                  get("/foundation-models"),
		"bedrock:GetFoundationModel":                    get("/foundation-models/" + url.PathEscape(haiku)),
		"bedrock:GetFoundationModelAvailability":        get("/foundation-model-availability/" + url.PathEscape(haiku)),
		"bedrock-runtime:Converse":                      model(haiku, "converse", helloBody),
		"bedrock-runtime:ConverseStream":                model(haiku, "converse-stream", helloBody),
		"bedrock-runtime:InvokeModel":                   model(titan, "invoke", `{"inputText":"x"}`),
		"bedrock-runtime:InvokeModelWithResponseStream": model(haiku, "invoke-with-response-stream", messagesBody),
		"bedrock-runtime:CountTokens":                   model(haiku, "count-tokens", `{"input":{"converse":`+helloBody+`}}`),
		"hardpan:GetDecision":                           get("/decisions/abcdefghijklmnopqrstuvwxyz"),
		"hardpan:GetAuthorizationDetails":               get("/authorization-details/abcdefghijklmnopqrstuvwxyz"),
		"hardpan:GetLastDecision":                       get("/last-decision?principal=" + someone), // one's own needs no permission
		"hardpan:GetInferenceConfig":                    get("/inference-configs/" + someone),
		"hardpan:Simulate": { // of oneself needs no permission
			Path: "/simulations", Header: http.Header{"Content-Type": {"application/json"}},
			Body: `{"principal":"arn:aws:iam::123456789012:user/walked","action":"bedrock:InvokeModel",` +
				`"resource":"arn:aws:bedrock:us-west-2::foundation-model/` + haiku + `"}`,
		},
		"hardpan:DiagnoseGateways": get("/diagnosis"),
		"hardpan:ReplayGateway": {
			Path: "/gateways/walked-abcdefghij/replays", Header: http.Header{"Content-Type": {"application/json"}}, Body: `{}`,
		},
		"hardpan:GetBudget":    get("/budgets/walked"),
		"hardpan:ListBudgets":  get("/budgets"),
		"hardpan:GetUsage":     get("/usage?of=all"), // one's own needs no permission
		"hardpan:ListCharges":  get("/charges?of=all"),
		"hardpan:DeleteBudget": {Method: http.MethodDelete, Path: "/budgets/walked"},
		"hardpan:PutBudget": {
			Method: http.MethodPut, Path: "/budgets/walked", Body: `{"scope":"account","limit":"1USD","period":"day","action":"notify"}`,
			Header: http.Header{"Content-Type": {"application/json"}},
		},
		"hardpan:PutInferenceConfig": {
			Method: http.MethodPut, Path: "/inference-configs/" + someone, Body: `{"homeRegion":"eu-west-1"}`,
			Header: http.Header{"Content-Type": {"application/json"}},
		},
	})
	return requests
}

const messagesBody = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":100,"messages":[{"role":"user","content":"hello"}]}`

// database is a hash of the database's files.
func (w *world) database() string {
	w.t.Helper()
	sum := sha256.New()
	for _, suffix := range []string{"", "-wal"} {
		f, err := os.Open(filepath.Join(w.opt.DataDir, "hardpan.db"+suffix))
		if err != nil {
			w.t.Fatal(err)
		}
		_, err = io.Copy(sum, f)
		if f.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}
