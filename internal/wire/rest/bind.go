package rest

import (
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"

	smithytime "github.com/aws/smithy-go/time"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hardpan/internal/awserr"
)

// where a member travels that is not in the body.
type where int

const (
	inLabel where = iota
	inQuery
	inHeader
)

// binding is a member that the URL or a header carries.
type binding struct {
	field int
	name  string // of the label, query parameter or header
	where where
}

func bindingOf(member string, field int, s *smithy.Schema) (binding, bool) {
	if _, ok := smithy.SchemaTrait[*traits.HTTPLabel](s); ok {
		return binding{field: field, name: member, where: inLabel}, true
	}
	if q, ok := smithy.SchemaTrait[*traits.HTTPQuery](s); ok {
		return binding{field: field, name: q.Name, where: inQuery}, true
	}
	if h, ok := smithy.SchemaTrait[*traits.HTTPHeader](s); ok {
		return binding{field: field, name: http.CanonicalHeaderKey(h.Name), where: inHeader}, true
	}
	return binding{}, false
}

// read sets the field from r. What r does not carry stays unset.
func (b *binding) read(r *Request, v reflect.Value) error {
	f := v.Field(b.field)
	values, err := b.values(r, f.Kind() == reflect.Slice)
	if err != nil || len(values) == 0 {
		return err
	}
	if f.Kind() != reflect.Slice {
		return b.set(f, values[0])
	}
	list := reflect.MakeSlice(f.Type(), len(values), len(values))
	for i, text := range values {
		if err := b.set(list.Index(i), text); err != nil {
			return err
		}
	}
	f.Set(list)
	return nil
}

func (b *binding) values(r *Request, list bool) ([]string, error) {
	switch b.where {
	case inLabel:
		if text, ok := r.Labels[b.name]; ok {
			return []string{text}, nil
		}
		return nil, nil
	case inQuery:
		return r.Query[b.name], nil
	}
	values := r.Header[b.name]
	if !list {
		return values, nil
	}
	split, err := smithyhttp.SplitHeaderListValues(values)
	if err != nil {
		return nil, serialization("The header %s is not a list of values.", b.name).Because(err)
	}
	return split, nil
}

// set parses text into f. The exception's name for a number that is none is
// from memory, unverified.
func (b *binding) set(f reflect.Value, text string) error {
	if f.Kind() == reflect.Pointer {
		f.Set(reflect.New(f.Type().Elem()))
		f = f.Elem()
	}
	if err := parseText(f, text); err != nil {
		return serialization("The value of %s is not a valid %s.", b.name, textKind(f)).Because(err)
	}
	return nil
}

func parseText(f reflect.Value, text string) error {
	if f.Type() == timeType {
		t, err := parseTime(text)
		f.Set(reflect.ValueOf(t))
		return err
	}
	switch f.Kind() {
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		f.SetBool(b)
		return err
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, f.Type().Bits())
		f.SetInt(n)
		return err
	case reflect.Float32, reflect.Float64:
		n, err := strconv.ParseFloat(text, f.Type().Bits())
		f.SetFloat(n)
		return err
	}
	f.SetString(text)
	return nil
}

// parseTime reads the two forms that Smithy binds outside bodies: date-time in
// queries and labels, http-date in headers.
func parseTime(text string) (time.Time, error) {
	t, err := smithytime.ParseDateTime(text)
	if err != nil {
		t, err = smithytime.ParseHTTPDate(text)
	}
	return t, err
}

func textKind(f reflect.Value) string {
	switch {
	case f.Type() == timeType:
		return "timestamp"
	case f.Kind() == reflect.Bool:
		return "boolean"
	case f.CanInt():
		return "integer"
	}
	return "number"
}

func serialization(format string, args ...any) *awserr.Error {
	return awserr.New("SerializationException", http.StatusBadRequest, format, args...)
}
