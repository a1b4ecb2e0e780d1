package agentcorecontrol

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
)

// Limits of what a target may say of its tools. AWS's on their number is smaller
// and adjustable; the size of a schema is a third party's note, unverified.
const (
	maxTools       = 1000
	maxSchemaBytes = 1 << 20
	maxDepth       = 20 // of a schema that is nested
)

func checkToolSchema(given types.ToolSchema) error {
	inline, ok := given.(*types.ToolSchemaMemberInlinePayload)
	if !ok {
		return noS3("toolSchema")
	}
	const at = "targetConfiguration.mcp.lambda.toolSchema.inlinePayload"
	var f faults
	if n := len(inline.Value); n == 0 || n > maxTools {
		f.add("Value of %d tools at '%s' failed to satisfy constraint: Member must have between 1 and %d", n, at, maxTools)
		return f.err()
	}
	seen := map[string]bool{}
	for i, d := range inline.Value {
		where := fmt.Sprintf("%s.%d.member", at, i+1)
		f.required(where+".name", d.Name, toolNameRule)
		if d.InputSchema == nil {
			f.missing(where + ".inputSchema")
		} else {
			checkSchema(&f, where+".inputSchema", d.InputSchema, 0)
		}
		if name := aws.ToString(d.Name); seen[name] {
			f.add("Value '%s' at '%s.name' failed to satisfy constraint: two tools have this name", shorten(name), where)
		} else {
			seen[name] = true
		}
	}
	return f.err()
}

func checkSchema(f *faults, at string, d *types.SchemaDefinition, depth int) {
	if depth > maxDepth {
		f.add("The value at '%s' is nested deeper than %d levels", at[:100], maxDepth)
		return
	}
	if d.Type == "" {
		f.missing(at + ".type")
	}
	oneOf(f, at+".type", d.Type, d.Type.Values())
	for name, p := range d.Properties {
		checkSchema(f, at+".properties."+shorten(name), &p, depth+1)
	}
	if d.Items != nil {
		checkSchema(f, at+".items", d.Items, depth+1)
	}
}

// checkServerSchema holds the tools that a target's creator lists for an MCP
// server against the rules, if there are any.
func checkServerSchema(given types.McpToolSchemaConfiguration) error {
	switch form := given.(type) {
	case nil:
		return nil
	case *types.McpToolSchemaConfigurationMemberInlinePayload:
		_, err := serverTools(form.Value)
		return err
	}
	return noS3("mcpToolSchema")
}

// serverTools reads the answer of tools/list that stands in a target's schema:
// {"tools": […]}, or the list alone.
func serverTools(text string) ([]gateway.Tool, error) {
	if len(text) > maxSchemaBytes {
		return nil, awserr.Validation("mcpToolSchema.inlinePayload has %d bytes; it may have %d.", len(text), maxSchemaBytes)
	}
	var answer struct {
		Tools []gateway.Tool `json:"tools"`
	}
	into := any(&answer)
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		into = &answer.Tools
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return nil, awserr.Validation("mcpToolSchema.inlinePayload is no list of MCP tools: %v.", err)
	}
	if len(answer.Tools) == 0 {
		return nil, awserr.Validation("mcpToolSchema.inlinePayload lists no tools.")
	}
	return answer.Tools, checkTools(answer.Tools)
}

// checkTools refuses tools that clients or policies could not name, or not tell
// apart.
func checkTools(tools []gateway.Tool) error {
	if len(tools) > maxTools {
		return awserr.Validation("The target has %d tools; it may have %d.", len(tools), maxTools)
	}
	seen := map[string]bool{}
	for _, t := range tools {
		if !toolNameRule.pattern.MatchString(t.Name) || len(t.Name) > toolNameRule.max {
			return awserr.Validation("The tool name '%s' does not match %s.", shorten(t.Name), toolNameRule.shown)
		}
		if seen[t.Name] {
			return awserr.Validation("Two tools of the target are called %s.", shorten(t.Name))
		}
		seen[t.Name] = true
	}
	return nil
}

func checkOpenAPI(given types.ApiSchemaConfiguration) error {
	inline, ok := given.(*types.ApiSchemaConfigurationMemberInlinePayload)
	switch {
	case !ok:
		return noS3("openApiSchema")
	case len(inline.Value) > maxSchemaBytes:
		return awserr.Validation("openApiSchema.inlinePayload has %d bytes; it may have %d.", len(inline.Value), maxSchemaBytes)
	case strings.TrimSpace(inline.Value) == "":
		return awserr.Validation("openApiSchema.inlinePayload is empty.")
	}
	return nil
}

func noS3(member string) error {
	return awserr.Validation("%s takes an inlinePayload: Hardpan has no Amazon S3 to read a schema from.", member)
}
