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

// body is what one pass over a body finds.
type body struct {
	fields     rest.Fields // its top-level members
	inputBound int64       // the most input tokens that it can have
}

// readBody reads a body of the given operation. One that is no JSON object, or names
// a member twice, is refused: with a ValidationException if it is InvokeModel's.
func readBody(operation string, raw []byte) (*body, error) {
	var beside unseen
	fields, err := rest.TopAndTexts(raw, beside.text)
	if strings.HasPrefix(operation, "InvokeModel") {
		err = unambiguousLimits(fields, err)
	}
	if err != nil {
		return nil, err
	}
	return &body{fields, beside.inputBound(len(raw))}, nil
}

// unambiguousLimits refuses an InvokeModel body that was read as fields, or not for err.
func unambiguousLimits(fields rest.Fields, err error) error {
	if err := unambiguous(fields, err); err != nil {
		return err
	}
	for _, name := range limits {
		if raw, ok := fields.Get(name); ok && raw[0] == '{' {
			if err := unambiguous(rest.Top(raw)); err != nil {
				return err
			}
		}
	}
	return nil
}

// unambiguous refuses an object that was read as fields, or not for err. Some servers
// tell names apart by case and some do not, so names that differ in case only count as
// one.
func unambiguous(fields rest.Fields, err error) error {
	if err != nil {
		return awserr.Validation("Malformed input request: %s Please reformat your input and try again.", awserr.From(err).Message)
	}
	if name, twice := alike(fields); twice {
		return awserr.Validation("Malformed input request: the member %.64q is given more than once, in upper and in lower case. "+
			"Please reformat your input and try again.", name)
	}
	return nil
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
