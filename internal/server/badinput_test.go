package server_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"hardpan/internal/server"
)

// Whatever is sent, the answer is AWS's error, prompt, and nothing is kept of
// what was not proven.

func TestHeadersThatAreNoSignature(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	const scope = "AKIAEXAMPLE000000000/20261122/us-west-2/bedrock/aws4_request"
	before := w.head()
	for name, tt := range map[string]struct{ header, want string }{
		"none":             {"", "MissingAuthenticationTokenException"},
		"basic":            {"Basic dXNlcjpwYXNz", "MissingAuthenticationTokenException"},
		"no parameters":    {"AWS4-HMAC-SHA256", "IncompleteSignatureException"},
		"no signature":     {"AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host", "IncompleteSignatureException"},
		"a short scope":    {"AWS4-HMAC-SHA256 Credential=AKIA/us-west-2, SignedHeaders=host, Signature=" + strings.Repeat("0", 64), "IncompleteSignatureException"},
		"other algorithm":  {"AWS4-ECDSA-P256-SHA256 Credential=" + scope + ", SignedHeaders=host, Signature=00", "Exception"},
		"a long parameter": {"AWS4-HMAC-SHA256 Credential=" + strings.Repeat("a", 30000) + ", SignedHeaders=host, Signature=00", "IncompleteSignatureException"},
	} {
		h := http.Header{"X-Amz-Date": {w.clock.Now().UTC().Format("20060102T150405Z")}}
		if tt.header != "" {
			h.Set("Authorization", tt.header)
		}
		a := w.send(request{Path: haikuPath, Body: helloBody, Header: h})
		if a.Status/100 != 4 || !strings.Contains(a.Header.Get("X-Amzn-Errortype"), tt.want) || len(a.Body) > 1000 {
			t.Errorf("%s: %d %s %.300s", name, a.Status, a.Header.Get("X-Amzn-Errortype"), a.Body)
		}
	}
	late := request{Path: haikuPath, Body: helloBody, Key: foo, Late: 6 * time.Minute}
	w.send(late).is(t, http.StatusForbidden, "InvalidSignatureException", "Signature expired: ")
	early := late
	early.Late = -6 * time.Minute
	w.send(early).is(t, http.StatusForbidden, "InvalidSignatureException", "Signature not yet current: ")
	wrong := request{Path: haikuPath, Body: helloBody, Key: key{ID: foo.ID, Secret: "wrong"}}
	w.send(wrong).is(t, http.StatusForbidden, "InvalidSignatureException", "The request signature we calculated does not match")
	wrong.Key = key{ID: "AKIAEXAMPLE000000000", Secret: "wrong"}
	w.send(wrong).is(t, http.StatusForbidden, "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`)
	wrong.Key = key{ID: foo.ID, Secret: foo.Secret, Token: "hps1.AAAA"}
	w.send(wrong).is(t, http.StatusForbidden, "UnrecognizedClientException")
	if w.head() != before {
		t.Error("a request that nobody proved was written down")
	}
}

func TestBodiesThatAreMalformed(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	for name, tt := range map[string]struct{ body, code string }{
		"cut":                {`{"messages":[`, "SerializationException"},
		"no JSON":            {`messages`, "SerializationException"},
		"a list":             {`[]`, "SerializationException"},
		"two keys alike":     {`{"messages":[],"messages":[{"role":"user","content":[{"text":"hello"}]}]}`, "SerializationException"},
		"a hidden guardrail": {`{"guardrailConfig":null,"guardrailConfig":{"guardrailIdentifier":"g"},` + helloBody[1:], "SerializationException"},
		"a trailing value":   {helloBody + `{}`, "SerializationException"},
		"deep":               {`{"messages":` + strings.Repeat("[", 100000) + strings.Repeat("]", 100000) + `}`, "SerializationException"},
		"a wrong type":       {`{"messages":"hello"}`, "SerializationException"},
		"not UTF-8":          {"{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"\xff\"}]}]}", ""},
	} {
		a := w.send(request{Path: haikuPath, Body: tt.body, Key: foo})
		if tt.code != "" && (a.Status != http.StatusBadRequest || a.Header.Get("X-Amzn-Errortype") != tt.code) || a.Status >= 500 {
			t.Errorf("%s: %d %s %.300s", name, a.Status, a.Header.Get("X-Amzn-Errortype"), a.Body)
		}
	}
}

// A body of a model's own that could be read in two ways reaches no backend: what
// limits the call in one reading might not in the other.
func TestInvokeBodiesThatAreAmbiguous(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	claude := func(members string) string {
		return `{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"hello"}],` + members + `}`
	}
	for name, tt := range map[string]struct{ body, says string }{
		"a limit twice":            {claude(`"max_tokens":1,"max_tokens":100000`), `the member \"max_tokens\" is given more than once`},
		"escaped":                  {claude(`"max_tokens":1,"max_\u0074okens":100000`), `the member \"max_tokens\" is given more than once`},
		"in two cases":             {claude(`"max_tokens":1,"Max_Tokens":100000`), `the member \"Max_Tokens\" is given more than once`},
		"with a letter like a k":   {claude(`"max_tokens":1,"max_toKens":100000`), `is given more than once`},
		"within":                   {claude(`"max_tokens":1,"inferenceConfig":{"maxTokens":1,"maxTokens":9}`), `the member \"maxTokens\" is given more than once`},
		"something after":          {claude(`"max_tokens":1`) + `{"max_tokens":100000}`, "Malformed input request"},
		"cut":                      {`{"max_tokens":1`, "Malformed input request"},
		"no object":                {`["max_tokens"]`, "Malformed input request"},
		"no JSON":                  {`max_tokens=1`, "Malformed input request"},
		"nothing":                  {``, "Malformed input request"},
		"ten thousand members":     {claude(`"a":1` + strings.Repeat(`,"A":1`, 10_001)), "Malformed input request"},
		"a number for the limit":   {claude(`"max_tokens":10`), ""},
		"names in different cases": {claude(`"max_tokens":10,"metadata":{"A":1,"a":1}`), ""},
	} {
		for _, operation := range []string{"/invoke", "/invoke-with-response-stream"} {
			a := w.send(request{Path: strings.Replace(haikuPath, "/converse", operation, 1), Body: tt.body, Key: foo})
			if tt.says == "" {
				a.is(t, http.StatusOK)
				continue
			}
			if a.Status != http.StatusBadRequest || a.Header.Get("X-Amzn-Errortype") != "ValidationException" || !strings.Contains(a.Body, tt.says) {
				t.Errorf("%s: %d %s %.300s", name, a.Status, a.Header.Get("X-Amzn-Errortype"), a.Body)
			}
		}
	}
}

// A control that Hardpan does not apply is refused by its name.
func TestControlsAreRefusedByName(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	with := func(member string) string { return `{` + member + `,` + helloBody[1:] }
	for body, name := range map[string]string{
		with(`"guardrailConfig":{"guardrailIdentifier":"g1","guardrailVersion":"1"}`): "guardrailConfig",
		with(`"serviceTier":{"type":"priority"}`):                                     "serviceTier",
		with(`"performanceConfig":{"latency":"optimized"}`):                           "performanceConfig",
		with(`"promptVariables":{"a":{"text":"b"}}`):                                  "promptVariables",
	} {
		w.send(request{Path: haikuPath, Body: body, Key: foo}).is(t, http.StatusBadRequest, "ValidationException", "Hardpan does not apply "+name)
		w.send(request{Path: strings.Replace(haikuPath, "/converse", "/converse-stream", 1), Body: body, Key: foo}).is(t, http.StatusBadRequest, name)
	}
	w.send(request{Path: haikuPath, Body: with(`"serviceTier":{"type":"default"},"performanceConfig":{"latency":"standard"}`), Key: foo}).is(t, http.StatusOK)

	invoke := request{Path: "/model/" + url.PathEscape(titan) + "/invoke", Body: `{"inputText":"x"}`, Key: foo}
	w.send(invoke).is(t, http.StatusOK)
	for header, tt := range map[string]struct {
		values []string
		name   string
	}{
		"X-Amzn-Bedrock-Guardrailidentifier":       {[]string{"g1"}, "guardrailIdentifier"},
		"X-Amzn-Bedrock-Service-Tier":              {[]string{"default", "priority"}, "serviceTier"},
		"X-Amzn-Bedrock-Performanceconfig-Latency": {[]string{"optimized"}, "performanceConfig"},
	} {
		r := invoke
		r.Header = http.Header{header: tt.values}
		w.send(r).is(t, http.StatusBadRequest, "ValidationException", "Hardpan does not apply "+tt.name)
	}
	for _, kind := range []string{"prompt-router/r1", "default-prompt-router/anthropic.claude:1", "prompt/ABCDEFGHIJ", "provisioned-model/abcdefghijkl"} {
		r := invoke
		r.Path = "/model/" + url.PathEscape("arn:aws:bedrock:us-west-2:123456789012:"+kind) + "/invoke"
		name, _, _ := strings.Cut(kind, "/")
		w.send(r).is(t, http.StatusBadRequest, "ValidationException", "Hardpan does not serve "+name)
	}
}

func TestARNsThatAreNone(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	for _, id := range []string{
		"arn:", "arn:aws:bedrock", "arn:aws:bedrock:us-west-2::foundation-model/", "arn:aws:bedrock:us-east-1::foundation-model/" + haiku,
		"arn:aws:bedrock:us-west-2:123456789012:foundation-model/" + haiku, "arn:aws:bedrock:us-west-2:999999999999:inference-profile/us." + haiku,
		"arn:aws-cn:bedrock:us-west-2::foundation-model/" + haiku, "arn:aws:s3:::bucket", "..", "a b", "%", strings.Repeat("a", 3000), haiku + "\x00",
	} {
		a := w.send(request{Path: "/model/" + url.PathEscape(id) + "/converse", Body: helloBody, Key: foo})
		if a.Status/100 != 4 || a.Status == http.StatusForbidden {
			t.Errorf("%.60q: %d %s", id, a.Status, a.Body)
		}
	}
	for _, method := range []string{"GET", "DELETE"} {
		w.send(request{Method: method, Path: haikuPath, Key: foo}).is(t, http.StatusNotFound, "UnknownOperationException")
	}
}

// 25 MB is the limit, said up front or not; what is too large is not waited for.
func TestBodiesThatAreTooLarge(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	const most = 25_000_000
	path := "/model/" + url.PathEscape(titan) + "/invoke"
	c := w.dial()
	defer c.Close()
	sum := strings.Repeat("0", 64)
	fmt.Fprintf(c, "%sContent-Length: %d\r\n\r\n", w.signedHead(foo, path, sum), most+1)
	readAnswer(t, c).is(t, http.StatusRequestEntityTooLarge)

	chunked := w.dial()
	defer chunked.Close()
	fmt.Fprintf(chunked, "%sTransfer-Encoding: chunked\r\n\r\n", w.signedHead(foo, path, sum))
	piece := strings.Repeat("x", 1_000_000)
	for range most/len(piece) + 1 {
		if _, err := fmt.Fprintf(chunked, "%x\r\n%s\r\n", len(piece), piece); err != nil {
			break // the server has hung up, its answer is on the way
		}
	}
	readAnswer(t, chunked).is(t, http.StatusRequestEntityTooLarge)

	// One that is just as large as it may be is read, and then found to be no JSON.
	w.send(request{Path: path, Body: strings.Repeat("x", most), Key: foo}).is(t, http.StatusBadRequest)
}

// dial opens a connection on which a test writes what no client would.
func (w *world) dial() net.Conn {
	w.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// signedHead is a request's line and headers, without the empty line, signed
// for a body with the given hash.
func (w *world) signedHead(k key, path, bodySHA256 string) string {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	credentials, _ := k.Retrieve(w.t.Context())
	if err := v4.NewSigner().SignHTTP(w.t.Context(), credentials, req, bodySHA256, "bedrock", region, w.clock.Now()); err != nil {
		w.t.Fatal(err)
	}
	var head strings.Builder
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nHost: %s\r\n", path, req.URL.Host)
	for name := range req.Header {
		fmt.Fprintf(&head, "%s: %s\r\n", name, req.Header.Get(name))
	}
	return head.String()
}

func readAnswer(t *testing.T, c net.Conn) answer {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// hungUp fails the test unless the server ends the connection.
func hungUp(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, c); err != nil {
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			t.Error("the server holds the connection")
		}
	}
}

func TestThousandsOfHeaders(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	c := w.dial()
	defer c.Close()
	go func() {
		fmt.Fprintf(c, "%s", w.signedHead(foo, haikuPath, strings.Repeat("0", 64)))
		for i := range 20_000 {
			if _, err := fmt.Fprintf(c, "X-Amz-Meta-%d: %d\r\n", i, i); err != nil {
				return
			}
		}
	}()
	readAnswer(t, c).is(t, http.StatusRequestHeaderFieldsTooLarge)

	h := http.Header{}
	for i := range 3000 {
		h[fmt.Sprintf("A%d", i)] = []string{"b"}
	}
	w.send(request{Path: haikuPath, Body: helloBody, Header: h}).is(t, http.StatusForbidden, "MissingAuthenticationTokenException")
	w.send(request{Path: haikuPath, Body: helloBody, Header: h, Key: foo}).is(t, http.StatusForbidden) // the signer lists them all
}

// A client that drips holds a connection for as long as the limits say.
func TestSlowLoris(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.Limits = server.Limits{Header: 100 * time.Millisecond, Body: 100 * time.Millisecond, Refused: 100 * time.Millisecond, Idle: 100 * time.Millisecond}
	})
	foo := w.user("foo", everything)
	before := w.head()
	t.Run("headers", func(t *testing.T) {
		c := w.dial()
		defer c.Close()
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nX-A: ", haikuPath)
		hungUp(t, c)
	})
	t.Run("body of a signed call", func(t *testing.T) {
		c := w.dial()
		defer c.Close()
		sum := sha256.Sum256([]byte(helloBody))
		fmt.Fprintf(c, "%sContent-Length: %d\r\n\r\n%s", w.signedHead(foo, haikuPath, hex.EncodeToString(sum[:])), len(helloBody), helloBody[:10])
		readAnswer(t, c).is(t, http.StatusRequestTimeout, "RequestTimeoutException")
		hungUp(t, c)
	})
	for name, path := range map[string]string{"an unsigned call": haikuPath, "a probe": "/healthz"} {
		t.Run("body of "+name, func(t *testing.T) {
			c := w.dial()
			defer c.Close()
			fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nab", path)
			if a := readAnswer(t, c); a.Status != http.StatusForbidden && path != "/healthz" {
				t.Errorf("%d %s", a.Status, a.Body)
			}
			hungUp(t, c)
		})
	}
	t.Run("nothing more", func(t *testing.T) {
		c := w.dial()
		defer c.Close()
		fmt.Fprint(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		readAnswer(t, c).is(t, http.StatusOK)
		hungUp(t, c)
	})
	if w.head() != before {
		t.Error("a call that never arrived was written down")
	}
}

