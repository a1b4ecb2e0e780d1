package cedar

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	schemaast "github.com/cedar-policy/cedar-go/x/exp/schema/ast"
)

// How JSON Schema becomes Cedar types, as AgentCore's guide has it
// (policy-schema-constraints): string → String, integer → Long, boolean → Bool,
// number → decimal, object → a record, array → Set; a property that is not
// required is optional. What Cedar cannot express is left out of the schema and
// noted: policies cannot see it, and the call is not refused for it.

// Note says what of a tool's input policies cannot see, and why.
type Note struct {
	Gateway string // ARN
	Action  Action
	Path    string // of the property: "address.lines"; empty for all of the input
	Message string
}

// How deep a tool's input is looked into, and how many properties of it are seen:
// a small schema with references can stand for more than there is memory.
const (
	maxTypeDepth  = 16
	maxProperties = 2_000
)

// jsonSchema is what is read of a JSON Schema.
type jsonSchema struct {
	Type       json.RawMessage       `json:"type"`
	Properties map[string]jsonSchema `json:"properties"`
	Required   []string              `json:"required"`
	Items      json.RawMessage       `json:"items"`
	Ref        string                `json:"$ref"`
	Enum       []any                 `json:"enum"`
	Const      any                   `json:"const"`
	AnyOf      []jsonSchema          `json:"anyOf"`
	OneOf      []jsonSchema          `json:"oneOf"`
	AllOf      []jsonSchema          `json:"allOf"`
	Defs       map[string]jsonSchema `json:"$defs"`
	Old        map[string]jsonSchema `json:"definitions"`
	Nullable   bool                  `json:"nullable"` // OpenAPI 3.0
}

// UnmarshalJSON reads a schema; the schemas true and false say nothing about types.
func (s *jsonSchema) UnmarshalJSON(text []byte) error {
	type plain jsonSchema
	if string(text) == "true" || string(text) == "false" {
		*s = jsonSchema{}
		return nil
	}
	return json.Unmarshal(text, (*plain)(s))
}

// translation is one tool's input on its way to a type.
type translation struct {
	root jsonSchema
	seen int // properties
	note func(path, message string)
}

// inputType returns the record that the arguments of a tool are.
func inputType(text json.RawMessage, note func(path, message string)) (schemaast.RecordType, error) {
	if len(text) == 0 {
		return schemaast.RecordType{}, nil
	}
	tr := &translation{note: note}
	if err := json.Unmarshal(text, &tr.root); err != nil {
		return nil, fmt.Errorf("reading the input schema: %w", err)
	}
	root, refs, _, ok := tr.plain(tr.root, "", nil)
	if !ok {
		return schemaast.RecordType{}, nil
	}
	return tr.record(root, "", refs), nil
}

// record translates an object's properties; what cannot be expressed is left out.
func (tr *translation) record(s jsonSchema, path string, refs []string) schemaast.RecordType {
	record := make(schemaast.RecordType, len(s.Properties))
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		at := strings.TrimPrefix(path+"."+name, ".")
		kind, nullable, ok := tr.kind(s.Properties[name], at, refs)
		if !ok {
			continue
		}
		record[types.String(name)] = schemaast.Attribute{Type: kind, Optional: nullable || !slices.Contains(s.Required, name)}
	}
	return record
}

// kind translates one property's or element's schema. A value that may be null is
// one that may be absent.
func (tr *translation) kind(s jsonSchema, path string, refs []string) (kind schemaast.IsType, nullable, ok bool) {
	tr.seen++
	if strings.Count(path, ".") >= maxTypeDepth {
		tr.note(path, fmt.Sprintf("is nested more than %d levels deep", maxTypeDepth))
		return nil, false, false
	}
	if tr.seen > maxProperties {
		if tr.seen == maxProperties+1 {
			tr.note(path, fmt.Sprintf("and what follows is left out: the input has more than %d properties", maxProperties))
		}
		return nil, false, false
	}
	s, refs, nullable, ok = tr.plain(s, path, refs)
	if !ok {
		return nil, false, false
	}
	names, null := typeNames(s)
	nullable = nullable || null
	if len(names) != 1 {
		tr.note(path, "has no single type: "+describeTypes(names))
		return nil, false, false
	}
	switch names[0] {
	case "string":
		return schemaast.String(), nullable, true
	case "integer":
		return schemaast.Long(), nullable, true
	case "boolean":
		return schemaast.Bool(), nullable, true
	case "number":
		return schemaast.Decimal(), nullable, true
	case "object":
		if len(s.Properties) == 0 {
			tr.note(path, "names no properties: policies see an empty record")
		}
		return tr.record(s, path, refs), nullable, true
	case "array":
		element, ok := tr.element(s, path, refs)
		return schemaast.Set(element), nullable, ok
	}
	tr.note(path, fmt.Sprintf("has the unknown type %q", names[0]))
	return nil, false, false
}

