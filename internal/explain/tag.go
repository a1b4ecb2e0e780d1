package explain

import (
	"fmt"
	"iter"
	"strings"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// The condition keys that a tag stands behind.
const (
	resourceTag  = "aws:ResourceTag/"
	principalTag = "aws:PrincipalTag/"
	requestTag   = "aws:RequestTag/"
)

// tagging tries the tag that the nearest statement asks for and that is missing.
// A tag that is there with another value says whose something is: to change that
// is no remedy but a takeover, and is never proposed.
func tagging(in *Input, f finding) []Remedy {
	key, value, ok := wantedTag(in.Trace, f)
	if !ok || !passesWith(in, key, value) {
		return nil
	}
	r := Remedy{Proven: true, Kind: KindTag}
	name := fmt.Sprintf("%s=%s", key[strings.Index(key, "/")+1:], value)
	switch {
	case hasFold(key, requestTag):
		r.Kind, r.Title = KindCall, "Pass the tag "+name+" with the call"
		return []Remedy{r}
	case hasFold(key, resourceTag):
		r.Title = "Tag " + in.Trace.Resource + " with " + name
	default:
		r.Title = "Tag the principal with " + name
	}
	if in.Universe == nil {
		return nil
	}
	r.Opens = opensWith(in, key, value)
	r.Note = "Other principals whose policies refer to this tag were not looked at."
	return []Remedy{r}
}

func hasFold(key, prefix string) bool {
	return len(key) > len(prefix) && strings.EqualFold(key[:len(prefix)], prefix)
}

// wantedTag is the tag that would make the failed condition hold.
func wantedTag(t *eval.Trace, f finding) (key, value string, ok bool) {
	c := f.condition
	if c == nil || !strings.HasPrefix(c.Operator, "String") || strings.Contains(c.Operator, "Not") {
		return "", "", false
	}
	if !c.Missing {
		return wantedPrincipalTag(t, c)
	}
	for _, prefix := range []string{resourceTag, principalTag, requestTag} {
		values := c.Wanted
		if len(c.Resolved) > 0 {
			values = c.Resolved
		}
		if hasFold(c.Key, prefix) && len(values) > 0 && values[0] != "" && !strings.ContainsAny(values[0], "*?$") {
			return c.Key, values[0], true
		}
	}
	return "", "", false
}

// wantedPrincipalTag: the value is there, but the policy compares it with a tag
// of the principal that is missing.
func wantedPrincipalTag(t *eval.Trace, c *condition.Finding) (key, value string, ok bool) {
	for _, w := range c.Wanted {
		inner, found := strings.CutPrefix(w, "${")
		inner, closed := strings.CutSuffix(inner, "}")
		if found && closed && hasFold(inner, principalTag) && valueOf(t, inner) == "" && len(c.Actual) == 1 {
			return inner, c.Actual[0], true
		}
	}
	return "", "", false
}

// withTag is r with one more tag. A tag of the resource is on that resource only.
func withTag(r eval.Request, resource, key, value string) eval.Request {
	if hasFold(key, resourceTag) && r.Resource != resource {
		return r
	}
	ctx := condition.NewContext(r.Context)
	ctx.Set(key, "remedy", value)
	r.Context = ctx
	return r
}

func passesWith(in *Input, key, value string) bool {
	for _, r := range in.Requests {
		r = withTag(r, in.Trace.Resource, key, value)
		if !in.Subject.Evaluate(&r).Allowed {
			return false
		}
	}
	return true
}

// opensWith is [opens] for a tag: not the subject changes, but the requests.
func opensWith(in *Input, key, value string) []string {
	flips := func(yield func(*eval.Request) bool) {
		for u := range in.Universe {
			tagged := withTag(*u, in.Trace.Resource, key, value)
			if !in.Subject.Evaluate(u).Allowed && in.Subject.Evaluate(&tagged).Allowed && !yield(u) {
				return
			}
		}
	}
	return list(in, iter.Seq[*eval.Request](flips))
}
