package bedrockruntime

import (
	"encoding/json"
	"net/http"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/rest"
)

// A control that Hardpan does not apply is refused by name, never ignored: a
// caller who asks for a guardrail must not get an unguarded answer.

// headerControls are the request headers that name such a control.
var headerControls = []struct{ header, name, harmless string }{
	{"X-Amzn-Bedrock-Guardrailidentifier", "guardrailIdentifier", ""},
	{"X-Amzn-Bedrock-Guardrailversion", "guardrailVersion", ""},
	{"X-Amzn-Bedrock-Service-Tier", "serviceTier", "default"},
	{"X-Amzn-Bedrock-Performanceconfig-Latency", "performanceConfig", "standard"},
}

// bodyControls are the top-level members of a Converse body that name one, and
// the value that asks for nothing.
var bodyControls = []struct{ member, field, harmless string }{
	{"guardrailConfig", "", ""},
	{"serviceTier", "type", "default"},
	{"performanceConfig", "latency", "standard"},
	{"promptVariables", "", ""},
}

// refuseHeaderControls refuses what the headers of a call ask for in vain.
func refuseHeaderControls(h http.Header) error {
	for _, ctl := range headerControls {
		for _, v := range h.Values(ctl.header) {
			if v != "" && v != ctl.harmless {
				return notApplied(ctl.name)
			}
		}
	}
	return nil
}

// refuseBodyControls does the same for the body of a Converse call.
func refuseBodyControls(fields rest.Fields) error {
	for _, ctl := range bodyControls {
		raw, ok := fields.Get(ctl.member)
		if !ok || string(raw) == "null" || string(raw) == "{}" {
			continue
		}
		if ctl.field != "" {
			var value map[string]any
			if json.Unmarshal(raw, &value) == nil && value[ctl.field] == ctl.harmless {
				continue
			}
		}
		return notApplied(ctl.member)
	}
	return nil
}

func notApplied(name string) error {
	return awserr.Validation("Hardpan does not apply %s in this release and refuses a request that names it, "+
		"rather than ignore it. Remove %s from the request.", name, name)
}
