package cedar

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	schemaast "github.com/cedar-policy/cedar-go/x/exp/schema/ast"
)

// MaxSchemaSize is how large a policy engine's schema may be over all of its
// gateways, as Cedar text in bytes (developer guide, policy-limitations-section).
// How AWS prints it is not public: indentation and line breaks do not count here.
const MaxSchemaSize = 400_000

// ErrSchemaTooLarge: the schema of all gateways is over [MaxSchemaSize].
var ErrSchemaTooLarge = errors.New("the Cedar schema of all gateways is too large")

// Schema is what policies can be about at a policy engine's gateways. It is
// immutable and safe for use by many at once.
//
// Two gateways may have tools of one name with different inputs. Each gateway's
// actions are therefore typed by themselves, and a policy is checked against the
// gateways that it can be about.
type Schema struct {
	gateways map[string]*gatewaySchema
}

// NewSchema returns the schema of gateways. It fails on a target name that cannot
// be used, on two actions of one name at a gateway, on an input schema that is no
// JSON, and with [ErrSchemaTooLarge].
func NewSchema(gateways ...Gateway) (*Schema, error) {
	s := &Schema{gateways: make(map[string]*gatewaySchema, len(gateways))}
	for _, g := range gateways {
		compiled, err := newGatewaySchema(g)
		if err != nil {
			return nil, err
		}
		s.gateways[g.ARN] = compiled
	}
	return s, s.checkSize()
}

// With returns a schema in which a gateway is added or takes the place of the one
// with its ARN; only that gateway is looked at again. It fails as [NewSchema].
func (s *Schema) With(g Gateway) (*Schema, error) {
	compiled, err := newGatewaySchema(g)
	if err != nil {
		return nil, err
	}
	next := &Schema{gateways: maps.Clone(s.gateways)}
	next.gateways[g.ARN] = compiled
	return next, next.checkSize()
}

// Without returns a schema that does not have the gateway.
func (s *Schema) Without(arn string) *Schema {
	next := &Schema{gateways: maps.Clone(s.gateways)}
	delete(next.gateways, arn)
	return next
}

// Gateways returns the ARNs of the schema's gateways, sorted.
func (s *Schema) Gateways() []string { return slices.Sorted(maps.Keys(s.gateways)) }

// Actions returns what can be asked for at a gateway, sorted by id; nil for a
// gateway that is not in the schema.
func (s *Schema) Actions(gateway string) []Action {
	g := s.gateways[gateway]
	if g == nil {
		return nil
	}
	return g.sorted
}

// Notes returns what of the tools' inputs policies cannot see, by gateway and action.
func (s *Schema) Notes() []Note {
	var notes []Note
	for _, arn := range s.Gateways() {
		notes = append(notes, s.gateways[arn].notes...)
	}
	return notes
}

// Size returns how large the schema is, in bytes of Cedar text without indentation
// and line breaks. What several gateways have in common counts for each.
func (s *Schema) Size() int {
	size := 0
	for _, g := range s.gateways {
		size += g.size
	}
	return size
}

func (s *Schema) checkSize() error {
	if size := s.Size(); size > MaxSchemaSize {
		return fmt.Errorf("%w: %d bytes, more than %d: give gateways fewer tools, or smaller input schemas, or another policy engine",
			ErrSchemaTooLarge, size, MaxSchemaSize)
	}
	return nil
}

// Cedar returns the schema as Cedar schema text: that of one gateway by its ARN,
// or with "" all that is the same at every gateway that has it. It is nil for a
// gateway that is not in the schema.
func (s *Schema) Cedar(gateway string) []byte {
	ast := s.ast(gateway)
	if ast == nil {
		return nil
	}
	text, err := schema.NewSchemaFromAST(ast).MarshalCedar()
	if err != nil {
		return nil // cedar-go has no such case
	}
	return text
}

// JSON returns what [Schema.Cedar] returns, in Cedar's JSON form.
func (s *Schema) JSON(gateway string) ([]byte, error) {
	ast := s.ast(gateway)
	if ast == nil {
		return nil, fmt.Errorf("gateway %s is not in the schema", gateway)
	}
	text, err := schema.NewSchemaFromAST(ast).MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("printing the schema: %w", err)
	}
	return text, nil
}

func (s *Schema) ast(gateway string) *schemaast.Schema {
	if gateway != "" {
		if g := s.gateways[gateway]; g != nil {
			return g.ast
		}
		return nil
	}
	merged := emptyAST(nil)
	conflicting := make(map[types.String]bool)
	for _, arn := range s.Gateways() {
		mergeAST(merged, s.gateways[arn].ast, conflicting)
	}
	return merged
}

// mergeAST adds what a gateway has to a schema of several. An action that two
// gateways type differently is in neither.
func mergeAST(into, from *schemaast.Schema, conflicting map[types.String]bool) {
	to, add := into.Namespaces[namespace], from.Namespaces[namespace]
	for id, action := range add.Actions {
		known, ok := to.Actions[id]
		switch {
		case conflicting[id]:
		case ok && !sameAction(id, known, to, action, add):
			conflicting[id] = true
			delete(to.Actions, id)
		case !ok:
			to.Actions[id] = action
			if name, ok := contextTypeName(action); ok {
				to.CommonTypes[name] = add.CommonTypes[name]
			}
		}
	}
}

// sameAction tells whether two gateways give an action the same text.
func sameAction(id types.String, a schemaast.Action, inA schemaast.Namespace, b schemaast.Action, inB schemaast.Namespace) bool {
	text := func(action schemaast.Action, in schemaast.Namespace) []byte {
		alone := emptyAST(nil)
		alone.Namespaces[namespace].Actions[id] = action
		if name, ok := contextTypeName(action); ok {
			alone.Namespaces[namespace].CommonTypes[name] = in.CommonTypes[name]
		}
		out, _ := schema.NewSchemaFromAST(alone).MarshalCedar()
		return out
	}
	return bytes.Equal(text(a, inA), text(b, inB))
}
