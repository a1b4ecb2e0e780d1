package builtin

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

// countTokens answers CountTokens: what the same input would be charged for,
// by the same count. It costs nothing itself.
func (b *Backend) countTokens(ctx context.Context, call *model.Call) (*model.Answer, error) {
	var in bedrockruntime.CountTokensInput
	if err := decode(opCountTokens, call, call.Body, &in); err != nil {
		return nil, err
	}
	c, err := countedConversation(call, in.Input)
	if err != nil {
		return nil, err
	}
	n, err := c.inputTokens(ctx)
	if err != nil {
		return nil, err
	}
	out, err := rest.Encode(opCountTokens, &bedrockruntime.CountTokensOutput{InputTokens: aws.Int32(int32(n))})
	if err != nil {
		return nil, awserr.Internal(err)
	}
	return answer(call, out.Header, out.Body, usage.Tokens{}), nil
}

func countedConversation(call *model.Call, input types.CountTokensInput) (*conversation, error) {
	switch in := input.(type) {
	case *types.CountTokensInputMemberConverse:
		if !converses(call.ModelID) {
			return nil, errNoConverse()
		}
		c := &conversation{model: call.ModelID, region: call.Region}
		c.fill(in.Value.System, in.Value.Messages, in.Value.ToolConfig)
		return c, checkConverse(c)
	case *types.CountTokensInputMemberInvokeModel:
		d, err := dialectOf(call.ModelID)
		if err != nil {
			return nil, err
		}
		return d.read(call, in.Value.Body)
	}
	return nil, awserr.Validation("The input of CountTokens needs either invokeModel or converse.")
}
