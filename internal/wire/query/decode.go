package query

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"

	smithytime "github.com/aws/smithy-go/time"

	"hardpan/internal/awserr"
)

// Decode reads a form into in, a pointer to an operation's input struct.
//
// Unknown parameters are ignored, as AWS does. A value of the wrong type, a
// list index that is not a plain number from 1 to [MaxIndex], and a parameter
// that is given twice are a MalformedInput; too many parameters a
// ValidationError. Lists keep the order of their indexes; gaps close. The
// codes are from memory, unverified.
func Decode(values url.Values, in any) error {
	root, err := newNode(values)
	if err != nil {
		return err
	}
	return readStruct(root, "", reflect.ValueOf(in).Elem())
}

func readStruct(n *node, path string, v reflect.Value) error {
	for _, m := range members(v.Type()) {
		child := n.children[m.name]
		if child == nil {
			continue
		}
		if err := read(child, join(path, m.name), v.Field(m.index)); err != nil {
			return err
		}
	}
	return nil
}

// read fills v from what stands under path.
func read(n *node, path string, v reflect.Value) error {
	switch {
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return read(n, path, v.Elem())
	case v.Type() == timeType || isBytes(v.Type()):
		return readText(n, path, v)
	}
	switch v.Kind() {
	case reflect.Struct:
		return readStruct(n, path, v)
	case reflect.Slice:
		return readList(n, path, v)
	case reflect.Map:
		return readMap(n, path, v)
	case reflect.Interface:
		return readUnion(n, path, v)
	}
	return readText(n, path, v)
}

// readList reads path.member.N. "path=" is the empty list.
func readList(n *node, path string, v reflect.Value) error {
	entries, err := n.numbered("member", path)
	if err != nil {
		return err
	}
	list := reflect.MakeSlice(v.Type(), len(entries), len(entries))
	for i, e := range entries {
		if err := read(e.node, fmt.Sprintf("%s.member.%d", path, e.index), list.Index(i)); err != nil {
			return err
		}
	}
	v.Set(list)
	return nil
}

// readMap reads path.entry.N.key and path.entry.N.value.
func readMap(n *node, path string, v reflect.Value) error {
	entries, err := n.numbered("entry", path)
	if err != nil {
		return err
	}
	m := reflect.MakeMapWithSize(v.Type(), len(entries))
	for _, e := range entries {
		at := fmt.Sprintf("%s.entry.%d", path, e.index)
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if err := readPart(e.node, at, "key", key); err != nil {
			return err
		}
		if m.MapIndex(key).IsValid() {
			return malformed("%s.key is given more than once with the same value.", at)
		}
		if err := readPart(e.node, at, "value", value); err != nil {
			return err
		}
		m.SetMapIndex(key, value)
	}
	v.Set(m)
	return nil
}

func readPart(n *node, path, part string, v reflect.Value) error {
	child := n.children[part]
	if child == nil {
		return malformed("%s has no %s.", path, part)
	}
	return read(child, join(path, part), v)
}

// readUnion reads the one member of a union that is given.
func readUnion(n *node, path string, v reflect.Value) error {
	if len(n.children) != 1 {
		return malformed("%s must have exactly one member, it has %d.", path, len(n.children))
	}
	for name, child := range n.children {
		t, ok := unions[v.Type()][name]
		if !ok {
			return malformed("%s has no member %s.", path, clip(name))
		}
		given := reflect.New(t)
		v.Set(given)
		return read(child, join(path, name), given.Elem().FieldByName("Value"))
	}
	return nil
}

func readText(n *node, path string, v reflect.Value) error {
	if n.text == nil {
		return malformed("%s is not a list or structure.", path)
	}
	if err := parse(*n.text, v); err != nil {
		return malformed("The value of %s is not a valid %s.", path, kindName(v)).Because(err)
	}
	return nil
}

func parse(text string, v reflect.Value) error {
	switch {
	case v.Type() == timeType:
		t, err := smithytime.ParseDateTime(text)
		v.Set(reflect.ValueOf(t))
		return err
	case isBytes(v.Type()):
		b, err := base64.StdEncoding.DecodeString(text)
		v.SetBytes(b)
		return err
	case v.Kind() == reflect.Bool:
		b, err := parseBool(text)
		v.SetBool(b)
		return err
	case v.CanInt():
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
		return err
	case v.Kind() == reflect.String:
		v.SetString(text)
		return nil
	}
	return fmt.Errorf("no form is known for %s", v.Type())
}

func parseBool(text string) (bool, error) {
	switch text {
	case "true", "True", "TRUE":
		return true, nil
	case "false", "False", "FALSE":
		return false, nil
	}
	return false, strconv.ErrSyntax
}

func kindName(v reflect.Value) string {
	switch {
	case v.Type() == timeType:
		return "timestamp"
	case isBytes(v.Type()):
		return "base64 value"
	case v.Kind() == reflect.Bool:
		return "boolean"
	case v.CanInt():
		return "integer"
	}
	return "value"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func clip(text string) string {
	if len(text) > 64 {
		return text[:64] + "…"
	}
	return text
}

func malformed(format string, args ...any) *awserr.Error {
	return awserr.New("MalformedInput", http.StatusBadRequest, format, args...)
}
