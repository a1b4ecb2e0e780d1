package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

// models calls models as an SDK does that knows nothing of Hardpan.
func (c *client) models() *bedrockruntime.Client {
	return bedrockruntime.NewFromConfig(c.config, func(o *bedrockruntime.Options) {
		o.AuthSchemePreference = []string{"sigv4"} // also where the shell has an API key
	})
}

// withKey returns a client that sends an API key in place of a signature. The
// SDK does so over TLS only; the demo's server is on loopback, without.
func (c *client) withKey(key string) *client {
	other := *c
	other.config = c.config.Copy()
	other.config.Credentials = aws.AnonymousCredentials{}
	other.config.HTTPClient = &http.Client{Timeout: callTimeout, Transport: bearing(key)}
	return &other
}

// bearing adds an API key to requests.
type bearing string

// RoundTrip implements http.RoundTripper.
func (key bearing) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+string(key))
	return http.DefaultTransport.RoundTrip(request)
}

// converse says text to a model and returns what it says.
func (c *client) converse(ctx context.Context, model, text string) (string, error) {
	out, err := c.models().Converse(ctx, &bedrockruntime.ConverseInput{
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
func (c *client) embed(ctx context.Context, model, text string, dimensions int) (embedding, error) {
	ask := map[string]any{"inputText": text}
	if dimensions > 0 {
		ask["dimensions"] = dimensions
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return embedding{}, err
	}
	out, err := c.models().InvokeModel(ctx, &bedrockruntime.InvokeModelInput{
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
