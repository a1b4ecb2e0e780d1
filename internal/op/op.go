// Package op says how an AWS operation is declared: once, in one file, with
// the IAM action it needs, the resources and context keys that action is
// checked against, and the function that carries it out.
//
// The rule of this package: a handler cannot be registered without its rule.
// [Add] and [AddRaw] are the only ways in, and what they register can only be
// run through [Operation.Prepare], which hands out the checks before the work.
// The door (internal/door) evaluates them; nothing else calls handlers.
//
// The package knows nothing of sockets, stores or policies.
package op

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"

	"hardpan/internal/awserr"
)

// Access is the access level of an action, as the Service Authorization
// Reference names it.
type Access string

// The access levels of AWS's Service Authorization Reference.
const (
	Read        Access = "Read"
	List        Access = "List"
	Write       Access = "Write"
	Tagging     Access = "Tagging"
	Permissions Access = "Permissions management"
)

// Operation is one declared AWS operation.
type Operation struct {
	API    *API
	Name   string // e.g. "CreateInferenceProfile"
	Method string // HTTP method
	Path   string // URI pattern, e.g. "/foundation-models/{modelIdentifier}"; "/" for the query protocol
	Action string // the IAM action in the first place, e.g. "bedrock:InvokeModel"
	Access Access

	// Public says why an authenticated caller needs no permission. It is empty
	// for all but a few, and a test lists those.
	Public string

	// NoBearer refuses Bedrock API keys, as AWS does for some operations.
	NoBearer bool

	// Admit, of a few, decides whom the operation lets in without a signature.
	Admit Admit

	// Unsigned says why the operation takes no signature: who calls is proven by
	// its input. It is empty for all but a few, and a test lists those.
	Unsigned string

	prepare func(ctx context.Context, svc any, c *Call) (*Prepared, error)
}

// Built reports whether the operation is served; an unbuilt one answers 501.
func (o *Operation) Built() bool { return o.prepare != nil }

// Prepared is a decoded call: what it must be allowed, and how it then runs.
type Prepared struct {
	Checks []Check // the door notes in each whether it is allowed
	Run    func(ctx context.Context) (*Response, error)

	// Exempt says why this very call, unlike others of its operation, needs no
	// permission. Without it, a call that names no checks is refused.
	Exempt string
}

// Prepare decodes c and says what it must be allowed. svc is the service that
// the API's operations are methods of. Of an unsigned operation it also finds
// out who calls, and tells [Call.Introduce]. Errors are *awserr.Error.
func (o *Operation) Prepare(ctx context.Context, svc any, c *Call) (*Prepared, error) {
	if !o.Built() {
		return nil, NotBuilt(o)
	}
	prepared, err := o.prepare(ctx, svc, c)
	if err == nil && len(prepared.Checks) == 0 && o.Public == "" && prepared.Exempt == "" {
		// Nothing to be allowed would mean that everyone may.
		return nil, awserr.Internal(fmt.Errorf("%s named nothing to check %s on", o.Name, o.Action))
	}
	return prepared, err
}

// Rule is what an operation needs: its action, and what that is checked
// against. In is the SDK's input struct, or [Raw].
type Rule[In any] struct {
	Action string
	Access Access

	// Schema is the operation's restJson1 description. It is nil for the query
	// protocol, whose names are the struct's own.
	Schema *smithy.OperationSchema

	// Resources names what Action is checked on, all of which must be allowed.
	// nil means the action has no resource type and is checked on "*".
	Resources func(c *Call, in *In) ([]string, error)

	// Keys adds the operation's own context keys.
	Keys func(c *Call, in *In, set SetKey)

	// Checks replaces Resources and Keys where one call is several checks.
	Checks func(c *Call, in *In) ([]Check, error)

	// Unnamed leaves "on resource: …" out of the denial, as AWS does for some
	// actions without a resource type (observed for bedrock:ListFoundationModels).
	Unnamed bool

	Public   string // see [Operation.Public]
	Unsigned string // see [Operation.Unsigned]
	NoBearer bool   // see [Operation.NoBearer]
}

// SetKey adds one context key of the request. The keys that AWS defines as
// multivalued (see call.go) are so with one value, too.
type SetKey func(key string, values ...string)

// Add declares an operation of t's API that is carried out by handle. The
// operation's name is that of its input struct without "Input".
func Add[S, In, Out any](t *Table, handle func(S, context.Context, *Call, *In) (*Out, error), rule Rule[In]) *Operation {
	check := func(_ S, c *Call, in *In) ([]Check, error) { return rule.checks(c, in) }
	return add(t, steps[S, In, Out]{check: check, handle: handle}, rule)
}

