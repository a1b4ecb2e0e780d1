package denial

import (
	"strings"

	"hardpan/policy/eval"
)

// Advice is what a text alone tells: what it means, and what to do.
type Advice struct {
	Meaning string
	Next    []string // best first
}

// advices are those of refusals that are not IAM's.
var advices = map[Kind]Advice{
	NoModelAccess: {
		"The account has not accepted the model's agreement, or its use case form is missing. No IAM policy decides that.",
		[]string{"Let somebody who may call bedrock:CreateFoundationModelAgreement open the model once, or use another model."},
	},
	UnknownModel: {
		"The identifier is no model or inference profile that can be called in the region of the call. This is checked before any policy.",
		[]string{
			"See whether the call went to the region that was meant: AWS_REGION, the profile's region, the client's default.",
			"See whether the identifier is spelt in full, with its version, and whether its geography (us., eu., apac., global.) fits the region.",
		},
	},
	ProfileNeeded: {
		"Policy allows the model, but in this region it answers only through an inference profile.",
		[]string{
			"Put the geography of the region in front of the model's id (us., eu., apac., global.), or name an application inference profile.",
			"The policy must then allow the profile, and the model in each region that the profile may route to.",
		},
	},
	KeyInvalid: {
		"The API key is not known: it was deleted, reset, switched off or cut short, or it belongs to another account or server.",
		[]string{"Compare its length with the key that was shown when it was made, or make a new one: hardpan key create."},
	},
	KeyFormat: {
		"What was sent as a key is none of Bedrock's: those begin with ABSK or bedrock-api-key-.",
		[]string{"See what AWS_BEARER_TOKEN_BEDROCK holds; unset it to sign with an access key instead."},
	},
	KeyExpired: {
		"The API key is past its time. A short-term key lives for at most 12 hours, and no longer than the session that made it.",
		[]string{"Make a new key: hardpan key create, or the token generator that made this one."},
	},
	NoCredentials: {
		"The call carried neither a signature nor an API key.",
		[]string{"Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or AWS_BEARER_TOKEN_BEDROCK for the process that calls."},
	},
	ModelEndOfLife: {"AWS does not serve this version of the model any more.", []string{"Use a newer version of the model."}},
}

// silences are what it means that no policy of a layer allows, and what to do.
var silences = map[eval.Layer]Advice{
	eval.LayerIdentity: {
		"No policy of the user, its groups or the role allows the action on this resource.",
		[]string{"Add an Allow for exactly this action and resource to the identity policies."},
	},
	eval.LayerBoundary: {
		"The permissions boundary does not allow the action, whatever the identity policies say.",
		[]string{"Ask the administrator who set the boundary; an Allow in an identity policy does not help."},
	},
	eval.LayerSession: {
		"The session was made with a policy that does not allow the action, whatever the role may.",
		[]string{"Make a new session without that session policy, or with one that has the statement."},
	},
	eval.LayerSCP: {
		"No service control policy of some level of the organization allows the action.",
		[]string{"Ask the organization's administrator; nothing in the account helps."},
	},
	eval.LayerRCP: {
		"No resource control policy of the organization allows the action.",
		[]string{"Ask the organization's administrator; nothing in the account helps."},
	},
	eval.LayerResource: {
		"The resource belongs to another account, and its own policy does not allow the caller.",
		[]string{"Ask the resource's owner; Bedrock's models and profiles have no such policies, so look whose ARN it is."},
	},
	eval.LayerTrust: {
		"The role's trust policy does not name the caller, or its conditions do not hold.",
		[]string{"Ask the role's owner to name the caller in the trust policy."},
	},
}

// Advice says what the text means by itself.
func (d *Denial) Advice() Advice {
	if d.Kind != Policy {
		return advices[d.Kind]
	}
	a, known := silences[d.Layer]
	switch {
	case d.Explicit:
		a = d.explicit()
	case !known && d.Policies != "":
		a = Advice{"No " + d.Policies + " allows the action.", []string{"Ask whoever set it."}}
	case !known:
		a = Advice{"The text does not say which kind of policy decided.", nil}
	}
	a.Next = append(d.hints(), a.Next...)
	return a
}

func (d *Denial) explicit() Advice {
	whose := map[eval.Layer]string{
		eval.LayerSCP: "the organization's administrator", eval.LayerRCP: "the organization's administrator",
		eval.LayerBoundary: "the administrator who set the boundary", eval.LayerSession: "whoever made the session",
	}[d.Layer]
	if whose == "" {
		whose = "whoever owns that policy"
	}
	which := d.PolicyARN
	if which == "" {
		which = "the text does not say which: it is an inline policy, or one of another's"
	}
	return Advice{
		"A statement with Effect Deny in a " + d.Policies + " matches the call (" + which + "). No Allow anywhere helps.",
		[]string{"Look at that statement's conditions: a Deny usually wants another region, a guardrail, multi-factor authentication or a tag.", "Else ask " + whose + "."},
	}
}

// hints are what action and resource by themselves give away.
func (d *Denial) hints() []string {
	if d.Explicit || d.Layer != eval.LayerIdentity {
		return nil
	}
	var hints []string
	switch {
	case strings.EqualFold(d.Action, "bedrock:CallWithBearerToken"):
		hints = append(hints, `bedrock:CallWithBearerToken has no resource type and is checked on "*": give it a statement of its own with Resource "*". Beside model ARNs it grants nothing.`)
	case strings.Contains(d.Resource, ":::foundation-model/"):
		hints = append(hints, "The ARN has no region: the call went through a global inference profile. Its policy needs the profile, the model in the source region, and this ARN without a region.")
	case strings.Contains(d.Resource, ":foundation-model/"):
		hints = append(hints, "If the call named an inference profile: allowing the profile is not enough, the model behind it has to be allowed too, in each region that the profile may route to (best with the condition bedrock:InferenceProfileArn).",
			"If the call named the model: see whether the region in the ARN is the one that was meant.")
	case strings.Contains(d.Resource, ":inference-profile/"), strings.Contains(d.Resource, ":application-inference-profile/"):
		hints = append(hints, "The call went through an inference profile: the policy needs the profile's ARN and the models behind it.")
	}
	if d.Resource == "" && strings.HasPrefix(d.Action, "bedrock:List") {
		hints = append(hints, `The action has no resource type: allow it on "*".`)
	}
	return hints
}
