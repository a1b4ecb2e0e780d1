package gateway

import (
	"encoding/json"
	"slices"
	"strings"
)

type grant struct {
	Version   string
	Statement []grantStatement
}

type grantStatement struct {
	Sid      string
	Effect   string
	Action   []string
	Resource []string
}

// Grant returns the policy document that allows exactly what is missing, in the
// form that AWS's guide prints; "" if nothing is. Actions on the same resources
// share a statement.
func Grant(missing []Lack) string {
	var statements []grantStatement
	actions := []string{AuthorizeAction, PartiallyAuthorizeActions, GetPolicyEngine}
	for _, l := range missing {
		if !slices.Contains(actions, l.Action) {
			actions = append(actions, l.Action) // a target's own
		}
	}
	for _, action := range actions {
		var resources []string
		for _, l := range missing {
			if l.Action == action {
				resources = append(resources, l.Resource)
			}
		}
		if len(resources) == 0 {
			continue
		}
		last := len(statements) - 1
		if last >= 0 && action == PartiallyAuthorizeActions && slices.Equal(statements[last].Resource, resources) {
			statements[last].Action = append(statements[last].Action, action)
			continue
		}
		statements = append(statements, grantStatement{sid(action), "Allow", []string{action}, resources})
	}
	if statements == nil {
		return ""
	}
	text, err := json.MarshalIndent(grant{"2012-10-17", statements}, "", "  ")
	if err != nil { // texts always encode
		panic(err)
	}
	return string(text)
}

// sid names a statement as AWS's guide does where one statement holds both ways
// of asking; in a document they differ.
func sid(action string) string {
	switch action {
	case GetPolicyEngine:
		return "GetPolicyEngineForValidation"
	case AuthorizeAction:
		return "EvaluatePoliciesForGateway"
	case PartiallyAuthorizeActions:
		return "EvaluatePoliciesForGatewayLists"
	}
	service, name, _ := strings.Cut(action, ":")
	return "Target" + strings.ReplaceAll(service, "-", "") + name
}
