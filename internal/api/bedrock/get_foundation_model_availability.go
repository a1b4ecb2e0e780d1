package bedrock

import (
	"context"

	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

var _ = op.Add(&table, (*Service).getFoundationModelAvailability, op.Rule[awsbedrock.GetFoundationModelAvailabilityInput]{
	Action: "bedrock:GetFoundationModelAvailability", Access: op.Read, Unnamed: true,
	Schema: rest.Operation("GetFoundationModelAvailability", "GET", "/foundation-model-availability/{modelId}", 200,
		awsbedrock.GetFoundationModelAvailabilityInput{}, awsbedrock.GetFoundationModelAvailabilityOutput{}),
})

// Behind Hardpan there is no agreement to sign and no model to enable: what
// the catalog has in a region is available there, and policy decides the rest.
func (s *Service) getFoundationModelAvailability(_ context.Context, c *op.Call, in *awsbedrock.GetFoundationModelAvailabilityInput) (*awsbedrock.GetFoundationModelAvailabilityOutput, error) {
	m, err := find(c, *in.ModelId)
	if err != nil {
		return nil, err
	}
	return &awsbedrock.GetFoundationModelAvailabilityOutput{
		ModelId:                 &m.ID,
		AgreementAvailability:   &types.AgreementAvailability{Status: types.AgreementStatusAvailable},
		AuthorizationStatus:     types.AuthorizationStatusAuthorized,
		EntitlementAvailability: types.EntitlementAvailabilityAvailable,
		RegionAvailability:      types.RegionAvailabilityAvailable,
	}, nil
}
