package bedrock

import (
	"context"
	"encoding/base64"
	"iter"
	"strings"

	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

var _ = op.Add(&table, (*Service).listInferenceProfiles, op.Rule[awsbedrock.ListInferenceProfilesInput]{
	Action: "bedrock:ListInferenceProfiles", Access: op.List,
	Schema: rest.Operation("ListInferenceProfiles", "GET", "/inference-profiles", 200,
		awsbedrock.ListInferenceProfilesInput{}, awsbedrock.ListInferenceProfilesOutput{}, rest.Query("typeEquals", "type")),
	Checks: func(c *op.Call, in *awsbedrock.ListInferenceProfilesInput) ([]op.Check, error) {
		if err := checkList(in); err != nil {
			return nil, err
		}
		// Checked on the collection (observed). For application profiles no text
		// was seen: an Allow on either collection is enough.
		on := func(kind string) op.Check {
			return op.Check{Action: "bedrock:ListInferenceProfiles", Resource: profileARN(c, kind, "*"), Region: c.Region, Any: 1}
		}
		checks := []op.Check{on(systemType)}
		if in.TypeEquals == types.InferenceProfileTypeApplication {
			checks = append(checks, on(applicationType))
		}
		return checks, nil
	},
})

// maxPage is how many profiles a page has at most, and if the caller does not
// say (the latter is unverified).
const maxPage = 1000

func checkList(in *awsbedrock.ListInferenceProfilesInput) error {
	var f faults
	switch in.TypeEquals {
	case "", types.InferenceProfileTypeSystemDefined, types.InferenceProfileTypeApplication:
	default:
		f.add("Value '%s' at 'typeEquals' failed to satisfy constraint: Member must satisfy enum value set: [SYSTEM_DEFINED, APPLICATION]", in.TypeEquals)
	}
	if n := in.MaxResults; n != nil && (*n < 1 || *n > maxPage) {
		f.add("Value '%d' at 'maxResults' failed to satisfy constraint: Member must be between 1 and %d", *n, maxPage)
	}
	return f.err()
}

// listInferenceProfiles shows system-defined profiles unless the caller asks for
// the account's own (the default is from memory, unverified).
func (s *Service) listInferenceProfiles(_ context.Context, c *op.Call, in *awsbedrock.ListInferenceProfilesInput) (*awsbedrock.ListInferenceProfilesOutput, error) {
	after, err := readToken(in.NextToken)
	if err != nil {
		return nil, err
	}
	profiles, key := systemProfiles(c, after), func(p profile) string { return p.system.ID }
	if in.TypeEquals == types.InferenceProfileTypeApplication {
		key = func(p profile) string { return p.own.Name }
		if profiles, err = ownProfiles(c, after); err != nil {
			return nil, err
		}
	}
	size := maxPage
	if in.MaxResults != nil {
		size = int(*in.MaxResults)
	}
	out := &awsbedrock.ListInferenceProfilesOutput{InferenceProfileSummaries: []types.InferenceProfileSummary{}}
	last := ""
	for p := range profiles {
		if len(out.InferenceProfileSummaries) == size {
			next := writeToken(last)
			out.NextToken = &next
			break
		}
		last = key(p)
		out.InferenceProfileSummaries = append(out.InferenceProfileSummaries, p.summary(c))
	}
	return out, nil
}

// systemProfiles yields the profiles that can be called in the region, in the
// order of their ids, those after an id.
func systemProfiles(c *op.Call, after string) iter.Seq[profile] {
	return func(yield func(profile) bool) {
		for _, p := range catalog.Profiles(c.Region) {
			if p.ID > after && !yield(profile{system: p}) {
				return
			}
		}
	}
}

// ownProfiles yields the account's profiles in the order of their names.
func ownProfiles(c *op.Call, after string) (iter.Seq[profile], error) {
	s, err := state(c)
	if err != nil {
		return nil, err
	}
	return func(yield func(profile) bool) {
		for p := range s.InferenceProfiles(c.Region, after) {
			if !yield(profile{own: p}) {
				return
			}
		}
	}, nil
}

// A token holds the key of the last entry that was shown; the next page begins
// after it, whatever was made or deleted in the meantime.
const tokenForm = "1"

func writeToken(key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenForm + key))
}

func readToken(token *string) (after string, err error) {
	if token == nil {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(*token)
	after, ok := strings.CutPrefix(string(raw), tokenForm)
	if err != nil || !ok || after == "" {
		return "", awserr.Validation("The nextToken is invalid: it is not one that this operation has returned.")
	}
	return after, nil
}
