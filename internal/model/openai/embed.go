package openai

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/chat"
	"hardpan/internal/model/upstream"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

// embedding is the body of one family of embedding models.
type embedding interface {
	// read makes a request of a body.
	read(body rest.Fields) (*embeddingRequest, error)
	// write makes the answer's body.
	write(r *embeddingRequest, vectors [][]float64, u usage.Tokens) any
}

// embeddingOf picks it by the model id, or is nil.
func embeddingOf(id string) embedding {
	switch {
	case strings.HasPrefix(id, "amazon.titan-embed-text-v2"):
		return titanEmbed{v2: true}
	case strings.HasPrefix(id, "amazon.titan-embed-text-v1"), strings.HasPrefix(id, "amazon.titan-embed-g1-text"):
		return titanEmbed{}
	case strings.HasPrefix(id, "cohere.embed-") && strings.HasSuffix(id, "-v3"):
		return cohereEmbed{}
	}
	return nil
}

// embeddingRequest is what is asked of /embeddings, and how to answer it.
type embeddingRequest struct {
	Model      string   `json:"model"`
	Input      []string `json:"input"`
	Dimensions *int     `json:"dimensions,omitempty"`
	Encoding   string   `json:"encoding_format"`

	raw   bool     // vectors stay as long as they are
	types []string // forms of the vectors that were asked for
}

type embeddingAnswer struct {
	Data []struct {
		Index  int       `json:"index"`
		Vector []float64 `json:"embedding"`
	} `json:"data"`
	Usage *reported `json:"usage"`
}

func (b *Backend) embed(ctx context.Context, call *model.Call, e embedding, started time.Time) (*model.Answer, error) {
	fields, err := rest.Top(call.Body)
	if err != nil {
		return nil, err
	}
	in, err := e.read(fields)
	if err != nil {
		return nil, err
	}
	in.Model, in.Encoding = call.ModelID, "float"
	body, err := json.Marshal(in)
	if err != nil {
		return nil, awserr.Internal(err)
	}
	resp, err := b.client.Post(ctx, &upstream.Request{Path: "/embeddings", Body: body})
	if err != nil {
		return nil, err
	}
	raw, err := b.client.ReadAll(resp)
	if err != nil {
		return nil, err
	}
	vectors, tokens, counted, err := in.vectors(raw)
	if refusal, ok := errors.AsType[*awserr.Error](err); ok {
		return nil, refusal
	}
	if err != nil {
		return nil, b.client.Malformed(err)
	}
	out, err := json.Marshal(e.write(in, vectors, tokens))
	if err != nil {
		return nil, awserr.Internal(err)
	}
	return chat.WholeAnswer(chat.InvokeHeader(tokens, counted, started), out, tokens, counted), nil
}

// vectors reads the server's answer: one vector for each input, in its place,
// as long as was asked for.
func (r *embeddingRequest) vectors(raw []byte) ([][]float64, usage.Tokens, bool, error) {
	var a embeddingAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, usage.Tokens{}, false, fmt.Errorf("reading its embeddings: %w", err)
	}
	out := make([][]float64, len(r.Input))
	for _, d := range a.Data {
		if d.Index < 0 || d.Index >= len(out) || out[d.Index] != nil || len(d.Vector) == 0 {
			return nil, usage.Tokens{}, false, fmt.Errorf("its embedding %d is empty, double or for no input", d.Index)
		}
		if r.Dimensions != nil && len(d.Vector) != *r.Dimensions {
			return nil, usage.Tokens{}, false, awserr.Validation("The model behind this one makes embeddings of %d dimensions, not of %d. Leave dimensions out, or ask for %d.", len(d.Vector), *r.Dimensions, len(d.Vector))
		}
		if !r.raw {
			normalize(d.Vector)
		}
		out[d.Index] = d.Vector
	}
	if len(a.Data) != len(out) {
		return nil, usage.Tokens{}, false, fmt.Errorf("it answered %d embeddings for %d inputs", len(a.Data), len(out))
	}
	tokens, counted := a.Usage.tokens()
	return out, tokens, counted, nil
}

// normalize gives a vector the length 1.
func normalize(v []float64) {
	var square float64
	for _, x := range v {
		square += x * x
	}
	if square == 0 {
		return
	}
	length := math.Sqrt(square)
	for i := range v {
		v[i] /= length
	}
}

