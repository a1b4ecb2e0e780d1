package identity

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// Session is what temporary credentials add to the user or role they were
// made from. It comes out of a session token and is never stored.
type Session struct {
	Account     string
	PrincipalID string // AROA… of the role assumed, AIDA… or the account id for GetSessionToken
	Name        string // role session name, 2–64 characters; empty for GetSessionToken
	Tags        []Tag  // session tags, those inherited from the chain included; they win over the role's
	Transitive  []string
	PolicyARNs  []string // managed session policies
	Policy      string   // inline session policy, JSON, or empty
	Source      string   // source identity, or empty
	HomeRegion  string   // overrides the principal's, or empty
	Issued      time.Time

	Federated bool   // GetFederationToken; see federated.go
	Provider  string // ARN of the outside identity provider whose token opened the role, or empty
	Claims    []Tag  // condition keys that its token brought
}

// limited reports whether the session has policies of its own, if only none that
// allow anything.
func (t *Session) limited() bool { return t.Policy != "" || len(t.PolicyARNs) > 0 || t.Federated }

// SessionKey finds a compiled session again: the hash of its sealed token.
type SessionKey [sha256.Size]byte

// SessionPrincipal returns the principal of temporary credentials. It keeps a
// bounded number of them compiled, by key; the same key must always come with
// the same session.
func (d *Directory) SessionPrincipal(key SessionKey, t *Session) (*Principal, error) {
	s, ok := d.Account(t.Account)
	if !ok {
		return nil, fmt.Errorf("account %s: %w", t.Account, ErrNoPrincipal)
	}
	base, err := s.sessionBase(t)
	if err != nil {
		return nil, err
	}
	if held := d.sessions.get(key); held != nil && held.base == base {
		if p := held.ready(s); p != nil {
			return p, nil
		}
	}
	held := &session{base: base}
	p, err := fill(&held.slot, s, func(b *builder, t *Session) (*Principal, error) { return b.session(base, t) }, t)
	if err != nil {
		return nil, err
	}
	d.sessions.put(key, held)
	return p, nil
}

// SessionPrincipal compiles the principal of temporary credentials as of this
// snapshot, without keeping it.
func (s *Snapshot) SessionPrincipal(t *Session) (*Principal, error) {
	base, err := s.sessionBase(t)
	if err != nil {
		return nil, err
	}
	return (&builder{snap: s}).session(base, t)
}

// sessionBase is the principal that the session was made from.
func (s *Snapshot) sessionBase(t *Session) (*Principal, error) {
	switch {
	case t.PrincipalID == t.Account:
		return s.RootPrincipal()
	case strings.HasPrefix(t.PrincipalID, "AIDA"):
		return s.UserPrincipal(t.PrincipalID)
	}
	return s.RolePrincipal(t.PrincipalID)
}

// session puts a session on top of its base. What limits the base limits the
// session, read anew when the base changes.
func (b *builder) session(base *Principal, t *Session) (*Principal, error) {
	p := b.principal(*base)
	p.Session = t
	if t.HomeRegion != "" {
		p.HomeRegion = t.HomeRegion
	}
	*p.Subject = *base.Subject
	under := base.Keys
	if t.Federated {
		if err := b.federate(p, p.Subject, t); err != nil {
			return nil, err
		}
		under = federatedKeys(base, p)
	}
	if base.Kind == AssumedRole {
		p.UserID = base.ID + ":" + t.Name
		p.ARN = (&Role{Scope: base.Scope, Name: base.Name}).SessionARN(t.Name)
		p.Subject.SessionARN = p.ARN
	}
	if t.limited() {
		set, err := b.sessionPolicies(t, p.ARN)
		if err != nil {
			return nil, err
		}
		p.Subject.Session = set
	}
	b.setSessionKeys(under, p, t)
	return p, nil
}

// sessionPolicies is the union of the inline and the managed session policies.
func (b *builder) sessionPolicies(t *Session, owner string) (*eval.Set, error) {
	var list policies
	if t.Policy != "" {
		c, err := compile(t.Policy, eval.Source{Layer: eval.LayerSession, Name: "session policy", Owner: eval.Self})
		if err != nil {
			return nil, err
		}
		list.add(c)
	}
	if err := b.managed(&list, eval.LayerSession, eval.Self, owner, t.PolicyARNs); err != nil {
		return nil, err
	}
	return list.set(), nil
}

// setSessionKeys adds a session's keys to those under it; a session tag wins over a
// role's tag of the same key in any case.
// Source: IAM User Guide, "Passing session tags in AWS STS", global keys.
func (b *builder) setSessionKeys(under *condition.Context, p *Principal, t *Session) {
	keys := p.Keys
	*keys = *condition.NewContext(under)
	keys.Use(b.made.values[:])
	keys.Set("aws:userid", "session", p.UserID)
	keys.Set("aws:TokenIssueTime", "session", t.Issued.UTC().Format(time.RFC3339))
	keys.Set("aws:MultiFactorAuthPresent", "session", "false")
	if t.Source != "" {
		keys.Set("aws:SourceIdentity", "session", t.Source)
	}
	if t.Provider != "" {
		keys.Set("aws:FederatedProvider", "session", t.Provider)
	}
	for _, claim := range t.Claims {
		keys.Set(claim.Key, "session", claim.Value)
	}
	for _, tag := range t.Tags {
		keys.Set("aws:PrincipalTag/"+tag.Key, "session", tag.Value)
	}
	keys.ShareKeys(likeKeys(keys))
}

// Tag returns the value of a session's tag; keys compare without case.
func (t *Session) Tag(key string) (string, bool) {
	i := slices.IndexFunc(t.Tags, func(tag Tag) bool { return FoldName(tag.Key) == FoldName(key) })
	if i < 0 {
		return "", false
	}
	return t.Tags[i].Value, true
}
