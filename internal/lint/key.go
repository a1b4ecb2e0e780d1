package lint

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/condition"
)

// use is a condition key in a statement, with the operator that it is under.
type use struct {
	s        *statement
	operator condition.Operator
	key      *policy.Key
	at       [2]int // its operator's and its own place in the statement
}

// uses are the conditions of the document whose operators exist.
func (d *document) uses() []use {
	var found []use
	for _, s := range d.statements {
		for i := range s.Conditions {
			op, err := condition.ParseOperator(s.Conditions[i].Name)
			if err != nil {
				continue
			}
			for j := range s.Conditions[i].Keys {
				found = append(found, use{s: s, operator: op, key: &s.Conditions[i].Keys[j], at: [2]int{i, j}})
			}
		}
	}
	return found
}

const nullOperator = "Null"

// profileCountKey begins the key that says how many profiles have a tag that a
// creation asks for; the tag's key follows.
const profileCountKey = "hardpan:profilecount/"

// hardpanKeys are the other condition keys of Hardpan's own.
var hardpanKeys = []string{"hardpan:BudgetScope", "hardpan:BudgetUnit", "hardpan:BudgetLimit", "hardpan:BudgetPeriod"}

// isPresence reports whether the condition asks only whether the key is there.
func (u *use) isPresence() bool { return u.operator.Base == nullOperator }

// needsKey reports whether the condition is false without its key.
func (u *use) needsKey() bool {
	if u.isPresence() {
		return slices.ContainsFunc(u.key.Values.Values, func(v policy.Value) bool { return strings.EqualFold(v.Text, "false") })
	}
	op := u.operator
	switch {
	case op.IfExists || op.Qualifier == condition.ForAllValues:
		return false
	case op.Qualifier == condition.ForAnyValue:
		return true
	}
	return !op.Negated
}

func checkKeys(d *document) {
	for _, u := range d.uses() {
		switch known, message, fix := knownKey(u.key.Name); {
		case !known && d.placeholderAt(u.key.Pos):
		case !known:
			d.add(ruleConditionKey, u.key.Pos, message+" "+u.neverText(), fix)
		case !u.s.others && len(u.s.actions) > 0:
			d.keyOfActions(u)
		}
	}
}

// knownKey reports whether a key of AWS's own or of Bedrock exists. Other
// services' keys are taken to exist.
func knownKey(key string) (known bool, message string, fix *Fix) {
	service, name, found := strings.Cut(key, ":")
	switch strings.ToLower(service) {
	case "aws":
		if isGlobal(key) || tagPrefixed(key) || isKey(key, tagKeysKey) {
			return true, "", nil
		}
		if isKey("bedrock:"+name, catalogKeys()...) {
			return false, fmt.Sprintf("There is no global condition key %s: it is Bedrock's own, bedrock:%s.", key, name), &Fix{Text: "Write bedrock:" + name + "."}
		}
		return false, fmt.Sprintf("There is no global condition key %s.", key), nearestKey(key, globalNames)
	case hardpan:
		if _, count := tagName(key, profileCountKey); count || isKey(key, hardpanKeys...) {
			return true, "", nil
		}
		return false, fmt.Sprintf("Hardpan has no condition key %s.", key), nearestKey(key, append(hardpanKeys, profileCountKey+"UserEmail"))
	case bedrock:
		if isKey(key, catalogKeys()...) {
			return true, "", nil
		}
		return false, fmt.Sprintf("Bedrock has no condition key %s.", key), nearestKey(key, catalogKeys())
	}
	return found, fmt.Sprintf("%s is no condition key: it has no service in front of a colon.", key), nearestKey("aws:"+key, globalNames)
}

func tagPrefixed(key string) bool {
	_, resource := tagName(key, resourceTagKey)
	_, request := tagName(key, requestTagKey)
	return resource || request
}

// catalogKeys are the condition keys of Bedrock alone.
func catalogKeys() []string {
	var names []string
	for _, k := range catalog.ConditionKeys() {
		if strings.HasPrefix(k.Name, bedrock) {
			names = append(names, k.Name)
		}
	}
	return names
}

func nearestKey(key string, names []string) *Fix {
	if near := nearest(key, names); len(near) > 0 {
		return &Fix{Text: "Write " + either(near) + "."}
	}
	return &Fix{Text: "Take the condition out, or look the key up in the Service Authorization Reference."}
}

// neverText is what a key that no request has means for the statement.
func (u *use) neverText() string {
	holds := !u.needsKey()
	switch {
	case u.s.allows() && holds:
		return "No request has it, so the condition always holds and limits nothing."
	case u.s.allows():
		return "No request has it, so the statement allows nothing."
	case holds:
		return "No request has it, so the Deny always fires."
	}
	return "No request has it, so the Deny never fires."
}

