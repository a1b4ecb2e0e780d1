package main

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/encoding/httpbinding"
)

// inferenceConfig is what a principal's calls inherit. Hardpan's own; AWS has
// nothing like it.
type inferenceConfig struct {
	HomeRegion string `json:"homeRegion"` // where a call goes that names no region
}

func inferencePath(principal string) string {
	return "/inference-configs/" + httpbinding.EscapePath(principal, true)
}

func (c *client) putInferenceConfig(ctx context.Context, principal string, value inferenceConfig) error {
	return c.call(ctx, http.MethodPut, inferencePath(principal), nil, value, nil)
}

func (c *client) getInferenceConfig(ctx context.Context, principal string) (inferenceConfig, error) {
	var value inferenceConfig
	err := c.call(ctx, http.MethodGet, inferencePath(principal), nil, nil, &value)
	return value, err
}
