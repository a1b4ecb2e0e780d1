package builtin

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	smithydocument "github.com/aws/smithy-go/document"
)

// documentOf makes an SDK document of a JSON text, numbers as they are written.
func documentOf(text string) document.Interface {
	var value any
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		value = map[string]any{}
	}
	return document.NewLazyDocument(withNumbers(value, func(n json.Number) any { return smithydocument.Number(n) }))
}

// documentJSON is the JSON text of an SDK document, or "{}" for one that has none.
func documentJSON(doc document.Interface) string {
	if doc == nil {
		return "{}"
	}
	var value any
	if err := doc.UnmarshalSmithyDocument(&value); err != nil {
		return "{}"
	}
	return mustJSON(withNumbers(value, func(n smithydocument.Number) any { return json.Number(n) }))
}

// withNumbers replaces the numbers of a decoded JSON value, in place.
func withNumbers[N any](value any, number func(N) any) any {
	switch v := value.(type) {
	case N:
		return number(v)
	case map[string]any:
		for key, member := range v {
			v[key] = withNumbers(member, number)
		}
	case []any:
		for i, item := range v {
			v[i] = withNumbers(item, number)
		}
	}
	return value
}
