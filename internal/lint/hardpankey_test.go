package lint

import (
	"fmt"
	"testing"

	"hardpan/policy"
)

// Hardpan's own condition keys are known, where a request has them.
func TestHardpansOwnKeys(t *testing.T) {
	for _, tt := range []struct {
		action, key string
		rules       []string
	}{
		{"bedrock:CreateInferenceProfile", "hardpan:ProfileCount/UserEmail", nil},
		{"bedrock:TagResource", "HARDPAN:profilecount/useremail", nil},
		{"hardpan:PutBudget", "hardpan:BudgetLimit", nil},
		{"bedrock:CreateInferenceProfile", "hardpan:ProfileCount", []string{ruleConditionKey}},
		{"bedrock:CreateInferenceProfile", "hardpan:ProfileCounts/UserEmail", []string{ruleConditionKey}},
		{"bedrock:InvokeModel", "hardpan:ProfileCount/UserEmail", []string{ruleConditionKey}},
	} {
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":%q,"Resource":"*",
			"Condition":{"NumericGreaterThanEqualsIfExists":{%q:"5"}}}]}`, tt.action, tt.key)
		var rules []string
		for _, f := range Check(Document{Text: []byte(text), Kind: policy.Identity})[0] {
			if f.Rule == ruleConditionKey {
				rules = append(rules, f.Rule)
			}
		}
		if fmt.Sprint(rules) != fmt.Sprint(tt.rules) {
			t.Errorf("%s with %s: %v", tt.action, tt.key, rules)
		}
	}
}

// So are its actions, and what is near one is told.
func TestHardpansOwnActions(t *testing.T) {
	for action, want := range map[string]string{
		"hardpan:PutBudget": "", "HARDPAN:getdecision": "", "hardpan:*": "", "hardpan:Get*": "", "*": "",
		"hardpan:PutBugdet":    "Hardpan has no action hardpan:PutBugdet. It allows nothing. Write hardpan:PutBudget.",
		"hardpan:ListBudget*x": "No action of Hardpan fits hardpan:ListBudget*x. It allows nothing. Write hardpan:ListBudgets.",
		"hardpan:InvokeModel":  "Hardpan has no action hardpan:InvokeModel. It allows nothing. Take it out, or look the action up in doc/operations.md.",
	} {
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":%q,"Resource":"*"}]}`, action)
		var said string
		for _, f := range Check(Document{Text: []byte(text), Kind: policy.Identity})[0] {
			if f.Rule == ruleUnknownAction {
				said += f.Message + " " + f.Fix.Text
			}
		}
		if said != want {
			t.Errorf("%s: %s", action, said)
		}
	}
}
