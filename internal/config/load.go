package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const maxFileBytes = 4 << 20

// Parse lays a hardpan.yaml over the defaults and checks the whole. Unknown keys,
// wrong types and duplicate keys are errors of type *[Error]; name is the file's,
// for the errors.
func Parse(name string, data []byte) (*Config, error) {
	c, d, err := decode(name, data)
	if err != nil {
		return nil, err
	}
	return c, c.check(d)
}

// decode reads without checking, for flags and environment may yet change values.
func decode(name string, data []byte) (*Config, *document, error) {
	c := Default()
	d := &document{name: name, lines: strings.Split(string(data), "\n")}
	if len(data) > maxFileBytes {
		return nil, d, &Error{File: name, Message: fmt.Sprintf("the file is larger than %d bytes", maxFileBytes)}
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, d, d.from(err)
	}
	d.tree = tree
	if len(tree.Docs) > 1 {
		return nil, d, &Error{File: name, Message: "the file holds more than one document; only one is read"}
	}
	if isEmpty(tree) { // it changes nothing; decoding it would clear the defaults
		return c, d, nil
	}
	err = yaml.NewDecoder(bytes.NewReader(data), yaml.DisallowUnknownField()).Decode(c)
	if err != nil {
		return nil, d, d.from(err)
	}
	return c, d, nil
}

func isEmpty(tree *ast.File) bool {
	for _, doc := range tree.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.NullType && doc.Body.Type() != ast.CommentType {
			return false
		}
	}
	return true
}

// read reads a file; an absent one that nobody named is empty.
func read(path string, named bool) ([]byte, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && !named {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return data, nil
}
