package bedrock

import (
	"context"

	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

var _ = op.Add(&table, (*Service).getFoundationModel, op.Rule[awsbedrock.GetFoundationModelInput]{
	Action: "bedrock:GetFoundationModel", Access: op.Read,
	Schema: rest.Operation("GetFoundationModel", "GET", "/foundation-models/{modelIdentifier}", 200,
		awsbedrock.GetFoundationModelInput{}, awsbedrock.GetFoundationModelOutput{}),
	Resources: func(c *op.Call, in *awsbedrock.GetFoundationModelInput) ([]string, error) {
		m, err := find(c, *in.ModelIdentifier)
		if err != nil {
			return nil, err
		}
		return []string{modelARN(c, m.ID)}, nil
	},
})

func (s *Service) getFoundationModel(_ context.Context, c *op.Call, in *awsbedrock.GetFoundationModelInput) (*awsbedrock.GetFoundationModelOutput, error) {
	m, err := find(c, *in.ModelIdentifier)
	if err != nil {
		return nil, err
	}
	summary := summarize(c, m)
	return &awsbedrock.GetFoundationModelOutput{ModelDetails: &types.FoundationModelDetails{
		ModelArn: summary.ModelArn, ModelId: summary.ModelId, ModelName: summary.ModelName, ProviderName: summary.ProviderName,
		CustomizationsSupported: summary.CustomizationsSupported, InferenceTypesSupported: summary.InferenceTypesSupported,
		InputModalities: summary.InputModalities, OutputModalities: summary.OutputModalities,
		ModelLifecycle: summary.ModelLifecycle, ResponseStreamingSupported: summary.ResponseStreamingSupported,
	}}, nil
}
