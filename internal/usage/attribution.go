package usage

import (
	"slices"
	"strings"
)

// Tag is a tag of a principal or an application profile, as it was at the time
// of a call. Keys compare without case.
type Tag struct {
	Key   string `json:"k"`
	Value string `json:"v"`
}

// Call is what decides whom a call is charged to: of a model, or of a tool if
// it has a Gateway.
type Call struct {
	Principal   string   // ARN of the user, role or root user
	Session     string   // ARN of the session, or ""
	Ancestors   []string // ARNs of the sessions it was made from, nearest first
	Key         string   // id of the access key or API key
	Profile     string   // ARN of the inference profile that was named, or ""
	Model       string   // id of the foundation model
	Tags        []Tag    // the principal's, frozen
	ProfileTags []Tag    // the application profile's, frozen

	Gateway string // id of the tool gateway, or "": the call is of a model
	Tool    string // its name at the gateway
}

// TagValue is the value that usage is reported under for a tag: the profile's,
// since AWS's bill says what the profile says, else the principal's.
//
// A budget takes both: whoever falls under one by his own tag does not leave it
// by calling through a profile that says something else.
func (c *Call) TagValue(key string) (value string, ok bool) {
	if value, ok = tagValue(c.ProfileTags, key); ok {
		return value, true
	}
	return tagValue(c.Tags, key)
}

// Attribution is [Call.TagValue] for every key there is: the profile's tags,
// then those of the principal's that the profile has not.
func (c *Call) Attribution() []Tag {
	all := c.ProfileTags[:len(c.ProfileTags):len(c.ProfileTags)]
	for _, t := range c.Tags {
		if _, taken := tagValue(c.ProfileTags, t.Key); !taken {
			all = append(all, t)
		}
	}
	return all
}

func tagValue(tags []Tag, key string) (string, bool) {
	for _, t := range tags {
		if strings.EqualFold(t.Key, key) {
			return t.Value, true
		}
	}
	return "", false
}

// Values is what a call is charged under in a scope: the values that it has for
// a limit for each, else the scope's one value if the call has it. Empty: the
// call is not in the scope.
func (s Scope) Values(c *Call) (list []string) {
	for _, value := range c.values(s) {
		if (s.Each || s.Value == value) && !slices.Contains(list, value) {
			list = append(list, value)
		}
	}
	return list
}

// values are those that the call has for a kind of scope. The calls of tools
// are in no scope that counts those of models, nor the other way round.
func (c *Call) values(s Scope) []string {
	if s.CountsTools() != (c.Gateway != "") {
		return nil
	}
	switch s.Kind {
	case ScopeGateway:
		return []string{c.Gateway}
	case ScopeTool:
		return present(c.Tool)
	case ScopeAccount:
		return []string{""}
	case ScopePrincipal:
		return present(c.Principal)
	case ScopeSession:
		return present(append([]string{c.Session}, c.Ancestors...)...)
	case ScopeKey:
		return present(c.Key)
	case ScopeProfile:
		return present(c.Profile)
	case ScopeModel:
		return present(c.Model)
	}
	var list []string // a tag's value may be empty
	for _, tags := range [][]Tag{c.Tags, c.ProfileTags} {
		if value, ok := tagValue(tags, s.Key); ok {
			list = append(list, value)
		}
	}
	return list
}

func present(values ...string) []string {
	return slices.DeleteFunc(values, func(v string) bool { return v == "" })
}
