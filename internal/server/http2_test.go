package server_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// AWS's SDK for JavaScript speaks HTTP/2 to Bedrock Runtime, without TLS too.
func TestHTTP2WithoutTLS(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	w.client.CloseIdleConnections()
	w.client = &http.Client{Transport: &http.Transport{Protocols: protocols}}
	defer w.client.CloseIdleConnections()

	resp := w.stream(t.Context(), foo, strings.Replace(haikuPath, "/converse", "/converse-stream", 1), helloBody)
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", resp.Proto, resp.Status)
	}
	var last string
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		last = lines.Text()
	}
	if !strings.Contains(last, `"usage":`) {
		t.Errorf("the stream ends in %q", last)
	}
	w.send(request{Path: haikuPath, Body: helloBody}).is(t, http.StatusForbidden, "MissingAuthenticationTokenException")
	if _, err := converse(t.Context(), w.runtime(foo), haiku); err != nil {
		t.Error(err)
	}
}
