package eval

import "strings"

// The two ways in which AWS ends a denial's text, by layer (IAM User Guide,
// "Troubleshoot access denied error messages").
var (
	silentLayer = [...]string{
		LayerSCP:      "no service control policy allows",
		LayerRCP:      "no resource control policy allows",
		LayerResource: "no resource-based policy allows",
		LayerTrust:    "no role trust policy allows",
		LayerIdentity: "no identity-based policy allows",
		LayerBoundary: "no permissions boundary allows",
		LayerSession:  "no session policy allows",
	}
	denyingLayer = [...]string{
		LayerSCP:      "in a service control policy",
		LayerRCP:      "in a resource control policy",
		LayerResource: "in a resource-based policy",
		LayerTrust:    "in the role trust policy",
		LayerIdentity: "in an identity-based policy",
		LayerBoundary: "in a permissions boundary",
		LayerSession:  "in a session policy",
	}
)

// Message is AWS's text for a denial of r to principalARN, in one line. It is
// empty for an allowed request.
//
// An explicit deny names the policy where that has an ARN: managed policies,
// SCPs and RCPs do; inline, resource and trust policies do not.
func (d Decision) Message(principalARN string, r *Request) string {
	if d.Allowed {
		return ""
	}
	var b strings.Builder
	b.WriteString("User: " + principalARN + " is not authorized to perform: " + r.Action)
	if !r.NoResourceInMessage {
		b.WriteString(" on resource: " + r.Resource)
	}
	if !d.Explicit {
		b.WriteString(" because " + silentLayer[d.Layer] + " the " + r.Action + " action")
		return b.String()
	}
	b.WriteString(" with an explicit deny " + denyingLayer[d.Layer])
	if d.Policy != nil && d.Policy.Source.ARN != "" && d.Layer != LayerResource && d.Layer != LayerTrust {
		b.WriteString(": " + d.Policy.Source.ARN)
	}
	return b.String()
}
