package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// The record of a denial as it was decided: context, evaluations, and the policy
// as it stood then, also after it has changed.
func TestAuthorizationDetails(t *testing.T) {
	w := start(t)
	foo := w.user("foo", twoModels)
	_, err := w.converse(foo, sonnet)
	id := decisionID(t, err)
	var details struct {
		AuthorizationID string `json:"authorizationId"`
		Evaluations     []struct {
			Action, Resource, Decision, PolicyType string
			RequestContext                         map[string]struct{ Values []string }
			MatchedStatements                      []any
		}
		Policies []struct {
			PolicyName, AttachedTo string
			Document               json.RawMessage
		}
	}
	for _, reader := range []key{foo, w.root} {
		a := w.decision(reader, "/authorization-details/"+id)
		a.is(t, http.StatusOK)
		if err := json.Unmarshal([]byte(a.Body), &details); err != nil {
			t.Fatal(err)
		}
		e := details.Evaluations[0]
		if details.AuthorizationID != id || e.Action != "bedrock:InvokeModel" || e.Decision != "implicitDeny" || e.PolicyType != "identity" || len(e.MatchedStatements) != 0 {
			t.Errorf("%s", a.Body)
		}
		if got := e.RequestContext["aws:RequestedRegion"].Values; len(got) != 1 || got[0] != region {
			t.Errorf("aws:RequestedRegion is %q", got)
		}
		if len(details.Policies) != 1 || !strings.HasSuffix(details.Policies[0].AttachedTo, ":user/foo") || !strings.Contains(string(details.Policies[0].Document), "AllowSpecificBedrockModels") {
			t.Errorf("policies %+v", details.Policies)
		}
	}
	stranger := w.user("stranger", twoModels)
	w.decision(stranger, "/authorization-details/"+id).is(t, http.StatusForbidden)
	w.decision(w.root, "/authorization-details/abcdefghijklmnopqrstuvwxyz").is(t, http.StatusNotFound)
}
