// Package invocation says what one model call must be allowed: from the model
// identifier that a client wrote to the list of actions, resources and regions
// that policy is asked about.
//
// It knows the catalog and Bedrock's rules for profiles. It does not know who
// calls, what any policy says, or how a call is answered.
package invocation

import (
	"slices"
	"strings"

	"hardpan/arn"
	"hardpan/internal/catalog"
)

// The actions of Bedrock's Service Authorization Reference that a model call
// needs. There are none named Converse or ConverseStream.
const (
	InvokeModel          = "bedrock:InvokeModel"
	InvokeModelStream    = "bedrock:InvokeModelWithResponseStream"
	CountTokens          = "bedrock:CountTokens"
	CallWithBearerToken  = "bedrock:CallWithBearerToken"
	RegionKey            = "aws:RequestedRegion"
	ProfileKey           = "bedrock:InferenceProfileArn"
	BearerTokenTypeKey   = "bedrock:BearerTokenType"
	unspecifiedRegion    = "unspecified" // aws:RequestedRegion of a check that belongs to no region
	foundationModel      = "foundation-model"
	inferenceProfile     = "inference-profile"
	applicationProfile   = "application-inference-profile"
	globalGeographyStart = "global."
)

// Place is where a call is made.
type Place struct{ Partition, Region, Account string }

// Target is what a model identifier stands for, seen from one place:
//
//   - a model: the foundation-model ARN of the call's region;
//   - a geographic profile: the profile, then the model in the source region
//     and in every destination, each with bedrock:InferenceProfileArn;
//   - a global profile: the profile, the model in the source region, and the
//     model's region-less ARN with aws:RequestedRegion "unspecified".
//
// Source: Amazon Bedrock User Guide, geographic and global cross-region
// inference. All destinations are checked up front, always.
type Target struct {
	Named   string // what a Bedrock behind Hardpan knows it by: as the client wrote it, but see [Through]
	Model   *catalog.Model
	Profile string   // ARN of the inference profile, or empty
	Regions []string // regions the call may run in

	at      Place
	checked []string // regions whose foundation-model ARN is checked; "" is the region-less one
}

// RefusalError is an identifier that AWS answers with a ValidationException.
type RefusalError struct{ Message string }

// Error implements error.
func (r *RefusalError) Error() string { return r.Message }

// errInvalid is AWS's text for what is no model, which comes before authorization.
var errInvalid = &RefusalError{"The provided model identifier is invalid."}

// Resolve finds what identifier, an id or ARN, stands for. Its error is a
// [*RefusalError].
func Resolve(at Place, identifier string) (*Target, error) {
	kind, id, err := parse(at, identifier)
	if err != nil {
		return nil, err
	}
	if kind != foundationModel {
		if t := resolveProfile(at, id); t != nil {
			t.Named = identifier
			return t, nil
		}
		if kind == inferenceProfile {
			return nil, errInvalid
		}
	}
	m, ok := catalog.Find(id)
	if !ok || !m.InRegion(at.Region) {
		return nil, errInvalid
	}
	return &Target{Named: identifier, Model: m, Regions: []string{at.Region}, at: at, checked: []string{at.Region}}, nil
}

func resolveProfile(at Place, id string) *Target {
	p, ok := catalog.FindProfile(id)
	if !ok {
		return nil
	}
	destinations, ok := p.Destinations(at.Region)
	if !ok {
		return nil
	}
	m, ok := catalog.Find(p.Model())
	if !ok {
		return nil
	}
	t := &Target{Model: m, Regions: destinations, at: at, checked: []string{at.Region}}
	t.Profile = at.arn(at.Region, at.Account, inferenceProfile+"/"+id)
	if strings.HasPrefix(id, globalGeographyStart) {
		t.checked = append(t.checked, "")
		return t
	}
	for _, d := range destinations {
		if !slices.Contains(t.checked, d) {
			t.checked = append(t.checked, d)
		}
	}
	return t
}

// Application reports whether identifier, an ARN or a bare id, can only name an
// application inference profile of this place, and which. That bare ids are
// taken is from memory, unverified.
func Application(at Place, identifier string) (id string, ok bool) {
	if !strings.HasPrefix(identifier, "arn:") {
		return identifier, applicationID(identifier)
	}
	a, err := arn.Parse(identifier)
	if err != nil || a.Service != "bedrock" || a.Partition != at.Partition || a.Region != at.Region || a.Account != at.Account {
		return "", false
	}
	return strings.CutPrefix(a.Resource, applicationProfile+"/")
}

// applicationID reports whether text has the form of such an id; models and
// system-defined profiles have a dot in theirs.
func applicationID(text string) bool {
	return len(text) == 12 && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// Through is a call through an application inference profile that was copied
// from source, a model's or a system profile's identifier. The system profile
// itself is not checked (observed; that a copy of a global profile checks the
// region-less model too is an inference). Its Named is source, since nobody
// but Hardpan knows the copy.
func Through(at Place, profileARN, source string) (*Target, error) {
	a, err := arn.Parse(profileARN)
	if err != nil || a.Service != "bedrock" || a.Partition != at.Partition || a.Region != at.Region || a.Account != at.Account ||
		!strings.HasPrefix(a.Resource, applicationProfile+"/") {
		return nil, errInvalid
	}
	t, err := Resolve(at, source)
	if err != nil {
		return nil, err
	}
	t.Profile = profileARN
	return t, nil
}

// parse splits an identifier into its kind ("" for a bare id) and id.
func parse(at Place, identifier string) (kind, id string, err error) {
	if !strings.HasPrefix(identifier, "arn:") {
		return "", identifier, nil
	}
	a, err := arn.Parse(identifier)
	if err != nil || a.Service != "bedrock" || a.Partition != at.Partition || a.Region != at.Region {
		return "", "", errInvalid
	}
	kind, id, _ = strings.Cut(a.Resource, "/")
	switch kind {
	case foundationModel:
		if a.Account != "" {
			return "", "", errInvalid
		}
	case inferenceProfile:
		if a.Account != at.Account {
			return "", "", errInvalid
		}
	case "prompt-router", "default-prompt-router", "prompt",
		"provisioned-model", "custom-model-deployment", "imported-model":
		return "", "", &RefusalError{"Hardpan does not serve " + kind + " resources in this release. " +
			"Name a foundation model or an inference profile."}
	default:
		return "", "", errInvalid
	}
	return kind, id, nil
}

func (at Place) arn(region, account, resource string) string {
	return arn.ARN{Partition: at.Partition, Service: "bedrock", Region: region, Account: account, Resource: resource}.String()
}

// OnDemand refuses a bare model that only answers through a profile. AWS says
// so after authorization; the apostrophe is typographic (U+2019), as observed.
func (t *Target) OnDemand() error {
	if t.Profile != "" || t.Model.OnDemandIn(t.at.Region) {
		return nil
	}
	return &RefusalError{"Invocation of model ID " + t.Model.ID + " with on-demand throughput isn’t supported. " +
		"Retry your request with the ID or ARN of an inference profile that contains this model."}
}

// Region is where the call runs: at home if the profile may, else its first destination.
func (t *Target) Region() string {
	if slices.Contains(t.Regions, t.at.Region) {
		return t.at.Region
	}
	return t.Regions[0]
}
