package door

import (
	"errors"

	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/identity"
	"hardpan/internal/sigv4"
	"hardpan/internal/token"
)

// Bedrock API keys. A long-term key is a service-specific credential; a
// short-term key is a presigned request that proves who made it. Neither says
// a region in the request: it comes from host or path, else from the key.

// authenticateBearer fills in the caller, region and body of a call with an
// API key.
func (v *visit) authenticateBearer(text string) error {
	v.service = v.door.services["bedrock"]
	shortTerm, err := token.CheckPrefix(text)
	switch {
	case err != nil:
	case shortTerm:
		err = v.shortTerm(text)
	default:
		err = v.longTerm(text)
	}
	var bad *token.KeyError
	if errors.As(err, &bad) {
		return apiKeyRefused(bad.Message).Because(err)
	}
	if err != nil {
		return err
	}
	v.call.Body, err = v.readBody()
	return err
}

func (v *visit) longTerm(text string) error {
	alias, hash, err := token.ParseAPIKey(text)
	if err != nil {
		return err
	}
	credential, snapshot, ok := v.door.Directory.ServiceCredential(alias)
	if !ok || !token.SameHash(credential.Hash, hash) || credential.Status != identity.Active {
		return token.ErrKeyInvalid
	}
	if credential.Expired(v.call.Time) {
		return token.ErrKeyExpired
	}
	principal, err := snapshot.UserPrincipal(credential.UserID)
	if err != nil {
		return err
	}
	if err := v.bearerRegion("", principal.HomeRegion); err != nil {
		return err
	}
	v.admit(&signer{keyID: credential.ID, principal: principal, revision: snapshot.Revision()}, "LONG_TERM")
	return nil
}

// shortTerm proves a short-term key: it is a presigned request, good until its
// own end or that of the credentials that signed it, in its own region only.
func (v *visit) shortTerm(text string) error {
	key, err := token.ParseShortTerm(text)
	if err != nil {
		return err
	}
	sig, err := sigv4.Parse(key.Request)
	if err != nil || sig.CheckScope(sigv4.Scope{Region: key.Region, Service: "bedrock"}) != nil {
		return token.ErrKeyInvalid
	}
	if v.call.Time.After(sig.Date.Add(key.Expires)) {
		return token.ErrKeyExpired
	}
	if sig.CheckTime(v.call.Time) != nil {
		return token.ErrKeyInvalid
	}
	signer, err := v.signer(sig.KeyID, sig.SessionToken)
	if err != nil {
		return token.ErrKeyInvalid
	}
	if v.door.keys.Verify(sig, key.Request, signer.secret, sigv4.EmptyPayload) != nil {
		return token.ErrKeyInvalid
	}
	if err := v.bearerRegion(sig.Region, ""); err != nil {
		return err
	}
	v.admit(signer, "SHORT_TERM")
	return nil
}

// bearerRegion settles the region of a call with an API key. A short-term key
// is good in its own region only.
func (v *visit) bearerRegion(own, home string) error {
	e := v.endpoint
	if e.region != "" && !catalog.IsRegion(e.region) {
		return awserr.Validation("The endpoint names the region %q, which does not exist.", e.region)
	}
	if e.clash {
		return awserr.Validation("The host name and the path of the endpoint name different regions.")
	}
	if own != "" && e.disagree(own) {
		return apiKeyRefused("The API key is for " + own + " and cannot be used in " + e.region + ".")
	}
	c := v.call
	switch {
	case e.region != "":
		c.Region, c.RegionFrom = e.region, e.regionFrom
	case own != "":
		c.Region, c.RegionFrom = own, "key"
	case home != "":
		c.Region, c.RegionFrom = home, "key"
	default:
		return noRegion()
	}
	return nil
}
