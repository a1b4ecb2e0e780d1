package golden

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Operation is a method of an SDK client.
type Operation struct {
	Name   string
	In     reflect.Type // the input struct
	Out    reflect.Type // the output struct
	method reflect.Value
}

// Operations lists what an SDK client can call.
func Operations(client any) []Operation {
	var out []Operation
	v := reflect.ValueOf(client)
	for i := range v.NumMethod() {
		m := v.Method(i).Type()
		if m.NumIn() != 3 || m.NumOut() != 2 || m.In(1).Kind() != reflect.Pointer {
			continue
		}
		out = append(out, Operation{
			Name: v.Type().Method(i).Name, In: m.In(1).Elem(), Out: m.Out(0).Elem(), method: v.Method(i),
		})
	}
	return out
}

// Call calls the operation with in, a pointer to its input struct.
func (o Operation) Call(t *testing.T, in any) (out any, err error) {
	t.Helper()
	results := o.method.Call([]reflect.Value{reflect.ValueOf(context.Background()), reflect.ValueOf(in)})
	if err, ok := results[1].Interface().(error); ok {
		return nil, err
	}
	return results[0].Interface(), nil
}

// Filler fills structs so that every member of them is set.
type Filler struct {
	Union func(reflect.Type) any // a value for an interface type
	n     int
}

// Fill sets every exported field of the struct that p points to. Lists and
// maps have two entries; what contains itself ends after a few rounds.
func (f *Filler) Fill(p any) { f.fill(reflect.ValueOf(p).Elem(), 0) }

const maxDepth = 8

var timeType = reflect.TypeFor[time.Time]()

func (f *Filler) fill(v reflect.Value, depth int) {
	if depth > maxDepth {
		return
	}
	f.n++
	switch {
	case v.Type() == timeType:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 22, 1, 2, f.n%60, 0, time.UTC)))
		return
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		v.SetBytes(fmt.Appendf(nil, "bytes %d \x00\xff", f.n))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), depth+1)
	case reflect.Struct:
		f.fillStruct(v, depth)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0), depth+1)
		f.fill(v.Index(1), depth+1)
	case reflect.Map:
		f.fillMap(v, depth)
	case reflect.Interface:
		if value := f.Union(v.Type()); value != nil {
			v.Set(reflect.ValueOf(value))
		}
	default:
		f.fillScalar(v)
	}
}

func (f *Filler) fillStruct(v reflect.Value, depth int) {
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.IsExported() && field.Name != "ResultMetadata" {
			f.fill(v.Field(i), depth+1)
		}
	}
}

func (f *Filler) fillMap(v reflect.Value, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	for range 2 {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key, depth+1)
		f.fill(value, depth+1)
		v.SetMapIndex(key, value)
	}
}

func (f *Filler) fillScalar(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprintf("v%d <&> \"ü\"\n end", f.n))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(f.n) + 0.5)
	case reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.n))
	}
}

// Diff compares SDK structs, except for their metadata. opts say how to compare
// what the SDK keeps private.
func Diff(want, got any, opts ...cmp.Option) string {
	opts = append(opts, cmp.FilterPath(func(p cmp.Path) bool {
		field, ok := p.Last().(cmp.StructField)
		return ok && (field.Name() == "ResultMetadata" || field.Name() == "noSmithyDocumentSerde")
	}, cmp.Ignore()))
	return cmp.Diff(want, got, opts...)
}
