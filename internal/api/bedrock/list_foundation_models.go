package bedrock

import (
	"context"
	"slices"
	"strings"

	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"hardpan/internal/catalog"
	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

// The denial of ListFoundationModels does not name a resource (observed).
var _ = op.Add(&table, (*Service).listFoundationModels, op.Rule[awsbedrock.ListFoundationModelsInput]{
	Action: "bedrock:ListFoundationModels", Access: op.List, Unnamed: true,
	Schema: rest.Operation("ListFoundationModels", "GET", "/foundation-models", 200,
		awsbedrock.ListFoundationModelsInput{}, awsbedrock.ListFoundationModelsOutput{},
		rest.Query("byProvider", "byProvider"), rest.Query("byCustomizationType", "byCustomizationType"),
		rest.Query("byOutputModality", "byOutputModality"), rest.Query("byInferenceType", "byInferenceType")),
})

func (s *Service) listFoundationModels(_ context.Context, c *op.Call, in *awsbedrock.ListFoundationModelsInput) (*awsbedrock.ListFoundationModelsOutput, error) {
	out := &awsbedrock.ListFoundationModelsOutput{ModelSummaries: []types.FoundationModelSummary{}}
	for _, m := range catalog.Models(c.Region) {
		if summary := summarize(c, m); wanted(in, &summary) {
			out.ModelSummaries = append(out.ModelSummaries, summary)
		}
	}
	return out, nil
}

// wanted applies the filters of the request; providers compare without case.
func wanted(in *awsbedrock.ListFoundationModelsInput, m *types.FoundationModelSummary) bool {
	switch {
	case in.ByProvider != nil && !strings.EqualFold(*in.ByProvider, *m.ProviderName):
		return false
	case in.ByOutputModality != "" && !slices.Contains(m.OutputModalities, in.ByOutputModality):
		return false
	case in.ByInferenceType != "" && !slices.Contains(m.InferenceTypesSupported, in.ByInferenceType):
		return false
	case in.ByCustomizationType != "" && !slices.Contains(m.CustomizationsSupported, in.ByCustomizationType):
		return false
	}
	return true
}
