package builtin

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestToolInputFitsItsSchema(t *testing.T) {
	for schema, want := range map[string]string{
		`{}`:                `{}`,
		`{"type":"string"}`: `{}`,
		`{"type":"object"}`: `{}`,
		`{"properties":{"a":{"type":"boolean"},"b":{"type":"null"}}}`:                                        `{"a":true,"b":null}`,
		`{"properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["b"]}`:                      `{"b":"example b"}`,
		`{"properties":{"a":{"default":[1]},"b":{"const":"x"},"c":{"examples":[2]}}}`:                        `{"a":[1],"b":"x","c":2}`,
		`{"properties":{"n":{"type":"integer","exclusiveMinimum":4,"multipleOf":5}}}`:                        `{"n":5}`,
		`{"properties":{"n":{"type":"number","maximum":0.5}}}`:                                               `{"n":0.5}`,
		`{"properties":{"l":{"type":"array","minItems":2,"items":{"type":"integer"}}}}`:                      `{"l":[1,1]}`,
		`{"properties":{"s":{"type":"string","minLength":12,"maxLength":12}}}`:                               `{"s":"example s..."}`,
		`{"properties":{"d":{"type":"string","format":"date"},"o":{"type":["null","integer"]}}}`:             `{"d":"2026-01-31","o":1}`,
		`{"properties":{"p":{"$ref":"#/$defs/P"}},"$defs":{"P":{"properties":{"x":{"enum":[7]}}}}}`:          `{"p":{"x":7}}`,
		`{"allOf":[{"properties":{"a":{"const":1}}},{"properties":{"b":{"const":2}},"required":["b","a"]}]}`: `{"a":1,"b":2}`,
		`{"properties":{"u":{"anyOf":[{"type":"integer"},{"type":"string"}]}}}`:                              `{"u":1}`,
	} {
		got := toolInput(tool{name: "t", schema: jsonObject([]byte(schema))}, "")
		if got != want {
			t.Errorf("%s\n%s, want %s", schema, got, want)
		}
	}
}

// A schema must not make the answer endless or huge.
func TestToolInputIsBounded(t *testing.T) {
	wide := `"p":{"$ref":"#"}`
	for i := range 50 {
		wide += fmt.Sprintf(`,"p%d":{"$ref":"#"}`, i)
	}
	for _, schema := range []string{
		`{"properties":{"a":{"$ref":"#"}}}`,
		`{"properties":{"a":{"type":"array","minItems":1e18,"items":{"type":"array","minItems":3,"items":{}}}}}`,
		`{"properties":{"s":{"type":"string","minLength":1e18}}}`,
		`{"properties":{"s":{"type":"string","maxLength":-1}}}`,
		`{"properties":{"n":{"type":"number","minimum":1e308,"multipleOf":1e-308}}}`,
		`{"allOf":[{"$ref":"#"}]}`,
		`{"allOf":[` + strings.TrimSuffix(strings.Repeat(`{"$ref":"#"},`, 50), ",") + `]}`,
		`{"properties":{` + wide + `}}`,
		`{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}`,
	} {
		got := toolInput(tool{name: "t", schema: jsonObject([]byte(schema))}, "")
		if !json.Valid([]byte(got)) || len(got) > 20_000 {
			t.Errorf("%s: %d bytes", schema, len(got))
		}
	}
}
