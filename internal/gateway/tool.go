package gateway

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
)

// Separator stands between a target's name and a tool's in the name by which
// clients and policies know the tool.
const Separator = "___"

// Tool is one tool of a target.
type Tool struct {
	Name        string          `json:"name"` // as the target has it, without the target's name
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	Input       json.RawMessage `json:"inputSchema"`            // a JSON Schema of type object
	Output      json.RawMessage `json:"outputSchema,omitempty"` // a JSON Schema, or nothing
	Annotations json.RawMessage `json:"annotations,omitempty"`
}

// Offer is what a target serves, as it says itself.
type Offer struct {
	Tools     []Tool
	Prompts   []Prompt
	Resources bool // it serves resources, too
}

// Prompt is one prompt of a target. All its arguments are strings.
type Prompt struct {
	Name      string           `json:"name"` // as the target has it
	Arguments []PromptArgument `json:"arguments,omitempty"`
}

// PromptArgument is one argument of a prompt.
type PromptArgument struct {
	Name     string `json:"name"`
	Required bool   `json:"required,omitempty"`
}

// FullName is the name by which clients and policies know a tool of the target.
func (t *Target) FullName(tool string) string { return t.Name + Separator + tool }

// LambdaTools returns the tools that a Lambda target declares inline.
func LambdaTools(defs []types.ToolDefinition) ([]Tool, error) {
	tools := make([]Tool, len(defs))
	for i, d := range defs {
		t := Tool{Name: aws.ToString(d.Name), Description: aws.ToString(d.Description)}
		var err error
		if t.Input, err = json.Marshal(jsonSchema(d.InputSchema)); err != nil {
			return nil, err
		}
		if d.OutputSchema != nil {
			if t.Output, err = json.Marshal(jsonSchema(d.OutputSchema)); err != nil {
				return nil, err
			}
		}
		tools[i] = t
	}
	return tools, nil
}

// schema is AWS's schema definition as a JSON Schema; it has no other keywords.
type schema struct {
	Type        types.SchemaType   `json:"type"`
	Description string             `json:"description,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Items       *schema            `json:"items,omitempty"`
}

func jsonSchema(d *types.SchemaDefinition) *schema {
	if d == nil {
		return nil
	}
	s := &schema{Type: d.Type, Description: aws.ToString(d.Description), Required: d.Required, Items: jsonSchema(d.Items)}
	for name, property := range d.Properties {
		if s.Properties == nil {
			s.Properties = map[string]*schema{}
		}
		s.Properties[name] = jsonSchema(&property)
	}
	return s
}
