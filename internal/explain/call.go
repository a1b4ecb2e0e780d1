package explain

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// otherRegion tries the same call in the regions that the nearest statement
// names, or that the Deny leaves. A call through a profile is left alone:
// profiles differ by region.
func otherRegion(in *Input, f finding) []Remedy {
	if slices.ContainsFunc(in.Requests, namesProfile) {
		return nil
	}
	var all []Remedy
	from := region(in.Trace)
	for _, to := range f.regions {
		if strings.ContainsAny(to, "*?$") || !passesIn(in, from, to) {
			continue
		}
		all = append(all, Remedy{
			Kind: KindCall, Proven: true,
			Title: fmt.Sprintf("Make the same call in %s instead of %s", to, from),
		})
	}
	return all
}

// maxTried bounds how many allowed alternatives are named.
const maxTried = 3

// alternatives names other ways to make the same call that are allowed.
func alternatives(in *Input) []Remedy {
	var all []Remedy
	for _, other := range in.Alternatives {
		if len(all) == maxTried {
			break
		}
		refused := func(r eval.Request) bool { return !in.Subject.Evaluate(&r).Allowed }
		if len(other.Requests) > 0 && !slices.ContainsFunc(other.Requests, refused) {
			all = append(all, Remedy{Kind: KindCall, Proven: true, Title: other.Title})
		}
	}
	return all
}

func namesProfile(r eval.Request) bool { return strings.Contains(r.Resource, "inference-profile/") }

func passesIn(in *Input, from, to string) bool {
	for _, r := range in.Requests {
		part := strings.SplitN(r.Resource, ":", 6)
		if len(part) == 6 && part[3] == from {
			part[3] = to
			r.Resource = strings.Join(part, ":")
		}
		ctx := condition.NewContext(r.Context)
		ctx.Set(regionKey, "call", to)
		r.Context = ctx
		if !in.Subject.Evaluate(&r).Allowed {
			return false
		}
	}
	return true
}

// maxAlternatives is how many other resources a remedy names.
const maxAlternatives = 5

// otherResources names what the principal may call with the same action, for
// someone who mistook the model. What is listed is allowed in the universe.
func otherResources(in *Input, f finding) []Remedy {
	if in.Universe == nil || f.cause != CauseNoResource || len(in.Requests) != 1 {
		return nil
	}
	var allowed []string
	for u := range in.Universe {
		if len(allowed) == maxAlternatives {
			break
		}
		if strings.EqualFold(u.Action, in.Trace.Action) && !slices.Contains(allowed, u.Resource) && in.Subject.Evaluate(u).Allowed {
			allowed = append(allowed, u.Resource)
		}
	}
	if len(allowed) == 0 {
		return nil
	}
	return []Remedy{{
		Kind: KindCall, Proven: true,
		Title: "Call what is allowed already: " + strings.Join(allowed, ", "),
	}}
}
