package lint

import "slices"

// Rule is one kind of mistake that is looked for.
type Rule struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"` // of its findings at worst
	Meaning  string   `json:"meaning"`  // in one line
}

// The ids of the rules.
const (
	ruleSyntax             = "syntax"
	ruleMalformed          = "malformed"
	ruleSize               = "size"
	rulePlaceholder        = "placeholder"
	ruleVariableVersion    = "variable-version"
	ruleUnknownAction      = "unknown-action"
	ruleConverse           = "converse-action"
	ruleActionResource     = "action-resource"
	ruleBearer             = "bearer-on-model"
	ruleConditionKey       = "condition-key"
	ruleDenyMissesKey      = "deny-misses-key"
	ruleNegatedMissesKey   = "negated-misses-key"
	ruleBroad              = "bedrock-star"
	ruleProfileNoModels    = "profile-without-models"
	ruleMissingDestination = "missing-destination"
	ruleGlobalUnspecified  = "global-unspecified"
	ruleBypass             = "model-bypasses-profile"
	ruleNeedsProfile       = "model-needs-profile"
	ruleTakeover           = "tag-takeover"
)

var rules = []Rule{
	{ruleSyntax, Error, "The document is not a policy: not JSON, or not IAM's grammar."},
	{ruleMalformed, Error, "IAM refuses to store the document."},
	{ruleSize, Error, "The document is longer than IAM's quota."},
	{rulePlaceholder, Error, "A placeholder of an example was left in."},
	{ruleVariableVersion, Error, "A policy variable is plain text, since Version is not 2012-10-17."},
	{ruleUnknownAction, Error, "There is no such action."},
	{ruleConverse, Error, "Converse is an operation and not an action: InvokeModel is what is checked."},
	{ruleActionResource, Error, "The action is never checked on such a resource."},
	{ruleBearer, Error, "CallWithBearerToken is checked on *, never on a model."},
	{ruleConditionKey, Error, "The condition key does not exist, or no request for the action has it."},
	{ruleDenyMissesKey, Warning, "The Deny does not fire where its condition key is missing."},
	{ruleNegatedMissesKey, Warning, "A negated operator holds where its condition key is missing."},
	{ruleBroad, Warning, "Everything in Bedrock, or every model, is allowed."},
	{ruleProfileNoModels, Error, "An inference profile is allowed, but no model behind it."},
	{ruleMissingDestination, Warning, "A region that an allowed inference profile routes to is missing."},
	{ruleGlobalUnspecified, Warning, "A global profile is also checked without a region, as \"unspecified\"; that is missing."},
	{ruleBypass, Warning, "The models behind an inference profile can be called without it."},
	{ruleNeedsProfile, Warning, "The model answers only through an inference profile, and none is allowed."},
	{ruleTakeover, Error, "Whoever may tag may make somebody else's resource their own."},
}

// Rules are all rules, in the order in which a person would fix their findings.
func Rules() []Rule { return slices.Clone(rules) }

func severityOf(id string) Severity {
	for i := range rules {
		if rules[i].ID == id {
			return rules[i].Severity
		}
	}
	return Error
}

// checks look at one document each, in the light of its group. Whoever adds a
// rule adds its row above, its check here and its section in doc/lint.md.
var checks = []func(*document){
	checkStored, checkSize, checkPlaceholders, checkVariables, checkActions, checkResources,
	checkKeys, checkMissingKeys, checkBroad, checkProfiles, checkRegionDenies, checkModels, checkTakeover,
}
