// Package denial reads AWS's words for a refusal back: from the text that
// somebody pastes to who was refused what, by which kind of policy.
//
// It knows the texts that AWS sends, and nothing of policies' contents.
package denial

import (
	"regexp"
	"strings"

	"hardpan/policy/eval"
)

// Kind is which refusal a text is.
type Kind string

// The kinds of refusals that Bedrock sends.
const (
	Policy         Kind = "policy"          // IAM: not authorized to perform
	NoModelAccess  Kind = "no-model-access" // the account has no agreement for the model
	UnknownModel   Kind = "unknown-model"   // the identifier means nothing in this region
	ProfileNeeded  Kind = "profile-needed"  // the model answers through inference profiles only
	KeyInvalid     Kind = "key-invalid"     // an API key that is unknown, deleted or cut short
	KeyFormat      Kind = "key-format"      // not an API key at all
	KeyExpired     Kind = "key-expired"     // an API key past its time
	NoCredentials  Kind = "no-credentials"  // neither a signature nor a key
	ModelEndOfLife Kind = "model-end-of-life"
)

// Denial is a text read back. What the text does not say is empty.
type Denial struct {
	Kind      Kind
	Operation string // that was called, if the client said so: "Converse"

	Principal string // ARN
	Action    string
	Resource  string

	// Layer is the kind of policy that decided; LayerNone if the text names none,
	// or one that is not evaluated here: see Policies.
	Layer     eval.Layer
	Policies  string // the same in AWS's words: "identity-based policy"
	Explicit  bool   // a statement denied, rather than none allowed
	PolicyARN string // of the policy that denied

	Model string // of ProfileNeeded
}

// layers are AWS's words for the kinds of policies.
var layers = map[string]eval.Layer{
	"identity-based policy":   eval.LayerIdentity,
	"permissions boundary":    eval.LayerBoundary,
	"session policy":          eval.LayerSession,
	"service control policy":  eval.LayerSCP,
	"resource control policy": eval.LayerRCP,
	"resource-based policy":   eval.LayerResource,
	"role trust policy":       eval.LayerTrust,
	"VPC endpoint policy":     eval.LayerNone,
}

// The texts of IAM User Guide, "Troubleshoot access denied error messages". One
// of its examples leaves out "on resource:"; some services leave out the whole
// part.
var (
	notAuthorized = regexp.MustCompile(`User: (\S+) is not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9]+)(?: on resource: (\S+)| on (arn:\S+))?`)
	silent        = regexp.MustCompile(`because no ([A-Za-z -]+?) allows the`)
	explicit      = regexp.MustCompile(`with an explicit deny in (?:an |a |the )([A-Za-z -]+ policy|permissions boundary)(?:: (arn:\S+))?`)
	onDemand      = regexp.MustCompile(`Invocation of model ID (\S+) with on-demand throughput isn.t supported`)
	calling       = regexp.MustCompile(`when calling the (\w+) operation|operation error [\w ]+: (\w+),`)
)

// others are the texts without variable parts.
var others = []struct {
	text string
	kind Kind
}{
	{"You don't have access to the model with the specified model ID", NoModelAccess},
	{"The provided model identifier is invalid", UnknownModel},
	{"Cross region inference is required for this model", ProfileNeeded},
	{"Please make sure your API Key is valid", KeyInvalid},
	{"Invalid API Key format", KeyFormat},
	{"Bearer Token has expired", KeyExpired},
	{"Authorization header is missing", NoCredentials},
	{"This model version has reached the end of its life", ModelEndOfLife},
}

// maxText bounds what is read, in bytes; no refusal is nearly as long.
const maxText = 64 << 10

// Parse finds a refusal in text, which may have anything around it: what the AWS
// CLI or an SDK prints, a log line, the answer's JSON. It reports whether there
// is one.
func Parse(text string) (*Denial, bool) {
	if len(text) > maxText {
		text = text[:maxText]
	}
	text = strings.Join(strings.Fields(text), " ")
	d := &Denial{}
	if m := calling.FindStringSubmatch(text); m != nil {
		d.Operation = m[1] + m[2]
	}
	if m := notAuthorized.FindStringSubmatch(text); m != nil {
		d.Kind, d.Principal, d.Action, d.Resource = Policy, m[1], m[2], trim(m[3]+m[4])
		d.policy(text)
		return d, true
	}
	if m := onDemand.FindStringSubmatch(text); m != nil {
		d.Kind, d.Model = ProfileNeeded, m[1]
		return d, true
	}
	plain := strings.ReplaceAll(text, "’", "'")
	for _, o := range others {
		if strings.Contains(plain, o.text) {
			d.Kind = o.kind
			return d, true
		}
	}
	return nil, false
}

// policy reads the end of IAM's text.
func (d *Denial) policy(text string) {
	if m := silent.FindStringSubmatch(text); m != nil {
		d.Policies = m[1]
	}
	if m := explicit.FindStringSubmatch(text); m != nil {
		d.Policies, d.Explicit, d.PolicyARN = m[1], true, trim(m[2])
	}
	d.Layer = layers[d.Policies]
}

// trim takes off what stands behind a text where it is quoted.
func trim(text string) string {
	if i := strings.IndexAny(text, "\"'<>`"); i >= 0 {
		text = text[:i]
	}
	return strings.TrimRight(text, `.,;)}]\`)
}
