package bedrockruntime

import (
	"strings"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/rest"
)

// The body of InvokeModel is the model's own, and goes to its backend as it is. What
// is counted on it (max_tokens, for one) must be what the backend reads in it, so a
// body that two readers could read in two ways does not pass.

// limits are the members of such bodies that hold an object with a limit in it.
var limits = []string{"inferenceConfig", "textGenerationConfig"}

// readInvoke returns the top-level members of an InvokeModel body. One that is no JSON
// object, or names a member twice, is refused with a ValidationException.
func readInvoke(body []byte) (rest.Fields, error) {
	fields, err := unambiguous(body)
	if err != nil {
		return nil, err
	}
	for _, name := range limits {
		if raw, ok := fields.Get(name); ok && raw[0] == '{' {
			if _, err := unambiguous(raw); err != nil {
				return nil, err
			}
		}
	}
	return fields, nil
}

// unambiguous reads an object. Some servers tell names apart by case and some do not,
// so names that differ in case only count as one.
func unambiguous(object []byte) (rest.Fields, error) {
	fields, err := rest.Top(object)
	if err != nil {
		return nil, awserr.Validation("Malformed input request: %s Please reformat your input and try again.", awserr.From(err).Message)
	}
	if name, twice := alike(fields); twice {
		return nil, awserr.Validation("Malformed input request: the member %.64q is given more than once, in upper and in lower case. "+
			"Please reformat your input and try again.", name)
	}
	return fields, nil
}

// alike finds a member whose name another has too but for case.
func alike(fields rest.Fields) (name string, found bool) {
	var seen map[string]struct{}
	for i := range fields {
		if fold(fields[i].Name) != fields[i].Name {
			seen = make(map[string]struct{}, len(fields))
			break
		}
	}
	if seen == nil {
		return "", false // all in lower case, and rest.Top saw that no two are the same
	}
	for i := range fields {
		name := fold(fields[i].Name)
		if _, twice := seen[name]; twice {
			return fields[i].Name, true
		}
		seen[name] = struct{}{}
	}
	return "", false
}

// fold makes names the same that encoding/json takes for the same.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
