package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Error is a mistake in the configuration: what is wrong, where, and the line in
// which it stands. A file that cannot be read is another kind of error.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 if the file as a whole is meant
	Source       string // the line, secrets masked
	Message      string
}

// Error implements error: "file:line:column: message", then the line and a mark.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Message
	}
	head := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
	if e.Source == "" {
		return head
	}
	return head + "\n    " + e.Source + "\n    " + strings.Repeat(" ", max(e.Column-1, 0)) + "^"
}

// document is a file as it was written, to find the place of a mistake.
type document struct {
	name  string
	lines []string
	tree  *ast.File
}

// at makes an [Error] for a place that a YAML path names.
func (d *document) at(path, message string) error {
	if p, err := yaml.PathString(path); err == nil && d.tree != nil {
		if node, err := p.FilterFile(d.tree); err == nil && node != nil {
			return d.mark(node.GetToken(), message)
		}
	}
	return &Error{File: d.name, Message: message}
}

// from makes an [Error] of one of the YAML library's.
func (d *document) from(err error) error {
	var e yaml.Error
	if !errors.As(err, &e) {
		return &Error{File: d.name, Message: err.Error()}
	}
	message := e.GetMessage()
	var kind *yaml.TypeError
	if errors.As(err, &kind) {
		message = fmt.Sprintf("%s is expected here, not %s", article(kind.DstType.String()), article(kind.SrcType.String()))
	}
	var shape *yaml.UnexpectedNodeTypeError
	if errors.As(err, &shape) {
		switch shape.Expected {
		case ast.SequenceType:
			message = "a list is expected here"
		case ast.MappingType:
			message = "a mapping is expected here"
		}
	}
	return d.mark(e.GetToken(), message)
}

func (d *document) mark(t *token.Token, message string) error {
	e := &Error{File: d.name, Message: message}
	if t == nil || t.Position == nil {
		return e
	}
	e.Line, e.Column = t.Position.Line, t.Position.Column
	if e.Line >= 1 && e.Line <= len(d.lines) {
		e.Source = maskSecrets(d.lines[e.Line-1])
	}
	return e
}

// secretKeys finds values of keys that are secret by name. References stay.
var secretKeys = regexp.MustCompile(`(?i)([\w-]*(?:key|secret|token|password)[\w-]*["']?\s*:\s*)("[^"]*"?|'[^']*'?|[^\s,}]+.*)`)

// urlPassword finds who a URL logs in as.
var urlPassword = regexp.MustCompile(`://[^/\s"']*@`)

func maskSecrets(line string) string {
	line = urlPassword.ReplaceAllString(line, "://[redacted]@")
	return secretKeys.ReplaceAllStringFunc(line, func(field string) string {
		parts := secretKeys.FindStringSubmatch(field)
		value := strings.Trim(parts[2], `"'`)
		if strings.HasPrefix(value, "env:") || strings.HasPrefix(value, "file:") {
			return field
		}
		return parts[1] + "[redacted]"
	})
}

// article names a Go type as someone who writes YAML knows it.
func article(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case strings.HasPrefix(goType, "map") || strings.HasPrefix(goType, "config.") && goType != "config.Duration" && goType != "config.SecretRef":
		return "a mapping"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "int") || strings.HasPrefix(goType, "uint") || strings.HasPrefix(goType, "float"):
		return "a number"
	default:
		return "a text"
	}
}
