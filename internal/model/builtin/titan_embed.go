package builtin

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/tokens"
	"hardpan/internal/usage"
)

// embedding speaks the bodies of Amazon Titan Text Embeddings.
type embedding struct {
	v2 bool
}

// embeddingOf reports whether a model is a Titan text embedding model.
func embeddingOf(id string) (embedding, bool) {
	switch {
	case strings.HasPrefix(id, "amazon.titan-embed-text-v2"):
		return embedding{v2: true}, true
	case id == "amazon.titan-embed-text-v1", id == "amazon.titan-embed-g1-text-02":
		return embedding{}, true
	}
	return embedding{}, false
}

type embeddingRequest struct {
	InputText  *string  `json:"inputText"`
	Dimensions *int     `json:"dimensions"`
	Normalize  *bool    `json:"normalize"`
	Types      []string `json:"embeddingTypes"`
}

type embeddingResponse struct {
	Embedding  []float32      `json:"embedding,omitempty"`
	ByType     map[string]any `json:"embeddingsByType,omitempty"`
	TokenCount int64          `json:"inputTextTokenCount"`
}

// Limits of Titan text embeddings (Amazon Bedrock User Guide).
const (
	g1Dimensions       = 1536
	v2Dimensions       = 1024
	embeddingMaxTokens = 8192
	embeddingMaxText   = 50_000 // characters
)

func (e embedding) answer(ctx context.Context, call *model.Call, started time.Time) (*model.Answer, error) {
	in, err := e.read(call.Body)
	if err != nil {
		return nil, err
	}
	n, err := tokens.Count(ctx, *in.InputText)
	if err != nil {
		return nil, err
	}
	if n > embeddingMaxTokens {
		return nil, awserr.Validation("400 Bad Request: Too many input tokens. Max input tokens: %d, request input token count: %d ", embeddingMaxTokens, n)
	}
	used := usage.Tokens{Input: n}
	return answer(call, invokeHeader(used, started), []byte(mustJSON(e.respond(in, n))), used), nil
}

func (e embedding) read(body []byte) (*embeddingRequest, error) {
	known := []string{"inputText"}
	if e.v2 {
		known = append(known, "dimensions", "normalize", "embeddingTypes")
	}
	if err := knownKeys(body, known...); err != nil {
		return nil, err
	}
	in := &embeddingRequest{}
	if err := readBody(body, in); err != nil {
		return nil, err
	}
	switch {
	case in.InputText != nil && utf8.RuneCountInString(*in.InputText) > embeddingMaxText:
		return nil, malformed("#/inputText: expected maxLength: %d, actual: %d", embeddingMaxText, utf8.RuneCountInString(*in.InputText))
	case in.InputText == nil:
		return nil, malformed("#: required key [inputText] not found")
	case *in.InputText == "":
		return nil, malformed("expected minLength: 1, actual: 0")
	case in.Dimensions != nil && !slices.Contains([]int{256, 512, 1024}, *in.Dimensions):
		return nil, malformed("#/dimensions: %d is not a valid enum value", *in.Dimensions)
	}
	for i, kind := range in.Types {
		if kind != "float" && kind != "binary" {
			return nil, malformed("#/embeddingTypes/%d: %s is not a valid enum value", i, kind)
		}
	}
	return in, nil
}

func (e embedding) respond(in *embeddingRequest, tokens int64) embeddingResponse {
	if !e.v2 {
		return embeddingResponse{Embedding: embed(*in.InputText, g1Dimensions, true), TokenCount: tokens}
	}
	dims := v2Dimensions
	if in.Dimensions != nil {
		dims = *in.Dimensions
	}
	vector := embed(*in.InputText, dims, in.Normalize == nil || *in.Normalize)
	out := embeddingResponse{ByType: map[string]any{}, TokenCount: tokens}
	if len(in.Types) == 0 || slices.Contains(in.Types, "float") {
		out.Embedding, out.ByType["float"] = vector, vector
	}
	if slices.Contains(in.Types, "binary") {
		out.ByType["binary"] = signs(vector)
	}
	return out
}

// signs is the binary form of a vector: 1 where it is positive.
func signs(vector []float32) []int {
	bits := make([]int, len(vector))
	for i, v := range vector {
		if v > 0 {
			bits[i] = 1
		}
	}
	return bits
}
