package server

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// checkEvery bounds how often the certificate files are looked at.
const checkEvery = time.Second

// certificate serves a key pair from files and takes up a new one when they
// change, without a restart. A pair that does not load leaves the old in place.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	warn              func(error)

	mu      sync.Mutex
	current *tls.Certificate
	checked time.Time
	changed time.Time // newest modification time of the loaded files
}

// newCertificate loads the pair; an unusable one is an error at start.
func newCertificate(certFile, keyFile string, now func() time.Time, warn func(error)) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: now, warn: warn}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= checkEvery {
		c.checked = now
		if changed, err := c.modified(); err != nil {
			c.warn(err)
		} else if !changed.Equal(c.changed) {
			if err := c.load(); err != nil {
				c.warn(err)
			}
		}
	}
	return c.current, nil
}

func (c *certificate) load() error {
	changed, err := c.modified()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("loading the TLS certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.current, c.changed = &pair, changed
	return nil
}

func (c *certificate) modified() (newest time.Time, err error) {
	for _, file := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return time.Time{}, fmt.Errorf("looking at TLS file: %w", err)
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}
