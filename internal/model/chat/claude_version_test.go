package chat_test

import (
	"strings"
	"testing"

	"hardpan/internal/model/chat"
)

func TestClaudeVersion(t *testing.T) {
	for given, want := range map[string]string{
		"bedrock-2023-05-31": "2023-06-01", // what Anthropic's API calls it
		"2026-10-21":         "2026-10-21", // Anthropic's client for Bedrock, 1.1.3
		"2027-01-01":         "2027-01-01",
	} {
		if got, err := chat.ClaudeVersion(given); err != nil || got != want {
			t.Errorf("ClaudeVersion(%q) = %q, %v", given, got, err)
		}
	}
	for given, message := range map[string]string{
		"":                        "required key [anthropic_version] not found",
		"2023-06-01":              "2023-06-01 is not a valid enum value, expected bedrock-2023-05-31",
		"2026-10-21\r\nx-api-key": "not a valid enum value",
		"latest":                  "not a valid enum value",
	} {
		if _, err := chat.ClaudeVersion(given); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("ClaudeVersion(%q): %v, want %q", given, err, message)
		}
	}
}
