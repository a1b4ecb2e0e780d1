package mcp

import (
	"encoding/json"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
)

// catalogue is the tools of a gateway in the order of their names. It is made
// once for each state of the gateway's targets.
type catalogue struct {
	tools  []*tool
	byName map[string]*tool
	search *searchIndex
}

// tool is one tool as clients see it.
type tool struct {
	target *gateway.Target
	own    string // its name at the target
	shown  *sdk.Tool
	schema *jsonschema.Resolved // of the input; nil: it cannot be checked
}

// catalogueOf returns the tools of a gateway, from the shelf of its targets.
func catalogueOf(s *identity.Snapshot, g *gateway.Gateway) *catalogue {
	return s.Shelf(gateway.KindTarget, g.ID).Keep("catalogue", func() any { return newCatalogue(s, g) }).(*catalogue)
}

func newCatalogue(s *identity.Snapshot, g *gateway.Gateway) *catalogue {
	c := &catalogue{byName: map[string]*tool{}}
	for t := range gateway.Targets(s, g.ID, "") {
		if !t.Serves() {
			continue
		}
		for i := range t.Tools {
			one := &tool{target: t, own: t.Tools[i].Name, shown: shown(t, &t.Tools[i]), schema: resolved(t.Tools[i].Input)}
			if c.byName[one.shown.Name] == nil { // of two that imitate each other the first target's stays
				c.byName[one.shown.Name] = one
				c.tools = append(c.tools, one)
			}
		}
	}
	c.search = newSearchIndex(c.tools)
	return c
}

// shown is a tool as tools/list has it.
func shown(t *gateway.Target, own *gateway.Tool) *sdk.Tool {
	out := &sdk.Tool{
		Name: t.FullName(own.Name), Title: own.Title, Description: own.Description, InputSchema: own.Input,
	}
	if len(own.Output) > 0 {
		out.OutputSchema = own.Output
	}
	if len(own.Annotations) > 0 {
		var a sdk.ToolAnnotations
		if json.Unmarshal(own.Annotations, &a) == nil {
			out.Annotations = &a
		}
	}
	return out
}

// resolved reads a tool's input schema. One that cannot be read checks nothing:
// the target does.
func resolved(text json.RawMessage) *jsonschema.Resolved {
	var s jsonschema.Schema
	if json.Unmarshal(text, &s) != nil {
		return nil
	}
	r, err := s.Resolve(nil)
	if err != nil {
		return nil
	}
	return r
}

// check holds the arguments of a call against the tool's input schema.
func (t *tool) check(arguments json.RawMessage) error {
	if t.schema == nil {
		return nil
	}
	input := any(map[string]any{})
	if len(arguments) > 0 {
		if err := json.Unmarshal(arguments, &input); err != nil {
			return err
		}
	}
	return t.schema.Validate(input)
}

// splitName parts "target___name".
func splitName(name string) (targetName, own string, ok bool) {
	return strings.Cut(name, gateway.Separator)
}
