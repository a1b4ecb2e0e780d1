package policy

import (
	"cmp"
	"slices"
	"strings"
)

// ContextKeys lists the condition keys that d asks for: those in conditions, and
// those of the policy variables in its resources and conditions. Each is there
// once, in the spelling met first, in the order of the alphabet; keys compare
// without case.
func (d *Document) ContextKeys() []string {
	var keys []string
	add := func(key string) {
		if key != "" && !slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) }) {
			keys = append(keys, key)
		}
	}
	for i := range d.Statements {
		s := &d.Statements[i]
		texts := slices.Concat(s.Resource.Texts(), s.NotResource.Texts())
		for _, op := range s.Conditions {
			for _, key := range op.Keys {
				add(key.Name)
				texts = append(texts, key.Values.Texts()...)
			}
		}
		for _, text := range texts {
			if d.Variables() {
				eachVariable(text, add)
			}
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return keys
}

// eachVariable finds ${key} and ${key, 'default'}. ${*}, ${?} and ${$} stand for
// these characters.
func eachVariable(text string, add func(key string)) {
	for {
		_, rest, found := strings.Cut(text, "${")
		inner, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return
		}
		name, _, _ := strings.Cut(inner, ",")
		if name = strings.TrimSpace(name); name != "*" && name != "?" && name != "$" {
			add(name)
		}
		text = after
	}
}
