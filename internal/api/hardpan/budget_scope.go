package hardpan

import (
	"strings"
	"unicode/utf8"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

// covered refuses a scope that no call could ever be in: a budget with a
// misspelled name would count nothing, and nobody would notice.
func covered(s *identity.Snapshot, scope usage.Scope) error {
	if scope.Each || scope.Kind == usage.ScopeAccount {
		return nil
	}
	switch scope.Kind {
	case usage.ScopePrincipal:
		if _, err := principalScope(s, scope.Value); err != nil {
			return awserr.Validation("There is no user or role %s in this account. A permission set is its role, whose name begins with AWSReservedSSO_.", scope.Value)
		}
		return nil
	case usage.ScopeModel:
		return knownModel(scope.Value)
	case usage.ScopeKey:
		return knownKey(s, scope.Value)
	case usage.ScopeProfile:
		return knownProfile(s, scope.Value)
	case usage.ScopeSession:
		return ownSession(s, scope.Value)
	case usage.ScopeGateway:
		return knownGateway(s, scope.Value)
	case usage.ScopeTool:
		return knownTool(s, scope.Value)
	}
	if utf8.RuneCountInString(scope.Key) > 128 || utf8.RuneCountInString(scope.Value) > 256 {
		return awserr.Validation("A tag has a key of up to 128 and a value of up to 256 characters.")
	}
	return nil
}

func knownModel(id string) error {
	if _, ok := catalog.Find(id); !ok {
		return awserr.Validation("There is no foundation model %q. Give the id of the model itself, not of a profile: a call is charged to the model behind its profile.", id)
	}
	return nil
}

func knownKey(s *identity.Snapshot, id string) error {
	_, signs := s.AccessKey(id)
	_, bears := s.ServiceCredential(id)
	if !signs && !bears {
		return awserr.Validation("There is no access key or API key %q in this account. Temporary keys come and go: take the session's ARN.", id)
	}
	return nil
}

func knownProfile(s *identity.Snapshot, text string) error {
	a, err := arn.Parse(text)
	kind, id, _ := strings.Cut(a.Resource, "/")
	if err != nil || a.Service != "bedrock" || a.Account != s.Account().Account {
		return awserr.Validation("%q is no ARN of an inference profile in this account.", text)
	}
	found := false
	switch kind {
	case "application-inference-profile":
		_, found = s.InferenceProfile(a.Region, id)
	case "inference-profile":
		p, known := catalog.FindProfile(id)
		found = known && p.From(a.Region)
	}
	if !found {
		return awserr.Validation("There is no inference profile %s.", text)
	}
	return nil
}

func knownGateway(s *identity.Snapshot, id string) error {
	if _, ok := s.Resource(gateway.KindGateway, id); !ok {
		return awserr.Validation("There is no gateway %q in this account. Give its id, as hardpan gateway list shows it.", id)
	}
	return nil
}

func knownTool(s *identity.Snapshot, name string) error {
	if !gateway.HasTool(s, name) {
		return awserr.Validation("No gateway of this account has a tool %q. Give its name as clients see it: the target's name, %s and its own.", name, gateway.Separator)
	}
	return nil
}

// ownSession takes a session's ARN by its form, since sessions are not stored.
func ownSession(s *identity.Snapshot, text string) error {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "sts" || a.Account != s.Account().Account || !strings.HasPrefix(a.Resource, "assumed-role/") || strings.Count(a.Resource, "/") != 2 {
		return awserr.Validation("%q is no ARN of a session in this account: arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION.", text)
	}
	return nil
}
