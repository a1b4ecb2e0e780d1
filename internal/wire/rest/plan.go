package rest

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"
)

// A plan is what one struct of one operation needs to be read or written,
// worked out once.
type plan struct {
	status   int
	bound    []binding      // members outside the body
	body     *smithy.Schema // the members inside it
	payload  int            // the field that is the whole body, or -1
	fields   map[string]int // field by member name
	request  *smithy.OperationSchema
	response *smithy.OperationSchema
}

type planKey struct {
	op  *smithy.OperationSchema
	typ reflect.Type
}

var plans sync.Map // planKey → *plan

// planFor returns the plan of t, which is op's input or output struct. It
// panics if the struct does not fit the schema: a fault of the declaration,
// which the first call of a test shows.
func planFor(op *smithy.OperationSchema, t reflect.Type) *plan {
	key := planKey{op, t}
	if p, ok := plans.Load(key); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(key, newPlan(op, t))
	return p.(*plan)
}

func newPlan(op *smithy.OperationSchema, t reflect.Type) *plan {
	schema := op.Input
	if strings.HasSuffix(t.Name(), "Output") {
		schema = op.Output
	}
	route, ok := smithy.SchemaTrait[*traits.HTTP](op.Schema)
	if !ok {
		panic(fmt.Sprintf("rest: %s has no HTTP binding", op.ID().Name))
	}
	p := &plan{status: route.Code, payload: -1, fields: map[string]int{}}
	p.body = smithy.NewSchema(schema.ID(), smithy.ShapeTypeStructure, len(schema.Members()))
	for name, member := range schema.Members() {
		p.place(name, member, t)
	}
	p.turnAround(op, schema)
	return p
}

// place says where a member travels. A streamed union has no field: the
// stream is written apart.
func (p *plan) place(name string, member *smithy.Schema, t reflect.Type) {
	if _, streamed := smithy.SchemaTrait[*traits.Streaming](member); streamed && member.Type() == smithy.ShapeTypeUnion {
		return
	}
	if unsupported(member) {
		panic(fmt.Sprintf("rest: the binding of %q of %s is not built", name, t))
	}
	field, ok := t.FieldByName(goName(name))
	if !ok {
		panic(fmt.Sprintf("rest: %s has no field for member %q", t, name))
	}
	index := field.Index[0]
	p.fields[name] = index
	if b, ok := bindingOf(name, index, member); ok {
		p.bound = append(p.bound, b)
		return
	}
	if _, ok := smithy.SchemaTrait[*traits.HTTPPayload](member); ok && isBytes(field.Type) {
		p.payload = index
	}
	p.body.AddMember(name, member)
}

// unsupported tells the HTTP bindings that no operation served so far has. To
// ignore one would read it from the body.
func unsupported(m *smithy.Schema) bool {
	_, params := smithy.SchemaTrait[*traits.HTTPQueryParams](m)
	_, prefix := smithy.SchemaTrait[*traits.HTTPPrefixHeaders](m)
	_, status := smithy.SchemaTrait[*traits.HTTPResponseCode](m)
	return params || prefix || status
}

// turnAround makes the operations that the client protocol is given: one that
// answers with what is a request here, one that sends what is an answer.
func (p *plan) turnAround(op *smithy.OperationSchema, schema *smithy.Schema) {
	route := &traits.HTTP{Method: "POST", URI: "/", Code: p.status}
	bare := smithy.NewSchema(op.ID(), smithy.ShapeTypeOperation, 0, route)
	p.request = smithy.NewOperationSchema(bare, nil, p.body)
	p.response = smithy.NewOperationSchema(bare, schema, nil)
}

// goName is the SDK's field name of a member: its first letter in upper case.
func goName(member string) string {
	r, n := utf8.DecodeRuneInString(member)
	return string(unicode.ToUpper(r)) + member[n:]
}

func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

func setPayload(f reflect.Value, body []byte) {
	if len(body) > 0 {
		f.SetBytes(body)
	}
}