// The query protocol's own ways to be wrong.
func TestFormsThatAreMalformed(t *testing.T) {
	w := start(t)
	for name, tt := range map[string]struct {
		body, code string
		status     int
	}{
		"no action":        {"Version=2011-06-15", "MissingAction", 400},
		"unknown action":   {"Action=DoNothing&Version=2011-06-15", "InvalidAction", 400},
		"another version":  {"Action=GetCallerIdentity&Version=1999-01-01", "InvalidAction", 400},
		"no form":          {"%zz", "MalformedQueryString", 400},
		"an IAM action":    {"Action=ListUsers&Version=2010-05-08", "InvalidAction", 400},
		"a huge index":     {"Action=AssumeRole&Version=2011-06-15&RoleArn=a&RoleSessionName=ab&Tags.member.999999999.Key=a", "", 400},
		"a wrong type":     {"Action=GetSessionToken&Version=2011-06-15&DurationSeconds=long", "", 400},
		"given twice":      {"Action=GetSessionToken&Version=2011-06-15&DurationSeconds=900&DurationSeconds=901", "", 400},
		"many parameters":  {"Action=GetSessionToken&Version=2011-06-15" + strings.Repeat("&a=b", 200_000), "", 400},
		"not in the limit": {"Action=GetSessionToken&Version=2011-06-15&DurationSeconds=899", "ValidationError", 400},
	} {
		a := w.send(request{
			Path: "/", Body: tt.body, Key: w.root, Service: "sts", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		})
		if a.Status != tt.status || !strings.Contains(a.Body, "<Code>"+tt.code) || !strings.Contains(a.Body, "<ErrorResponse") {
			t.Errorf("%s: %d %.300s", name, a.Status, a.Body)
		}
	}
}
