package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go/auth/bearer"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// models calls models as an SDK does that knows nothing of Hardpan: signed, or
// with an API key if there is one.
func (c *client) models(apiKey string) *caller {
	return &caller{bedrockruntime.NewFromConfig(c.config, func(o *bedrockruntime.Options) {
		o.AuthSchemePreference = []string{"sigv4"} // also where the shell has an API key
		if apiKey != "" {
			o.AuthSchemePreference = []string{"httpBearerAuth"}
			o.BearerAuthTokenProvider = bearer.StaticTokenProvider{Token: bearer.Token{Value: apiKey}}
			o.BearerAuthSigner = plainBearer{}
		}
	})}
}

// plainBearer sends an API key without TLS, which the SDK's own signer refuses:
// the demo's server is on loopback.
type plainBearer struct{}

// SignWithBearerToken implements bearer.Signer.
func (plainBearer) SignWithBearerToken(_ context.Context, token bearer.Token, message bearer.Message) (bearer.Message, error) {
	request, ok := message.(*smithyhttp.Request)
	if !ok {
		return nil, fmt.Errorf("sending an API key: %T is no HTTP request", message)
	}
	request = request.Clone()
	request.Header.Set("Authorization", "Bearer "+token.Value)
	return request, nil
}

// caller calls models for someone.
type caller struct{ models *bedrockruntime.Client }

// converse says text to a model and returns what it says.
func (c *caller) converse(ctx context.Context, model, text string) (string, error) {
	out, err := c.models.Converse(ctx, &bedrockruntime.ConverseInput{
		ModelId: &model,
		Messages: []types.Message{{
			Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: text}},
		}},
	})
	if err != nil {
		return "", err
	}
	message, ok := out.Output.(*types.ConverseOutputMemberMessage)
	if !ok || len(message.Value.Content) == 0 {
		return "", fmt.Errorf("%s answered without a message", model)
	}
	said, ok := message.Value.Content[0].(*types.ContentBlockMemberText)
	if !ok {
		return "", fmt.Errorf("%s answered without text", model)
	}
	return said.Value, nil
}

// embedding is the answer of Titan Text Embeddings V2.
type embedding struct {
	Vector []float64 `json:"embedding"`
	Tokens int       `json:"inputTextTokenCount"`
}

// embed asks a Titan model for the embedding of a text. dimensions may be 0.
func (c *caller) embed(ctx context.Context, model, text string, dimensions int) (embedding, error) {
	ask := map[string]any{"inputText": text}
	if dimensions > 0 {
		ask["dimensions"] = dimensions
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return embedding{}, err
	}
	out, err := c.models.InvokeModel(ctx, &bedrockruntime.InvokeModelInput{
		ModelId: &model, Body: body, ContentType: aws.String(jsonType), Accept: aws.String(jsonType),
	})
	if err != nil {
		return embedding{}, err
	}
	var answer embedding
	if err := json.Unmarshal(out.Body, &answer); err != nil {
		return embedding{}, fmt.Errorf("reading the embedding: %w", err)
	}
	return answer, nil
}