// AddChecked is [Add] for an operation whose checks depend on what the service
// has: check takes the place of the rule's.
func AddChecked[S, In, Out any](t *Table, check func(S, *Call, *In) ([]Check, error), handle func(S, context.Context, *Call, *In) (*Out, error), rule Rule[In]) *Operation {
	return add(t, steps[S, In, Out]{check: check, handle: handle}, rule)
}

// AddUnsigned is [Add] for an operation that takes no signature. identify says
// who calls, by what the input proves; it must not write anything, as strangers
// call it.
func AddUnsigned[S, In, Out any](t *Table, identify func(S, context.Context, *Call, *In) (*Caller, error), handle func(S, context.Context, *Call, *In) (*Out, error), rule Rule[In]) *Operation {
	check := func(_ S, c *Call, in *In) ([]Check, error) { return rule.checks(c, in) }
	if rule.Unsigned == "" {
		panic(fmt.Sprintf("op: %T has no reason to be unsigned", rule))
	}
	return add(t, steps[S, In, Out]{identify: identify, check: check, handle: handle}, rule)
}

// steps are what a call of an operation goes through.
type steps[S, In, Out any] struct {
	identify func(S, context.Context, *Call, *In) (*Caller, error) // nil: the door did
	check    func(S, *Call, *In) ([]Check, error)
	handle   func(S, context.Context, *Call, *In) (*Out, error)
}

func add[S, In, Out any](t *Table, do steps[S, In, Out], rule Rule[In]) *Operation {
	var in In
	o := declare(t, strings.TrimSuffix(reflect.TypeOf(in).Name(), "Input"), &rule)
	codec := t.API.Protocol.codec(t.API, o, rule.Schema)
	o.prepare = func(ctx context.Context, svc any, c *Call) (*Prepared, error) {
		in := new(In)
		if err := codec.decode(c, in); err != nil {
			return nil, err
		}
		if do.identify != nil {
			who, err := do.identify(svc.(S), ctx, c, in)
			if err != nil {
				return nil, err
			}
			c.Introduce(who)
		}
		checks, err := do.check(svc.(S), c, in)
		if err != nil {
			return nil, err
		}
		return &Prepared{Checks: checks, Run: func(ctx context.Context) (*Response, error) {
			out, err := do.handle(svc.(S), ctx, c, in)
			if err != nil {
				return nil, err
			}
			return codec.encode(c, out)
		}}, nil
	}
	return o
}

// AddRaw declares an operation whose body stays bytes: model calls, which are
// passed through and scanned, not decoded. plan does what rule.Checks does and
// returns the function that carries the call out.
func AddRaw[S any](t *Table, name string, plan func(S, *Call) (*Prepared, error), rule Rule[Raw]) *Operation {
	o := declare(t, name, &rule)
	o.prepare = func(_ context.Context, svc any, c *Call) (*Prepared, error) { return plan(svc.(S), c) }
	return o
}

// Raw stands for an input that is not decoded.
type Raw struct{}

func declare[In any](t *Table, name string, rule *Rule[In]) *Operation {
	if rule.Action == "" && rule.Public == "" {
		panic(fmt.Sprintf("op: %s has neither an action nor a reason to be public", name))
	}
	o := &Operation{
		API: t.API, Name: name, Method: "POST", Path: "/",
		Action: rule.Action, Access: rule.Access, Public: rule.Public, Unsigned: rule.Unsigned, NoBearer: rule.NoBearer,
	}
	if rule.Schema != nil {
		http, ok := smithy.SchemaTrait[*traits.HTTP](rule.Schema.Schema)
		if !ok {
			panic(fmt.Sprintf("op: %s has a schema without an HTTP binding", name))
		}
		o.Method, o.Path = http.Method, http.URI
	}
	t.add(o)
	return o
}

func (r *Rule[In]) checks(c *Call, in *In) ([]Check, error) {
	if r.Checks != nil {
		return r.Checks(c, in)
	}
	if r.Public != "" {
		return nil, nil
	}
	resources := []string{"*"}
	if r.Resources != nil {
		var err error
		if resources, err = r.Resources(c, in); err != nil {
			return nil, err
		}
	}
	keys := c.Keys
	if r.Keys != nil {
		keys = c.ChildKeys()
		r.Keys(c, in, c.SetKey(keys))
	}
	checks := make([]Check, len(resources))
	for i, resource := range resources {
		checks[i] = Check{Action: r.Action, Resource: resource, Region: c.Region, Keys: keys, Unnamed: r.Unnamed}
	}
	return checks, nil
}
