package server_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"hardpan/internal/audit"
	"hardpan/internal/model"
	"hardpan/internal/model/bedrock"
	"hardpan/internal/server"
)

// Hardpan behind Hardpan, in two accounts: the front decides for its own
// callers and signs as a user of the back.

const backAccount = "999988887777"

// tap stands between the two and keeps what passes.
type tap struct {
	*httptest.Server
	mu        sync.Mutex
	requests  []*http.Request
	sent, got []string // bodies
}

func newTap(t *testing.T, to string) *tap {
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{}
	transport := &http.Transport{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is signed
		},
		Transport: transport, FlushInterval: -1,
		ModifyResponse: func(r *http.Response) error {
			r.Body = &kept{ReadCloser: r.Body, tap: p}
			return nil
		},
	}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		p.mu.Lock()
		p.requests, p.sent = append(p.requests, r.Clone(r.Context())), append(p.sent, string(body))
		p.mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { p.Close(); transport.CloseIdleConnections() })
	return p
}

// kept is a body that is written down when it was read.
type kept struct {
	io.ReadCloser
	tap  *tap
	read bytes.Buffer
}

func (k *kept) Read(p []byte) (int, error) {
	n, err := k.ReadCloser.Read(p)
	k.read.Write(p[:n])
	if err == io.EOF {
		k.tap.mu.Lock()
		k.tap.got = append(k.tap.got, k.read.String())
		k.tap.mu.Unlock()
	}
	return n, err
}

// pair is a front before a back, with a tap between.
func pair(t *testing.T, change ...func(*server.Options)) (front, back *world, p *tap, gateway key) {
	t.Helper()
	noLeaks(t)
	back = startBeside(t, append(change, func(o *server.Options) { o.AccountID = backAccount })...)
	gateway = back.user("gateway", twoModels)
	p = newTap(t, back.url)
	backend, err := bedrock.New(t.Context(), bedrock.Config{
		Name: "back", Regions: []string{region}, Endpoint: p.URL,
		Credentials: bedrock.Credentials{Static: bedrock.Static(gateway.ID, gateway.Secret, "")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Close)
	front = startBeside(t, func(o *server.Options) { o.Backends = model.Routes{Default: backend} })
	return front, back, p, gateway
}

func TestHardpanBehindHardpan(t *testing.T) {
	front, back, p, gateway := pair(t)
	foo := front.user("foo", everything)
	body := `{ "messages" : [{"role":"user","content":[{"text":"hé \u00e9llo"}]}],` + "\n" + `"inferenceConfig":{"maxTokens":50}}`
	a := front.send(request{Path: haikuPath, Body: body, Key: foo})
	a.is(t, http.StatusOK, haiku)
	if p.sent[0] != body || p.got[0] != a.Body {
		t.Errorf("bodies changed on the way:\n%q\n%q\n%q\n%q", body, p.sent[0], p.got[0], a.Body)
	}
	session := front.sessionToken(foo, 900)
	front.send(request{Path: haikuPath, Body: body, Key: session}).is(t, http.StatusOK)
	api := front.apiKey("foo", 1)
	front.send(request{Path: "/regions/" + region + haikuPath, Body: body, Bearer: api.secret}).is(t, http.StatusOK)
	for i, r := range p.requests {
		head, _ := httputil.DumpRequest(r, false)
		for _, secret := range append(front.secrets, foo.ID, session.ID, "user/foo") {
			if strings.Contains(string(head), secret) {
				t.Errorf("request %d carries what is the caller's: %s", i, head)
			}
		}
		if !strings.Contains(r.Header.Get("Authorization"), gateway.ID) {
			t.Errorf("request %d is not signed by the backend: %s", i, head)
		}
	}
	e := front.events()[len(front.events())-1]
	if e.Account != account || e.Backend != "back" || e.UsedRegion != region || e.Tokens.Input == 0 || e.Tokens.Output == 0 || e.Outcome != audit.OK {
		t.Errorf("the front's journal: %+v", e)
	}
	e = back.events()[len(back.events())-1]
	if e.Account != backAccount || e.Caller.ARN != "arn:aws:iam::"+backAccount+":user/gateway" {
		t.Errorf("the back's journal: %+v", e)
	}
}

// A denial of the back is an answer, marked as what it is; one of the front
// never gets there.
func TestDenialsOfFrontAndBack(t *testing.T) {
	front, back, p, _ := pair(t)
	foo, bar := front.user("foo", everything), front.user("bar", "")
	sonnetPath := strings.Replace(haikuPath, url.PathEscape(haiku), url.PathEscape(sonnet), 1)
	for _, path := range []string{sonnetPath, strings.Replace(sonnetPath, "/converse", "/converse-stream", 1)} {
		a := front.send(request{Path: path, Body: helloBody, Key: foo})
		a.is(t, http.StatusForbidden, "User: arn:aws:iam::"+backAccount+":user/gateway is not authorized to perform", sonnet)
		if a.Body != p.got[len(p.got)-1] || a.Header.Get("X-Hardpan-Upstream-Error") == "" {
			t.Errorf("%v %s", a.Header, a.Body)
		}
		e := front.events()[len(front.events())-1]
		upstream := back.events()[len(back.events())-1]
		if e.Verdict != audit.Allow || e.Outcome != audit.Failed || e.Status != http.StatusForbidden || e.Backend != "back" || upstream.Outcome != audit.Denied {
			t.Errorf("%+v\n%+v", e, upstream)
		}
		if id := a.Header.Get("X-Hardpan-Decision-Id"); id == upstream.DecisionID {
			t.Error("the back's decision id is given out as the front's")
		}
		if a.Header.Get("X-Amzn-Requestid") != e.ID {
			t.Errorf("request id %s, the journal has %s", a.Header.Get("X-Amzn-Requestid"), e.ID)
		}
	}
	seen := len(p.requests)
	a := front.send(request{Path: haikuPath, Body: helloBody, Key: bar})
	a.is(t, http.StatusForbidden, "User: arn:aws:iam::123456789012:user/bar is not authorized")
	if len(p.requests) != seen || a.Header.Get("X-Hardpan-Upstream-Error") != "" {
		t.Error("a call that the front denies reaches the back")
	}
}

// Frames pass as they come, and unchanged.
func TestStreamsPassThrough(t *testing.T) {
	g := newGated()
	front, _, p, _ := pair(t, g.routes)
	foo := front.user("foo", everything)
	g.tokens <- struct{}{}
	resp := front.stream(t.Context(), foo, streamPath, helloBody)
	defer resp.Body.Close()
	var all bytes.Buffer
	piece := make([]byte, 4096)
	for range 3 {
		n, err := resp.Body.Read(piece)
		if n == 0 || err != nil {
			t.Fatal(n, err)
		}
		all.Write(piece[:n])
		g.tokens <- struct{}{}
	}
	close(g.tokens)
	if _, err := all.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if all.String() != p.got[0] {
		t.Errorf("frames changed on the way: %d bytes of %d", all.Len(), len(p.got[0]))
	}
	e := front.events()[len(front.events())-1]
	if e.Operation != "ConverseStream" || e.Outcome != audit.OK || e.Tokens.Output == 0 || e.UsedRegion != region {
		t.Errorf("%+v", e)
	}
}
