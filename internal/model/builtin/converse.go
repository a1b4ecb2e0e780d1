package builtin

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

var (
	opConverse    = smithy.NewOperationSchema(schemas.Converse, schemas.ConverseRequest, schemas.ConverseResponse)
	opCountTokens = smithy.NewOperationSchema(schemas.CountTokens, schemas.CountTokensRequest, schemas.CountTokensResponse)
)

// converse answers Converse and ConverseStream, whose bodies are the same.
func (b *Backend) converse(ctx context.Context, call *model.Call, started time.Time) (*model.Answer, error) {
	if !converses(call.ModelID) {
		return nil, errNoConverse()
	}
	c, err := readConverse(call, call.Body)
	if err != nil {
		return nil, err
	}
	r, err := b.reply(ctx, c)
	if err != nil {
		return nil, err
	}
	if call.Operation == "ConverseStream" {
		return converseStream(ctx, call, r, started), nil
	}
	out, err := rest.Encode(opConverse, &bedrockruntime.ConverseOutput{
		Output: &types.ConverseOutputMemberMessage{
			Value: types.Message{Role: types.ConversationRoleAssistant, Content: converseBlocks(r)},
		},
		StopReason: types.StopReason(r.stopReason),
		Usage:      converseUsage(r),
		Metrics:    &types.ConverseMetrics{LatencyMs: aws.Int64(latency(started))},
	})
	if err != nil {
		return nil, awserr.Internal(err)
	}
	return answer(call, out.Header, out.Body, usage.Tokens{Input: r.input, Output: r.output}), nil
}

// readConverse decodes and checks the body of a Converse call.
func readConverse(call *model.Call, body []byte) (*conversation, error) {
	var in bedrockruntime.ConverseInput
	if err := decode(opConverse, call, body, &in); err != nil {
		return nil, err
	}
	if err := refuseControls(&in); err != nil {
		return nil, err
	}
	c := &conversation{model: call.ModelID, region: call.Region}
	if err := c.configure(in.InferenceConfig); err != nil {
		return nil, err
	}
	c.fill(in.System, in.Messages, in.ToolConfig)
	return c, checkConverse(c)
}

func decode(op *smithy.OperationSchema, call *model.Call, body []byte, in any) error {
	header := http.Header{"Content-Type": {"application/json"}}
	return rest.Decode(op, &rest.Request{Labels: map[string]string{"modelId": call.Named}, Header: header, Body: body}, in)
}

// refuseControls names what the built-in model cannot do, rather than to
// answer as if it had.
func refuseControls(in *bedrockruntime.ConverseInput) error {
	for name, given := range map[string]bool{
		"guardrailConfig": in.GuardrailConfig != nil,
		"outputConfig":    in.OutputConfig != nil,
		"promptVariables": len(in.PromptVariables) > 0,
	} {
		if given {
			return awserr.Validation("Hardpan's built-in model does not apply %s. Leave it out, or route the model to another backend.", name)
		}
	}
	return nil
}

func (c *conversation) configure(config *types.InferenceConfiguration) error {
	if config == nil {
		return nil
	}
	var limits []inferenceLimit
	if n := config.MaxTokens; n != nil {
		c.maxTokens = int64(*n)
		limits = append(limits, inferenceLimit{"inferenceConfig.maxTokens", float64(*n), 1, 1 << 31})
	}
	if v := config.Temperature; v != nil {
		limits = append(limits, inferenceLimit{"inferenceConfig.temperature", float64(*v), 0, 1})
	}
	if v := config.TopP; v != nil {
		limits = append(limits, inferenceLimit{"inferenceConfig.topP", float64(*v), 0, 1})
	}
	c.stopSequences = config.StopSequences
	for _, limit := range limits {
		if err := limit.check(); err != nil {
			return err
		}
	}
	return nil
}

func converseBlocks(r *reply) []types.ContentBlock {
	blocks := []types.ContentBlock{}
	for _, b := range r.blocks {
		if b.name == "" {
			blocks = append(blocks, &types.ContentBlockMemberText{Value: b.text})
			continue
		}
		blocks = append(blocks, &types.ContentBlockMemberToolUse{Value: types.ToolUseBlock{
			ToolUseId: aws.String(b.id), Name: aws.String(b.name), Input: documentOf(b.input),
		}})
	}
	return blocks
}

func converseUsage(r *reply) *types.TokenUsage {
	return &types.TokenUsage{
		InputTokens: aws.Int32(int32(r.input)), OutputTokens: aws.Int32(int32(r.output)),
		TotalTokens: aws.Int32(int32(r.input + r.output)),
	}
}
