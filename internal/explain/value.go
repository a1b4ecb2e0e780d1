package explain

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// callerKeys are the condition keys that a caller sets by calling otherwise,
// and how that is said. %s is the value.
var callerKeys = map[string]string{
	"bedrock:guardrailidentifier": "Pass the guardrail %s with the call",
	"bedrock:servicetier":         "Ask for the service tier %s",
	"aws:multifactorauthpresent":  "Sign in with multi-factor authentication first (aws:MultiFactorAuthPresent %s)",
	"aws:securetransport":         "Call over HTTPS (aws:SecureTransport %s)",
}

// otherValue tries the values that the failed condition, or the one that let a
// Deny fire, asks for, where they are the caller's to choose.
func otherValue(in *Input, f finding) []Remedy {
	c := f.condition
	if c == nil && f.cause == CauseExplicitDeny && f.statement != nil {
		c = firedBy(f.statement)
	}
	if c == nil || callerKeys[strings.ToLower(c.Key)] == "" {
		return nil
	}
	for _, value := range candidates(c) {
		if in.passesWithKey(c.Key, value) {
			return []Remedy{{Kind: KindCall, Proven: true, Title: fmt.Sprintf(callerKeys[strings.ToLower(c.Key)], value)}}
		}
	}
	return nil
}

// candidates are the values to try: those that the policy names, and of a
// boolean both.
func candidates(c *condition.Finding) []string {
	if strings.HasPrefix(c.Operator, "Bool") {
		return []string{"true", "false"}
	}
	return slices.DeleteFunc(slices.Clone(c.Wanted), func(v string) bool { return strings.ContainsAny(v, "*?$") })
}

func (in *Input) passesWithKey(key, value string) bool {
	for _, r := range in.Requests {
		ctx := condition.NewContext(r.Context)
		ctx.Set(key, "remedy", value)
		r.Context = ctx
		if !in.Subject.Evaluate(&r).Allowed {
			return false
		}
	}
	return true
}

// firedBy is the condition of a Deny that says most about why it fired: the
// first about a value of the call.
func firedBy(s *eval.StatementTrace) *condition.Finding {
	for i := range s.Conditions {
		if c := &s.Conditions[i]; callerKeys[strings.ToLower(c.Key)] != "" || strings.EqualFold(c.Key, regionKey) {
			return c
		}
	}
	if len(s.Conditions) > 0 {
		return &s.Conditions[0]
	}
	return nil
}
