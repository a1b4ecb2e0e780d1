package config

import "fmt"

// AgentCore sets up the tool gateways.
type AgentCore struct {
	// Preflight says what happens when a policy engine is attached to a gateway
	// whose role cannot ask it: it is attached and said, or refused.
	Preflight string `yaml:"preflight"`

	// Wire says whose words clients of gateways get: AWS changed some of them.
	Wire string `yaml:"wire"`
}

// The values of [AgentCore].
const (
	Warn     = "warn"
	Refuse   = "refuse"
	Wire2025 = "2025-12"
	Wire2026 = "2026-10"
)

func (c *Config) checkAgentCore(l locator) error {
	if p := c.AgentCore.Preflight; p != Warn && p != Refuse {
		return l.at("$.agentcore.preflight", fmt.Sprintf("preflight is warn or refuse, not %q", p))
	}
	if w := c.AgentCore.Wire; w != Wire2025 && w != Wire2026 {
		return l.at("$.agentcore.wire", fmt.Sprintf("wire is 2025-12 or 2026-10 (in quotes), not %q", w))
	}
	return nil
}
