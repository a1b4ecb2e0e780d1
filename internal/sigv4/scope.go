package sigv4

import (
	"fmt"
	"time"
)

// Skew is how far a signer's clock may be off, either way (widely documented,
// from memory).
const Skew = 5 * time.Minute

// Scope is what a signature should be scoped to. An empty field is not checked.
type Scope struct{ Region, Service string }

// CheckScope tells whether the credential scope is whole and is the wanted one.
// The error is an *[Error] with AWS's text.
func (s *Signature) CheckScope(want Scope) error {
	switch {
	case s.Terminator != terminator:
		return mismatch("Credential should be scoped with a valid terminator: '%s'", terminator)
	case s.ScopeDate != s.Date.Format("20060102"):
		return mismatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP")
	case want.Region != "" && s.Region != want.Region:
		return s.WrongRegion()
	case want.Service != "" && s.Service != want.Service:
		return mismatch("Credential should be scoped to correct service: '%s'. ", want.Service)
	}
	return nil
}

// WrongRegion is AWS's refusal of the region in the credential scope, for a
// caller that knows which regions there are.
func (s *Signature) WrongRegion() error {
	return mismatch("Credential should be scoped to a valid Region, not '%s'. ", clip(s.Region))
}

// CheckTime tells whether the signature is valid at now: within [Skew] of its
// date, or presigned, from its date (less the skew) until its date plus Expires,
// both ends included. The error is an *[Error] with AWS's text.
func (s *Signature) CheckTime(now time.Time) error {
	now = now.UTC().Truncate(time.Second) // the date on the wire has no fractions
	life := Skew
	if s.Expires > 0 {
		life = s.Expires
	}
	if oldest := now.Add(-life); s.Date.Before(oldest) {
		return mismatch("Signature expired: %s is now earlier than %s (%s - %s.)",
			s.Date.Format(isoBasic), oldest.Format(isoBasic), now.Format(isoBasic), minutes(life))
	}
	if latest := now.Add(Skew); s.Date.After(latest) {
		return mismatch("Signature not yet current: %s is still later than %s (%s + %s.)",
			s.Date.Format(isoBasic), latest.Format(isoBasic), now.Format(isoBasic), minutes(Skew))
	}
	return nil
}

// minutes writes a duration as AWS's texts do; seconds, where they are not whole
// minutes, are our own addition.
func minutes(d time.Duration) string {
	if d%time.Minute != 0 {
		return fmt.Sprintf("%d sec", int64(d/time.Second))
	}
	return fmt.Sprintf("%d min", int64(d/time.Minute))
}
