package lint

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/condition"
)

// checkMissingKeys finds conditions that come out otherwise than meant where the
// request lacks the key.
func checkMissingKeys(d *document) {
	for _, u := range d.uses() {
		if known, _, _ := knownKey(u.key.Name); !known || isAlways(u.key.Name) || u.isPresence() || u.never() {
			continue
		}
		switch {
		case u.s.allows():
			d.openAllow(u)
		case u.needsKey():
			d.deafDeny(u)
		default:
			d.deafening(u)
		}
	}
	d.denyVariables()
}

// never reports whether no check of the statement has the key: another rule's.
func (u *use) never() bool {
	return !u.s.others && !slices.ContainsFunc(u.s.reaches(), func(r reach) bool { return hasKey(r.action, r.resourceType, u.key.Name) })
}

// checkedForPresence reports whether the statement also asks, with Null, that the
// key be there.
func (u *use) checkedForPresence() bool {
	for _, other := range u.s.doc.uses() {
		if other.s == u.s && other.isPresence() && isKey(other.key.Name, u.key.Name) && other.needsKey() {
			return true
		}
	}
	return false
}

// deafDeny is a Deny that does not fire without its key. That is a hole where the
// value stands for what is missing anyway (no MFA, no end of life), and worth a
// note where it is a tag's.
func (d *document) deafDeny(u use) {
	if u.anotherDenies() {
		return
	}
	family := u.operator.Base
	hole := family == "Bool" && u.hasValue("false") ||
		strings.HasPrefix(family, "Numeric") || strings.HasPrefix(family, "Date") ||
		u.operator.Qualifier == condition.ForAnyValue && u.operator.Negated && !isMultivalued(u.key.Name)
	_, tag := tagName(u.key.Name, resourceTagKey)
	if _, request := tagName(u.key.Name, requestTagKey); request {
		tag = true
	}
	if !hole && !tag {
		return
	}
	message := fmt.Sprintf("A request without %s is not denied: %s is false for a missing key.", u.key.Name, u.operator)
	if !hole {
		d.addAs(Note, ruleDenyMissesKey, u.key.Pos, message, &Fix{Text: fmt.Sprintf("If what has no such tag is to be denied too, write %sIfExists.", u.operator)})
		return
	}
	with := u.operator
	with.IfExists = true
	if with.Qualifier == condition.ForAnyValue {
		with.Qualifier = condition.Single
	}
	doc := d.edited(func(doc *policy.Document) { u.rename(&doc.Statements[u.s.index()], with.String()) })
	d.add(ruleDenyMissesKey, u.key.Pos, message+missingWhy(u.key.Name),
		d.fixed(fmt.Sprintf("Write %s, which also fires without the key.", with), doc, u.firesWithout(doc)))
}

// missingWhy says who lacks a key that everybody seems to have.
func missingWhy(key string) string {
	switch strings.ToLower(key) {
	case "aws:multifactorauthpresent", "aws:multifactorauthage":
		return " Calls signed with a user's long-term access key do not have it at all, and are the ones without MFA."
	case "iam:servicespecificcredentialagedays":
		return " Whoever asks for a key that never ends says no age."
	}
	return ""
}

func (u *use) hasValue(text string) bool {
	return slices.ContainsFunc(u.key.Values.Values, func(v policy.Value) bool { return strings.EqualFold(v.Text, text) })
}

func isMultivalued(key string) bool {
	return isKey(key, tagKeysKey, "aws:CalledVia", "aws:PrincipalOrgPaths", "aws:ResourceOrgPaths", "aws:SourceOrgPaths",
		"aws:VpceOrgPaths", "aws:PrincipalServiceNamesList") || !strings.HasPrefix(strings.ToLower(key), "aws:") && !isBedrock(key)
}

// anotherDenies reports whether another Deny of the document fires when the key
// is missing.
func (u *use) anotherDenies() bool {
	for _, other := range u.s.doc.uses() {
		if other.s != u.s && !other.s.allows() && isKey(other.key.Name, u.key.Name) && !other.needsKey() {
			return true
		}
	}
	return false
}

// rename puts the key under another operator.
func (u *use) rename(s *policy.Statement, operator string) {
	op := &s.Conditions[u.at[0]]
	key := op.Keys[u.at[1]]
	op.Keys = slices.Delete(op.Keys, u.at[1], u.at[1]+1)
	var texts []string
	for _, v := range key.Values.Values {
		texts = append(texts, v.Text)
	}
	if len(op.Keys) == 0 {
		s.Conditions = slices.Delete(s.Conditions, u.at[0], u.at[0]+1)
	}
	addCondition(s, operator, key.Name, texts...)
}

