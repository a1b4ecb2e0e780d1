package openapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// InputError is an argument that no request can be made from. Its text is for
// the caller of the tool.
type InputError struct{ Argument, Problem string }

func (e *InputError) Error() string { return fmt.Sprintf("argument %s %s", e.Argument, e.Problem) }

// Request is the HTTP request that a call of the tool becomes. input is the
// call's JSON object; members that the operation does not have are left out.
// The error is an *[InputError] when an argument is missing or cannot be sent.
func (t *Tool) Request(ctx context.Context, input map[string]json.RawMessage) (*http.Request, error) {
	path, err := t.fillPath(input)
	if err != nil {
		return nil, err
	}
	query, header, cookies := url.Values{}, http.Header{}, []pair(nil)
	for _, p := range t.params {
		raw, given := input[p.name]
		switch {
		case !given && p.required:
			return nil, &InputError{p.name, "is missing"}
		case !given || p.in == "path":
			continue
		}
		if p.in == "header" {
			text, err := p.text(raw, func(s string) string { return s })
			if err != nil || strings.ContainsAny(text, "\r\n\x00") {
				return nil, &InputError{p.name, "cannot be sent in a header"}
			}
			header.Set(p.name, text)
			continue
		}
		pairs, err := p.pairs(raw)
		if err != nil {
			return nil, &InputError{p.name, "is not JSON"}
		}
		for _, one := range pairs {
			if p.in == "cookie" {
				cookies = append(cookies, one)
			} else {
				query.Add(one.name, one.value)
			}
		}
	}
	content, err := t.content(input)
	if err != nil {
		return nil, err
	}
	target := t.server + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var reader io.Reader
	if content != nil {
		reader = bytes.NewReader(content)
	}
	r, err := http.NewRequestWithContext(ctx, t.method, target, reader)
	if err != nil {
		return nil, fmt.Errorf("making the request of %s: %w", t.Name, err)
	}
	r.Header = header
	r.Header.Set("Accept", "application/json, */*;q=0.5")
	if content != nil {
		r.Header.Set("Content-Type", t.body.media)
	}
	for _, c := range cookies {
		r.AddCookie(&http.Cookie{Name: c.name, Value: url.QueryEscape(c.value)})
	}
	return r, nil
}

// fillPath puts the path parameters into the path.
func (t *Tool) fillPath(input map[string]json.RawMessage) (string, error) {
	path := t.path
	for _, p := range t.params {
		if p.in != "path" {
			continue
		}
		raw, given := input[p.name]
		if !given {
			return "", &InputError{p.name, "is missing"}
		}
		text, err := p.text(raw, pathSegment)
		if err != nil {
			return "", &InputError{p.name, "is not JSON"}
		}
		if text == "" || text == "." || text == ".." {
			return "", &InputError{p.name, errDots.Error()}
		}
		path = strings.ReplaceAll(path, "{"+p.name+"}", text)
	}
	return path, nil
}

// content is the body, or nil for none.
func (t *Tool) content(input map[string]json.RawMessage) ([]byte, error) {
	if t.body == nil {
		return nil, nil
	}
	if t.body.whole {
		raw, given := input[bodyName]
		if !given {
			return nil, nil // the schema says whether it had to be
		}
		return t.encode(raw)
	}
	object := map[string]json.RawMessage{}
	for _, name := range t.body.merged {
		if raw, given := input[name]; given {
			object[name] = raw
		}
	}
	if len(object) == 0 && !t.body.required {
		return nil, nil
	}
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, &InputError{bodyName, "is not JSON"}
	}
	return t.encode(raw)
}

// encode writes a JSON value in the body's type.
func (t *Tool) encode(raw json.RawMessage) ([]byte, error) {
	p := param{name: bodyName, style: "form", explode: true}
	switch {
	case isJSON(t.body.media):
		return raw, nil
	case isForm(t.body.media):
		pairs, err := p.pairs(raw)
		if err != nil {
			return nil, &InputError{bodyName, "is not JSON"}
		}
		form := url.Values{}
		for _, one := range pairs {
			form.Add(one.name, one.value)
		}
		return []byte(form.Encode()), nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return nil, &InputError{bodyName, "must be a string"}
	}
	return []byte(text), nil
}
