package builtin

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"sort"
	"strings"
)

// Bounds of what is made from a schema, so that no schema makes it large.
const (
	schemaDepth  = 8
	valuesAtMost = 500
	arrayAtMost  = 16
	stringAtMost = 4096
)

// toolInput makes the JSON input of a tool use: the JSON object that follows
// the tool's name in the user's words, if there is one, else a value that fits
// the tool's JSON schema.
func toolInput(t tool, words string) string {
	if given, ok := objectAfter(words, nameIn(words, t.name)); ok {
		return given
	}
	s := &sample{root: t.schema, left: valuesAtMost}
	value, _ := s.value(t.schema, "input", 0).(map[string]any)
	if value == nil {
		value = map[string]any{}
	}
	return mustJSON(value)
}

// objectAfter returns the JSON object that begins at the first brace after from.
func objectAfter(words string, from int) (string, bool) {
	if from < 0 || from > len(words) {
		return "", false
	}
	brace := strings.IndexByte(words[from:], '{')
	if brace < 0 {
		return "", false
	}
	var object map[string]any
	dec := json.NewDecoder(strings.NewReader(words[from+brace:]))
	dec.UseNumber()
	if dec.Decode(&object) != nil {
		return "", false
	}
	return mustJSON(object), true
}

// sample makes one value that fits a schema.
type sample struct {
	root map[string]any // where a $ref starts
	left int            // how many more values may be made
}

// value makes a value for one schema. name is the property's name.
func (s *sample) value(schema map[string]any, name string, depth int) any {
	if s.left--; s.left < 0 || depth > schemaDepth || schema == nil {
		return nil
	}
	for _, given := range []string{"const", "default"} {
		if v, ok := schema[given]; ok {
			return v
		}
	}
	for _, list := range []string{"examples", "enum"} {
		if v, ok := schema[list].([]any); ok && len(v) > 0 {
			return v[0]
		}
	}
	if target := s.reference(schema); target != nil {
		return s.value(target, name, depth+1)
	}
	for _, choice := range []string{"anyOf", "oneOf"} {
		if v, ok := schema[choice].([]any); ok && len(v) > 0 {
			first, _ := v[0].(map[string]any)
			return s.value(first, name, depth+1)
		}
	}
	return s.typed(schema, name, depth)
}

// reference follows a $ref within the same schema.
func (s *sample) reference(schema map[string]any) map[string]any {
	path, ok := schema["$ref"].(string)
	if !ok || !strings.HasPrefix(path, "#/") {
		return nil
	}
	at := s.root
	for _, step := range strings.Split(path[2:], "/") {
		next, ok := at[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)].(map[string]any)
		if !ok {
			return nil
		}
		at = next
	}
	return at
}

func (s *sample) typed(schema map[string]any, name string, depth int) any {
	switch schemaType(schema) {
	case "object":
		return s.object(schema, depth)
	case "array":
		return s.array(schema, name, depth)
	case "integer":
		return math.Ceil(numberValue(schema))
	case "number":
		return numberValue(schema)
	case "boolean":
		return true
	case "null":
		return nil
	}
	return stringValue(schema, name)
}

func schemaType(schema map[string]any) string {
	switch t := schema["type"].(type) {
	case string:
		return t
	case []any:
		for _, v := range t {
			if s, ok := v.(string); ok && s != "null" {
				return s
			}
		}
	}
	if schema["properties"] != nil || schema["allOf"] != nil {
		return "object"
	}
	return "string"
}

// objectValue fills in what is required, or everything if nothing is.
func (s *sample) object(schema map[string]any, depth int) any {
	properties, required := map[string]any{}, []string{}
	s.gather(schema, properties, &required, depth)
	if len(required) == 0 {
		for name := range properties {
			required = append(required, name)
		}
	}
	sort.Strings(required)
	object := map[string]any{}
	for _, name := range slices.Compact(required) {
		property, _ := properties[name].(map[string]any)
		object[name] = s.value(property, name, depth+1)
	}
	return object
}

// gather merges the properties of a schema and of the schemas it is all of.
func (s *sample) gather(schema, properties map[string]any, required *[]string, depth int) {
	if s.left--; s.left < 0 || depth > schemaDepth {
		return
	}
	own, _ := schema["properties"].(map[string]any)
	for name, property := range own {
		properties[name] = property
	}
	names, _ := schema["required"].([]any)
	for _, name := range names {
		if name, ok := name.(string); ok {
			*required = append(*required, name)
		}
	}
	parts, _ := schema["allOf"].([]any)
	for _, part := range parts {
		if sub, ok := part.(map[string]any); ok {
			if target := s.reference(sub); target != nil {
				sub = target
			}
			s.gather(sub, properties, required, depth+1)
		}
	}
}

func (s *sample) array(schema map[string]any, name string, depth int) any {
	items, _ := schema["items"].(map[string]any)
	n := min(max(1, int(number(schema, "minItems", 1))), arrayAtMost)
	array := make([]any, n)
	for i := range array {
		array[i] = s.value(items, name, depth+1)
	}
	return array
}

func numberValue(schema map[string]any) float64 {
	n := number(schema, "minimum", math.Min(1, number(schema, "maximum", 1)))
	if over, ok := schema["exclusiveMinimum"]; ok {
		n = toFloat(over, 0) + 1
	}
	if step := number(schema, "multipleOf", 0); step > 0 {
		n = math.Ceil(n/step) * step
	}
	if math.IsInf(n, 0) || math.IsNaN(n) { // bounds that no JSON number meets
		return 1
	}
	return n
}

func stringValue(schema map[string]any, name string) string {
	examples := map[any]string{
		"date": "2026-01-31", "date-time": "2026-01-31T12:00:00Z", "time": "12:00:00Z",
		"uri": "https://example.com/", "email": "someone@example.com",
		"uuid": "00000000-0000-4000-8000-000000000000",
	}
	value, ok := examples[schema["format"]]
	if !ok {
		value = "example " + name
	}
	if short := int(number(schema, "minLength", 0)); len(value) < short {
		value += strings.Repeat(".", min(short, stringAtMost)-min(len(value), min(short, stringAtMost)))
	}
	if long := int(number(schema, "maxLength", stringAtMost)); long >= 0 && len(value) > long {
		value = value[:long]
	}
	return value
}

func number(schema map[string]any, key string, otherwise float64) float64 {
	return toFloat(schema[key], otherwise)
}

func toFloat(v any, otherwise float64) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case json.Number:
		if f, err := n.Float64(); err == nil {
			return f
		}
	}
	return otherwise
}

// mustJSON encodes a value that is known to have a JSON form, without
// escaping <, > and &.
func mustJSON(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("builtin: encoding JSON: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
