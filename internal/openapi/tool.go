package openapi

import (
	"errors"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// bodyName is where a body goes that is not an object, and the properties of
// one that a parameter shadows.
const bodyName = "body"

// body is how a request's body is made.
type body struct {
	media    string
	required bool
	merged   []string // properties that stand beside the parameters
	whole    bool     // the body is the input's "body"
}

func newTool(name, method, server, path string, item *openapi3.PathItem, o *openapi3.Operation) (*Tool, error) {
	t := &Tool{Name: name, Description: describe(o), method: method, server: server, path: path}
	properties, required := map[string]any{}, []string{}
	u := &unfolder{}
	for _, p := range parameters(item, o) {
		param, err := newParam(p)
		if err != nil {
			return nil, err
		}
		if _, taken := properties[p.Name]; taken {
			return nil, fmt.Errorf("two parameters are called %q", p.Name)
		}
		schema := u.unfold(schemaOf(p))
		if p.Description != "" {
			schema["description"] = p.Description
		}
		properties[p.Name] = schema
		if p.Required {
			required = append(required, p.Name)
		}
		t.params = append(t.params, param)
	}
	if o.RequestBody != nil && o.RequestBody.Value != nil {
		needed, err := t.addBody(o.RequestBody.Value, u, properties)
		if err != nil {
			return nil, err
		}
		required = append(required, needed...)
	}
	t.InputSchema = map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		t.InputSchema["required"] = required
	}
	t.OutputSchema = output(o)
	return t, nil
}

// describe is what a model is told about the tool.
func describe(o *openapi3.Operation) string {
	switch {
	case o.Description == "":
		return o.Summary
	case o.Summary == "" || strings.HasPrefix(o.Description, o.Summary):
		return o.Description
	}
	return o.Summary + "\n\n" + o.Description
}

// parameters are the operation's, and those of its path that it does not
// replace. The headers that OpenAPI keeps out of parameters are left out.
func parameters(item *openapi3.PathItem, o *openapi3.Operation) (list []*openapi3.Parameter) {
	for _, from := range []openapi3.Parameters{o.Parameters, item.Parameters} {
		for _, ref := range from {
			p := ref.Value
			same := func(had *openapi3.Parameter) bool { return had.Name == p.Name && had.In == p.In }
			if p == nil || slices.ContainsFunc(list, same) || reservedHeader(p) {
				continue
			}
			list = append(list, p)
		}
	}
	return list
}

// reservedHeader tells a header parameter that OpenAPI says to ignore, or that
// would speak for the gateway.
func reservedHeader(p *openapi3.Parameter) bool {
	if p.In != openapi3.ParameterInHeader {
		return false
	}
	switch strings.ToLower(p.Name) {
	case "accept", "content-type", "authorization", "host", "content-length", "connection", "transfer-encoding", "cookie":
		return true
	}
	return false
}

func schemaOf(p *openapi3.Parameter) *openapi3.SchemaRef {
	if p.Schema != nil {
		return p.Schema
	}
	for _, media := range p.Content {
		return media.Schema
	}
	return nil
}

// addBody adds what the body is made of to properties, and returns what of it
// is required.
func (t *Tool) addBody(b *openapi3.RequestBody, u *unfolder, properties map[string]any) (required []string, err error) {
	media, content := mediaOf(b.Content)
	if content == nil {
		return nil, fmt.Errorf("its body has none of the types that can be made: JSON, a form or text, but %s",
			strings.Join(slices.Sorted(maps.Keys(b.Content)), ", "))
	}
	t.body = &body{media: media, required: b.Required}
	schema := u.unfold(content.Schema)
	own, _ := schema["properties"].(map[string]any)
	if schema["type"] != "object" || len(own) == 0 || schema["additionalProperties"] != nil || isText(media) {
		return t.wholeBody(schema, properties)
	}
	shadowed := func(name string) bool { _, taken := properties[name]; return taken || name == bodyName }
	names := slices.Sorted(maps.Keys(own))
	if slices.ContainsFunc(names, shadowed) {
		return t.wholeBody(schema, properties)
	}
	for _, name := range names {
		properties[name] = own[name]
		t.body.merged = append(t.body.merged, name)
	}
	if needed, _ := schema["required"].([]string); b.Required {
		return needed, nil
	}
	return nil, nil
}

func (t *Tool) wholeBody(schema, properties map[string]any) (required []string, err error) {
	if _, taken := properties[bodyName]; taken {
		return nil, errors.New("a parameter is called body, and the body cannot stand beside the parameters")
	}
	t.body.whole = true
	properties[bodyName] = schema
	if t.body.required {
		required = []string{bodyName}
	}
	return required, nil
}

// mediaOf picks the type that a body is sent in.
func mediaOf(content openapi3.Content) (string, *openapi3.MediaType) {
	names := slices.Sorted(maps.Keys(content))
	for _, fits := range []func(string) bool{isJSON, isForm, isText} {
		for _, name := range names {
			if fits(name) {
				return name, content[name]
			}
		}
	}
	return "", nil
}

func isJSON(media string) bool {
	kind, _, err := mime.ParseMediaType(media)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

func isForm(media string) bool {
	kind, _, err := mime.ParseMediaType(media)
	return err == nil && kind == "application/x-www-form-urlencoded"
}

func isText(media string) bool {
	kind, _, err := mime.ParseMediaType(media)
	return err == nil && kind == "text/plain"
}

// output is the schema of the first successful JSON answer, if it is an object:
// MCP knows no other structured output.
func output(o *openapi3.Operation) map[string]any {
	if o.Responses == nil {
		return nil
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses.Map())) {
		if n, err := strconv.Atoi(status); err != nil || n < 200 || n > 299 {
			continue
		}
		answer := o.Responses.Value(status).Value
		if answer == nil {
			continue
		}
		for media, content := range answer.Content {
			if schema := (&unfolder{}).unfold(content.Schema); isJSON(media) && schema["type"] == "object" {
				return schema
			}
		}
	}
	return nil
}