// hasKey reports whether a check of the action on a resource of the type can have
// the key. The type is "" for actions that are checked on *.
func hasKey(a *catalog.ActionInfo, resourceType, key string) bool {
	switch {
	case isGlobal(key):
		return true
	case hasTagPrefix(key, resourceTagKey):
		t, ok := catalog.FindResourceType(resourceType)
		return ok && t.Taggable
	case hasTagPrefix(key, profileCountKey):
		return a.Name == "CreateInferenceProfile" || a.Name == "TagResource" && resourceType == "application-inference-profile"
	case hasTagPrefix(key, requestTagKey):
		return slices.ContainsFunc(a.ConditionKeys, func(k string) bool { return strings.HasPrefix(strings.ToLower(k), requestTagKey) })
	case !slices.ContainsFunc(a.ConditionKeys, func(k string) bool { return strings.EqualFold(k, key) }):
		return false
	case isKey(key, profileKey):
		return resourceType == "foundation-model" // the profile's own check does not have it
	}
	return true
}

func hasTagPrefix(key, prefix string) bool {
	_, ok := tagName(key, prefix)
	return ok
}

// reach is a pair of an action and a resource type that a statement is about.
type reach struct {
	action       *catalog.ActionInfo
	resourceType string
}

// reaches lists what the statement is about, as far as its resources go.
func (s *statement) reaches() []reach {
	var pairs []reach
	patterns := patternsOf(s.Resource)
	for _, a := range s.actions {
		types := resourceTypes(a)
		if len(types) == 0 {
			pairs = append(pairs, reach{a, ""})
		}
		for _, t := range types {
			if s.Resource == nil || slices.ContainsFunc(patterns, func(p pattern) bool { return p.star || p.parts.fits(t) }) {
				pairs = append(pairs, reach{a, t})
			}
		}
	}
	return pairs
}

// keyOfActions finds a key that no check of the statement has, and one that the
// checks of an action or of a resource that it names never have.
func (d *document) keyOfActions(u use) {
	var with, without []reach
	for _, r := range u.s.reaches() {
		if hasKey(r.action, r.resourceType, u.key.Name) {
			with = append(with, r)
		} else {
			without = append(without, r)
		}
	}
	switch {
	case len(with)+len(without) == 0 || len(without) == 0:
	case len(with) == 0:
		d.add(ruleConditionKey, u.key.Pos, fmt.Sprintf("No check of %s has the key %s. %s", u.s.name(), u.key.Name, u.neverText()), u.neverFix())
	case u.needsKey():
		d.partly(u, with, without)
	}
}

func (u *use) neverFix() *Fix {
	if isKey(u.key.Name, profileKey) {
		return &Fix{Text: "The key says through which profile a foundation model is called. Put the condition on the statement with the models."}
	}
	return &Fix{Text: "Take the condition out, or put the actions that have the key into this statement."}
}

// partly reports actions and resources that the statement names and for which its
// condition can never hold. What only a wildcard reaches is not reported.
func (d *document) partly(u use, with, without []reach) {
	var lost []string
	for _, v := range values(u.s.Action) {
		acts := expand(v.Text)
		has := slices.ContainsFunc(with, func(r reach) bool { return slices.Contains(acts, r.action) })
		hasNot := slices.ContainsFunc(without, func(r reach) bool { return slices.Contains(acts, r.action) })
		if hasNot && !has {
			lost = append(lost, v.Text)
		}
	}
	for _, p := range patternsOf(u.s.Resource) {
		kind := p.parts.resourceKind()
		of := func(r reach) bool { return r.resourceType == kind }
		if kind != "" && slices.ContainsFunc(without, of) && !slices.ContainsFunc(with, of) {
			lost = append(lost, p.value.Text)
		}
	}
	if len(lost) == 0 {
		return
	}
	effect := "is not allowed"
	if !u.s.allows() {
		effect = "is not denied"
	}
	if len(lost) > 1 {
		effect = strings.Replace(effect, "is", "are", 1)
	}
	d.addAs(Warning, ruleConditionKey, u.key.Pos,
		fmt.Sprintf("No check of %s has the key %s, so by %s %s %s.", some(lost), u.key.Name, u.s.name(), pronoun(lost), effect),
		&Fix{Text: "Put " + some(lost) + " into a statement without this condition."})
}

func pronoun(things []string) string {
	if len(things) == 1 {
		return "it"
	}
	return "they"
}
