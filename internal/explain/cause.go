package explain

// Cause is why a call was denied, one of a closed set.
type Cause string

// The causes.
const (
	CauseAllowed         Cause = "allowed"
	CauseNoStatement     Cause = "no-statement-for-action"
	CauseNoResource      Cause = "no-statement-for-resource"
	CauseNoResourceType  Cause = "action-has-no-resource"
	CauseBearerToken     Cause = "bearer-token-needs-star"
	CauseWrongRegion     Cause = "wrong-region"
	CauseModelBehind     Cause = "model-behind-profile-not-allowed"
	CauseOnlyThrough     Cause = "model-only-through-profile"
	CauseConditionFailed Cause = "condition-failed"
	CauseKeyMissing      Cause = "condition-key-missing"
	CauseExplicitDeny    Cause = "explicit-deny"
	CauseBoundary        Cause = "boundary-silent"
	CauseSession         Cause = "session-policy-silent"
	CauseSCP             Cause = "service-control-policy-silent"
	CauseRCP             Cause = "resource-control-policy-silent"
	CauseResourcePolicy  Cause = "resource-policy-silent"
	CauseTrust           Cause = "trust-policy-silent"
)

var meanings = map[Cause]string{
	CauseAllowed:         "The call is allowed.",
	CauseNoStatement:     "No identity policy has a statement that allows this action.",
	CauseNoResource:      "Statements allow this action, but none of them on this resource.",
	CauseNoResourceType:  `The action has no resource type: it is checked on "*", which a statement that names ARNs does not match.`,
	CauseBearerToken:     `bedrock:CallWithBearerToken has no resource type: it is checked on "*", which a statement that names ARNs does not match.`,
	CauseWrongRegion:     "The statement that allows the action on this resource allows it in other regions.",
	CauseModelBehind:     "The inference profile is allowed, but the model behind it has to be allowed too.",
	CauseOnlyThrough:     "The model is allowed only when it is called through an inference profile.",
	CauseConditionFailed: "A statement allows the action on this resource, but a condition key has another value.",
	CauseKeyMissing:      "A statement allows the action on this resource, but a condition key that it asks for is not in the request.",
	CauseExplicitDeny:    "A statement denies the call; a Deny is stronger than any Allow.",
	CauseBoundary:        "The permissions boundary does not allow the call, so no other policy can.",
	CauseSession:         "The session was made with a policy that does not allow the call.",
	CauseSCP:             "A service control policy of the organization does not allow the call.",
	CauseRCP:             "A resource control policy of the organization does not allow the call.",
	CauseResourcePolicy:  "The resource belongs to another account, and its own policy does not allow the caller.",
	CauseTrust:           "The role's trust policy does not allow the caller.",
	CauseBudgetSpent:     "Policy allows the call, but a budget has no room for it.",
	CauseRateLimit:       "Policy allows the call, but there are too many in this minute.",
	CauseBudgetClosed:    "Policy allows the call, but a budget that it falls under is closed until its window is over.",
	CausePriceUnknown:    "Policy allows the call, but the model has no price, and a budget that it falls under limits money.",
}

// Meaning is the cause in one sentence.
func (c Cause) Meaning() string { return meanings[c] }

// Causes are all causes that [Explain] and [ExplainBudget] can give.
func Causes() []Cause {
	return []Cause{
		CauseAllowed, CauseNoStatement, CauseNoResource, CauseNoResourceType, CauseBearerToken, CauseWrongRegion,
		CauseModelBehind, CauseOnlyThrough, CauseConditionFailed, CauseKeyMissing, CauseExplicitDeny, CauseBoundary,
		CauseSession, CauseSCP, CauseRCP, CauseResourcePolicy, CauseTrust,
		CauseBudgetSpent, CauseRateLimit, CauseBudgetClosed, CausePriceUnknown,
	}
}
