package iam

import (
	"strings"

	"hardpan/arn"
	"hardpan/internal/identity"
	"hardpan/policy"
)

// maxTrust is the longest trust policy, in characters without white space (IAM
// and AWS STS quotas).
const maxTrust = 2048

// checkTrust says whether document can be a role's trust policy. Whom it names
// must exist, where that can be known: s is the role's account, and accounts
// that Hardpan does not serve are not looked into.
func checkTrust(d *identity.Directory, s *identity.Snapshot, document string) error {
	doc, err := policy.Load([]byte(document), policy.Trust)
	if err != nil {
		return malformed(err)
	}
	if policy.Size([]byte(document)) > maxTrust {
		return quota("ACLSizePerRole", maxTrust)
	}
	for _, statement := range doc.Statements {
		for _, principal := range []*policy.Principal{statement.Principal, statement.NotPrincipal} {
			if err := checkTrusted(d, s, principal); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkTrusted(d *identity.Directory, s *identity.Snapshot, principal *policy.Principal) error {
	if principal == nil {
		return nil
	}
	for _, kind := range principal.Kinds {
		if kind.Name != "AWS" {
			continue
		}
		for _, v := range kind.Values.Values {
			if !mayExist(d, s, v.Text) {
				return noPrincipal(v)
			}
		}
	}
	return nil
}

// mayExist reports whether an AWS principal exists or cannot be looked up.
func mayExist(d *identity.Directory, s *identity.Snapshot, principal string) bool {
	a, err := arn.Parse(principal)
	if err != nil {
		return true // an account id, a unique id or everyone
	}
	if a.Account != s.Account().Account {
		other, served := d.Account(a.Account)
		if !served {
			return true
		}
		s = other
	}
	switch a.Type() {
	case "user", "role":
		_, ok := s.Find(principal)
		return ok
	case "assumed-role":
		role, _, _ := strings.Cut(a.ID(), "/")
		_, ok := s.Role(role)
		return ok
	}
	return a.Type() == "root" || a.Service == "sts"
}
