package cedar

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/cedar-policy/cedar-go/types"
)

// Principal is a caller as policies see one. The zero Principal is nobody: no
// policy can be about it, but one that is about everybody.
type Principal struct{ entity types.Entity }

// OAuthUser returns the principal of a token: its id is the claim sub, and every
// claim is a tag. Tags are strings: a list or an object becomes its JSON text, so
// that a group is found with like "*\"group\"*"; numbers and booleans their usual
// text; null claims are left out. The claims are what a JSON decoder returns, with
// or without UseNumber.
func OAuthUser(sub string, claims map[string]any) Principal {
	tags := make(types.RecordMap, len(claims))
	for name, claim := range claims {
		if text, ok := tagText(claim); ok {
			tags[types.String(name)] = types.String(text)
		}
	}
	return newPrincipal(oauthUserType, sub, types.NewRecord(tags))
}

// IAMEntity returns the principal of an AWS caller: its id is the caller's ARN,
// that of the session for a role. It has no tags.
func IAMEntity(arn string) Principal {
	return newPrincipal(iamEntityType, arn, types.Record{})
}

func newPrincipal(kind types.EntityType, id string, tags types.Record) Principal {
	return Principal{types.Entity{
		UID:        types.NewEntityUID(kind, types.String(id)),
		Attributes: types.NewRecord(types.RecordMap{"id": types.String(id)}),
		Tags:       tags,
	}}
}

// ID returns the token's sub or the caller's ARN.
func (p Principal) ID() string { return string(p.entity.UID.ID) }

// ReadPrincipal returns the principal with the text of [Principal.String] and the
// tags of [Principal.Tags]. It fails on a text that is neither an OAuthUser nor an
// IamEntity.
func ReadPrincipal(text string, tags map[string]string) (Principal, error) {
	var uid types.EntityUID
	if err := uid.UnmarshalCedar([]byte(text)); err != nil {
		return Principal{}, fmt.Errorf("reading the principal %.100q: %w", text, err)
	}
	switch uid.Type {
	case iamEntityType:
		return IAMEntity(string(uid.ID)), nil
	case oauthUserType:
		claims := make(map[string]any, len(tags))
		for name, value := range tags {
			claims[name] = value
		}
		return OAuthUser(string(uid.ID), claims), nil
	}
	return Principal{}, fmt.Errorf("the principal %.100q is neither an OAuthUser nor an IamEntity", text)
}

// Tags returns all tags of the principal; nil if it has none.
func (p Principal) Tags() map[string]string {
	if p.entity.Tags.Len() == 0 {
		return nil
	}
	tags := make(map[string]string, p.entity.Tags.Len())
	for name, value := range p.entity.Tags.All() {
		text, _ := value.(types.String)
		tags[string(name)] = string(text)
	}
	return tags
}

// String returns the principal as it stands in a policy.
func (p Principal) String() string { return p.entity.UID.String() }

// Tag returns the value of a tag, and whether the principal has it.
func (p Principal) Tag(name string) (string, bool) {
	value, ok := p.entity.Tags.Get(types.String(name))
	text, _ := value.(types.String)
	return string(text), ok
}

// tagText returns a claim as a string, and false for null.
func tagText(claim any) (string, bool) {
	switch claim := claim.(type) {
	case nil:
		return "", false
	case string:
		return claim, true
	case bool:
		return strconv.FormatBool(claim), true
	case float64:
		return strconv.FormatFloat(claim, 'f', -1, 64), true
	case json.Number:
		return claim.String(), true
	}
	text, err := json.Marshal(claim)
	if err != nil {
		return "", false
	}
	return string(text), true
}
