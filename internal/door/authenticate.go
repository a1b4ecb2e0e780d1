package door

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/internal/op"
	"hardpan/internal/sigv4"
)

// Who is calling. A request proves it by a signature (header or query form) or
// by a Bedrock API key. Key id, scope and date are looked at before the body
// is read; the body is read before the signature, which covers it.

// authenticate fills in the call's caller and region, and its body.
func (v *visit) authenticate() error {
	if key, ok := bearerKey(v.r); ok {
		return v.authenticateBearer(key)
	}
	sig, err := sigv4.Parse(v.r)
	if e, ok := errors.AsType[*sigv4.Error](err); ok && e.Kind == sigv4.Missing && v.service.unsigned {
		return v.unsigned(err)
	}
	if err != nil {
		return v.notProven(err)
	}
	if err := v.scope(sig); err != nil {
		return v.notProven(err)
	}
	if err := sig.CheckTime(v.call.Time); err != nil {
		return v.notProven(err)
	}
	signer, err := v.signer(sig.KeyID, sig.SessionToken)
	if err != nil {
		return err
	}
	if v.call.Body, err = v.readBody(); err != nil {
		return err
	}
	v.call.BodySHA256 = sha256.Sum256(v.call.Body)
	if err := v.door.keys.Verify(sig, v.r, signer.secret, v.call.BodySHA256); err != nil {
		return v.notProven(err)
	}
	v.admit(signer, "")
	return nil
}

// scope takes service and region from the credential scope and holds them
// against the endpoint.
func (v *visit) scope(sig *sigv4.Signature) error {
	named := v.door.prefixes[v.endpoint.api]
	s := v.door.services[sig.Service]
	if s == nil || (named != nil && named != s) {
		return sig.CheckScope(sigv4.Scope{Service: v.service.name})
	}
	v.service = s
	if err := sig.CheckScope(sigv4.Scope{}); err != nil {
		return err
	}
	if !catalog.IsRegion(sig.Region) || (!s.apis[0].Global && v.endpoint.disagree(sig.Region)) {
		return sig.WrongRegion()
	}
	v.call.Region, v.call.RegionFrom = sig.Region, "scope"
	return nil
}

// admit notes the caller of a proven request.
func (v *visit) admit(s *signer, bearer string) {
	c := v.call
	c.Caller = &op.Caller{Principal: s.principal, AccessKeyID: s.keyID, Ancestors: s.ancestors, Bearer: bearer}
	c.Partition, c.Account = s.principal.Partition, s.principal.Account
	v.revision = s.revision
	if s.principal.Session == nil { // temporary keys are not remembered
		v.door.Directory.MarkUsed(s.keyID, v.service.name, c.Region, c.Time)
	}
}

// notProven words a failure of the signature as the service's protocol does.
func (v *visit) notProven(err error) error {
	var e *sigv4.Error
	if !errors.As(err, &e) {
		return err
	}
	return e.AWS(v.service.json())
}

func (s *service) json() bool { return s.apis[0].Protocol == op.RestJSON }

// bearerKey returns the API key of a bearer request.
func bearerKey(r *http.Request) (key string, ok bool) {
	scheme, key, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	return strings.TrimSpace(key), true
}
