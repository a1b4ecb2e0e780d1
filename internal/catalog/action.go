package catalog

import (
	"slices"
	"strings"
	"sync"
)

// ActionInfo is one IAM action of the bedrock service, as the Service
// Authorization Reference lists it.
type ActionInfo struct {
	Name           string   `json:"name"`      // without prefix, e.g. "InvokeModel"
	Access         string   `json:"access"`    // Read, List, Write, Tagging, Permissions management
	ResourceTypes  []string `json:"resources"` // alternatives; none means it is checked on "*"
	ConditionKeys  []string `json:"keys"`      // keys the service puts into the request; tag keys end in ${TagKey}
	PermissionOnly bool     `json:"permissionOnly"`
}

// ConditionKey is one service-specific condition key and its type.
type ConditionKey struct {
	Name string `json:"name"` // e.g. "bedrock:InferenceProfileArn"
	Type string `json:"type"` // String, ARN, ArrayOfString
}

type actionTable struct {
	sorted []*ActionInfo
	byName map[string]*ActionInfo // lower case, without prefix
}

const resourceTagKey = "aws:ResourceTag/${TagKey}"

var actions = sync.OnceValue(func() *actionTable {
	t := &actionTable{sorted: mustParse[[]*ActionInfo]("actions.json"), byName: map[string]*ActionInfo{}}
	for _, a := range t.sorted {
		if slices.ContainsFunc(a.ResourceTypes, taggable) {
			a.ConditionKeys = append(a.ConditionKeys, resourceTagKey)
		}
		t.byName[strings.ToLower(a.Name)] = a
	}
	return t
})

var conditionKeys = sync.OnceValue(func() []ConditionKey { return mustParse[[]ConditionKey]("keys.json") })

func taggable(resourceType string) bool {
	r, ok := FindResourceType(resourceType)
	return ok && r.Taggable
}

// Action returns an action by its name, with or without "bedrock:". As in IAM
// the case of letters does not matter. Wildcards are not names.
func Action(name string) (*ActionInfo, bool) {
	name = strings.ToLower(name)
	if prefix, rest, ok := strings.Cut(name, ":"); ok {
		if prefix != "bedrock" {
			return nil, false
		}
		name = rest
	}
	a, ok := actions().byName[name]
	return a, ok
}

// Actions returns all actions of the bedrock service, ordered by name.
func Actions() []*ActionInfo { return actions().sorted }

// ConditionKeys returns the condition keys that the bedrock service knows
// besides the global ones.
func ConditionKeys() []ConditionKey { return conditionKeys() }
