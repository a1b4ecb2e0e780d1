package bedrock

import (
	"context"

	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"

	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/wire/rest"
)

var _ = op.Add(&table, (*Service).deleteInferenceProfile, op.Rule[awsbedrock.DeleteInferenceProfileInput]{
	Action: "bedrock:DeleteInferenceProfile", Access: op.Write,
	Schema: rest.Operation("DeleteInferenceProfile", "DELETE", "/inference-profiles/{inferenceProfileIdentifier}", 200,
		awsbedrock.DeleteInferenceProfileInput{}, awsbedrock.DeleteInferenceProfileOutput{}),
	Checks: func(c *op.Call, in *awsbedrock.DeleteInferenceProfileInput) ([]op.Check, error) {
		a, err := profileResource(c, *in.InferenceProfileIdentifier)
		return []op.Check{onProfile(c, "bedrock:DeleteInferenceProfile", a)}, err
	},
})

func (s *Service) deleteInferenceProfile(ctx context.Context, c *op.Call, in *awsbedrock.DeleteInferenceProfileInput) (*awsbedrock.DeleteInferenceProfileOutput, error) {
	a, err := profileResource(c, *in.InferenceProfileIdentifier)
	if err != nil {
		return nil, err
	}
	if a.Type() == systemType {
		return nil, awserr.Validation("%s is a system-defined inference profile, which cannot be deleted.", a)
	}
	return &awsbedrock.DeleteInferenceProfileOutput{}, s.write(ctx, c, func(tx *store.Tx) error {
		p, err := tagged(tx.State(), a)
		if err != nil {
			return noProfile(a.String())
		}
		return tx.Delete(p)
	})
}
