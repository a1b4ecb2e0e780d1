package rest

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"
)

// serializable returns what writes out: the struct itself where the SDK
// generated its serializer, else one by reflection.
func (p *plan) serializable(out any, v reflect.Value) smithy.Serializable {
	if own, ok := out.(smithy.Serializable); ok {
		return own
	}
	return &structWriter{schema: p.response.Input, v: v}
}

// structWriter writes a struct that has no Serialize of its own.
type structWriter struct {
	schema *smithy.Schema
	v      reflect.Value
}

// Serialize implements [smithy.Serializable]. Members are written in the order
// of the struct's fields; unset ones are left out.
func (w *structWriter) Serialize(s smithy.ShapeSerializer) {
	s.WriteStruct(w.schema)
	for i := range w.v.NumField() {
		member := w.schema.Member(memberName(w.v.Type().Field(i).Name))
		if member != nil && isSet(w.v.Field(i)) {
			write(s, member, w.v.Field(i))
		}
	}
	s.CloseStruct()
}

// isSet tells what the SDK writes: pointers, lists and maps that are not nil,
// enumerations that are not empty, and plain numbers and booleans always.
func isSet(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return !v.IsNil()
	case reflect.String:
		return v.Len() > 0
	}
	return true
}

func write(s smithy.ShapeSerializer, schema *smithy.Schema, v reflect.Value) {
	if v.Type() == timeType {
		s.WriteTime(schema, v.Interface().(time.Time))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		write(s, schema, v.Elem())
	case reflect.Struct:
		(&structWriter{schema: schema, v: v}).Serialize(s)
	case reflect.Slice:
		writeSlice(s, schema, v)
	case reflect.Map:
		writeMap(s, schema, v)
	case reflect.Interface:
		writeUnion(s, schema, v)
	default:
		writeScalar(s, schema, v)
	}
}

func writeScalar(s smithy.ShapeSerializer, schema *smithy.Schema, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		s.WriteString(schema, v.String())
	case reflect.Bool:
		s.WriteBool(schema, v.Bool())
	case reflect.Int32:
		s.WriteInt32(schema, int32(v.Int()))
	case reflect.Int64:
		s.WriteInt64(schema, v.Int())
	case reflect.Float32:
		s.WriteFloat32(schema, float32(v.Float()))
	case reflect.Float64:
		s.WriteFloat64(schema, v.Float())
	}
}

func writeSlice(s smithy.ShapeSerializer, schema *smithy.Schema, v reflect.Value) {
	if isBytes(v.Type()) {
		s.WriteBlob(schema, v.Bytes())
		return
	}
	s.WriteList(schema)
	for i := range v.Len() {
		write(s, schema.ListMember(), v.Index(i))
	}
	s.CloseList()
}

// writeMap sorts the keys, so that equal answers are equal bytes.
func writeMap(s smithy.ShapeSerializer, schema *smithy.Schema, v reflect.Value) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	s.WriteMap(schema)
	for _, key := range keys {
		s.WriteKey(schema.MapKey(), key.String())
		write(s, schema.MapValue(), v.MapIndex(key))
	}
	s.CloseMap()
}

// writeUnion writes the member that v holds; the SDK names its type
// "<Union>Member<Name>".
func writeUnion(s smithy.ShapeSerializer, schema *smithy.Schema, v reflect.Value) {
	given := v.Elem().Elem()
	_, name, _ := strings.Cut(given.Type().Name(), v.Type().Name()+"Member")
	member := schema.Member(memberName(name))
	s.WriteUnion(schema, member)
	write(s, member, given.FieldByName("Value"))
	s.CloseUnion()
}
