package chat

import "regexp"

const (
	bedrockVersion  = "bedrock-2023-05-31"
	messagesVersion = "2023-06-01" // what Anthropic's API calls it
	firstDate       = "2026-10-21"
)

var date = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// ClaudeVersion reads the anthropic_version of a Claude body on Bedrock, and returns
// the version of Anthropic's own API that it means: for [bedrockVersion] the one of
// 2023, for a date from 2026-10-21 on that date. Observed: since its release 1.0.0
// @anthropic-ai/bedrock-sdk puts such a date where it had bedrock-2023-05-31 before;
// what Bedrock says to other dates is not verified. The error is a ValidationException;
// its texts are from memory.
func ClaudeVersion(given string) (version string, err error) {
	switch {
	case given == "":
		return "", Malformed("#: required key [anthropic_version] not found")
	case given == bedrockVersion:
		return messagesVersion, nil
	case date.MatchString(given) && given >= firstDate:
		return given, nil
	}
	return "", Malformed("#/anthropic_version: %.40s is not a valid enum value, expected %s", given, bedrockVersion)
}
