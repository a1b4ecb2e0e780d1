package op

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hardpan/internal/identity"
	"hardpan/internal/oidc"
	"hardpan/internal/usage"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// Call is one authenticated call on its way through the door.
type Call struct {
	ID         string    // request id, a UUID
	DecisionID string    // 128 random bits; names the decision record of a denial
	Time       time.Time // when it arrived; every rule of the call sees this one time

	Op         *Operation
	Partition  string
	Account    string // the caller's account
	Region     string // the region the call is for
	RegionFrom string // "scope", "host", "path", "key", "session" or "principal"

	Directory *identity.Directory // everyone, as the call sees them
	Caller    *Caller
	Proof     any                // of a guest: see [Guest.Proof]
	Keys      *condition.Context // the caller's and the request's context keys

	// May answers a question of policy beside the call's own checks, such as how
	// much of an answer the caller may see.
	May func(Check) bool

	// Write puts an event about the call into the journal before it is answered,
	// for a call that is several questions. It returns the id of the decision.
	Write func(context.Context, *ToolUse) (id string, err error)

	Request *http.Request // its head, for what a handler has to know beyond Header

	// Introduce tells the door who calls an operation that takes no signature.
	Introduce func(*Caller)

	Header http.Header
	Labels map[string]string // path labels, unescaped
	Query  url.Values        // of the URL
	Form   url.Values        // of a query-protocol body
	Body   []byte            // read whole, verified against the signature

	// BodySHA256 is the hash that the signature was checked with; zero for a
	// call with an API key.
	BodySHA256 [32]byte

	Record Record // what the call event will say about the model
}

// Caller is who calls, as authenticated.
type Caller struct {
	*identity.Principal

	Ancestors   []string // ARNs of the sessions it descends from, nearest first
	AccessKeyID string   // the key that signed, or the credential id of an API key
	Bearer      string   // "", "SHORT_TERM" or "LONG_TERM"

	// WebIdentity is what the token of an outside provider says of a caller who
	// has no more than that.
	WebIdentity *oidc.Claims
}

// SetKey returns a function that adds context keys of the request to keys.
func (c *Call) SetKey(keys *condition.Context) SetKey {
	return func(key string, values ...string) { setKey(keys, key, values) }
}

// ChildKeys returns a context that sees the call's keys and can be added to
// for one check.
func (c *Call) ChildKeys() *condition.Context { return condition.NewContext(c.Keys) }

// Record is what a handler tells the call event.
type Record struct {
	Named    string   // the model, profile or ARN as the client named it
	Profile  string   // ARN of the profile, or empty
	Model    string   // the foundation model that answered
	Backend  string   // the backend's name
	Region   string   // where it really ran
	Regions  []string // where it could have run
	Tokens   usage.Tokens
	Counted  bool  // whether the backend reported Tokens
	NanoUSD  int64 // cost in billionths of a US dollar, if Priced
	Priced   bool
	Finished bool // whether the answer was complete

	Kind        usage.ProfileKind // how the model is billed
	ProfileTags []usage.Tag       // of the application inference profile
	Price       string            // id of the price row
	Budgets     []usage.Charge    // what the call is charged to
	Overrun     bool              // the backend used more than the call could have
}

// Check is one thing a call must be allowed.
type Check struct {
	// Any, above 0, makes checks with the same number alternatives: it is enough
	// that one of them is allowed.
	Any int
	// Allowed is what the door found. It is there when the call runs.
	Allowed bool

	Action   string
	Resource string             // an ARN, or "*"
	Region   string             // aws:RequestedRegion of this check
	Keys     *condition.Context // nil: the call's own
	Unnamed  bool               // the denial does not name the resource

	Owner  string    // the resource's account; empty: the caller's
	Policy *eval.Set // the resource's own policy; nil: it has none
	Trust  bool      // Policy is the trust policy of the role that Resource names
}

// Response is an answer ready for the wire: Body, or Stream.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	Stream io.ReadCloser // read to the end by the door, then closed

	// Progress says how far Stream is, if it is an event stream.
	Progress func() Progress

	// Recorded says that the journal has what happened already: the door writes
	// no event of its own. See [Call.Write].
	Recorded bool

	// Done, if set, is called once: when Stream is whole or at its end, before
	// those last bytes are sent, or with what cut it short.
	Done func(cut error)
}

// Progress is how far an event stream is.
type Progress uint8

// The states of an event stream, as model.Progress has them.
const (
	Flowing Progress = iota
	Whole            // all that matters was read; only the end can follow
	Cut              // what was read ends with an exception: the answer is not complete
)

// multivalued are the keys of requests that are lists by definition. Source:
// IAM User Guide, AWS global condition context keys; STS condition keys.
var multivalued = map[string]bool{"aws:tagkeys": true, "sts:transitivetagkeys": true}

func setKey(keys *condition.Context, key string, values []string) {
	if len(values) == 1 && !multivalued[strings.ToLower(key)] {
		keys.Set(key, "request", values[0])
		return
	}
	if len(values) > 0 {
		keys.SetMany(key, "request", values)
	}
}