// titanEmbed is the body of Amazon Titan Text Embeddings (Amazon Bedrock User
// Guide). A vector has the dimensions of the server's model unless the body of
// V2 names them.
type titanEmbed struct{ v2 bool }

func (t titanEmbed) read(body rest.Fields) (*embeddingRequest, error) {
	r := &embeddingRequest{types: []string{"float"}}
	var input string
	normal := true
	targets := map[string]any{"inputText": &input}
	if t.v2 {
		targets["dimensions"], targets["normalize"], targets["embeddingTypes"] = &r.Dimensions, &normal, &r.types
	}
	if err := readFields(body, targets, nil); err != nil {
		return nil, err
	}
	if input == "" {
		return nil, chat.Malformed("#: required key [inputText] not found")
	}
	r.Input, r.raw = []string{input}, !normal
	return r, knownTypes(r.types, "float", "binary")
}

func (t titanEmbed) write(r *embeddingRequest, vectors [][]float64, u usage.Tokens) any {
	out := map[string]any{"inputTextTokenCount": u.Input + u.CacheRead}
	if !t.v2 {
		out["embedding"] = vectors[0]
		return out
	}
	byType := map[string]any{}
	if slices.Contains(r.types, "float") {
		out["embedding"], byType["float"] = vectors[0], vectors[0]
	}
	if slices.Contains(r.types, "binary") {
		byType["binary"] = signs(vectors[0])
	}
	out["embeddingsByType"] = byType
	return out
}

// signs is the binary form of a vector: 1 where it is positive.
func signs(vector []float64) []int {
	bits := make([]int, len(vector))
	for i, v := range vector {
		if v > 0 {
			bits[i] = 1
		}
	}
	return bits
}

// cohereEmbed is the body of Cohere Embed v3 (Amazon Bedrock User Guide).
// input_type is checked and goes no further: OpenAI's API has no word for it.
type cohereEmbed struct{}

// maxTexts is how many texts one Cohere body may hold.
const maxTexts = 96

func (cohereEmbed) read(body rest.Fields) (*embeddingRequest, error) {
	r := &embeddingRequest{raw: true}
	var inputType, truncate string
	err := readFields(body, map[string]any{"texts": &r.Input, "input_type": &inputType, "truncate": &truncate, "embedding_types": &r.types},
		[]string{"images"})
	switch {
	case err != nil:
		return nil, err
	case inputType == "":
		return nil, chat.Malformed("#: required key [input_type] not found")
	case !slices.Contains([]string{"search_document", "search_query", "classification", "clustering"}, inputType):
		return nil, chat.Malformed("#/input_type: %.40s is not a valid enum value", inputType)
	case len(r.Input) == 0 || len(r.Input) > maxTexts:
		return nil, chat.Malformed("#/texts: it has to hold 1 to %d texts", maxTexts)
	case truncate != "" && truncate != "NONE":
		return nil, awserr.Validation("Hardpan cannot translate truncate %.10q for this model's backend. Leave it out, or send shorter texts.", truncate)
	}
	return r, knownTypes(r.types, "float")
}

func (cohereEmbed) write(r *embeddingRequest, vectors [][]float64, _ usage.Tokens) any {
	out := map[string]any{"id": rand.Text(), "texts": r.Input, "response_type": "embeddings_floats", "embeddings": vectors}
	if len(r.types) > 0 {
		out["response_type"], out["embeddings"] = "embeddings_by_type", map[string]any{"float": vectors}
	}
	return out
}

// readFields decodes members; one that is in refuse is refused by name, and one
// that is in neither as unknown.
func readFields(body rest.Fields, targets map[string]any, refuse []string) error {
	for _, f := range body {
		target, ok := targets[f.Name]
		switch {
		case slices.Contains(refuse, f.Name):
			return awserr.Validation("Hardpan cannot translate %s for this model's backend. Leave it out, or route the model to a backend of type bedrock.", f.Name)
		case !ok:
			return chat.Malformed("#: extraneous key [%.64s] is not permitted", f.Name)
		}
		if err := json.Unmarshal(f.Raw, target); err != nil {
			return chat.Malformed("#/%s: %v", f.Name, err)
		}
	}
	return nil
}

func knownTypes(types []string, known ...string) error {
	for _, one := range types {
		if !slices.Contains(known, one) {
			return awserr.Validation("Hardpan cannot translate embeddings of type %.20q for this model's backend; it has %s.", one, strings.Join(known, " and "))
		}
	}
	return nil
}
