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