// element translates the schema of an array's items.
func (tr *translation) element(s jsonSchema, path string, refs []string) (schemaast.IsType, bool) {
	var items jsonSchema
	if len(s.Items) == 0 || s.Items[0] != '{' || json.Unmarshal(s.Items, &items) != nil {
		tr.note(path, "is an array whose items have no one schema")
		return nil, false
	}
	element, nullable, ok := tr.kind(items, path, refs)
	if ok && nullable {
		tr.note(path, "is an array with null among its items: null items are not seen")
	}
	return element, ok
}

// plain follows references, adding them to refs, and takes apart the combinations
// that say no more than "or null"; the rest has no Cedar type.
func (tr *translation) plain(s jsonSchema, path string, refs []string) (plain jsonSchema, followed []string, nullable, ok bool) {
	refuse := func(message string) (jsonSchema, []string, bool, bool) {
		tr.note(path, message)
		return jsonSchema{}, nil, false, false
	}
	for range maxTypeDepth {
		nullable = nullable || s.Nullable
		switch {
		case s.Ref != "" && slices.Contains(refs, s.Ref):
			return refuse(fmt.Sprintf("refers to itself by %q", s.Ref))
		case s.Ref != "":
			next, found := tr.lookup(s.Ref)
			if !found {
				return refuse(fmt.Sprintf("refers to %q, which is not in the tool's schema", s.Ref))
			}
			s, refs = next, append(slices.Clone(refs), s.Ref)
		case len(s.AllOf) == 1 && s.Properties == nil:
			s = s.AllOf[0]
		case len(s.AllOf) > 0:
			return refuse("combines schemas (allOf)")
		case len(s.AnyOf)+len(s.OneOf) > 0:
			rest, null := withoutNull(append(slices.Clone(s.AnyOf), s.OneOf...))
			if len(rest) != 1 {
				return refuse("is one of several schemas (anyOf, oneOf)")
			}
			s, nullable = rest[0], nullable || null
		default:
			return s, refs, nullable, true
		}
	}
	return refuse("is behind too many references")
}

func (tr *translation) lookup(ref string) (jsonSchema, bool) {
	if name, ok := strings.CutPrefix(ref, "#/$defs/"); ok {
		s, ok := tr.root.Defs[name]
		return s, ok
	}
	if name, ok := strings.CutPrefix(ref, "#/definitions/"); ok {
		s, ok := tr.root.Old[name]
		return s, ok
	}
	return tr.root, ref == "#"
}

func withoutNull(all []jsonSchema) (rest []jsonSchema, null bool) {
	for _, s := range all {
		if names, isNull := typeNames(s); isNull && len(names) == 0 {
			null = true
			continue
		}
		rest = append(rest, s)
	}
	return rest, null
}

// typeNames returns the types that a schema names, or that its values show,
// without null, and whether null is among them.
func typeNames(s jsonSchema) (names []string, null bool) {
	var one string
	if json.Unmarshal(s.Type, &one) == nil && one != "" {
		names = []string{one}
	} else if json.Unmarshal(s.Type, &names) != nil {
		names = nil
	}
	if len(names) == 0 {
		names = shownTypes(s)
	}
	null = slices.Contains(names, "null")
	return slices.DeleteFunc(names, func(name string) bool { return name == "null" }), null
}

// shownTypes returns the types of a schema that names none.
func shownTypes(s jsonSchema) []string {
	if s.Properties != nil {
		return []string{"object"}
	}
	values := s.Enum
	if s.Const != nil {
		values = []any{s.Const}
	}
	var names []string
	for _, value := range values {
		name := "null"
		switch value := value.(type) {
		case string:
			name = "string"
		case bool:
			name = "boolean"
		case float64:
			name = "number"
			if value == float64(int64(value)) {
				name = "integer"
			}
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func describeTypes(names []string) string {
	if len(names) == 0 {
		return "none is given"
	}
	return strings.Join(names, ", ")
}
