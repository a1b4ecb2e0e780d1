package query

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"hardpan/internal/awserr"
)

// Encode writes out, a pointer to operation's output struct, as AWS's XML:
//
//	<OpResponse xmlns="…"><OpResult>…</OpResult><ResponseMetadata>…
//
// Elements stand in the order of the struct's fields. What is nil is left out;
// a list that is empty but not nil is an empty element. An output without
// members has no result element but for those in emptyResults. Times are whole seconds in UTC.
func Encode(operation, xmlns, requestID string, out any) ([]byte, error) {
	w := &writer{}
	w.open(operation+"Response", xmlns)
	v := reflect.ValueOf(out).Elem()
	if len(members(v.Type())) > 0 || emptyResults[v.Type()] {
		w.element(operation+"Result", v)
	}
	w.b.WriteString("<ResponseMetadata>")
	w.text("RequestId", requestID)
	w.b.WriteString("</ResponseMetadata>")
	w.close(operation + "Response")
	if w.err != nil {
		return nil, fmt.Errorf("encode the answer of %s: %w", operation, w.err)
	}
	return w.b.Bytes(), nil
}

// Error writes e as AWS's query services do. The cause of e is not written.
func Error(xmlns, requestID string, e *awserr.Error) []byte {
	blame := "Sender"
	if e.Status >= http.StatusInternalServerError {
		blame = "Receiver"
	}
	w := &writer{}
	w.open("ErrorResponse", xmlns)
	w.b.WriteString("<Error>")
	w.text("Type", blame)
	w.text("Code", e.Code)
	w.text("Message", e.Message)
	w.b.WriteString("</Error>")
	w.text("RequestId", requestID)
	w.close("ErrorResponse")
	return w.b.Bytes()
}

type writer struct {
	b   bytes.Buffer
	err error // the first type without a form
}

func (w *writer) open(name, xmlns string) {
	w.b.WriteString("<" + name + ` xmlns="`)
	w.escape(xmlns)
	w.b.WriteString(`">`)
}

func (w *writer) close(name string) { w.b.WriteString("</" + name + ">") }

func (w *writer) text(name, text string) {
	w.b.WriteString("<" + name + ">")
	w.escape(text)
	w.close(name)
}

// escape writes text; a character that XML cannot hold becomes U+FFFD.
func (w *writer) escape(text string) {
	_ = xml.EscapeText(&w.b, []byte(text)) // a buffer takes everything
}

func (w *writer) element(name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		w.element(name, v.Elem())
		return
	case reflect.Interface:
		w.b.WriteString("<" + name + ">")
		w.union(v)
		w.close(name)
		return
	}
	w.b.WriteString("<" + name + ">")
	w.content(v)
	w.close(name)
}

func (w *writer) content(v reflect.Value) {
	switch {
	case v.Type() == timeType:
		w.b.WriteString(v.Interface().(time.Time).UTC().Format("2006-01-02T15:04:05Z"))
	case isBytes(v.Type()):
		w.b.WriteString(base64.StdEncoding.EncodeToString(v.Bytes()))
	case v.Kind() == reflect.Struct:
		w.structure(v)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			w.element("member", v.Index(i))
		}
	case v.Kind() == reflect.Map:
		w.entries(v)
	case v.Kind() == reflect.String:
		w.escape(v.String())
	case v.Kind() == reflect.Bool:
		w.b.WriteString(strconv.FormatBool(v.Bool()))
	case v.CanInt():
		w.b.WriteString(strconv.FormatInt(v.Int(), 10))
	default:
		w.err = fmt.Errorf("no XML form is known for %s", v.Type())
	}
}

func (w *writer) structure(v reflect.Value) {
	for _, m := range members(v.Type()) {
		if f := v.Field(m.index); isSet(f) {
			w.element(m.name, f)
		}
	}
}

// entries sorts by key, so that equal answers are equal bytes.
func (w *writer) entries(v reflect.Value) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		w.b.WriteString("<entry>")
		w.element("key", key)
		w.element("value", v.MapIndex(key))
		w.b.WriteString("</entry>")
	}
}

// union writes the member that v holds; the SDK names its type
// "<Union>Member<Name>".
func (w *writer) union(v reflect.Value) {
	given := v.Elem().Elem()
	name, ok := strings.CutPrefix(given.Type().Name(), v.Type().Name()+"Member")
	if !ok {
		w.err = fmt.Errorf("%s is no member of the union %s", given.Type(), v.Type())
		return
	}
	w.element(name, given.FieldByName("Value"))
}

// isSet tells what is written: what is not nil, an enumeration that is not
// empty, and plain numbers and booleans always.
func isSet(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return !v.IsNil()
	case reflect.String:
		return v.Len() > 0
	}
	return true
}
