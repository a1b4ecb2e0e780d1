package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// TLS says how the listener is secured. The zero value is plain HTTP.
type TLS struct {
	CertFile, KeyFile string // reloaded when they change
	SelfSigned        bool   // by an authority of its own, <data-dir>/ca.pem
}

func (t TLS) on() bool { return t.SelfSigned || t.CertFile != "" }

// config returns nil for plain HTTP.
func (t TLS) config(opt Options) (*tls.Config, error) {
	switch {
	case t.CertFile != "":
		c, err := newCertificate(t.CertFile, t.KeyFile, opt.Now, func(err error) {
			opt.Log.Warn("the changed TLS certificate is not usable; the old one stays", "error", err)
		})
		if err != nil {
			return nil, err
		}
		return &tls.Config{GetCertificate: c.get, MinVersion: tls.VersionTLS12}, nil
	case t.SelfSigned:
		host, _, _ := net.SplitHostPort(opt.Listen)
		pair, err := selfSigned(opt.DataDir, []string{host}, opt.Now())
		if err != nil {
			return nil, err
		}
		return &tls.Config{Certificates: []tls.Certificate{*pair}, MinVersion: tls.VersionTLS12}, nil
	}
	return nil, nil
}

// protocols are HTTP/1 and HTTP/2, the latter without TLS too: AWS's SDK for
// JavaScript speaks nothing else to Bedrock Runtime, whatever its endpoint's scheme.
func protocols() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true)
	return p
}

// listen opens the listener.
func listen(ctx context.Context, opt Options) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", opt.Listen)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", opt.Listen, err)
	}
	if err := allowed(opt, l.Addr()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// allowed refuses plain HTTP beyond loopback: it carries signatures and prompts
// in the open, so the operator has to ask for it.
func allowed(opt Options, at net.Addr) error {
	addr, _ := at.(*net.TCPAddr)
	if opt.TLS.on() || opt.AllowPlainHTTP || (addr != nil && addr.IP.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("refusing plain HTTP on %s, which is not loopback: signatures, API keys and prompts would be "+
		"readable on the network; use --tls-cert and --tls-key, or --tls-self-signed, "+
		"or --allow-plain-http behind something that terminates TLS", opt.Listen)
}
