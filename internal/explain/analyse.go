package explain

import (
	"cmp"
	"slices"
	"strings"

	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// finding is what a trace says about the cause, before it is put into words.
type finding struct {
	cause     Cause
	layer     eval.Layer
	statement *eval.StatementTrace // that denied, or that came nearest to allowing; may be nil
	source    eval.Source          // of its policy
	pattern   string               // the resource of the statement that came nearest
	action    string               // the allowed action that comes nearest
	regions   []string             // in which the statement would allow
	condition *condition.Finding   // that failed
}

const (
	bearerAction   = "bedrock:CallWithBearerToken"
	profileKey     = "bedrock:InferenceProfileArn"
	regionKey      = "aws:RequestedRegion"
	unknownPolicy  = "a policy that this record does not show"
	noResourceType = "*"
)

var silentCauses = map[eval.Layer]Cause{
	eval.LayerBoundary: CauseBoundary,
	eval.LayerSession:  CauseSession,
	eval.LayerSCP:      CauseSCP,
	eval.LayerRCP:      CauseRCP,
	eval.LayerResource: CauseResourcePolicy,
	eval.LayerTrust:    CauseTrust,
}

func analyse(t *eval.Trace) finding {
	v := t.Verdict
	switch {
	case v.Allowed:
		return finding{cause: CauseAllowed, layer: v.Layer}
	case v.Explicit:
		f := finding{cause: CauseExplicitDeny, layer: v.Layer, statement: t.Deciding()}
		if v.Source != nil {
			f.source = *v.Source
		}
		f.regions = regionsLeft(f.statement)
		return f
	}
	f := nearest(t, v.Layer)
	f.layer = v.Layer
	if cause, other := silentCauses[v.Layer]; other {
		f.cause = cause
	}
	return f
}

// regionsLeft are the regions that a Deny of all others leaves.
func regionsLeft(denied *eval.StatementTrace) []string {
	if denied == nil {
		return nil
	}
	for _, c := range denied.Conditions {
		if strings.EqualFold(c.Key, regionKey) && strings.Contains(c.Operator, "Not") {
			return c.Wanted
		}
	}
	return nil
}

// nearest is the best of the near misses in the layer that is silent.
func nearest(t *eval.Trace, layer eval.Layer) finding {
	misses := misses(t, layer)
	if len(misses) == 0 || misses[0].score(t) <= 0 {
		return finding{cause: CauseNoStatement}
	}
	return misses[0]
}

// misses are the Allows of a silent layer, the nearest first: one that fails
// only by its conditions, then by its resource, then by its action. Of several
// that are as near, the first in the policies comes first.
func misses(t *eval.Trace, layer eval.Layer) []finding {
	var all []finding
	for i := range t.Layers {
		l := &t.Layers[i]
		if l.Layer != layer || l.Outcome == eval.Allows {
			continue
		}
		for j := range l.Policies {
			for k := range l.Policies[j].Statements {
				if s := &l.Policies[j].Statements[k]; s.Effect == policy.Allow && !s.Matched {
					f := judge(t, s)
					f.source = l.Policies[j].Source
					all = append(all, f)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b finding) int { return cmp.Compare(b.score(t), a.score(t)) })
	return all
}

// judge says what one statement, which does not match, has to do with the call.
func judge(t *eval.Trace, s *eval.StatementTrace) finding {
	f := finding{statement: s}
	switch s.Failed {
	case eval.ElementCondition:
		judgeCondition(s, &f)
	case eval.ElementResource:
		judgeResource(t, s, &f)
	case eval.ElementAction:
		f.cause, f.action = CauseNoStatement, nearestText(s.Wanted, t.Action)
	case eval.ElementNotAction:
		f.cause = CauseNoStatement
	default:
		f.cause = CauseNoResource
	}
	return f
}

func judgeCondition(s *eval.StatementTrace, f *finding) {
	for i := range s.Conditions {
		if !s.Conditions[i].Holds {
			f.condition = &s.Conditions[i]
			break
		}
	}
	switch {
	case f.condition == nil: // left out to bound the trace
		f.cause = CauseConditionFailed
	case strings.EqualFold(f.condition.Key, profileKey) && f.condition.Missing:
		f.cause = CauseOnlyThrough
	case f.condition.Missing:
		f.cause = CauseKeyMissing
	case strings.EqualFold(f.condition.Key, regionKey):
		f.cause, f.regions = CauseWrongRegion, f.condition.Wanted
	default:
		f.cause = CauseConditionFailed
	}
}

func judgeResource(t *eval.Trace, s *eval.StatementTrace, f *finding) {
	f.pattern = nearestARN(s.Wanted, t.Resource)
	f.regions = otherRegions(s.Wanted, t)
	switch {
	case t.Resource == noResourceType && strings.EqualFold(t.Action, bearerAction):
		f.cause = CauseBearerToken
	case t.Resource == noResourceType:
		f.cause = CauseNoResourceType
	case len(f.regions) > 0:
		f.cause = CauseWrongRegion
	case behindProfile(t):
		f.cause = CauseModelBehind
	default:
		f.cause = CauseNoResource
	}
}

// behindProfile reports whether the check is that of a model behind a profile.
func behindProfile(t *eval.Trace) bool {
	return strings.Contains(t.Resource, ":foundation-model/") && valueOf(t, profileKey) != ""
}

// valueOf is the value of a single-valued key, or empty.
func valueOf(t *eval.Trace, key string) string {
	for _, k := range t.Context {
		if strings.EqualFold(k.Key, key) && len(k.Values) == 1 {
			return k.Values[0]
		}
	}
	return ""
}

// score orders findings: how far the statement went, then how near it was.
func (f *finding) score(t *eval.Trace) int {
	switch {
	case f.statement.Failed == eval.ElementCondition:
		failed := 0
		for _, c := range f.statement.Conditions {
			if !c.Holds {
				failed++
			}
		}
		return 3_000_000 - failed
	case len(f.regions) > 0:
		return 2_000_000
	case f.statement.Failed == eval.ElementAction:
		return 1 + common(f.action, t.Action)
	case f.statement.Failed == eval.ElementNotAction:
		return 1
	}
	return 1_000_000 + common(f.pattern, t.Resource)
}
