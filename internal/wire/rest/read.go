package rest

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/aws/smithy-go"
)

var errNull = errors.New("null stands in a list")

var timeType = reflect.TypeFor[time.Time]()

// structReader fills a struct that has no Deserialize of its own.
type structReader struct {
	schema *smithy.Schema
	fields map[string]int // nil: by name
	v      reflect.Value
	at     string // the member that is being read
}

// Deserialize implements [smithy.Deserializable].
func (s *structReader) Deserialize(d smithy.ShapeDeserializer) error {
	return smithy.ReadStruct(d, s.schema, func(member *smithy.Schema) error {
		s.at = member.MemberName()
		return read(d, member, s.field(s.at))
	})
}

func (s *structReader) field(member string) reflect.Value {
	if s.fields != nil {
		return s.v.Field(s.fields[member])
	}
	return s.v.FieldByName(goName(member))
}

// read fills v, whose wire type is schema.
func read(d smithy.ShapeDeserializer, schema *smithy.Schema, v reflect.Value) error {
	if v.Type() == timeType {
		return d.ReadTime(schema, v.Addr().Interface().(*time.Time))
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return read(d, schema, v.Elem())
	case reflect.Struct:
		if own, ok := v.Addr().Interface().(smithy.Deserializable); ok {
			return own.Deserialize(d)
		}
		return (&structReader{schema: schema, v: v}).Deserialize(d)
	case reflect.Slice:
		return readSlice(d, schema, v)
	case reflect.Map:
		return readMap(d, schema, v)
	case reflect.Interface:
		return readInterface(d, schema, v)
	}
	return readScalar(d, schema, v)
}

func readScalar(d smithy.ShapeDeserializer, schema *smithy.Schema, v reflect.Value) error {
	switch p := v.Addr().Interface().(type) {
	case *bool:
		return d.ReadBool(schema, p)
	case *int32:
		return d.ReadInt32(schema, p)
	case *int64:
		return d.ReadInt64(schema, p)
	case *float32:
		return d.ReadFloat32(schema, p)
	case *float64:
		return d.ReadFloat64(schema, p)
	}
	if v.Kind() != reflect.String {
		return fmt.Errorf("no JSON form is known for %s", v.Type())
	}
	var text string
	err := d.ReadString(schema, &text)
	v.SetString(text)
	return err
}

func readSlice(d smithy.ShapeDeserializer, schema *smithy.Schema, v reflect.Value) error {
	if isBytes(v.Type()) {
		return d.ReadBlob(schema, v.Addr().Interface().(*[]byte))
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	return smithy.ReadList(d, schema, func() error {
		if null, err := d.ReadNil(schema.ListMember()); err != nil {
			return err
		} else if null {
			return errNull
		}
		item := reflect.New(v.Type().Elem()).Elem()
		if err := read(d, schema.ListMember(), item); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
		return nil
	})
}

func readMap(d smithy.ShapeDeserializer, schema *smithy.Schema, v reflect.Value) error {
	v.Set(reflect.MakeMap(v.Type()))
	return smithy.ReadMap(d, schema, func(key string) error {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := read(d, schema.MapValue(), item); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), item)
		return nil
	})
}

// readInterface reads a document, or the one member of a union that is given.
func readInterface(d smithy.ShapeDeserializer, schema *smithy.Schema, v reflect.Value) error {
	if from, ok := documents[v.Type()]; ok {
		doc, err := from(d)
		if err == nil && doc != nil {
			v.Set(reflect.ValueOf(doc))
		}
		return err
	}
	members, ok := unions[v.Type()]
	if !ok {
		return fmt.Errorf("the members of the union %s are not listed", v.Type())
	}
	return smithy.ReadUnion(d, schema, func(member *smithy.Schema) error {
		t, ok := members[goName(member.MemberName())]
		if !ok {
			return fmt.Errorf("the union %s has no listed member %s", v.Type(), member.MemberName())
		}
		given := reflect.New(t)
		v.Set(given)
		return read(d, member, given.Elem().FieldByName("Value"))
	})
}
