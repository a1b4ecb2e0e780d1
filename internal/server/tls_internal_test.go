package server

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// writePair leaves a fresh certificate and its key in dir, as of the time at.
func writePair(t *testing.T, dir string, at time.Time) (certFile, keyFile string, leaf []byte) {
	t.Helper()
	pair, err := selfSigned(t.TempDir(), nil, at)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile, pair.Certificate[0]
}

func TestCertificateIsTakenUpWhenItChanges(t *testing.T) {
	dir, now := t.TempDir(), start
	certFile, keyFile, first := writePair(t, dir, start)
	var warned []error
	c, err := newCertificate(certFile, keyFile, func() time.Time { return now }, func(err error) { warned = append(warned, err) })
	if err != nil {
		t.Fatal(err)
	}
	serves := func(want []byte, when string) {
		t.Helper()
		got, err := c.get(nil)
		if err != nil || string(got.Certificate[0]) != string(want) {
			t.Fatalf("%s: another certificate is served (error %v)", when, err)
		}
	}
	serves(first, "at start")
	_, _, second := writePair(t, dir, start.Add(time.Minute))
	now = now.Add(checkEvery)
	serves(second, "after it changed")

	if err := os.WriteFile(keyFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(checkEvery)
	serves(second, "after the key was broken")
	if len(warned) != 1 || !strings.Contains(warned[0].Error(), keyFile) {
		t.Errorf("warnings %v, want one that names %s", warned, keyFile)
	}
}

func TestSelfSignedIsTrustedByItsAuthority(t *testing.T) {
	dir := t.TempDir()
	pair, err := selfSigned(dir, []string{"hardpan.example.com"}, start)
	if err != nil {
		t.Fatal(err)
	}
	again, err := selfSigned(dir, nil, start.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatal("ca.pem holds no certificate")
	}
	for _, tt := range []struct {
		pair *tls.Certificate
		name string
	}{{pair, "localhost"}, {pair, "127.0.0.1"}, {pair, "::1"}, {pair, "hardpan.example.com"}, {again, "localhost"}} {
		leaf, err := x509.ParseCertificate(tt.pair.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: tt.name, CurrentTime: start.Add(25 * time.Hour)}); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "ca-key.pem"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("ca-key.pem: %v, %v; want mode 0600", info, err)
	}
}

func TestPlainHTTPStaysOnLoopback(t *testing.T) {
	everywhere, loopback := &net.TCPAddr{IP: net.IPv4zero}, &net.TCPAddr{IP: net.IPv6loopback}
	for _, tt := range []struct {
		name string
		at   net.Addr
		opt  Options
		ok   bool
	}{
		{"loopback", loopback, Options{}, true},
		{"everywhere", everywhere, Options{}, false},
		{"everywhere, as the operator says", everywhere, Options{AllowPlainHTTP: true}, true},
		{"everywhere, with TLS", everywhere, Options{TLS: TLS{SelfSigned: true}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := allowed(tt.opt, tt.at)
			if (err == nil) != tt.ok {
				t.Fatalf("error %v, want success %v", err, tt.ok)
			}
			if err != nil && !strings.Contains(err.Error(), "--tls-self-signed") {
				t.Errorf("%v does not say what to do", err)
			}
		})
	}
}
