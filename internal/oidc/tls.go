package oidc

import (
	"crypto/sha1" //nolint:gosec // AWS's thumbprints are SHA-1; see tlsConfig
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"slices"
)

// tlsConfig trusts what the system trusts. Where that does not reach, as with a
// company's own authority, a certificate that the server shows and whose
// thumbprint is registered is trusted as an authority for that server: host
// name and dates are checked all the same. Source: IAM User Guide, "Obtain the
// thumbprint for an OpenID Connect identity provider". To forge a certificate
// for a given SHA-1 value takes a second preimage, which nobody has found.
func tlsConfig(host string, thumbprints []string) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if len(thumbprints) == 0 {
		return c
	}
	c.InsecureSkipVerify = true //nolint:gosec // VerifyConnection takes its place, and is always called
	c.VerifyConnection = func(state tls.ConnectionState) error { return verifyChain(state.PeerCertificates, host, thumbprints) }
	return c
}

func verifyChain(shown []*x509.Certificate, host string, thumbprints []string) error {
	if len(shown) == 0 {
		return errors.New("the server shows no certificate")
	}
	intermediates := x509.NewCertPool()
	for _, c := range shown[1:] {
		intermediates.AddCert(c)
	}
	options := x509.VerifyOptions{DNSName: host, Intermediates: intermediates}
	_, err := shown[0].Verify(options)
	if err == nil {
		return nil
	}
	options.Roots = x509.NewCertPool()
	for _, c := range shown {
		if slices.Contains(thumbprints, Thumbprint(c)) {
			options.Roots.AddCert(c)
		}
	}
	if _, pinned := shown[0].Verify(options); pinned != nil {
		return errors.Join(err, pinned)
	}
	return nil
}

// Thumbprint is a certificate's, as AWS writes it.
func Thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw) //nolint:gosec // see tlsConfig
	return hex.EncodeToString(sum[:])
}