// firesWithout tries whether the Deny fires in doc on a request without the key,
// and did not before.
func (u *use) firesWithout(doc *policy.Document) bool {
	action := ""
	for _, v := range values(u.s.Action) {
		action = strings.NewReplacer("*", "x", "?", "x").Replace(v.Text)
		break
	}
	resource, ok := sampleOf(u.s.Resource)
	if !ok || action == "" {
		return false
	}
	if action == "x" {
		action = "bedrock:InvokeModel"
	}
	denies := func(s policy.Statement) bool {
		kept, _ := relaxStatement(&s, func(key string) bool { return isKey(key, u.key.Name) })
		only := &policy.Document{Version: policy.Version2012, Statements: []policy.Statement{
			{Effect: policy.Allow, Action: policy.Strings("*"), Resource: policy.Strings("*")}, kept,
		}}
		alone := &document{policy: only}
		alone.group = &group{docs: []*document{alone}}
		return !allowed(alone.subject(only, clone), action, resource, nil)
	}
	i := u.s.index()
	return denies(doc.Statements[i]) && !denies(u.s.doc.policy.Statements[i])
}

// openAllow is an Allow whose condition holds without its key.
func (d *document) openAllow(u use) {
	all := u.operator.Qualifier == condition.ForAllValues
	if u.operator.IfExists || u.needsKey() || u.checkedForPresence() {
		return
	}
	message := fmt.Sprintf("A request without %s is allowed: %s is true for a missing key.", u.key.Name, u.operator)
	fix := &Fix{Text: fmt.Sprintf(`Add "Null": {"%s": "false"}, which asks that the key be there.`, u.key.Name)}
	doc := d.edited(func(doc *policy.Document) {
		addCondition(&doc.Statements[u.s.index()], nullOperator, u.key.Name, "false")
	})
	fix = d.fixed(fix.Text, doc, false)
	if all && isKey(u.key.Name, tagKeysKey) {
		d.addAs(Note, ruleNegatedMissesKey, u.key.Pos, message+" That is right if tags are optional.", fix)
		return
	}
	d.add(ruleNegatedMissesKey, u.key.Pos, message, fix)
}

// deafening is a Deny that fires without its key, where checks that never have
// the key are among those that it is about: they are always denied.
func (d *document) deafening(u use) {
	if u.operator.Qualifier == condition.ForAllValues && !u.operator.Negated || isGlobal(u.key.Name) {
		return
	}
	var hit, kinds []string
	for _, r := range u.s.reaches() {
		if hasKey(r.action, r.resourceType, u.key.Name) || !slices.ContainsFunc(invoking, func(n string) bool { return n == r.action.Name }) {
			continue
		}
		if !slices.Contains(kinds, r.resourceType) {
			kinds = append(kinds, r.resourceType)
		}
		if name := "bedrock:" + r.action.Name; !slices.Contains(hit, name) {
			hit = append(hit, name)
		}
	}
	kinds = slices.DeleteFunc(kinds, func(k string) bool { return !slices.Contains(modelTypes, k) })
	if len(kinds) == 0 || !slices.ContainsFunc(u.s.actions, func(a *catalog.ActionInfo) bool { return keyOfModels(a, u.key.Name) }) {
		return
	}
	fix := &Fix{Text: "Name in Resource only what has the key, such as arn:aws:bedrock:*::foundation-model/*."}
	if _, tag := tagName(u.key.Name, resourceTagKey); tag {
		fix.Text = "Name in Resource only what can be tagged, such as arn:aws:bedrock:*:*:application-inference-profile/*."
	}
	d.add(ruleNegatedMissesKey, u.key.Pos,
		fmt.Sprintf("%s is true for a missing key, and a check of %s on %s never has %s: it is always denied.", u.operator, both(hit), article(some(kinds)), u.key.Name), fix)
}

// modelTypes are the resources of ordinary model calls.
var modelTypes = []string{"foundation-model", "inference-profile", "application-inference-profile"}

// keyOfModels reports whether some check of a model call has the key.
func keyOfModels(a *catalog.ActionInfo, key string) bool {
	return slices.Contains(invoking, a.Name) && slices.ContainsFunc(modelTypes, func(t string) bool { return hasKey(a, t, key) })
}

func article(noun string) string {
	if noun != "" && strings.Contains("aeiou", noun[:1]) {
		return "an " + noun
	}
	return "a " + noun
}

// denyVariables finds a variable in the Resource of a Deny whose key may be
// missing: the resource then matches nothing, and nothing is denied.
func (d *document) denyVariables() {
	if !d.policy.Variables() {
		return
	}
	for _, s := range d.statements {
		if s.allows() {
			continue
		}
		for _, v := range values(s.Resource) {
			if len(v.Text) > maxARN {
				continue
			}
			found := variable.FindString(v.Text)
			key := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(found, "${"), "}"))
			if found == "" || strings.Contains(key, ",") || isAlways(key) {
				continue
			}
			d.add(ruleDenyMissesKey, v.Pos,
				fmt.Sprintf("For a caller without %s the resource matches nothing, and nothing is denied.", key),
				&Fix{Text: fmt.Sprintf("Give the variable a default, as in ${%s, 'none'}, or deny by a condition.", key)})
		}
	}
}
