package server_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hardpan/internal/server"
)

// ear is a transport that keeps every answer.
type ear struct {
	*http.Transport
	mu    sync.Mutex
	heard []string
}

func (e *ear) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := e.Transport.RoundTrip(r)
	if err != nil {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var head bytes.Buffer
	_ = resp.Header.Write(&head)
	e.mu.Lock()
	e.heard = append(e.heard, head.String()+string(body))
	e.mu.Unlock()
	return resp, err
}

// No secret is in a log, an error, a metric or a file: each is said once, in
// the answer that hands it out.
func TestNoSecretIsTold(t *testing.T) {
	w := start(t, func(o *server.Options) { o.TLS.SelfSigned, o.MetricsListen = true, "127.0.0.1:0" })
	listener := &ear{Transport: w.client.Transport.(*http.Transport)}
	w.client.Transport = listener
	w.misuse()

	scraped, err := w.client.Get(w.MetricsURL())
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := io.ReadAll(scraped.Body)
	if err != nil || !strings.Contains(string(metrics), `hardpan_calls_total{operation="Converse",outcome="denied"`) {
		t.Fatalf("metrics: %v\n%s", err, metrics)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{"the log": w.log.String(), "the metrics": string(metrics)}
	w.files(said)
	if len(w.secrets) < 9 || len(listener.heard) < 20 {
		t.Fatalf("%d secrets in %d answers: the test does too little", len(w.secrets), len(listener.heard))
	}
	for i, secret := range append(w.secrets, w.opt.SealKey.Text()) {
		for where, text := range said {
			if strings.Contains(text, secret) {
				t.Errorf("secret %d stands in %s", i, where)
			}
		}
		answers := 0
		for _, answer := range listener.heard {
			if strings.Contains(answer, secret) {
				answers++
			}
		}
		if answers > 1 {
			t.Errorf("secret %d was told %d times", i, answers)
		}
	}
}

// misuse does with every kind of secret what is allowed, and what is not.
func (w *world) misuse() {
	foo := w.user("foo", mayAssume)
	api := w.apiKey("foo", 1)
	plain, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(api.secret, "ABSK"))
	_, inner, _ := strings.Cut(string(plain), ":")
	w.secrets = append(w.secrets, inner)
	reset, err := w.iam(w.root).ResetServiceSpecificCredential(w.t.Context(), &iam.ResetServiceSpecificCredentialInput{
		ServiceSpecificCredentialId: &api.id, UserName: aws.String("foo"),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	fresh := *reset.ServiceSpecificCredential.ServiceCredentialSecret
	w.secrets = append(w.secrets, fresh)
	role := w.role("Engineer", everything)
	session := w.assume(foo, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1")})
	own := w.sessionToken(foo, 900)
	short := w.shortTerm(session, region, "3600")
	for _, k := range []key{w.root, foo, session, own, {ID: foo.ID, Secret: session.Secret}, {ID: session.ID, Secret: foo.Secret, Token: own.Token}} {
		for _, path := range []string{haikuPath, "/regions/" + region + haikuPath} {
			w.send(request{Path: path, Body: helloBody, Key: k})
		}
		w.send(request{Path: haikuPath, Body: `{"` + k.ID, Key: k})
		w.send(request{Path: haikuPath, Body: helloBody, Key: k, Late: time.Hour})
	}
	for _, bearer := range []string{api.secret, fresh, short, "x" + fresh, fresh + "x", short + "x"} {
		for _, path := range []string{haikuPath, "/regions/" + region + haikuPath, "/regions/eu-west-1" + haikuPath, "/nothing"} {
			w.send(request{Path: path, Body: helloBody, Bearer: bearer})
		}
	}
}

// files adds what stands in the data folder, but for the two files whose
// purpose is to hold a secret.
func (w *world) files(said map[string]string) {
	w.t.Helper()
	err := filepath.WalkDir(w.opt.DataDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "credentials" || d.Name() == "ca-key.pem" {
			return err
		}
		text, err := os.ReadFile(path)
		said[d.Name()] = string(text)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range []string{"credentials", "ca-key.pem", "hardpan.db"} {
		info, err := os.Stat(filepath.Join(w.opt.DataDir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			w.t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
