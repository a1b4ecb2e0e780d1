package cedar

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
)

// Request is one call that is about to be made.
type Request struct {
	Principal Principal
	Gateway   string // ARN
	Action    Action
	Input     Input     // of the action, from [Schema.Input]
	Now       time.Time // context.system.now, to the millisecond
}

// Input is a call's arguments as policies see them.
type Input struct{ record types.Record }

// String returns the input as Cedar text.
func (in Input) String() string { return string(in.record.MarshalCedar()) }

// InputError says that an argument is not what the action's schema says.
type InputError struct {
	Action  Action
	Path    string // of the argument: "address.lines"; empty for all of them
	Message string
}

func (e *InputError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("the arguments of %s %s", e.Action.id, e.Message)
	}
	return fmt.Sprintf("argument %q of %s %s", e.Path, e.Action.id, e.Message)
}

// Input turns the JSON object of a call's arguments into what policies see of it.
// It fails with an [*InputError] if an argument is not of its type, if one is
// missing, if one is given that is not among the schema's properties (unless it
// says additionalProperties), and if a name stands twice in an object, of which
// the target might read another than policies do. A null is an argument that is
// not given. Numbers keep four digits behind the point, the
// rest is cut off, as AWS does. Empty text is an empty object.
func (s *Schema) Input(gateway string, of Action, arguments json.RawMessage) (Input, error) {
	g := s.gateways[gateway]
	if g == nil {
		return Input{}, fmt.Errorf("gateway %s is not in the schema", gateway)
	}
	a := g.actions[of.id]
	if a == nil {
		return Input{}, &InputError{Action: of, Message: "cannot be read: the gateway has no such action"}
	}
	if len(bytes.TrimSpace(arguments)) == 0 {
		arguments = json.RawMessage("{}")
	}
	r := &inputReader{decoder: json.NewDecoder(bytes.NewReader(arguments)), hidden: a.hidden, open: a.open}
	r.decoder.UseNumber()
	value, err := r.value(a.input, "")
	if err == nil {
		if _, more := r.decoder.Token(); !errors.Is(more, io.EOF) {
			err = &InputError{Message: "are followed by more text"}
		}
	}
	if err != nil {
		var wrong *InputError
		if errors.As(err, &wrong) {
			wrong.Action = of
			return Input{}, wrong
		}
		if errors.Is(err, io.EOF) {
			err = errors.New("they end too early")
		}
		return Input{}, &InputError{Action: of, Message: "are no JSON: " + err.Error()}
	}
	record, ok := value.(types.Record)
	if !ok {
		return Input{}, &InputError{Action: of, Message: "are null, not an object"}
	}
	return Input{record}, nil
}

// inputReader reads JSON by the types that are wanted.
type inputReader struct {
	decoder *json.Decoder
	hidden  map[string]bool // at the top, what is let through unseen
	open    bool            // at the top, so is everything else
}

// value reads one value of a type. A null is nil.
func (r *inputReader) value(want resolved.IsType, path string) (types.Value, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	if token == nil {
		return nil, nil //nolint:nilnil // a null is no value and no mistake
	}
	switch want := want.(type) {
	case resolved.RecordType:
		if token == json.Delim('{') {
			return r.record(want, path)
		}
	case resolved.SetType:
		if token == json.Delim('[') {
			return r.set(want, path)
		}
	default:
		return scalar(token, want, path)
	}
	return nil, mismatch(path, want)
}

func (r *inputReader) record(want resolved.RecordType, path string) (types.Value, error) {
	record := make(types.RecordMap, len(want))
	seen := make(map[string]bool, len(want))
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		at := join(path, name)
		if seen[name] {
			return nil, &InputError{Path: at, Message: "is given twice"}
		}
		seen[name] = true
		attribute, known := want[types.String(name)]
		if !known {
			if err := r.skip(path, name, at); err != nil {
				return nil, err
			}
			continue
		}
		value, err := r.value(attribute.Type, at)
		if err != nil {
			return nil, err
		}
		if value != nil {
			record[types.String(name)] = value
		}
	}
	if _, err := r.decoder.Token(); err != nil {
		return nil, err
	}
	for name, attribute := range want {
		if _, ok := record[name]; !ok && !attribute.Optional {
			return nil, &InputError{Path: join(path, string(name)), Message: "is required and not given"}
		}
	}
	return types.NewRecord(record), nil
}

// skip passes over what policies cannot see, and refuses what is in no schema.
// Below the top an object holds whatever its target takes.
func (r *inputReader) skip(path, name, at string) error {
	if path == "" && !r.open && !r.hidden[name] {
		return &InputError{Path: at, Message: "is not in the input schema"}
	}
	var unseen json.RawMessage
	return r.decoder.Decode(&unseen)
}

func (r *inputReader) set(want resolved.SetType, path string) (types.Value, error) {
	var values []types.Value
	for r.decoder.More() {
		value, err := r.value(want.Element, path+"[]")
		if err != nil {
			return nil, err
		}
		if value != nil {
			values = append(values, value)
		}
	}
	if _, err := r.decoder.Token(); err != nil {
		return nil, err
	}
	return types.NewSet(values...), nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
