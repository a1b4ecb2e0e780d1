package cedar

import (
	"encoding/json"
	"strings"
)

// Gateway is what a schema needs to know of a tool gateway.
type Gateway struct {
	ARN string

	// Principals are the kinds of callers that the gateway's authorizer lets in;
	// empty means both.
	Principals []PrincipalKind

	Targets []Target
}

// Target is one target of a gateway. Its name has no "___" and no colon.
type Target struct {
	Name    string
	Tools   []Tool
	Prompts []Prompt

	// Resources: the target serves resources, which are read by their URI.
	Resources bool
}

// Tool is a tool as its target names it, without the target's prefix. A target
// that is no MCP server has one tool for each route: "POST:/invocations".
type Tool struct {
	Name        string
	InputSchema json.RawMessage // JSON Schema of the arguments; empty means none
}

// Prompt is a prompt as its target names it. All arguments are strings.
type Prompt struct {
	Name      string
	Arguments []PromptArgument
}

// PromptArgument is one argument of a prompt.
type PromptArgument struct {
	Name     string
	Required bool
}

// PrincipalKind is a kind of caller.
type PrincipalKind string

const (
	KindOAuthUser PrincipalKind = "OAuthUser" // signed in with a token: CUSTOM_JWT
	KindIAMEntity PrincipalKind = "IamEntity" // signed with AWS credentials: AWS_IAM
)

// Action is what is asked for at a gateway: calling one tool, getting one prompt
// or reading resources of one target. The zero Action is none.
type Action struct{ id string }

// ToolAction returns the action of calling a tool of a target.
func ToolAction(target, tool string) Action { return Action{target + separator + tool} }

// NamedToolAction returns the action of a tool by its name at the gateway,
// "target___tool", which is the action's id as well.
func NamedToolAction(name string) Action { return Action{name} }

// PromptAction returns the action of getting a prompt of a target.
func PromptAction(target, prompt string) Action {
	return Action{promptPrefix + target + separator + prompt}
}

// ResourceAction returns the action of reading any resource of a target. The
// input says which: {"uri": "…"}.
func ResourceAction(target string) Action { return Action{resourcePrefix + target} }

const (
	promptPrefix   = "prompt:"
	resourcePrefix = "resource:"
)

// ID returns the id of the action's entity: "target___tool".
func (a Action) ID() string { return a.id }

// MarshalText returns the id of the action.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.id), nil }

// UnmarshalText reads the id of an action.
func (a *Action) UnmarshalText(id []byte) error {
	a.id = string(id)
	return nil
}

// String returns the action as it stands in a policy.
func (a Action) String() string { return actionUID(a.id).String() }

// groups returns the groups that an action is in, the nearest first.
func (a Action) groups() []string {
	if target, ok := strings.CutPrefix(a.id, promptPrefix); ok {
		target, _, _ = strings.Cut(target, separator)
		return []string{promptPrefix + target, groupGetPrompt, groupMcp}
	}
	if strings.HasPrefix(a.id, resourcePrefix) {
		return []string{groupReadResource, groupMcp}
	}
	target, _, _ := strings.Cut(a.id, separator)
	return []string{target, groupCallTool, groupMcp}
}
