package bedrock

import (
	"context"

	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"

	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

var _ = op.Add(&table, (*Service).getInferenceProfile, op.Rule[awsbedrock.GetInferenceProfileInput]{
	Action: "bedrock:GetInferenceProfile", Access: op.Read,
	Schema: rest.Operation("GetInferenceProfile", "GET", "/inference-profiles/{inferenceProfileIdentifier}", 200,
		awsbedrock.GetInferenceProfileInput{}, awsbedrock.GetInferenceProfileOutput{}),
	Checks: func(c *op.Call, in *awsbedrock.GetInferenceProfileInput) ([]op.Check, error) {
		a, err := profileResource(c, *in.InferenceProfileIdentifier)
		return []op.Check{onProfile(c, "bedrock:GetInferenceProfile", a)}, err
	},
})

func (s *Service) getInferenceProfile(_ context.Context, c *op.Call, in *awsbedrock.GetInferenceProfileInput) (*awsbedrock.GetInferenceProfileOutput, error) {
	a, err := profileResource(c, *in.InferenceProfileIdentifier)
	if err != nil {
		return nil, err
	}
	p, err := findProfile(c, a)
	if err != nil {
		return nil, err
	}
	shown := p.summary(c)
	return &awsbedrock.GetInferenceProfileOutput{
		InferenceProfileArn: shown.InferenceProfileArn, InferenceProfileId: shown.InferenceProfileId,
		InferenceProfileName: shown.InferenceProfileName, Description: shown.Description, Models: shown.Models,
		Status: shown.Status, Type: shown.Type, CreatedAt: shown.CreatedAt, UpdatedAt: shown.UpdatedAt,
	}, nil
}
