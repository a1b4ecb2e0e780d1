package openapi

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// A schema is unfolded: MCP clients and Cedar's schema generator see no
// references. What refers to itself is cut where it comes round again, and says
// so; depth and size are bounded, since a small document can unfold into a huge
// one.
const (
	maxDepth = 12
	maxNodes = 2000 // schemas in one tool's input
)

type unfolder struct {
	open  []*openapi3.Schema // being unfolded, outermost first
	nodes int
}

// unfold returns s as JSON Schema without references.
func (u *unfolder) unfold(ref *openapi3.SchemaRef) map[string]any {
	if ref == nil || ref.Value == nil {
		return map[string]any{}
	}
	s := ref.Value
	u.nodes++
	if slices.Contains(u.open, s) || len(u.open) >= maxDepth || u.nodes > maxNodes {
		return cut(s)
	}
	u.open = append(u.open, s)
	defer func() { u.open = u.open[:len(u.open)-1] }()

	out := map[string]any{}
	annotate(out, s)
	limits(out, s)
	if s.Items != nil {
		out["items"] = u.unfold(s.Items)
	}
	if len(s.Properties) > 0 {
		properties := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			properties[name] = u.unfold(s.Properties[name])
		}
		out["properties"] = properties
	}
	if len(s.Required) > 0 {
		out["required"] = s.Required
	}
	u.combine(out, s)
	return out
}

// combine adds the schemas that are made of others.
func (u *unfolder) combine(out map[string]any, s *openapi3.Schema) {
	for name, list := range map[string]openapi3.SchemaRefs{"oneOf": s.OneOf, "anyOf": s.AnyOf, "allOf": s.AllOf} {
		if len(list) == 0 {
			continue
		}
		parts := make([]any, len(list))
		for i, part := range list {
			parts[i] = u.unfold(part)
		}
		out[name] = parts
	}
	switch more := s.AdditionalProperties; {
	case more.Schema != nil:
		out["additionalProperties"] = u.unfold(more.Schema)
	case more.Has != nil:
		out["additionalProperties"] = *more.Has
	}
}

// cut stands for what is not unfolded any more.
func cut(s *openapi3.Schema) map[string]any {
	out := map[string]any{"description": "Not shown further: the schema contains itself, or is too large."}
	if types := typesOf(s); types != nil {
		out["type"] = types
	}
	return out
}

// annotate adds what a schema says about itself.
func annotate(out map[string]any, s *openapi3.Schema) {
	if types := typesOf(s); types != nil {
		out["type"] = types
	}
	for name, text := range map[string]string{"title": s.Title, "description": s.Description, "format": s.Format, "pattern": s.Pattern} {
		if text != "" {
			out[name] = text
		}
	}
	if len(s.Enum) > 0 {
		out["enum"] = s.Enum
	}
	if s.Default != nil {
		out["default"] = s.Default
	}
	if s.Const != nil {
		out["const"] = s.Const
	}
}

// typesOf is a schema's type: a word, or a list if there are several.
func typesOf(s *openapi3.Schema) any {
	types := s.Type.Slice()
	if s.Nullable && len(types) > 0 && !slices.Contains(types, "null") {
		types = append(slices.Clone(types), "null")
	}
	switch len(types) {
	case 0:
		return nil
	case 1:
		return types[0]
	}
	return types
}

// limits adds what a schema demands of a value.
func limits(out map[string]any, s *openapi3.Schema) {
	bound(out, "minimum", "exclusiveMinimum", s.Min, s.ExclusiveMin)
	bound(out, "maximum", "exclusiveMaximum", s.Max, s.ExclusiveMax)
	for name, n := range map[string]*uint64{"maxLength": s.MaxLength, "maxItems": s.MaxItems, "maxProperties": s.MaxProps} {
		if n != nil {
			out[name] = *n
		}
	}
	for name, n := range map[string]uint64{"minLength": s.MinLength, "minItems": s.MinItems, "minProperties": s.MinProps} {
		if n > 0 {
			out[name] = n
		}
	}
	if s.MultipleOf != nil {
		out["multipleOf"] = *s.MultipleOf
	}
	if s.UniqueItems {
		out["uniqueItems"] = true
	}
}

// bound adds one end of a range. OpenAPI 3.0 says with a flag that the end is
// not part of it, 3.1 and JSON Schema with a number of its own.
func bound(out map[string]any, name, exclusive string, end *float64, open openapi3.ExclusiveBound) {
	switch {
	case open.Value != nil:
		out[exclusive] = *open.Value
	case end != nil && open.Bool != nil && *open.Bool:
		out[exclusive] = *end
		return
	}
	if end != nil {
		out[name] = *end
	}
}
