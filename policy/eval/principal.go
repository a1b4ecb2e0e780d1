package eval

import (
	"strings"

	"hardpan/arn"
	"hardpan/policy"
)

// grade is the right with which a caller is a principal of a statement. It
// decides what else may still limit an Allow in a resource's policy (IAM User
// Guide, "Policy evaluation logic").
type grade uint8

const (
	stranger grade = iota // not named at all
	account               // the account is named: it delegates to its identity policies
	role                  // the role or everyone is named: boundary and session still limit
	direct                // the user, the session or the service itself is named
)

// principals is a compiled Principal or NotPrincipal element.
type principals struct {
	not      bool
	everyone bool
	names    []principalName
}

type principalName struct {
	kind    string // AWS, Federated, Service, CanonicalUser
	text    string
	account string // of an account id or an account root's ARN
}

// compilePrincipals returns nil for a statement that names no principals, as in
// an identity-based policy.
func compilePrincipals(s *policy.Statement) *principals {
	element, not := s.Principal, false
	if s.NotPrincipal != nil {
		element, not = s.NotPrincipal, true
	}
	if element == nil {
		return nil
	}
	p := &principals{not: not, everyone: element.Everyone}
	for _, kind := range element.Kinds {
		for _, text := range kind.Values.Texts() {
			if kind.Name == "AWS" && text == policy.Everyone {
				p.everyone = true
				continue
			}
			p.names = append(p.names, principalName{kind: kind.Name, text: text, account: accountOf(kind.Name, text)})
		}
	}
	return p
}

func accountOf(kind, text string) string {
	if kind != "AWS" {
		return ""
	}
	if !strings.Contains(text, ":") {
		return text
	}
	if a, err := arn.Parse(text); err == nil && a.Service == "iam" && a.Resource == "root" {
		return a.Account
	}
	return ""
}

// grade is the best right that s has here. Everyone includes principals of the
// same account without asking their identity policies; a boundary or a session
// policy still limits them.
func (p *principals) grade(s *Subject) grade {
	best := stranger
	if p.everyone {
		best = role
	}
	for i := range p.names {
		best = max(best, p.names[i].grade(s))
	}
	if !p.not {
		return best
	}
	if best == stranger {
		return role
	}
	return stranger
}

func (n *principalName) grade(s *Subject) grade {
	switch n.kind {
	case "Service":
		return named(n.text, s.Service)
	case "Federated":
		return named(n.text, s.Federated)
	case "AWS":
		if s.Service != "" || s.Federated != "" {
			return stranger
		}
		return n.gradeAWS(s)
	}
	return stranger
}

func named(text, name string) grade {
	if name != "" && (text == name || text == policy.Everyone) {
		return direct
	}
	return stranger
}

func (n *principalName) gradeAWS(s *Subject) grade {
	switch {
	case n.text == s.RoleARN && s.RoleARN != "":
		return role
	case n.text == s.SessionARN && s.SessionARN != "", n.text == s.PrincipalARN && s.PrincipalARN != "":
		return direct
	case n.account != "" && n.account == s.Account:
		if s.Root {
			return direct
		}
		return account
	}
	return stranger
}
