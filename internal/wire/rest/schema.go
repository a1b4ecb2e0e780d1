package rest

import (
	"fmt"
	"reflect"
	"regexp"
	"unicode"
	"unicode/utf8"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/prelude"
	"github.com/aws/smithy-go/traits"
)

// Option says where a member of an input travels, if not where its name says.
type Option func(*declaration)

// Query says that a member of the input is the query parameter name, e.g.
// Query("typeEquals", "type").
func Query(member, name string) Option {
	return func(d *declaration) { d.traits[member] = &traits.HTTPQuery{Name: name} }
}

// Header says that a member of the input is the header name.
func Header(member, name string) Option {
	return func(d *declaration) { d.traits[member] = &traits.HTTPHeader{Name: name} }
}

// Rename says that a member of the input's body is spelled name in JSON.
func Rename(member, name string) Option {
	return func(d *declaration) { d.traits[member] = &traits.JSONName{Name: name} }
}

// Payload says that a member of the input is the whole body.
func Payload(member string) Option {
	return func(d *declaration) { d.traits[member] = &traits.HTTPPayload{} }
}

type declaration struct {
	traits map[string]smithy.Trait // by member
	types  map[reflect.Type]*smithy.Schema
}

var label = regexp.MustCompile(`\{(\w+)\+?\}`)

// Operation describes an operation of an SDK module without schemas, from its
// structs: a member's name is its field's with the first letter in lower case,
// a member that uri names in braces is a path label, and the other members of
// a GET or DELETE are query parameters. Times are written as date-time, as
// Amazon Bedrock's control plane does. in and out are zero structs. It panics
// on an option for a member that is not there.
func Operation(name, method, uri string, status int, in, out any, opts ...Option) *smithy.OperationSchema {
	d := &declaration{traits: map[string]smithy.Trait{}, types: map[reflect.Type]*smithy.Schema{}}
	input := reflect.TypeOf(in)
	if method == "GET" || method == "DELETE" {
		for member := range members(input) {
			d.traits[member] = &traits.HTTPQuery{Name: member}
		}
	}
	for _, m := range label.FindAllStringSubmatch(uri, -1) {
		d.traits[m[1]] = &traits.HTTPLabel{}
	}
	for _, opt := range opts {
		opt(d)
	}
	for member := range d.traits {
		if _, ok := members(input)[member]; !ok {
			panic(fmt.Sprintf("rest: %s binds %q, which %s does not have", name, member, input))
		}
	}
	route := &traits.HTTP{Method: method, URI: uri, Code: status}
	op := smithy.NewSchema(shapeID(name), smithy.ShapeTypeOperation, 0, route)
	return smithy.NewOperationSchema(op, d.structure(input, d.traits), d.structure(reflect.TypeOf(out), nil))
}

func shapeID(name string) smithy.ShapeID { return smithy.ShapeID{Namespace: "hardpan", Name: name} }

// members lists the fields of t that are on the wire, by member name.
func members(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.IsExported() && f.Name != "ResultMetadata" {
			out[memberName(f.Name)] = f.Type
		}
	}
	return out
}

func memberName(field string) string {
	r, n := utf8.DecodeRuneInString(field)
	return string(unicode.ToLower(r)) + field[n:]
}

func (d *declaration) structure(t reflect.Type, bound map[string]smithy.Trait) *smithy.Schema {
	s := smithy.NewSchema(shapeID(t.Name()), smithy.ShapeTypeStructure, t.NumField())
	d.types[t] = s
	for member, typ := range members(t) {
		target := d.schema(typ)
		if trait, ok := bound[member]; ok {
			s.AddMember(member, target, trait)
			continue
		}
		s.AddMember(member, target)
	}
	return s
}

// schema describes t. A type that contains itself is described once.
func (d *declaration) schema(t reflect.Type) *smithy.Schema {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s, ok := scalars[t.Kind()]; ok {
		return s
	}
	if t == timeType {
		return dateTime
	}
	if isBytes(t) {
		return prelude.Blob
	}
	if s, ok := d.types[t]; ok {
		return s
	}
	switch t.Kind() {
	case reflect.Struct:
		return d.structure(t, nil)
	case reflect.Slice:
		return d.list(t)
	case reflect.Map:
		return d.mapping(t)
	case reflect.Interface:
		return d.union(t)
	}
	panic(fmt.Sprintf("rest: no schema for %s", t))
}

var scalars = map[reflect.Kind]*smithy.Schema{
	reflect.String: prelude.String, reflect.Bool: prelude.Boolean,
	reflect.Int32: prelude.Integer, reflect.Int64: prelude.Long,
	reflect.Float32: prelude.Float, reflect.Float64: prelude.Double,
}

var dateTime = smithy.NewSchema(shapeID("DateTime"), smithy.ShapeTypeTimestamp, 0,
	&traits.TimestampFormat{Format: "date-time"})

func (d *declaration) list(t reflect.Type) *smithy.Schema {
	s := smithy.NewSchema(shapeID(t.String()), smithy.ShapeTypeList, 1)
	d.types[t] = s
	s.AddMember("member", d.schema(t.Elem()))
	return s
}

func (d *declaration) mapping(t reflect.Type) *smithy.Schema {
	s := smithy.NewSchema(shapeID(t.String()), smithy.ShapeTypeMap, 2)
	d.types[t] = s
	s.AddMember("key", prelude.String)
	s.AddMember("value", d.schema(t.Elem()))
	return s
}

func (d *declaration) union(t reflect.Type) *smithy.Schema {
	listed, ok := unions[t]
	if !ok {
		panic(fmt.Sprintf("rest: the members of the union %s are not listed", t))
	}
	s := smithy.NewSchema(shapeID(t.Name()), smithy.ShapeTypeUnion, len(listed))
	d.types[t] = s
	for name, member := range listed {
		value, _ := member.FieldByName("Value")
		s.AddMember(memberName(name), d.schema(value.Type))
	}
	return s
}
