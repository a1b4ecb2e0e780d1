package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"hardpan/arn"
)

// trustActions are the only actions of a trust policy, in lower case. The list
// is from memory, and so is the tail of AWS's text.
var trustActions = []string{
	"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession",
	"sts:setsourceidentity", "sts:setcontext", "sts:*", "*",
}

const (
	msgTrustResource = "Has prohibited field Resource."
	msgTrustActions  = "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity"
	msgPrincipal     = `Invalid principal in policy: "%s":"%s"`
	msgMissing       = "Missing required field Principal"
)

func checkTrust(doc *Document, kind Kind) *MalformedError {
	if kind != Trust {
		return nil
	}
	for _, s := range doc.Statements {
		if l := firstOf(s.Resource, s.NotResource); l != nil {
			return malformed(l.Pos, msgTrustResource, "a trust policy's resource is its role")
		}
		for _, v := range allOf(s.Action, s.NotAction) {
			if !slices.Contains(trustActions, strings.ToLower(v.Text)) && !isTrustPattern(v.Text) {
				return malformed(v.Pos, msgTrustActions, "action %q", v.Text)
			}
		}
	}
	return nil
}

// isTrustPattern lets wildcards within sts pass, as sts:AssumeRole*.
func isTrustPattern(action string) bool {
	lower := strings.ToLower(action)
	return strings.HasPrefix(lower, "sts:") && strings.ContainsAny(lower, "*?")
}

func firstOf(lists ...*List) *List {
	for _, l := range lists {
		if l != nil {
			return l
		}
	}
	return nil
}

func allOf(lists ...*List) []Value {
	var all []Value
	for _, l := range lists {
		if l != nil {
			all = append(all, l.Values...)
		}
	}
	return all
}

func checkPrincipals(doc *Document, kind Kind) *MalformedError {
	for _, s := range doc.Statements {
		p := s.Principal
		if p == nil {
			p = s.NotPrincipal
		}
		switch {
		case !kind.principals() && p != nil:
			return malformed(p.Pos, msgNoPrincipals, "the principal of a %s is whoever it is attached to", kind)
		case kind.principals() && p == nil:
			return malformed(s.Pos, msgMissing, "a statement of a %s names whom it is about, in Principal", kind)
		}
		if p == nil {
			continue
		}
		if err := checkPrincipal(p); err != nil {
			return err
		}
	}
	return nil
}

func checkPrincipal(p *Principal) *MalformedError {
	for _, kind := range p.Kinds {
		for _, v := range kind.Values.Values {
			if !isPrincipal(kind.Name, v.Text) {
				return malformed(v.Pos, fmt.Sprintf(msgPrincipal, kind.Name, v.Text), "%s", principalForms[kind.Name])
			}
		}
	}
	return nil
}

var principalForms = map[string]string{
	"AWS":           `want an account id, "*", or the whole ARN of a user, role, session or account root; wildcards inside an ARN are not allowed`,
	"Federated":     "want a provider's ARN or a well-known provider's host name",
	"Service":       "want a service name such as bedrock.amazonaws.com",
	"CanonicalUser": "want a canonical user id of 64 hexadecimal digits",
}

var (
	accountID     = regexp.MustCompile(`^[0-9]{12}$`)
	uniqueID      = regexp.MustCompile(`^A(IDA|ROA)[A-Z0-9]{12,124}$`) // IAM stores a deleted principal so
	canonicalUser = regexp.MustCompile(`^[0-9a-f]{64}$`)
	hostName      = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+(/.*)?$`)
)

func isPrincipal(kind, text string) bool {
	if text == Everyone {
		return true
	}
	switch kind {
	case "AWS":
		return accountID.MatchString(text) || uniqueID.MatchString(text) || isPrincipalARN(text)
	case "CanonicalUser":
		return canonicalUser.MatchString(text)
	case "Federated":
		return isPrincipalARN(text) || hostName.MatchString(text)
	default:
		return hostName.MatchString(text)
	}
}

func isPrincipalARN(text string) bool {
	a, err := arn.Parse(text)
	if err != nil || strings.ContainsAny(text, "*?") {
		return false
	}
	return (a.Service == "iam" || a.Service == "sts") && a.Region == "" && accountID.MatchString(a.Account)
}
