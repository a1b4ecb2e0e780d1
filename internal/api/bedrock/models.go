package bedrock

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/op"
)

// find returns the model that an id or a foundation-model ARN of the call's
// region names.
func find(c *op.Call, identifier string) (*catalog.Model, error) {
	id := identifier
	if a, err := arn.Parse(identifier); err == nil {
		name, ok := strings.CutPrefix(a.Resource, "foundation-model/")
		if !ok || a.Service != "bedrock" || a.Region != c.Region {
			return nil, awserr.Validation("The provided model identifier is invalid.")
		}
		id = name
	}
	m, ok := catalog.Find(id)
	if !ok || !m.InRegion(c.Region) {
		return nil, awserr.NotFound("Could not resolve the foundation model from the provided model identifier.")
	}
	return m, nil
}

func modelARN(c *op.Call, id string) string {
	return arn.ARN{Partition: c.Partition, Service: "bedrock", Region: c.Region, Resource: "foundation-model/" + id}.String()
}

func summarize(c *op.Call, m *catalog.Model) types.FoundationModelSummary {
	resource := modelARN(c, m.ID)
	return types.FoundationModelSummary{
		ModelArn: &resource, ModelId: &m.ID, ModelName: &m.Name, ProviderName: &m.Provider,
		InputModalities: list[types.ModelModality](m.InputModalities), OutputModalities: list[types.ModelModality](m.OutputModalities),
		CustomizationsSupported:    []types.ModelCustomization{},
		InferenceTypesSupported:    list[types.InferenceType](m.InferenceTypes(c.Region)),
		ResponseStreamingSupported: &m.Streaming,
		ModelLifecycle:             &types.FoundationModelLifecycle{Status: types.FoundationModelLifecycleStatus(m.Lifecycle())},
	}
}

func list[T ~string](values []string) []T {
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = T(v)
	}
	return out
}
