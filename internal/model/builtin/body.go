package builtin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
)

// readBody decodes the JSON body of an InvokeModel call into v, a pointer to a
// struct. Faults are told as Amazon Bedrock tells them.
func readBody(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(v); err != nil {
		return malformed("%s", jsonFault(err))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return malformed("there is more after the JSON object")
	}
	return nil
}

// jsonFault says what is wrong without Go's names for things.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Sprintf("#/%s: expected type: %s, found: %s", strings.ReplaceAll(kind.Field, ".", "/"), jsonType(kind.Type.Kind().String()), kind.Value)
	case errors.As(err, &kind):
		return fmt.Sprintf("expected type: %s, found: %s", jsonType(kind.Type.Kind().String()), kind.Value)
	case errors.As(err, &syntax):
		return fmt.Sprintf("the body is not valid JSON at byte %d (%s)", syntax.Offset, syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the body is empty or ends too early for a JSON object"
	}
	return err.Error()
}

func jsonType(kind string) string {
	switch {
	case kind == "struct" || kind == "map":
		return "JSONObject"
	case kind == "slice":
		return "JSONArray"
	case kind == "bool":
		return "Boolean"
	case strings.HasPrefix(kind, "int"), strings.HasPrefix(kind, "float"):
		return "Number"
	}
	return "String"
}

// knownKeys refuses members that a body must not have.
func knownKeys(body []byte, known ...string) error {
	var members map[string]json.RawMessage
	if err := readBody(body, &members); err != nil {
		return err
	}
	for _, key := range known {
		delete(members, key)
	}
	var extra []string
	for key := range members {
		extra = append(extra, key)
	}
	if len(extra) == 0 {
		return nil
	}
	sort.Strings(extra)
	return malformed("#: extraneous key [%s] is not permitted", extra[0])
}
