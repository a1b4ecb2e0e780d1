package builtin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// pattern is a regular expression in RE2's syntax; it knows where it stands.
type pattern struct{ *regexp.Regexp }

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (p *pattern) UnmarshalYAML(node ast.Node) error {
	text, ok := node.(*ast.StringNode)
	if !ok {
		return at(node, "want a regular expression, in quotes")
	}
	re, err := regexp.Compile(text.Value)
	if err != nil {
		return at(node, "%v", err)
	}
	p.Regexp = re
	return nil
}

// wait is a length of time such as 20ms.
type wait time.Duration

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (w *wait) UnmarshalYAML(node ast.Node) error {
	text, ok := node.(*ast.StringNode)
	if !ok {
		return at(node, "want a length of time such as 20ms")
	}
	d, err := time.ParseDuration(text.Value)
	if err != nil || d < 0 || d > time.Minute {
		return at(node, "%q is no length of time between 0s and 1m, such as 20ms", text.Value)
	}
	*w = wait(d)
	return nil
}

// faultError is a mistake in a script and where it is.
type faultError struct {
	line, column int
	message      string
}

func (e *faultError) Error() string {
	return fmt.Sprintf("reply script: line %d, column %d: %s", e.line, e.column, e.message)
}

func at(node ast.Node, format string, args ...any) error {
	pos := node.GetToken().Position
	return &faultError{pos.Line, pos.Column, fmt.Sprintf(format, args...)}
}

// ParseScript reads a reply script. Unknown and repeated keys are errors, and
// every error says its line and column.
func ParseScript(data []byte) (*Script, error) {
	var file struct {
		Turns []ast.Node `yaml:"turns"`
	}
	if err := decodeStrict(bytes.NewReader(data), &file); err != nil {
		return nil, err
	}
	if len(file.Turns) == 0 {
		return nil, &faultError{1, 1, "a script needs at least one entry under turns"}
	}
	s := &Script{}
	for _, node := range file.Turns {
		t := &turn{line: node.GetToken().Position.Line}
		if err := yaml.NodeToValue(node, t, yaml.Strict()); err != nil {
			return nil, located(err)
		}
		if err := t.check(); err != nil {
			return nil, at(node, "%v", err)
		}
		s.turns = append(s.turns, t)
	}
	return s, nil
}

func decodeStrict(r io.Reader, into any) error {
	err := yaml.NewDecoder(r, yaml.Strict()).Decode(into)
	if errors.Is(err, io.EOF) {
		return nil // an empty file; the caller says what is missing
	}
	return located(err)
}

// located gives an error of the YAML library the form of our own.
func located(err error) error {
	var ours *faultError
	if err == nil || errors.As(err, &ours) {
		return err
	}
	var theirs yaml.Error
	if errors.As(err, &theirs) && theirs.GetToken() != nil {
		pos := theirs.GetToken().Position
		return &faultError{pos.Line, pos.Column, theirs.GetMessage()}
	}
	return fmt.Errorf("reply script: %w", err)
}

var stopReasons = map[string]bool{
	"": true, "end_turn": true, "tool_use": true, "max_tokens": true, "stop_sequence": true,
	"content_filtered": true, "guardrail_intervened": true,
}

func (t *turn) check() error {
	speaks := t.Text != "" || len(t.Tools) > 0
	switch {
	case !speaks && t.Error == nil:
		return errors.New("a turn says something (text, tools) or fails (error)")
	case !stopReasons[t.Stop]:
		return fmt.Errorf("stop: %q is no stop reason", t.Stop)
	case t.Error != nil && !speaks && (t.Error.Times != 0 || t.Error.After != 0):
		return errors.New("error with times or after needs text or tools too")
	case t.Error != nil && (t.Error.Times < 0 || t.Error.After < 0):
		return errors.New("error: times and after are not negative")
	}
	for _, use := range t.Tools {
		if use.Name == "" {
			return errors.New("tools: every tool needs a name")
		}
		if _, err := json.Marshal(use.Input); err != nil {
			return fmt.Errorf("tools: the input of %s has no JSON form: %w", use.Name, err)
		}
	}
	if t.Error != nil {
		if _, ok := errorStatus[t.Error.Code]; !ok {
			return fmt.Errorf("error: code %q is none that Bedrock Runtime gives", t.Error.Code)
		}
		if t.Error.After > 0 && !streamErrors[t.Error.Code] {
			return fmt.Errorf("error: code %q cannot end a stream", t.Error.Code)
		}
	}
	return nil
}

// errorStatus is the HTTP status of each exception of Bedrock Runtime (its API
// model).
var errorStatus = map[string]int{
	"AccessDeniedException":         403,
	"ConflictException":             400,
	"InternalServerException":       500,
	"ModelErrorException":           424,
	"ModelNotReadyException":        429,
	"ModelStreamErrorException":     424,
	"ModelTimeoutException":         408,
	"ResourceNotFoundException":     404,
	"ServiceQuotaExceededException": 400,
	"ServiceUnavailableException":   503,
	"ThrottlingException":           429,
	"ValidationException":           400,
}

// streamErrors are the exceptions that can end a stream (the API model).
var streamErrors = map[string]bool{
	"InternalServerException":     true,
	"ModelStreamErrorException":   true,
	"ModelTimeoutException":       true, // InvokeModelWithResponseStream only
	"ServiceUnavailableException": true,
	"ThrottlingException":         true,
	"ValidationException":         true,
}
