package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// AgentCore sets up the tool gateways.
type AgentCore struct {
	// Preflight says what happens when a policy engine is attached to a gateway
	// whose role cannot ask it: it is attached and said, or refused.
	Preflight string `yaml:"preflight"`

	// Wire says whose words clients of gateways get: AWS changed some of them.
	Wire string `yaml:"wire"`

	// RecordInputs puts the arguments of tool calls into the journal, so that
	// hardpan gateway replay decides them as they were.
	RecordInputs bool `yaml:"record_inputs"`

	// UndecidedPrompts leaves prompts and resources to everyone who may call a
	// gateway, as AWS does.
	UndecidedPrompts bool `yaml:"undecided_prompts"`

	// Commands are MCP servers that run on this machine, by the name that a
	// target's endpoint has after "stdio:".
	Commands map[string]Command `yaml:"commands"`

	AWS AgentCoreAWS `yaml:"aws"`
}

// Command is an MCP server that speaks over its standard input and output.
type Command struct {
	Path    string               `yaml:"path"`
	Args    []string             `yaml:"args"`
	Env     map[string]string    `yaml:"env"`     // all that the program gets: nothing of the server's own
	Secrets map[string]SecretRef `yaml:"secrets"` // variables too, by reference
}

// AgentCoreAWS says how Lambda functions and APIs of AWS are reached for targets
// of gateways, and with which credentials. Without any, such targets answer that
// there are none.
type AgentCoreAWS struct {
	Profile            string    `yaml:"profile"`
	AccessKeyID        string    `yaml:"access_key_id"`
	SecretAccessKey    SecretRef `yaml:"secret_access_key"`
	SessionToken       SecretRef `yaml:"session_token"`
	LambdaEndpoint     string    `yaml:"lambda_endpoint"`      // empty: AWS's
	APIGatewayEndpoint string    `yaml:"api_gateway_endpoint"` // empty: AWS's
	InvokeEndpoint     string    `yaml:"invoke_endpoint"`      // of deployed APIs; empty: AWS's
}

// The values of [AgentCore].
const (
	Warn     = "warn"
	Refuse   = "refuse"
	Wire2025 = "2025-12"
	Wire2026 = "2026-10"
)

// maxCommands bounds the programs of hardpan.yaml: each may run all the time.
const maxCommands = 100

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (c *Config) checkAgentCore(l locator) error {
	if p := c.AgentCore.Preflight; p != Warn && p != Refuse {
		return l.at("$.agentcore.preflight", fmt.Sprintf("preflight is warn or refuse, not %q", p))
	}
	if w := c.AgentCore.Wire; w != Wire2025 && w != Wire2026 {
		return l.at("$.agentcore.wire", fmt.Sprintf("wire is 2025-12 or 2026-10 (in quotes), not %q", w))
	}
	if n := len(c.AgentCore.Commands); n > maxCommands {
		return l.at("$.agentcore.commands", fmt.Sprintf("%d commands are the most, not %d", maxCommands, n))
	}
	for _, name := range slices.Sorted(maps.Keys(c.AgentCore.Commands)) {
		command := c.AgentCore.Commands[name]
		if err := command.check(l, name); err != nil {
			return err
		}
	}
	return c.AgentCore.AWS.check(l)
}

func (c *Command) check(l locator, name string) error {
	at := "$.agentcore.commands." + name
	switch {
	case !backendName.MatchString(name):
		return l.at("$.agentcore.commands", fmt.Sprintf("a command's name has 1 to 64 letters, digits, dots, dashes or underscores, not %q", name))
	case c.Path == "":
		return l.at(at, fmt.Sprintf("command %q needs the path of its program", name))
	}
	for _, variable := range slices.Sorted(maps.Keys(c.Env)) {
		if !variableName.MatchString(variable) || strings.Contains(c.Env[variable], "\x00") {
			return l.at(at+".env", fmt.Sprintf("%q cannot be an environment variable", variable))
		}
	}
	for _, variable := range slices.Sorted(maps.Keys(c.Secrets)) {
		_, twice := c.Env[variable]
		switch ref := c.Secrets[variable]; {
		case !variableName.MatchString(variable):
			return l.at(at+".secrets", fmt.Sprintf("%q cannot be an environment variable", variable))
		case twice:
			return l.at(at+".secrets."+variable, variable+" is in env too; give it once")
		case ref == "" || !ref.Valid():
			return l.at(at+".secrets."+variable, "a secret is given by reference, env:NAME or file:PATH, never by itself")
		}
	}
	return nil
}

func (a *AgentCoreAWS) check(l locator) error {
	const at = "$.agentcore.aws"
	for _, f := range []struct{ name, url string }{
		{".lambda_endpoint", a.LambdaEndpoint}, {".api_gateway_endpoint", a.APIGatewayEndpoint}, {".invoke_endpoint", a.InvokeEndpoint},
	} {
		if f.url != "" && !isBaseURL(f.url) {
			return l.at(at+f.name, "an endpoint is http(s)://host[:port][/path], without user, query or fragment")
		}
	}
	switch {
	case !a.SecretAccessKey.Valid():
		return l.at(at+".secret_access_key", "a secret is given by reference, env:NAME or file:PATH, never by itself")
	case !a.SessionToken.Valid():
		return l.at(at+".session_token", "a secret is given by reference, env:NAME or file:PATH, never by itself")
	case (a.AccessKeyID == "") != (a.SecretAccessKey == ""):
		return l.at(at, "access_key_id and secret_access_key belong together")
	case a.Profile != "" && a.AccessKeyID != "":
		return l.at(at+".profile", "give either a profile or an access key")
	case a.SessionToken != "" && a.AccessKeyID == "":
		return l.at(at+".session_token", "a session token needs its access key")
	}
	return nil
}
