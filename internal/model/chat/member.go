package chat

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/rest"
)

// member decodes one top-level member of a body into v. One that is absent or
// null leaves v as it is.
func member(f rest.Fields, name string, v any) error {
	raw, ok := f.Get(name)
	if !ok || string(raw) == "null" {
		return nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fault(name, err)
	}
	return nil
}

// members decodes several; names and targets alternate.
func members(f rest.Fields, pairs ...any) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := member(f, pairs[i].(string), pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// fault tells a wrong type as Bedrock tells it; the text is from memory.
func fault(name string, err error) error {
	if e, ok := errors.AsType[*awserr.Error](err); ok {
		return e
	}
	kind, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return Malformed("#/%s: %v", name, err)
	}
	at := name
	if kind.Field != "" {
		at += "/" + strings.ReplaceAll(kind.Field, ".", "/")
	}
	return Malformed("#/%s: the type %s does not fit", at, kind.Value)
}

// Malformed is how Bedrock says that a body is wrong; the text is from memory.
func Malformed(format string, args ...any) *awserr.Error {
	return awserr.Validation("Malformed input request: %s, please reformat your input and try again.", fmt.Sprintf(format, args...))
}

// refused names what no backend of this kind can do, rather than to answer as
// if it had been done.
func refused(what string) *awserr.Error {
	return awserr.Validation("Hardpan cannot translate %s for this model's backend. Leave it out, or route the model to a backend of type bedrock.", what)
}

// object is raw if it is a JSON object, or {} if there is nothing.
func object(raw json.RawMessage) (json.RawMessage, bool) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return json.RawMessage("{}"), true
	case raw[0] == '{':
		return raw, true
	}
	return nil, false
}

// plain decodes a text document that came as base64.
func plain(data string) (string, error) {
	text, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return "", Malformed("a document's bytes are not base64")
	}
	return string(text), nil
}

// checkTurns refuses what is no conversation. The first text is Bedrock's, from
// memory.
func checkTurns(messages []Message) error {
	if len(messages) == 0 || messages[0].Role != "user" {
		return awserr.Validation("A conversation must start with a user message. Try again with a conversation that starts with a user message.")
	}
	for i, m := range messages {
		if m.Role != "user" && m.Role != "assistant" {
			return awserr.Validation("messages.%d.role: it is 'user' or 'assistant', not %.40q", i, m.Role)
		}
		if len(m.Blocks) == 0 {
			return awserr.Validation("The content field in the Message object at messages.%d is empty. Add a ContentBlock object to the content field and try again.", i)
		}
	}
	return nil
}

// Opaque makes base64 of a text that only its maker understands, as Converse's
// redactedContent has to be.
func Opaque(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// Unopaque is the text that Opaque was given.
func Unopaque(data string) (string, error) {
	text, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return "", Malformed("redactedContent is not base64")
	}
	return string(text), nil
}
