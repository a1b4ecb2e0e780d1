// Package cedar decides tools, prompts and resources by Cedar policies, as
// Amazon Bedrock AgentCore's policy engine does.
//
// It knows how the tools of gateways become a Cedar schema ([NewSchema]), how a
// caller and a call's arguments become entities and a context ([OAuthUser],
// [IAMEntity], [Schema.Input]), what is wrong in a policy before it is stored
// ([Schema.Validate]), what a set of policies says about a call ([Set.Decide]) and
// about every call that could be made ([Set.CouldAllow]), why, and what would have
// to be different ([Set.Explain]), and what can be said with no call at all
// ([Set.Findings]). The language itself, its evaluation and its type checker are
// cedar-go's.
//
// It must not know HTTP, MCP messages, AWS operations or where policies are
// stored. It reads no clock: whoever asks says what time it is.
//
// # Entities
//
// As AgentCore has them (developer guide, policy-schema-constraints and
// policy-scope): principals AgentCore::OAuthUser, whose id is the token's sub and
// whose claims are string tags, and AgentCore::IamEntity, whose id is the caller's
// ARN; the resource AgentCore::Gateway, whose id is the gateway's ARN; and a
// tool's action "target___tool" in "target" in "CallTool" in "Mcp". The exact text
// of AWS's schema is not public: this one is built from the rules.
//
// AWS decides no prompts and no resources. Hardpan does, by actions of its own
// that no action name of AWS can collide with, as target names have no colon:
// "prompt:target___name" in "prompt:target" in "GetPrompt" in "Mcp", with the
// prompt's arguments in context.input, and "resource:target" in "ReadResource" in
// "Mcp", with context.input.uri.
package cedar

import (
	"github.com/cedar-policy/cedar-go/types"
)

// The names of AgentCore's model.
const (
	namespace = "AgentCore"

	oauthUserType = types.EntityType("AgentCore::OAuthUser")
	iamEntityType = types.EntityType("AgentCore::IamEntity")
	gatewayType   = types.EntityType("AgentCore::Gateway")
	actionType    = types.EntityType("AgentCore::Action")

	// separator stands between a target's and a tool's name.
	separator = "___"
)

// The groups that all actions are in, at last in groupMcp.
const (
	groupMcp          = "Mcp"
	groupCallTool     = "CallTool"
	groupGetPrompt    = "GetPrompt"
	groupReadResource = "ReadResource"
)

// gatewayUID returns the resource that a gateway is.
func gatewayUID(arn string) types.EntityUID {
	return types.NewEntityUID(gatewayType, types.String(arn))
}

// actionUID returns the entity of an action or group of actions.
func actionUID(id string) types.EntityUID {
	return types.NewEntityUID(actionType, types.String(id))
}
