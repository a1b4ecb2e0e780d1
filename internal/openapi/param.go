package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// How a parameter is written: OpenAPI's styles. Source: OpenAPI Specification
// 3.1.1, "Style Values" and "Style Examples".

type param struct {
	name, in string
	style    string
	explode  bool
	required bool
	asJSON   bool // described by a media type instead of a style
}

func newParam(p *openapi3.Parameter) (param, error) {
	out := param{name: p.Name, in: p.In, style: p.Style, required: p.Required, asJSON: len(p.Content) > 0}
	if out.style == "" {
		out.style = map[string]string{"path": "simple", "header": "simple", "query": "form", "cookie": "form"}[p.In]
	}
	out.explode = out.style == "form"
	if p.Explode != nil {
		out.explode = *p.Explode
	}
	for media := range p.Content {
		if !isJSON(media) {
			return out, fmt.Errorf("the parameter %q is of type %s; only JSON can be made", p.Name, media)
		}
	}
	switch out.style {
	case "simple", "form", "spaceDelimited", "pipeDelimited", "deepObject", "label", "matrix":
		return out, nil
	}
	return out, fmt.Errorf("the parameter %q has the unknown style %q", p.Name, p.Style)
}

// pair is one name and value of a query, form or cookie.
type pair struct{ name, value string }

// text writes a value in a path or header. escape is applied to what comes from
// the value, not to the separators.
func (p param) text(raw json.RawMessage, escape func(string) string) (string, error) {
	v, err := p.value(raw)
	if err != nil {
		return "", err
	}
	prefix, separator := "", ","
	switch p.style {
	case "label":
		prefix = "."
		if p.explode {
			separator = "."
		}
	case "matrix":
		return p.matrix(v, escape)
	}
	return prefix + strings.Join(p.items(v, escape), separator), nil
}

// items are the parts of a value: one, those of a list, or names and values.
func (p param) items(v any, escape func(string) string) (parts []string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			parts = append(parts, escape(plain(item)))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if p.explode {
				parts = append(parts, escape(name)+"="+escape(plain(v[name])))
			} else {
				parts = append(parts, escape(name), escape(plain(v[name])))
			}
		}
	default:
		parts = []string{escape(plain(v))}
	}
	return parts
}

func (p param) matrix(v any, escape func(string) string) (string, error) {
	name := ";" + escape(p.name) + "="
	if !p.explode {
		return name + strings.Join(p.items(v, escape), ","), nil
	}
	if _, object := v.(map[string]any); object {
		return ";" + strings.Join(p.items(v, escape), ";"), nil
	}
	return name + strings.Join(p.items(v, escape), name), nil
}

// pairs are the names and values of a value in a query, form or cookie.
func (p param) pairs(raw json.RawMessage) (list []pair, err error) {
	v, err := p.value(raw)
	if err != nil {
		return nil, err
	}
	same := func(s string) string { return s }
	object, isObject := v.(map[string]any)
	items, isList := v.([]any)
	switch {
	case isObject && (p.style == "deepObject" || p.explode):
		for _, name := range slices.Sorted(maps.Keys(object)) {
			key := name
			if p.style == "deepObject" {
				key = p.name + "[" + name + "]"
			}
			list = append(list, pair{key, plain(object[name])})
		}
	case isList && p.explode:
		for _, item := range items {
			list = append(list, pair{p.name, plain(item)})
		}
	default:
		separator := map[string]string{"spaceDelimited": " ", "pipeDelimited": "|"}[p.style]
		if separator == "" {
			separator = ","
		}
		list = []pair{{p.name, strings.Join(p.items(v, same), separator)}}
	}
	return list, nil
}

// value reads an argument. One that is described by a media type stays JSON.
func (p param) value(raw json.RawMessage) (any, error) {
	if p.asJSON {
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		return compact.String(), nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // a number is sent as it came
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	return v, nil
}

// plain writes one value that is no list or object; such a one within another
// has no style, and is written as JSON.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	}
	text, _ := json.Marshal(v) // it was decoded from JSON
	return string(text)
}

// pathSegment escapes a value so that it stays within its segment.
func pathSegment(s string) string { return url.PathEscape(s) }

// errDots is a path parameter that would climb out of its place: servers take
// such a segment away, together with the one before it.
var errDots = errors.New(`must not be empty, "." or ".."`)
