package door

import (
	"crypto/sha256"
	"errors"
	"strings"

	"hardpan/internal/identity"
	"hardpan/internal/token"
)

// signer is who an access key belongs to, and the secret that proves it.
type signer struct {
	keyID     string
	secret    string
	principal *identity.Principal
	ancestors []string // sessions it descends from, nearest first
	revision  int64    // of the account's policies
}

// signer finds an access key: a long-term one in the directory, a temporary
// one in its session token. No database is asked.
func (v *visit) signer(keyID, sessionToken string) (*signer, error) {
	if sessionToken != "" {
		return v.sessionSigner(keyID, sessionToken)
	}
	d := v.door
	held, ok := d.Directory.Signer(keyID)
	if !ok || held.Key.Status != identity.Active {
		return nil, v.service.unknownKey()
	}
	key := held.Key
	principal, err := held.Principal()
	if err != nil {
		return nil, v.service.unknownKey().Because(err)
	}
	secret, ok := d.secrets.get(key)
	if !ok {
		plain, err := d.Box.Open(key.Sealed, key.AssociatedData())
		if err != nil {
			return nil, err
		}
		secret = string(plain)
		d.secrets.put(key, secret)
	}
	return &signer{keyID: keyID, secret: secret, principal: principal, revision: held.Snapshot.Revision()}, nil
}

// opened is a session token that was opened before.
type opened struct {
	session *token.Session
	secret  string
	key     identity.SessionKey
}

func (v *visit) sessionSigner(keyID, sessionToken string) (*signer, error) {
	d := v.door
	o, ok := d.sessions.get(sessionToken)
	if !ok {
		session, secret, err := token.Open(d.Box, sessionToken, keyID, v.call.Time)
		if errors.Is(err, token.ErrExpired) {
			return nil, v.service.expiredToken()
		}
		if err != nil {
			return nil, v.service.unknownKey().Because(err)
		}
		o = &opened{session: session, secret: secret.Reveal(), key: sha256.Sum256([]byte(sessionToken))}
		d.sessions.put(strings.Clone(sessionToken), o)
	}
	if o.session.AccessKeyID != keyID {
		return nil, v.service.unknownKey()
	}
	if !v.call.Time.Before(o.session.Expires) {
		return nil, v.service.expiredToken()
	}
	principal, err := d.Directory.SessionPrincipal(o.key, identitySession(o.session))
	if errors.Is(err, identity.ErrNoPrincipal) {
		return nil, v.service.unknownKey().Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &signer{
		keyID: keyID, secret: o.secret, principal: principal,
		ancestors: o.session.Ancestors, revision: d.revision(principal.Account),
	}, nil
}

// identitySession is what the directory needs of a session to compile it.
func identitySession(s *token.Session) *identity.Session {
	return &identity.Session{
		Account: s.Account, PrincipalID: s.PrincipalID, Name: s.Name, Transitive: s.Transitive,
		PolicyARNs: s.PolicyARNs, Policy: s.Policy, Source: s.SourceIdentity, HomeRegion: s.HomeRegion, Issued: s.Issued,
		Tags: identityTags(s.Tags), Federated: s.Kind == token.FederatedUser, Provider: s.Provider, Claims: identityTags(s.Claims),
	}
}

func identityTags(tags []token.Tag) (list []identity.Tag) {
	for _, t := range tags {
		list = append(list, identity.Tag{Key: t.Key, Value: t.Value})
	}
	return list
}

func (d *Door) revision(account string) int64 {
	if snapshot, ok := d.Directory.Account(account); ok {
		return snapshot.Revision()
	}
	return 0
}
