package explain

import (
	"fmt"
	"strings"

	"hardpan/policy/eval"
)

// Miss is an Allow statement that did not match, and what kept it from it.
type Miss struct {
	Source    eval.Source `json:"source"`    // its policy
	Statement int         `json:"statement"` // in that policy, from 0
	Sid       string      `json:"sid,omitempty"`
	Line      int         `json:"line,omitempty"` // of the policy's text, from 1
	Cause     Cause       `json:"cause"`          // what it comes to for this statement
	Text      string      `json:"text"`           // the same, as a sentence
}

// maxMisses is how many near misses an explanation shows.
const maxMisses = 5

// nearMisses lists the nearest statements of the layer that is silent.
func nearMisses(t *eval.Trace, f finding) []Miss {
	if f.cause == CauseAllowed || f.cause == CauseExplicitDeny {
		return nil
	}
	var list []Miss
	for _, m := range misses(t, f.layer) {
		if len(list) == maxMisses {
			break
		}
		list = append(list, Miss{
			Source: m.source, Statement: m.statement.Index, Sid: m.statement.Sid, Line: m.statement.Line,
			Cause: m.cause, Text: upperFirst(missText(t, m)) + ".",
		})
	}
	return list
}

// missText says what one statement lacks.
func missText(t *eval.Trace, m finding) string {
	switch {
	case m.statement.Failed == eval.ElementAction:
		return where(m) + " allows " + some(m.statement.Wanted) + ", not " + t.Action
	case m.statement.Failed == eval.ElementNotAction:
		return where(m) + " leaves this action out (NotAction " + some(m.statement.Wanted) + ")"
	case m.cause == CauseNoResource, m.cause == CauseModelBehind:
		return where(m) + " allows the action on " + some(m.statement.Wanted) + ", not on " + t.Resource
	}
	return reason(t, m)
}

// some names the first few values of a list.
func some(values []string) string {
	const most = 3
	if len(values) > most {
		return strings.Join(values[:most], ", ") + fmt.Sprintf(" and %d more", len(values)-most)
	}
	return strings.Join(values, ", ")
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
